/** Waiting for a fact without polling: look, and look again whenever something has moved, until it is there or the time is up. */
import { UserError } from '../base/errors.js';
import type { Millis } from '../base/ids.js';
import type { Clock } from '../ports/clock.js';
import type { Waiting } from '../replication/waiters.js';
import { keepingAlive } from './keep-alive.js';
import type { StopSignal } from './stop-signal.js';

/** What every wait of one broker has in common. */
export interface Patience {
  /** Real time, whatever the broker's clock or fake timers say. */
  readonly clock: Clock;
  readonly stopSignal: StopSignal;
}

export interface Wanted<Found> {
  /** What the caller asked for, for the error of a broker that is stopped: `records of orders`. */
  readonly what: string;
  readonly timeoutMs: Millis;
  /** Has `changed` called whenever it may be worth looking again. */
  readonly listen: (changed: () => void) => readonly Waiting[];
  /** Undefined: not there yet. */
  readonly look: () => Found | undefined | Promise<Found | undefined>;
  /** What was there instead when the time was up. */
  readonly missing: () => UserError;
}

export const TIMEOUT_MS_DEFAULT: Millis = 5000;

/** @throws what `missing` says after `timeoutMs`; BROKER_STOPPED */
export function waitFor<Found>(patience: Patience, wanted: Wanted<Found>): Promise<Found> {
  return keepingAlive(async () => {
    const { clock, stopSignal } = patience;
    const deadline = clock.monotonic() + wanted.timeoutMs;
    for (;;) {
      if (stopSignal.stopped) throw stopped(wanted.what);
      // Listening begins before looking: what moves between the two wakes us.
      const change = nextChange(patience, wanted, deadline);
      let found: Found | undefined;
      try {
        found = await wanted.look();
      } catch (error) {
        change.cancel();
        throw error;
      }
      if (found !== undefined) {
        change.cancel();
        return found;
      }
      if ((await change.happened) === 'deadline') throw wanted.missing();
    }
  });
}

/** @throws UserError OPTION_INVALID */
export function checkCount(what: string, count: number): void {
  if (Number.isSafeInteger(count) && count >= 0) return;
  throw new UserError('OPTION_INVALID', `${what}: count must be a whole number of 0 or more, not ${count}.`);
}

export function stopped(what: string): UserError {
  return new UserError('BROKER_STOPPED', `${what}: the broker has been stopped.`);
}

function nextChange(
  { clock, stopSignal }: Patience,
  { listen }: Pick<Wanted<unknown>, 'listen'>,
  deadline: Millis,
): { readonly happened: Promise<'change' | 'deadline'>; readonly cancel: () => void } {
  let cancel = (): void => {};
  const happened = new Promise<'change' | 'deadline'>((resolve) => {
    const settle = (what: 'change' | 'deadline'): void => {
      cancel();
      resolve(what);
    };
    const changed = (): void => settle('change');
    const waits = listen(changed);
    const stopListening = stopSignal.onStop(changed);
    const timer = clock.setTimer(Math.max(0, deadline - clock.monotonic()), () => settle('deadline'));
    cancel = () => {
      clock.clearTimer(timer);
      stopListening();
      for (const wait of waits) wait.cancel();
    };
  });
  return { happened, cancel };
}
