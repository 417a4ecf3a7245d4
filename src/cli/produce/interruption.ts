/**
 * Ctrl-C while lines are read: reading ends at once, even where it waits for somebody to type, and what was read is still sent. The second
 * signal ends the process on the spot, for a broker that does not answer.
 */
import { SIGNAL_EXIT } from '../exit-codes.js';
import type { Signal, World } from '../world.js';

export class Interruption {
  /** The first one that came; null: none. */
  signal: Signal | null = null;
  readonly #came: Promise<'interrupted'>;
  readonly #stopListening: () => void;

  constructor(world: Pick<World, 'onSignal' | 'exitNow'>) {
    let tell: (came: 'interrupted') => void;
    this.#came = new Promise((resolve) => {
      tell = resolve;
    });
    this.#stopListening = world.onSignal((signal) => {
      if (this.signal) world.exitNow(SIGNAL_EXIT[signal]);
      this.signal = signal;
      tell('interrupted');
    });
  }

  /** What `source` gives, until a signal comes. A read that is under way then is left to itself: whoever owns the source closes it. */
  async *until<T>(source: AsyncIterable<T>): AsyncGenerator<T, void, void> {
    const reading = source[Symbol.asyncIterator]();
    while (!this.signal) {
      const next = await Promise.race([reading.next(), this.#came]);
      if (next === 'interrupted' || next.done) return;
      yield next.value;
    }
  }

  /** Signals end the process again. */
  end(): void {
    this.#stopListening();
  }
}
