/** The clock that is put forward, over a real one that stands still: what fires, when, in which order. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { manualClock } from '../../../src/ports/memory/clock.js';
import { ShiftedClock } from '../../../src/testing/time/shifted-clock.js';
import { seed } from '../wire/seed.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const START_MS = Date.UTC(2026, 0, 1);

test('timers fire once, in the order of their time, and see that time', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(200), { minLength: 1, maxLength: 20 }),
      fc.array(fc.nat(120), { minLength: 1, maxLength: 4 }),
      async (delays, advances) => {
        const clock = new ShiftedClock(manualClock(START_MS), turn);
        const fired: { readonly delay: number; readonly at: number }[] = [];
        for (const delay of delays) clock.setTimer(delay, () => fired.push({ delay, at: clock.monotonic() }));
        let passed = 0;
        for (const ms of advances) {
          await clock.advance(ms);
          passed += ms;
          expect(clock.monotonic()).toBeCloseTo(passed, 6);
          expect(clock.now()).toBe(START_MS + passed);
          expect(fired.map(({ delay }) => delay)).toEqual(
            delays.filter((each) => each <= passed).sort((a, b) => a - b),
          );
        }
        // Within a step of the longest advance.
        for (const { delay, at } of fired) {
          expect(at).toBeGreaterThanOrEqual(delay);
          expect(at).toBeLessThanOrEqual(delay + Math.max(...advances) / 250 + 1e-6);
        }
      },
    ),
    { seed, numRuns: 100 },
  );
});

test('what a timer starts comes to rest before the next one fires', async () => {
  const clock = new ShiftedClock(manualClock(START_MS), turn);
  const story: string[] = [];
  for (const ms of [10, 20]) {
    clock.setTimer(ms, () => {
      story.push(`${ms} fires`);
      void Promise.resolve()
        .then(() => {})
        .then(() => story.push(`${ms} is done`));
    });
  }
  await clock.advance(30);
  expect(story).toEqual(['10 fires', '10 is done', '20 fires', '20 is done']);
});

test('a timer that is set on the way fires on the way, and one that is cleared does not', async () => {
  const clock = new ShiftedClock(manualClock(START_MS), turn);
  const fired: number[] = [];
  const doomed = clock.setTimer(50, () => fired.push(50));
  clock.setTimer(10, () => {
    clock.clearTimer(doomed);
    clock.setTimer(30, () => fired.push(40));
    clock.setTimer(300, () => fired.push(310));
  });
  await clock.advance(100);
  expect(fired).toEqual([40]);
});

test('a round that sets itself again runs a bounded number of times, the last near the end', async () => {
  const clock = new ShiftedClock(manualClock(START_MS), turn);
  let rounds = 0;
  let lastMs = 0;
  const round = (): void => {
    rounds++;
    lastMs = clock.monotonic();
    clock.setTimer(500, round);
  };
  clock.setTimer(500, round);
  await clock.advance(8 * 86_400_000);
  expect(rounds).toBeLessThanOrEqual(252);
  expect(8 * 86_400_000 - lastMs).toBeLessThanOrEqual(500);
});

test('real time goes on underneath, and what is left of a timer is shorter by what was added', async () => {
  const real = manualClock(START_MS);
  const clock = new ShiftedClock(real, turn);
  let fired = false;
  clock.setTimer(100, () => {
    fired = true;
  });
  await clock.advance(60);
  real.advance(39);
  expect(fired).toBe(false);
  real.advance(1);
  expect(fired).toBe(true);
  expect(clock.now()).toBe(START_MS + 100);
  clock.showRealTime();
  expect([clock.now(), clock.monotonic()]).toEqual([START_MS + 40, 100]);
});
