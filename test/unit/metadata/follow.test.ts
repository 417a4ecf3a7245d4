import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/base/errors.js';
import type { ImageDelta } from '../../../src/metadata/delta.js';
import { MetadataFollower } from '../../../src/metadata/follow.js';
import type { ClusterImage } from '../../../src/metadata/image.js';
import { brokerKey, partitionKey, topicKey } from '../../../src/metadata/keys.js';
import { openEmbeddedStore } from '../../../src/metadata/store/embedded/embedded-store.js';
import { memoryStore } from '../../../src/metadata/store/embedded/memory-store.js';
import type { MetadataStore, StorePut } from '../../../src/metadata/store/store.js';
import { encodeValue } from '../../../src/metadata/values.js';
import { millrace } from '../../../src/metadata/generated/metadata.js';
import { SILENT_LOGGER } from '../../../src/ports/logger.js';
import { manualClock } from '../../../src/ports/memory/clock.js';
import { memoryDisk } from '../../../src/ports/memory/disk.js';
import { seededEntropy } from '../../../src/ports/memory/entropy.js';
import { brokerRecord, partitionRecord, topicRecord, uuidOf } from './arbitrary-records.js';

const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

function open(): Promise<MetadataStore> {
  return memoryStore({ clock: manualClock(0), entropy: seededEntropy(1) });
}

function topicPuts(name: string, nth: number, epoch = 0): StorePut[] {
  const id = uuidOf(nth);
  return [
    { key: topicKey(name), value: encodeValue('topic', topicRecord(name, id, 1)) },
    {
      key: partitionKey(id, 0),
      value: encodeValue('partition', partitionRecord(id, 0, [1], { leaderEpoch: epoch })),
    },
  ];
}

async function write(
  store: MetadataStore,
  puts: readonly StorePut[],
  deletes: readonly string[] = [],
): Promise<number> {
  return (await store.compareAndSet({ compares: [], puts, deletes })).revision;
}

/** What listeners are told, as text. */
function listen(follower: MetadataFollower): string[] {
  const told: string[] = [];
  follower.onChange((image: ClusterImage, delta: ImageDelta) => {
    const names = (topics: readonly { name: string }[]): string => topics.map(({ name }) => name).join(',');
    const partitions = delta.partitionsChanged.map(
      ({ before, after }) => `${before?.leaderEpoch ?? ''}→${after.leaderEpoch}`,
    );
    told.push(
      `${image.revision} +[${names(delta.topicsCreated)}] -[${names(delta.topicsDeleted)}] ${partitions.join(' ')}`,
    );
  });
  return told;
}

describe('following the store', () => {
  test('the first image is a delta from the empty one; each change is told once, in order', async () => {
    const store = await open();
    await write(store, topicPuts('a', 1));
    const follower = new MetadataFollower(store);
    const told = listen(follower);
    await follower.start();
    const late = listen(follower);
    await write(store, topicPuts('b', 2));
    await write(store, [], [topicKey('a'), partitionKey(uuidOf(1), 0)]);
    await follower.waitFor(3);
    expect(told).toEqual(['1 +[a] -[] →0', '2 +[b] -[] →0', '3 +[] -[a] ']);
    expect(late).toEqual(told.slice(1));
  });

  test('waitFor resolves when listeners have been told, not before', async () => {
    const store = await open();
    const follower = new MetadataFollower(store);
    await follower.start();
    const order: string[] = [];
    follower.onChange((image) => order.push(`told ${image.revision}`));
    const waited = follower.waitFor(2).then(() => order.push('reached 2'));
    await write(store, topicPuts('a', 1));
    await turn();
    expect(order).toEqual(['told 1']);
    await write(store, topicPuts('b', 2));
    await waited;
    expect(order).toEqual(['told 1', 'told 2', 'reached 2']);
    await follower.waitFor(1);
  });

  test('a listener that has gone is told no more', async () => {
    const store = await open();
    const follower = new MetadataFollower(store);
    await follower.start();
    let told = 0;
    const stop = follower.onChange(() => told++);
    await follower.waitFor(await write(store, topicPuts('a', 1)));
    stop();
    await follower.waitFor(await write(store, topicPuts('b', 2)));
    expect(told).toBe(1);
  });

  test('whoever has missed too much reads again, and listeners get the difference in one step', async () => {
    const store = await openEmbeddedStore({
      disk: memoryDisk(),
      clock: manualClock(0),
      entropy: seededEntropy(1),
      logger: SILENT_LOGGER,
      directory: '/metadata',
      bounds: { historyChangesMax: 3 },
    });
    // A store whose watches begin late: what happens between reading and watching is already forgotten then.
    let between: (() => Promise<void>) | undefined;
    const slow: MetadataStore = {
      compareAndSet: (change) => store.compareAndSet(change),
      watch: (prefix, from, listener) => store.watch(prefix, from, listener),
      lease: (ttlMs) => store.lease(ttlMs),
      close: () => store.close(),
      async read(prefix) {
        const answer = await store.read(prefix);
        await between?.();
        between = undefined;
        return answer;
      },
    };
    await write(store, [...topicPuts('kept', 1), ...topicPuts('deleted', 2), ...topicPuts('moved', 3)]);
    const follower = new MetadataFollower(slow);
    const told = listen(follower);
    between = async () => {
      await write(store, [], [topicKey('deleted'), partitionKey(uuidOf(2), 0)]);
      await write(store, topicPuts('moved', 3, 5));
      await write(store, topicPuts('new', 4));
      await write(store, topicPuts('passing', 5));
      await write(store, [], [topicKey('passing'), partitionKey(uuidOf(5), 0)]);
    };
    await follower.start();
    await follower.waitFor(6);
    expect(told).toEqual(['1 +[kept,deleted,moved] -[] →0 →0 →0', '6 +[new] -[deleted] 0→5 →0']);
    await follower.waitFor(await write(store, topicPuts('more', 6)));
    expect(told).toHaveLength(3);
    expect(follower.image.partition(uuidOf(3), 0)?.leaderEpoch).toBe(5);
  });

  test('reading again by itself neither repeats nor loses a change', async () => {
    const store = await open();
    const follower = new MetadataFollower(store);
    await follower.start();
    const told = listen(follower);
    await Promise.all([
      write(store, topicPuts('a', 1)),
      follower.refresh(),
      write(store, topicPuts('b', 2)),
      follower.refresh(),
    ]);
    await follower.refresh();
    await follower.waitFor(await write(store, topicPuts('c', 3)));
    expect(
      told.flatMap((line) => /\+\[(.*?)\]/.exec(line)![1]!.split(',')).filter((name) => name !== ''),
    ).toEqual(['a', 'b', 'c']);
  });

  test('a reading that the watch has overtaken does not take the image back', async () => {
    const store = await open();
    let hold: Promise<void> | undefined;
    const slow: MetadataStore = {
      compareAndSet: (change) => store.compareAndSet(change),
      watch: (prefix, from, listener) => store.watch(prefix, from, listener),
      lease: (ttlMs) => store.lease(ttlMs),
      close: () => store.close(),
      async read(prefix) {
        const answer = await store.read(prefix);
        await hold;
        return answer;
      },
    };
    const follower = new MetadataFollower(slow);
    await follower.start();
    const told = listen(follower);
    let release = (): void => undefined;
    hold = new Promise((done) => {
      release = done;
    });
    const refreshed = follower.refresh();
    await follower.waitFor(await write(store, topicPuts('a', 1)));
    release();
    await refreshed;
    expect(follower.image.revision).toBe(1);
    await follower.waitFor(await write(store, topicPuts('b', 2)));
    expect(told).toEqual(['1 +[a] -[] →0', '2 +[b] -[] →0']);
  });

  test('a value of a newer version stops it, with the reason, and the image stays', async () => {
    const store = await open();
    await write(store, topicPuts('a', 1));
    const follower = new MetadataFollower(store);
    await follower.start();
    const failures: Error[] = [];
    follower.onFailure((error) => failures.push(error));
    const waiting = follower.waitFor(2).catch((error: unknown) => error);
    const broker = millrace.metadata.StoredValue.decode(encodeValue('broker', brokerRecord(1)));
    broker.schemaVersion = 9;
    const newer = millrace.metadata.StoredValue.encode(broker).finish();
    await write(store, [{ key: brokerKey(1), value: newer }]);
    expect(await waiting).toMatchObject({ name: 'UserError', code: 'METADATA_NEWER' });
    expect(failures).toHaveLength(1);
    await write(store, topicPuts('b', 2));
    await turn();
    expect(follower.image.revision).toBe(1);
    await expect(follower.waitFor(3)).rejects.toMatchObject({ code: 'METADATA_NEWER' });
    const second = new MetadataFollower(store);
    await expect(second.start()).rejects.toMatchObject({ code: 'METADATA_NEWER' });
  });

  test('closing ends those who wait, and the watch', async () => {
    const store = await open();
    const follower = new MetadataFollower(store);
    await follower.start();
    const told = listen(follower);
    const waiting = follower.waitFor(5).catch((error: unknown) => error);
    follower.close();
    expect(await waiting).toBeInstanceOf(UserError);
    await write(store, topicPuts('a', 1));
    await turn();
    expect(told).toEqual([]);
  });
});
