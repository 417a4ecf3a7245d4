/**
 * Up to which offset a segment has nothing newer than a timestamp: Kafka's `.timeindex`, held in memory.
 *
 * An entry (timestamp, offset) says: up to and with the batch that ends at `offset`, no record is newer than `timestamp`, and that batch
 * has one which is that new. Timestamps rise strictly: producers' clocks disagree, so the running maximum is indexed, not what each
 * batch carries. On disk: 12 bytes an entry, big-endian, (timestamp int64, relative offset int32).
 */
import { assert } from '../base/assert.js';
import { INT32_MAX, type Millis, NO_TIMESTAMP, type Offset } from '../base/ids.js';
import { readInt64, writeInt64 } from '../records/int64.js';

export const TIME_INDEX_ENTRY_BYTES = 12;
const FIRST_ENTRIES = 8;

export class TimeIndex {
  readonly baseOffset: Offset;
  #timestamps: Float64Array;
  #relativeOffsets: Uint32Array;
  #entries = 0;

  constructor(baseOffset: Offset, capacityEntries = 0) {
    this.baseOffset = baseOffset;
    this.#timestamps = new Float64Array(capacityEntries);
    this.#relativeOffsets = new Uint32Array(capacityEntries);
  }

  get entries(): number {
    return this.#entries;
  }

  /** What its file takes. */
  get bytes(): number {
    return this.#entries * TIME_INDEX_ENTRY_BYTES;
  }

  /** −1 without entries. */
  get lastTimestamp(): Millis {
    return this.#entries === 0 ? NO_TIMESTAMP : this.#timestamps[this.#entries - 1]!;
  }

  /** The base offset without entries. */
  get lastOffset(): Offset {
    return this.baseOffset + (this.#entries === 0 ? 0 : this.#relativeOffsets[this.#entries - 1]!);
  }

  /** Adds the running maximum if it has risen since the last entry. */
  appendIfNewer(timestamp: Millis, offset: Offset): void {
    if (timestamp <= this.lastTimestamp) return;
    const relative = offset - this.baseOffset;
    assert(relative >= 0 && relative <= INT32_MAX, 'an indexed offset lies in reach of its segment');
    assert(offset >= this.lastOffset, 'offsets in a time index rise');
    if (this.#entries === this.#timestamps.length) this.#grow();
    this.#timestamps[this.#entries] = timestamp;
    this.#relativeOffsets[this.#entries] = relative;
    this.#entries++;
  }

  /**
   * An offset before which no record is as new as `timestamp`: where a search for the first one may start. It lies in the
   * batch that the largest entry below names, which is older all through.
   */
  floorOffset(timestamp: Millis): Offset {
    let low = 0;
    let high = this.#entries;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#timestamps[middle]! < timestamp) low = middle + 1;
      else high = middle;
    }
    return this.baseOffset + (low === 0 ? 0 : this.#relativeOffsets[low - 1]!);
  }

  /** Keeps the first `entries`. */
  truncate(entries: number): void {
    assert(entries <= this.#entries, 'an index is not truncated to more than it has');
    this.#entries = entries;
  }

  encode(): Buffer {
    const bytes = Buffer.allocUnsafe(this.bytes);
    for (let entry = 0, at = 0; entry < this.#entries; entry++, at += TIME_INDEX_ENTRY_BYTES) {
      writeInt64(bytes, at, this.#timestamps[entry]!);
      bytes.writeUInt32BE(this.#relativeOffsets[entry]!, at + 8);
    }
    return bytes;
  }

  /** Null for bytes that cannot be the time index of a segment: then it is rebuilt from the log. */
  static parse(bytes: Buffer, baseOffset: Offset): TimeIndex | null {
    if (bytes.length % TIME_INDEX_ENTRY_BYTES !== 0) return null;
    const index = new TimeIndex(baseOffset, bytes.length / TIME_INDEX_ENTRY_BYTES);
    for (let at = 0; at < bytes.length; at += TIME_INDEX_ENTRY_BYTES) {
      const timestamp = readInt64(bytes, at);
      const relative = bytes.readUInt32BE(at + 8);
      if (!Number.isSafeInteger(timestamp) || timestamp <= index.lastTimestamp) return null;
      if (relative > INT32_MAX || baseOffset + relative < index.lastOffset) return null;
      index.appendIfNewer(timestamp, baseOffset + relative);
    }
    return index;
  }

  #grow(): void {
    const capacity = Math.max(FIRST_ENTRIES, this.#timestamps.length * 2);
    const timestamps = new Float64Array(capacity);
    const relativeOffsets = new Uint32Array(capacity);
    timestamps.set(this.#timestamps);
    relativeOffsets.set(this.#relativeOffsets);
    this.#timestamps = timestamps;
    this.#relativeOffsets = relativeOffsets;
  }
}
