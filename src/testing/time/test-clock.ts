import type { Duration } from './duration.js';

/** The broker's own clock: real time, and whatever a test has added to it. */
export interface TestClock {
  /** The broker's time, in milliseconds since 1970. */
  now(): number;
  /**
   * Puts the broker's clock forward: `advance('10 minutes')`. Whatever waits for time in the broker happens in order: sessions end, old
   * records and offsets go, rebalances that waited go on. Resolves when that has happened. The test's own time, and its clients', stand where
   * they are: what a client stamps is that much older for the broker. `broker.reset` shows real time again.
   * @throws DURATION_INVALID, BROKER_STOPPED
   */
  advance(duration: Duration): Promise<void>;
}
