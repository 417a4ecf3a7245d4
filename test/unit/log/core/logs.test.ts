import { describe, expect, test } from 'vitest';
import { Prng } from '../../../../src/base/prng.js';
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../../../../src/log/config.js';
import type { Log } from '../../../../src/log/log.js';
import { Logs, type LogsOptions } from '../../../../src/log/logs.js';
import type { Disk } from '../../../../src/ports/disk.js';
import { SILENT_LOGGER } from '../../../../src/ports/logger.js';
import { manualClock } from '../../../../src/ports/memory/clock.js';
import { memoryDisk } from '../../../../src/ports/memory/disk.js';
import { type DiskOperationRecord, LossyDisk } from '../../../../src/ports/memory/lossy-disk.js';
import { Compression } from '../../../../src/records/compression/compression.js';
import { append, batchOf, readAll, SEED, settle } from './harness.js';

const ID = (at: number): string => `AAAAAAAAAAAAAAAAAAAA${String(at).padStart(2, '0')}`;
const MARKER = '.kafka_cleanshutdown';

async function openLogs(disk: Disk, changes: Partial<LogsOptions> & { config?: Partial<LogConfig> } = {}) {
  const { config, ...options } = changes;
  const directories = options.directories ?? ['/data'];
  for (const directory of directories) await disk.makeDir(directory);
  await disk.syncDir('/');
  const clock = manualClock(1_700_000_000_000);
  const settings = { ...DEFAULT_LOG_CONFIG, ...config };
  const logs = await Logs.open({
    disk,
    clock,
    logger: SILENT_LOGGER,
    compression: new Compression(),
    configOf: () => settings,
    ...options,
    directories,
  });
  return { logs, clock, settings };
}

const names = async (disk: Disk, directory = '/data'): Promise<string[]> =>
  (await disk.list(directory)).map((entry) => entry.name);

async function contents(log: Log | undefined): Promise<Buffer> {
  return Buffer.concat(await readAll(log!));
}

describe('create', () => {
  test('many at once share the sync of their directory, and survive a loss of power', async () => {
    const operations: DiskOperationRecord[] = [];
    const disk = new LossyDisk({ operations });
    const { logs, settings } = await openLogs(disk);
    operations.length = 0;
    await Promise.all(Array.from({ length: 50 }, (_, at) => logs.create('orders', at, ID(at), settings)));
    const syncs = operations.filter(({ op, path }) => op === 'syncDir' && path === '/data');
    expect(syncs.length).toBeLessThanOrEqual(3);
    const again = await openLogs(disk.crash(new Prng(SEED)));
    const found = [...again.logs.all()].map((log) => `${log.name} ${log.topicId} ${log.endOffset}`);
    expect(found.sort()).toEqual(Array.from({ length: 50 }, (_, at) => `orders-${at} ${ID(at)} 0`).sort());
  });

  test('goes where the fewest are', async () => {
    const disk = new LossyDisk();
    const { logs, settings } = await openLogs(disk, { directories: ['/a', '/b', '/c'] });
    await Promise.all(Array.from({ length: 7 }, (_, at) => logs.create('t', at, ID(1), settings)));
    expect(logs.directories.map((directory) => directory.logCount)).toEqual([3, 2, 2]);
  });

  test('a crash at any moment leaves the log, or a place to make it', async () => {
    for (let crashAt = 0; crashAt < 50; crashAt++) {
      const disk = new LossyDisk();
      const { logs, settings } = await openLogs(disk);
      let isMade = false;
      void logs.create('orders', 0, ID(1), settings).then(() => {
        isMade = true;
      });
      for (let turn = 0; turn < crashAt; turn++) await Promise.resolve();
      const prng = new Prng(SEED + crashAt);
      const left = crashAt % 2 === 0 ? disk.crash(prng) : disk.kill(prng);
      const again = await openLogs(left);
      const found = again.logs.get('orders', 0);
      if (isMade) expect(found?.topicId).toBe(ID(1));
      const log = found ?? (await again.logs.create('orders', 0, ID(1), settings));
      append(log, batchOf());
      await log.flush();
      const last = await openLogs(left.crash(prng));
      expect(last.logs.get('orders', 0)?.endOffset).toBe(1);
    }
  });
});

describe('delete', () => {
  test('the name is free at once and for good; a new log of the name knows nothing of the old', async () => {
    const disk = new LossyDisk();
    const { logs, settings, clock } = await openLogs(disk, { checkpointMs: 0 });
    const old = await logs.create('orders', 0, ID(1), settings);
    for (let at = 0; at < 9; at++) append(old, batchOf());
    await old.flush();
    await logs.tick(clock.now());
    await logs.delete('orders', 0);
    expect(logs.get('orders', 0)).toBeUndefined();
    const log = await logs.create('orders', 0, ID(2), settings);
    append(log, batchOf());
    await log.flush();
    const expected = await contents(log);
    const crashed = disk.crash(new Prng(SEED));
    const again = await openLogs(crashed);
    expect(again.logs.get('orders', 0)?.topicId).toBe(ID(2));
    expect(await contents(again.logs.get('orders', 0))).toEqual(expected);
    await again.logs.close();
    expect((await names(crashed)).filter((name) => name.endsWith('-delete'))).toEqual([]);
  });

  test('its files go after file.delete.delay.ms', async () => {
    const disk = new LossyDisk();
    const { logs, clock } = await openLogs(disk);
    await logs.create('orders', 0, ID(1), { ...DEFAULT_LOG_CONFIG, fileDeleteDelayMs: 500 });
    await logs.delete('orders', 0);
    clock.advance(499);
    await settle();
    expect(await names(disk)).toContain(`orders-0.${ID(1)}-delete`);
    clock.advance(1);
    await settle();
    expect((await names(disk)).filter((name) => name.startsWith('orders-0'))).toEqual([]);
  });
});

describe('stopping and starting', () => {
  test('the marker of a clean stop is there while the broker is not, and never after a crash', async () => {
    const disk = new LossyDisk();
    const first = await openLogs(disk);
    const log = await first.logs.create('orders', 0, ID(1), first.settings);
    append(log, batchOf());
    await first.logs.close();
    expect(await names(disk)).toContain(MARKER);
    const second = await openLogs(disk);
    expect(await names(disk)).not.toContain(MARKER);
    append(second.logs.get('orders', 0)!, batchOf());
    await second.logs.get('orders', 0)!.flush();
    const crashed = disk.crash(new Prng(SEED));
    expect(await names(crashed)).not.toContain(MARKER);
    const third = await openLogs(crashed);
    expect(third.logs.get('orders', 0)?.endOffset).toBe(2);
  });

  test('a damaged log stays shut and keeps its checkpoint; the others open', async () => {
    const disk = new LossyDisk();
    const first = await openLogs(disk);
    for (const at of [0, 1]) {
      const log = await first.logs.create('orders', at, ID(at), first.settings);
      for (let batch = 0; batch < 5; batch++) append(log, batchOf());
    }
    await first.logs.close();
    const file = await disk.open('/data/orders-1/00000000000000000000.log');
    await file.write([Buffer.from([0xff])], 100);
    await file.close();
    await disk.remove(`/data/${MARKER}`);
    const second = await openLogs(disk);
    expect(second.logs.get('orders', 1)).toBeUndefined();
    expect(second.logs.get('orders', 0)?.endOffset).toBe(5);
    await expect(second.logs.create('orders', 1, ID(1), second.settings)).rejects.toThrow(
      /all below offset 5 was durable/,
    );
    await second.logs.close();
    expect(await names(disk)).not.toContain(MARKER);
    expect(String(await disk.readFile('/data/recovery-point-offset-checkpoint'))).toContain('orders 1 5');
  });

  test('records without a topic id are not taken for an unfinished log', async () => {
    const disk = new LossyDisk();
    const first = await openLogs(disk);
    append(await first.logs.create('orders', 0, ID(1), first.settings), batchOf());
    await first.logs.close();
    await disk.remove('/data/orders-0/partition.metadata');
    const second = await openLogs(disk);
    expect(second.logs.get('orders', 0)).toBeUndefined();
    expect(await names(disk)).toContain('orders-0');
  });
});

describe('failing directories', () => {
  test('one that fails goes offline as a whole, and the others go on', async () => {
    const disk = new LossyDisk();
    const { logs, settings } = await openLogs(disk, { directories: ['/a', '/b'] });
    const made: Log[] = [];
    for (let at = 0; at < 4; at++) made.push(await logs.create('t', at, ID(1), settings));
    disk.failSync((path) => path.startsWith('/a/t-0/') && path.endsWith('.log'));
    append(made[0]!, batchOf());
    await settle();
    expect(made.map((log) => log.online)).toEqual(made.map((log) => log.directory.startsWith('/b')));
    append(made.find((log) => log.online)!, batchOf());
    const log = await logs.create('t', 9, ID(1), settings);
    expect(log.directory).toBe('/b/t-9');
    await logs.close();
    expect(await names(disk, '/a')).not.toContain(MARKER);
    expect(await names(disk, '/b')).toContain(MARKER);
  });

  test('one that cannot be opened is left out', async () => {
    const disk = new LossyDisk();
    const { logs } = await openLogs(disk, { directories: ['/a', '/b'] });
    await logs.close();
    disk.failNext('readFile', Object.assign(new Error('EIO'), { code: 'EIO' }));
    const again = await openLogs(disk, { directories: ['/a', '/b'] });
    expect(again.logs.shutDirectories.map(({ path }) => path)).toEqual(['/a']);
    expect((await again.logs.create('t', 0, ID(1), again.settings)).directory).toBe('/b/t-0');
  });
});

test('a tick does what is due', async () => {
  const disk = new LossyDisk();
  const { logs, settings, clock } = await openLogs(disk, {
    config: {
      flushPolicy: 'interval',
      flushIntervalMs: 100,
      segmentBytes: 200,
      retentionBytes: 300,
      fileDeleteDelayMs: 0,
    },
    retentionCheckMs: 1000,
    checkpointMs: 2000,
    producerIdExpirationMs: 1500,
  });
  const log = await logs.create('orders', 0, ID(1), settings);
  for (let at = 0; at < 10; at++) append(log, batchOf({ producerId: 4, producerEpoch: 0, baseSequence: at }));
  await settle();
  expect([log.durableEnd, log.syncedEnd < 10]).toEqual([10, true]);
  clock.advance(100);
  await logs.tick(clock.now());
  expect([log.syncedEnd, log.startOffset]).toEqual([10, 0]);
  clock.advance(900);
  await logs.tick(clock.now());
  expect(log.startOffset).toBeGreaterThan(5);
  expect(log.producers.size).toBe(1);
  clock.advance(2000);
  await logs.tick(clock.now());
  expect(log.producers.size).toBe(0);
  const checkpoint = String(await disk.readFile('/data/recovery-point-offset-checkpoint'));
  expect(checkpoint).toBe(`0\n1\norders 0 ${log.recoveryPoint}\n`);
  expect(log.recoveryPoint).toBeGreaterThanOrEqual(8);
});

describe('the sync journal', () => {
  test.each([
    ['takes the rounds of many logs where a sync costs something', () => new LossyDisk(), true],
    ['is not made in memory, where it would hold every byte twice', () => memoryDisk(), false],
  ] as const)('%s', async (_what, makeDisk, isJournaled) => {
    const disk: Disk = makeDisk();
    const { logs, settings } = await openLogs(disk);
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, at) => logs.create('orders', at, ID(at), settings)),
    );
    for (let round = 0; round < 5; round++) {
      for (const log of all) append(log, batchOf({ tag: `${log.name} ${round}` }));
      while (all.some((log) => log.durableEnd < log.endOffset)) await settle();
    }
    expect(logs.directories[0]!.commits.journalRounds > 0).toBe(isJournaled);
  });
});
