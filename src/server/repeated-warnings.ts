/**
 * Warnings that strangers can cause. The first ones of a while are written as they come; beyond them only how many more there were, so
 * that a port scan or a loop of refused connections fills neither the log's disk nor the event loop.
 */
import type { Millis } from '../base/ids.js';
import type { Clock, TimerHandle } from '../ports/clock.js';
import type { LogFields, Logger } from '../ports/logger.js';

export type Warn = (message: string, fields?: LogFields) => void;

const WHILE_MS: Millis = 10_000;
const LINES_PER_WHILE = 100;

export class RepeatedWarnings {
  readonly #logger: Logger;
  readonly #clock: Clock;
  #lines = 0;
  #leftOut = 0;
  /** Of the last one left out, as an example. */
  #last = '';
  #whileEnds: TimerHandle | null = null;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  readonly warn: Warn = (message, fields) => {
    this.#whileEnds ??= this.#clock.setTimer(WHILE_MS, () => this.close());
    if (this.#lines < LINES_PER_WHILE) {
      this.#lines++;
      this.#logger.warn(message, fields);
    } else {
      this.#leftOut++;
      this.#last = message;
    }
  };

  /** Says what was left out, and begins anew. */
  close(): void {
    if (this.#whileEnds !== null) this.#clock.clearTimer(this.#whileEnds);
    this.#whileEnds = null;
    if (this.#leftOut > 0)
      this.#logger.warn(
        `${this.#leftOut} more warnings about connections were left out; the last: ${this.#last}`,
      );
    this.#lines = 0;
    this.#leftOut = 0;
  }
}
