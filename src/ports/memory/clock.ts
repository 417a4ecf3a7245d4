import { assert } from '../../base/assert.js';
import type { Millis } from '../../base/ids.js';
import type { Clock } from '../clock.js';

/** A clock that stands still until it is told to go. */
export interface ManualClock extends Clock {
  /** Lets `ms` pass and fires, in order of their time and then of their setting, the timers that fall due, and those that these set. */
  advance(ms: Millis): void;
  /** In how many milliseconds the next timer is due; undefined without one. */
  readonly nextTimerInMs: Millis | undefined;
  readonly pendingTimers: number;
}

/** @param startMs what `now` says at first; `monotonic` starts at 0 */
export function manualClock(startMs: Millis): ManualClock {
  return new StandingClock(startMs);
}

interface Timer {
  readonly dueAt: Millis;
  readonly callback: () => void;
}

class StandingClock implements ManualClock {
  readonly #startMs: Millis;
  #elapsedMs: Millis = 0;
  /** By `dueAt`; equal ones in the order of their setting. */
  readonly #timers: Timer[] = [];

  constructor(startMs: Millis) {
    this.#startMs = startMs;
  }

  now(): Millis {
    return Math.floor(this.#startMs + this.#elapsedMs);
  }

  monotonic(): Millis {
    return this.#elapsedMs;
  }

  setTimer(delayMs: Millis, callback: () => void): object {
    assert(delayMs >= 0, 'a delay is zero or more');
    const timer: Timer = { dueAt: this.#elapsedMs + delayMs, callback };
    this.#timers.splice(this.#firstDueAfter(timer.dueAt), 0, timer);
    return timer;
  }

  clearTimer(timer: object): void {
    const at = this.#timers.indexOf(timer as Timer);
    if (at >= 0) this.#timers.splice(at, 1);
  }

  get nextTimerInMs(): Millis | undefined {
    const next = this.#timers[0];
    return next === undefined ? undefined : next.dueAt - this.#elapsedMs;
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  advance(ms: Millis): void {
    assert(ms >= 0, 'time does not go back');
    const until = this.#elapsedMs + ms;
    for (let next = this.#timers[0]; next !== undefined && next.dueAt <= until; next = this.#timers[0]) {
      this.#timers.shift();
      this.#elapsedMs = next.dueAt;
      next.callback();
    }
    this.#elapsedMs = until;
  }

  #firstDueAfter(dueAt: Millis): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#timers[middle] as Timer).dueAt <= dueAt) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
