import { UserError } from '../../base/errors.js';
import type { Millis } from '../../base/ids.js';
import type { Clock } from '../../ports/clock.js';
import { MoveListeners } from '../../replication/waiters.js';
import { checkCount, type Patience, TIMEOUT_MS_DEFAULT, waitFor } from '../waiting.js';
import type { Fault, HitOptions } from './fault.js';

/** Counts what has been met, and tells those who wait for it. */
export class Hits {
  readonly #what: string;
  readonly #patience: Patience;
  readonly #listeners = new MoveListeners();
  #count = 0;

  /** @param what `the fault on Produce` */
  constructor(what: string, patience: Patience) {
    this.#what = what;
    this.#patience = patience;
  }

  get count(): number {
    return this.#count;
  }

  add(count: number): void {
    this.#count += count;
    this.#listeners.moved();
  }

  async reached({ count = 1, timeoutMs = TIMEOUT_MS_DEFAULT }: HitOptions = {}): Promise<void> {
    checkCount('hit', count);
    await waitFor(this.#patience, {
      what: this.#what,
      timeoutMs,
      listen: (changed) => [this.#listeners.add(changed)],
      look: () => (this.#count >= count ? true : undefined),
      missing: () =>
        new UserError(
          'FAULT_NOT_HIT',
          `waited ${timeoutMs} ms for ${this.#what} to be met ${times(count)}, but it was met ${times(this.#count)}.`,
        ),
    });
  }
}

/** A fault as it stands among the others. What it does, `kind` says. */
export class SetFault<Kind> implements Fault {
  readonly kind: Kind;
  readonly #hits: Hits;
  #remaining: number;
  readonly #onOver: (fault: SetFault<Kind>) => void;
  readonly #held = new Set<() => void>();

  constructor(options: {
    readonly kind: Kind;
    readonly what: string;
    readonly times: number;
    readonly patience: Patience;
    /** Runs once, when it meets no more. */
    readonly onOver: (fault: SetFault<Kind>) => void;
  }) {
    this.kind = options.kind;
    this.#hits = new Hits(options.what, options.patience);
    this.#remaining = options.times;
    this.#onOver = options.onOver;
  }

  get hits(): number {
    return this.#hits.count;
  }

  get remaining(): number {
    return this.#remaining;
  }

  hit(options?: HitOptions): Promise<void> {
    return this.#hits.reached(options);
  }

  cancel(): void {
    this.#end();
    for (const release of this.#held) release();
  }

  /** One request, or as many connections. */
  meet(count = 1): void {
    this.#remaining = Math.max(0, this.#remaining - count);
    if (this.#remaining === 0) this.#onOver(this);
    this.#hits.add(count);
  }

  /** Over, though it has met less than it might. */
  #end(): void {
    if (this.#remaining === 0) return;
    this.#remaining = 0;
    this.#onOver(this);
  }

  /** Resolves `ms` later, or when the fault is cancelled. */
  hold(clock: Clock, ms: Millis): Promise<void> {
    return new Promise((resolve) => {
      const release = (): void => {
        clock.clearTimer(timer);
        this.#held.delete(release);
        resolve();
      };
      const timer = clock.setTimer(ms, release);
      this.#held.add(release);
    });
  }
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
