/** The promise of the demo: whoever dies, and wherever, every record is in the sums once. */
import * as fc from 'fast-check';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Checkpoint, Checkpoints } from '../../../demo/checkpoints.js';
import { addDeparture, type AirportSums } from '../../../demo/departures.js';

const seed = Number(process.env['SEED'] ?? Date.now());
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'demo-checkpoints-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

function sumsBelow(offset: number): AirportSums {
  const sums: AirportSums = {};
  for (let at = 0; at < offset; at++) addDeparture(sums, `A${at % 3}`, at % 24, at % 7);
  return sums;
}

test('what is saved is loaded; a partition without a checkpoint begins at 0', async () => {
  const checkpoints = new Checkpoints(root);
  expect(await checkpoints.load(4)).toEqual({ nextOffset: 0, sums: {} });
  await checkpoints.save(4, { nextOffset: 10, sums: sumsBelow(10) });
  expect(await checkpoints.load(4)).toEqual({ nextOffset: 10, sums: sumsBelow(10) });
  expect(await checkpoints.load(3)).toEqual({ nextOffset: 0, sums: {} });
});

test('a save that did not come to its rename is as if it had not been', async () => {
  const checkpoints = new Checkpoints(root);
  await checkpoints.save(0, { nextOffset: 10, sums: sumsBelow(10) });
  await writeFile(join(root, 'partition-0', '00000000000000000020.json.4711'), '{"nextOffset":20,"su');
  expect((await checkpoints.load(0)).nextOffset).toBe(10);
});

test('a zombie that saves late takes nothing back', async () => {
  const checkpoints = new Checkpoints(root);
  await checkpoints.save(0, { nextOffset: 10, sums: sumsBelow(10) });
  await checkpoints.save(0, { nextOffset: 5, sums: sumsBelow(5) });
  expect((await checkpoints.load(0)).nextOffset).toBe(10);
});

test('older checkpoints are removed', async () => {
  const checkpoints = new Checkpoints(root);
  for (const nextOffset of [10, 20, 30])
    await checkpoints.save(0, { nextOffset, sums: sumsBelow(nextOffset) });
  expect(await readdir(join(root, 'partition-0'))).toEqual(['00000000000000000030.json']);
});

/** Where in its round a consumer dies, or loses the partition to another while it goes on a little (`zombie`). */
type Fate = 'lives' | 'dies before saving' | 'dies before committing' | 'zombie';

test('with deaths and zombies at any place, the last checkpoint has every record once', async () => {
  const rounds = fc.array(
    fc.record({
      batch: fc.integer({ min: 1, max: 20 }),
      fate: fc.constantFrom<Fate>('lives', 'lives', 'dies before saving', 'dies before committing', 'zombie'),
    }),
    { maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(rounds, async (script) => {
      const checkpoints = new Checkpoints(await mkdtemp(join(root, 'run-')));
      const end = 100;
      let committed = 0;
      let mine: Checkpoint | null = null;
      const zombies: Checkpoint[] = [];
      // The script, and then a consumer that lives, until all is counted.
      for (let round = 0; committed < end; round++) {
        const { batch, fate } = script[round] ?? { batch: 50, fate: 'lives' };
        // A new owner begins with the file, and is given records from the committed offset on.
        mine ??= await checkpoints.load(0);
        const next: { nextOffset: number; sums: AirportSums } = structuredClone(mine);
        for (let offset = committed; offset < Math.min(committed + batch, end); offset++) {
          if (offset < next.nextOffset) continue;
          addDeparture(next.sums, `A${offset % 3}`, offset % 24, offset % 7);
          next.nextOffset += 1;
        }
        mine = null;
        if (fate === 'dies before saving') continue;
        if (fate === 'zombie') {
          zombies.push(next);
          continue;
        }
        await checkpoints.save(0, next);
        if (fate === 'dies before committing') continue;
        committed = Math.max(committed, next.nextOffset);
        mine = next;
        const zombie = zombies.pop();
        if (zombie) await checkpoints.save(0, zombie);
      }
      expect(await checkpoints.load(0)).toEqual({ nextOffset: end, sums: sumsBelow(end) });
    }),
    { seed, numRuns: 60 },
  );
});
