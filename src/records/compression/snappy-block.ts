import { corrupt } from './compressor.js';
import { readUnsignedVarint, varintEnd } from '../../base/varint.js';

/**
 * A raw snappy block: its content's length as an unsigned varint, then literals and copies.
 *
 * The decoder is ours, for where the native package is missing: snappyjs's can be made to step backwards by a literal
 * length with the sign bit set, and then loops for ever.
 */

/** No element yields more than 64 bytes for 3 (a copy with a two-byte offset), so no block unfolds further. */
const MAX_RATIO = 22;

/** What the block at `bytes[from, to)` says it unfolds to. @throws CompressionError when it cannot be true. */
export function snappyContentBytes(bytes: Uint8Array, from: number, to: number): number {
  const end = varintEnd(bytes, from, to);
  if (end < 0) throw corrupt('snappy', 'a block has no length');
  const length = readUnsignedVarint(bytes, from);
  if (length > (to - end) * MAX_RATIO)
    throw corrupt('snappy', `${to - end} bytes cannot unfold to ${length}`);
  return length;
}

/** Decodes one raw block whose declared length has been accepted. @throws CompressionError */
export function decodeSnappyBlock(bytes: Uint8Array): Buffer {
  const content = Buffer.allocUnsafe(snappyContentBytes(bytes, 0, bytes.length));
  let at = varintEnd(bytes, 0, bytes.length);
  let written = 0;
  while (at < bytes.length) {
    const tag = bytes[at++]!;
    if ((tag & 3) === 0) {
      let length = tag >>> 2;
      if (length >= 60) {
        const lengthBytes = length - 59;
        if (at + lengthBytes > bytes.length) throw corrupt('snappy', 'a literal is cut short');
        length = littleEndian(bytes, at, lengthBytes);
        at += lengthBytes;
      }
      length++;
      if (length > bytes.length - at || length > content.length - written)
        throw corrupt('snappy', 'a literal is too long');
      for (const end = at + length; at < end; ) content[written++] = bytes[at++]!;
    } else {
      const offsetBytes = (tag & 3) === 3 ? 4 : tag & 3;
      if (at + offsetBytes > bytes.length) throw corrupt('snappy', 'a copy is cut short');
      let length = (tag >>> 2) + 1;
      let offset = littleEndian(bytes, at, offsetBytes);
      if (offsetBytes === 1) {
        length = ((tag >>> 2) & 7) + 4;
        offset |= (tag >>> 5) << 8;
      }
      at += offsetBytes;
      if (offset === 0 || offset > written) throw corrupt('snappy', 'a copy reaches before the start');
      if (length > content.length - written) throw corrupt('snappy', 'a copy is too long');
      // Byte by byte: a copy may overlap what it writes, which is how snappy repeats a pattern.
      for (const end = written + length; written < end; written++)
        content[written] = content[written - offset]!;
    }
  }
  if (written !== content.length)
    throw corrupt('snappy', `content ends at ${written} of ${content.length} bytes`);
  return content;
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let index = count - 1; index >= 0; index--) value = value * 256 + bytes[at + index]!;
  return value;
}
