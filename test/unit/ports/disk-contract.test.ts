/**
 * What every fitting of the disk promises, as one table walked over all of them. What differs by nature (what a power loss leaves,
 * who else may hold a lock) is tested beside its fitting.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { InvariantError } from '../../../src/base/assert.js';
import { UserError } from '../../../src/base/errors.js';
import { Prng } from '../../../src/base/prng.js';
import type { Disk } from '../../../src/ports/disk.js';
import { manualClock } from '../../../src/ports/memory/clock.js';
import { memoryDisk } from '../../../src/ports/memory/disk.js';
import { LossyDisk } from '../../../src/ports/memory/lossy-disk.js';
import { nodeDisk } from '../../../src/ports/node/disk.js';

interface Place {
  readonly disk: Disk;
  /** An empty directory. */
  readonly root: string;
}

type Row = readonly [behaviour: string, check: (place: Place) => Promise<void>];

const TEXT = 'the quick brown fox';

const rows: readonly Row[] = [
  [
    'a written file is read back, whole and in part',
    async ({ disk, root }) => {
      const file = await disk.open(join(root, 'a'), { create: true });
      expect(file.path).toBe(join(root, 'a'));
      expect(file.size).toBe(0);
      await file.write([Buffer.from('the quick '), Buffer.alloc(0), Buffer.from('brown fox')], 0);
      expect(file.size).toBe(TEXT.length);
      expect(await textOf(disk, join(root, 'a'))).toBe(TEXT);
      const part = Buffer.alloc(5);
      expect(await file.read(part, 4)).toBe(5);
      expect(part.toString()).toBe('quick');
      await file.close();
    },
  ],
  [
    'a read at and beyond the end is short, and leaves the rest of the target alone',
    async ({ disk, root }) => {
      const file = await written(disk, join(root, 'a'), TEXT);
      const target = Buffer.alloc(8, '-');
      expect(await file.read(target, TEXT.length - 3)).toBe(3);
      expect(target.toString()).toBe('fox-----');
      expect(await file.read(target, TEXT.length)).toBe(0);
      expect(await file.read(target, 1_000_000)).toBe(0);
      expect(await file.read(Buffer.alloc(0), 0)).toBe(0);
      await file.close();
    },
  ],
  [
    'a write into the middle replaces only its bytes; one beyond the end leaves zeros between',
    async ({ disk, root }) => {
      const file = await written(disk, join(root, 'a'), TEXT);
      await file.write([Buffer.from('slow!')], 4);
      expect(file.size).toBe(TEXT.length);
      await file.write([Buffer.from('end')], TEXT.length + 2);
      expect(file.size).toBe(TEXT.length + 5);
      expect(await textOf(disk, join(root, 'a'))).toBe('the slow! brown fox\0\0end');
      await file.close();
    },
  ],
  [
    'more parts than one system call takes are written in order, and across any internal seams',
    async ({ disk, root }) => {
      const prng = new Prng(7);
      const parts = Array.from({ length: 3_000 }, () => prng.fill(Buffer.alloc(prng.between(0, 150))));
      const file = await disk.open(join(root, 'a'), { create: true });
      await file.write(parts, 11);
      const whole = Buffer.concat([Buffer.alloc(11), ...parts]);
      expect(file.size).toBe(whole.length);
      expect((await disk.readFile(join(root, 'a'))).equals(whole)).toBe(true);
      const around = Buffer.alloc(70_000);
      expect(await file.read(around, 60_001)).toBe(70_000);
      expect(around.equals(whole.subarray(60_001, 130_001))).toBe(true);
      await file.close();
    },
  ],
  [
    'truncate cuts off, and extends with zeros even where bytes stood before',
    async ({ disk, root }) => {
      const file = await written(disk, join(root, 'a'), TEXT);
      await file.truncate(3);
      expect(file.size).toBe(3);
      await file.truncate(6);
      expect(file.size).toBe(6);
      expect(await textOf(disk, join(root, 'a'))).toBe('the\0\0\0');
      await file.close();
    },
  ],
  [
    'operations in flight together on one file all take place',
    async ({ disk, root }) => {
      const file = await disk.open(join(root, 'a'), { create: true });
      const writes = Array.from({ length: 40 }, (_, at) =>
        file.write([Buffer.from(String(at).padStart(2, '0'))], at * 2),
      );
      await Promise.all([...writes, file.sync(), file.sync()]);
      const expected = Array.from({ length: 40 }, (_, at) => String(at).padStart(2, '0')).join('');
      expect(await textOf(disk, join(root, 'a'))).toBe(expected);
      expect(file.size).toBe(80);
      await file.close();
    },
  ],
  [
    'close waits for what is in flight, refuses what follows, and may be repeated',
    async ({ disk, root }) => {
      const file = await disk.open(join(root, 'a'), { create: true });
      const settled: string[] = [];
      const write = file.write([Buffer.alloc(300_000, 'x')], 0).then(() => settled.push('write'));
      const sync = file.sync().then(() => settled.push('sync'));
      const close = file.close().then(() => settled.push('close'));
      for (const late of [
        file.read(Buffer.alloc(1), 0),
        file.write([Buffer.alloc(1)], 0),
        file.truncate(0),
        file.sync(),
      ]) {
        await expect(late).rejects.toBeInstanceOf(InvariantError);
      }
      await Promise.all([write, sync, close]);
      expect(settled.at(-1)).toBe('close');
      await file.close();
      expect((await disk.readFile(join(root, 'a'))).length).toBe(300_000);
    },
  ],
  [
    'open without create wants the file to be there; with it, takes it as it is',
    async ({ disk, root }) => {
      await expect(disk.open(join(root, 'a'))).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(disk.open(join(root, 'a'), { create: false })).rejects.toMatchObject({ code: 'ENOENT' });
      await (await written(disk, join(root, 'a'), TEXT)).close();
      const again = await disk.open(join(root, 'a'), { create: true });
      expect(again.size).toBe(TEXT.length);
      await again.close();
      await expect(disk.open(join(root, 'none', 'a'), { create: true })).rejects.toMatchObject({
        code: 'ENOENT',
      });
      await expect(disk.open(join(root, 'a', 'b'), { create: true })).rejects.toMatchObject({
        code: 'ENOTDIR',
      });
      await expect(disk.open(root)).rejects.toMatchObject({ code: 'EISDIR' });
      await expect(disk.readFile(join(root, 'b'))).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(disk.readFile(root)).rejects.toMatchObject({ code: 'EISDIR' });
    },
  ],
  [
    'an open file outlives the removal and the renaming of its name',
    async ({ disk, root }) => {
      const removed = await written(disk, join(root, 'a'), TEXT);
      await disk.remove(join(root, 'a'));
      const other = await written(disk, join(root, 'a'), 'another');
      const renamed = await written(disk, join(root, 'b'), 'renamed');
      await disk.rename(join(root, 'b'), join(root, 'c'));
      await renamed.write([Buffer.from('RE')], 0);
      const target = Buffer.alloc(TEXT.length);
      expect(await removed.read(target, 0)).toBe(TEXT.length);
      expect(target.toString()).toBe(TEXT);
      expect(await textOf(disk, join(root, 'a'))).toBe('another');
      expect(await textOf(disk, join(root, 'c'))).toBe('REnamed');
      await Promise.all([removed.close(), other.close(), renamed.close()]);
    },
  ],
  [
    'list gives names in order with kind and size',
    async ({ disk, root }) => {
      await disk.makeDir(join(root, 'b'));
      for (const name of ['ü', 'a', 'Z', 'a-10', 'a-9']) {
        await (await written(disk, join(root, name), name)).close();
      }
      expect(await disk.list(root)).toEqual([
        { name: 'Z', kind: 'file', size: 1 },
        { name: 'a', kind: 'file', size: 1 },
        { name: 'a-10', kind: 'file', size: 4 },
        { name: 'a-9', kind: 'file', size: 3 },
        { name: 'b', kind: 'directory', size: 0 },
        { name: 'ü', kind: 'file', size: 2 },
      ]);
      expect(await disk.list(join(root, 'b'))).toEqual([]);
      await expect(disk.list(join(root, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(disk.list(join(root, 'a'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    },
  ],
  [
    'makeDir makes all of the path, once or again',
    async ({ disk, root }) => {
      await disk.makeDir(join(root, 'a', 'b', 'c'));
      await disk.makeDir(join(root, 'a', 'b', 'c'));
      await (await written(disk, join(root, 'a', 'b', 'c', 'file'), TEXT)).close();
      expect((await disk.list(join(root, 'a', 'b'))).map((entry) => entry.name)).toEqual(['c']);
      await expect(disk.makeDir(join(root, 'a', 'b', 'c', 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
      await expect(disk.makeDir(join(root, 'a', 'b', 'c', 'file', 'd'))).rejects.toMatchObject({
        code: 'ENOTDIR',
      });
    },
  ],
  [
    'rename replaces a file, moves a directory with what is in it, and refuses what would lose something',
    async ({ disk, root }) => {
      await (await written(disk, join(root, 'new'), 'new')).close();
      await (await written(disk, join(root, 'old'), 'old')).close();
      await disk.rename(join(root, 'new'), join(root, 'old'));
      expect(await textOf(disk, join(root, 'old'))).toBe('new');
      await disk.rename(join(root, 'old'), join(root, 'old'));
      await disk.makeDir(join(root, 'd', 'inner'));
      await disk.makeDir(join(root, 'full'));
      await (await written(disk, join(root, 'd', 'inner', 'file'), TEXT)).close();
      await (await written(disk, join(root, 'full', 'file'), TEXT)).close();
      const refused = async (from: string, to: string, code: string): Promise<void> =>
        expect(disk.rename(join(root, from), join(root, to))).rejects.toMatchObject({ code });
      await refused('none', 'x', 'ENOENT');
      await refused('old', 'none/x', 'ENOENT');
      await refused('old', 'd', 'EISDIR');
      await refused('d', 'old', 'ENOTDIR');
      await refused('d', 'full', 'ENOTEMPTY');
      await refused('d', 'd/inner/d', 'EINVAL');
      await disk.makeDir(join(root, 'empty'));
      await disk.rename(join(root, 'd'), join(root, 'empty'));
      expect(await textOf(disk, join(root, 'empty', 'inner', 'file'))).toBe(TEXT);
      expect((await disk.list(root)).map((entry) => entry.name)).toEqual(['empty', 'full', 'old']);
    },
  ],
  [
    'remove takes one file, removeDir a whole tree or nothing at all',
    async ({ disk, root }) => {
      await disk.makeDir(join(root, 'd', 'e'));
      await (await written(disk, join(root, 'd', 'e', 'file'), TEXT)).close();
      await (await written(disk, join(root, 'd', 'file'), TEXT)).close();
      await disk.remove(join(root, 'd', 'file'));
      await expect(disk.remove(join(root, 'd', 'file'))).rejects.toMatchObject({ code: 'ENOENT' });
      if (process.platform === 'linux') {
        await expect(disk.remove(join(root, 'd'))).rejects.toMatchObject({ code: 'EISDIR' });
      }
      await disk.removeDir(join(root, 'd'));
      await disk.removeDir(join(root, 'd'));
      await disk.removeDir(join(root, 'none', 'd'));
      expect(await disk.list(root)).toEqual([]);
    },
  ],
  [
    'syncDir wants a directory',
    async ({ disk, root }) => {
      await disk.syncDir(root);
      await Promise.all([disk.syncDir(root), disk.syncDir(root)]);
      if (process.platform === 'win32') return;
      await (await written(disk, join(root, 'a'), TEXT)).close();
      await expect(disk.syncDir(join(root, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(disk.syncDir(join(root, 'a'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    },
  ],
  [
    'freeBytes tells of a place that is there',
    async ({ disk, root }) => {
      expect(await disk.freeBytes(root)).toBeGreaterThan(0);
      await expect(disk.freeBytes(join(root, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
    },
  ],
  [
    'a directory has one holder until it is released, and a repeated release takes nothing from the next',
    async ({ disk, root }) => {
      await expect(disk.lock(join(root, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
      const first = await disk.lock(root);
      const refusal = await disk.lock(root).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(UserError);
      expect(refusal).toMatchObject({ code: 'DATA_DIR_LOCKED' });
      expect((refusal as UserError).message).toContain(root);
      await first.release();
      const second = await disk.lock(root);
      await first.release();
      await expect(disk.lock(root)).rejects.toMatchObject({ code: 'DATA_DIR_LOCKED' });
      await second.release();
    },
  ],
];

const temporary: string[] = [];
afterEach(() => {
  for (const directory of temporary.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function nodePlace(): Place {
  const root = mkdtempSync(join(tmpdir(), 'millrace-disk-'));
  temporary.push(root);
  return { disk: nodeDisk(), root };
}

async function rooted(disk: Disk): Promise<Place> {
  const root = join('/', 'data');
  await disk.makeDir(root);
  return { disk, root };
}

/** Operations take their time and overtake each other; the clock runs on as long as the check does. */
async function withLatency(check: (place: Place) => Promise<void>): Promise<void> {
  const clock = manualClock(0);
  const prng = new Prng(3);
  const disk = new LossyDisk({ clock, latencyMs: () => prng.between(1, 20) });
  const progress = { over: false };
  const checked = rooted(disk)
    .then(check)
    .finally(() => {
      progress.over = true;
    });
  while (!progress.over) {
    if (clock.nextTimerInMs !== undefined) clock.advance(clock.nextTimerInMs);
    await new Promise(setImmediate);
  }
  await checked;
}

const fittings: Record<string, (check: (place: Place) => Promise<void>) => Promise<void>> = {
  nodeDisk: (check) => check(nodePlace()),
  memoryDisk: async (check) => check(await rooted(memoryDisk())),
  LossyDisk: async (check) => check(await rooted(new LossyDisk())),
  'LossyDisk with latency': withLatency,
};

for (const [name, run] of Object.entries(fittings)) {
  describe(name, () => {
    for (const [behaviour, check] of rows) test(behaviour, () => run(check));
  });
}

async function written(disk: Disk, path: string, text: string): ReturnType<Disk['open']> {
  const file = await disk.open(path, { create: true });
  await file.write([Buffer.from(text)], 0);
  return file;
}

async function textOf(disk: Disk, path: string): Promise<string> {
  return (await disk.readFile(path)).toString();
}
