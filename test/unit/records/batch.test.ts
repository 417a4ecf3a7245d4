import { describe, expect, test } from 'vitest';
import * as batch from '../../../src/records/batch.js';
import { crc32c } from '../../../src/base/crc32c.js';

/**
 * A batch put down byte by byte from the format's description: two records at base offset 5000000000 (beyond 32 bits),
 * leader epoch 7, transactional, producer 4611686018427 (beyond 32 bits), epoch 3, sequence 9.
 */
const FIELDS = [
  '000000012a05f200', // base offset
  '0000004d', // length: 77 = 49 + 28
  '00000007', // leader epoch
  '02', // magic
  '00000000', // crc, set below
  '0010', // attributes: transactional
  '00000001', // last offset delta
  '0000018bcfe56800', // base timestamp 1700000000000
  '0000018bcfe56805', // max timestamp
  '00000431bde82d7b', // producer id
  '0003', // producer epoch
  '00000009', // base sequence
  '00000002', // record count
  '26000000026b0276060261023102620201026202', // a foreign record's bytes: content is not looked at here
  '020c000a02010100',
];
const CRC_AT = 17;

function golden(): Buffer {
  const bytes = Buffer.from(FIELDS.join(''), 'hex');
  bytes.writeUInt32BE(crc32c(bytes, 21, bytes.length), CRC_AT);
  return bytes;
}

describe.each([0, 13])('a batch at byte %i', (at) => {
  function placed(): Buffer {
    return Buffer.concat([Buffer.alloc(at, 0xaa), golden(), Buffer.alloc(5, 0xbb)]);
  }

  test('every field is read from its place', () => {
    const b = placed();
    expect({
      baseOffset: batch.baseOffset(b, at),
      batchBytes: batch.batchBytes(b, at),
      leaderEpoch: batch.leaderEpoch(b, at),
      magic: batch.magic(b, at),
      attributes: batch.attributes(b, at),
      lastOffsetDelta: batch.lastOffsetDelta(b, at),
      lastOffset: batch.lastOffset(b, at),
      baseTimestamp: batch.baseTimestamp(b, at),
      maxTimestamp: batch.maxTimestamp(b, at),
      producerId: batch.producerId(b, at),
      producerEpoch: batch.producerEpoch(b, at),
      baseSequence: batch.baseSequence(b, at),
      recordCount: batch.recordCount(b, at),
      codec: batch.codecOf(b, at),
      logAppendTime: batch.isLogAppendTime(b, at),
      transactional: batch.isTransactional(b, at),
      control: batch.isControl(b, at),
      crcMatches: batch.crcMatches(b, at),
      problem: batch.headerProblem(b, at, b.length - at),
    }).toEqual({
      baseOffset: 5000000000,
      batchBytes: 89,
      leaderEpoch: 7,
      magic: 2,
      attributes: 16,
      lastOffsetDelta: 1,
      lastOffset: 5000000001,
      baseTimestamp: 1700000000000,
      maxTimestamp: 1700000000005,
      producerId: 4611686018427,
      producerEpoch: 3,
      baseSequence: 9,
      recordCount: 2,
      codec: 0,
      logAppendTime: false,
      transactional: true,
      control: false,
      crcMatches: true,
      problem: null,
    });
  });

  test('a leader sets offset and epoch, and the checksum still holds', () => {
    const b = placed();
    batch.setBaseOffset(b, at, 2 ** 53 - 2);
    batch.setLeaderEpoch(b, at, 2147483647);
    expect(batch.baseOffset(b, at)).toBe(2 ** 53 - 2);
    expect(batch.lastOffset(b, at)).toBe(2 ** 53 - 1);
    expect(batch.leaderEpoch(b, at)).toBe(2147483647);
    expect(batch.crcMatches(b, at)).toBe(true);
    expect(b.subarray(at + 16, at + 89).equals(golden().subarray(16))).toBe(true);
    expect(() => batch.setBaseOffset(b, at, 2 ** 53)).toThrow(/fits 2\^53/);
  });

  test('the log append time: bit 3, the largest timestamp and the checksum change, nothing else', () => {
    const b = placed();
    batch.stampLogAppendTime(b, at, 1800000000001);
    expect(batch.isLogAppendTime(b, at)).toBe(true);
    expect(batch.isTransactional(b, at)).toBe(true);
    expect(batch.maxTimestamp(b, at)).toBe(1800000000001);
    expect(batch.crcMatches(b, at)).toBe(true);
    const changed = [...b.keys()].filter((index) => b[index] !== placed()[index]).map((index) => index - at);
    expect(changed.every((index) => (index >= 17 && index < 23) || (index >= 35 && index < 43))).toBe(true);
    batch.stampLogAppendTime(b, at, 1800000000002);
    expect(batch.crcMatches(b, at)).toBe(true);
    // No byte around the batch was touched.
    expect(b.subarray(0, at).equals(placed().subarray(0, at))).toBe(true);
    expect(b.subarray(at + 89).equals(placed().subarray(at + 89))).toBe(true);
  });

  test('the checksum covers every byte from the attributes on', () => {
    for (let index = 21; index < 89; index++) {
      const b = placed();
      b[at + index]! ^= 1 << (index % 8);
      expect([index, batch.crcMatches(b, at)]).toEqual([index, false]);
    }
    for (let index = 17; index < 21; index++) {
      const b = placed();
      b[at + index]! ^= 0x80;
      expect([index, batch.crcMatches(b, at)]).toEqual([index, false]);
    }
  });
});

test('negative numbers: none of producer, sequence, epoch, timestamp', () => {
  const b = golden();
  b.fill(0xff, 12, 16);
  b.fill(0xff, 27, 57);
  expect(batch.leaderEpoch(b, 0)).toBe(-1);
  expect(batch.baseTimestamp(b, 0)).toBe(-1);
  expect(batch.maxTimestamp(b, 0)).toBe(-1);
  expect(batch.producerId(b, 0)).toBe(-1);
  expect(batch.producerEpoch(b, 0)).toBe(-1);
  expect(batch.baseSequence(b, 0)).toBe(-1);
  expect(batch.headerProblem(b, 0, b.length)).toBeNull();
});

describe('headerProblem', () => {
  const int32 = (value: number, at: number) => (b: Buffer) => b.writeInt32BE(value, at);
  test.each<[string, (b: Buffer) => unknown, RegExp | null]>([
    ['magic 1', (b) => b.writeInt8(1, 16), /magic is 1/],
    ['length 48', int32(48, 8), /length 48 is below 49/],
    ['negative length', int32(-1, 8), /length -1 is below 49/],
    ['length beyond what is there', int32(78, 8), /takes 90 bytes, and 89 are there/],
    ['length of 2 GiB', int32(0x7fffffff, 8), /and 89 are there/],
    ['negative base offset', int32(-1, 0), /base offset -\d+ is out of range/],
    ['base offset beyond 2^53', int32(0x200000, 0), /base offset \d+ is out of range/],
    ['negative last offset delta', int32(-1, 23), /last offset delta -1 is negative/],
    ['negative count', int32(-1, 57), /-1 records/],
    ['more records than offsets', int32(3, 57), /3 records do not fit a last offset delta of 1/],
    ['fewer, after compaction', int32(1, 57), null],
    ['none, after compaction', int32(0, 57), null],
    ['leader epoch -2', int32(-2, 12), /leader epoch -2/],
    ['codec 5', (b) => b.writeInt16BE(5, 21), /codec 5 does not exist/],
    ['codec 4', (b) => b.writeInt16BE(4, 21), null],
    ['base timestamp beyond 2^53', int32(0x200000, 27), /timestamp/],
    ['max timestamp below -2^53', int32(-0x300000, 35), /timestamp/],
    ['producer id -2', (b) => b.fill(0xff, 43, 50).writeUInt8(0xfe, 50), /producer id -2/],
    ['producer id beyond 2^53', int32(0x200000, 43), /producer id/],
  ])('%s', (_label, change, problem) => {
    const b = golden();
    change(b);
    const found = batch.headerProblem(b, 0, b.length);
    if (problem === null) expect(found).toBeNull();
    else expect(found).toMatch(problem);
  });

  test('needs a whole header, in the file and in the buffer', () => {
    expect(batch.headerProblem(golden(), 0, 60)).toMatch(/60 bytes are too few/);
    expect(batch.headerProblem(golden().subarray(0, 60), 0, 1000)).toMatch(/60 bytes are too few/);
    expect(batch.headerProblem(golden().subarray(0, 61), 0, 89)).toBeNull();
    expect(batch.headerProblem(golden(), 89, 0)).toMatch(/0 bytes are too few/);
  });
});
