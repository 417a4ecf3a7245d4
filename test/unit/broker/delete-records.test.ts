/** DeleteRecords over the wire: where the log starts afterwards, what is refused, and what a restart finds. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Disk } from '../../../src/ports/disk.js';
import { systemError } from '../../../src/ports/memory/system-error.js';
import type { RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { errorName } from '../../../src/wire/errors.js';
import { DeleteRecords } from '../../../src/wire/messages/delete-records.js';
import { FindCoordinator } from '../../../src/wire/messages/find-coordinator.js';
import { createTopic, EARLIEST, fetch, LATEST, listOffset, produce } from './parts/asks.js';
import { batch, valuesOf } from './parts/batches.js';
import { World } from './parts/world.js';

const HIGH_WATERMARK = -1;

async function deleteRecords(
  client: RpcConnection,
  topic: string,
  offset: number,
  options: { readonly partition?: number; readonly version?: number } = {},
) {
  const { partition = 0, version = 2 } = options;
  const { topics } = await client.call(
    DeleteRecords,
    {
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, offset }] }],
      timeoutMs: 1000,
    },
    { version },
  );
  const { lowWatermark, errorCode } = topics[0]!.partitions[0]!;
  return [errorName(errorCode), lowWatermark];
}

/** Ten records, two in each batch. */
async function fill(client: RpcConnection, topic: string): Promise<void> {
  for (let at = 0; at < 10; at += 2) await produce(client, topic, batch([`${at}`, `${at + 1}`]));
}

describe('on one broker', () => {
  let world: World;
  let client: RpcConnection;
  beforeAll(async () => {
    world = await World.start();
    client = await world.client();
    await client.call(FindCoordinator, { coordinatorKeys: ['g'] });
    await createTopic(client, 'full', { partitions: 2 });
    await createTopic(client, 'compacted', { configs: { 'cleanup.policy': 'compact' } });
    await createTopic(client, 'both', { configs: { 'cleanup.policy': 'compact,delete' } });
    for (const topic of ['full', 'compacted', 'both']) await fill(client, topic);
  });
  afterAll(() => world.stop());

  test.each([
    ['beyond the high watermark', 'full', 11, 'OFFSET_OUT_OF_RANGE'],
    ['far beyond it', 'full', 2 ** 52, 'OFFSET_OUT_OF_RANGE'],
    ['−2, which stands for nothing', 'full', -2, 'OFFSET_OUT_OF_RANGE'],
    ['a topic that is only compacted', 'compacted', 5, 'POLICY_VIOLATION'],
    ['the same, whatever the offset', 'compacted', 99, 'POLICY_VIOLATION'],
    ['a topic that is not there', 'nowhere', 5, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['an impossible name', 'a b', 5, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['the broker’s own topic', '__consumer_offsets', 0, 'INVALID_TOPIC_EXCEPTION'],
  ])('%s is refused, and nothing goes', async (_, topic, offset, code) => {
    const before = await listOffset(client, topic, EARLIEST);
    expect(await deleteRecords(client, topic, offset)).toEqual([code, -1]);
    expect(await listOffset(client, topic, EARLIEST)).toEqual(before);
  });

  test.each([-1, 2, 99])('partition %i, which is not there', async (partition) => {
    expect(await deleteRecords(client, 'full', 0, { partition })).toEqual(['UNKNOWN_TOPIC_OR_PARTITION', -1]);
  });

  test.each([0, 1, 2])('version %i moves the start, and never back', async (version) => {
    const topic = `moved-${version}`;
    await createTopic(client, topic);
    await fill(client, topic);
    expect(await deleteRecords(client, topic, 0, { version })).toEqual(['NONE', 0]);
    // In the middle of a batch: the batch is still returned whole, and its first record is nobody's any more.
    expect(await deleteRecords(client, topic, 3, { version })).toEqual(['NONE', 3]);
    expect(await deleteRecords(client, topic, 2, { version })).toEqual(['NONE', 3]);
    expect((await listOffset(client, topic, EARLIEST)).offset).toBe(3);
    expect(errorName((await fetch(client, topic, 2)).errorCode)).toBe('OFFSET_OUT_OF_RANGE');
    const { records, logStartOffset } = await fetch(client, topic, 3);
    expect([valuesOf(records)[1], logStartOffset]).toEqual(['3', 3]);
  });

  test('−1 is the high watermark: the log is empty, and goes on from there', async () => {
    await createTopic(client, 'emptied');
    await fill(client, 'emptied');
    expect(await deleteRecords(client, 'emptied', HIGH_WATERMARK)).toEqual(['NONE', 10]);
    expect((await listOffset(client, 'emptied', EARLIEST)).offset).toBe(10);
    expect((await listOffset(client, 'emptied', LATEST)).offset).toBe(10);
    expect((await produce(client, 'emptied', batch(['new']))).baseOffset).toBe(10);
    expect(await deleteRecords(client, 'emptied', 10)).toEqual(['NONE', 10]);
  });

  test('an empty log may be told to delete nothing', async () => {
    expect(await deleteRecords(client, 'full', HIGH_WATERMARK, { partition: 1 })).toEqual(['NONE', 0]);
    expect(await deleteRecords(client, 'full', 1, { partition: 1 })).toEqual(['OFFSET_OUT_OF_RANGE', -1]);
  });

  test('a topic that is compacted and deleted from may be', async () => {
    expect(await deleteRecords(client, 'both', 4)).toEqual(['NONE', 4]);
  });

  test('each partition has its own answer, in the order of the request', async () => {
    const { topics } = await client.call(DeleteRecords, {
      topics: [
        { name: 'nowhere', partitions: [{ partitionIndex: 0, offset: 0 }] },
        {
          name: 'full',
          partitions: [
            { partitionIndex: 1, offset: 5 },
            { partitionIndex: 0, offset: 1 },
          ],
        },
      ],
      timeoutMs: 0,
    });
    expect(
      topics.map(({ name, partitions }) => [
        name,
        ...partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorName(errorCode)]),
      ]),
    ).toEqual([
      ['nowhere', [0, 'UNKNOWN_TOPIC_OR_PARTITION']],
      ['full', [1, 'OFFSET_OUT_OF_RANGE'], [0, 'NONE']],
    ]);
  });
});

test('what was answered is found after a restart, and the files of segments wholly below go', async () => {
  const world = await World.start();
  const client = await world.client();
  await createTopic(client, 'kept', { configs: { 'segment.bytes': '1024', 'file.delete.delay.ms': '0' } });
  for (let at = 0; at < 8; at++) await produce(client, 'kept', batch([`${at}`.repeat(600)]));
  const { log } = world.broker.partitions.get('kept', 0)!;
  const segments = log.segmentCount;
  expect(segments).toBeGreaterThan(3);
  expect(await deleteRecords(client, 'kept', 6)).toEqual(['NONE', 6]);
  expect(log.segmentCount).toBeLessThan(segments - 2);
  await world.restart();
  const again = await world.client();
  expect((await listOffset(again, 'kept', EARLIEST)).offset).toBe(6);
  expect((await fetch(again, 'kept', 6)).highWatermark).toBe(8);
  await world.stop();
});

test('a disk that cannot keep the new start: KAFKA_STORAGE_ERROR, and no low watermark', async () => {
  let broken = false;
  const world = await World.start({ wrapDisk: (disk) => failingCheckpoints(disk, () => broken) });
  const client = await world.client();
  await createTopic(client, 'stuck');
  await fill(client, 'stuck');
  broken = true;
  expect(await deleteRecords(client, 'stuck', 5)).toEqual(['KAFKA_STORAGE_ERROR', -1]);
  broken = false;
  await world.stop();
});

function failingCheckpoints(disk: Disk, isBroken: () => boolean): Disk {
  return new Proxy(disk, {
    get(target, name: keyof Disk) {
      if (name === 'rename') {
        return async (from: string, to: string) => {
          if (isBroken() && to.endsWith('log-start-offset-checkpoint')) {
            throw systemError('EIO', 'rename', to);
          }
          return target.rename(from, to);
        };
      }
      const value = target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
