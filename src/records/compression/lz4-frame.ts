import { corrupt } from './compressor.js';
import { xxh32 } from './xxh32.js';

/**
 * The LZ4 frame format, as far as Kafka uses it.
 *
 *     magic 04 22 4d 18 · FLG · BD · [content size int64] · header checksum
 *     blocks: length uint32 (high bit: stored as it is) · data · [checksum uint32]
 *     end mark 00 00 00 00 · [content checksum uint32]
 *
 * All little-endian; the checksums are xxHash32, of the header its second byte. Blocks must be independent and
 * dictionaries are unknown, as in Kafka's own reader. Frames may follow one another; skippable ones are passed over.
 */
const MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;

const FLG_VERSION_MASK = 0xc0;
const FLG_VERSION = 0x40;
const FLG_INDEPENDENT = 0x20;
const FLG_BLOCK_CHECKSUM = 0x10;
const FLG_CONTENT_SIZE = 0x08;
const FLG_CONTENT_CHECKSUM = 0x04;
const FLG_RESERVED = 0x02;
const FLG_DICTIONARY = 0x01;

const STORED_BIT = 0x80000000;
const BLOCK_64_KIB = 4;

/** What we write: Java's choice, 64 KiB independent blocks with no checksum but the header's; the batch has its own. */
export const WRITTEN_BLOCK_BYTES = 64 * 1024;

export const WRITTEN_HEADER = writtenHeader();
export const END_MARK = Buffer.alloc(4);

function writtenHeader(): Buffer {
  const header = Buffer.alloc(7);
  header.writeUInt32LE(MAGIC, 0);
  header[4] = FLG_VERSION | FLG_INDEPENDENT;
  header[5] = BLOCK_64_KIB << 4;
  header[6] = headerChecksum(header, 4, 6);
  return header;
}

/** The length word in front of a block. */
export function blockLength(bytes: number, form: 'compressed' | 'stored'): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(form === 'stored' ? (bytes | STORED_BIT) >>> 0 : bytes);
  return length;
}

/**
 * Steps through frames and their blocks without decoding any, so that one reader can measure and another decode.
 *
 *     while (reader.nextFrame()) { while (reader.nextBlock()) …; reader.checkContent(…) }
 *
 * Every method throws CompressionError on bytes that break the format.
 */
export class Lz4FrameReader {
  readonly #bytes: Buffer;
  #at = 0;
  #flags = 0;
  #contentBytes: number | null = null;
  #contentChecksum: number | null = null;
  /** No block of this frame may unfold further. */
  blockBytesMax = 0;
  /** The current block's data. */
  from = 0;
  to = 0;
  stored = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (bytes.length === 0) throw corrupt('lz4', 'there is no frame');
  }

  /** Reads the next frame's header; false at the end of the bytes. */
  nextFrame(): boolean {
    for (;;) {
      if (this.#at === this.#bytes.length) return false;
      const magic = this.#uint32('a frame magic');
      if (magic === MAGIC) break;
      if ((magic & SKIPPABLE_MASK) >>> 0 !== SKIPPABLE_MAGIC) throw corrupt('lz4', 'no frame magic');
      this.#skip(this.#uint32('a skippable frame'), 'a skippable frame');
    }
    const headerAt = this.#at;
    const flags = this.#byte();
    if ((flags & FLG_VERSION_MASK) !== FLG_VERSION || flags & FLG_RESERVED)
      throw corrupt('lz4', 'unknown frame version');
    if (!(flags & FLG_INDEPENDENT)) throw corrupt('lz4', 'linked blocks are not supported, as in Kafka');
    if (flags & FLG_DICTIONARY) throw corrupt('lz4', 'dictionaries are not supported');
    const descriptor = this.#byte();
    if (descriptor & 0x8f || descriptor >>> 4 < BLOCK_64_KIB) throw corrupt('lz4', 'unknown block size');
    this.blockBytesMax = 1 << (8 + 2 * (descriptor >>> 4));
    this.#contentBytes = null;
    if (flags & FLG_CONTENT_SIZE) {
      const low = this.#uint32('the content size');
      this.#contentBytes = this.#uint32('the content size') * 0x1_0000_0000 + low;
    }
    const checksum = headerChecksum(this.#bytes, headerAt, this.#at);
    if (this.#byte() !== checksum) throw corrupt('lz4', 'the frame header checksum does not match');
    this.#flags = flags;
    return true;
  }

  /** What this frame's header says it unfolds to, or null. */
  get declaredContentBytes(): number | null {
    return this.#contentBytes;
  }

  /** Finds the next block; false after the frame's last. */
  nextBlock(): boolean {
    const word = this.#uint32('a block length');
    if (word === 0) {
      this.#contentChecksum =
        this.#flags & FLG_CONTENT_CHECKSUM ? this.#uint32('the content checksum') : null;
      return false;
    }
    this.stored = word >= STORED_BIT;
    const length = this.stored ? word - STORED_BIT : word;
    // Compressed or not, a block takes no more than its content may: what does not compress is stored.
    if (length === 0 || length > this.blockBytesMax)
      throw corrupt('lz4', `a block of ${length} bytes is impossible`);
    this.from = this.#at;
    this.#skip(length, 'a block');
    this.to = this.#at;
    if (
      this.#flags & FLG_BLOCK_CHECKSUM &&
      this.#uint32('a block checksum') !== xxh32(this.#bytes, this.from, this.to)
    ) {
      throw corrupt('lz4', 'a block checksum does not match');
    }
    return true;
  }

  /** Holds the frame's decoded content, `content[from, to)`, against the size and checksum it was sent with. */
  checkContent(content: Buffer, from: number, to: number): void {
    if (this.#contentBytes !== null && this.#contentBytes !== to - from)
      throw corrupt('lz4', 'the content size does not match');
    if (this.#contentChecksum !== null && this.#contentChecksum !== xxh32(content, from, to)) {
      throw corrupt('lz4', 'the content checksum does not match');
    }
  }

  #byte(): number {
    this.#skip(1, 'a frame header');
    return this.#bytes[this.#at - 1]!;
  }

  #uint32(what: string): number {
    this.#skip(4, what);
    return this.#bytes.readUInt32LE(this.#at - 4);
  }

  #skip(bytes: number, what: string): void {
    if (bytes > this.#bytes.length - this.#at) throw corrupt('lz4', `${what} is cut short`);
    this.#at += bytes;
  }
}

function headerChecksum(bytes: Uint8Array, from: number, to: number): number {
  return (xxh32(bytes, from, to) >>> 8) & 0xff;
}
