import { WRITE_BACK_BYTES } from '../../../../src/log/log-writer.js';
import { nothingAt } from '../../../../src/log/segment-read.js';
import { describe, expect, test } from 'vitest';
import { type ManualClock, manualClock } from '../../../../src/ports/memory/clock.js';
import { Prng } from '../../../../src/base/prng.js';
import {
  type DiskOperation,
  type DiskOperationRecord,
  LossyDisk,
} from '../../../../src/ports/memory/lossy-disk.js';
import { memoryDisk } from '../../../../src/ports/memory/disk.js';
import { systemError } from '../../../../src/ports/memory/system-error.js';
import { baseOffset, isLogAppendTime, leaderEpoch, maxTimestamp } from '../../../../src/records/batch.js';
import { infoOf } from '../../../../src/records/validate.js';
import { ErrorCode } from '../../../../src/wire/errors.js';
import {
  append,
  batchOf,
  Checkpointed,
  DIRECTORY,
  endOf,
  openLog,
  readAll,
  SEED,
  settle,
  split,
} from './harness.js';

const LIMITS = { maxBytes: 1 << 20, upTo: Number.MAX_SAFE_INTEGER, atLeastOneBatch: true };

/** Lets time pass until it is done. */
async function during<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  for (let at = 0; !isDone && at < 10_000; at++) {
    await settle();
    clock.advance(1);
  }
  return done;
}

describe('append', () => {
  test('assigns dense offsets, stamps the epoch, and becomes durable', async () => {
    const { log, heard } = await openLog({ disk: memoryDisk() });
    expect(append(log, batchOf({ records: 3 }), 4)).toEqual([0, 2]);
    expect(append(log, batchOf({ records: 2 }), 4)).toEqual([3, 4]);
    expect([log.endOffset, log.writtenEnd, log.syncedEnd]).toEqual([5, 0, 0]);
    await settle();
    expect([log.writtenEnd, log.syncedEnd, log.durableEnd, heard.durable]).toEqual([5, 5, 5, 5]);
    const batches = await readAll(log);
    expect(batches.map((batch) => [baseOffset(batch, 0), leaderEpoch(batch, 0)])).toEqual([
      [0, 4],
      [3, 4],
    ]);
  });

  test('appends of one turn share one write and one sync', async () => {
    const operations: DiskOperationRecord[] = [];
    const { log } = await openLog({ disk: new LossyDisk({ operations }) });
    operations.length = 0;
    for (let at = 0; at < 50; at++) append(log, batchOf());
    await settle();
    const counted = operations.filter(({ path }) => path.endsWith('.log')).map(({ op }) => op);
    expect(counted).toEqual(['write', 'sync']);
    expect(log.durableEnd).toBe(50);
  });

  test('under LogAppendTime every batch gets the time of its append', async () => {
    const { log, clock } = await openLog({ disk: memoryDisk(), config: { timestampType: 'LogAppendTime' } });
    const batch = batchOf({ timestamps: [5] });
    const outcome = log.append(batch, infoOf(batch, 0), 0);
    expect(outcome).toMatchObject({ kind: 'appended', logAppendTime: clock.now() });
    await settle();
    const [stored] = await readAll(log);
    expect([isLogAppendTime(stored!, 0), maxTimestamp(stored!, 0)]).toEqual([true, clock.now()]);
  });

  test('a batch sent twice is stored once and answered with its first offsets', async () => {
    const { log } = await openLog({ disk: memoryDisk() });
    const first = batchOf({ producerId: 7, producerEpoch: 0, baseSequence: 0, records: 2 });
    append(log, batchOf());
    append(log, Buffer.from(first));
    const again = log.append(first, infoOf(first, 0), 0);
    expect(again).toEqual({ kind: 'duplicate', baseOffset: 1, lastOffset: 2, logAppendTime: -1 });
    const gap = batchOf({ producerId: 7, producerEpoch: 0, baseSequence: 9 });
    expect(log.append(gap, infoOf(gap, 0), 0)).toMatchObject({
      kind: 'rejected',
      error: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
    });
    expect(log.endOffset).toBe(3);
  });

  test('refuses an epoch that is over, and a batch larger than a segment', async () => {
    const { log } = await openLog({ disk: memoryDisk(), config: { segmentBytes: 500 } });
    log.beginEpoch(3);
    const batch = batchOf();
    expect(log.append(batch, infoOf(batch, 0), 2)).toMatchObject({ error: ErrorCode.NOT_LEADER_OR_FOLLOWER });
    const large = batchOf({ valueBytes: 600 });
    expect(log.append(large, infoOf(large, 0), 3)).toMatchObject({ error: ErrorCode.RECORD_LIST_TOO_LARGE });
  });

  test('a follower takes batches as they stand, all or none', async () => {
    const { log } = await openLog({ disk: memoryDisk() });
    const one = batchOf({ baseOffset: 0, leaderEpoch: 2, records: 2 });
    const two = batchOf({ baseOffset: 5, leaderEpoch: 3 });
    expect(log.appendAsFollower(Buffer.concat([one, two]))).toMatchObject({
      kind: 'appended',
      baseOffset: 0,
      lastOffset: 5,
    });
    expect(log.epochs.entries()).toEqual([
      { epoch: 2, startOffset: 0 },
      { epoch: 3, startOffset: 5 },
    ]);
    const damaged = batchOf({ baseOffset: 7, leaderEpoch: 3 });
    damaged[70]! ^= 1;
    const good = batchOf({ baseOffset: 6, leaderEpoch: 3 });
    expect(log.appendAsFollower(Buffer.concat([good, damaged]))).toMatchObject({
      error: ErrorCode.CORRUPT_MESSAGE,
    });
    expect(log.appendAsFollower(one)).toMatchObject({ error: ErrorCode.OFFSET_OUT_OF_RANGE });
    expect(log.endOffset).toBe(6);
    await settle();
    expect(Buffer.concat(await readAll(log))).toEqual(Buffer.concat([one, two]));
  });

  test('more waiting for the disk than allowed is refused, and let in again when it caught up', async () => {
    const disk = memoryDisk();
    const { log } = await openLog({ disk, unsettledBytesMax: 300 });
    let refused = 0;
    for (let at = 0; at < 10; at++) {
      const batch = batchOf();
      if (log.append(batch, infoOf(batch, 0), 0).kind === 'rejected') refused++;
    }
    expect(refused).toBeGreaterThan(0);
    await settle();
    append(log, batchOf());
    expect(log.endOffset).toBe(11 - refused);
  });
});

describe('flush policies', () => {
  for (const flushPolicy of ['interval', 'os'] as const) {
    test(`${flushPolicy}: durable means written, and nothing is synced`, async () => {
      const operations: DiskOperationRecord[] = [];
      const { log, heard } = await openLog({ disk: new LossyDisk({ operations }), config: { flushPolicy } });
      operations.length = 0;
      append(log, batchOf());
      await settle();
      expect([log.durableEnd, log.syncedEnd, heard.durable]).toEqual([1, 0, 1]);
      expect(operations.filter(({ op, path }) => op === 'sync' && path.endsWith('.log'))).toEqual([]);
      await log.flush();
      expect(log.syncedEnd).toBe(1);
    });

    test(`${flushPolicy}: what is written during such a sync waits until there is as much again`, async () => {
      const operations: DiskOperationRecord[] = [];
      const { log } = await openLog({ disk: new LossyDisk({ operations }), config: { flushPolicy } });
      const bytes = batchOf({ valueBytes: 700_000 }).length;
      const batches = Math.ceil((3 * WRITE_BACK_BYTES) / bytes);
      for (let at = 0; at < batches; at++) {
        append(log, batchOf({ valueBytes: 700_000 }));
        while (log.writtenEnd < log.endOffset) await Promise.resolve();
      }
      await settle();
      const syncs = operations.filter(({ op, path }) => op === 'sync' && path.endsWith('.log'));
      expect(syncs.length).toBeLessThanOrEqual((batches * bytes) / WRITE_BACK_BYTES);
      expect(log.syncedEnd).toBeGreaterThan(0);
    });

    test(`${flushPolicy}: so many bytes that the system would stall over them are synced by and by`, async () => {
      const { log } = await openLog({ disk: memoryDisk(), config: { flushPolicy } });
      const batch = (): Buffer => batchOf({ valueBytes: 700_000 });
      for (let bytes = batch().length; bytes < WRITE_BACK_BYTES; bytes += batch().length)
        append(log, batch());
      await settle();
      expect(log.syncedEnd).toBe(0);
      append(log, batch());
      await settle();
      expect(log.syncedEnd).toBe(log.endOffset);
    });
  }

  test('interval: synced when the interval has passed', async () => {
    const { log } = await openLog({
      disk: memoryDisk(),
      config: { flushPolicy: 'interval', flushIntervalMs: 1000 },
    });
    append(log, batchOf());
    await settle();
    await log.flushIfDue(999);
    expect(log.syncedEnd).toBe(0);
    await log.flushIfDue(1000);
    expect(log.syncedEnd).toBe(1);
  });

  test('a change to fsync catches up with what was let go of, and takes nothing back', async () => {
    const { log, heard } = await openLog({
      disk: memoryDisk(),
      config: { flushPolicy: 'os' },
      tailBytesMax: 2000,
    });
    for (let at = 0; at < 100; at++) append(log, batchOf());
    await settle();
    log.configure({ ...log.config, flushPolicy: 'fsync' });
    expect(log.durableEnd).toBe(100);
    append(log, batchOf());
    await settle();
    expect([log.syncedEnd, log.durableEnd, heard.durable]).toEqual([101, 101, 101]);
  });
});

describe('read', () => {
  test('at once from memory; whole batches from the one that holds the offset', async () => {
    const { log } = await openLog({ disk: memoryDisk() });
    for (let at = 0; at < 10; at++) append(log, batchOf({ records: 3, tag: String(at) }));
    await settle();
    const read = log.read(4, { ...LIMITS, upTo: 9 });
    expect(read).not.toBeInstanceOf(Promise);
    const { parts, bytes, nextOffset } = await read;
    expect(split(Buffer.concat(parts)).map((batch) => baseOffset(batch, 0))).toEqual([3, 6]);
    expect([Buffer.concat(parts).length, nextOffset]).toEqual([bytes, 9]);
  });

  test('memory and disk give the same, whatever the limits', async () => {
    const config = { segmentBytes: 2000, indexIntervalBytes: 200 };
    const disk = memoryDisk();
    const { log } = await openLog({ disk, config, tailBytesMax: 0 });
    const sizes: number[] = [];
    for (let at = 0; at < 60; at++) {
      const batch = batchOf({ records: 1 + (at % 4), valueBytes: at % 7 === 0 ? 450 : 10 });
      sizes.push(batch.length);
      append(log, batch);
    }
    await settle();
    expect(log.segmentCount).toBeGreaterThan(5);
    const all = await readAll(log);
    expect(all.map((batch) => batch.length)).toEqual(sizes);
    for (let from = 0; from < log.endOffset; from++) {
      const first = all.findIndex((batch) => endOf(batch) > from);
      for (const maxBytes of [0, 100, 1000, 10_000]) {
        for (const upTo of [from + 1, log.endOffset - 3, log.endOffset + 9]) {
          const read = await log.read(from, { maxBytes, upTo, atLeastOneBatch: true });
          const got = split(Buffer.concat(read.parts));
          const fits = endOf(all[first]!) <= Math.min(upTo, log.endOffset);
          if (fits) expect(got.length).toBeGreaterThan(0);
          const expected = Buffer.concat(all.slice(first, first + got.length));
          expect(Buffer.concat(got).equals(expected)).toBe(true);
          expect(read.nextOffset).toBe(got.length === 0 ? from : endOf(got.at(-1)!));
          for (const batch of got) expect(endOf(batch)).toBeLessThanOrEqual(upTo);
          if (got.length > 1) expect(read.bytes).toBeLessThanOrEqual(maxBytes);
          const strict = await log.read(from, { maxBytes, upTo, atLeastOneBatch: false });
          expect(strict.bytes).toBeLessThanOrEqual(maxBytes);
        }
      }
    }
  });

  test('never beyond what is written', async () => {
    const { log } = await openLog({ disk: memoryDisk() });
    append(log, batchOf());
    expect(await log.read(0, LIMITS)).toEqual(nothingAt(0));
  });

  test('a view on the tail stays as it is when the bytes behind it are taken back and others come', async () => {
    const disk = new LossyDisk();
    const { log } = await openLog({ disk });
    append(log, batchOf({ tag: 'a' }));
    await settle();
    append(log, batchOf({ tag: 'b' }));
    disk.failNext('write', systemError('ENOSPC', 'write', 'x'));
    const { parts } = await log.read(0, LIMITS);
    const before = Buffer.concat(parts);
    await settle();
    append(log, batchOf({ tag: 'c' }));
    await settle();
    expect(Buffer.concat(parts)).toEqual(before);
    expect((await readAll(log)).length).toBe(2);
  });

  test('a read that races a truncation gets whole old batches or nothing', async () => {
    const { log, heard } = await openLog({ disk: memoryDisk(), tailBytesMax: 0 });
    for (let at = 0; at < 20; at++) append(log, batchOf({ tag: 'old' }));
    await settle();
    const old = Buffer.concat(await readAll(log));
    const reading = log.read(5, LIMITS);
    const truncating = log.truncateTo(10);
    const during = log.read(5, LIMITS);
    for (const read of [await reading, await during]) {
      const got = Buffer.concat(read.parts);
      expect(old.includes(got)).toBe(true);
    }
    await truncating;
    heard.truncated(10);
    append(log, batchOf({ tag: 'new' }));
    await settle();
    expect((await readAll(log)).length).toBe(11);
  });

  test('a read that meets a file cut short under it gives nothing, and the log goes on', async () => {
    const clock = manualClock(1_700_000_000_000);
    const latency = { read: 10, sync: 30 } as Partial<Record<DiskOperation, number>>;
    const disk = new LossyDisk({ clock, latencyMs: (op) => latency[op] ?? 0 });
    const opened = await during(clock, openLog({ disk, clock, tailBytesMax: 0 }));
    const { log } = opened;
    for (let at = 0; at < 20; at++) append(log, batchOf());
    await during(clock, log.flush());
    const reading = Promise.resolve(log.read(15, LIMITS));
    const truncating = log.truncateTo(10);
    expect(await during(clock, reading)).toEqual(nothingAt(15));
    await during(clock, truncating);
    expect([log.online, log.endOffset]).toEqual([true, 10]);
  });

  test('a read of a segment that retention deletes meanwhile still gives its batches', async () => {
    const config = { segmentBytes: 400, fileDeleteDelayMs: 10 };
    const { log, clock } = await openLog({ disk: memoryDisk(), config, tailBytesMax: 0 });
    for (let at = 0; at < 20; at++) append(log, batchOf());
    await settle();
    const reading = log.read(0, LIMITS);
    await log.deleteRecordsBefore(15);
    clock.advance(20);
    const read = await reading;
    expect([0, 1].includes(split(Buffer.concat(read.parts)).length > 0 ? 1 : 0)).toBe(true);
    expect(await log.read(0, LIMITS)).toEqual(nothingAt(0));
    expect(log.startOffset).toBe(15);
  });
});

describe('look-up by time', () => {
  test.each(['none', 'gzip'] as const)('finds the record, not the batch (%s)', async (codec) => {
    const { Compression } = await import('../../../../src/records/compression/compression.js');
    const compression = new Compression();
    await compression.loadAll();
    const { log } = await openLog({
      disk: memoryDisk(),
      config: { segmentBytes: 1500, indexIntervalBytes: 100 },
    });
    const times: number[] = [];
    for (let at = 0; at < 40; at++) {
      // Rising with relapses: producers' clocks disagree.
      const timestamps = [1000 + at * 10, 1000 + at * 10 - 55, 1000 + at * 10 + 3];
      times.push(...timestamps);
      append(log, batchOf({ timestamps, codec: codec === 'gzip' ? 1 : 0, compression }));
    }
    await settle();
    for (let time = 900; time <= 1400; time++) {
      const offset = times.findIndex((each) => each >= time);
      const found = await log.offsetForTimestamp(time);
      expect(found?.offset ?? -1, `at ${time}`).toBe(offset);
      if (found !== null) expect(found.timestamp).toBe(times[offset]);
    }
    expect(await log.maxTimestamp()).toEqual({ offset: 39 * 3 + 2, timestamp: 1393, epoch: 0 });
    await log.deleteRecordsBefore(50);
    expect((await log.offsetForTimestamp(0))?.offset).toBe(50);
  });
});

describe('roll', () => {
  test('by size, by time between records, and by the index', async () => {
    const { log } = await openLog({
      disk: memoryDisk(),
      config: { segmentMs: 1000, segmentIndexBytes: 40, indexIntervalBytes: 0 },
    });
    append(log, batchOf({ timestamps: [10_000] }));
    append(log, batchOf({ timestamps: [11_000] }));
    expect(log.segmentCount).toBe(1);
    append(log, batchOf({ timestamps: [11_001] }));
    expect(log.segmentCount).toBe(2);
    for (let at = 0; at < 20; at++) append(log, batchOf({ timestamps: [11_001] }));
    expect(log.segmentCount).toBeGreaterThan(3);
    await settle();
    expect((await readAll(log)).length).toBe(23);
  });

  test('the old file is synced, and the new one named, before the first byte of the new one is written', async () => {
    const operations: DiskOperationRecord[] = [];
    const disk = new LossyDisk({ operations });
    // Under this policy nobody else syncs.
    const { log } = await openLog({ disk, config: { segmentBytes: 200, flushPolicy: 'os' } });
    operations.length = 0;
    for (let at = 0; at < 4; at++) append(log, batchOf());
    await settle();
    const steps = operations.map(({ op, path }) => `${op} ${path.slice(-8)}`);
    const write = steps.indexOf('write 0002.log');
    expect(steps.indexOf('write 0000.log')).toBeLessThan(steps.indexOf('sync 0000.log'));
    for (const before of ['sync 0000.log', 'open 0002.log', 'syncDir orders-0']) {
      expect(steps.indexOf(before)).toBeGreaterThanOrEqual(0);
      expect(steps.indexOf(before)).toBeLessThan(write);
    }
  });

  test('appends go on while the new file is being made; nothing of it is durable before its name', async () => {
    const operations: DiskOperationRecord[] = [];
    const disk = new LossyDisk({ operations });
    const { log } = await openLog({ disk, config: { segmentBytes: 200 } });
    append(log, batchOf());
    append(log, batchOf());
    await settle();
    operations.length = 0;
    append(log, batchOf({ tag: 'next' }));
    append(log, batchOf({ tag: 'next' }));
    await settle();
    expect(log.durableEnd).toBe(4);
    const steps = operations
      .filter(({ path }) => path.endsWith('.log') || path === DIRECTORY)
      .map(({ op, path }) => `${op} ${path.slice(-8)}`);
    const write = steps.indexOf('write 0002.log');
    expect(steps.indexOf('open 0002.log')).toBeLessThan(steps.indexOf('syncDir orders-0'));
    expect(steps.indexOf('syncDir orders-0')).toBeLessThan(write);
    expect(steps.indexOf('sync 0002.log')).toBeGreaterThan(write);
  });
});

describe('failures', () => {
  test('a full disk takes back what is not written, tells so, and heals', async () => {
    const disk = new LossyDisk();
    const { log, heard } = await openLog({ disk });
    append(log, batchOf({ producerId: 1, producerEpoch: 0, baseSequence: 0 }));
    await settle();
    disk.full(50);
    append(log, batchOf({ producerId: 1, producerEpoch: 0, baseSequence: 1 }));
    append(log, batchOf({ producerId: 1, producerEpoch: 0, baseSequence: 2 }));
    log.beginEpoch(9);
    await settle();
    expect(heard.lost).toEqual([{ from: 1, error: ErrorCode.KAFKA_STORAGE_ERROR }]);
    expect([log.endOffset, log.online, log.latestEpoch]).toEqual([1, true, 9]);
    expect(log.epochs.entries()).toEqual([
      { epoch: 0, startOffset: 0 },
      { epoch: 9, startOffset: 1 },
    ]);
    disk.full(Number.POSITIVE_INFINITY);
    append(log, batchOf({ producerId: 1, producerEpoch: 0, baseSequence: 1 }), 9);
    await settle();
    expect([log.durableEnd, heard.durable]).toEqual([2, 2]);
  });

  test('a roll that finds the disk full leaves the old segment as it was', async () => {
    const disk = new LossyDisk();
    const { log, heard } = await openLog({ disk, config: { segmentBytes: 200 } });
    append(log, batchOf());
    append(log, batchOf());
    await settle();
    disk.failNext('open', systemError('ENOSPC', 'open', 'x'));
    append(log, batchOf({ tag: 'x' }));
    await settle();
    expect([heard.lost.length, log.endOffset, log.segmentCount, log.online]).toEqual([1, 2, 1, true]);
    append(log, batchOf({ tag: 'y' }));
    await settle();
    expect([log.durableEnd, log.segmentCount]).toEqual([3, 2]);
    expect((await readAll(log)).length).toBe(3);
  });

  test('a close that cannot write the indexes is not clean', async () => {
    const disk = new LossyDisk();
    const { log, checkpoints } = await openLog({ disk });
    append(log, batchOf());
    await log.flush();
    disk.failNext('open', systemError('ENOSPC', 'open', 'x'));
    await log.close();
    await checkpoints.checkpoint();
    expect([log.closedClean, checkpoints.recoveryPoint]).toEqual([false, 0]);
  });

  test('a truncation that fails takes the log offline, with its recovery point below what may be gone', async () => {
    const disk = new LossyDisk();
    const { log, checkpoints } = await openLog({ disk });
    for (let at = 0; at < 10; at++) append(log, batchOf());
    await log.flush();
    disk.failNext('truncate', systemError('ENOSPC', 'ftruncate', 'x'));
    await expect(log.truncateTo(4)).rejects.toThrow(/ENOSPC/);
    await checkpoints.checkpoint();
    expect([log.online, checkpoints.recoveryPoint]).toEqual([false, 3]);
  });

  test('what a failed roll left behind is gone before the old segment grows past its name', async () => {
    const disk = new LossyDisk();
    const { log } = await openLog({ disk, config: { segmentBytes: 200 } });
    append(log, batchOf());
    append(log, batchOf());
    await settle();
    const next = `${DIRECTORY}/00000000000000000002.log`;
    const stray = await disk.open(next, { create: true });
    await stray.write([Buffer.from('stray')], 0);
    await stray.close();
    disk.failNext('truncate', systemError('ENOSPC', 'ftruncate', next));
    append(log, batchOf());
    await settle();
    expect([log.online, log.endOffset, log.segmentCount]).toEqual([true, 2, 1]);
    await expect(disk.readFile(next)).rejects.toThrow(/ENOENT/);
  });

  test('a sync that fails takes the log offline: nothing more is durable', async () => {
    const disk = new LossyDisk();
    const { log, heard, checkpoints } = await openLog({ disk });
    append(log, batchOf());
    await settle();
    disk.failSync((path) => path.endsWith('.log'));
    append(log, batchOf());
    await settle();
    expect([log.online, log.durableEnd, heard.durable]).toEqual([false, 1, 1]);
    expect(heard.lost).toEqual([{ from: 1, error: ErrorCode.KAFKA_STORAGE_ERROR }]);
    expect(checkpoints.offline.length).toBe(1);
    const batch = batchOf();
    expect(log.append(batch, infoOf(batch, 0), 0)).toMatchObject({ error: ErrorCode.KAFKA_STORAGE_ERROR });
    await log.close();
    expect(log.closedClean).toBe(false);
  });
});

describe('getting shorter', () => {
  test('truncation cuts at the batch, and takes producers and epochs along', async () => {
    const { log, heard } = await openLog({ disk: memoryDisk(), config: { segmentBytes: 300 } });
    for (let at = 0; at < 12; at++) {
      append(
        log,
        batchOf({ records: 2, producerId: 5, producerEpoch: 0, baseSequence: at * 2 }),
        at < 6 ? 1 : 2,
      );
    }
    await settle();
    const before = await readAll(log);
    await log.truncateTo(9);
    heard.truncated(8);
    expect(log.endOffset).toBe(8);
    expect(log.epochs.entries()).toEqual([{ epoch: 1, startOffset: 0 }]);
    expect(await readAll(log)).toEqual(before.slice(0, 4));
    // The producer goes on where the log now ends.
    expect(append(log, batchOf({ records: 2, producerId: 5, producerEpoch: 0, baseSequence: 8 }), 3)).toEqual(
      [8, 9],
    );
    await settle();
    expect(log.durableEnd).toBe(10);
    await log.truncateFullyAndStartAt(100);
    expect([log.startOffset, log.endOffset, log.producers.size, log.latestEpoch]).toEqual([100, 100, 0, -1]);
    append(log, batchOf(), 4);
    await settle();
    expect(log.durableEnd).toBe(101);
  });

  test('the journal does not give back what a truncation took', async () => {
    const disk = new LossyDisk();
    const limits = { directLogsMax: 0 };
    const checkpoints = new Checkpointed();
    const { log, committer, heard } = await openLog({ disk, limits, checkpoints });
    for (let at = 0; at < 5; at++) {
      append(log, batchOf({ tag: 'old' }));
      // The first rounds go without the journal, which is being made.
      for (let turn = 0; turn < 20; turn++) await settle();
    }
    expect(committer.counters.journalRounds).toBeGreaterThan(0);
    await log.truncateTo(2);
    heard.truncated(2);
    append(log, batchOf({ tag: 'new' }), 1);
    await log.flush();
    const expected = await readAll(log);
    const again = await openLog({ disk: disk.crash(new Prng(SEED)), limits, checkpoints });
    expect(await readAll(again.log)).toEqual(expected);
  });

  test('a crash in the middle of a truncation finds no record missing below the recovery point', async () => {
    for (let crashAt = 0; crashAt < 60; crashAt++) {
      const disk = new LossyDisk();
      const checkpoints = new Checkpointed();
      const config = { segmentBytes: 300 };
      const { log } = await openLog({ disk, checkpoints, config });
      for (let at = 0; at < 12; at++) append(log, batchOf());
      await log.flush();
      await settle();
      await checkpoints.checkpoint();
      expect(checkpoints.recoveryPoint).toBe(11);
      void log.truncateTo(5);
      for (let turn = 0; turn < crashAt; turn++) await Promise.resolve();
      const again = await openLog({ disk: disk.crash(new Prng(SEED + crashAt)), checkpoints, config });
      expect(again.log.endOffset).toBeGreaterThanOrEqual(5);
    }
  });

  test('a deletion of records that could not be made durable does not succeed the second time either', async () => {
    const disk = new LossyDisk();
    let isFull = true;
    const checkpoints = new Checkpointed();
    const { log } = await openLog({ disk, checkpoints });
    for (let at = 0; at < 5; at++) append(log, batchOf());
    await log.flush();
    checkpoints.checkpoint = async () => {
      if (isFull) throw systemError('ENOSPC', 'write', 'checkpoint');
    };
    await expect(log.deleteRecordsBefore(3)).rejects.toThrow(/ENOSPC/);
    await expect(log.deleteRecordsBefore(3)).rejects.toThrow(/ENOSPC/);
    isFull = false;
    await log.deleteRecordsBefore(3);
    expect([log.startOffset, log.online]).toEqual([3, true]);
  });

  test('deleting the log tells those who wait', async () => {
    const disk = new LossyDisk();
    const { log, heard } = await openLog({ disk });
    append(log, batchOf());
    await log.delete();
    expect(heard.lost).toEqual([{ from: 0, error: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }]);
    const batch = batchOf();
    expect(log.append(batch, infoOf(batch, 0), 0)).toMatchObject({ error: ErrorCode.NOT_LEADER_OR_FOLLOWER });
  });

  test('retention by size and by time, the active segment too; files are renamed, then removed', async () => {
    const disk = memoryDisk();
    const config = { segmentBytes: 200, retentionBytes: 400, retentionMs: -1, fileDeleteDelayMs: 1000 };
    const { log, clock } = await openLog({ disk, config });
    for (let at = 0; at < 20; at++) append(log, batchOf());
    await settle();
    const removed = await log.retain(clock.now(), log.durableEnd);
    expect(removed).toBeGreaterThan(5);
    expect(log.sizeBytes).toBeLessThan(700);
    const names = async (): Promise<string[]> => (await disk.list(DIRECTORY)).map((entry) => entry.name);
    expect((await names()).filter((name) => name.endsWith('.log.deleted')).length).toBe(removed);
    clock.advance(1000);
    await settle();
    expect((await names()).filter((name) => name.endsWith('.deleted'))).toEqual([]);
    log.configure({ ...log.config, retentionMs: 10 });
    await log.retain(clock.now() + 1_000_000, log.durableEnd);
    expect([log.startOffset, log.segmentCount, log.sizeBytes]).toEqual([20, 1, 0]);
    append(log, batchOf());
    await settle();
    expect((await readAll(log)).length).toBe(1);
  });

  test('retention never passes the high watermark', async () => {
    const { log, clock } = await openLog({
      disk: memoryDisk(),
      config: { segmentBytes: 200, retentionMs: 1 },
    });
    for (let at = 0; at < 10; at++) append(log, batchOf());
    await settle();
    await log.retain(clock.now() + 1_000_000, 5);
    expect(log.startOffset).toBe(4);
  });
});

describe('reopening', () => {
  test('after a clean stop nothing is scanned, and everything is as it was', async () => {
    const operations: DiskOperationRecord[] = [];
    const disk = new LossyDisk({ operations });
    const checkpoints = new Checkpointed();
    const config = { segmentBytes: 50_000 };
    const { log } = await openLog({ disk, checkpoints, config });
    for (let at = 0; at < 400; at++) {
      append(log, batchOf({ records: 5, producerId: 3, producerEpoch: 0, baseSequence: at * 5 }), 2);
    }
    await settle();
    const before = await readAll(log);
    const producers = [...log.producers.entries()];
    await log.close();
    expect(log.closedClean).toBe(true);
    await checkpoints.checkpoint();
    expect(checkpoints.recoveryPoint).toBe(2000);
    operations.length = 0;
    const again = await openLog({ disk, checkpoints, config, isClean: true });
    const logReads = operations.filter(({ op, path }) => op === 'read' && path.endsWith('.log'));
    expect(logReads.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(100);
    expect([...again.log.producers.entries()]).toEqual(producers);
    expect(again.log.epochs.entries()).toEqual([{ epoch: 2, startOffset: 0 }]);
    expect(again.log.endOffset).toBe(2000);
    expect(Buffer.concat(await readAll(again.log)).equals(Buffer.concat(before))).toBe(true);
    append(again.log, batchOf({ producerId: 3, producerEpoch: 0, baseSequence: 2000 }), 3);
    await settle();
    expect(again.log.durableEnd).toBe(2001);
  });

  test('damage below the recovery point is loud, and changes nothing', async () => {
    const disk = memoryDisk();
    const checkpoints = new Checkpointed();
    const { log } = await openLog({ disk, checkpoints });
    for (let at = 0; at < 10; at++) append(log, batchOf());
    await log.close();
    await checkpoints.checkpoint();
    const file = await disk.open(`${DIRECTORY}/00000000000000000000.log`);
    await file.write([Buffer.from([0xff])], 300);
    await file.close();
    const bytes = await disk.readFile(`${DIRECTORY}/00000000000000000000.log`);
    await expect(openLog({ disk, checkpoints, isClean: false })).rejects.toThrow(/checksum|byte/);
    expect(await disk.readFile(`${DIRECTORY}/00000000000000000000.log`)).toEqual(bytes);
  });
});
