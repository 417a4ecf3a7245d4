import fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { nodeDisk } from '../../../src/ports/node/disk.js';
import { Workshop } from './bundle.js';

const workshop = new Workshop();
afterAll(() => workshop.clear());

// Linux has a file whose writes fail with ENOSPC and whose syncs fail with EINVAL.
describe.runIf(process.platform === 'linux')('/dev/full', () => {
  test('a failed write tells the system’s error, and the file may be written again', async () => {
    const file = await nodeDisk().open('/dev/full');
    await expect(file.write([Buffer.from('x')], 0)).rejects.toMatchObject({ code: 'ENOSPC' });
    await expect(file.write([Buffer.from('x')], 0)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(file.size).toBe(0);
    await file.close();
  });

  test('a failed sync condemns the file for good, for every handle of this disk, and for no other file', async () => {
    const disk = nodeDisk();
    const [file, other] = [await disk.open('/dev/full'), await disk.open('/dev/full')];
    const failure: unknown = await file.sync().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'EINVAL', syscall: 'fdatasync' });
    const later = await disk.open('/dev/full');
    for (const handle of [file, other, later]) {
      await expect(handle.sync()).rejects.toBe(failure);
      await expect(handle.write([Buffer.from('x')], 0)).rejects.toBe(failure);
      await expect(handle.truncate(0)).rejects.toBe(failure);
      expect(await handle.read(Buffer.alloc(3), 0)).toBe(3);
      await handle.close();
    }
    const sound = await disk.open(join(workshop.directory, 'sound'), { create: true });
    await sound.sync();
    await sound.close();
  });
});

test('of two syncs that wait together, the second does not begin after the first has failed', async () => {
  // Handles share a verdict, so a sync in line must look again when its turn comes.
  if (process.platform !== 'linux') return;
  const disk = nodeDisk({ maxSyncsInFlight: 1 });
  const [one, two] = [await disk.open('/dev/full'), await disk.open('/dev/full')];
  const [first, second] = await Promise.allSettled([one.sync(), two.sync()]);
  expect(first.status).toBe('rejected');
  expect((second as PromiseRejectedResult).reason).toBe((first as PromiseRejectedResult).reason);
  await Promise.all([one.close(), two.close()]);
});

test('a descriptor is not given back while a read of it waits in the pool', async () => {
  const disk = nodeDisk();
  const path = (at: number): string => join(workshop.directory, `reuse-${at}`);
  for (let at = 0; at < 40; at++) {
    const file = await disk.open(path(at), { create: true });
    await file.write([Buffer.alloc(64, at + 1)], 0);
    await file.close();
  }
  // Many reads, a close behind them and an open behind that, again and again: the kernel hands the lowest number out at once.
  for (let at = 0; at < 39; at++) {
    const file = await disk.open(path(at));
    const reads = Array.from({ length: 30 }, async () => {
      const target = Buffer.alloc(64);
      await file.read(target, 0);
      return target;
    });
    const closed = file.close();
    const next = await disk.open(path(at + 1));
    for (const target of await Promise.all(reads)) expect(target.every((byte) => byte === at + 1)).toBe(true);
    await closed;
    await next.close();
  }
});

/** Lets `fs.fdatasync` and `fs.fsync` go on as they are, and counts how many are under way. */
function countSyncs(): { mostAtOnce: number; restore: () => void } {
  const real = { fdatasync: fs.fdatasync, fsync: fs.fsync };
  const count = { mostAtOnce: 0, restore: () => Object.assign(fs, real) };
  let atOnce = 0;
  const counting = (sync: typeof fs.fsync) => (descriptor: number, done: fs.NoParamCallback) => {
    atOnce++;
    count.mostAtOnce = Math.max(count.mostAtOnce, atOnce);
    sync(descriptor, (error) => {
      atOnce--;
      done(error);
    });
  };
  Object.assign(fs, { fdatasync: counting(real.fdatasync), fsync: counting(real.fsync) });
  return count;
}

test.each([
  ['unless told otherwise', {}, 2],
  ['asked for one', { maxSyncsInFlight: 1 }, 1],
  ['asked for more than leaves a thread free', { maxSyncsInFlight: 64 }, 3],
] as const)('syncs of files and directories under way at once: %s', async (_, options, allowed) => {
  const disk = nodeDisk(options);
  const files = await Promise.all(
    Array.from({ length: 12 }, (_, at) =>
      disk.open(join(workshop.directory, `sync-${at}`), { create: true }),
    ),
  );
  const directories = Array.from({ length: 4 }, (_, at) => join(workshop.directory, `dir-${at}`));
  for (const directory of directories) await disk.makeDir(directory);
  const count = countSyncs();
  try {
    await Promise.all([
      ...files.map((file) => file.sync()),
      ...directories.map((directory) => disk.syncDir(directory)),
    ]);
    expect(count.mostAtOnce).toBe(allowed);
  } finally {
    count.restore();
  }
  await Promise.all(files.map((file) => file.close()));
});

describe('the system does less than it was asked for', () => {
  type Vectors = readonly NodeJS.ArrayBufferView[];
  type Done = (error: Error | null, bytes: number) => void;

  /** Runs `check` while fs.writev and fs.read do at most `bytes` at a time. */
  async function withShortCalls(bytes: number, check: () => Promise<void>): Promise<void> {
    const real = { writev: fs.writev, read: fs.read };
    const writev = (descriptor: number, parts: Vectors, position: number, done: Done): void => {
      const some = Buffer.concat(parts as readonly Uint8Array[]).subarray(0, bytes);
      if (bytes === 0) setImmediate(() => done(null, 0));
      else real.writev(descriptor, [some], position, done);
    };
    const read = (
      descriptor: number,
      target: Uint8Array,
      offset: number,
      length: number,
      position: number,
      done: Done,
    ): void => real.read(descriptor, target, offset, Math.min(length, bytes), position, done);
    Object.assign(fs, { writev, read });
    try {
      await check();
    } finally {
      Object.assign(fs, real);
    }
  }

  test.each([1, 2, 7, 64])('%d bytes at a time, a write and a read still do all', async (bytes) => {
    const file = await nodeDisk().open(join(workshop.directory, `short-${bytes}`), { create: true });
    const parts = ['', 'the ', 'quick', '', ' brown fox jumps over the lazy dog', ''].map((text) =>
      Buffer.from(text),
    );
    const target = Buffer.alloc(100);
    await withShortCalls(bytes, async () => {
      await file.write(parts, 3);
      expect(await file.read(target, 3)).toBe(43);
    });
    expect(target.subarray(0, 43).toString()).toBe('the quick brown fox jumps over the lazy dog');
    expect(file.size).toBe(46);
    await file.close();
  });

  test('nothing at all: the write fails instead of trying for ever', async () => {
    const file = await nodeDisk().open(join(workshop.directory, 'nothing'), { create: true });
    await withShortCalls(0, async () => {
      await expect(file.write([Buffer.from('abc')], 0)).rejects.toThrow('wrote nothing');
    });
    expect(file.size).toBe(0);
    await file.close();
  });
});

test('callers who wait for a sync of one file share it', async () => {
  const file = await nodeDisk().open(join(workshop.directory, 'shared'), { create: true });
  let calls = 0;
  const real = fs.fdatasync;
  const counting = (descriptor: number, done: fs.NoParamCallback): void => {
    calls++;
    real(descriptor, done);
  };
  Object.assign(fs, { fdatasync: counting });
  try {
    // The first begins at once; the other nine come while it runs, and share the next.
    await Promise.all(Array.from({ length: 10 }, () => file.sync()));
  } finally {
    Object.assign(fs, { fdatasync: real });
  }
  expect(calls).toBe(2);
  await file.close();
});

test.skipIf(process.platform !== 'linux')(
  'a directory that the system will not have is refused, not tried for ever',
  async () => {
    await expect(nodeDisk().makeDir('/proc/millrace/data')).rejects.toMatchObject({ code: 'ENOENT' });
  },
);
