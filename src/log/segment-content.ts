/**
 * What is known of the batches in a segment without reading them: how many bytes, the two indexes, the timestamps at both ends. Built one
 * batch at a time, as appends come or as recovery walks the file, by the same rule; what an append added can be taken back.
 *
 * Kafka's rule: when more than `index.interval.bytes` have passed since the last entry, the batch at hand is entered in the offset
 * index, and the running maximum of the timestamps in the time index.
 */
import { INT32_MAX, type Millis, NO_OFFSET, NO_TIMESTAMP, type Offset } from '../base/ids.js';
import type { LogConfig } from './config.js';
import { OFFSET_INDEX_ENTRY_BYTES, OffsetIndex } from './offset-index.js';
import { TIME_INDEX_ENTRY_BYTES, TimeIndex } from './time-index.js';

export interface AppendedBatch {
  readonly bytes: number;
  readonly lastOffset: Offset;
  readonly maxTimestamp: Millis;
}

/**
 * Why a batch cannot stand where it is found, behind one that ends below `expected`; null: it can. Its base offset is outside of what its
 * checksum covers, so a sound checksum says nothing about it.
 */
export function placeProblem(
  segmentBase: Offset,
  expected: Offset,
  batchBase: Offset,
  batchLast: Offset,
): string | null {
  if (batchBase < expected) return `offset ${batchBase} where ${expected} is due`;
  if (batchLast - segmentBase > INT32_MAX)
    return `offset ${batchLast} is out of reach of segment ${segmentBase}`;
  return null;
}

/** A state to go back to. */
export interface ContentMark {
  readonly bytes: number;
  readonly bytesSinceIndexEntry: number;
  readonly firstTimestamp: Millis;
  readonly newestTimestamp: Millis;
  readonly newestTimestampOffset: Offset;
  readonly offsetEntries: number;
  readonly timeEntries: number;
}

export class SegmentContent {
  readonly offsetIndex: OffsetIndex;
  readonly timeIndex: TimeIndex;
  #bytes: number;
  #bytesSinceIndexEntry: number;
  #firstTimestamp: Millis;
  #newestTimestamp: Millis;
  /** Last offset of the first batch that has it. */
  #newestTimestampOffset: Offset;

  private constructor(offsetIndex: OffsetIndex, timeIndex: TimeIndex, bytes: number, firstTimestamp: Millis) {
    this.offsetIndex = offsetIndex;
    this.timeIndex = timeIndex;
    this.#bytes = bytes;
    this.#bytesSinceIndexEntry = bytes - offsetIndex.lastPosition;
    this.#firstTimestamp = firstTimestamp;
    this.#newestTimestamp = timeIndex.lastTimestamp;
    this.#newestTimestampOffset = timeIndex.entries === 0 ? NO_OFFSET : timeIndex.lastOffset;
  }

  static empty(baseOffset: Offset): SegmentContent {
    return new SegmentContent(new OffsetIndex(baseOffset), new TimeIndex(baseOffset), 0, NO_TIMESTAMP);
  }

  /**
   * As it was when the indexes were written, that is, complete.
   * @param firstTimestamp the largest of the first batch
   */
  static loaded(
    offsetIndex: OffsetIndex,
    timeIndex: TimeIndex,
    bytes: number,
    firstTimestamp: Millis,
  ): SegmentContent {
    return new SegmentContent(offsetIndex, timeIndex, bytes, firstTimestamp);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** −1: no record has a timestamp. */
  get newestTimestamp(): Millis {
    return this.#newestTimestamp;
  }

  /** Whether it tells of offsets that a log which ends there does not have: indexes that were damaged, or made of damaged batches. */
  reachesBeyond(endOffset: Offset): boolean {
    return this.#newestTimestampOffset >= endOffset || this.offsetIndex.lastOffset >= endOffset;
  }

  get indexBytes(): number {
    return this.offsetIndex.bytes + this.timeIndex.bytes;
  }

  /** Counts in a batch at the end. */
  add(batch: AppendedBatch, indexIntervalBytes: number): void {
    if (this.#bytes === 0) this.#firstTimestamp = batch.maxTimestamp;
    if (batch.maxTimestamp > this.#newestTimestamp) {
      this.#newestTimestamp = batch.maxTimestamp;
      this.#newestTimestampOffset = batch.lastOffset;
    }
    if (this.#bytesSinceIndexEntry > indexIntervalBytes) {
      this.offsetIndex.append(batch.lastOffset, this.#bytes);
      this.#indexNewestTimestamp();
      this.#bytesSinceIndexEntry = 0;
    }
    this.#bytesSinceIndexEntry += batch.bytes;
    this.#bytes += batch.bytes;
  }

  /** The last entry of the time index: from now on it tells the newest timestamp of the whole segment. */
  complete(): void {
    this.#indexNewestTimestamp();
  }

  mark(): ContentMark {
    return {
      bytes: this.#bytes,
      bytesSinceIndexEntry: this.#bytesSinceIndexEntry,
      firstTimestamp: this.#firstTimestamp,
      newestTimestamp: this.#newestTimestamp,
      newestTimestampOffset: this.#newestTimestampOffset,
      offsetEntries: this.offsetIndex.entries,
      timeEntries: this.timeIndex.entries,
    };
  }

  /** Undoes every `add` since the mark. */
  takeBack(mark: ContentMark): void {
    this.#bytes = mark.bytes;
    this.#bytesSinceIndexEntry = mark.bytesSinceIndexEntry;
    this.#firstTimestamp = mark.firstTimestamp;
    this.#newestTimestamp = mark.newestTimestamp;
    this.#newestTimestampOffset = mark.newestTimestampOffset;
    this.offsetIndex.truncate(mark.offsetEntries);
    this.timeIndex.truncate(mark.timeEntries);
  }

  /**
   * Whether a batch must go to a new segment.
   * @param idleMs since the segment was made: counts where records have no timestamps
   */
  mustRoll(batch: AppendedBatch, config: LogConfig, idleMs: Millis): boolean {
    if (this.#bytes === 0) return false;
    if (this.#bytes + batch.bytes > config.segmentBytes) return true;
    if (batch.lastOffset - this.offsetIndex.baseOffset > INT32_MAX) return true;
    // The time index keeps room for the entry that completes it.
    if (this.offsetIndex.bytes + OFFSET_INDEX_ENTRY_BYTES > config.segmentIndexBytes) return true;
    if (this.timeIndex.bytes + 2 * TIME_INDEX_ENTRY_BYTES > config.segmentIndexBytes) return true;
    // By the records' own time where they have one, as Kafka: so a segment spans a bounded stretch of it, whoever loads old data.
    const hasTimes = this.#firstTimestamp >= 0 && batch.maxTimestamp >= 0;
    const ageMs = hasTimes ? batch.maxTimestamp - this.#firstTimestamp : idleMs;
    return ageMs > config.segmentMs;
  }

  #indexNewestTimestamp(): void {
    if (this.#newestTimestampOffset === NO_OFFSET) return;
    this.timeIndex.appendIfNewer(this.#newestTimestamp, this.#newestTimestampOffset);
  }
}
