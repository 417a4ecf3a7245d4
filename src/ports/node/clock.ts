import { performance } from 'node:perf_hooks';
import { assert } from '../../base/assert.js';
import type { Millis } from '../../base/ids.js';
import type { Clock } from '../clock.js';

// Taken when the module loads: fake timers that a user's test installs later replace the globals, not these.
const { setTimeout, clearTimeout } = globalThis;
const wallClock = Date.now.bind(Date);
const monotonicClock = performance.now.bind(performance);

/** What setTimeout takes; beyond it Node fires at once. */
const DELAY_MS_MAX = 2 ** 31 - 1;

export interface NodeClockOptions {
  /** True: a pending timer does not keep the process alive. */
  readonly unref?: boolean;
}

/** The clock of this machine. `monotonic` counts from the start of the thread. */
export function nodeClock(options: NodeClockOptions = {}): Clock {
  const unref = options.unref === true;
  return {
    now: wallClock,
    monotonic: monotonicClock,
    setTimer: (delayMs, callback) => new NodeTimer(delayMs, callback, unref),
    clearTimer: (timer) => {
      assert(timer instanceof NodeTimer, 'a timer is given back to the clock that set it');
      timer.clear();
    },
  };
}

/**
 * A timer that never fires early. Node counts delays on a clock of whole milliseconds, cut off, so one of 2 ms may fire after
 * 1.1 (it does in half of the cases while the loop is busy). A deadline reckoned by `monotonic` would not have passed yet, and
 * whoever was woken for it would find nothing to do. The look at the clock also carries delays beyond Node's longest.
 */
class NodeTimer {
  readonly #dueAt: Millis;
  readonly #callback: () => void;
  readonly #unref: boolean;
  #timeout: NodeJS.Timeout | undefined;

  constructor(delayMs: Millis, callback: () => void, unref: boolean) {
    assert(delayMs >= 0, 'a delay is zero or more');
    this.#dueAt = monotonicClock() + delayMs;
    this.#callback = callback;
    this.#unref = unref;
    this.#arm(delayMs);
  }

  clear(): void {
    clearTimeout(this.#timeout);
  }

  #arm(delayMs: Millis): void {
    this.#timeout = setTimeout(this.#fire, Math.min(Math.ceil(delayMs), DELAY_MS_MAX));
    if (this.#unref) this.#timeout.unref();
  }

  readonly #fire = (): void => {
    const leftMs = this.#dueAt - monotonicClock();
    if (leftMs > 0) this.#arm(leftMs);
    else this.#callback();
  };
}
