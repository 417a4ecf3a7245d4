import { gunzipSync, gzipSync } from 'node:zlib';
import { systemErrorCode } from '../../base/errors.js';
import { type Compressor, corrupt, tooLarge } from './compressor.js';

/**
 * Codec 1: gzip (RFC 1952), several members allowed, by Node's zlib.
 *
 * zlib writes its output in chunks and joins them at the end, which for a moment holds everything twice. The last four
 * bytes of a gzip member give its content's size, so one chunk of that size does for every honest batch. A lying size
 * is harmless: too small means chunks again, too large is cut to what so many bytes of deflate can yield at most.
 */
export const gzip: Compressor = {
  name: 'gzip',
  implementation: `node:zlib ${process.versions['zlib'] ?? ''}`.trim(),

  // zlib writes -1 for its own choice, as compression.gzip.level does.
  compress: (bytes, level = -1) => gzipSync(bytes, { level }),

  decompress(bytes, maxBytes) {
    const content = gunzip(bytes, maxBytes);
    // zlib knows no limit of zero.
    if (content.length > maxBytes) throw tooLarge('gzip', content.length, maxBytes);
    return content;
  },
};

function gunzip(bytes: Uint8Array, maxBytes: number): Buffer {
  try {
    return gunzipSync(bytes, {
      maxOutputLength: Math.max(1, maxBytes),
      chunkSize: chunkBytes(bytes, maxBytes),
    });
  } catch (error) {
    if (systemErrorCode(error) === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge('gzip', `over ${maxBytes}`, maxBytes);
    throw corrupt('gzip', 'the stream does not decode', error);
  }
}

/** Deflate's best case: 258 bytes of output for two bits of input. */
const MAX_RATIO = 1032;
/** zlib refuses smaller chunks. */
const MIN_CHUNK_BYTES = 64;
/** One more than the content, so that the end of the stream shows before the chunk is full. */
const SPARE_BYTES = 1;

function chunkBytes(bytes: Uint8Array, maxBytes: number): number {
  const at = bytes.length - 4;
  const claimed =
    at < 0 ? 0 : (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
  const possible = Math.min(claimed, bytes.length * MAX_RATIO, maxBytes);
  return Math.max(MIN_CHUNK_BYTES, possible + SPARE_BYTES);
}
