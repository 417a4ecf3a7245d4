import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Prng } from '../../../src/base/prng.js';
import * as batch from '../../../src/records/batch.js';
import { CompressionError } from '../../../src/records/compression/compressor.js';
import { batchesIn, CorruptBatchError, recordsIn } from '../../../src/records/iterate.js';
import { type ProduceRules, validateProduced } from '../../../src/records/validate.js';
import { build, compression, LENIENT } from './any-batches.js';
import { jsonLines } from './codecs.js';
import { nextTurn, peakGrowthBytes } from './memory.js';

/**
 * Mutated batches, thousands of them, through everything that reads bytes from outside. The only exceptions allowed
 * are the declared ones; whatever a header claims, no more memory is taken than the limits allow.
 */
const seed = Number(process.env['SEED'] ?? Date.now());

const DECOMPRESSED_BYTES_MAX = 64 * 1024;
const RUNS = 20_000;
/** As a broker that answers requests in between. */
const TURN_RUNS = 50;
/** What the collector lets pile up over all runs; one lying length believed would be up to 2 GiB. */
const GROWTH_BYTES_MAX = 256 << 20;

const RULES: ProduceRules = {
  ...LENIENT,
  validation: 'strict',
  timestampAfterMaxMs: 3_600_000,
  compacted: true,
  nowMs: 1_700_000_000_000,
  maxDecompressedBytes: DECOMPRESSED_BYTES_MAX,
};

/** All of them such as these rules accept: a compacted topic wants keys. */
const ORIGINALS = ([0, 1, 2, 3, 4] as const).map((codec) =>
  build(
    Array.from({ length: 12 }, (_, index) => ({
      key: Buffer.from(`key-${index}`),
      value: jsonLines(60),
      timestamp: RULES.nowMs + index,
      headers: index % 3 === 0 ? [{ key: 'trace', value: Buffer.from([index]) }] : [],
    })),
    { codec, producerId: 7, producerEpoch: 1, baseSequence: 2 },
  ),
);

/** Values that lengths and counts go wrong at. */
const INTERESTING = [
  0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe,
];

function mutate(original: Buffer, prng: Prng): Buffer {
  let bytes = Buffer.from(original);
  for (let change = prng.between(1, 5); change > 0; change--) {
    // Half of the blows go to the header, where a byte means most.
    const at = prng.chance(0.5)
      ? prng.between(0, Math.min(70, bytes.length - 1))
      : prng.between(0, bytes.length - 1);
    const kind = prng.between(0, 5);
    if (kind === 0) bytes[at] = prng.uint32() & 0xff;
    else if (kind === 1) bytes[at]! ^= 1 << prng.between(0, 7);
    else if (kind === 2 && at + 4 <= bytes.length) bytes.writeUInt32BE(prng.pick(INTERESTING), at);
    else if (kind === 3)
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + prng.between(1, 9))]);
    else if (kind === 4)
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        prng.fill(Buffer.alloc(prng.between(1, 9))),
        bytes.subarray(at),
      ]);
    else
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        bytes.subarray(prng.between(0, at), at),
        bytes.subarray(at),
      ]);
    if (bytes.length === 0) return bytes;
  }
  // Mostly the length and the checksum are put right again, or nothing would get beyond them.
  if (bytes.length >= batch.BATCH_HEADER_BYTES && prng.chance(0.9)) {
    bytes.writeInt32BE(bytes.length - batch.LOG_OVERHEAD_BYTES, 8);
    batch.writeCrc(bytes, 0);
  }
  return bytes;
}

/** Reads everything there is to read, and lets no exception pass but the declared ones. */
function readAll(bytes: Buffer): number {
  let records = 0;
  try {
    for (const at of batchesIn(bytes)) {
      batch.headerProblem(bytes, at, bytes.length - at);
      for (const record of recordsIn(bytes, at, compression, DECOMPRESSED_BYTES_MAX)) {
        records += record.headers().length >= 0 ? 1 : 0;
      }
    }
  } catch (error) {
    if (!(error instanceof CorruptBatchError) && !(error instanceof CompressionError)) throw error;
  }
  return records;
}

describe(`seed ${seed}`, () => {
  test(`${RUNS} mutations: verdicts and declared errors, nothing else, within the limits`, async () => {
    const prng = new Prng(seed);
    const verdicts = new Map<string, number>();
    let recordsRead = 0;
    const growth = await peakGrowthBytes(async () => {
      for (let run = 0; run < RUNS; run++) {
        if (run % TURN_RUNS === 0) await nextTurn();
        const bytes = mutate(prng.pick(ORIGINALS), prng);
        recordsRead += readAll(bytes);
        const rules: ProduceRules = prng.chance(0.5)
          ? RULES
          : { ...RULES, validation: 'relaxed', compacted: false };
        const validation = validateProduced(bytes, rules, compression);
        const verdict = validation.ok ? 'ok' : validation.message.replaceAll(/-?\d+/g, 'n');
        verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
        if (!validation.ok || rules.validation === 'relaxed') continue;
        // What strict accepts reads back without error, all of it, and says of itself what was said of it.
        batch.setBaseOffset(bytes, 0, 1000);
        const records = [...recordsIn(bytes, 0, compression, DECOMPRESSED_BYTES_MAX)];
        expect(records.every((record, index) => record.offset === 1000 + index)).toBe(true);
        expect(Math.max(...records.map((record) => record.timestamp))).toBe(batch.maxTimestamp(bytes, 0));
        expect(records.length).toBe(validation.info.recordCount);
        for (const record of records) record.headers();
      }
    });
    if (growth !== null) expect(growth).toBeLessThan(GROWTH_BYTES_MAX);
    // The fuzzer reaches into every part, or it proves little.
    expect(verdicts.get('ok')).toBeGreaterThan(RUNS / 100);
    expect(verdicts.size).toBeGreaterThan(40);
    expect(recordsRead).toBeGreaterThan(RUNS);
  });

  test('noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (array) => {
        const bytes = Buffer.from(array);
        readAll(bytes);
        expect(validateProduced(bytes, RULES, compression).ok).toBe(false);
      }),
      { seed, numRuns: 500 },
    );
  });

  test('every truncation, with a header that has been told of it', () => {
    for (const original of ORIGINALS) {
      for (let length = 0; length < original.length; length++) {
        const bytes = Buffer.from(original.subarray(0, length));
        readAll(bytes);
        expect(validateProduced(bytes, RULES, compression).ok).toBe(false);
        if (length < batch.BATCH_HEADER_BYTES) continue;
        bytes.writeInt32BE(length - batch.LOG_OVERHEAD_BYTES, 8);
        batch.writeCrc(bytes, 0);
        readAll(bytes);
        expect([length, validateProduced(bytes, RULES, compression).ok]).toEqual([length, false]);
      }
    }
  });
});
