import { assert } from '../base/assert.js';

/**
 * Big-endian int64 as a number, in two 32-bit halves: a bigint would be allocated, and costs six to ten times as much.
 * Exact within ±2^53. Beyond that a read gives the nearest number; who does not trust the bytes tests `Number.isSafeInteger`.
 */
const TWO_POW_32 = 0x1_0000_0000;

export function readInt64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * TWO_POW_32 + buffer.readUInt32BE(at + 4);
}

export function writeInt64(buffer: Buffer, at: number, value: number): void {
  assert(Number.isSafeInteger(value), `an int64 we write fits 2^53 (${value})`);
  buffer.writeInt32BE(Math.floor(value / TWO_POW_32), at);
  buffer.writeUInt32BE(value >>> 0, at + 4);
}
