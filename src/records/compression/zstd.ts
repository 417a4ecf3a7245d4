import * as zlib from 'node:zlib';
import { systemErrorCode } from '../../base/errors.js';
import { type Compressor, CompressionError, corrupt, tooLarge } from './compressor.js';
import { withModestWindow, type ZstdFrame, zstdFrames } from './zstd-frame.js';

/**
 * Codec 4: zstd (KIP-110), by node:zlib from Node 22.15 on, else by WebAssembly.
 *
 * Neither bounds its memory by itself: the WebAssembly build takes what a frame's header asks for, and a streaming
 * decoder takes a whole window. So we look at the frames first and hand over one at a time, with the most it may give.
 */

/** Java's default. */
const LEVEL = 3;

/** One frame each way. `decode` must not return more than `maxBytes`, and throws `too-large` when the frame holds more. */
export interface ZstdFrames {
  readonly implementation: string;
  encode(content: Uint8Array, level: number): Uint8Array;
  decode(frame: Uint8Array, maxBytes: number): Uint8Array;
}

export async function loadZstd(): Promise<Compressor> {
  return zstdOver(nodeZstdFrames() ?? (await wasmZstdFrames('as node:zlib has no zstd before Node 22.15')));
}

/** What Node's types do not know before Node 22.15. */
interface ZlibWithZstd {
  zstdCompressSync?: (bytes: Uint8Array, options: { params: Record<number, number> }) => Buffer;
  zstdDecompressSync?: (bytes: Uint8Array, options: { maxOutputLength: number; chunkSize: number }) => Buffer;
  constants: { ZSTD_c_compressionLevel?: number };
}

/** zlib refuses smaller chunks. */
const MIN_CHUNK_BYTES = 64;
/** So that the end of the stream shows before the chunk is full. */
const SPARE_BYTES = 1;

/** Undefined where this Node has none. */
export function nodeZstdFrames(): ZstdFrames | undefined {
  const { zstdCompressSync, zstdDecompressSync, constants } = zlib as ZlibWithZstd;
  const level = constants.ZSTD_c_compressionLevel;
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined || level === undefined)
    return undefined;
  return {
    implementation: 'node:zlib',
    encode: (content, wanted) => zstdCompressSync(content, { params: { [level]: wanted } }),
    decode(frame, maxBytes) {
      const chunkSize = Math.max(MIN_CHUNK_BYTES, maxBytes + SPARE_BYTES);
      try {
        return zstdDecompressSync(frame, { maxOutputLength: Math.max(1, maxBytes), chunkSize });
      } catch (error) {
        if (systemErrorCode(error) === 'ERR_BUFFER_TOO_LARGE')
          throw tooLarge('zstd', `over ${maxBytes}`, maxBytes);
        throw error;
      }
    },
  };
}

/** How the WebAssembly build reports an output that does not fit (ZSTD_error_dstSize_tooSmall): by a number in a sentence. */
const DOES_NOT_FIT = /code -70$/;

export async function wasmZstdFrames(why: string): Promise<ZstdFrames> {
  const wasm = await (await import('./zstd-wasm.js')).zstdWasm;
  return {
    implementation: `WebAssembly, ${why}`,
    encode: (content, level) => wasm.compress(content as Buffer, level),
    decode(frame, maxBytes) {
      try {
        return wasm.decompress(frame as Buffer, { defaultHeapSize: maxBytes });
      } catch (error) {
        if (error instanceof Error && DOES_NOT_FIT.test(error.message))
          throw tooLarge('zstd', `over ${maxBytes}`, maxBytes);
        throw error;
      }
    },
  };
}

export function zstdOver(frames: ZstdFrames): Compressor {
  return {
    name: 'zstd',
    implementation: frames.implementation,
    compress(bytes, level = LEVEL) {
      return asBuffer(frames.encode(bytes, level));
    },
    decompress: (bytes, maxBytes) => decompressFrames(bytes, maxBytes, frames),
  };
}

function decompressFrames(bytes: Uint8Array, maxBytes: number, frames: ZstdFrames): Buffer {
  const parts: Buffer[] = [];
  let total = 0;
  for (const frame of zstdFrames(bytes)) {
    const part = decodeFrame(bytes, frame, maxBytes - total, frames);
    total += part.length;
    parts.push(part);
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, total);
}

function decodeFrame(bytes: Uint8Array, frame: ZstdFrame, maxBytes: number, frames: ZstdFrames): Buffer {
  const { declaredBytes, contentBytesMax } = frame;
  if (declaredBytes !== null && declaredBytes > maxBytes) throw tooLarge('zstd', declaredBytes, maxBytes);
  const bytesMax = declaredBytes ?? Math.min(contentBytesMax, maxBytes);
  let content: Buffer;
  try {
    content = asBuffer(frames.decode(withModestWindow(bytes, frame, bytesMax), bytesMax));
  } catch (error) {
    // A frame that gives more than it declared, or than its blocks can hold, is broken, not large.
    if (error instanceof CompressionError && bytesMax === maxBytes) throw error;
    throw corrupt('zstd', 'a frame does not decode', error);
  }
  if (declaredBytes !== null && content.length !== declaredBytes)
    throw corrupt('zstd', 'the content size does not match');
  if (content.length > bytesMax) throw tooLarge('zstd', content.length, maxBytes);
  return content;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
