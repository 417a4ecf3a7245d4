import type { Millis } from '../base/ids.js';

/** A pending timer. Opaque; give it back to `clearTimer`. */
export type TimerHandle = { readonly timer: unique symbol } | object;

/**
 * The only source of time. `now` may jump (NTP, an operator); `monotonic` never goes back and is what
 * deadlines are counted in.
 */
export interface Clock {
  /** Wall clock, whole milliseconds since 1970: for record timestamps and retention. */
  now(): Millis;
  /** Milliseconds since an arbitrary start, with a fraction; never goes back. */
  monotonic(): Millis;
  /** Calls `callback` once, `delayMs` from now or later. Never keeps a process alive by itself in the kit for tests. */
  setTimer(delayMs: Millis, callback: () => void): TimerHandle;
  clearTimer(timer: TimerHandle): void;
}
