/** Records of a later leader epoch than the metadata's: a backup of the one and not of the other, or a directory from elsewhere. */
import { afterEach, expect, test } from 'vitest';
import type { Disk } from '../../../src/ports/disk.js';
import { errorName } from '../../../src/wire/errors.js';
import { createTopic, produce } from './parts/asks.js';
import { batch } from './parts/batches.js';
import { World } from './parts/world.js';

let world: World;
afterEach(() => world.stop());

test('such a log stays shut, the reason says what to do, and the others are served', async () => {
  let disk!: Disk;
  world = await World.start({ wrapDisk: (inner) => (disk = inner) });
  let client = await world.client();
  await createTopic(client, 'later');
  await createTopic(client, 'other');
  const written = async (topic: string): Promise<string> =>
    errorName((await produce(client, topic, batch(['x']))).errorCode);
  expect([await written('later'), await written('other')]).toEqual(['NONE', 'NONE']);

  const checkpoint = await disk.open('/data/later-0/leader-epoch-checkpoint');
  await checkpoint.truncate(0);
  await checkpoint.write([Buffer.from('0\n1\n1000 0\n')], 0);
  await checkpoint.close();
  await world.restart();
  client = await world.client();
  expect([await written('later'), await written('other')]).toEqual(['KAFKA_STORAGE_ERROR', 'NONE']);
  const [complaint, ...others] = world.lines.filter(({ level }) => level === 'error');
  expect(String(complaint?.fields?.['error'])).toMatch(
    /later-0: .* leader epoch 1000, the metadata to 1: .* Put back the metadata .* \/data\/later-0 away/,
  );
  expect(others).toEqual([]);
});
