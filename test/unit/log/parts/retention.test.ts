import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  planRetention,
  type RetentionInput,
  type RetentionPlan,
  type RetentionSegment,
} from '../../../../src/log/retention.js';
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

type Given = Partial<Omit<RetentionInput, 'config'>> & Partial<RetentionInput['config']>;

function input({ retentionMs = -1, retentionBytes = -1, deleteOld = true, ...rest }: Given): RetentionInput {
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

/** `time, size: from 20`: why each segment goes, and where the log then begins; `roll first` where all of them do. */
function inWords({ reasons, logStartOffset, rollFirst }: RetentionPlan): string {
  return `${[...(rollFirst ? ['roll first'] : []), ...reasons].join(', ') || 'nothing'}: from ${logStartOffset}`;
}

describe('what goes', () => {
  test.each<[what: string, given: Given, goes: string]>([
    ['without limits', {}, 'nothing: from 0'],
    ['by time: older than the limit', { retentionMs: 7500 }, 'time, time: from 20'],
    ['by time: exactly the limit is kept', { retentionMs: 9000 }, 'nothing: from 0'],
    ['by time: a millisecond more goes', { retentionMs: 8999 }, 'time: from 10'],
    [
      'by time: an old segment behind a young one stays',
      { retentionMs: 5000, segments: segments([0, 100, 9000], [10, 100, 1], [20, 100, 9000]) },
      'nothing: from 0',
    ],
    [
      'by time: without timestamps the age of the file counts',
      {
        retentionMs: 100,
        segments: [
          { baseOffset: 0, bytes: 9, maxTimestamp: -1, lastModified: NOW - 101 },
          ...segments([10, 9, NOW]),
        ],
      },
      'time: from 10',
    ],
    [
      'by time: a record from the future blocks its segment',
      { retentionMs: 1, segments: segments([0, 100, NOW + 5], [10, 100, 1]) },
      'nothing: from 0',
    ],
    [
      'by time: all of it, so a new segment first',
      { retentionMs: 0 },
      'roll first, time, time, time, time: from 40',
    ],
    [
      'by time: an empty active segment stays',
      { retentionMs: 0, segments: segments([0, 100, 1], [40, 0, -1]) },
      'time: from 40',
    ],
    [
      'by time: a log with nothing in it',
      { retentionMs: 0, segments: segments([0, 0, -1]), logEndOffset: 0, highWatermark: 0 },
      'nothing: from 0',
    ],
    ['by size: what stays has the limit at least', { retentionBytes: 250 }, 'size: from 10'],
    ['by size: exactly', { retentionBytes: 200 }, 'size, size: from 20'],
    ['by size: nothing to spare', { retentionBytes: 301 }, 'nothing: from 0'],
    ['by size: none at all', { retentionBytes: 0 }, 'roll first, size, size, size, size: from 40'],
    [
      'by time, then by size of what is left',
      { retentionMs: 8500, retentionBytes: 200 },
      'time, size: from 20',
    ],
    ['below the log start', { logStartOffset: 20 }, 'log start, log start: from 20'],
    ['a log start within a segment', { logStartOffset: 25 }, 'log start, log start: from 25'],
    [
      'below the log start even where nothing is deleted',
      { logStartOffset: 10, deleteOld: false, retentionMs: 0 },
      'log start: from 10',
    ],
    [
      'a compacted log keeps what is old',
      { deleteOld: false, retentionMs: 0, retentionBytes: 0 },
      'nothing: from 0',
    ],
    ['never beyond the high watermark', { retentionMs: 0, highWatermark: 25 }, 'time, time: from 20'],
    ['at the high watermark exactly', { retentionMs: 0, highWatermark: 30 }, 'time, time, time: from 30'],
    [
      'the active segment needs the high watermark at the end',
      { retentionMs: 0, highWatermark: 39 },
      'time, time, time: from 30',
    ],
    ['a high watermark before everything', { retentionMs: 0, highWatermark: 0 }, 'nothing: from 0'],
  ])('%s', (_, given, goes) => {
    expect(inWords(planRetention(input(given)))).toBe(goes);
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
