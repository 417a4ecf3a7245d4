import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  readUnsignedVarint,
  readVarint,
  readVarlong,
  unsignedVarintBytes,
  varintBytes,
  varintEnd,
  varlongBytes,
  varlongEnd,
  writeUnsignedVarint,
  writeVarint,
  writeVarlong,
} from '../../../src/base/varint.js';

const seed = Number(process.env['SEED'] ?? Date.now());

const int32 = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 1, 63, -64, 64, 2 ** 31 - 1, -(2 ** 31)));
const uint32 = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.constantFrom(
    0,
    127,
    128,
    16383,
    16384,
    2 ** 21 - 1,
    2 ** 21,
    2 ** 28 - 1,
    2 ** 28,
    2 ** 31,
    2 ** 32 - 1,
  ),
);
const safe = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.constantFrom(
    2 ** 31,
    -(2 ** 31) - 1,
    2 ** 34,
    2 ** 34 - 1,
    -(2 ** 34),
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ),
);

/** The 64-bit zig-zag coding, by bigint: slow, obvious, and not ours to reuse. */
function oracle(value: number): number[] {
  let raw = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  const bytes: number[] = [];
  for (; raw >= 0x80n; raw >>= 7n) bytes.push(Number(raw & 0x7fn) | 0x80);
  bytes.push(Number(raw));
  return bytes;
}

describe('golden bytes', () => {
  // The examples of Protocol Buffers' encoding guide, and the edges of each byte count.
  test.each<[number, string]>([
    [0, '00'],
    [-1, '01'],
    [1, '02'],
    [63, '7e'],
    [-64, '7f'],
    [64, '8001'],
    [-65, '8101'],
    [8191, 'fe7f'],
    [8192, '808001'],
    [2147483647, 'feffffff0f'],
    [-2147483648, 'ffffffff0f'],
  ])('zig-zag %i is %s', (value, hex) => {
    const bytes = Buffer.alloc(5);
    const end = writeVarint(bytes, 0, value);
    expect(bytes.toString('hex', 0, end)).toBe(hex);
    expect(varintEnd(bytes, 0, end)).toBe(end);
    expect(readVarint(bytes, 0)).toBe(value);
  });

  test.each<[number, string]>([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [4294967295, 'ffffffff0f'],
  ])('unsigned %i is %s', (value, hex) => {
    const bytes = Buffer.alloc(5);
    const end = writeUnsignedVarint(bytes, 0, value);
    expect(bytes.toString('hex', 0, end)).toBe(hex);
    expect(readUnsignedVarint(bytes, 0)).toBe(value);
  });
});

describe('round trips', () => {
  test('zig-zag int32: value, size and end agree, and equal the 64-bit coding', () => {
    fc.assert(
      fc.property(int32, fc.nat(9), (value, at) => {
        const bytes = Buffer.alloc(at + 5, 0xff);
        const end = writeVarint(bytes, at, value);
        expect([...bytes.subarray(at, end)]).toEqual(oracle(value));
        expect(varintBytes(value)).toBe(end - at);
        expect(varintEnd(bytes, at, end)).toBe(end);
        expect(readVarint(bytes, at)).toBe(value);
      }),
      { seed },
    );
  });

  test('unsigned', () => {
    fc.assert(
      fc.property(uint32, (value) => {
        const bytes = Buffer.alloc(5);
        const end = writeUnsignedVarint(bytes, 0, value);
        expect(unsignedVarintBytes(value)).toBe(end);
        expect(varintEnd(bytes, 0, end)).toBe(end);
        expect(readUnsignedVarint(bytes, 0)).toBe(value);
      }),
      { seed },
    );
  });

  test('varlong over the whole of ±2^53', () => {
    fc.assert(
      fc.property(safe, fc.nat(3), (value, at) => {
        const bytes = Buffer.alloc(at + 10, 0xff);
        const end = writeVarlong(bytes, at, value);
        expect([...bytes.subarray(at, end)]).toEqual(oracle(value));
        expect(varlongBytes(value)).toBe(end - at);
        expect(varlongEnd(bytes, at, end)).toBe(end);
        expect(readVarlong(bytes, at)).toBe(value);
      }),
      { seed, numRuns: 1000 },
    );
  });

  test('a varlong beyond 2^53 reads as the nearest number, so that a caller can tell', () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => {
        let raw = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
        const bytes: number[] = [];
        for (; raw >= 0x80n; raw >>= 7n) bytes.push(Number(raw & 0x7fn) | 0x80);
        bytes.push(Number(raw));
        expect(varlongEnd(Uint8Array.from(bytes), 0, bytes.length)).toBe(bytes.length);
        expect(readVarlong(Uint8Array.from(bytes), 0)).toBe(Number(value));
      }),
      { seed },
    );
  });
});

describe('refused', () => {
  test('every cut, by the limit or by the end of the bytes', () => {
    for (const [value, end] of [
      [-(2 ** 31), varintEnd],
      [Number.MIN_SAFE_INTEGER, varlongEnd],
    ] as const) {
      const bytes = Buffer.alloc(10);
      const length = writeVarlong(bytes, 0, value);
      expect(end(bytes, 0, length)).toBe(length);
      for (let limit = 0; limit < length; limit++) expect(end(bytes, 0, limit)).toBe(-1);
    }
  });

  test.each<[string, string, typeof varintEnd]>([
    ['33 bits', 'ffffffff10', varintEnd],
    ['a fifth byte that goes on', 'ffffffff8f00', varintEnd],
    ['65 bits', 'ffffffffffffffffff02', varlongEnd],
    ['a tenth byte that goes on', 'ffffffffffffffffff8100', varlongEnd],
  ])('%s', (_label, hex, end) => {
    const bytes = Buffer.from(hex, 'hex');
    expect(end(bytes, 0, bytes.length)).toBe(-1);
  });

  test('padding that Java also accepts is read: a longer form of a small number', () => {
    const bytes = Buffer.from('8080808000', 'hex');
    expect(varintEnd(bytes, 0, 5)).toBe(5);
    expect(readVarint(bytes, 0)).toBe(0);
  });
});
