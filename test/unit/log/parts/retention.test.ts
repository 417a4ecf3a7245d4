import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planRetention, type RetentionInput, type RetentionSegment } from '../../../../src/log/retention.js';
import { SEED } from './seed.js';

const NOW = 10_000;

/** Base offset, bytes, newest timestamp. */
function segments(...rows: [number, number, number][]): RetentionSegment[] {
  return rows.map(([baseOffset, bytes, maxTimestamp]) => ({
    baseOffset,
    bytes,
    maxTimestamp,
    lastModified: NOW,
  }));
}

const FOUR = segments([0, 100, 1000], [10, 100, 2000], [20, 100, 3000], [30, 100, 4000]);

function input(
  more: Partial<Omit<RetentionInput, 'config'>> & Partial<RetentionInput['config']> = {},
): RetentionInput {
  const { retentionMs = -1, retentionBytes = -1, deleteOld = true, ...rest } = more;
  return {
    segments: FOUR,
    config: { retentionMs, retentionBytes, deleteOld },
    logStartOffset: 0,
    logEndOffset: 40,
    highWatermark: 40,
    nowMs: NOW,
    ...rest,
  };
}

describe('what goes', () => {
  const rows: { name: string; input: RetentionInput; reasons: string; start: number; roll?: true }[] = [
    { name: 'nothing without limits', input: input(), reasons: '', start: 0 },
    {
      name: 'by time: older than the limit',
      input: input({ retentionMs: 7500 }),
      reasons: 'time, time',
      start: 20,
    },
    {
      name: 'by time: exactly the limit is kept',
      input: input({ retentionMs: 9000 }),
      reasons: '',
      start: 0,
    },
    {
      name: 'by time: a millisecond more goes',
      input: input({ retentionMs: 8999 }),
      reasons: 'time',
      start: 10,
    },
    {
      name: 'by time: an old segment behind a young one stays',
      input: input({ retentionMs: 5000, segments: segments([0, 100, 9000], [10, 100, 1], [20, 100, 9000]) }),
      reasons: '',
      start: 0,
    },
    {
      name: 'by time: without timestamps the age of the file counts',
      input: input({
        retentionMs: 100,
        segments: [
          { baseOffset: 0, bytes: 9, maxTimestamp: -1, lastModified: NOW - 101 },
          ...segments([10, 9, NOW]),
        ],
      }),
      reasons: 'time',
      start: 10,
    },
    {
      name: 'by time: a record from the future blocks its segment',
      input: input({ retentionMs: 1, segments: segments([0, 100, NOW + 5], [10, 100, 1]) }),
      reasons: '',
      start: 0,
    },
    {
      name: 'by time: all of it, so a new segment first',
      input: input({ retentionMs: 0 }),
      reasons: 'time, time, time, time',
      start: 40,
      roll: true,
    },
    {
      name: 'by time: an empty active segment stays',
      input: input({ retentionMs: 0, segments: segments([0, 100, 1], [40, 0, -1]) }),
      reasons: 'time',
      start: 40,
    },
    {
      name: 'by time: a log with nothing in it',
      input: input({ retentionMs: 0, segments: segments([0, 0, -1]), logEndOffset: 0, highWatermark: 0 }),
      reasons: '',
      start: 0,
    },
    {
      name: 'by size: what stays has the limit at least',
      input: input({ retentionBytes: 250 }),
      reasons: 'size',
      start: 10,
    },
    { name: 'by size: exactly', input: input({ retentionBytes: 200 }), reasons: 'size, size', start: 20 },
    { name: 'by size: nothing to spare', input: input({ retentionBytes: 301 }), reasons: '', start: 0 },
    {
      name: 'by size: none at all',
      input: input({ retentionBytes: 0 }),
      reasons: 'size, size, size, size',
      start: 40,
      roll: true,
    },
    {
      name: 'by time, then by size of what is left',
      input: input({ retentionMs: 8500, retentionBytes: 200 }),
      reasons: 'time, size',
      start: 20,
    },
    {
      name: 'below the log start',
      input: input({ logStartOffset: 20 }),
      reasons: 'log start, log start',
      start: 20,
    },
    {
      name: 'a log start within a segment',
      input: input({ logStartOffset: 25 }),
      reasons: 'log start, log start',
      start: 25,
    },
    {
      name: 'below the log start even where nothing is deleted',
      input: input({ logStartOffset: 10, deleteOld: false, retentionMs: 0 }),
      reasons: 'log start',
      start: 10,
    },
    {
      name: 'a compacted log keeps what is old',
      input: input({ deleteOld: false, retentionMs: 0, retentionBytes: 0 }),
      reasons: '',
      start: 0,
    },
    {
      name: 'never beyond the high watermark',
      input: input({ retentionMs: 0, highWatermark: 25 }),
      reasons: 'time, time',
      start: 20,
    },
    {
      name: 'at the high watermark exactly',
      input: input({ retentionMs: 0, highWatermark: 30 }),
      reasons: 'time, time, time',
      start: 30,
    },
    {
      name: 'the active segment needs the high watermark at the end',
      input: input({ retentionMs: 0, highWatermark: 39 }),
      reasons: 'time, time, time',
      start: 30,
    },
    {
      name: 'a high watermark before everything',
      input: input({ retentionMs: 0, highWatermark: 0 }),
      reasons: '',
      start: 0,
    },
  ];
  test.each(rows)('$name', ({ input, reasons, start, roll = false }) => {
    const plan = planRetention(input);
    expect(plan.reasons.join(', ')).toBe(reasons);
    expect(plan.logStartOffset).toBe(start);
    expect(plan.rollFirst).toBe(roll);
  });
});

test('whatever the settings: leading segments, nothing at or above the high watermark, and a start that only rises', () => {
  const lengths = fc.array(
    fc.record({ records: fc.nat(5), bytes: fc.nat(50), stamp: fc.integer({ min: -1, max: 100 }) }),
    {
      minLength: 1,
      maxLength: 8,
    },
  );
  const limit = fc.integer({ min: -1, max: 120 });
  fc.assert(
    fc.property(
      lengths,
      limit,
      limit,
      fc.nat(40),
      fc.nat(40),
      fc.boolean(),
      (lengths, ms, bytes, start, mark, deleteOld) => {
        let end = 0;
        const all = lengths.map(({ records, bytes, stamp }) => {
          const segment = {
            baseOffset: end,
            bytes: records === 0 ? 0 : bytes + 1,
            maxTimestamp: stamp,
            lastModified: 50,
          };
          end += records;
          return segment;
        });
        const logStartOffset = Math.min(start, end);
        const highWatermark = Math.min(Math.max(mark, logStartOffset), end);
        const plan = planRetention({
          segments: all,
          config: { retentionMs: ms, retentionBytes: bytes, deleteOld },
          logStartOffset,
          logEndOffset: end,
          highWatermark,
          nowMs: 100,
        });
        expect(plan.logStartOffset).toBeGreaterThanOrEqual(logStartOffset);
        expect(plan.logStartOffset).toBeLessThanOrEqual(highWatermark);
        const kept = all.slice(plan.reasons.length);
        expect(plan.rollFirst).toBe(kept.length === 0);
        // What is left is readable from the new start on.
        expect(kept[0]?.baseOffset ?? end).toBeLessThanOrEqual(plan.logStartOffset);
      },
    ),
    { seed: SEED },
  );
});
