import type { Millis } from '../../src/base/ids.js';
import type { Clock } from '../../src/ports/clock.js';
import type { SimEvent, World } from './world.js';

/** The clock of one process: its timers are the world's events, and die with it. */
export class ProcessClock implements Clock {
  readonly #world: World;
  readonly #startedAt: Millis;
  readonly #pending = new Set<SimEvent>();
  #dead = false;

  constructor(world: World) {
    this.#world = world;
    this.#startedAt = world.time;
  }

  now(): Millis {
    return this.#world.wallMs;
  }

  /** From the start of the process: a program that compares two lives' readings is wrong, and shall look it. */
  monotonic(): Millis {
    return this.#world.time - this.#startedAt;
  }

  setTimer(delayMs: Millis, callback: () => void): object {
    const event: SimEvent = this.#world.after(delayMs, () => {
      this.#pending.delete(event);
      callback();
    });
    if (this.#dead) this.#world.cancel(event);
    else this.#pending.add(event);
    return event;
  }

  clearTimer(timer: object): void {
    this.#pending.delete(timer as SimEvent);
    this.#world.cancel(timer as SimEvent);
  }

  /** No timer of the process fires any more. */
  die(): void {
    this.#dead = true;
    for (const event of this.#pending) this.#world.cancel(event);
    this.#pending.clear();
  }
}
