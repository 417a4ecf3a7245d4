/**
 * Holds a segment's two indexes against its batches while they pass by. Both rise with the log, so each is read along with it: what is to be
 * checked next is always the first entry that is left.
 *
 * What an entry promises is what a look-up relies on. Offset index: at the position a batch begins that reaches up to the offset,
 * and none before it does. Time index: no record up to and with the offset is newer, and the batch that holds the offset has
 * one that is just as new. (Kafka's older versions noted a record's own offset, ours and newer ones the last of its batch.)
 */
import type { Millis, Offset } from '../../base/ids.js';
import { NO_TIMESTAMP } from '../../base/ids.js';
import type { OffsetIndexEntry, TimeIndexEntry } from './index-entries.js';

export interface PassingBatch {
  readonly position: number;
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
  readonly maxTimestamp: Millis;
}

/** @returns of a wrong entry what is wrong with it, else null */
export type EntryProblem = string | null;

export class OffsetIndexCheck {
  readonly #entries: readonly OffsetIndexEntry[];
  #next = 0;

  constructor(entries: readonly OffsetIndexEntry[]) {
    this.#entries = entries;
  }

  /** Of the entries among themselves: they rise strictly. */
  *order(): Generator<string, void, void> {
    for (const [at, entry] of this.#entries.entries()) {
      const before = this.#entries[at - 1];
      if (before && (entry.offset <= before.offset || entry.position <= before.position)) {
        yield `entry ${at}: offset ${entry.offset} at byte ${entry.position} does not lie behind the one before`;
      }
    }
  }

  /** Every problem of entries up to this batch. */
  *pass({ position, baseOffset, lastOffset }: PassingBatch): Generator<string, void, void> {
    for (; this.#next < this.#entries.length; this.#next++) {
      const entry = this.#entries[this.#next]!;
      if (entry.position > position) return;
      const name = `entry ${this.#next}`;
      if (entry.position < position) yield `${name}: no batch begins at byte ${entry.position}`;
      else if (entry.offset < baseOffset)
        yield `${name}: offset ${entry.offset} lies before the batch at byte ${position}, which begins at ${baseOffset}`;
      else if (entry.offset < lastOffset)
        yield `${name}: offset ${entry.offset} is not the last of the batch at byte ${position}, ${lastOffset}`;
    }
  }

  /** Entries behind the last batch. */
  *rest(endOffset: Offset): Generator<string, void, void> {
    const left = this.#entries.length - this.#next;
    if (left > 0) yield `${left} entries point behind the last batch, which ends before offset ${endOffset}`;
  }
}

export class TimeIndexCheck {
  readonly #entries: readonly TimeIndexEntry[];
  #next = 0;
  #newest: Millis = NO_TIMESTAMP;

  constructor(entries: readonly TimeIndexEntry[]) {
    this.#entries = entries;
  }

  *order(): Generator<string, void, void> {
    for (const [at, entry] of this.#entries.entries()) {
      const before = this.#entries[at - 1];
      if (!Number.isSafeInteger(entry.timestamp)) yield `entry ${at}: its timestamp is no time`;
      else if (before && (entry.timestamp <= before.timestamp || entry.offset < before.offset)) {
        yield `entry ${at}: time ${entry.timestamp} up to offset ${entry.offset} does not lie behind the one before`;
      }
    }
  }

  *pass({ baseOffset, lastOffset, maxTimestamp }: PassingBatch): Generator<string, void, void> {
    const before = this.#newest;
    this.#newest = Math.max(this.#newest, maxTimestamp);
    for (; this.#next < this.#entries.length; this.#next++) {
      const entry = this.#entries[this.#next]!;
      if (entry.offset > lastOffset) return;
      const name = `entry ${this.#next}`;
      // A look-up would pass over records that are new enough.
      if (before > entry.timestamp)
        yield `${name}: says that nothing up to offset ${entry.offset} is newer than ${entry.timestamp}; something is as new as ${before}`;
      else if (entry.offset >= baseOffset && maxTimestamp !== entry.timestamp)
        yield `${name}: time ${entry.timestamp} at offset ${entry.offset}, where the newest record of the batch has ${maxTimestamp}`;
    }
  }

  *rest(endOffset: Offset): Generator<string, void, void> {
    const left = this.#entries.length - this.#next;
    if (left > 0)
      yield `${left} entries speak of offsets behind the last batch, which ends before offset ${endOffset}`;
  }
}
