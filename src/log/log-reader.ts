/**
 * Reading from a log: out of the tail at once, or out of a segment's file; by offset or by time.
 *
 * The disk takes its time, and meanwhile the log may roll, delete segments, be truncated or closed. Segments look after the first two: one
 * that was removed gives what it still has, or nothing. A truncation is counted, so that a read which began before one and ended
 * after it gives nothing: other bytes may stand there by now.
 */
import type { Millis, Offset } from '../base/ids.js';
import type { Compression } from '../records/compression/compression.js';
import { ErrorCode } from '../wire/errors.js';
import type { LogConfig } from './config.js';
import { findByTimestamp, findNewest, type TimestampedOffset } from './log-lookup.js';
import type { LogWriter } from './log-writer.js';
import { isPassing } from './sealing.js';
import type { Segment } from './segment.js';
import { LOG_SUFFIX } from './segment-names.js';
import { type LogRead, nothingAt, type ReadLimits } from './segment-read.js';
import { StorageError, storageFailed } from './storage-error.js';

/** What a reader wants to know of the log it reads. */
export interface ReadableLog {
  readonly name: string;
  readonly startOffset: Offset;
  readonly config: LogConfig;
}

export class LogReader {
  readonly #log: ReadableLog;
  readonly #writer: LogWriter;
  readonly #compression: Compression;
  #truncations = 0;

  constructor(log: ReadableLog, writer: LogWriter, compression: Compression) {
    this.#log = log;
    this.#writer = writer;
    this.#compression = compression;
  }

  /** What is being read is about to change, or has changed. */
  truncated(): void {
    this.#truncations++;
  }

  /**
   * Whole batches, beginning with the one that contains `from`. At once when they are in memory. Nothing when `from` is not below
   * `limits.upTo` and writtenEnd, or before the log's start: the caller knows the bounds and has checked them. Nor when it is
   * only on the disk, and the limits leave that alone.
   * @throws StorageError (in the promise) when the disk fails or what it holds is damaged
   */
  read(from: Offset, limits: ReadLimits): LogRead | Promise<LogRead> {
    const upTo = Math.min(limits.upTo, this.#writer.writtenEnd);
    if (from >= upTo || from < this.#log.startOffset || !this.#writer.online) return nothingAt(from);
    const bounded = { maxBytes: limits.maxBytes, upTo, atLeastOneBatch: limits.atLeastOneBatch };
    const inMemory = this.#writer.tail.read(from, bounded);
    if (inMemory !== null) return inMemory;
    return limits.memoryOnly
      ? nothingAt(from)
      : this.#readFromDisk(from, bounded, upTo === this.#writer.writtenEnd);
  }

  /**
   * How many bytes a read of [from, upTo) has, for fetch.min.bytes, counted up to `enough`. Asks only the memory: a reader who has fallen
   * behind it is not made to wait for more, so what lies on the disk alone counts as enough.
   */
  bytesBetween(from: Offset, upTo: Offset, enough: number): number {
    const end = Math.min(upTo, this.#writer.writtenEnd);
    if (from >= end || !this.#writer.online) return 0;
    return this.#writer.tail.bytesBetween(from, end, enough) ?? enough;
  }

  /**
   * @param toTheEnd the limit is the end of what is written, so no batch that begins before it ends behind it: with room for one there
   *   is something to read, or the files are damaged. Told so, a consumer complains; told nothing, it would wait for ever.
   */
  async #readFromDisk(from: Offset, limits: ReadLimits, toTheEnd: boolean): Promise<LogRead> {
    const mustFind = toTheEnd && limits.atLeastOneBatch;
    const truncations = this.#truncations;
    let segment = this.#writer.segments.floor(from);
    while (segment !== null && segment.phase !== 'pending') {
      let result: LogRead | 'none' | 'short';
      try {
        result = await segment.read(from, limits, this.#log.config.indexIntervalBytes);
      } catch (error) {
        if (this.#truncations !== truncations || !this.#writer.online) break;
        throw this.failed(error);
      }
      // An await: the log may have been truncated under us, and other bytes stand where we read.
      if (this.#truncations !== truncations || !this.#writer.online) break;
      if (result === 'short') {
        if (segment.phase === 'removed') break;
        throw this.failed(new Error(`${segment.path(LOG_SUFFIX)} ends before byte ${segment.writtenBytes}`));
      }
      if (result !== 'none') {
        if (mustFind && result.bytes === 0) throw this.#missing(from, segment);
        return result;
      }
      const next = this.#writer.segments.after(segment);
      const isLast = next === null || next.phase === 'pending';
      if (mustFind && isLast && !isRemoved(segment)) throw this.#missing(from, segment);
      segment = next;
    }
    return nothingAt(from);
  }

  #missing(from: Offset, segment: Segment): StorageError {
    return new StorageError(
      ErrorCode.CORRUPT_MESSAGE,
      `${segment.path(LOG_SUFFIX)} has no batch with offset ${from}, nor a later one below the end of the log`,
    );
  }

  /** What to throw; a disk that fails for good takes the log offline. */
  failed(error: unknown): StorageError {
    if (error instanceof StorageError) return error;
    if (!isPassing(error)) this.#writer.goOffline(error);
    return storageFailed(this.#log.name, error);
  }

  /** The first record at or after `timestamp`; null: there is none. @throws StorageError */
  offsetForTimestamp(timestamp: Millis): Promise<TimestampedOffset | null> {
    return this.#lookUp((segments) =>
      findByTimestamp(segments, timestamp, this.#log.startOffset, this.#compression),
    );
  }

  /** The first of the records with the newest timestamp; null: none has any. @throws StorageError */
  maxTimestamp(): Promise<TimestampedOffset | null> {
    return this.#lookUp((segments) => findNewest(segments, this.#log.startOffset, this.#compression));
  }

  async #lookUp(
    find: (segments: readonly Segment[]) => Promise<TimestampedOffset | null>,
  ): Promise<TimestampedOffset | null> {
    if (!this.#writer.online) return null;
    const truncations = this.#truncations;
    try {
      const found = await find(this.#writer.segments.all());
      return this.#truncations === truncations && this.#writer.online ? found : null;
    } catch (error) {
      if (this.#truncations !== truncations || !this.#writer.online) return null;
      throw this.failed(error);
    }
  }
}

/** Asked anew behind an await: retention may have passed over it meanwhile. */
function isRemoved({ phase }: Segment): boolean {
  return phase === 'removed';
}
