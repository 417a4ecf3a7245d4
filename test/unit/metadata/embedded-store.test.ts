import { describe, expect, test } from 'vitest';
import {
  openEmbeddedStore,
  type EmbeddedStoreBounds,
} from '../../../src/metadata/store/embedded/embedded-store.js';
import { encodeFrame, encodeHeader, HEADER_BYTES } from '../../../src/metadata/store/embedded/format.js';
import { memoryStore } from '../../../src/metadata/store/embedded/memory-store.js';
import type { MetadataStore } from '../../../src/metadata/store/store.js';
import { Prng } from '../../../src/base/prng.js';
import type { Disk } from '../../../src/ports/disk.js';
import { SILENT_LOGGER } from '../../../src/ports/logger.js';
import { manualClock } from '../../../src/ports/memory/clock.js';
import { seededEntropy } from '../../../src/ports/memory/entropy.js';
import { type DiskOperationRecord, LossyDisk } from '../../../src/ports/memory/lossy-disk.js';
import { bytes, collect, put, shown, storeContract } from './store-contract.js';

const DIRECTORY = '/data/metadata';
const FIRST_LOG = `${DIRECTORY}/${'0'.repeat(20)}.log`;

async function open(
  disk: Disk,
  bounds: Partial<EmbeddedStoreBounds> = {},
  clock = manualClock(0),
): Promise<MetadataStore> {
  await disk.makeDir('/data');
  return openEmbeddedStore({
    disk,
    clock,
    entropy: seededEntropy(7),
    logger: SILENT_LOGGER,
    directory: DIRECTORY,
    bounds,
  });
}

const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

storeContract('embedded', async () => {
  const clock = manualClock(1_000_000);
  const store = await open(new LossyDisk(), { historyChangesMax: 10 }, clock);
  return {
    store,
    async letTimePass(ms) {
      clock.advance(ms);
      await settled();
    },
    async forgetHistory() {
      for (let round = 0; round < 12; round++) await put(store, { forgotten: String(round) });
    },
  };
});

storeContract('in memory', async () => {
  const clock = manualClock(1_000_000);
  const store = await memoryStore({ clock, entropy: seededEntropy(3) });
  return {
    store,
    async letTimePass(ms) {
      clock.advance(ms);
      await settled();
    },
    async forgetHistory() {
      const many = Object.fromEntries(Array.from({ length: 100 }, (_, nth) => [`forgotten/${nth}`, 'x']));
      for (let round = 0; round < 201; round++) await put(store, many);
    },
  };
});

describe('the embedded store on its disk', () => {
  test('what was answered is there after closing and opening, with the same revisions', async () => {
    const disk = new LossyDisk();
    const first = await open(disk);
    await put(first, { a: '1', b: '1' });
    await put(first, { a: '2' });
    await first.compareAndSet({ compares: [], puts: [], deletes: ['b'] });
    const before = await first.read('');
    await first.close();
    const second = await open(disk);
    expect(await second.read('')).toEqual(before);
    expect(await put(second, { c: '1' })).toBe(before.revision + 1);
  });

  test('a watch may begin before the store was closed and opened', async () => {
    const disk = new LossyDisk();
    const first = await open(disk);
    const from = await put(first, { a: '1' });
    const missed = await put(first, { a: '2' });
    await first.close();
    const watched = collect(await open(disk), '', from);
    await watched.until(1);
    expect(watched.events).toEqual([`${missed}: +a=2`]);
  });

  test('a watch from a revision that the store never had is told to begin anew', async () => {
    const watched = collect(await open(new LossyDisk()), '', 1000);
    await watched.until(1);
    expect(watched.events).toEqual(['compacted at 0']);
  });

  test('changes made in one turn share one sync; those made while it runs share the next', async () => {
    const operations: DiskOperationRecord[] = [];
    const store = await open(new LossyDisk({ operations }));
    operations.length = 0;
    const first = Array.from({ length: 50 }, (_, nth) => put(store, { [`first/${nth}`]: 'x' }));
    await Promise.resolve();
    await Promise.resolve();
    const second = Array.from({ length: 50 }, (_, nth) => put(store, { [`second/${nth}`]: 'x' }));
    await Promise.all([...first, ...second]);
    expect(operations.map(({ op }) => op)).toEqual(['write', 'sync', 'write', 'sync']);
  });

  test('nobody sees or hears of a change before it is synced', async () => {
    const clock = manualClock(0);
    const disk = new LossyDisk({ clock, latencyMs: (op) => (op === 'sync' ? 10 : 1) });
    const run = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed++) {
        clock.advance(1);
        await settled();
      }
    };
    const opening = open(disk, {}, clock);
    await run(100);
    const store = await opening;
    const watched = collect(store, '', 0);
    let answered = false;
    const answer = put(store, { a: '1' }).then(() => {
      answered = true;
    });
    await run(9);
    expect([answered, watched.events.length, (await store.read('')).entries.length]).toEqual([false, 0, 0]);
    await run(10);
    expect([answered, watched.events.length, (await store.read('')).entries.length]).toEqual([true, 1, 1]);
    await answer;
  });

  test('a long log gives way to a snapshot and a short one, and nothing is lost', async () => {
    const disk = new LossyDisk();
    const store = await open(disk, { logBytesMax: 2000 });
    for (let nth = 0; nth < 200; nth++)
      await put(store, { [`k/${nth % 20}`]: String(nth), last: String(nth) });
    const before = await store.read('');
    await store.close();
    const names = (await disk.list(DIRECTORY)).map(({ name }) => name.replace(/^0+\d*\./, ''));
    expect(names).toEqual(['log', 'snapshot']);
    const files = await disk.list(DIRECTORY);
    expect(files[0]!.size).toBeLessThan(4000);
    const again = await open(disk);
    expect(await again.read('')).toEqual(before);
    // The history begins with the log; before it there is only the snapshot.
    const watched = collect(again, '', 1);
    await watched.until(1);
    expect(watched.events).toEqual([`compacted at ${before.revision}`]);
  });

  test('leased keys are gone after opening: whoever held them was in the process that ended', async () => {
    const disk = new LossyDisk();
    const first = await open(disk);
    const lease = await first.lease(60_000);
    await first.compareAndSet({
      compares: [],
      puts: [{ key: 'k', value: bytes('1'), lease: lease.id }],
      deletes: [],
    });
    await put(first, { plain: '1' });
    await first.close();
    const second = await open(disk);
    expect(shown((await second.read('')).entries)).toEqual(['plain=1']);
    await second.close();
    expect(shown((await (await open(disk)).read('')).entries)).toEqual(['plain=1']);
  });
});

describe('what a disk may do to the embedded store', () => {
  async function written(): Promise<{ disk: LossyDisk; content: Buffer }> {
    const disk = new LossyDisk();
    const store = await open(disk);
    await put(store, { a: 'first' });
    await put(store, { b: 'second' });
    await put(store, { c: 'third' });
    await store.close();
    return { disk, content: await disk.readFile(FIRST_LOG) };
  }

  async function overwrite(disk: Disk, content: Uint8Array, path = FIRST_LOG): Promise<void> {
    const file = await disk.open(path, { create: true });
    await file.truncate(0);
    if (content.length > 0) await file.write([content], 0);
    await file.sync();
    await file.close();
  }

  test('a last write cut at any byte counts as not written, and the next one takes its place', async () => {
    const { content } = await written();
    const ends = [0, 1, 2].map((nth) => content.indexOf(Buffer.from(['first', 'second', 'third'][nth]!)));
    for (let cut = 0; cut < content.length; cut++) {
      const disk = new LossyDisk();
      await disk.makeDir(DIRECTORY);
      await overwrite(disk, content.subarray(0, cut));
      const store = await open(disk);
      const { entries } = await store.read('');
      const whole = ends.filter((end, nth) => cut >= end + ['first', 'second', 'third'][nth]!.length).length;
      expect(shown(entries)).toEqual(['a=first', 'b=second', 'c=third'].slice(0, whole));
      await put(store, { d: 'new' });
      await store.close();
      const again = await open(disk);
      expect((await again.read('')).entries).toHaveLength(whole + 1);
      await again.close();
    }
  });

  test('a damaged byte before the last write is refused, by the name of the file; in the last it counts as torn', async () => {
    const { content } = await written();
    const lastFrame = content.lastIndexOf(content.subarray(16, 24));
    for (let at = 0; at < content.length; at++) {
      const disk = new LossyDisk();
      await disk.makeDir(DIRECTORY);
      const damaged = Buffer.from(content);
      damaged[at]! ^= 0x55;
      await overwrite(disk, damaged);
      if (at < lastFrame) {
        await expect(open(disk)).rejects.toMatchObject({
          code: 'METADATA_CORRUPT',
          message: expect.stringContaining(FIRST_LOG),
          hint: expect.stringContaining('restore'),
        });
        expect((await disk.readFile(FIRST_LOG)).equals(damaged)).toBe(true);
      } else {
        const store = await open(disk);
        expect(shown((await store.read('')).entries)).toEqual(['a=first', 'b=second']);
      }
    }
  });

  test('a value that looks like a frame is not taken for one', async () => {
    // A torn last write whose bytes hold a whole frame with a marker of somebody's own.
    const disk = new LossyDisk();
    const store = await open(disk);
    const fake = encodeFrame(Buffer.from('guessed!'), Buffer.from('payload'));
    await store.compareAndSet({ compares: [], puts: [{ key: 'k', value: fake }], deletes: [] });
    await store.close();
    const content = await disk.readFile(FIRST_LOG);
    const torn = Buffer.from(content);
    torn[HEADER_BYTES + 9]! ^= 1;
    await overwrite(disk, torn);
    expect((await (await open(disk)).read('')).entries).toEqual([]);
  });

  test('a log of a newer format is refused and left alone', async () => {
    const disk = new LossyDisk();
    await disk.makeDir(DIRECTORY);
    const newer = encodeHeader('LOG ', Buffer.from('12345678'), 2);
    await overwrite(disk, newer);
    await expect(open(disk)).rejects.toMatchObject({
      code: 'METADATA_NEWER',
      message: expect.stringContaining('format 2'),
    });
    expect((await disk.readFile(FIRST_LOG)).equals(newer)).toBe(true);
  });

  test('a lost or damaged snapshot is refused, not taken for an empty store', async () => {
    const disk = new LossyDisk();
    const store = await open(disk, { logBytesMax: 500 });
    for (let nth = 0; nth < 30; nth++) await put(store, { [`k/${nth}`]: String(nth) });
    await store.close();
    const snapshot = (await disk.list(DIRECTORY)).find(({ name }) => name.endsWith('.snapshot'))!;
    const path = `${DIRECTORY}/${snapshot.name}`;
    const content = await disk.readFile(path);
    for (let at = 0; at < content.length; at += 7) {
      const damaged = Buffer.from(content);
      damaged[at]! ^= 0x10;
      await overwrite(disk, damaged, path);
      await expect(open(disk)).rejects.toMatchObject({
        code: 'METADATA_CORRUPT',
        message: expect.stringContaining(path),
      });
    }
    for (const length of [0, 10, HEADER_BYTES, content.length - 1]) {
      await overwrite(disk, content.subarray(0, length), path);
      await expect(open(disk)).rejects.toMatchObject({ code: 'METADATA_CORRUPT' });
    }
    await disk.remove(path);
    await expect(open(disk)).rejects.toMatchObject({
      code: 'METADATA_CORRUPT',
      message: expect.stringContaining(path),
    });
  });

  test('a full disk refuses changes and nothing else, and room heals it', async () => {
    const disk = new LossyDisk();
    const store = await open(disk);
    await put(store, { a: '1' });
    disk.full(20);
    await expect(put(store, { b: '1' })).rejects.toMatchObject({ code: 'METADATA_UNAVAILABLE' });
    expect(shown((await store.read('')).entries)).toEqual(['a=1']);
    disk.full(Number.POSITIVE_INFINITY);
    const revision = await put(store, { c: '1' });
    expect(revision).toBe(2);
    await store.close();
    expect(shown((await (await open(disk)).read('')).entries)).toEqual(['a=1', 'c=1']);
  });

  test('keys of a lease that ran out while the disk was full go once there is room', async () => {
    const clock = manualClock(0);
    const disk = new LossyDisk();
    const store = await open(disk, {}, clock);
    const lease = await store.lease(1000);
    await store.compareAndSet({
      compares: [],
      puts: [{ key: 'k', value: bytes('1'), lease: lease.id }],
      deletes: [],
    });
    disk.full(3);
    clock.advance(1000);
    await settled();
    expect((await store.read('')).entries).toHaveLength(1);
    disk.full(Number.POSITIVE_INFINITY);
    clock.advance(1000);
    await settled();
    expect((await store.read('')).entries).toEqual([]);
    await store.close();
    expect(clock.pendingTimers).toBe(0);
  });

  test('after a failed sync nothing is changed any more; what was answered stays readable', async () => {
    const disk = new LossyDisk();
    const store = await open(disk);
    await put(store, { a: '1' });
    disk.failSync((path) => path === FIRST_LOG);
    await expect(put(store, { b: '1' })).rejects.toMatchObject({ code: 'METADATA_UNAVAILABLE' });
    disk.failSync(() => false);
    await expect(put(store, { c: '1' })).rejects.toMatchObject({ code: 'METADATA_UNAVAILABLE' });
    expect(shown((await store.read('')).entries)).toEqual(['a=1']);
    await store.close();
    const found = shown((await (await open(disk.kill(new Prng(1)))).read('')).entries);
    expect(found[0]).toBe('a=1');
    expect(found).not.toContain('c=1');
  });

  test('a snapshot that does not fit is tried again later, and changes go on', async () => {
    const disk = new LossyDisk();
    const store = await open(disk, { logBytesMax: 1000 });
    const value = 'x'.repeat(100);
    for (let nth = 0; nth < 5; nth++) await put(store, { [`k/${nth}`]: value });
    disk.full(700);
    for (let nth = 5; nth < 8; nth++) await put(store, { [`k/${nth}`]: value });
    // The last answer left before the snapshot was tried.
    await settled();
    expect((await disk.list(DIRECTORY)).map(({ name }) => name)).toEqual([`${'0'.repeat(20)}.log`]);
    disk.full(Number.POSITIVE_INFINITY);
    for (let nth = 8; nth < 40; nth++) await put(store, { [`k/${nth}`]: value });
    await settled();
    expect((await disk.list(DIRECTORY)).some(({ name }) => name.endsWith('.snapshot'))).toBe(true);
    await store.close();
    expect((await (await open(disk)).read('')).entries).toHaveLength(40);
  });

  test('more changes than may wait are refused at once', async () => {
    const store = await open(new LossyDisk(), { waitingMax: 3 });
    const answers = await Promise.allSettled(
      Array.from({ length: 5 }, (_, nth) => put(store, { [`k/${nth}`]: 'x' })),
    );
    expect(answers.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
  });
});
