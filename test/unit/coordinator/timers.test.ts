import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ShardTimers } from '../../../src/coordinator/timers.js';
import { ManualClock } from './world.js';

const seed = Number(process.env['SEED'] ?? Date.now());

type Op = { readonly key: string; readonly afterMs: number | null } | { readonly advanceMs: number };

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ key, afterMs: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ key, afterMs: fc.constant(null) }) },
  { weight: 3, arbitrary: fc.record({ advanceMs: fc.nat(40) }) },
);

test(`each timer fires once, at its last deadline (SEED=${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(op, { maxLength: 60 }), async (ops) => {
      const clock = new ManualClock();
      const fired: string[] = [];
      const timers = new ShardTimers<string>(clock, (due) => {
        for (const timer of due) fired.push(`${timers.claim(timer)} at ${clock.monotonic()}`);
      });
      // The model: a plain table of deadlines.
      const deadlines = new Map<string, { dueMs: number; event: string }>();
      const expected: string[] = [];
      for (const [nth, one] of ops.entries()) {
        if ('advanceMs' in one) {
          const untilMs = clock.monotonic() + one.advanceMs;
          const due = [...deadlines].filter(([, { dueMs }]) => dueMs <= untilMs);
          for (const [name, { dueMs, event }] of due) {
            deadlines.delete(name);
            expected.push(`${event} at ${dueMs}`);
          }
          await clock.advance(one.advanceMs);
        } else {
          const event = `${one.key}${nth}`;
          if (one.afterMs === null) deadlines.delete(one.key);
          else deadlines.set(one.key, { dueMs: clock.monotonic() + one.afterMs, event });
          timers.change(
            one.afterMs === null ? { key: one.key, afterMs: null } : { ...one, afterMs: one.afterMs, event },
          );
        }
        expect(timers.size).toBe(deadlines.size);
      }
      // At one time, the order is that in which the heap had them.
      const byTime = (line: string) => Number(line.split(' at ')[1]);
      expect(fired.map(byTime)).toEqual([...fired.map(byTime)].sort((a, b) => a - b));
      expect([...fired].sort()).toEqual([...expected].sort());
      timers.clear();
      expect(clock.timers).toBe(0);
    }),
    { seed, numRuns: 200 },
  );
});

test('of timers due at one time, the first may cancel and move the others', async () => {
  const clock = new ManualClock();
  const fired: string[] = [];
  const timers = new ShardTimers<string>(clock, (due) => {
    for (const timer of due) {
      const event = timers.claim(timer);
      if (event !== undefined) fired.push(`${event} at ${clock.monotonic()}`);
      if (event !== 'first') continue;
      timers.change({ key: 'cancelled', afterMs: null });
      timers.change({ key: 'moved', afterMs: 10, event: 'moved' });
      timers.change({ key: 'at once', afterMs: 0, event: 'at once' });
      timers.change({ key: 'first', afterMs: 20, event: 'again' });
    }
  });
  for (const event of ['first', 'cancelled', 'moved', 'last']) {
    timers.change({ key: event, afterMs: 5, event });
  }
  const startedMs = clock.monotonic();
  await clock.advance(100);
  expect(fired).toEqual(
    [
      ['first', 5],
      ['last', 5],
      ['at once', 5],
      ['moved', 15],
      ['again', 25],
    ].map(([event, ms]) => `${event} at ${startedMs + Number(ms)}`),
  );
  expect(timers.size).toBe(0);
  expect(clock.timers).toBe(0);
});

test('a thousand heartbeats arm the clock once, and leave nothing behind', async () => {
  const clock = new ManualClock();
  let fired = 0;
  const timers = new ShardTimers<string>(clock, (due) => {
    for (const timer of due) if (timers.claim(timer) !== undefined) fired++;
  });
  let armed = 0;
  const setTimer = clock.setTimer.bind(clock);
  clock.setTimer = (delayMs, callback) => {
    armed++;
    return setTimer(delayMs, callback);
  };
  for (let beat = 0; beat < 1000; beat++) {
    timers.change({ key: 'session', afterMs: 10_000, event: 'session' });
    await clock.advance(1);
  }
  expect(armed).toBe(1);
  expect(fired).toBe(0);
  await clock.advance(10_000);
  expect(fired).toBe(1);
  expect(clock.timers).toBe(0);
});

test('timers that are set and cancelled again and again do not pile up', () => {
  const clock = new ManualClock();
  const timers = new ShardTimers<string>(clock, () => {});
  for (let round = 0; round < 10_000; round++) {
    timers.change({ key: `k${round}`, afterMs: 1000 + round, event: 'x' });
    timers.change({ key: `k${round}`, afterMs: null });
  }
  timers.change({ key: 'last', afterMs: 1, event: 'x' });
  expect(timers.size).toBe(1);
  expect(timers.entries).toBeLessThan(100);
  expect(clock.timers).toBe(1);
});
