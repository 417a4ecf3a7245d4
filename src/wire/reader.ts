/**
 * Reads Kafka's encodings from a frame. Bytes come from strangers, so every length and count is checked
 * against the bytes that are left before anything is read or allocated; whatever is malformed throws
 * `WireError`, never another error.
 */
import { NO_UUID, type Uuid } from '../base/ids.js';
import type { UnknownTag } from './schema.js';

/** Bytes that no encoder of this protocol writes, or a value that no version of it can carry. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/** Kafka limits strings to int16 lengths in flexible versions too. */
export const MAX_STRING_BYTES = 0x7fff;

/** Elements that a message may hold in all its arrays unless told otherwise. */
const ELEMENTS_MAX = 0x7fff_ffff;

export class Reader {
  readonly buffer: Buffer;
  readonly view: DataView;
  /** Where the next byte is read, counted from the start of `buffer`. */
  position: number;
  /** Of arrays and tag sections, as declared so far: each becomes an object, and an object of three bytes on the wire takes a hundred. */
  elements = 0;
  private end: number;
  private readonly elementsMax: number;

  constructor(buffer: Buffer, start = 0, end = buffer.length, elementsMax = ELEMENTS_MAX) {
    this.elementsMax = elementsMax;
    this.buffer = buffer;
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    this.position = start;
    this.end = end;
    if (!(start >= 0 && start <= end && end <= buffer.length)) {
      throw new WireError(`bytes ${start} to ${end} do not lie in a buffer of ${buffer.length}`);
    }
  }

  get remaining(): number {
    return this.end - this.position;
  }

  /** Moves past `length` bytes, all of which are there, and returns where they start. */
  take(length: number): number {
    const start = this.position;
    if (length > this.end - start) this.truncated(length);
    this.position = start + length;
    return start;
  }

  int8(): number {
    return this.view.getInt8(this.take(1));
  }

  int16(): number {
    return this.view.getInt16(this.take(2));
  }

  uint16(): number {
    return this.view.getUint16(this.take(2));
  }

  int32(): number {
    return this.view.getInt32(this.take(4));
  }

  int64(): number {
    return int64At(this.view, this.take(8));
  }

  float64(): number {
    return this.view.getFloat64(this.take(8));
  }

  /** As Kafka does, takes any byte but 0 for true. */
  boolean(): boolean {
    return this.view.getInt8(this.take(1)) !== 0;
  }

  uuid(): Uuid {
    return this.uuidAt(this.take(16));
  }

  /** The uuid at a place that `take` gave. */
  uuidAt(position: number): Uuid {
    const { view } = this;
    // The id of topics that have none is the most frequent of all, and needs no base64.
    if (
      view.getInt32(position) === 0 &&
      view.getInt32(position + 4) === 0 &&
      view.getInt32(position + 8) === 0 &&
      view.getInt32(position + 12) === 0
    ) {
      return NO_UUID;
    }
    return this.buffer.toString('base64url', position, position + 16);
  }

  /** Unsigned, 7 bits a byte, low bits first, at most 32 bits. */
  uvarint(): number {
    const first = this.view.getUint8(this.take(1));
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift < 28; shift += 7) {
      const byte = this.view.getUint8(this.take(1));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.view.getUint8(this.take(1));
    if (last > 0x0f) throw new WireError(`a varint at byte ${this.position - 5} has more than 32 bits`);
    return value + last * 0x1000_0000;
  }

  /** Signed by zig-zag, at most 32 bits: the lengths and deltas inside records. */
  varint(): number {
    const zigzag = this.uvarint();
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  string(): string {
    return this.text(this.int16());
  }

  nullableString(): string | null {
    const length = this.int16();
    return length === -1 ? null : this.text(length);
  }

  compactString(): string {
    return this.text(this.uvarint() - 1);
  }

  compactNullableString(): string | null {
    const length = this.uvarint() - 1;
    return length === -1 ? null : this.text(length);
  }

  bytes(): Buffer {
    return this.slice(this.int32());
  }

  nullableBytes(): Buffer | null {
    const length = this.int32();
    return length === -1 ? null : this.slice(length);
  }

  compactBytes(): Buffer {
    return this.slice(this.uvarint() - 1);
  }

  compactNullableBytes(): Buffer | null {
    const length = this.uvarint() - 1;
    return length === -1 ? null : this.slice(length);
  }

  /**
   * The length of an array whose elements take at least `leastBytes` each. A count that the bytes left cannot
   * hold is refused here, before anybody makes room for it.
   */
  count(leastBytes: number): number {
    return this.plausible(this.int32(), leastBytes);
  }

  /** As `count`, and −1 for null. */
  nullableCount(leastBytes: number): number {
    const count = this.int32();
    return count === -1 ? -1 : this.plausible(count, leastBytes);
  }

  compactCount(leastBytes: number): number {
    return this.plausible(this.uvarint() - 1, leastBytes);
  }

  compactNullableCount(leastBytes: number): number {
    const count = this.uvarint() - 1;
    return count === -1 ? -1 : this.plausible(count, leastBytes);
  }

  /** The presence byte of a nullable struct. */
  present(): boolean {
    const presence = this.int8();
    if (presence === 1) return true;
    if (presence === -1) return false;
    throw new WireError(`a presence byte at byte ${this.position - 1} is ${presence}, neither 1 nor -1`);
  }

  /** How many tags a tag section holds; each takes two bytes or more. */
  tagCount(): number {
    return this.plausible(this.uvarint(), 2);
  }

  /** The next tag number, which stands above the one before it (−1 before the first). */
  tag(previous: number): number {
    const tag = this.uvarint();
    if (tag <= previous) throw new WireError(`tag ${tag} follows tag ${previous} at byte ${this.position}`);
    return tag;
  }

  /** Steps into a tag's data: from here on reading stops at its end. Returns what `leave` needs. */
  enter(): number {
    const size = this.uvarint();
    const outer = this.end;
    this.end = this.take(size) + size;
    this.position = this.end - size;
    return outer;
  }

  /** Steps out of a tag's data, all of which must have been read. */
  leave(outer: number): void {
    if (this.position !== this.end) {
      throw new WireError(`${this.remaining} bytes of a tag are left over at byte ${this.position}`);
    }
    this.end = outer;
  }

  /** Keeps the data of a tag that was entered and that nobody knows. */
  unknownTag(known: UnknownTag[] | undefined, tag: number): UnknownTag[] {
    const unknown = { tag, data: this.slice(this.remaining) };
    if (known === undefined) return [unknown];
    known.push(unknown);
    return known;
  }

  /** A whole tag section of which no tag is known; undefined when it is empty. */
  unknownTags(): UnknownTag[] | undefined {
    let unknown: UnknownTag[] | undefined;
    for (let left = this.tagCount(), tag = -1; left > 0; left--) {
      tag = this.tag(tag);
      const outer = this.enter();
      unknown = this.unknownTag(unknown, tag);
      this.leave(outer);
    }
    return unknown;
  }

  private slice(length: number): Buffer {
    if (length < 0) throw new WireError(`a length is ${length} at byte ${this.position}`);
    const start = this.take(length);
    return this.buffer.subarray(start, start + length);
  }

  /** Malformed UTF-8 becomes U+FFFD, as in Kafka. */
  private text(length: number): string {
    if (length < 0 || length > MAX_STRING_BYTES) {
      throw new WireError(`a string's length is ${length} at byte ${this.position}`);
    }
    if (length === 0) return '';
    const start = this.take(length);
    return this.buffer.toString('utf8', start, start + length);
  }

  private plausible(count: number, leastBytes: number): number {
    if (count < 0 || count * leastBytes > this.end - this.position) {
      throw new WireError(
        `${count} elements of ${leastBytes} bytes or more are declared at byte ${this.position}, where ${this.remaining} bytes are left`,
      );
    }
    this.elements += count;
    if (this.elements > this.elementsMax) {
      throw new WireError(`${this.elements} elements are declared, of at most ${this.elementsMax}`);
    }
    return count;
  }

  private truncated(length: number): never {
    throw new WireError(
      `${length} bytes are wanted at byte ${this.position}, where ${this.remaining} are left`,
    );
  }
}

/** The int64 at a place that is known to hold one. */
export function int64At(view: DataView, position: number): number {
  const value = view.getInt32(position) * 0x1_0000_0000 + view.getUint32(position + 4);
  if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) {
    throw new WireError(`an int64 beyond 2^53 stands at byte ${position}`);
  }
  return value;
}
