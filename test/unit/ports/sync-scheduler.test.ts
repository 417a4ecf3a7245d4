import { expect, test } from 'vitest';
import { InvariantError } from '../../../src/base/assert.js';
import { Prng } from '../../../src/base/prng.js';
import { SyncScheduler } from '../../../src/ports/node/sync-scheduler.js';

/** Syncs that end when the test says so, and a transcript of what happened. */
class Bench {
  readonly transcript: string[] = [];
  readonly #running = new Map<string, { succeed: () => void; fail: (error: Error) => void }>();
  readonly scheduler: SyncScheduler<string>;
  mostAtOnce = 0;

  constructor(maxInFlight: number) {
    this.scheduler = new SyncScheduler(maxInFlight, (target) => {
      expect(this.#running.has(target)).toBe(false);
      this.transcript.push(`start ${target}`);
      return new Promise((succeed, fail) => {
        this.#running.set(target, { succeed, fail });
        this.mostAtOnce = Math.max(this.mostAtOnce, this.#running.size);
      });
    });
  }

  get running(): string[] {
    return [...this.#running.keys()];
  }

  ask(target: string, who: string): void {
    this.scheduler.request(target).then(
      () => this.transcript.push(`${who} done`),
      (error: Error) => this.transcript.push(`${who} failed: ${error.message}`),
    );
  }

  async end(target: string, error?: Error): Promise<void> {
    const { succeed, fail } = this.#running.get(target) as { succeed: () => void; fail: (e: Error) => void };
    this.#running.delete(target);
    if (error === undefined) succeed();
    else fail(error);
    await new Promise(setImmediate);
  }
}

test('first come, first served, at most so many at once', async () => {
  const bench = new Bench(2);
  for (const target of ['a', 'b', 'c', 'd']) bench.ask(target, target.toUpperCase());
  await bench.end('b');
  await bench.end('c');
  await bench.end('a');
  await bench.end('d');
  expect(bench.transcript).toEqual([
    'start a',
    'start b',
    'start c',
    'B done',
    'start d',
    'C done',
    'A done',
    'D done',
  ]);
  expect(bench.mostAtOnce).toBe(2);
});

test('who asks while a sync waits shares it; who asks while it runs shares the next', async () => {
  const bench = new Bench(1);
  bench.ask('x', 'X');
  bench.ask('a', 'A1');
  bench.ask('a', 'A2');
  await bench.end('x');
  bench.ask('b', 'B');
  bench.ask('a', 'A3');
  bench.ask('a', 'A4');
  await bench.end('a');
  await bench.end('b');
  await bench.end('a');
  expect(bench.transcript).toEqual([
    'start x',
    'start a', // before X hears of its own: the device does not wait for what callers do next
    'X done',
    'start b',
    'A1 done',
    'A2 done',
    'start a',
    'B done',
    'A3 done',
    'A4 done',
  ]);
});

test('one thing is never synced twice at once, and does not hold up those behind it', async () => {
  const bench = new Bench(2);
  bench.ask('a', 'A1');
  bench.ask('a', 'A2');
  bench.ask('b', 'B');
  expect(bench.transcript).toEqual(['start a', 'start b']);
  await bench.end('a');
  expect(bench.transcript).toEqual(['start a', 'start b', 'start a', 'A1 done']);
  await bench.end('a');
  await bench.end('b');
});

test('a failure goes to all who share it, and to nobody else', async () => {
  const bench = new Bench(1);
  bench.ask('x', 'X');
  bench.ask('a', 'A1');
  bench.ask('a', 'A2');
  bench.ask('b', 'B');
  await bench.end('x');
  await bench.end('a', new Error('EIO'));
  await bench.end('b');
  expect(bench.transcript).toEqual([
    'start x',
    'start a',
    'X done',
    'start b',
    'A1 failed: EIO',
    'A2 failed: EIO',
    'B done',
  ]);
});

test('under random load each caller is answered by a sync that began after it asked', async () => {
  const seed = Number(process.env['SEED'] ?? Date.now());
  const prng = new Prng(seed);
  const maxInFlight = 3;
  let time = 0;
  const began = new Map<string, number>();
  const ends: { target: string; end: () => void }[] = [];
  let atOnce = 0;
  const scheduler = new SyncScheduler<string>(maxInFlight, (target) => {
    began.set(target, ++time);
    atOnce++;
    expect(atOnce, `SEED=${seed}`).toBeLessThanOrEqual(maxInFlight);
    return new Promise((resolve) => {
      ends.push({
        target,
        end: () => {
          atOnce--;
          resolve();
        },
      });
    });
  });
  let answered = 0;
  const asked = 500;
  for (let each = 0; each < asked; each++) {
    const target = prng.pick(['a', 'b', 'c', 'd', 'e', 'f']);
    const askedAt = ++time;
    void scheduler.request(target).then(() => {
      answered++;
      expect(began.get(target), `SEED=${seed}`).toBeGreaterThan(askedAt);
    });
    while (ends.length > 0 && prng.chance(0.4)) {
      ends.splice(prng.between(0, ends.length - 1), 1)[0]?.end();
      await new Promise(setImmediate);
    }
  }
  while (ends.length > 0) {
    ends.shift()?.end();
    await new Promise(setImmediate);
  }
  expect(answered, `SEED=${seed}`).toBe(asked);
});

test('a bound below one is refused', () => {
  expect(() => new SyncScheduler(0, () => Promise.resolve())).toThrow(InvariantError);
});
