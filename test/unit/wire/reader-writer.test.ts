/** The encodings themselves: bounds of every kind, and what is refused on either side. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Reader, WireError } from '../../../src/wire/reader.js';
import { GATHER_BYTES, Writer } from '../../../src/wire/writer.js';
import { hex } from './hex.js';
import { seed } from './seed.js';

function written(write: (writer: Writer) => void): string {
  const writer = new Writer(1);
  write(writer);
  const bytes = Buffer.concat(writer.parts());
  expect(writer.byteLength).toBe(bytes.length);
  return bytes.toString('hex');
}

describe('integers', () => {
  test.each([
    ['int8', -128, '80'],
    ['int8', 127, '7f'],
    ['int16', -32_768, '8000'],
    ['int16', 32_767, '7fff'],
    ['uint16', 0, '0000'],
    ['uint16', 65_535, 'ffff'],
    ['int32', -2_147_483_648, '80000000'],
    ['int32', 2_147_483_647, '7fffffff'],
    ['int64', -1, 'ffffffffffffffff'],
    ['int64', 4_294_967_296, '0000000100000000'],
    ['int64', Number.MAX_SAFE_INTEGER, '001fffffffffffff'],
    ['int64', Number.MIN_SAFE_INTEGER, 'ffe0000000000001'],
    ['float64', -1.5, 'bff8000000000000'],
    ['uvarint', 0, '00'],
    ['uvarint', 127, '7f'],
    ['uvarint', 128, '8001'],
    ['uvarint', 16_384, '808001'],
    ['uvarint', 0xffff_ffff, 'ffffffff0f'],
    ['varint', 0, '00'],
    ['varint', -1, '01'],
    ['varint', 1, '02'],
    ['varint', -64, '7f'],
    ['varint', 64, '8001'],
    ['varint', 2_147_483_647, 'feffffff0f'],
    ['varint', -2_147_483_648, 'ffffffff0f'],
  ] as const)('%s %d', (kind, value, text) => {
    expect(written((writer) => writer[kind](value))).toBe(text);
    const reader = new Reader(hex(text));
    expect(reader[kind]()).toBe(value);
    expect(reader.remaining).toBe(0);
    // One byte fewer is refused.
    expect(() => new Reader(hex(text).subarray(0, -1))[kind]()).toThrow(WireError);
  });

  test.each([
    ['int8', 128],
    ['int8', -129],
    ['int16', 32_768],
    ['uint16', -1],
    ['uint16', 65_536],
    ['int32', 2_147_483_648],
    ['int32', 0.5],
    ['int64', 2 ** 53],
    ['int64', -(2 ** 53)],
    ['int64', 0.5],
    ['uvarint', -1],
    ['uvarint', 2 ** 32],
    ['varint', 2 ** 31],
  ] as const)('%s does not hold %d', (kind, value) => {
    expect(() => new Writer()[kind](value)).toThrow(WireError);
  });

  test.each(['int8', 'int16', 'uint16', 'int32', 'int64', 'float64', 'uvarint', 'varint'] as const)(
    '%s takes numbers only',
    (kind) => {
      for (const value of [undefined, null, '1', Number.NaN, {}]) {
        if (kind === 'float64' && typeof value === 'number') continue;
        expect(() => new Writer()[kind](value as number)).toThrow(WireError);
      }
    },
  );

  test.each(['0020000000000000', '7fffffffffffffff', '8000000000000000', 'ffe0000000000000'])(
    'int64 %s is beyond 2^53',
    (text) => expect(() => new Reader(hex(text)).int64()).toThrow(WireError),
  );

  test.each(['ffffffff1f', 'ffffffffff01', '80808080808080'])('uvarint %s has more than 32 bits', (text) => {
    expect(() => new Reader(hex(text)).uvarint()).toThrow(WireError);
  });

  test('any int64 comes back', () => {
    const property = fc.property(fc.maxSafeInteger(), (value) => {
      const text = written((writer) => writer.int64(value));
      expect(BigInt.asIntN(64, BigInt(`0x${text}`))).toBe(BigInt(value));
      expect(new Reader(hex(text)).int64()).toBe(value);
    });
    fc.assert(property, { seed });
  });
});

describe('strings', () => {
  test.each([
    '',
    'a',
    'orders',
    'x'.repeat(24),
    'x'.repeat(25),
    'x'.repeat(32_767),
    'ö',
    '日本語',
    '🦆'.repeat(40),
  ])('of %# come back', (text) => {
    const byteLength = Buffer.byteLength(text);
    const bytes = hex(written((writer) => writer.string(text)));
    expect(bytes.readInt16BE(0)).toBe(byteLength);
    expect(bytes.subarray(2).toString()).toBe(text);
    expect(new Reader(bytes).string()).toBe(text);
    const compact = hex(written((writer) => writer.compactString(text)));
    expect(new Reader(compact).compactString()).toBe(text);
  });

  test('have at most 32,767 bytes, in flexible versions too', () => {
    for (const text of ['x'.repeat(32_768), 'ö'.repeat(16_384)]) {
      expect(() => new Writer().string(text)).toThrow(WireError);
      expect(() => new Writer().compactString(text)).toThrow(WireError);
    }
    const writer = new Writer();
    writer.compactBytes(Buffer.alloc(32_768));
    expect(() => new Reader(Buffer.concat(writer.parts())).compactString()).toThrow(WireError);
  });

  test('of malformed UTF-8 decode with the replacement character, as in Kafka', () => {
    expect(new Reader(hex('0002 c328')).string()).toBe('\ufffd(');
  });

  test('are strings', () => {
    expect(() => new Writer().string(5 as unknown as string)).toThrow(WireError);
  });
});

describe('uuids', () => {
  test('are 16 bytes, and 22 characters of url-safe base64', () => {
    const text = '__-_AAECAwQFBgcICQoLDA';
    const bytes = written((writer) => writer.uuid(text));
    expect(bytes).toBe('ffffbf000102030405060708090a0b0c');
    expect(new Reader(hex(bytes)).uuid()).toBe(text);
    expect(new Reader(Buffer.alloc(16)).uuid()).toBe('AAAAAAAAAAAAAAAAAAAAAA');
  });

  test.each(['', 'AAAA', 'A'.repeat(23), '!'.repeat(22), 5])('%s is none', (value) => {
    expect(() => new Writer().uuid(value as string)).toThrow(WireError);
  });
});

describe('booleans', () => {
  test('are one byte; any but 0 reads as true, as in Kafka', () => {
    expect(written((writer) => [true, false].forEach((value) => writer.boolean(value)))).toBe('0100');
    expect(new Reader(hex('02')).boolean()).toBe(true);
    expect(() => new Writer().boolean(1 as unknown as boolean)).toThrow(WireError);
  });
});

describe('byte fields', () => {
  test('decode to views on the frame', () => {
    const frame = hex('00000002 aabb');
    const view = new Reader(frame).bytes();
    frame[4] = 0x11;
    expect(view).toEqual(hex('11bb'));
  });

  test.each(['fffffffe', '80000000', '00000003aabb'])('of length %s are refused', (text) => {
    expect(() => new Reader(hex(text)).bytes()).toThrow(WireError);
    expect(() => new Reader(hex(text)).nullableBytes()).toThrow(WireError);
  });

  test('of a kibibyte and more are not copied, smaller ones are', () => {
    const large = Buffer.alloc(GATHER_BYTES, 1);
    const small = Buffer.alloc(GATHER_BYTES - 1, 2);
    const writer = new Writer();
    writer.int8(1);
    writer.bytes(large);
    writer.int8(2);
    writer.bytes(small);
    const parts = writer.parts();
    expect(parts[1]).toBe(large);
    expect(parts).toHaveLength(3);
    small.fill(9);
    const bytes = Buffer.concat(parts);
    expect(bytes.subarray(1 + 4 + large.length).toString('hex')).toBe(
      `02000003ff${'02'.repeat(small.length)}`,
    );
  });

  test('may be given as slices, and are one field then', () => {
    const slices = [Buffer.from('ab'), Buffer.alloc(2000, 0x63), Buffer.alloc(0), Buffer.from('d')];
    const writer = new Writer();
    writer.compactNullableBytes(slices);
    const parts = writer.parts();
    expect(parts[1]).toBe(slices[1]);
    expect(new Reader(Buffer.concat(parts)).compactNullableBytes()).toEqual(Buffer.concat(slices));
  });

  test('are bytes', () => {
    for (const value of [undefined, 'text', 5]) {
      expect(() => new Writer().bytes(value as unknown as Buffer)).toThrow(WireError);
    }
  });
});

describe('a writer that grows', () => {
  test('keeps parts made before, in order', () => {
    const chunk = fc.oneof(fc.nat(40), fc.integer({ min: GATHER_BYTES - 2, max: GATHER_BYTES + 2 }));
    const property = fc.property(fc.array(chunk, { maxLength: 40 }), fc.nat(64), (lengths, initial) => {
      const writer = new Writer(initial);
      const wanted: Buffer[] = [];
      lengths.forEach((length, index) => {
        const data = Buffer.alloc(length, index);
        writer.raw(data);
        writer.int16(index);
        wanted.push(data, Buffer.of(0, index));
      });
      expect(Buffer.concat(writer.parts()).equals(Buffer.concat(wanted))).toBe(true);
      expect(writer.byteLength).toBe(Buffer.concat(wanted).length);
    });
    fc.assert(property, { seed });
  });

  test('shows what was written after parts() in the next parts()', () => {
    const writer = new Writer();
    writer.int8(1);
    expect(Buffer.concat(writer.parts())).toEqual(hex('01'));
    writer.int8(2);
    expect(Buffer.concat(writer.parts())).toEqual(hex('0102'));
  });
});

describe('a reader', () => {
  test('stays within its bounds, though the buffer goes on', () => {
    const buffer = hex('ff 00000001 ff');
    const reader = new Reader(buffer, 1, 5);
    expect(reader.int32()).toBe(1);
    expect(reader.remaining).toBe(0);
    expect(() => reader.int8()).toThrow(WireError);
    expect(() => new Reader(buffer, 3, 5).int32()).toThrow(WireError);
  });

  test.each([
    [-1, 2],
    [2, 1],
    [0, 3],
    [3, 3],
    [Number.NaN, 1],
  ])('has bounds that lie in its buffer, unlike %d to %d', (start, end) => {
    expect(() => new Reader(Buffer.alloc(2), start, end)).toThrow(WireError);
  });

  test('reads buffers that are views on others', () => {
    const buffer = hex('aaaa 00000007 aaaa').subarray(2, 6);
    expect(new Reader(buffer).int32()).toBe(7);
  });

  test('checks counts against the bytes that are left', () => {
    expect(new Reader(hex('00000002 0000 0000')).count(2)).toBe(2);
    for (const text of ['00000003 0000 0000', 'ffffffff', '7fffffff']) {
      expect(() => new Reader(hex(text)).count(2)).toThrow(WireError);
    }
    expect(new Reader(hex('ffffffff')).nullableCount(2)).toBe(-1);
    expect(() => new Reader(hex('fffffffe')).nullableCount(2)).toThrow(WireError);
    expect(new Reader(hex('03 aa bb')).compactCount(1)).toBe(2);
    expect(() => new Reader(hex('04 aa bb')).compactCount(1)).toThrow(WireError);
    expect(() => new Reader(hex('00')).compactCount(1)).toThrow(WireError);
    expect(new Reader(hex('00')).compactNullableCount(1)).toBe(-1);
  });
});
