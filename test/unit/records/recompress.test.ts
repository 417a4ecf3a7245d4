/** What `compression.type` makes of a batch: other bytes, the same records, and a batch that any reader takes. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as batch from '../../../src/records/batch.js';
import type { NewRecord } from '../../../src/records/builder.js';
import { wasmZstdFrames, zstdOver } from '../../../src/records/compression/zstd.js';
import { infoOf, type ProduceRules, validateProduced } from '../../../src/records/validate.js';
import { anyBytes, anyCodec, build, compression, LENIENT, LIMIT_BYTES, read } from './any-batches.js';
import { decodeWithKafkajs } from './kafkajs-batches.js';

const seed = Number(process.env['SEED'] ?? Date.now());
const record: fc.Arbitrary<NewRecord> = fc.record({
  key: fc.option(anyBytes(20)),
  value: fc.option(
    fc.oneof(
      anyBytes(200),
      fc.nat({ max: 4000 }).map((length) => Buffer.alloc(length, 'ab')),
    ),
  ),
  timestamp: fc.integer({ min: 0, max: 4_000_000_000_000 }),
});
const producer = fc.option(
  fc.record({
    producerId: fc.nat(),
    producerEpoch: fc.nat({ max: 32_767 }),
    baseSequence: fc.nat({ max: 2 ** 30 }),
  }),
  { nil: undefined },
);

const header = (buffer: Buffer) => ({
  baseOffset: batch.baseOffset(buffer, 0),
  leaderEpoch: batch.leaderEpoch(buffer, 0),
  lastOffsetDelta: batch.lastOffsetDelta(buffer, 0),
  baseTimestamp: batch.baseTimestamp(buffer, 0),
  maxTimestamp: batch.maxTimestamp(buffer, 0),
  producerId: batch.producerId(buffer, 0),
  producerEpoch: batch.producerEpoch(buffer, 0),
  baseSequence: batch.baseSequence(buffer, 0),
  recordCount: batch.recordCount(buffer, 0),
  flags: batch.attributes(buffer, 0) & ~batch.CODEC_MASK,
});

describe('recompression', () => {
  test('keeps records and header, gives the codec that is asked for, and a checksum that holds', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 30 }),
        anyCodec,
        anyCodec,
        producer,
        fc.constantFrom<ProduceRules['validation']>('relaxed', 'strict'),
        (records, from, to, ids, validation) => {
          const built = build(records, { codec: from, ...ids });
          const before = Buffer.from(built);
          const result = validateProduced(
            built,
            { ...LENIENT, validation, recompression: { codec: to, level: null } },
            compression,
          );
          if (!result.ok) throw new Error(result.message);
          const { batch: made, info } = result;
          // The same codec: not a byte is touched, nor copied.
          if (from === to) expect(made).toBe(built);
          expect(built.equals(before)).toBe(true);
          expect(batch.codecOf(made, 0)).toBe(to);
          expect(batch.batchBytes(made, 0)).toBe(made.length);
          expect(batch.crcMatches(made, 0)).toBe(true);
          expect(batch.headerProblem(made, 0, made.length)).toBeNull();
          expect(header(made)).toEqual(header(before));
          expect(read(made)).toEqual(read(before));
          // What the log is told is what the batch says.
          const { maxTimestampOffsetDelta: _, ...facts } = info;
          const { maxTimestampOffsetDelta: __, ...told } = infoOf(made, 0);
          expect(facts).toEqual(told);
          expect(
            validateProduced(Buffer.from(made), { ...LENIENT, validation: 'strict' }, compression).ok,
          ).toBe(true);
        },
      ),
      { seed, numRuns: 200 },
    );
  });

  test('another implementation reads what we made', async () => {
    const records = [{ key: Buffer.from('k'), value: Buffer.alloc(5000, 'v'), timestamp: 1000 }];
    for (const from of [0, 3, 4] as const) {
      const result = validateProduced(
        build(records, { codec: from }),
        { ...LENIENT, recompression: { codec: 1, level: 9 } },
        compression,
      );
      if (!result.ok) throw new Error(result.message);
      const decoded = await decodeWithKafkajs(result.batch);
      expect(JSON.stringify(decoded)).toContain(JSON.stringify(records[0]!.value).slice(0, 60));
    }
  });

  test('the records of a compressed batch are looked at under relaxed validation too: they are unfolded anyway', () => {
    const built = build([{ key: null, value: Buffer.from('v'), timestamp: 1 }], { codec: 1 });
    const rules = { ...LENIENT, compacted: true };
    expect(validateProduced(Buffer.from(built), rules, compression).ok).toBe(true);
    const recompressed = { ...rules, recompression: { codec: 2, level: null } } as const;
    expect(validateProduced(Buffer.from(built), recompressed, compression)).toMatchObject({
      ok: false,
      recordErrors: [{ batchIndex: 0 }],
    });
  });

  test('a batch that unfolds above max.message.bytes is refused', () => {
    const built = build([{ key: null, value: Buffer.alloc(50_000), timestamp: 1 }], { codec: 1 });
    const rules = { ...LENIENT, maxMessageBytes: 10_000, recompression: { codec: 0, level: null } } as const;
    const result = validateProduced(built, rules, compression);
    expect(result).toMatchObject({ ok: false, message: expect.stringContaining('compression.type') });
  });

  test('a batch that unfolds beyond the bound is refused, whatever it would become', () => {
    const built = build([{ key: null, value: Buffer.alloc(500_000), timestamp: 1 }], { codec: 1 });
    const rules = {
      ...LENIENT,
      maxDecompressedBytes: 10_000,
      recompression: { codec: 4, level: null },
    } as const;
    expect(validateProduced(built, rules, compression)).toMatchObject({ ok: false });
  });

  test.each([
    ['gzip', 1, 1, 9],
    ['zstd', 4, -50, 19],
  ] as const)('%s: a higher level makes it smaller', (_name, to, low, high) => {
    // Words from a small vocabulary: text, as far as a codec can tell.
    let state = 1;
    const words = Array.from({ length: 20_000 }, () => {
      state = (state * 48_271) % 2_147_483_647;
      return `word${state % 997}`;
    }).join(' ');
    const size = (level: number): number => {
      const source = build([{ key: null, value: Buffer.from(words), timestamp: 1 }], { codec: 0 });
      const result = validateProduced(
        source,
        { ...LENIENT, recompression: { codec: to, level } },
        compression,
      );
      if (!result.ok) throw new Error(result.message);
      expect(read(result.batch)).toHaveLength(1);
      return result.batch.length;
    };
    expect(size(high)).toBeLessThan(size(low));
  });

  test('zstd by WebAssembly has levels too, below zero as well', async () => {
    const zstd = zstdOver(await wasmZstdFrames('to test it'));
    const content = Buffer.from(Array.from({ length: 9000 }, (_, at) => `line ${at % 321}\n`).join(''));
    const small = zstd.compress(content, 19);
    const fast = zstd.compress(content, -50);
    expect(small.length).toBeLessThan(fast.length);
    for (const each of [small, fast]) expect(zstd.decompress(each, LIMIT_BYTES).equals(content)).toBe(true);
  });
});
