import type { Prng } from '../../base/prng.js';

/** What crashes did to a disk and to those that came after it. A run that leaves one of them at zero has not tried much. */
export interface LossCounters {
  /** Unsynced writes of which a part was found. */
  tornWrites: number;
  /** Unsynced writes of which nothing was found. */
  droppedWrites: number;
  /** Unsynced writes that were found whole. */
  keptUnsynced: number;
  /** Writes whose new size and whose bytes did not arrive together: zeros at the end, or bytes beyond it. */
  tornExtensions: number;
  undoneTruncates: number;
  /** Created files and directories that were not found again. */
  lostNames: number;
  undoneRenames: number;
  undoneRemoves: number;
}

export function noLosses(): LossCounters {
  return {
    tornWrites: 0,
    droppedWrites: 0,
    keptUnsynced: 0,
    tornExtensions: 0,
    undoneTruncates: 0,
    lostNames: 0,
    undoneRenames: 0,
    undoneRemoves: 0,
  };
}

/**
 * One loss of power. Each draws a climate of its own, from "nearly everything had been written back" to "nearly nothing", because
 * a fixed one half would make long runs of kept or dropped writes too rare to be seen.
 */
export class PowerLoss {
  readonly prng: Prng;
  readonly counters: LossCounters;
  readonly #dropped: number;
  readonly #torn: number;

  constructor(prng: Prng, counters: LossCounters) {
    this.prng = prng;
    this.counters = counters;
    this.#dropped = prng.random();
    this.#torn = prng.random() * 0.7;
  }

  /** What became of one change that no sync had covered. */
  fate(): 'kept' | 'dropped' | 'torn' {
    if (this.prng.chance(this.#torn)) return 'torn';
    return this.prng.chance(this.#dropped) ? 'dropped' : 'kept';
  }
}
