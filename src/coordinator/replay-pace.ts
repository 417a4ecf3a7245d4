import type { Clock } from '../ports/clock.js';
import { REPLAY_SLICE_BYTES } from './replay.js';

/**
 * Spaces out the slices of all replays of a broker, so that however many partitions are loaded at once, a turn of the event loop
 * replays no more than one slice's worth, and connections are served in between. What is small goes at once: a start over fifty
 * partitions of few groups does not wait fifty times.
 */
export class ReplayPace {
  readonly #clock: Clock;
  /** Since the last pause. */
  #bytes = 0;
  /** In the order in which they came; one for each partition that is being loaded, at most. */
  readonly #waiting: { readonly bytes: number; readonly go: () => void }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when a slice of so many bytes may be replayed, at once. */
  async turn(bytes: number): Promise<void> {
    if (this.#waiting.length === 0 && this.#fits(bytes)) return;
    await new Promise<void>((go) => {
      this.#waiting.push({ bytes, go });
      if (this.#waiting.length === 1) this.#pause();
    });
  }

  #fits(bytes: number): boolean {
    if (this.#bytes > 0 && this.#bytes + bytes > REPLAY_SLICE_BYTES) return false;
    this.#bytes += bytes;
    return true;
  }

  #pause(): void {
    this.#clock.setTimer(0, () => {
      this.#bytes = 0;
      for (
        let next = this.#waiting[0];
        next !== undefined && this.#fits(next.bytes);
        next = this.#waiting[0]
      ) {
        this.#waiting.shift();
        next.go();
      }
      if (this.#waiting.length > 0) this.#pause();
    });
  }
}
