import { describe, expect, test } from 'vitest';
import {
  type FoundSegment,
  planRepair,
  planScan,
  type RecoveryInput,
  type RepairInput,
  type SegmentScan,
  scanGoesOn,
  sortLogFiles,
} from '../../../../src/log/recovery.js';
import { segmentFileName } from '../../../../src/log/segment-names.js';

const found = (baseOffset: number, bytes = 100): FoundSegment => ({ baseOffset, bytes, isIndexed: true });
const THREE = [found(0), found(100), found(200)];

describe('what is scanned', () => {
  const input = (changes: Partial<RecoveryInput>): RecoveryInput => ({
    segments: THREE,
    isClean: false,
    recoveryPoint: 0,
    logStartOffset: 0,
    snapshot: 0,
    epochsKnown: true,
    ...changes,
  });
  const rows: [string, Partial<RecoveryInput>, string][] = [
    // row                                               input                                              removed | trusted | scanned
    ['no segment', { segments: [] }, '||'],
    ['clean stop', { isClean: true, recoveryPoint: 250, snapshot: 250 }, '|0 100 200|'],
    [
      'clean stop of an empty active segment',
      { isClean: true, recoveryPoint: 200, snapshot: 200 },
      '|0 100 200|',
    ],
    ['clean stop, snapshot behind', { isClean: true, recoveryPoint: 250, snapshot: 100 }, '|0|100 200'],
    [
      'clean marker, but checkpoint below the last segment',
      { isClean: true, recoveryPoint: 150, snapshot: 100 },
      '|0|100 200',
    ],
    ['crash, nothing checkpointed', {}, '||0 100 200'],
    ['crash, recovery point within the last segment', { recoveryPoint: 250, snapshot: 200 }, '|0 100|200'],
    ['crash, recovery point at a segment', { recoveryPoint: 200, snapshot: 200 }, '|0 100|200'],
    ['crash, recovery point one short of it', { recoveryPoint: 199, snapshot: 100 }, '|0|100 200'],
    ['crash, snapshot within a segment', { recoveryPoint: 250, snapshot: 240 }, '|0 100|200'],
    ['crash, snapshot further back', { recoveryPoint: 250, snapshot: 150 }, '|0|100 200'],
    ['crash, no sound snapshot', { recoveryPoint: 250, snapshot: null }, '||0 100 200'],
    ['clean stop, no sound snapshot', { isClean: true, recoveryPoint: 250, snapshot: null }, '||0 100 200'],
    [
      'leader epochs lost',
      { isClean: true, recoveryPoint: 250, snapshot: 250, epochsKnown: false },
      '||0 100 200',
    ],
    ['log start within a segment', { recoveryPoint: 250, snapshot: 200, logStartOffset: 150 }, '0|100|200'],
    ['log start at a segment', { recoveryPoint: 250, snapshot: 200, logStartOffset: 200 }, '0 100||200'],
    [
      'log start beyond all',
      { isClean: true, recoveryPoint: 250, snapshot: 250, logStartOffset: 999 },
      '0 100|200|',
    ],
    [
      'log start before all',
      { segments: [found(100), found(200)], recoveryPoint: 250, snapshot: 200 },
      '|100|200',
    ],
    [
      'empty log after a clean stop without a snapshot',
      { segments: [found(0, 0)], isClean: true, snapshot: null },
      '|0|',
    ],
  ];
  test.each(rows)('%s', (_, changes, expected) => {
    const plan = planScan(input(changes));
    const bases = (segments: readonly FoundSegment[]): string =>
      segments.map((each) => each.baseOffset).join(' ');
    expect(`${bases(plan.remove)}|${bases(plan.trust)}|${bases(plan.scan)}`).toBe(expected);
  });
});

describe('what is done about it', () => {
  const whole = (baseOffset: number, endOffset: number): SegmentScan => ({
    baseOffset,
    endOffset,
    fileBytes: 100,
    goodBytes: 100,
    problem: null,
  });
  const torn = (baseOffset: number, endOffset: number): SegmentScan => ({
    ...whole(baseOffset, endOffset),
    goodBytes: 60,
    problem: 'the checksum is wrong',
  });
  const rows: [string, Partial<RepairInput>, string][] = [
    ['new: nothing there', {}, 'new at 0'],
    ['new: nothing there, and a log start', { logStartOffset: 30 }, 'new at 30'],
    ['bad: nothing there, and something was durable', { recoveryPoint: 30 }, 'corrupt'],
    ['trusted', { isTrusted: true, recoveryPoint: 250 }, 'ends at 250:'],
    ['end', { scans: [whole(0, 100), whole(100, 140)] }, 'ends at 140: end 0, end 100'],
    [
      'end, at the recovery point',
      { scans: [whole(0, 100), whole(100, 140)], recoveryPoint: 140 },
      'ends at 140: end 0, end 100',
    ],
    [
      'bad: ends below the recovery point',
      { scans: [whole(0, 100), whole(100, 140)], recoveryPoint: 141 },
      'corrupt',
    ],
    ['torn', { scans: [whole(0, 100), torn(100, 140)] }, 'ends at 140: end 0, torn 100 to 60'],
    ['torn, at the recovery point', { scans: [torn(0, 40)], recoveryPoint: 40 }, 'ends at 40: torn 0 to 60'],
    ['bad: torn below the recovery point', { scans: [torn(0, 40)], recoveryPoint: 41 }, 'corrupt'],
    [
      'torn, with segments behind',
      { scans: [torn(0, 40)], unscanned: [found(100), found(200)] },
      'ends at 40: torn 0 to 60, torn from 100',
    ],
    ['hole', { scans: [whole(0, 90)], unscanned: [found(100)] }, 'ends at 90: end 0, hole from 100'],
    [
      'hole at the recovery point',
      { scans: [whole(0, 90)], unscanned: [found(100)], recoveryPoint: 90 },
      'ends at 90: end 0, hole from 100',
    ],
    [
      'bad: hole below the recovery point',
      { scans: [whole(0, 90)], unscanned: [found(100)], recoveryPoint: 91 },
      'corrupt',
    ],
    [
      'overlap',
      { scans: [whole(0, 110)], unscanned: [found(100)], recoveryPoint: 90 },
      'ends at 110: end 0, hole from 100',
    ],
    [
      'bad: overlap below the recovery point',
      { scans: [whole(0, 110)], unscanned: [found(100)], recoveryPoint: 105 },
      'corrupt',
    ],
    ['rest', { scans: [torn(0, 100), whole(100, 140)] }, 'ends at 140: rest 0 to 60, end 100'],
    [
      'rest, below the recovery point',
      { scans: [torn(0, 100), whole(100, 140)], recoveryPoint: 130 },
      'ends at 140: rest 0 to 60, end 100',
    ],
    ['gone: all lies before the log start', { scans: [whole(0, 100)], logStartOffset: 101 }, 'gone at 101'],
    ['log start at the end', { scans: [whole(0, 100)], logStartOffset: 100 }, 'ends at 100: end 0'],
  ];
  test.each(rows)('%s', (_, changes, expected) => {
    const plan = planRepair({
      recoveryPoint: 0,
      logStartOffset: 0,
      scans: [],
      unscanned: [],
      isTrusted: false,
      ...changes,
    });
    expect(describePlan(plan)).toBe(expected);
  });

  function describePlan(plan: ReturnType<typeof planRepair>): string {
    if (plan.kind === 'corrupt') return 'corrupt';
    if (plan.kind !== 'recovered') return `${plan.kind} at ${plan.startOffset}`;
    const steps = plan.steps.map((step) => {
      if ('removeFrom' in step) return `${step.row} from ${step.removeFrom}`;
      return 'bytes' in step ? `${step.row} ${step.baseOffset} to ${step.bytes}` : `end ${step.baseOffset}`;
    });
    return `ends at ${plan.endOffset}: ${steps.join(', ')}`.trimEnd();
  }

  test('the scan goes on where a segment continues the one before', () => {
    expect(scanGoesOn(whole(0, 100), found(100))).toBe(true);
    expect(scanGoesOn(whole(0, 90), found(100))).toBe(false);
    expect(scanGoesOn(torn(0, 100), found(100))).toBe(true);
    expect(scanGoesOn(torn(0, 90), found(100))).toBe(false);
    expect(scanGoesOn(whole(0, 100), undefined)).toBe(false);
  });
});

test('files are sorted by what they are', () => {
  const file = (name: string, size = 1) => ({ name, kind: 'file' as const, size });
  const files = sortLogFiles([
    file(segmentFileName(100, '.log'), 7),
    file(segmentFileName(100, '.index')),
    file(segmentFileName(0, '.log'), 5),
    file(segmentFileName(0, '.index')),
    file(segmentFileName(0, '.timeindex')),
    file(segmentFileName(50, '.index')),
    file(segmentFileName(70, '.snapshot')),
    file(segmentFileName(20, '.snapshot')),
    file(`${segmentFileName(0, '.log')}.deleted`),
    file('leader-epoch-checkpoint.tmp'),
    file('partition.metadata'),
    file('notes.txt'),
    { name: 'sub', kind: 'directory', size: 0 },
  ]);
  expect(files).toEqual({
    segments: [
      { baseOffset: 0, bytes: 5, isIndexed: true },
      { baseOffset: 100, bytes: 7, isIndexed: false },
    ],
    snapshots: [20, 70],
    leftovers: [
      segmentFileName(50, '.index'),
      `${segmentFileName(0, '.log')}.deleted`,
      'leader-epoch-checkpoint.tmp',
    ],
  });
});
