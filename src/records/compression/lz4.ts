import { type Compressor, corrupt, tooLarge } from './compressor.js';
import { decodeLz4Block, encodeLz4Block, LZ4_TABLE_ENTRIES, lz4ContentBytes } from './lz4-block.js';
import { blockLength, END_MARK, Lz4FrameReader, WRITTEN_BLOCK_BYTES, WRITTEN_HEADER } from './lz4-frame.js';

/**
 * Codec 3: LZ4 frames. The frame is ours in both directions, since no package bounds what a frame may unfold to; the
 * native package, where it is installed, gets single blocks.
 *
 * Decompression goes twice over the frame: the first pass adds up what the blocks say they hold, without decoding, and
 * refuses what is too much; the second decodes into one buffer of exactly that size.
 */

/** One block each way. */
export interface Lz4Blocks {
  readonly implementation: string;
  /** Takes at most WRITTEN_BLOCK_BYTES. */
  encode(content: Uint8Array): Uint8Array;
  /** Decodes `bytes[from, to)` to `content[start, end)`, which its lengths have been found to fill exactly. */
  decode(bytes: Uint8Array, from: number, to: number, content: Buffer, start: number, end: number): void;
}

/** The native package if it loads, else the portable one. */
export async function loadLz4(): Promise<Compressor> {
  try {
    return lz4Over(await nativeLz4Blocks());
  } catch (error) {
    return lz4Over(portableLz4Blocks(`without the native package: ${String(error)}`));
  }
}

/** The package puts the content's length, a little-endian uint32, in front of each block. */
const PREFIX_BYTES = 4;
/** From this much content on the native decoder, which has to be given a copy, is the faster one. */
const NATIVE_DECODE_FROM_BYTES = 8192;

export async function nativeLz4Blocks(): Promise<Lz4Blocks> {
  const { compressSync, uncompressSync } = (await import('lz4-napi')).default;
  return {
    implementation: 'lz4-napi, native',
    encode: (content) => compressSync(content as Buffer).subarray(PREFIX_BYTES),
    decode(bytes, from, to, content, start, end) {
      if (end - start < NATIVE_DECODE_FROM_BYTES) {
        decodeLz4Block(bytes, from, to, content, start);
        return;
      }
      const prefixed = Buffer.allocUnsafe(PREFIX_BYTES + to - from);
      prefixed.writeUInt32LE(end - start);
      prefixed.set(bytes.subarray(from, to), PREFIX_BYTES);
      content.set(uncompressBlock(uncompressSync, prefixed), start);
    },
  };
}

function uncompressBlock(uncompressSync: (block: Buffer) => Buffer, prefixed: Buffer): Buffer {
  try {
    return uncompressSync(prefixed);
  } catch (error) {
    throw corrupt('lz4', 'a block does not decode', error);
  }
}

export function portableLz4Blocks(why: string): Lz4Blocks {
  const table = new Int32Array(LZ4_TABLE_ENTRIES);
  return {
    implementation: `portable, ${why}`,
    encode: (content) => encodeLz4Block(content, table),
    decode: decodeLz4Block,
  };
}

export function lz4Over(blocks: Lz4Blocks): Compressor {
  return {
    name: 'lz4',
    implementation: blocks.implementation,
    compress: (bytes) => compressFrame(bytes, blocks),
    decompress: (bytes, maxBytes) => decompressFrames(bytes, maxBytes, blocks),
  };
}

function compressFrame(bytes: Uint8Array, blocks: Lz4Blocks): Buffer {
  const parts: Uint8Array[] = [WRITTEN_HEADER];
  for (let at = 0; at < bytes.length; at += WRITTEN_BLOCK_BYTES) {
    const content = bytes.subarray(at, at + WRITTEN_BLOCK_BYTES);
    const block = blocks.encode(content);
    if (block.length < content.length) parts.push(blockLength(block.length, 'compressed'), block);
    else parts.push(blockLength(content.length, 'stored'), content);
  }
  parts.push(END_MARK);
  return Buffer.concat(parts);
}

function decompressFrames(bytes: Uint8Array, maxBytes: number, blocks: Lz4Blocks): Buffer {
  const content = Buffer.allocUnsafe(measure(bytes, maxBytes));
  const reader = new Lz4FrameReader(bytes);
  let written = 0;
  while (reader.nextFrame()) {
    const frameStart = written;
    while (reader.nextBlock()) {
      const { from, to } = reader;
      const end = written + blockContentBytes(bytes, reader);
      if (reader.stored) content.set(bytes.subarray(from, to), written);
      else blocks.decode(bytes, from, to, content, written, end);
      written = end;
    }
    reader.checkContent(content, frameStart, written);
  }
  return content;
}

/** The content's exact size. */
function measure(bytes: Uint8Array, maxBytes: number): number {
  const reader = new Lz4FrameReader(bytes);
  let total = 0;
  while (reader.nextFrame()) {
    const declared = reader.declaredContentBytes;
    if (declared !== null && total + declared > maxBytes) throw tooLarge('lz4', total + declared, maxBytes);
    while (reader.nextBlock()) {
      const blockBytes = reader.stored
        ? reader.to - reader.from
        : lz4ContentBytes(bytes, reader.from, reader.to);
      if (blockBytes > reader.blockBytesMax)
        throw corrupt('lz4', `a block unfolds to ${blockBytes} bytes, over its frame's bound`);
      total += blockBytes;
      if (total > maxBytes) throw tooLarge('lz4', `at least ${total}`, maxBytes);
    }
  }
  return total;
}

function blockContentBytes(bytes: Uint8Array, { stored, from, to }: Lz4FrameReader): number {
  return stored ? to - from : lz4ContentBytes(bytes, from, to);
}
