/**
 * Where in a segment's file a batch lies: Kafka's `.index`, held in memory.
 *
 * One entry for at most each `index.interval.bytes` of log: the last offset of a batch, and the position of that batch's first byte.
 * Both fit 32 bits since the offset is relative to the segment's base. On disk: 8 bytes an entry, big-endian, (relative offset
 * int32, position int32), both rising.
 *
 * Whoever looks for an offset starts at the largest entry not above it and walks batch headers from there.
 */
import { assert } from '../base/assert.js';
import { INT32_MAX, NO_OFFSET, type Offset } from '../base/ids.js';

export const OFFSET_INDEX_ENTRY_BYTES = 8;
const FIRST_ENTRIES = 8;

export class OffsetIndex {
  readonly baseOffset: Offset;
  /** Relative offset and position, in turn. */
  #cells: Uint32Array;
  #entries = 0;

  constructor(baseOffset: Offset, capacityEntries = 0) {
    this.baseOffset = baseOffset;
    this.#cells = new Uint32Array(capacityEntries * 2);
  }

  get entries(): number {
    return this.#entries;
  }

  /** What its file takes. */
  get bytes(): number {
    return this.#entries * OFFSET_INDEX_ENTRY_BYTES;
  }

  /** The position of the last entry's batch; 0 without entries. */
  get lastPosition(): number {
    return this.#entries === 0 ? 0 : this.#cells[this.#entries * 2 - 1]!;
  }

  /** The last entry's; −1 without entries. */
  get lastOffset(): Offset {
    return this.#entries === 0 ? NO_OFFSET : this.baseOffset + this.#cells[this.#entries * 2 - 2]!;
  }

  /** @param lastOffset of the batch that begins at `position` */
  append(lastOffset: Offset, position: number): void {
    const relative = lastOffset - this.baseOffset;
    assert(relative >= 0 && relative <= INT32_MAX, 'an indexed offset lies in reach of its segment');
    assert(this.#entries === 0 || position > this.lastPosition, 'positions in an offset index rise');
    if (this.#entries * 2 === this.#cells.length) this.#grow();
    this.#cells[this.#entries * 2] = relative;
    this.#cells[this.#entries * 2 + 1] = position;
    this.#entries++;
  }

  /** The position to start from on the way to `offset`; 0 when no entry is as small. */
  lookup(offset: Offset): number {
    const relative = offset - this.baseOffset;
    let low = 0;
    let high = this.#entries;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#cells[middle * 2]! <= relative) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : this.#cells[low * 2 - 1]!;
  }

  /** Keeps the first `entries`. */
  truncate(entries: number): void {
    assert(entries <= this.#entries, 'an index is not truncated to more than it has');
    this.#entries = entries;
  }

  encode(): Buffer {
    const bytes = Buffer.allocUnsafe(this.bytes);
    for (let cell = 0; cell < this.#entries * 2; cell++) bytes.writeUInt32BE(this.#cells[cell]!, cell * 4);
    return bytes;
  }

  /**
   * Null for bytes that cannot be the index of that segment: then it is rebuilt from the log. Kafka preallocates the index
   * of an active segment, so zeros may follow the entries of one that it left behind after a crash: those are refused, too.
   * @param segmentBytes what the segment's file holds
   */
  static parse(bytes: Buffer, baseOffset: Offset, segmentBytes: number): OffsetIndex | null {
    if (bytes.length % OFFSET_INDEX_ENTRY_BYTES !== 0) return null;
    const entries = bytes.length / OFFSET_INDEX_ENTRY_BYTES;
    const index = new OffsetIndex(baseOffset, entries);
    let lastRelative = -1;
    let lastPosition = -1;
    for (let at = 0; at < bytes.length; at += OFFSET_INDEX_ENTRY_BYTES) {
      const relative = bytes.readUInt32BE(at);
      const position = bytes.readUInt32BE(at + 4);
      if (relative > INT32_MAX || relative <= lastRelative || position <= lastPosition) return null;
      if (position >= segmentBytes) return null;
      index.append(baseOffset + relative, position);
      lastRelative = relative;
      lastPosition = position;
    }
    return index;
  }

  #grow(): void {
    const grown = new Uint32Array(Math.max(FIRST_ENTRIES * 2, this.#cells.length * 2));
    grown.set(this.#cells);
    this.#cells = grown;
  }
}
