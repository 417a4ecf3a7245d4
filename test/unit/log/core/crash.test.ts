import { expect, test } from 'vitest';
import { CrashWorld } from './crash-world.js';
import { SEED } from './harness.js';

const WORLDS = Number(process.env['WORLDS'] ?? 20);
/** The same in every run, so that together they always see everything that can happen; the others are new each time. */
const KNOWN_WORLDS = process.env['SEED'] === undefined ? 16 : 0;
const STEPS = 120;

function seedOf(life: number): number {
  return life < KNOWN_WORLDS ? life + 1 : SEED + life - KNOWN_WORLDS;
}

test(`${WORLDS} lives of crashes, full disks and restarts: what was durable is there, and nothing else (SEED=${SEED})`, async () => {
  const seen = { crashes: 0, cleanStops: 0, losses: 0, appended: 0 };
  const disk: Record<string, number> = {};
  for (let life = 0; life < WORLDS; life++) {
    const seed = seedOf(life);
    const world = new CrashWorld(seed);
    try {
      await world.begin();
      for (let step = 0; step < STEPS; step++) await world.step();
      await world.end();
    } catch (error) {
      const story = world.trace.slice(-40).join('\n  ');
      throw new Error(
        `SEED=${seed} WORLDS=1: ${(error as Error).message}\n  ${JSON.stringify(world.climate)}\n  ${story}`,
        { cause: error },
      );
    }
    seen.crashes += world.crashes;
    seen.cleanStops += world.cleanStops;
    seen.losses += world.losses;
    seen.appended += world.appended;
    for (const [name, count] of Object.entries(world.disk.counters)) disk[name] = (disk[name] ?? 0) + count;
  }
  // A run in which one of these never happened has tried too little.
  if (WORLDS > KNOWN_WORLDS && KNOWN_WORLDS > 0)
    for (const count of [...Object.values(seen), ...Object.values(disk)]) expect(count).toBeGreaterThan(0);
  if (process.env['VERBOSE']) console.log(seen, disk);
});
