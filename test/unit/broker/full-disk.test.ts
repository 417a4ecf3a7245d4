/** A disk that has no room for new logs: what is there goes on, what is not there says so, and it heals by itself. */
import { afterEach, expect, test } from 'vitest';
import { NO_UUID } from '../../../src/base/ids.js';
import type { Disk } from '../../../src/ports/disk.js';
import { systemError } from '../../../src/ports/memory/system-error.js';
import { errorName } from '../../../src/wire/errors.js';
import { DeleteTopics } from '../../../src/wire/messages/delete-topics.js';
import { IncrementalAlterConfigs } from '../../../src/wire/messages/incremental-alter-configs.js';
import { createTopic, listOffset, produce } from './parts/asks.js';
import { batch } from './parts/batches.js';
import { settled, World } from './parts/world.js';

let world: World;
afterEach(() => world.stop());

/** No directory can be made where `isFull` says so. */
function roomFor(isFull: (path: string) => boolean): (disk: Disk) => Disk {
  return (disk) =>
    new Proxy(disk, {
      get(target, property) {
        if (property !== 'makeDir') {
          const value: unknown = Reflect.get(target, property);
          return typeof value === 'function' ? value.bind(target) : value;
        }
        return async (path: string): Promise<void> => {
          if (isFull(path)) throw systemError('ENOSPC', 'mkdir', path);
          await target.makeDir(path);
        };
      },
    });
}

/** Second by second: a broker that misses all of them at once has lost its lease. */
async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    world.clock.advance(1000);
    for (let turn = 0; turn < 3; turn++) await settled();
  }
}

const written = async (topic: string, partition = 0): Promise<string> => {
  const client = await world.client();
  return errorName((await produce(client, topic, batch(['x']), { partition })).errorCode);
};

test('logs that could not be made are made when there is room, without a restart', async () => {
  let full = false;
  world = await World.start({ wrapDisk: roomFor((path) => full && /late-\d$/.test(path)) });
  const client = await world.client();
  await createTopic(client, 'early');
  full = true;
  await createTopic(client, 'late', { partitions: 2 });
  expect(await written('late')).toBe('KAFKA_STORAGE_ERROR');
  expect(errorName((await listOffset(client, 'late', -1, { partition: 1 })).errorCode)).toBe(
    'KAFKA_STORAGE_ERROR',
  );
  expect(await written('early')).toBe('NONE');
  expect(world.complaints.filter((line) => line.includes('could not be made'))).toHaveLength(2);

  await pass(60);
  expect(await written('late')).toBe('KAFKA_STORAGE_ERROR');
  // One line for each log, not for each attempt.
  expect(world.complaints.filter((line) => line.includes('could not be made'))).toHaveLength(2);

  full = false;
  await pass(31);
  expect([await written('late', 0), await written('late', 1)]).toEqual(['NONE', 'NONE']);
  await world.restart();
  expect([await written('late', 0), await written('late', 1)]).toEqual(['NONE', 'NONE']);
});

test('one log that cannot be made holds back neither its neighbours nor a change of settings', async () => {
  world = await World.start({ wrapDisk: roomFor((path) => path.endsWith('half-1')) });
  const client = await world.client();
  await createTopic(client, 'half', { partitions: 3 });
  expect([await written('half', 0), await written('half', 1), await written('half', 2)]).toEqual([
    'NONE',
    'KAFKA_STORAGE_ERROR',
    'NONE',
  ]);
  await client.call(IncrementalAlterConfigs, {
    resources: [
      {
        resourceType: 2,
        resourceName: 'half',
        configs: [{ name: 'max.message.bytes', configOperation: 0, value: '10' }],
      },
    ],
    validateOnly: false,
  });
  expect(await written('half', 0)).toBe('MESSAGE_TOO_LARGE');
});

test('a topic that is deleted while it waits for its log is not made again, and its name is free', async () => {
  let full = true;
  world = await World.start({ wrapDisk: roomFor((path) => full && path.endsWith('gone-0')) });
  const client = await world.client();
  const timers = world.clock.pendingTimers;
  await createTopic(client, 'gone');
  expect(world.clock.pendingTimers).toBe(timers + 1);
  await client.call(DeleteTopics, { topics: [{ name: 'gone', topicId: NO_UUID }], timeoutMs: 1000 });
  expect(await written('gone')).toBe('UNKNOWN_TOPIC_OR_PARTITION');
  full = false;
  await pass(31);
  expect([...world.broker.logs.all()].map(({ name }) => name)).toEqual([]);
  expect(world.clock.pendingTimers).toBe(timers);
  await createTopic(client, 'gone');
  expect(await written('gone')).toBe('NONE');
});

test('a broker that stops while a log is missing stops, and tries nothing more', async () => {
  world = await World.start({ wrapDisk: roomFor((path) => path.endsWith('late-0')) });
  await createTopic(await world.client(), 'late');
  await world.stop();
  expect(world.clock.pendingTimers).toBe(0);
});
