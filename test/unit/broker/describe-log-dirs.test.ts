/** DescribeLogDirs over the wire: what lies where, how large it is, and what is said of a directory that has failed. */
import { expect, test } from 'vitest';
import type { Disk } from '../../../src/ports/disk.js';
import { memoryDisk } from '../../../src/ports/memory/disk.js';
import { systemError } from '../../../src/ports/memory/system-error.js';
import type { RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { errorName } from '../../../src/wire/errors.js';
import { DescribeLogDirs } from '../../../src/wire/messages/describe-log-dirs.js';
import { createTopic, produce } from './parts/asks.js';
import { batch } from './parts/batches.js';
import { World } from './parts/world.js';

type Topics = readonly { readonly topic: string; readonly partitions: readonly number[] }[] | null;

async function ask(client: RpcConnection, topics: Topics, version = 4) {
  return client.call(DescribeLogDirs, { topics: topics as never }, { version });
}

/** `/data: orders-0 orders-1` for each directory. */
async function where(client: RpcConnection, topics: Topics): Promise<string[]> {
  const { results } = await ask(client, topics);
  return results.map(({ logDir, topics: found }) => {
    const names = found.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex }) => `${name}-${partitionIndex}`),
    );
    return `${logDir}: ${names.sort().join(' ')}`;
  });
}

test.each([1, 2, 3, 4])('version %i: the logs of a topic with their sizes', async (version) => {
  const world = await World.start();
  const client = await world.client();
  await createTopic(client, 'orders', { partitions: 2 });
  const records = batch(['a', 'b']);
  await produce(client, 'orders', records, { partition: 1 });
  await produce(client, 'orders', records, { partition: 1 });
  const { errorCode, results } = await ask(client, null, version);
  expect(errorCode).toBe(0);
  expect(results).toMatchObject([{ errorCode: 0, logDir: '/data', topics: [{ name: 'orders' }] }]);
  const { partitions } = results[0]!.topics[0]!;
  expect(partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex)).toEqual([
    { partitionIndex: 0, partitionSize: 0, offsetLag: 0, isFutureKey: false },
    { partitionIndex: 1, partitionSize: 2 * records.length, offsetLag: 0, isFutureKey: false },
  ]);
  await world.stop();
});

test('only those that are asked for; what is not here is left out without an error', async () => {
  const world = await World.start();
  const client = await world.client();
  await createTopic(client, 'orders', { partitions: 3 });
  await createTopic(client, 'other');
  expect(await where(client, null)).toEqual(['/data: orders-0 orders-1 orders-2 other-0']);
  expect(await where(client, [])).toEqual(['/data: ']);
  expect(await where(client, [{ topic: 'orders', partitions: [2, 9] }])).toEqual(['/data: orders-2']);
  expect(await where(client, [{ topic: 'nowhere', partitions: [0] }])).toEqual(['/data: ']);
  await world.stop();
});

test('size and room of the volume, from version 4 on', async () => {
  const capacityBytes = 64 * 1024 * 1024;
  const world = await World.start({ wrapDisk: () => memoryDisk({ capacityBytes }) });
  const client = await world.client();
  await createTopic(client, 'orders');
  const { results } = await ask(client, null);
  expect(results[0]!.totalBytes).toBe(capacityBytes);
  const { usableBytes } = results[0]!;
  expect(usableBytes).toBeLessThan(capacityBytes);
  const records = batch(['x'.repeat(100_000)]);
  await produce(client, 'orders', records);
  const after = (await ask(client, null)).results[0]!;
  expect(usableBytes - after.usableBytes).toBeGreaterThanOrEqual(records.length);
  expect((await ask(client, null, 3)).results[0]).toMatchObject({ totalBytes: -1, usableBytes: -1 });
  await world.stop();
});

test('several directories, each with its own; one that fails is KAFKA_STORAGE_ERROR, and the others go on', async () => {
  let broken = '';
  const world = await World.start({
    directories: ['/one', '/two'],
    wrapDisk: (disk) => withoutSyncs(disk, () => broken),
  });
  const client = await world.client();
  await createTopic(client, 'orders', { partitions: 4 });
  const { results } = await ask(client, null);
  expect(results.map(({ logDir, topics }) => [logDir, topics[0]!.partitions.length])).toEqual([
    ['/one', 2],
    ['/two', 2],
  ]);

  broken = '/two';
  const failing = results[1]!.topics[0]!.partitions[0]!.partitionIndex;
  const { errorCode } = await produce(client, 'orders', batch(['x']), { partition: failing });
  expect(errorName(errorCode)).toBe('KAFKA_STORAGE_ERROR');
  const after = (await ask(client, null)).results;
  expect(after.map(({ logDir, errorCode }) => [logDir, errorName(errorCode)])).toEqual([
    ['/one', 'NONE'],
    ['/two', 'KAFKA_STORAGE_ERROR'],
  ]);
  expect(after[1]).toMatchObject({ topics: [], totalBytes: -1, usableBytes: -1 });
  expect(after[0]!.topics[0]!.partitions).toHaveLength(2);
  broken = '';
  await world.stop();
});

test('a volume that cannot be looked at is offline to who asks, and the log says why', async () => {
  let broken = false;
  const world = await World.start({
    wrapDisk: (disk) =>
      override(disk, {
        totalBytes: (path) =>
          broken ? Promise.reject(systemError('EIO', 'statfs', path)) : disk.totalBytes(path),
      }),
  });
  const client = await world.client();
  broken = true;
  const { results } = await ask(client, null);
  expect(results.map(({ errorCode }) => errorName(errorCode))).toEqual(['KAFKA_STORAGE_ERROR']);
  expect(world.complaints).toContain('a log directory cannot be looked at');
  await world.stop();
});

function override(disk: Disk, changes: Partial<Disk>): Disk {
  return new Proxy(disk, {
    get(target, name: keyof Disk) {
      const value = changes[name] ?? target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Syncs of files below the directory that `broken` names fail. */
function withoutSyncs(disk: Disk, broken: () => string): Disk {
  return override(disk, {
    open: async (path, options) => {
      const file = await disk.open(path, options);
      return new Proxy(file, {
        get(target, name: keyof typeof file) {
          if (name === 'sync' && broken() !== '' && path.startsWith(broken())) {
            return () => Promise.reject(systemError('EIO', 'fdatasync', path));
          }
          const value = target[name];
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  });
}
