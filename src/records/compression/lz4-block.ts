import { corrupt } from './compressor.js';

/**
 * The LZ4 block format: sequences of literals and one match each, the last of literals alone.
 *
 * A sequence: a token (literal length in the high half, match length − 4 in the low half; 15 means that more bytes
 * follow, each added, up to the first below 255), the literals, and a two-byte little-endian offset back to the match.
 */
const MIN_MATCH = 4;
const MORE = 15;

/**
 * What a compressed block unfolds to, by reading its lengths alone: one pass over the tokens that touches no content,
 * so that a bomb is refused before any memory is taken. @throws CompressionError
 */
export function lz4ContentBytes(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  let total = 0;
  while (at < to) {
    const token = bytes[at++]!;
    let literals = token >>> 4;
    if (literals === MORE) {
      for (let more = 255; more === 255; literals += more) {
        if (at >= to) throw corrupt('lz4', 'a literal length is cut short');
        more = bytes[at++]!;
      }
    }
    if (literals > to - at) throw corrupt('lz4', 'literals are cut short');
    at += literals;
    total += literals;
    if (at === to) return total;
    if (to - at < 2) throw corrupt('lz4', 'a match offset is cut short');
    at += 2;
    let match = token & 0x0f;
    if (match === MORE) {
      for (let more = 255; more === 255; match += more) {
        if (at >= to) throw corrupt('lz4', 'a match length is cut short');
        more = bytes[at++]!;
      }
    }
    total += match + MIN_MATCH;
  }
  throw corrupt('lz4', 'a block ends without its last literals');
}

/** Below this a loop is quicker than a call that copies. */
const COPY_CALL_FROM_BYTES = 24;

/**
 * Decodes a block that `lz4ContentBytes` has measured, into `content` from `start`. Lengths were proven there;
 * what is left to doubt is where a match points. @throws CompressionError
 */
export function decodeLz4Block(
  bytes: Uint8Array,
  from: number,
  to: number,
  content: Buffer,
  start: number,
): void {
  let at = from;
  let written = start;
  for (;;) {
    const token = bytes[at++]!;
    let literals = token >>> 4;
    if (literals === MORE) {
      for (let more = 255; more === 255; literals += more) more = bytes[at++]!;
    }
    if (literals < COPY_CALL_FROM_BYTES) {
      for (const end = at + literals; at < end; ) content[written++] = bytes[at++]!;
    } else {
      content.set(bytes.subarray(at, at + literals), written);
      at += literals;
      written += literals;
    }
    if (at === to) return;
    const offset = bytes[at]! | (bytes[at + 1]! << 8);
    at += 2;
    if (offset === 0 || offset > written - start)
      throw corrupt('lz4', 'a match reaches before the start of its block');
    let match = token & 0x0f;
    if (match === MORE) {
      for (let more = 255; more === 255; match += more) more = bytes[at++]!;
    }
    match += MIN_MATCH;
    if (match >= COPY_CALL_FROM_BYTES && offset >= match) {
      content.copyWithin(written, written - offset, written - offset + match);
      written += match;
    } else {
      // Byte by byte: a match may overlap what it writes, which is how LZ4 repeats a pattern.
      for (const end = written + match; written < end; written++)
        content[written] = content[written - offset]!;
    }
  }
}

const HASH_BITS = 13;
const HASH_SHIFT = 32 - HASH_BITS;
/** The format demands that the last five bytes are literals, and that no match starts within the last twelve. */
const LAST_LITERALS = 5;
const MATCH_LIMIT = 12;
const MAX_OFFSET = 0xffff;
/** After so many misses in a row (a power of two) the search steps one byte further each time: cheap on what does not compress. */
const SKIP_SHIFT = 6;

/** The most a block of `contentBytes` can take, when nothing matches. */
export function lz4BlockBytesMax(contentBytes: number): number {
  return contentBytes + Math.ceil(contentBytes / 255) + 16;
}

/**
 * Compresses one block, greedily, with one table of where a four-byte sequence was last seen.
 * @param table scratch of `LZ4_TABLE_ENTRIES`; the caller keeps it from block to block.
 */
export function encodeLz4Block(content: Uint8Array, table: Int32Array): Buffer {
  const block = Buffer.allocUnsafe(lz4BlockBytesMax(content.length));
  table.fill(-1);
  let anchor = 0;
  let written = 0;
  const lastMatchStart = content.length - MATCH_LIMIT;
  const matchEndMax = content.length - LAST_LITERALS;
  let misses = 1 << SKIP_SHIFT;
  for (let at = 0; at <= lastMatchStart; ) {
    const sequence = word(content, at);
    const slot = Math.imul(sequence, 0x9e3779b1) >>> HASH_SHIFT;
    let candidate = table[slot]!;
    table[slot] = at;
    if (candidate < 0 || at - candidate > MAX_OFFSET || word(content, candidate) !== sequence) {
      at += misses++ >>> SKIP_SHIFT;
      continue;
    }
    misses = 1 << SKIP_SHIFT;
    while (at > anchor && candidate > 0 && content[at - 1] === content[candidate - 1]) {
      at--;
      candidate--;
    }
    let matched = MIN_MATCH;
    while (at + matched < matchEndMax && content[at + matched] === content[candidate + matched]) matched++;

    const tokenAt = written;
    written = writeLiterals(content, anchor, at, block, written);
    block[written++] = (at - candidate) & 0xff;
    block[written++] = (at - candidate) >>> 8;
    const extra = matched - MIN_MATCH;
    if (extra < MORE) block[tokenAt]! |= extra;
    else {
      block[tokenAt]! |= MORE;
      written = writeMore(block, written, extra - MORE);
    }
    at += matched;
    anchor = at;
  }
  written = writeLiterals(content, anchor, content.length, block, written);
  return block.subarray(0, written);
}

export const LZ4_TABLE_ENTRIES = 1 << HASH_BITS;

/** A token with its literal half set, and the literals. */
function writeLiterals(content: Uint8Array, from: number, to: number, block: Buffer, at: number): number {
  const literals = to - from;
  let written = at + 1;
  if (literals < MORE) block[at] = literals << 4;
  else {
    block[at] = MORE << 4;
    written = writeMore(block, written, literals - MORE);
  }
  if (literals < COPY_CALL_FROM_BYTES) {
    for (let index = from; index < to; index++) block[written++] = content[index]!;
    return written;
  }
  block.set(content.subarray(from, to), written);
  return written + literals;
}

function writeMore(block: Buffer, at: number, length: number): number {
  let written = at;
  let rest = length;
  for (; rest >= 255; rest -= 255) block[written++] = 255;
  block[written++] = rest;
  return written;
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
