import { corrupt } from './compressor.js';

/**
 * Zstandard frames (RFC 8878) seen from outside: where each ends, and how far it can unfold. Decoding is left to a
 * library, which wants to be told how much memory to take; this tells it, without believing the frame.
 *
 *     magic 28 b5 2f fd · descriptor · [window] · [dictionary id] · [content size]
 *     blocks: 3 bytes (bit 0 last, bits 1-2 type, then size) · data         · [checksum uint32]
 */
const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;

const BLOCK_BYTES_MAX = 128 * 1024;
const WINDOW_LOG_MIN = 10;
/** The byte after magic and descriptor. */
const WINDOW_AT = 5;
const RAW = 0;
const RUN = 1;
const COMPRESSED = 2;

/** What RFC 8878 (3.1.1.1.2) asks every decoder to allow, and enough for streaming writers up to level 19. */
const WINDOW_BYTES_FREE = 8 * 1024 * 1024;

/** A batch has one frame from every client we know. Each costs a call, so the number is bounded. */
const FRAMES_MAX = 1024;

export interface ZstdFrame {
  from: number;
  to: number;
  /** What the header says; null when it does not. */
  declaredBytes: number | null;
  /** How far back a match may reach; a streaming decoder takes that much memory at once. Null: as far as the content. */
  windowBytes: number | null;
  /** The sum of what the blocks can hold at most: no valid frame unfolds further. */
  contentBytesMax: number;
}

/** The frames with content, in order; skippable ones are passed over. @throws CompressionError */
export function zstdFrames(bytes: Uint8Array): ZstdFrame[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const frames: ZstdFrame[] = [];
  if (buffer.length === 0) throw corrupt('zstd', 'there is no frame');
  let at = 0;
  for (let seen = 0; at < buffer.length; seen++) {
    if (seen === FRAMES_MAX) throw corrupt('zstd', `more than ${FRAMES_MAX} frames`);
    need(buffer, at, 4, 'a frame magic');
    const magic = buffer.readUInt32LE(at);
    if (magic === MAGIC) {
      const frame = readFrame(buffer, at);
      frames.push(frame);
      at = frame.to;
    } else if ((magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC) {
      need(buffer, at, 8, 'a skippable frame');
      const length = 8 + buffer.readUInt32LE(at + 4);
      need(buffer, at, length, 'a skippable frame');
      at += length;
    } else {
      throw corrupt('zstd', 'no frame magic');
    }
  }
  return frames;
}

function readFrame(buffer: Buffer, from: number): ZstdFrame {
  let at = from + 4;
  need(buffer, at, 1, 'a frame header');
  const descriptor = buffer[at++]!;
  if (descriptor & 0x08) throw corrupt('zstd', 'a reserved bit is set');
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6]!;
  need(buffer, at, (singleSegment ? 0 : 1) + dictionaryBytes + sizeBytes, 'a frame header');

  let windowBytes: number | null = null;
  if (!singleSegment) {
    const window = buffer[at++]!;
    windowBytes = 2 ** (WINDOW_LOG_MIN + (window >>> 3)) * (1 + (window & 7) / 8);
  }
  for (let index = 0; index < dictionaryBytes; index++) {
    if (buffer[at++] !== 0) throw corrupt('zstd', 'dictionaries are not supported');
  }
  const declaredBytes = readContentSize(buffer, at, sizeBytes);
  at += sizeBytes;
  const blockBytesMax = Math.min(windowBytes ?? declaredBytes ?? 0, BLOCK_BYTES_MAX);
  let contentBytesMax = 0;
  for (let last = false; !last; ) {
    need(buffer, at, 3, 'a block header');
    const header = buffer.readUIntLE(at, 3);
    at += 3;
    last = (header & 1) !== 0;
    const type = (header >>> 1) & 3;
    const size = header >>> 3;
    if (type > COMPRESSED || size > blockBytesMax) throw corrupt('zstd', 'an impossible block');
    contentBytesMax += type === COMPRESSED ? blockBytesMax : size;
    const dataBytes = type === RUN ? 1 : size;
    need(buffer, at, dataBytes, type === RAW ? 'a raw block' : 'a block');
    at += dataBytes;
  }
  if (descriptor & 0x04) {
    need(buffer, at, 4, 'the checksum');
    at += 4;
  }
  if (declaredBytes !== null && declaredBytes > contentBytesMax) {
    throw corrupt('zstd', `blocks for ${contentBytesMax} bytes cannot unfold to ${declaredBytes}`);
  }
  return { from, to: at, declaredBytes, windowBytes, contentBytesMax };
}

function readContentSize(buffer: Buffer, at: number, sizeBytes: number): number | null {
  if (sizeBytes === 0) return null;
  if (sizeBytes === 1) return buffer[at]!;
  if (sizeBytes === 2) return buffer.readUInt16LE(at) + 256;
  if (sizeBytes === 4) return buffer.readUInt32LE(at);
  return buffer.readUInt32LE(at + 4) * 0x1_0000_0000 + buffer.readUInt32LE(at);
}

function need(buffer: Buffer, at: number, bytes: number, what: string): void {
  if (bytes > buffer.length - at) throw corrupt('zstd', `${what} is cut short`);
}

/**
 * The frame's bytes, with a window no larger than its content can use. Java's client asks for up to 128 MiB at its
 * highest levels, whatever the batch holds. Where that is much, one byte in a copy of the frame makes it modest: the
 * header is under no checksum, and a match cannot reach back further than there is content.
 *
 * @param contentBytes what will be decoded at most
 */
export function withModestWindow(bytes: Uint8Array, frame: ZstdFrame, contentBytes: number): Uint8Array {
  const slice = bytes.subarray(frame.from, frame.to);
  if (frame.windowBytes === null || frame.windowBytes <= WINDOW_BYTES_FREE) return slice;
  // One block more: content over the limit is then seen to be too large before a match seems to reach too far.
  const needed = Math.max(WINDOW_BYTES_FREE, contentBytes + BLOCK_BYTES_MAX);
  if (frame.windowBytes <= needed) return slice;
  const modest = Uint8Array.from(slice);
  modest[WINDOW_AT] = (Math.ceil(Math.log2(needed)) - WINDOW_LOG_MIN) << 3;
  return modest;
}
