/** What commands decide before they do anything: pure, and so in tables. */
import { describe, expect, test } from 'vitest';
import {
  checkDiskSpace,
  checkGroups,
  checkInSync,
  checkLeaders,
  checkLogDirs,
  checkReachable,
} from '../../../src/cli/commands/cluster/checks.js';
import { formatOffsetsCsv, parseOffsetsCsv } from '../../../src/cli/commands/group/offsets-csv.js';
import { planReset, type ResetTarget } from '../../../src/cli/commands/group/reset-plan.js';
import { planTrim } from '../../../src/cli/commands/topic/trim-plan.js';
import { wantsColours } from '../../../src/cli/colours.js';
import { formatBytes } from '../../../src/cli/format-bytes.js';
import { OffsetIndexCheck, TimeIndexCheck } from '../../../src/cli/log-files/index-check.js';
import { partitionChoice } from '../../../src/cli/partition-choice.js';
import { isoDuration, pointInTime } from '../../../src/cli/usage.js';
import type { LogDir } from '../../../src/client/admin/log-dirs.js';
import { KafkaError } from '../../../src/client/kafka-error.js';
import type { TopicView } from '../../../src/client/topic-view.js';

describe('a reset', () => {
  const facts = {
    topic: 't',
    partition: 0,
    committedOffset: 6,
    startOffset: 4,
    endOffset: 10,
    offsetAtTime: null,
  };
  const rows: readonly [
    target: ResetTarget,
    facts: Partial<typeof facts> | { offsetAtTime: number | null },
    newOffset: number | null,
    note: RegExp | null,
  ][] = [
    [{ to: 'earliest' }, {}, 4, null],
    [{ to: 'latest' }, {}, 10, null],
    [{ to: 'current' }, {}, 6, null],
    [{ to: 'current' }, { committedOffset: 2 }, 4, /begins there, 2 is gone/],
    [{ to: 'shifted', by: 3 }, {}, 9, null],
    [{ to: 'shifted', by: 5 }, {}, 10, /ends there, before 11/],
    [{ to: 'shifted', by: -5 }, {}, 4, /begins there, 1 is gone/],
    [{ to: 'offset', offset: 4 }, {}, 4, null],
    [{ to: 'offset', offset: 3 }, {}, 4, /begins/],
    [{ to: 'offset', offset: 11 }, {}, 10, /ends/],
    [{ to: 'time', time: 1 }, { offsetAtTime: 7 }, 7, null],
    [{ to: 'time', time: 1 }, { offsetAtTime: -1 }, 10, /no record is as late/],
    [{ to: 'listed', offsets: new Map([['t/0', 5]]) }, {}, 5, null],
    [{ to: 'listed', offsets: new Map() }, {}, null, /does not name it/],
  ];
  test.each(rows)('%j %j', (target, more, newOffset, note) => {
    const step = planReset(target, { ...facts, ...more });
    expect(step.newOffset).toBe(newOffset);
    if (note === null) expect(step.note).toBeNull();
    else expect(step.note).toMatch(note);
  });

  test('leaves what it knows nothing of', () => {
    const unread = { ...facts, committedOffset: null };
    expect(planReset({ to: 'shifted', by: 1 }, unread)).toMatchObject({
      newOffset: null,
      note: /to shift/.exec('the group has no offset here to shift')!.input,
    });
    expect(planReset({ to: 'current' }, unread).newOffset).toBeNull();
    expect(planReset({ to: 'earliest' }, { ...facts, startOffset: null, endOffset: null })).toMatchObject({
      newOffset: null,
      note: 'there is no such partition',
    });
  });
});

test.each([
  [5, 5, 5, null],
  [0, 2, 0, 'begins at 2 already'],
  [2, 2, 0, null],
  [10, 10, 8, null],
  [11, 10, 8, 'ends at 10, before 11'],
  [-1, 10, 8, null],
])('a trim to %i of 2 to 10 keeps from %i', (keepFrom, newStartOffset, _, note) => {
  const step = planTrim({ partition: 0, startOffset: 2, endOffset: 10, keepFrom });
  expect(step).toMatchObject({ newStartOffset: Math.max(2, newStartOffset), note });
  expect(step.records).toBe(step.newStartOffset - 2);
});

describe('offsets in a file', () => {
  test('come back as they were printed', () => {
    const offsets = [
      { topic: 'a', partition: 0, offset: 1 },
      { topic: 'b-c', partition: 12, offset: 9_007_199_254_740_991 },
    ];
    expect(parseOffsetsCsv('f', formatOffsetsCsv(offsets), 'g')).toEqual(offsets);
  });
  test('as Kafka’s tool writes them for several groups, quoted or not', () => {
    const text = '"g","t",0,5\r\nother,t,0,9\r\n\r\ng,t,1,6';
    expect(parseOffsetsCsv('f', text, 'g')).toEqual([
      { topic: 't', partition: 0, offset: 5 },
      { topic: 't', partition: 1, offset: 6 },
    ]);
  });
  test.each(['t,0', 't,0,x', 't,-1,1', 'g,t,0,1,2', ',0,1', 't,0,1.5', 't,99999999999,1'])(
    '%j is refused',
    (line) => {
      expect(() => parseOffsetsCsv('f.csv', `t,0,1\n${line}\n`, 'g')).toThrow(/^f\.csv:2: /);
    },
  );
});

describe('values', () => {
  test.each([
    ['orders', { topic: 'orders', partitions: null }],
    ['orders:3', { topic: 'orders', partitions: [3] }],
    ['orders:2,0,1-2', { topic: 'orders', partitions: [0, 1, 2] }],
  ])('partitions %s', (raw, expected) => expect(partitionChoice('--topic')(raw)).toEqual(expected));
  test.each(['', ':0', 'a:', 'a:x', 'a:3-1', 'a:0,', 'a:-1', 'a:0-99999999'])('no partitions: %j', (raw) => {
    expect(() => partitionChoice('--topic')(raw)).toThrow(/--topic takes a topic/);
  });
  test.each([
    ['PT1H', 3_600_000],
    ['P1DT12H', 129_600_000],
    ['P2W', 1_209_600_000],
    ['PT0.5S', 500],
    ['pt1m', 60_000],
    ['PT0S', 0],
  ])('duration %s', (raw, ms) => expect(isoDuration('--d')(raw)).toBe(ms));
  test.each(['', 'P', 'PT', 'P1DT', '1h', 'P1Y', 'P1M', 'PT-1H', 'PT1H ', 'P99999999999999W'])(
    'no duration: %j',
    (raw) => {
      expect(() => isoDuration('--d')(raw)).toThrow(/--d takes a length of time/);
    },
  );
  test.each([
    ['1700000000000', 1_700_000_000_000],
    ['2026-01-02', Date.UTC(2026, 0, 2)],
    ['2026-01-02T03:04:05+01:00', Date.UTC(2026, 0, 2, 2, 4, 5)],
  ])('time %s', (raw, ms) => expect(pointInTime('--t')(raw)).toBe(ms));
  test.each(['', 'now', '-1', '2026-13-01', '99999999999999999999'])('no time: %j', (raw) => {
    expect(() => pointInTime('--t')(raw)).toThrow(/--t takes a time/);
  });
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [10_239, '10 KiB'],
    [1_048_575, '1.0 MiB'],
    [5 * 2 ** 40, '5.0 TiB'],
    [2 ** 53, '8.0 PiB'],
  ])('%i bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

test.each<[isTerminal: boolean, environment: Record<string, string>, colours: boolean]>([
  [true, {}, true],
  [false, {}, false],
  [false, { CI: 'true' }, false],
  [true, { CI: 'true' }, true],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [false, { FORCE_COLOR: '1' }, true],
  [true, { FORCE_COLOR: '0' }, false],
  [true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  [true, { TERM: 'dumb' }, false],
])('terminal %s with %j: colours %s', (isTerminal, environment, colours) => {
  expect(wantsColours(isTerminal, environment)).toBe(colours);
});

describe('health', () => {
  const partition = (index: number, leaderId: number, inSync: number[]) => ({
    index,
    leaderId,
    leaderEpoch: 0,
    replicas: [1, 2],
    inSyncReplicas: inSync,
  });
  const topic = (...partitions: ReturnType<typeof partition>[]): TopicView => ({
    name: 't',
    id: 'x',
    isInternal: false,
    partitions,
  });
  const dir = (more: Partial<LogDir>): LogDir => ({
    broker: 1,
    path: '/d',
    error: null,
    replicas: [],
    totalBytes: 100,
    usableBytes: 50,
    ...more,
  });

  test('names what is wrong', () => {
    expect(
      checkReachable(
        new Map([
          [1, null],
          [2, 'refused'],
        ]),
      ),
    ).toMatchObject({ status: 'fail', detail: 'broker 2: refused' });
    expect(checkReachable(new Map([[1, null]]))).toMatchObject({
      status: 'pass',
      detail: '1 broker answering',
    });
    expect(checkLeaders([topic(partition(0, 1, [1, 2]), partition(1, -1, [1]))])).toMatchObject({
      status: 'fail',
      detail: 'none in t-1',
    });
    expect(checkInSync([topic(partition(0, 1, [1]))])).toMatchObject({
      status: 'fail',
      detail: 't-0 (1 of 2)',
    });
    expect(checkInSync([topic(partition(0, 1, [2, 1]))])).toMatchObject({ status: 'pass' });
    expect(checkLogDirs([dir({ error: new KafkaError(56, 'd') })])).toMatchObject({
      status: 'fail',
      detail: 'broker 1, /d: KAFKA_STORAGE_ERROR',
    });
    expect(checkLogDirs(null)).toMatchObject({ status: 'skip' });
    expect(checkGroups(3, ['a'], 10)).toMatchObject({
      status: 'fail',
      detail: 'in a rebalance for more than 10 s: a',
    });
    const many = Array.from({ length: 9 }, (_, n) => `g${n}`);
    expect(checkGroups(9, many, 1).detail).toMatch(/g4, and 4 more$/);
  });

  test.each([
    [50, 'pass'],
    [51, 'fail'],
    [0, 'pass'],
  ])('room: 50 %% free where %i are asked: %s', (percent, status) => {
    expect(checkDiskSpace([dir({}), dir({ usableBytes: 90 })], percent)).toMatchObject({ status });
  });
  test('room: unknown is skipped', () => {
    expect(checkDiskSpace([dir({ totalBytes: null })], 5)).toMatchObject({ status: 'skip' });
  });
});

describe('an index, as its batches pass by', () => {
  /** Offsets 0-9, 10-19, 20-29, of 100 bytes each, the second one newest. */
  const batches = [
    { position: 0, baseOffset: 0, lastOffset: 9, maxTimestamp: 1000 },
    { position: 100, baseOffset: 10, lastOffset: 19, maxTimestamp: 3000 },
    { position: 200, baseOffset: 20, lastOffset: 29, maxTimestamp: 2000 },
  ];
  const problems = (check: OffsetIndexCheck | TimeIndexCheck): string[] => [
    ...check.order(),
    ...batches.flatMap((batch) => [...check.pass(batch)]),
    ...check.rest(30),
  ];

  test.each([
    [[], []],
    [
      [
        [19, 100],
        [29, 200],
      ],
      [],
    ],
    // As Kafka's followers and cleaner write it: the last offset of several batches that came together.
    [[[29, 100]], []],
    [[[19, 150]], [/no batch begins at byte 150/]],
    [[[5, 100]], [/offset 5 lies before the batch/]],
    [[[15, 100]], [/offset 15 is not the last/]],
    [
      [
        [29, 200],
        [19, 100],
      ],
      [/does not lie behind/, /no batch begins at byte 100/],
    ],
    [[[40, 300]], [/1 entries point behind/]],
  ] as const)('offsets %j', (entries, said) => {
    const found = problems(new OffsetIndexCheck(entries.map(([offset, position]) => ({ offset, position }))));
    expect(found).toHaveLength(said.length);
    for (const [at, pattern] of said.entries()) expect(found[at]).toMatch(pattern);
  });

  test.each([
    [[], []],
    [
      [
        [1000, 9],
        [3000, 19],
      ],
      [],
    ],
    // As Kafka's older brokers noted it: the offset of the record itself.
    [
      [
        [1000, 4],
        [3000, 12],
      ],
      [],
    ],
    [
      [
        [1000, 9],
        [2000, 29],
      ],
      [/something is as new as 3000/],
    ],
    [[[1500, 9]], [/time 1500 at offset 9, where the newest record of the batch has 1000/]],
    [
      [
        [3000, 19],
        [3000, 29],
      ],
      [/does not lie behind/, /where the newest record of the batch has 2000/],
    ],
    [[[4000, 35]], [/behind the last batch/]],
  ] as const)('times %j', (entries, said) => {
    const found = problems(new TimeIndexCheck(entries.map(([timestamp, offset]) => ({ timestamp, offset }))));
    expect(found).toHaveLength(said.length);
    for (const [at, pattern] of said.entries()) expect(found[at]).toMatch(pattern);
  });
});
