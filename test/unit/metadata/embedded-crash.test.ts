/**
 * Power losses of the embedded store at random moments, under clients that change the same few keys at once. After each: every
 * answered change is there, unanswered ones are whole or absent, nothing else is, and no revision means two things.
 */
import { expect, test } from 'vitest';
import { Prng } from '../../../src/base/prng.js';
import { openEmbeddedStore } from '../../../src/metadata/store/embedded/embedded-store.js';
import type { MetadataStore, StoreChange, WatchEvent } from '../../../src/metadata/store/store.js';
import { SILENT_LOGGER } from '../../../src/ports/logger.js';
import { manualClock } from '../../../src/ports/memory/clock.js';
import { seededEntropy } from '../../../src/ports/memory/entropy.js';
import { LossyDisk } from '../../../src/ports/memory/lossy-disk.js';
import { bytes } from './store-contract.js';

const SEED = Number(process.env['SEED'] ?? Date.now());
const RUNS = 100;
const CRASHES_PER_RUN = 4;
const CLIENTS = 4;
const KEYS = ['a', 'b', 'c', 'd'];

/** One attempt to write `mark` into several keys at once. */
interface Attempt {
  readonly mark: string;
  readonly keys: readonly string[];
  readonly deletes: readonly string[];
  answer: { readonly ok: boolean; readonly revision: number } | undefined;
}

const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

test(`crashes at random moments, seed ${SEED}`, async () => {
  const totals = {
    crashes: 0,
    kills: 0,
    answered: 0,
    refused: 0,
    unanswered: 0,
    unansweredFound: 0,
    snapshots: 0,
  };
  let lossy: LossyDisk | undefined;
  for (let run = 0; run < RUNS; run++) {
    const seed = SEED + run;
    try {
      lossy = await oneRun(new Prng(seed), totals);
    } catch (error) {
      throw new Error(`run with SEED=${seed}: ${String(error)}`, { cause: error });
    }
  }
  // A run that saw none of these has tried nothing.
  expect(totals.unanswered).toBeGreaterThan(0);
  expect(totals.unansweredFound).toBeGreaterThan(0);
  expect(totals.refused).toBeGreaterThan(0);
  expect(totals.snapshots).toBeGreaterThan(0);
  expect(lossy!.counters).toBeDefined();
});

async function oneRun(prng: Prng, totals: Record<string, number>): Promise<LossyDisk> {
  const clock = manualClock(0);
  const latency = prng.split('latency');
  let disk = new LossyDisk({ clock, latencyMs: () => latency.between(1, 5), prng: prng.split('faults') });
  await driven(disk.makeDir('/data'), clock);
  await driven(disk.syncDir('/'), clock);
  const attempts: Attempt[] = [];
  /** What every observer has ever been told: a revision is one thing for ever. */
  const told = new Map<number, string>();
  let marks = 0;

  for (let crash = 0; crash <= CRASHES_PER_RUN; crash++) {
    const store = await driven(
      openEmbeddedStore({
        disk,
        clock,
        entropy: seededEntropy(prng.uint32()),
        logger: SILENT_LOGGER,
        directory: '/data/metadata',
        bounds: { logBytesMax: prng.pick([300, 1000, 100_000]) },
      }),
      clock,
    );
    await check(store, attempts, told, totals);
    if (crash === CRASHES_PER_RUN) break;

    const { revision } = await store.read('');
    store.watch('', revision, (event) => remember(event, told));
    for (let client = 0; client < CLIENTS; client++) {
      void work(store, prng.split(`client ${crash} ${client}`), () => `m${marks++}`, attempts);
    }
    // Somewhere in the middle of whatever is going on.
    for (let passed = prng.between(0, 120); passed > 0; passed--) {
      clock.advance(1);
      await turn();
    }
    if ((await namesOn(disk, clock)).some((name) => name.endsWith('.snapshot'))) totals['snapshots']!++;
    if (prng.chance(0.7)) {
      disk = disk.crash(prng.split(`crash ${crash}`));
      totals['crashes']!++;
    } else {
      disk = disk.kill(prng.split(`kill ${crash}`));
      totals['kills']!++;
    }
  }
  return disk;
}

/** Changes, one after the other, for as long as the store answers. */
async function work(
  store: MetadataStore,
  prng: Prng,
  nextMark: () => string,
  attempts: Attempt[],
): Promise<void> {
  for (;;) {
    const { entries } = await store.read('');
    const mark = nextMark();
    const keys = KEYS.filter(() => prng.chance(0.5));
    const deletes = KEYS.filter((key) => !keys.includes(key) && prng.chance(0.2));
    const attempt: Attempt = { mark, keys: [...keys, `mark/${mark}`], deletes, answer: undefined };
    attempts.push(attempt);
    const change: StoreChange = {
      compares: keys.map((key) => ({
        key,
        modRevision: entries.find((entry) => entry.key === key)?.modRevision ?? 0,
      })),
      puts: attempt.keys.map((key) => ({ key, value: bytes(mark) })),
      deletes,
    };
    attempt.answer = await store.compareAndSet(change);
  }
}

/** A change put its own key `mark/…`, which nobody deletes: it is there exactly if the change is. */
async function check(
  store: MetadataStore,
  attempts: readonly Attempt[],
  told: Map<number, string>,
  totals: Record<string, number>,
): Promise<void> {
  const { revision, entries } = await store.read('');
  const found = new Map(entries.map((entry) => [entry.key, entry]));
  const state = new Map<string, string>();
  const there: { attempt: Attempt; revision: number }[] = [];
  for (const attempt of attempts) {
    const own = found.get(`mark/${attempt.mark}`);
    if (attempt.answer === undefined) {
      totals['unanswered']!++;
      if (own !== undefined) totals['unansweredFound']!++;
    } else if (attempt.answer.ok) {
      totals['answered']!++;
      expect(own?.modRevision, `${attempt.mark} was answered`).toBe(attempt.answer.revision);
    } else {
      totals['refused']!++;
      expect(own, `${attempt.mark} was refused`).toBeUndefined();
    }
    if (own !== undefined) there.push({ attempt, revision: own.modRevision });
  }
  // Done again in order of their revisions, the changes that are there give exactly what is there.
  there.sort((a, b) => a.revision - b.revision);
  for (const { attempt, revision } of there) {
    for (const key of attempt.keys) state.set(key, `${attempt.mark}@${revision}`);
    for (const key of attempt.deletes) state.delete(key);
    const before = told.get(revision);
    if (before !== undefined) expect(before, `revision ${revision}`).toBe(attempt.mark);
  }
  const actual = entries.map(({ key, value, modRevision }) => [
    key,
    `${Buffer.from(value).toString()}@${modRevision}`,
  ]);
  expect(new Map(actual as [string, string][])).toEqual(state);
  for (const seen of told.keys()) expect(revision, 'what was told is there').toBeGreaterThanOrEqual(seen);
  for (const [seen, mark] of told) expect(found.get(`mark/${mark}`)?.modRevision).toBe(seen);
}

function remember(event: WatchEvent, told: Map<number, string>): void {
  expect(event.kind).toBe('changed');
  if (event.kind !== 'changed') return;
  for (const change of event.changes) {
    if ('put' in change && change.put.key.startsWith('mark/')) {
      expect(told.has(event.revision)).toBe(false);
      told.set(event.revision, Buffer.from(change.put.value).toString());
    }
  }
}

async function namesOn(disk: LossyDisk, clock: ReturnType<typeof manualClock>): Promise<string[]> {
  return (await driven(disk.list('/data/metadata'), clock)).map(({ name }) => name);
}

/** Lets time pass until the promise settles. */
async function driven<T>(promise: Promise<T>, clock: ReturnType<typeof manualClock>): Promise<T> {
  const state = { settled: false };
  const settle = (): void => {
    state.settled = true;
  };
  // An error is the caller's, who gets the promise itself.
  promise.then(settle, settle);
  while (!state.settled) {
    clock.advance(1);
    await turn();
  }
  return promise;
}
