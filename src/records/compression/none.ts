import { type Compressor, tooLarge } from './compressor.js';

/** Codec 0: the content is the bytes. Views, not copies. */
export const none: Compressor = {
  name: 'none',
  implementation: 'none',
  compress: view,
  decompress(bytes, maxBytes) {
    if (bytes.length > maxBytes) throw tooLarge('none', bytes.length, maxBytes);
    return view(bytes);
  },
};

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
