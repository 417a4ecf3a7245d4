/** The segments of one log, oldest first. Never empty; the newest are pending, the newest that is not is the active one. */
import { assert } from '../base/assert.js';
import type { Offset } from '../base/ids.js';
import type { Segment } from './segment.js';

export class Segments {
  readonly #segments: Segment[];

  constructor(segments: readonly Segment[]) {
    assert(segments.length > 0, 'a log has a segment');
    this.#segments = [...segments];
  }

  get count(): number {
    return this.#segments.length;
  }

  get first(): Segment {
    return this.#segments[0]!;
  }

  /** The one that appends go to. */
  get last(): Segment {
    return this.#segments.at(-1)!;
  }

  /** A copy: it stays as it is while segments come and go. */
  all(): Segment[] {
    return [...this.#segments];
  }

  has(segment: Segment): boolean {
    return this.#segments.includes(segment);
  }

  /** Null for the last. */
  after(segment: Segment): Segment | null {
    return this.#segments[this.#segments.indexOf(segment) + 1] ?? null;
  }

  before(segment: Segment): Segment | null {
    return this.#segments[this.#segments.indexOf(segment) - 1] ?? null;
  }

  /** The one whose stretch of offsets `offset` belongs to; null when it lies before the first. */
  floor(offset: Offset): Segment | null {
    let low = 0;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#segments[middle]!.baseOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return this.#segments[low - 1] ?? null;
  }

  /** The oldest whose file is yet to be made. */
  firstPending(): Segment | null {
    // Looked for from the end: there is rarely one, and never many.
    let pending: Segment | null = null;
    for (let at = this.#segments.length - 1; at >= 0; at--) {
      const segment = this.#segments[at]!;
      if (segment.phase !== 'pending') break;
      pending = segment;
    }
    return pending;
  }

  add(segment: Segment): void {
    assert(segment.baseOffset > this.last.baseOffset, 'a new segment begins behind the last one');
    this.#segments.push(segment);
  }

  /** Takes out those whose file was never made. */
  dropPending(): Segment[] {
    const first = this.firstPending();
    return first === null ? [] : this.#segments.splice(this.#segments.indexOf(first));
  }

  /** Takes out the oldest ones. */
  dropOldest(count: number): Segment[] {
    assert(count < this.#segments.length, 'a log keeps a segment');
    return this.#segments.splice(0, count);
  }

  /** The oldest whose index files are not durable, or will grow. */
  firstUnsealed(): Segment {
    return this.#segments.find((segment) => !segment.isSealed) ?? this.last;
  }
}
