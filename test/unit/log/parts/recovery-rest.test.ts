/**
 * A crash within a recovery: the size of a file is set in two steps, and a power loss between them leaves a byte too many behind a segment that is
 * full. It is no reason to remove the acknowledged segments that follow. Found by the simulation (seed 121 of its first day).
 */
import { expect, test } from 'vitest';
import { planRepair, type SegmentScan, scanGoesOn } from '../../../../src/log/recovery.js';

const full: SegmentScan = {
  baseOffset: 0,
  fileBytes: 101,
  goodBytes: 100,
  endOffset: 10,
  problem: '1 bytes are too few for a batch header',
};
const next: SegmentScan = { baseOffset: 10, fileBytes: 50, goodBytes: 50, endOffset: 15, problem: null };
const asked = { recoveryPoint: 0, logStartOffset: 0, unscanned: [], isTrusted: false };

test('the scan goes on where the next segment begins at the last sound batch', () => {
  expect(scanGoesOn(full, { baseOffset: 10, bytes: 50, isIndexed: false })).toBe(true);
  expect(scanGoesOn(full, { baseOffset: 11, bytes: 50, isIndexed: false })).toBe(false);
});

test('what stands behind that batch is cut, and nothing else', () => {
  expect(planRepair({ ...asked, scans: [full, next] })).toEqual({
    kind: 'recovered',
    endOffset: 15,
    steps: [
      { row: 'rest', baseOffset: 0, bytes: 100, why: full.problem },
      { row: 'end', baseOffset: 10 },
    ],
  });
});

test('a torn segment that no other continues still ends the log', () => {
  const unscanned = [{ baseOffset: 12, bytes: 50, isIndexed: false }];
  expect(planRepair({ ...asked, scans: [full], unscanned })).toMatchObject({
    kind: 'recovered',
    endOffset: 10,
    steps: [
      { row: 'torn', bytes: 100 },
      { row: 'torn', removeFrom: 12 },
    ],
  });
});
