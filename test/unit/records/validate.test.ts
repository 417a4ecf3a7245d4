import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writeVarint, writeVarlong } from '../../../src/base/varint.js';
import * as batch from '../../../src/records/batch.js';
import type { BatchBuilderOptions, NewRecord } from '../../../src/records/builder.js';
import { Compression } from '../../../src/records/compression/compression.js';
import type { CodecId } from '../../../src/records/compression/compressor.js';
import {
  infoOf,
  type ProduceRules,
  validateProduced,
  type Validation,
} from '../../../src/records/validate.js';
import { ErrorCode } from '../../../src/wire/errors.js';
import { build as batchOf, compression, LENIENT } from './any-batches.js';
import { jsonLines } from './codecs.js';

const seed = Number(process.env['SEED'] ?? Date.now());
const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;

const RULES: ProduceRules = { ...LENIENT, timestampAfterMaxMs: HOUR, nowMs: NOW };

const RECORDS: NewRecord[] = [
  { key: Buffer.from('a'), value: Buffer.from('one'), timestamp: NOW },
  { key: null, value: null, timestamp: NOW + 7, headers: [{ key: 'h', value: null }] },
  {
    key: Buffer.alloc(0),
    value: Buffer.alloc(0),
    timestamp: NOW - 3,
    headers: [{ key: '', value: Buffer.from('v') }],
  },
];

const build = (records = RECORDS, options: BatchBuilderOptions = {}): Buffer => batchOf(records, options);

/** Applies a change to a batch and makes its checksum right, as a broken client would send it. */
function altered(change: (b: Buffer) => unknown, original = build()): Buffer {
  const bytes = Buffer.from(original);
  change(bytes);
  batch.writeCrc(bytes, 0);
  return bytes;
}

/** A batch of the given record bytes, its header saying `count`. */
function withRecords(content: Buffer, count: number, codec: CodecId = 0): Buffer {
  const packed = codec === 0 ? content : compression.get(codec)!.compress(content);
  const bytes = Buffer.concat([build().subarray(0, 61), packed]);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeInt16BE(codec, 21);
  bytes.writeInt32BE(count - 1, 23);
  bytes.writeInt32BE(count, 57);
  batch.writeCrc(bytes, 0);
  return bytes;
}

function outcome(validation: Validation): string {
  if (validation.ok) return 'OK';
  const name = Object.entries(ErrorCode).find(([, code]) => code === validation.error)![0];
  return `${name}: ${validation.message}`;
}

function judge(bytes: Buffer | null, rules: Partial<ProduceRules> = {}): string {
  return outcome(validateProduced(bytes, { ...RULES, ...rules }, compression));
}

const int32 = (value: number, at: number) => (b: Buffer) => b.writeInt32BE(value, at);
const bits = (value: number) => (b: Buffer) => b.writeInt16BE(b.readInt16BE(21) | value, 21);

describe('what every batch is refused for, whichever way it is validated', () => {
  const good = build();
  const table: [label: string, bytes: Buffer | null, rules: Partial<ProduceRules>, expected: RegExp][] = [
    ['nothing at all', null, {}, /^INVALID_RECORD: there is no record batch/],
    ['no bytes', Buffer.alloc(0), {}, /^INVALID_RECORD: there is no record batch/],
    ['16 bytes', good.subarray(0, 16), {}, /^INVALID_RECORD: there is no record batch/],
    [
      'cut in the header',
      good.subarray(0, 60),
      {},
      /^INVALID_RECORD: the batch takes \d+ bytes, and 60 came/,
    ],
    ['cut in the records', good.subarray(0, -1), {}, /^INVALID_RECORD: the batch takes/],
    ['magic 0', altered((b) => b.writeInt8(0, 16)), {}, /^INVALID_RECORD: record format 0/],
    ['magic 1', altered((b) => b.writeInt8(1, 16)), {}, /^INVALID_RECORD: record format 1/],
    ['magic 3', altered((b) => b.writeInt8(3, 16)), {}, /^INVALID_RECORD: record format 3/],
    ['length below a header', Buffer.from(good).fill(0, 8, 12), {}, /^CORRUPT_MESSAGE: batch length 0/],
    ['negative length', Buffer.from(good).fill(0xff, 8, 12), {}, /^CORRUPT_MESSAGE: batch length -1/],
    ['two batches', Buffer.concat([good, good]), {}, /^INVALID_RECORD: \d+ bytes follow the batch/],
    ['one byte too many', Buffer.concat([good, Buffer.alloc(1)]), {}, /^INVALID_RECORD: 1 bytes follow/],
    ['over max.message.bytes', good, { maxMessageBytes: good.length - 1 }, /^MESSAGE_TOO_LARGE/],
    [
      'over it and corrupt: size is said first',
      Buffer.from(good).fill(0, 17, 21),
      { maxMessageBytes: 70 },
      /^MESSAGE_TOO_LARGE/,
    ],
    ['bad checksum', Buffer.from(good).fill(0, 17, 21), {}, /^CORRUPT_MESSAGE: the checksum/],
    ['codec 5', altered(bits(5)), {}, /^UNSUPPORTED_COMPRESSION_TYPE: compression codec 5/],
    ['codec 7', altered(bits(7)), {}, /^UNSUPPORTED_COMPRESSION_TYPE: compression codec 7/],
    [
      'zstd before Produce 7',
      build(RECORDS, { codec: 4 }),
      { allowZstd: false },
      /^UNSUPPORTED_COMPRESSION_TYPE: zstd/,
    ],
    ['control bit', build(RECORDS, { control: true }), {}, /^INVALID_RECORD: clients may not write control/],
    ['delete horizon', altered(bits(64)), {}, /^INVALID_RECORD: clients may not set a delete horizon/],
    [
      'log append time',
      build(RECORDS, { timestampType: 'LogAppendTime' }),
      {},
      /^INVALID_TIMESTAMP: clients/,
    ],
    ['count 0', altered(int32(0, 57)), {}, /^INVALID_RECORD: record count 0/],
    ['count -1', altered(int32(-1, 57)), {}, /^INVALID_RECORD: record count -1/],
    [
      'count above delta + 1',
      altered(int32(4, 57)),
      {},
      /^INVALID_RECORD: last offset delta 2 does not fit 4/,
    ],
    [
      'delta above count - 1',
      altered(int32(3, 23)),
      {},
      /^INVALID_RECORD: last offset delta 3 does not fit 3/,
    ],
    [
      'more records than bytes',
      altered((b) => [int32(999, 23)(b), int32(1000, 57)(b)]),
      {},
      /^INVALID_RECORD: 1000 records cannot lie in \d+ bytes/,
    ],
    [
      'compressed: more records than could unfold',
      altered((b) => [int32(0x7ffffffe, 23)(b), int32(0x7fffffff, 57)(b)], build(RECORDS, { codec: 1 })),
      {},
      /^INVALID_RECORD: 2147483647 records cannot lie in 1048576 bytes/,
    ],
    [
      'producer without sequence',
      build(RECORDS, { producerId: 5, producerEpoch: 0 }),
      {},
      /^INVALID_RECORD: producer 5/,
    ],
    [
      'producer without epoch',
      build(RECORDS, { producerId: 5, baseSequence: 0 }),
      {},
      /^INVALID_RECORD: producer 5/,
    ],
    ['producer id -2', build(RECORDS, { producerId: -2 }), {}, /^INVALID_RECORD: producer id -2/],
    ['producer id beyond 2^53', altered(int32(0x200000, 43)), {}, /^INVALID_RECORD: producer id/],
    [
      'transactional without producer',
      build(RECORDS, { transactional: true }),
      {},
      /^INVALID_RECORD: a transactional/,
    ],
    ['base timestamp beyond 2^53', altered(int32(0x200000, 27)), {}, /^INVALID_TIMESTAMP: a timestamp/],
    ['max timestamp beyond 2^53', altered(int32(0x200000, 35)), {}, /^INVALID_TIMESTAMP: a timestamp/],
  ];

  test.each(table)('%s', (_label, bytes, rules, expected) => {
    for (const validation of ['relaxed', 'strict'] as const) {
      const untouched = bytes === null ? null : Buffer.from(bytes);
      expect(judge(bytes, { ...rules, validation })).toMatch(expected);
      if (bytes !== null) expect(bytes.equals(untouched!)).toBe(true);
    }
  });
});

describe('what is accepted', () => {
  test.each<[string, Buffer, Partial<ProduceRules>]>([
    ['a plain batch', build(), {}],
    ['exactly max.message.bytes', build(), { maxMessageBytes: build().length }],
    ['an idempotent one', build(RECORDS, { producerId: 0, producerEpoch: 0, baseSequence: 0 }), {}],
    [
      'a transactional one',
      build(RECORDS, { producerId: 9, producerEpoch: 1, baseSequence: 5, transactional: true }),
      {},
    ],
    [
      'epoch 0 and sequence 0 with no producer, as KafkaJS sends',
      build(RECORDS, { producerEpoch: 0, baseSequence: 0 }),
      {},
    ],
    ['a base offset that is not 0: the leader sets it anyway', build(RECORDS, { baseOffset: 77 }), {}],
    ['no timestamps', build(RECORDS.map((r) => ({ ...r, timestamp: -1 }))), { timestampBeforeMaxMs: HOUR }],
    [
      'any time where the log sets it',
      build([{ key: null, value: null, timestamp: 5 }]),
      { timestampType: 'LogAppendTime', timestampBeforeMaxMs: 1 },
    ],
  ])('%s', (_label, bytes, rules) => {
    for (const validation of ['relaxed', 'strict'] as const) {
      expect(judge(Buffer.from(bytes), { ...rules, validation })).toBe('OK');
    }
  });

  test('and the facts are those of the batch', () => {
    const bytes = build(RECORDS, { producerId: 9, producerEpoch: 1, baseSequence: 5, transactional: true });
    expect(validateProduced(bytes, RULES, compression)).toEqual({
      ok: true,
      batch: bytes,
      info: {
        bytes: bytes.length,
        lastOffsetDelta: 2,
        recordCount: 3,
        baseTimestamp: NOW,
        maxTimestamp: NOW + 7,
        maxTimestampOffsetDelta: 1,
        producerId: 9,
        producerEpoch: 1,
        baseSequence: 5,
        transactional: true,
        control: false,
        codec: 0,
      },
    });
    expect(infoOf(bytes, 0)).toMatchObject({
      maxTimestamp: NOW + 7,
      maxTimestampOffsetDelta: 2,
      control: false,
    });
  });

  test('of equal largest timestamps the first counts', () => {
    const at = (timestamp: number): NewRecord => ({ key: null, value: null, timestamp });
    const validation = validateProduced(build([at(5), at(9), at(9), at(1)]), RULES, compression);
    expect(validation).toMatchObject({ ok: true, info: { maxTimestamp: 9, maxTimestampOffsetDelta: 1 } });
  });
});

/** One record, each field given; `length` is computed unless given. */
function record(fields: {
  length?: number;
  timestampDelta?: number;
  offsetDelta?: number;
  key?: number | Buffer;
  value?: number | Buffer;
  headers?: Buffer;
}): Buffer {
  const body = Buffer.alloc(500);
  let at = 1;
  at = writeVarlong(body, at, fields.timestampDelta ?? 0);
  at = writeVarint(body, at, fields.offsetDelta ?? 0);
  for (const field of [fields.key ?? -1, fields.value ?? -1]) {
    at = writeVarint(body, at, typeof field === 'number' ? field : field.length);
    if (typeof field !== 'number') at += field.copy(body, at);
  }
  at += (fields.headers ?? Buffer.from([0])).copy(body, at);
  const length = Buffer.alloc(5);
  return Buffer.concat([
    length.subarray(0, writeVarint(length, 0, fields.length ?? at)),
    body.subarray(0, at),
  ]);
}

describe('records that do not add up are refused: uncompressed in both ways, compressed by strict alone', () => {
  const ok = record({ key: Buffer.from('k'), value: Buffer.from('v') });
  const table: [label: string, content: Buffer, count: number, expected: RegExp][] = [
    ['well-formed, for comparison', ok, 1, /^OK$/],
    ['with a header', record({ headers: Buffer.from('02026801', 'hex') }), 1, /^OK$/],
    ['offset delta 1 first', record({ offsetDelta: 1 }), 1, /record 0: its offset delta is 1/],
    ['offset delta 0 twice', Buffer.concat([ok, ok]), 2, /record 1: its offset delta is 0/],
    ['a gap', Buffer.concat([ok, record({ offsetDelta: 2 })]), 2, /record 1: its offset delta is 2/],
    [
      'negative offset delta',
      Buffer.concat([ok, record({ offsetDelta: -1 })]),
      2,
      /record 1: its offset delta is -1/,
    ],
    [
      'a record fewer than counted',
      Buffer.concat([ok, Buffer.alloc(9)]),
      2,
      /record 1: its timestamp delta is cut short/,
    ],
    [
      'a record more than counted',
      Buffer.concat([ok, record({ offsetDelta: 1 })]),
      1,
      /record 1: \d+ bytes follow/,
    ],
    ['a byte too many', Buffer.concat([ok, Buffer.alloc(1)]), 1, /1 bytes follow/],
    [
      'length past the end',
      record({ length: 60, value: Buffer.alloc(9) }),
      1,
      /record 0: its length runs past/,
    ],
    ['length of 2 GiB', record({ length: 0x7fffffff, value: Buffer.alloc(9) }), 1, /its length runs past/],
    ['negative length', record({ length: -5 }), 1, /its length runs past/],
    ['length one too small', record({ length: 10, value: Buffer.alloc(5) }), 1, /header count is cut short/],
    ['length one too large', Buffer.concat([record({ length: 7 }), Buffer.alloc(1)]), 1, /do not add up/],
    ['length without end', Buffer.alloc(9, 0xff), 1, /record 0: its length is cut short/],
    ['key length -2', record({ key: -2 }), 1, /its key length -2 is impossible/],
    ['key past the record', record({ key: 4 }), 1, /its key length 4 is impossible/],
    ['key of 2 GiB', record({ key: 0x7fffffff }), 1, /its key length 2147483647 is impossible/],
    ['value length -2', record({ value: -2 }), 1, /its value length -2 is impossible/],
    ['value past the record', record({ value: 2 }), 1, /its value length 2 is impossible/],
    [
      'negative header count',
      record({ headers: Buffer.from('01', 'hex') }),
      1,
      /its header count -1 is negative/,
    ],
    [
      'headers that are not there',
      record({ headers: Buffer.from('feffffff0f', 'hex') }),
      1,
      /its headers are malformed/,
    ],
    ['header key null', record({ headers: Buffer.from('020101', 'hex') }), 1, /its headers are malformed/],
    [
      'header key past the record',
      record({ headers: Buffer.from('020801', 'hex') }),
      1,
      /its headers are malformed/,
    ],
    [
      'header value length -2',
      record({ headers: Buffer.from('020003', 'hex') }),
      1,
      /its headers are malformed/,
    ],
    [
      'header value past the record',
      record({ headers: Buffer.from('020002', 'hex') }),
      1,
      /its headers are malformed/,
    ],
    ['a byte after the headers', record({ headers: Buffer.from('0000', 'hex') }), 1, /do not add up/],
    [
      'timestamp delta of 65 bits',
      Buffer.concat([Buffer.from('2000', 'hex'), Buffer.alloc(15, 0xff)]),
      1,
      /timestamp delta is cut short/,
    ],
  ];

  test.each(table)('%s', (_label, content, count, expected) => {
    const refusal =
      expected.source === '^OK$' ? expected : new RegExp(`^INVALID_RECORD: .*${expected.source}`);
    for (const validation of ['relaxed', 'strict'] as const) {
      expect(judge(withRecords(content, count), { validation })).toMatch(refusal);
    }
    for (const codec of [1, 2, 3, 4] as const) {
      expect(judge(withRecords(content, count, codec), { validation: 'strict' })).toMatch(refusal);
      expect(judge(withRecords(content, count, codec), { validation: 'relaxed' })).toBe('OK');
    }
  });
});

describe('timestamps', () => {
  const at = (timestamp: number): NewRecord => ({ key: null, value: null, timestamp });
  const bounds = { timestampBeforeMaxMs: 1000, timestampAfterMaxMs: 500 };

  test.each<[label: string, timestamp: number, ok: boolean]>([
    ['the oldest allowed', NOW - 1000, true],
    ['one older', NOW - 1001, false],
    ['the newest allowed', NOW + 500, true],
    ['one newer', NOW + 501, false],
    ['none', -1, true],
    ['zero', 0, false],
  ])('%s', (_label, timestamp, ok) => {
    for (const codec of [0, 1, 2, 3, 4] as const) {
      for (const validation of ['relaxed', 'strict'] as const) {
        const verdict = judge(build([at(timestamp)], { codec }), { ...bounds, validation });
        expect(verdict).toMatch(ok ? /^OK$/ : /^INVALID_TIMESTAMP: timestamp/i);
      }
    }
  });

  test('the offending records are named, and only they', () => {
    const bytes = build([at(NOW), at(NOW + 501), at(NOW), at(NOW - 1001)]);
    const validation = validateProduced(bytes, { ...RULES, ...bounds }, compression);
    expect(validation).toMatchObject({ ok: false, error: ErrorCode.INVALID_TIMESTAMP });
    expect(!validation.ok && validation.recordErrors.map((e) => e.batchIndex)).toEqual([1, 3]);
  });

  test('a record of a compressed batch that its header does not betray is found by strict', () => {
    const bytes = build([at(NOW), at(NOW + 501), at(NOW)], { codec: 1 });
    batch.setMaxTimestamp(bytes, 0, NOW);
    expect(judge(Buffer.from(bytes), bounds)).toBe('OK');
    expect(judge(Buffer.from(bytes), { ...bounds, validation: 'strict' })).toMatch(/^INVALID_TIMESTAMP/);
  });

  test('no bound at all still means a number that fits 2^53', () => {
    const unbounded = {
      timestampBeforeMaxMs: Number.POSITIVE_INFINITY,
      timestampAfterMaxMs: Number.POSITIVE_INFINITY,
    };
    expect(judge(build([at(Number.MAX_SAFE_INTEGER)]), unbounded)).toBe('OK');
    const beyond = withRecords(record({ timestampDelta: Number.MAX_SAFE_INTEGER }), 1);
    expect(judge(beyond, unbounded)).toMatch(/^INVALID_TIMESTAMP/);
    expect(judge(beyond, { timestampType: 'LogAppendTime' })).toMatch(/^INVALID_TIMESTAMP/);
  });

  test.each([0, 1, 2, 3, 4] as const)(
    'codec %i: a wrong largest timestamp is corrected in place, checksum and all',
    (codec) => {
      for (const wrong of [NOW + HOUR, NOW - HOUR, -1]) {
        const bytes = build([at(NOW), at(NOW + 44), at(NOW + 2)], { codec });
        batch.setMaxTimestamp(bytes, 0, wrong);
        const validation = validateProduced(bytes, { ...RULES, validation: 'strict' }, compression);
        expect(validation).toMatchObject({
          ok: true,
          info: { maxTimestamp: NOW + 44, maxTimestampOffsetDelta: 1 },
        });
        expect(batch.maxTimestamp(bytes, 0)).toBe(NOW + 44);
        expect(batch.crcMatches(bytes, 0)).toBe(true);
      }
    },
  );
});

describe('compacted topics', () => {
  test('a record without a key is named', () => {
    for (const codec of [0, 3] as const) {
      const bytes = build(RECORDS, { codec });
      const validation = validateProduced(
        bytes,
        { ...RULES, compacted: true, validation: 'strict' },
        compression,
      );
      expect(validation).toEqual({
        ok: false,
        error: ErrorCode.INVALID_RECORD,
        message: 'Compacted topic cannot accept message without key.',
        recordErrors: [{ batchIndex: 1, message: 'Compacted topic cannot accept message without key.' }],
      });
    }
  });

  test('an empty key is a key', () => {
    expect(judge(build([RECORDS[0]!, RECORDS[2]!]), { compacted: true })).toBe('OK');
  });

  test('a timestamp is the graver fault when both occur, as in Kafka', () => {
    const bytes = build([RECORDS[1]!, { ...RECORDS[0]!, timestamp: NOW + 2 * HOUR }]);
    const validation = validateProduced(bytes, { ...RULES, compacted: true }, compression);
    expect(validation).toMatchObject({ ok: false, error: ErrorCode.INVALID_TIMESTAMP });
    expect(!validation.ok && validation.recordErrors.map((e) => e.batchIndex)).toEqual([0, 1]);
  });

  test('an answer names at most 100 records', () => {
    const bytes = build(new Array<NewRecord>(5000).fill(RECORDS[1]!));
    const validation = validateProduced(bytes, { ...RULES, compacted: true }, compression);
    expect(!validation.ok && validation.recordErrors.length).toBe(100);
  });
});

describe('strict and compression', () => {
  const lines = [{ key: null, value: jsonLines(50_000), timestamp: NOW }];

  test.each([1, 2, 3, 4] as const)(
    'codec %i: content over the limit, broken content, codec not loaded',
    (codec) => {
      const strict = { validation: 'strict' } as const;
      expect(judge(build(lines, { codec }), strict)).toBe('OK');
      expect(judge(build(lines, { codec }), { ...strict, maxDecompressedBytes: 50_000 })).toMatch(
        /^MESSAGE_TOO_LARGE/,
      );
      const broken = altered((b) => b.fill(0x5a, 61, 75), build(lines, { codec }));
      expect(judge(broken, strict)).toMatch(/^INVALID_RECORD/);
      expect(judge(broken)).toBe('OK');
      const unloaded = validateProduced(build(lines, { codec }), { ...RULES, ...strict }, new Compression());
      expect(outcome(unloaded)).toMatch(/^UNSUPPORTED_COMPRESSION_TYPE: codec \w+ is not loaded/);
      expect(validateProduced(build(lines, { codec }), RULES, new Compression()).ok).toBe(true);
    },
  );
});

test('whatever is accepted can be read back from a log', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 8, max: 90 }), fc.nat(255)), { maxLength: 4 }),
      fc.constantFrom<CodecId>(0, 1, 2, 3, 4),
      fc.boolean(),
      (changes, codec, strict) => {
        const bytes = build(RECORDS, { codec });
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        if (batch.batchBytes(bytes, 0) === bytes.length) batch.writeCrc(bytes, 0);
        const rules: ProduceRules = {
          ...RULES,
          validation: strict ? 'strict' : 'relaxed',
          timestampAfterMaxMs: Number.MAX_SAFE_INTEGER,
        };
        const validation = validateProduced(bytes, rules, compression);
        if (!validation.ok) return;
        batch.setBaseOffset(bytes, 0, 12345);
        batch.setLeaderEpoch(bytes, 0, 3);
        expect(batch.headerProblem(bytes, 0, bytes.length)).toBeNull();
        expect(batch.crcMatches(bytes, 0)).toBe(true);
        expect({ ...validation.info, maxTimestampOffsetDelta: 2 }).toEqual(infoOf(bytes, 0));
      },
    ),
    { seed, numRuns: 3000 },
  );
});

test('no flip of a byte gets past the checksum', () => {
  for (const codec of [0, 2] as const) {
    const good = build(RECORDS, { codec });
    for (let at = 21; at < good.length; at++) {
      const bytes = Buffer.from(good);
      bytes[at]! ^= 1 << (at % 8);
      expect([at, judge(bytes)]).toEqual([at, 'CORRUPT_MESSAGE: the checksum does not match']);
    }
  }
});
