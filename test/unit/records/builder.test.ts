import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as batch from '../../../src/records/batch.js';
import { BatchBuilder, type NewRecord } from '../../../src/records/builder.js';
import { Compression } from '../../../src/records/compression/compression.js';
import type { CodecId } from '../../../src/records/compression/compressor.js';
import { batchesIn, CorruptBatchError, recordsIn } from '../../../src/records/iterate.js';
import { validateProduced } from '../../../src/records/validate.js';
import { anyBytes, anyCodec, build, compression, LENIENT, LIMIT_BYTES, read } from './any-batches.js';
import { decodeWithKafkajs, encodeWithKafkajs } from './kafkajs-batches.js';

const seed = Number(process.env['SEED'] ?? Date.now());

const nullable = (maxLength: number) => fc.option(anyBytes(maxLength), { nil: null });
const timestamp = fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 4_000_000_000_000 }));
const record: fc.Arbitrary<Required<NewRecord>> = fc.record({
  key: nullable(80),
  value: nullable(300),
  timestamp,
  headers: fc.array(fc.record({ key: fc.string({ unit: 'binary', maxLength: 70 }), value: nullable(80) }), {
    maxLength: 3,
  }),
});
const records = fc.array(record, { minLength: 1, maxLength: 80 });
const STRICT = { ...LENIENT, validation: 'strict' } as const;

describe('builder to validation to iterator', () => {
  test('what goes in is accepted as it is, and comes out', () => {
    fc.assert(
      fc.property(records, anyCodec, fc.maxSafeInteger().map(Math.abs), (content, codec, offset) => {
        const baseOffset = Math.min(offset, Number.MAX_SAFE_INTEGER - 100);
        const built = build(content, { codec, baseOffset });
        const before = Buffer.from(built);
        const validation = validateProduced(built, STRICT, compression);
        const maxTimestamp = Math.max(...content.map((each) => each.timestamp));
        expect(validation).toMatchObject({
          ok: true,
          info: {
            recordCount: content.length,
            lastOffsetDelta: content.length - 1,
            maxTimestamp,
            maxTimestampOffsetDelta: content.findIndex((each) => each.timestamp === maxTimestamp),
            codec,
          },
        });
        expect(built.equals(before)).toBe(true);
        expect(read(built)).toEqual(content.map((each, index) => ({ ...each, offset: baseOffset + index })));
      }),
      { seed, numRuns: 150 },
    );
  });

  test('count and size are known on the way: the size is exact without compression', () => {
    fc.assert(
      fc.property(records, (content) => {
        const builder = new BatchBuilder();
        expect([builder.count, builder.estimatedBytes]).toEqual([0, 61]);
        for (const each of content) builder.append(each);
        const [count, size] = [builder.count, builder.estimatedBytes];
        const built = builder.build();
        expect([count, size]).toEqual([content.length, built.length]);
      }),
      { seed, numRuns: 50 },
    );
  });

  test('a buffer of several batches, whole and cut at every byte', () => {
    const one = { key: null, value: Buffer.from('v'), timestamp: 5 };
    const batches = [
      build([one]),
      build([one, one], { codec: 1, baseOffset: 1 }),
      build([one], { baseOffset: 3 }),
    ];
    const buffer = Buffer.concat(batches);
    const starts = [0, batches[0]!.length, batches[0]!.length + batches[1]!.length];
    expect([...batchesIn(buffer)]).toEqual(starts);
    expect(
      starts.flatMap((at) => [...recordsIn(buffer, at, compression, LIMIT_BYTES)].map((r) => r.offset)),
    ).toEqual([0, 1, 2, 3]);
    for (let length = 0; length < buffer.length; length++) {
      const whole = starts.filter((at) => at + batch.batchBytes(buffer, at) <= length);
      expect([...batchesIn(buffer.subarray(0, length))]).toEqual(whole);
    }
  });

  test('with log append time every record has the time of the append', () => {
    const built = build([
      { key: null, value: null, timestamp: 10 },
      { key: null, value: null, timestamp: 20 },
    ]);
    batch.stampLogAppendTime(built, 0, 99);
    expect(read(built).map((each) => (each as { timestamp: number }).timestamp)).toEqual([99, 99]);
    expect(
      build([{ key: null, value: null, timestamp: 7 }], { timestampType: 'LogAppendTime' }).readInt16BE(21),
    ).toBe(8);
  });

  test('a header left alone by compaction has no records, whatever its codec', () => {
    for (const codec of [0, 1, 2, 3, 4] as CodecId[]) {
      const header = build([{ key: null, value: null, timestamp: 1 }], { codec }).subarray(0, 61);
      header.writeInt32BE(49, 8);
      header.writeInt32BE(0, 57);
      batch.writeCrc(header, 0);
      expect(batch.headerProblem(header, 0, 61)).toBeNull();
      expect([...batchesIn(header)]).toEqual([0]);
      expect(read(header)).toEqual([]);
    }
  });

  test('offsets after compaction are those of the records that are left', () => {
    const three = build(
      [1, 2, 3].map((n) => ({ key: null, value: Buffer.from([n]), timestamp: n })),
      { baseOffset: 100 },
    );
    // Without its middle record; each takes eight bytes here.
    const compacted = Buffer.concat([three.subarray(0, 61 + 8), three.subarray(61 + 16)]);
    compacted.writeInt32BE(compacted.length - 12, 8);
    compacted.writeInt32BE(2, 57);
    batch.writeCrc(compacted, 0);
    expect(batch.lastOffset(compacted, 0)).toBe(102);
    expect(
      [...recordsIn(compacted, 0, compression, LIMIT_BYTES)].map((r) => [r.offset, r.timestamp]),
    ).toEqual([
      [100, 1],
      [102, 3],
    ]);
  });
});

describe('the builder', () => {
  test('refuses what would be our own mistake', () => {
    const one = { key: null, value: null, timestamp: 0 };
    expect(() => new BatchBuilder().build()).toThrow(/has a record/);
    const builder = new BatchBuilder();
    builder.append(one);
    builder.build();
    expect(() => builder.append(one)).toThrow(/takes no more/);
    expect(() => builder.build()).toThrow(/built once/);
    const unloaded = new BatchBuilder({ codec: 3, compression: new Compression() });
    unloaded.append(one);
    expect(() => unloaded.build()).toThrow(/codec lz4 is loaded/);
  });

  test('golden bytes, derived by hand from the format', () => {
    const built = build(
      [
        {
          key: Buffer.from('k'),
          value: Buffer.from('v'),
          timestamp: 1700000000000,
          headers: [{ key: 'h', value: Buffer.from([9]) }],
        },
        { key: null, value: null, timestamp: 1699999999999 },
      ],
      {
        producerId: 4611686018427,
        producerEpoch: 3,
        baseSequence: 9,
        transactional: true,
        leaderEpoch: 7,
        baseOffset: 5000000000,
      },
    );
    const checksum = built.subarray(17, 21).toString('hex');
    expect(built.toString('hex')).toBe(
      [
        '000000012a05f200', // base offset
        '00000045', // length: 69 = 49 + 13 + 7
        '00000007', // leader epoch
        '02', // magic
        checksum, // held against KafkaJS's below
        '0010', // attributes: transactional
        '00000001', // last offset delta
        '0000018bcfe56800', // base timestamp
        '0000018bcfe56800', // max timestamp
        '00000431bde82d7b', // producer id
        '0003', // producer epoch
        '00000009', // base sequence
        '00000002', // record count
        '18', // length 12
        '00', // attributes
        '00', // timestamp delta 0
        '00', // offset delta 0
        '026b', // key
        '0276', // value
        '02', // one header
        '0268', // its key
        '0209', // its value
        '0c', // length 6
        '00', // attributes
        '01', // timestamp delta -1
        '02', // offset delta 1
        '01', // null key
        '01', // null value
        '00', // no headers
      ].join(''),
    );
  });
});

describe('against KafkaJS', () => {
  // What KafkaJS can express: header values that are not null, one value per header key, keys that are not integers
  // (which a JavaScript object would reorder).
  const record = fc.record({
    key: nullable(40),
    value: nullable(200),
    timestamp: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    headers: fc.uniqueArray(fc.record({ key: fc.stringMatching(/^[a-z]{1,9}$/), value: anyBytes(70) }), {
      maxLength: 3,
      selector: (header) => header.key,
    }),
  });
  const header = fc.record({
    codec: fc.constantFrom<0 | 1>(0, 1),
    producerId: fc.constantFrom(-1, 0, 2 ** 40),
    producerEpoch: fc.nat(32767),
    baseSequence: fc.nat(),
    transactional: fc.boolean(),
  });
  const content = fc.array(record, { minLength: 1, maxLength: 20 });

  test('our batch is its batch, byte for byte, but for how gzip packs', async () => {
    await fc.assert(
      fc.asyncProperty(content, header, async (content, header) => {
        const theirs = await encodeWithKafkajs(content, header);
        const ours = build(content, { ...header, leaderEpoch: 0 });
        if (header.codec === 0) expect(ours.equals(theirs)).toBe(true);
        expect(read(theirs)).toEqual(read(ours));
        expect(batch.crcMatches(theirs, 0)).toBe(true);
        if (header.transactional && header.producerId < 0) return;
        expect(validateProduced(theirs, STRICT, compression).ok).toBe(true);
      }),
      { seed, numRuns: 100 },
    );
  });

  test('it reads ours', async () => {
    await fc.assert(
      fc.asyncProperty(content, header, async (content, header) => {
        const decoded = await decodeWithKafkajs(
          build(content, { ...header, baseOffset: 41, leaderEpoch: 6 }),
        );
        expect(decoded).toMatchObject({
          firstOffset: '41',
          partitionLeaderEpoch: 6,
          lastOffsetDelta: content.length - 1,
          firstTimestamp: String(content[0]!.timestamp),
          maxTimestamp: String(Math.max(...content.map((each) => each.timestamp))),
          producerId: String(header.producerId),
          producerEpoch: header.producerEpoch,
          firstSequence: header.baseSequence,
          inTransaction: header.transactional,
          isControlBatch: false,
        });
        expect(
          decoded.records.map(({ key, value, timestamp, offset }) => ({ key, value, timestamp, offset })),
        ).toEqual(
          content.map(({ key, value, timestamp }, index) => ({
            key,
            value,
            timestamp: String(timestamp),
            offset: String(41 + index),
          })),
        );
        expect(decoded.records.map((each) => each.headers)).toEqual(
          content.map((each) => Object.fromEntries(each.headers.map(({ key, value }) => [key, value]))),
        );
      }),
      { seed, numRuns: 60 },
    );
  });
});

describe('what is not a batch', () => {
  test('is said, not walked past', () => {
    const good = build([{ key: null, value: Buffer.from('value'), timestamp: 1 }]);
    const old = Buffer.from(good);
    old.writeInt8(1, 16);
    expect(() => [...batchesIn(old)]).toThrow(CorruptBatchError);
    const short = Buffer.from(good);
    short.writeInt32BE(48, 8);
    expect(() => [...batchesIn(short)]).toThrow(CorruptBatchError);
    expect(() => read(good.subarray(0, -1))).toThrow(CorruptBatchError);
    expect(() => read(Buffer.from(good).fill(0xff, 61))).toThrow(CorruptBatchError);
    const counted = Buffer.from(good);
    counted.writeInt32BE(2, 57);
    expect(() => read(counted)).toThrow(CorruptBatchError);
    counted.writeInt32BE(0, 57);
    expect(() => read(counted)).toThrow(/bytes follow/);
    const codec = Buffer.from(good);
    codec.writeInt16BE(6, 21);
    expect(() => read(codec)).toThrow(/codec 6 does not exist/);
    codec.writeInt16BE(2, 21);
    expect(() => [...recordsIn(codec, 0, new Compression(), LIMIT_BYTES)]).toThrow(/snappy is not loaded/);
  });
});
