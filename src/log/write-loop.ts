/**
 * Runs steps one after the other while there are any, and stands still while somebody holds it. Steps never overlap: that is what makes
 * a log's file have one writer.
 */
import { queueMicrotask } from '../base/microtask.js';

export class WriteLoop {
  readonly #step: () => Promise<boolean>;
  #running = false;
  #holders = 0;
  #whenStill: (() => void)[] = [];

  /** @param step does the next piece of work and says whether there was any; it never rejects */
  constructor(step: () => Promise<boolean>) {
    this.#step = step;
  }

  /** There is work. */
  wake(): void {
    if (this.#running || this.#holders > 0) return;
    this.#running = true;
    // Not at once: whatever else is appended in this turn of the event loop shares the first write.
    queueMicrotask(() => void this.#run());
  }

  /** Resolves when no step is under way, and none begins until `letGo`. */
  async hold(): Promise<void> {
    this.#holders++;
    await this.#still();
  }

  letGo(): void {
    this.#holders--;
    this.wake();
  }

  /** Resolves when there is no work left. */
  async drained(): Promise<void> {
    this.wake();
    await this.#still();
  }

  async #still(): Promise<void> {
    if (this.#running) await new Promise<void>((resolve) => this.#whenStill.push(resolve));
  }

  async #run(): Promise<void> {
    while (this.#holders === 0 && (await this.#step()));
    this.#running = false;
    for (const resolve of this.#whenStill.splice(0)) resolve();
  }
}
