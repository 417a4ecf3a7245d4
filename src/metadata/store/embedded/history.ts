/** The last commits, for watches that begin in the past. Bounded; what falls out can only be had by reading again. */
import type { Revision } from '../store.js';
import type { AppliedCommit } from './key-space.js';

export interface HistoryBounds {
  /** Changed keys kept. */
  readonly changesMax: number;
  /** Bytes of values kept. */
  readonly bytesMax: number;
}

export class History {
  readonly #bounds: HistoryBounds;
  #commits: AppliedCommit[] = [];
  /** Where the kept ones begin in `#commits`; those before it have fallen out, and are cut off now and then. */
  #first = 0;
  #changes = 0;
  #bytes = 0;
  /** Of the newest commit that is not kept: a watch may begin from it, not from before it. */
  #floor: Revision;

  constructor(floor: Revision, bounds: HistoryBounds) {
    this.#floor = floor;
    this.#bounds = bounds;
  }

  append(commit: AppliedCommit): void {
    this.#commits.push(commit);
    this.#changes += commit.changes.length;
    this.#bytes += valueBytes(commit);
    while (this.#changes > this.#bounds.changesMax || this.#bytes > this.#bounds.bytesMax)
      this.#forgetOldest();
    if (this.#first > 1024 && this.#first * 2 > this.#commits.length) {
      this.#commits = this.#commits.slice(this.#first);
      this.#first = 0;
    }
  }

  #forgetOldest(): void {
    const oldest = this.#commits[this.#first++]!;
    this.#floor = oldest.revision;
    this.#changes -= oldest.changes.length;
    this.#bytes -= valueBytes(oldest);
  }

  /** Commits after `from`, or undefined when some of them have been forgotten. */
  after(from: Revision): readonly AppliedCommit[] | undefined {
    if (from < this.#floor) return undefined;
    // Revisions have no gaps, so the place is known.
    return this.#commits.slice(this.#first + (from - this.#floor));
  }
}

function valueBytes(commit: AppliedCommit): number {
  let bytes = 0;
  for (const change of commit.changes) if ('put' in change) bytes += change.put.value.length;
  return bytes;
}
