/**
 * A clock that can be put forward: the real one, with a shift. Time flows in it as ever; `advance` adds to the shift, on the way fires every timer
 * that falls due, in order, and lets what each of them starts come to rest before it goes on.
 */
import { assert } from '../../base/assert.js';
import type { Millis } from '../../base/ids.js';
import type { Clock, TimerHandle } from '../../ports/clock.js';

/**
 * A long way is walked in so many steps at most, and timers that fall due within one step fire together at its end. A round that runs every 500 ms
 * would otherwise run more than a million times in eight days.
 */
const STEPS_MAX = 250;

interface Timer {
  readonly dueMs: Millis;
  /** Breaks ties in the order of setting. */
  readonly sequence: number;
  readonly callback: () => void;
  /** On the real clock. */
  handle: TimerHandle;
}

export class ShiftedClock implements Clock {
  readonly #real: Clock;
  /** Resolves when what has been started has come to rest, but for what waits for time or for the network. */
  readonly #settled: () => Promise<void>;
  readonly #timers = new Set<Timer>();
  /** Of `monotonic`: all that has been added. */
  #shiftMs: Millis = 0;
  /** Of `now`: what has been added since it last showed real time. */
  #wallShiftMs: Millis = 0;
  #sequence = 0;
  /** Advances run one after the other. */
  #advancing: Promise<void> = Promise.resolve();

  constructor(real: Clock, settled: () => Promise<void>) {
    this.#real = real;
    this.#settled = settled;
  }

  now(): Millis {
    return this.#real.now() + Math.floor(this.#wallShiftMs);
  }

  monotonic(): Millis {
    return this.#real.monotonic() + this.#shiftMs;
  }

  setTimer(delayMs: Millis, callback: () => void): TimerHandle {
    const timer: Timer = {
      dueMs: this.monotonic() + delayMs,
      sequence: this.#sequence++,
      callback,
      handle: this.#real.setTimer(delayMs, () => this.#fire(timer)),
    };
    this.#timers.add(timer);
    return timer;
  }

  clearTimer(handle: TimerHandle): void {
    const timer = handle as Timer;
    this.#real.clearTimer(timer.handle);
    this.#timers.delete(timer);
  }

  /** `now` shows real time again, as after a correction by NTP. `monotonic` goes on from where it is. */
  showRealTime(): void {
    this.#wallShiftMs = 0;
  }

  /** Puts the clock forward by `ms`. Resolves when everything that fell due has run, and what it started has come to rest. */
  advance(ms: Millis): Promise<void> {
    assert(ms >= 0, 'time does not go back');
    this.#advancing = this.#advancing.then(() => this.#advance(ms));
    return this.#advancing;
  }

  async #advance(ms: Millis): Promise<void> {
    // What is under way may be about to set a timer of its own.
    await this.#settled();
    const shiftMs = this.#shiftMs + ms;
    // Real time flows underneath, and the goal with it.
    const until = (): Millis => this.#real.monotonic() + shiftMs;
    const strideMs = ms / STEPS_MAX;
    for (let next = this.#earliest(); next !== undefined && next.dueMs <= until(); next = this.#earliest()) {
      this.#moveTo(Math.min(until(), Math.max(next.dueMs, this.monotonic() + strideMs)));
      this.#fireDue();
      await this.#settled();
    }
    this.#shiftBy(shiftMs - this.#shiftMs);
    // The real timers count as if nothing had happened.
    for (const timer of this.#timers) {
      this.#real.clearTimer(timer.handle);
      const leftMs = Math.max(0, timer.dueMs - this.monotonic());
      timer.handle = this.#real.setTimer(leftMs, () => this.#fire(timer));
    }
    await this.#settled();
  }

  /** Not back: real time may have passed it while things came to rest. */
  #moveTo(monotonicMs: Millis): void {
    this.#shiftBy(Math.max(0, monotonicMs - this.monotonic()));
  }

  #shiftBy(ms: Millis): void {
    this.#shiftMs += ms;
    this.#wallShiftMs += ms;
  }

  /** Those that are due now; what these set anew waits for the next step, or two timers that set each other would never end. */
  #fireDue(): void {
    const nowMs = this.monotonic();
    const due = [...this.#timers].filter(({ dueMs }) => dueMs <= nowMs);
    due.sort((a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence);
    for (const timer of due) {
      // One before it may have cleared it.
      if (!this.#timers.has(timer)) continue;
      this.#real.clearTimer(timer.handle);
      this.#fire(timer);
    }
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    timer.callback();
  }

  #earliest(): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers)
      if (earliest === undefined || timer.dueMs < earliest.dueMs) earliest = timer;
    return earliest;
  }
}
