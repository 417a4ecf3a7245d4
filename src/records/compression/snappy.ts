import { type Compressor, CompressionError, corrupt, tooLarge } from './compressor.js';
import { decodeSnappyBlock, snappyContentBytes } from './snappy-block.js';

/**
 * Codec 2: snappy, in the two dresses that Kafka clients give it. Java's writes the stream format of xerial's
 * snappy-java: eight bytes of magic, two int32 versions, then blocks with an int32 length in front. librdkafka and
 * others write one raw block. Readers have to tell them apart by the magic; we write xerial's, since all can read it.
 *
 * Every block declares its content's length up front, so the whole is measured before anything is decoded.
 */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;
const XERIAL_VERSION = 1;
/** snappy-java's default, which readers may expect. */
const XERIAL_BLOCK_BYTES = 32 * 1024;
const LENGTH_BYTES = 4;

/** One raw block each way. `decode` is called only with a declared length that has been accepted. */
export interface SnappyBlocks {
  readonly implementation: string;
  encode(content: Uint8Array): Uint8Array;
  decode(block: Uint8Array): Uint8Array;
}

/** The native package if it loads, else the portable one. */
export async function loadSnappy(): Promise<Compressor> {
  try {
    return snappyOver(await nativeSnappyBlocks());
  } catch (error) {
    return snappyOver(await portableSnappyBlocks(`without the native package: ${String(error)}`));
  }
}

export async function nativeSnappyBlocks(): Promise<SnappyBlocks> {
  const { compressSync, uncompressSync } = (await import('snappy')).default;
  return {
    implementation: 'snappy, native',
    encode: (content) => compressSync(content),
    decode: (block) => uncompressSync(block, { asBuffer: true }) as Buffer,
  };
}

export async function portableSnappyBlocks(why: string): Promise<SnappyBlocks> {
  const { compress } = (await import('snappyjs')).default;
  return {
    implementation: `portable, ${why}`,
    encode: (content) => compress(content),
    decode: decodeSnappyBlock,
  };
}

export function snappyOver(blocks: SnappyBlocks): Compressor {
  return {
    name: 'snappy',
    implementation: blocks.implementation,
    compress: (bytes) => compressXerial(bytes, blocks),
    decompress: (bytes, maxBytes) =>
      isXerial(bytes, 0) ? decompressXerial(bytes, maxBytes, blocks) : decompressRaw(bytes, maxBytes, blocks),
  };
}

function compressXerial(bytes: Uint8Array, blocks: SnappyBlocks): Buffer {
  const header = Buffer.alloc(XERIAL_HEADER_BYTES);
  XERIAL_MAGIC.copy(header);
  header.writeInt32BE(XERIAL_VERSION, 8);
  header.writeInt32BE(XERIAL_VERSION, 12);
  const parts: Uint8Array[] = [header];
  for (let at = 0; at < bytes.length; at += XERIAL_BLOCK_BYTES) {
    const block = blocks.encode(bytes.subarray(at, at + XERIAL_BLOCK_BYTES));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

function decompressRaw(bytes: Uint8Array, maxBytes: number, blocks: SnappyBlocks): Buffer {
  const declared = snappyContentBytes(bytes, 0, bytes.length);
  if (declared > maxBytes) throw tooLarge('snappy', declared, maxBytes);
  return decodeBlock(bytes, declared, blocks);
}

function decompressXerial(bytes: Uint8Array, maxBytes: number, blocks: SnappyBlocks): Buffer {
  let total = 0;
  let count = 0;
  for (let at = nextBlock(bytes, 0); at < bytes.length; at = nextBlock(bytes, at + blockBytes(bytes, at))) {
    total += snappyContentBytes(bytes, at, at + blockBytes(bytes, at));
    if (total > maxBytes) throw tooLarge('snappy', `at least ${total}`, maxBytes);
    count++;
  }
  let content: Buffer | null = null;
  let written = 0;
  for (let at = nextBlock(bytes, 0); at < bytes.length; at = nextBlock(bytes, at + blockBytes(bytes, at))) {
    const block = bytes.subarray(at, at + blockBytes(bytes, at));
    const decoded = decodeBlock(block, snappyContentBytes(block, 0, block.length), blocks);
    if (count === 1) return decoded;
    content ??= Buffer.allocUnsafe(total);
    content.set(decoded, written);
    written += decoded.length;
  }
  return content ?? Buffer.alloc(0);
}

/** Where the next block's data starts, its length checked and stream headers passed over; the end if there is none. */
function nextBlock(bytes: Uint8Array, from: number): number {
  let at = from;
  // Streams may be joined end to end: then a header stands where a length would.
  while (isXerial(bytes, at)) {
    if (bytes.length - at < XERIAL_HEADER_BYTES) throw corrupt('snappy', 'the stream header is cut short');
    at += XERIAL_HEADER_BYTES;
  }
  if (at === bytes.length) return at;
  at += LENGTH_BYTES;
  if (at > bytes.length) throw corrupt('snappy', "a block's length is cut short");
  const length = blockBytes(bytes, at);
  if (length < 0 || length > bytes.length - at)
    throw corrupt('snappy', `a block of ${length} bytes is not there`);
  return at;
}

/** The int32 in front of the block's data. */
function blockBytes(bytes: Uint8Array, at: number): number {
  return (bytes[at - 4]! << 24) | (bytes[at - 3]! << 16) | (bytes[at - 2]! << 8) | bytes[at - 1]!;
}

function isXerial(bytes: Uint8Array, at: number): boolean {
  if (bytes.length - at < XERIAL_MAGIC.length) return false;
  for (let index = 0; index < XERIAL_MAGIC.length; index++) {
    if (bytes[at + index] !== XERIAL_MAGIC[index]) return false;
  }
  return true;
}

function decodeBlock(block: Uint8Array, declared: number, blocks: SnappyBlocks): Buffer {
  let content: Uint8Array;
  try {
    content = blocks.decode(block);
  } catch (error) {
    if (error instanceof CompressionError) throw error;
    throw corrupt('snappy', 'a block does not decode', error);
  }
  if (content.length !== declared)
    throw corrupt('snappy', `a block gave ${content.length} bytes, not ${declared}`);
  return Buffer.from(content.buffer, content.byteOffset, content.length);
}
