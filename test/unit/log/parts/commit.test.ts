import { describe, expect, test } from 'vitest';
import { Prng } from '../../../../src/base/prng.js';
import { Committer, type CommitterOptions } from '../../../../src/log/commit.js';
import { planCommitRound } from '../../../../src/log/commit-plan.js';
import { encodeJournalHeader } from '../../../../src/log/journal.js';
import { replayJournal } from '../../../../src/log/journal-replay.js';
import { SILENT_LOGGER } from '../../../../src/ports/logger.js';
import { type ManualClock, manualClock } from '../../../../src/ports/memory/clock.js';
import { type DiskOperationRecord, LossyDisk } from '../../../../src/ports/memory/lossy-disk.js';
import { FakeLog } from './fake-log.js';
import { SEED } from './seed.js';

const ROOT = '/data';
const JOURNAL = /redo-journal/;
const KiB = 1024;
const ENOSPC = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });

describe('the way of each log', () => {
  const limits = { directLogsMax: 2, journalLogBytesMax: 1000, journalRoundBytesMax: 2500 };
  const rows = [
    { name: 'none', bytes: [], ways: '' },
    { name: 'one', bytes: [1], ways: 'direct' },
    { name: 'few', bytes: [1, 1000], ways: 'direct direct' },
    { name: 'many', bytes: [1, 2, 3], ways: 'journal journal journal' },
    { name: 'many, up to the limit in all', bytes: [1000, 1000, 500], ways: 'journal journal journal' },
    { name: 'many, and too much in all', bytes: [1000, 1000, 501], ways: 'direct direct direct' },
    { name: 'a large one beside many', bytes: [1, 5000, 2, 3], ways: 'journal aside journal journal' },
    { name: 'a large one beside few', bytes: [1, 5000, 2], ways: 'direct aside direct' },
  ];
  test.each(rows)('$name', ({ bytes, ways }) => {
    expect(planCommitRound(bytes, limits).join(' ')).toBe(ways);
  });
});

/** A committer over a disk where everything takes a millisecond, and some logs. */
class Bench {
  readonly clock: ManualClock = manualClock(0);
  readonly operations: DiskOperationRecord[] = [];
  readonly disk: LossyDisk;
  committer!: Committer;
  logs: FakeLog[] = [];

  constructor(slow: (path: string) => number = () => 1) {
    const { clock, operations } = this;
    this.disk = new LossyDisk({
      clock,
      operations,
      prng: new Prng(SEED),
      latencyMs: (_, path) => slow(path),
    });
  }

  async start(logs: number, limits: CommitterOptions['limits'] = {}): Promise<void> {
    await this.until(this.disk.makeDir(ROOT).then(() => this.disk.syncDir('/')));
    this.committer = await this.open(limits);
    const prng = new Prng(SEED);
    for (let each = 0; each < logs; each++) {
      const log = new FakeLog(this.disk, ROOT, `t-${each}`, 'AAAAAAAAAAAAAAAAAAAAAQ', prng.split(`${each}`));
      this.logs.push(await this.until(log.create()));
    }
  }

  open(limits: CommitterOptions['limits'] = {}): Promise<Committer> {
    const { disk, clock } = this;
    const small = { fileBytesMin: 64 * KiB, fileBytesMax: 64 * KiB };
    return this.until(
      Committer.open({
        disk,
        clock,
        logger: SILENT_LOGGER,
        directory: ROOT,
        limits: { ...small, ...limits },
      }),
    );
  }

  /** With a journal in service: the first round that wants one only makes it. */
  async startWithJournal(logs: number, limits: CommitterOptions['limits'] = {}): Promise<void> {
    await this.start(logs, limits);
    await this.round(this.logs);
    await this.idle();
    expect(this.committer.counters.filesMade).toBe(1);
    this.operations.length = 0;
  }

  /** Appends to each, in one go, and waits until all are durable or offline. */
  async round(logs: readonly FakeLog[], bytes = 100): Promise<void> {
    await this.until(Promise.all(logs.map((log) => log.append(bytes, this.committer))));
    await this.when(() => logs.every((log) => log.durable === log.written || log.offline !== null));
  }

  count(op: string, path: RegExp): number {
    return this.operations.filter((each) => each.op === op && path.test(each.path)).length;
  }

  async until<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const watched = work.finally(() => {
      over = true;
    });
    watched.catch(() => {});
    await this.when(() => over);
    return watched;
  }

  async when(holds: () => boolean): Promise<void> {
    for (let turns = 0; !holds(); turns++) {
      if (turns > 10_000) throw new Error('it never comes to that');
      await this.turn();
    }
  }

  /** Until nothing is under way on the disk. Timers of a minute stay. */
  async idle(): Promise<void> {
    await this.turn();
    while ((this.clock.nextTimerInMs ?? 1000) < 1000) await this.turn();
  }

  /** What is due next, and all that follows from it without waiting. */
  async turn(): Promise<void> {
    const next = this.clock.nextTimerInMs;
    if (next !== undefined && next < 1000) this.clock.advance(next);
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

test('a journaled round of many logs is one write and one sync', async () => {
  const bench = new Bench();
  await bench.startWithJournal(20);
  await bench.round(bench.logs);
  expect(bench.count('sync', /./)).toBe(1);
  expect(bench.count('sync', JOURNAL)).toBe(1);
  expect(bench.count('write', JOURNAL)).toBe(1);
  expect(bench.committer.counters).toMatchObject({ journalRounds: 1, journaledLogs: 20 });
});

test('few logs are synced themselves, and each is told when its own sync is done', async () => {
  const bench = new Bench((path) => (path.includes('t-1') ? 50 : 1));
  await bench.start(2);
  const [fast, slow] = bench.logs as [FakeLog, FakeLog];
  await bench.until(Promise.all(bench.logs.map((log) => log.append(100, bench.committer))));
  const start = bench.clock.monotonic();
  await bench.when(() => fast.durable === fast.written);
  expect(slow.durable).toBeLessThan(slow.written);
  expect(bench.clock.monotonic() - start).toBeLessThan(50);
  await bench.when(() => slow.durable === slow.written);
  expect(bench.count('open', JOURNAL)).toBe(2); // looked for at the start, not made
  expect(bench.committer.counters.directSyncs).toBe(2);
});

test('logs that ask while a round is under way share the next one', async () => {
  const bench = new Bench();
  await bench.startWithJournal(30);
  const [first, ...others] = bench.logs;
  await bench.until(first!.append(100, bench.committer));
  const during = others.map((log) => log.append(100, bench.committer));
  await bench.until(Promise.all(during));
  await bench.when(() => bench.logs.every((log) => log.durable === log.written));
  expect(bench.count('sync', /./)).toBe(2);
});

test('asking again while waiting is asking once', async () => {
  const bench = new Bench();
  await bench.start(1);
  const [log] = bench.logs as [FakeLog];
  await bench.until(log.append(100, bench.committer));
  expect(log.reports).toBe(0);
  for (let each = 0; each < 5; each++) bench.committer.request(log);
  await bench.idle();
  // The round under way, and one more for all five.
  expect(log.reports).toBe(2);
  expect(bench.committer.counters.rounds).toBe(1);
});

test('a log with nothing unsynced is told so without a sync', async () => {
  const bench = new Bench();
  await bench.start(1);
  bench.operations.length = 0;
  bench.committer.request(bench.logs[0]!);
  await bench.idle();
  expect(bench.logs[0]!.reports).toBe(1);
  expect(bench.count('sync', /./)).toBe(0);
});

test('a log that never stops writing delays the others by one round at most', async () => {
  const bench = new Bench();
  await bench.startWithJournal(6);
  const [greedy, ...others] = bench.logs as [FakeLog, ...FakeLog[]];
  let stopped = false;
  const writing = (async () => {
    while (!stopped) await greedy.append(500, bench.committer);
  })();
  for (let times = 0; times < 20; times++) {
    for (const log of others) {
      await bench.until(log.append(10, bench.committer));
      const asked = bench.committer.counters.rounds;
      await bench.when(() => log.durable === log.written);
      // The round under way when it asked, and its own.
      expect(bench.committer.counters.rounds - asked).toBeLessThanOrEqual(2);
    }
  }
  stopped = true;
  await bench.until(writing);
});

test('a log with much to sync does not hold up the round', async () => {
  const bench = new Bench((path) => (path.includes('t-0') ? 500 : 1));
  await bench.start(8, { journalLogBytesMax: 10 * KiB });
  await bench.round(bench.logs.slice(1));
  await bench.idle();
  const [large, ...small] = bench.logs as [FakeLog, ...FakeLog[]];
  await bench.until(large.append(20 * KiB, bench.committer));
  const start = bench.clock.monotonic();
  for (let times = 0; times < 5; times++) await bench.round(small);
  expect(large.durable).toBe(0);
  expect(bench.clock.monotonic() - start).toBeLessThan(100);
  await bench.when(() => large.durable === large.written);
});

describe('failures', () => {
  test('a failed sync takes its log offline, and no other', async () => {
    const bench = new Bench();
    await bench.start(3, { directLogsMax: 10 });
    bench.disk.failSync((path) => path.includes('t-1'));
    await bench.round(bench.logs);
    expect(bench.logs.map(({ offline }) => offline !== null)).toEqual([false, true, false]);
    const others = bench.logs.filter(({ offline }) => offline === null);
    await bench.round(others);
    expect(others.every((log) => log.durable === 200)).toBe(true);
    expect(bench.logs[1]!.durable).toBe(0);
  });

  test('a failed sync of the journal takes all logs of the round offline; other logs go on without it', async () => {
    const bench = new Bench();
    await bench.startWithJournal(8);
    bench.disk.failSync((path) => JOURNAL.test(path));
    const round = bench.logs.slice(0, 4);
    await bench.round(round);
    expect(round.every(({ offline }) => offline !== null)).toBe(true);
    const others = bench.logs.slice(4);
    await bench.round(others);
    await bench.round(others);
    expect(others.every((log) => log.offline === null && log.durable === 300)).toBe(true);
  });

  test('what the journal had before it failed is still given back after a crash', async () => {
    const bench = new Bench();
    await bench.startWithJournal(4);
    await bench.round(bench.logs);
    bench.disk.failSync((path) => JOURNAL.test(path));
    await bench.round(bench.logs);
    const found = bench.disk.crash(new Prng(SEED));
    await bench.until(replayJournal({ disk: found, logger: SILENT_LOGGER, directory: ROOT }));
    for (const log of bench.logs) expect(await bench.until(log.broken(found))).toBeUndefined();
  });

  test('a failed write of the journal harms nobody: the round is synced log by log', async () => {
    const bench = new Bench();
    await bench.startWithJournal(5);
    const appends = bench.logs.map((log) => log.append(100, bench.committer));
    // Their writes have begun; the next one is the journal's.
    expect(bench.count('write', /./)).toBe(5);
    bench.disk.failNext('write', ENOSPC);
    await bench.until(Promise.all(appends));
    await bench.when(() => bench.logs.every((log) => log.durable === log.written));
    expect(bench.logs.every(({ offline }) => offline === null)).toBe(true);
    expect(bench.count('write', JOURNAL)).toBe(1);
    expect(bench.count('sync', JOURNAL)).toBe(0);
    await bench.round(bench.logs);
    expect(bench.count('sync', JOURNAL)).toBe(1);
  });

  test('a full disk makes no journal: every round is synced log by log, until there is room', async () => {
    const bench = new Bench();
    await bench.start(5);
    bench.disk.full(20 * KiB);
    await bench.round(bench.logs);
    await bench.round(bench.logs);
    await bench.idle();
    expect(bench.committer.counters).toMatchObject({ journalRounds: 0, filesMade: 0 });
    expect((await bench.until(bench.disk.list(ROOT))).some(({ name }) => JOURNAL.test(name))).toBe(false);
    bench.disk.full(Number.POSITIVE_INFINITY);
    bench.clock.advance(10_000);
    await bench.round(bench.logs);
    await bench.idle();
    await bench.round(bench.logs);
    expect(bench.committer.counters.journalRounds).toBe(1);
  });

  test('a log whose files cannot be synced keeps its bytes in the journal, and the stop is not clean', async () => {
    const bench = new Bench();
    await bench.startWithJournal(4);
    await bench.round(bench.logs);
    bench.disk.failSync((path) => path.includes('t-2'));
    await expect(bench.until(bench.committer.close())).rejects.toThrow('t-2');
    expect(bench.logs.map(({ offline }) => offline !== null)).toEqual([false, false, true, false]);
    const found = bench.disk.crash(new Prng(SEED));
    const report = await bench.until(replayJournal({ disk: found, logger: SILENT_LOGGER, directory: ROOT }));
    expect(report.logs.has('t-2')).toBe(true);
    for (const log of bench.logs) expect(await bench.until(log.broken(found))).toBeUndefined();
  });

  test('a forget that cannot be made durable is refused', async () => {
    const bench = new Bench();
    await bench.startWithJournal(4);
    await bench.round(bench.logs);
    bench.disk.failSync((path) => JOURNAL.test(path));
    await expect(bench.until(bench.committer.forget(bench.logs[0]!))).rejects.toMatchObject({ code: 'EIO' });
    await expect(bench.until(bench.committer.forget(bench.logs[1]!))).rejects.toThrow('could not be emptied');
  });
});

describe('forget', () => {
  test('costs nothing where the journal has nothing of the log', async () => {
    const bench = new Bench();
    await bench.startWithJournal(4);
    await bench.until(bench.committer.forget(bench.logs[0]!));
    expect(bench.operations).toEqual([]);
  });

  test('syncs the log, which keeps a part of what is journaled, and then says so in the journal', async () => {
    const bench = new Bench();
    await bench.startWithJournal(4);
    await bench.round(bench.logs);
    bench.operations.length = 0;
    await bench.until(bench.committer.forget(bench.logs[0]!));
    const done = bench.operations
      .filter(({ op }) => op === 'write' || op === 'sync')
      .map(({ op, path }) => `${op} ${path.replace(ROOT, '').split('/')[1]}`);
    expect(done).toEqual(['sync t-0', 'write redo-journal.0', 'sync redo-journal.0']);
    // Now it has nothing of it.
    bench.operations.length = 0;
    await bench.until(bench.committer.forget(bench.logs[0]!));
    expect(bench.count('sync', /./)).toBe(0);
  });

  test('of several logs shares one record', async () => {
    const bench = new Bench();
    await bench.startWithJournal(4);
    await bench.round(bench.logs);
    bench.operations.length = 0;
    await bench.until(Promise.all(bench.logs.map((log) => bench.committer.forget(log))));
    expect(bench.count('write', JOURNAL)).toBe(1);
  });

  test('a round under way reports nothing to a log that has begun to forget', async () => {
    const bench = new Bench();
    await bench.startWithJournal(4);
    await bench.until(Promise.all(bench.logs.map((log) => log.append(1000, bench.committer))));
    await bench.when(() => bench.count('sync', JOURNAL) === 1);
    const [log] = bench.logs as [FakeLog];
    // FakeLog throws if it is told of a mark above its end.
    await bench.until(log.truncate(500, bench.committer));
    expect(log.written).toBe(500);
    await bench.when(() => log.durable === 500);
  });
});

describe('the journal files', () => {
  test('take turns, and are emptied only when every log in them is synced', async () => {
    const bench = new Bench();
    await bench.startWithJournal(5);
    for (let times = 0; times < 60; times++) await bench.round(bench.logs, 1000);
    await bench.idle();
    const { checkpoints, filesMade, checkpointSyncs } = bench.committer.counters;
    expect(filesMade).toBe(2);
    expect(checkpoints).toBeGreaterThan(3);
    expect(checkpointSyncs).toBeGreaterThan(checkpoints);
    expect(bench.committer.counters.journalRounds).toBeGreaterThan(40);
  });

  test('a checkpoint comes by itself when traffic ends', async () => {
    const bench = new Bench();
    await bench.startWithJournal(5, { checkpointMs: 30_000 });
    await bench.round(bench.logs);
    expect(bench.count('sync', /t-/)).toBe(0);
    bench.clock.advance(30_000);
    await bench.idle();
    expect(bench.count('sync', /t-/)).toBe(5);
    expect(bench.committer.counters.checkpoints).toBe(1);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test('are empty after close, and are used again', async () => {
    const bench = new Bench();
    await bench.startWithJournal(5);
    await bench.round(bench.logs);
    await bench.until(bench.committer.close());
    expect(bench.clock.pendingTimers).toBe(0);
    const found = bench.disk.crash(new Prng(SEED));
    const report = await bench.until(replayJournal({ disk: found, logger: SILENT_LOGGER, directory: ROOT }));
    expect(report).toMatchObject({ records: 0, bytes: 0 });
    for (const log of bench.logs) expect(await bench.until(log.broken(found))).toBeUndefined();
  });

  test('close waits for what was asked before it', async () => {
    const bench = new Bench();
    await bench.start(3);
    await bench.until(Promise.all(bench.logs.map((log) => log.append(100, bench.committer))));
    await bench.until(bench.committer.close());
    expect(bench.logs.every((log) => log.durable === 100)).toBe(true);
  });

  test('a released log is touched no more', async () => {
    const bench = new Bench();
    await bench.startWithJournal(5);
    await bench.round(bench.logs);
    const [log] = bench.logs as [FakeLog];
    await bench.until(log.close(bench.committer));
    bench.operations.length = 0;
    await bench.until(bench.committer.checkpoint());
    expect(bench.count('sync', /t-0/)).toBe(0);
    expect(bench.count('sync', /t-[1-4]/)).toBe(4);
  });

  test('a log released while its file drains is touched no more', async () => {
    const bench = new Bench((path) => (JOURNAL.test(path) ? 20 : 1));
    const file = 256 * KiB;
    await bench.startWithJournal(12, {
      directLogsMax: 0,
      fileBytesMin: file,
      fileBytesMax: file,
      checkpointMs: 600,
    });
    await bench.round(bench.logs);
    const { committer } = bench;
    const greedy = bench.logs[0]!;
    let stopped = false;
    // A round is always under way, so the drain syncs one log a round, in the order in which they were journaled.
    const writing = (async () => {
      while (!stopped) await greedy.append(10, committer);
    })();
    await bench.when(() => committer.counters.checkpointSyncs === 11);
    const last = bench.logs.find((log) => bench.count('sync', new RegExp(`${log.directoryName}/`)) === 0)!;
    await bench.until(last.close(committer));
    let touched = 0;
    last.syncFiles = async () => {
      touched++;
    };
    await bench.when(() => committer.counters.checkpoints === 1);
    expect(touched).toBe(0);
    stopped = true;
    await bench.until(writing);
  });

  test('release and forget wait for a sync of the log that a draining file has under way', async () => {
    for (const call of ['release', 'forget', 'abandon'] as const) {
      let slow = true;
      const bench = new Bench((path) => (path.includes('t-3/') && slow ? 500 : 1));
      await bench.startWithJournal(5);
      await bench.round(bench.logs.slice(0, 3));
      slow = false;
      await bench.round(bench.logs);
      slow = true;
      let drained = false;
      const log = bench.logs[3]!;
      const syncFiles = log.syncFiles.bind(log);
      let calls = 0;
      log.syncFiles = async () => {
        const isDrain = ++calls === 1;
        await syncFiles();
        if (isDrain) drained = true;
      };
      const checkpoint = bench.committer.checkpoint();
      await bench.when(() => bench.count('sync', /t-3/) === 1);
      slow = false;
      await bench.until(bench.committer[call](log));
      expect(drained, call).toBe(true);
      await bench.until(checkpoint);
    }
  });

  test('have their turns in the order of their generations, whatever their names', async () => {
    const bench = new Bench();
    await bench.until(bench.disk.makeDir(ROOT));
    for (const [at, generation] of [9, 8].entries()) {
      const file = await bench.until(bench.disk.open(`${ROOT}/redo-journal.${at}`, { create: true }));
      await bench.until(file.write([encodeJournalHeader(generation), Buffer.alloc(60 * KiB)], 0));
    }
    await bench.start(5);
    await bench.round(bench.logs);
    expect(bench.count('write', /redo-journal.0/)).toBe(1); // before the start
    expect(bench.count('write', /redo-journal.1/)).toBe(2);
    while (bench.committer.counters.checkpoints < 4) await bench.round(bench.logs, 1000);
  });

  test('an abandoned log is not synced, and does not come back', async () => {
    const bench = new Bench();
    await bench.startWithJournal(5);
    await bench.round(bench.logs);
    const [log] = bench.logs as [FakeLog];
    bench.operations.length = 0;
    await bench.until(bench.committer.abandon(log));
    expect(bench.count('sync', /t-0/)).toBe(0);
    await bench.until(log.active.file.truncate(0));
    const found = bench.disk.kill(new Prng(SEED));
    const report = await bench.until(replayJournal({ disk: found, logger: SILENT_LOGGER, directory: ROOT }));
    expect(report.skipped.discarded).toBe(1);
    expect((await bench.until(found.readFile(log.segmentPath(0)))).length).toBe(0);
  });

  test('a committer over a journal that nobody replayed is refused', async () => {
    const bench = new Bench();
    await bench.startWithJournal(5);
    await bench.round(bench.logs);
    await expect(bench.open()).rejects.toThrow('the journal was replayed');
  });
});
