import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { InvariantError } from '../../../src/base/assert.js';
import { manualClock } from '../../../src/ports/memory/clock.js';
import { nodeClock } from '../../../src/ports/node/clock.js';
import { Workshop } from './bundle.js';

const workshop = new Workshop();
afterAll(() => workshop.clear());
afterEach(() => {
  vi.useRealTimers();
});

function fired(
  clock: { setTimer(delayMs: number, callback: () => void): object },
  delayMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(delayMs, resolve);
  });
}

describe('nodeClock', () => {
  test('a timer fires at its time or later, also while the loop turns without a rest', async () => {
    const clock = nodeClock();
    const spinning = { on: true };
    const spin = (): void => {
      if (spinning.on) setImmediate(spin);
    };
    spin();
    for (let each = 0; each < 40; each++) {
      const delayMs = [0, 0.4, 1, 2, 3.7][each % 5] as number;
      const setAt = clock.monotonic();
      await fired(clock, delayMs);
      expect(clock.monotonic() - setAt).toBeGreaterThanOrEqual(delayMs);
    }
    spinning.on = false;
  });

  test('a cleared timer does not fire, and clearing after it fired does no harm', async () => {
    const clock = nodeClock();
    const calls: string[] = [];
    const cleared = clock.setTimer(1, () => calls.push('cleared'));
    const kept = clock.setTimer(1, () => calls.push('kept'));
    clock.clearTimer(cleared);
    await fired(clock, 5);
    clock.clearTimer(kept);
    clock.clearTimer(cleared);
    expect(calls).toEqual(['kept']);
    expect(() => clock.clearTimer({})).toThrow(InvariantError);
  });

  test('a delay longer than Node’s longest does not fire at once', async () => {
    const clock = nodeClock({ unref: true });
    let early = false;
    const note = (): void => {
      early = true;
    };
    // Node would warn, and fire every millisecond from then on.
    process.once('warning', note);
    const timers = [2 ** 31, 2 ** 40, Number.POSITIVE_INFINITY].map((delayMs) =>
      clock.setTimer(delayMs, note),
    );
    await fired(clock, 5);
    for (const timer of timers) clock.clearTimer(timer);
    process.off('warning', note);
    expect(early).toBe(false);
    for (const wrong of [-1, Number.NaN]) expect(() => clock.setTimer(wrong, note)).toThrow(InvariantError);
  });

  test('fake timers that a user installs do not touch it', async () => {
    const clock = nodeClock();
    vi.useFakeTimers({ now: 0, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
    expect(Date.now()).toBe(0);
    expect(clock.now()).toBeGreaterThan(1_700_000_000_000);
    const before = clock.monotonic();
    await fired(clock, 2);
    expect(clock.monotonic()).toBeGreaterThan(before);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    ['{ unref: true }', 'ends at once'],
    ['{}', 'ends at once, fired'],
  ])('a pending timer of nodeClock(%s): the process %s', (options, expected) => {
    const source = workshop.bundle(`
      import { nodeClock } from '../../../src/ports/node/clock.js';
      nodeClock(${options}).setTimer(150, () => console.log('fired'));
      console.log('ends at once');
    `);
    const output = execFileSync(process.execPath, [fileURLToPath(source)], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect(output.trim().split('\n').join(', ')).toBe(expected);
  });
});

describe('manualClock', () => {
  test('fires in order of time, then of setting, and what these set in turn', () => {
    const clock = manualClock(1_000);
    const log: string[] = [];
    const note = (name: string) => () => log.push(`${name}@${clock.now()}/${clock.monotonic()}`);
    clock.setTimer(20, note('c'));
    clock.setTimer(10, note('a'));
    clock.setTimer(10, note('b'));
    const cleared = clock.setTimer(15, note('never'));
    clock.setTimer(5, () => {
      note('first')();
      clock.setTimer(0, note('nested'));
      clock.setTimer(100, note('late'));
      clock.clearTimer(cleared);
    });
    expect(clock.nextTimerInMs).toBe(5);
    clock.advance(20);
    expect(log).toEqual(['first@1005/5', 'nested@1005/5', 'a@1010/10', 'b@1010/10', 'c@1020/20']);
    expect(clock.pendingTimers).toBe(1);
    expect(clock.nextTimerInMs).toBe(85);
    clock.advance(84.5);
    expect(log.length).toBe(5);
    clock.advance(0.5);
    expect(log.at(-1)).toBe('late@1105/105');
    expect(clock.nextTimerInMs).toBeUndefined();
    expect(() => clock.advance(-1)).toThrow(InvariantError);
  });
});
