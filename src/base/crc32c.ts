import { createRequire } from 'node:module';

/**
 * CRC-32C (Castagnoli), the checksum of record batches.
 *
 * Two implementations. Ours looks up sixteen bytes a step in sixteen tables ("slicing by 16"; Kounavis and Berry,
 * 2005): no call into native code, so it wins on short input. `@node-rs/crc32` uses the processor's CRC instruction
 * and wins from about NATIVE_FROM_BYTES on. It is an optional dependency: without it the same sums come out, slower.
 */

/** A whole checksum of `bytes`. */
export type Crc32c = (bytes: Uint8Array) => number;

/** From this length on the native call costs less than our loop; see bench/micro/records.ts. */
const NATIVE_FROM_BYTES = 256;

const POLYNOMIAL = 0x82f63b78; // 0x1edc6f41 with its bits reversed, as the low bit goes first.

/** Sixteen tables of 256, one after the other: table k continues a byte's sum over k zero bytes. */
const TABLES = buildTables();

const NATIVE = findNative();

/** Which implementation sums long input, for diagnostics: `native` or `portable`. */
export const CRC32C_IMPLEMENTATION: 'native' | 'portable' = NATIVE === undefined ? 'portable' : 'native';

/** CRC-32C of `buffer[start, end)`, an unsigned 32-bit number. */
export function crc32c(buffer: Uint8Array, start = 0, end = buffer.length): number {
  if (NATIVE === undefined || end - start < NATIVE_FROM_BYTES) return portableCrc32c(buffer, start, end);
  return NATIVE(start === 0 && end === buffer.length ? buffer : buffer.subarray(start, end));
}

/** The same by our own loop, whatever the length. */
export function portableCrc32c(buffer: Uint8Array, start: number, end: number): number {
  const t = TABLES;
  let crc = 0xffffffff;
  let at = start;
  for (const last = end - 16; at <= last; at += 16) {
    crc =
      t[0xf00 + ((crc & 0xff) ^ buffer[at]!)]! ^
      t[0xe00 + (((crc >>> 8) & 0xff) ^ buffer[at + 1]!)]! ^
      t[0xd00 + (((crc >>> 16) & 0xff) ^ buffer[at + 2]!)]! ^
      t[0xc00 + ((crc >>> 24) ^ buffer[at + 3]!)]! ^
      t[0xb00 + buffer[at + 4]!]! ^
      t[0xa00 + buffer[at + 5]!]! ^
      t[0x900 + buffer[at + 6]!]! ^
      t[0x800 + buffer[at + 7]!]! ^
      t[0x700 + buffer[at + 8]!]! ^
      t[0x600 + buffer[at + 9]!]! ^
      t[0x500 + buffer[at + 10]!]! ^
      t[0x400 + buffer[at + 11]!]! ^
      t[0x300 + buffer[at + 12]!]! ^
      t[0x200 + buffer[at + 13]!]! ^
      t[0x100 + buffer[at + 14]!]! ^
      t[buffer[at + 15]!]!;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ t[(crc & 0xff) ^ buffer[at]!]!;
  return ~crc >>> 0;
}

function buildTables(): Int32Array {
  const tables = new Int32Array(16 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const previous = tables[at - 256]!;
    tables[at] = (previous >>> 8) ^ tables[previous & 0xff]!;
  }
  return tables;
}

/**
 * The native sum, or undefined when the optional package is not installed, has no binary for this machine, or does not
 * give the checksum of the standard's test vector. All three mean the same to us: go without.
 */
function findNative(): Crc32c | undefined {
  try {
    const { crc32c } = createRequire(import.meta.url)('@node-rs/crc32') as { crc32c: Crc32c };
    return crc32c(Buffer.from('123456789')) === 0xe3069283 ? crc32c : undefined;
  } catch {
    return undefined;
  }
}
