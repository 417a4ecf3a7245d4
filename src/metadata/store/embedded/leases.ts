/**
 * Leases of the embedded store. They live in memory: whoever held one lived in this process and ended with it, so at the next
 * opening every leased key is deleted. Deadlines are counted on the monotonic clock.
 */
import { assert } from '../../../base/assert.js';
import type { Millis } from '../../../base/ids.js';
import { queueMicrotask } from '../../../base/microtask.js';
import type { Clock, TimerHandle } from '../../../ports/clock.js';
import type { Lease, LeaseId } from '../store.js';

export class Leases {
  readonly #clock: Clock;
  readonly #store: LeasedKeys;
  readonly #leases = new Map<LeaseId, EmbeddedLease>();
  #lastId: LeaseId = 0;

  constructor(clock: Clock, store: LeasedKeys) {
    this.#clock = clock;
    this.#store = store;
  }

  grant(ttlMs: Millis): Lease {
    assert(ttlMs > 0, 'a lease lasts a while');
    const id: LeaseId = ++this.#lastId;
    const lease = new EmbeddedLease(id, ttlMs, this.#clock, {
      deleteKeysOf: () => {
        this.#leases.delete(id);
        this.#store.deleteKeysOf(id);
      },
      deleted: () => this.#store.deleted(),
    });
    this.#leases.set(id, lease);
    return lease;
  }

  has(id: LeaseId): boolean {
    return this.#leases.has(id);
  }

  forgetAll(): void {
    for (const lease of this.#leases.values()) lease.forget();
    this.#leases.clear();
  }
}

/** What leases ask of the store that keeps their keys. */
export interface LeasedKeys {
  /** Sees to it that the keys of a lease that is gone go too, however long the disk refuses. */
  deleteKeysOf(lease: LeaseId): void;
  /** Resolves once all such keys are durably gone. @throws UserError METADATA_UNAVAILABLE */
  deleted(): Promise<void>;
}

class EmbeddedLease implements Lease {
  readonly id: LeaseId;
  readonly #ttlMs: Millis;
  readonly #clock: Clock;
  readonly #store: LeasedKeys;
  readonly #listeners: (() => void)[] = [];
  #state: 'alive' | 'lost' | 'revoked' = 'alive';
  #deadlineMs: Millis;
  #timer: TimerHandle;

  constructor(id: LeaseId, ttlMs: Millis, clock: Clock, store: LeasedKeys) {
    this.id = id;
    this.#ttlMs = ttlMs;
    this.#clock = clock;
    this.#store = store;
    this.#deadlineMs = clock.monotonic() + ttlMs;
    this.#timer = clock.setTimer(ttlMs, () => this.#due());
  }

  keepAlive(): Promise<boolean> {
    // The deadline decides, not whether its timer has had its turn: a process that slept too long has lost the lease.
    if (this.#state === 'alive' && this.#clock.monotonic() >= this.#deadlineMs) this.#lose();
    if (this.#state === 'alive') this.#deadlineMs = this.#clock.monotonic() + this.#ttlMs;
    return Promise.resolve(this.#state === 'alive');
  }

  async revoke(): Promise<void> {
    if (this.#state !== 'alive') return;
    this.#state = 'revoked';
    this.#clock.clearTimer(this.#timer);
    this.#store.deleteKeysOf(this.id);
    await this.#store.deleted();
  }

  onLost(listener: () => void): void {
    if (this.#state === 'lost') queueMicrotask(listener);
    else this.#listeners.push(listener);
  }

  forget(): void {
    this.#clock.clearTimer(this.#timer);
  }

  /** Kept alive in the meantime: the timer is set anew. One timer a time to live, not one a keep-alive. */
  #due(): void {
    const leftMs = this.#deadlineMs - this.#clock.monotonic();
    if (leftMs > 0) this.#timer = this.#clock.setTimer(leftMs, () => this.#due());
    else if (this.#state === 'alive') this.#lose();
  }

  #lose(): void {
    this.#state = 'lost';
    this.#clock.clearTimer(this.#timer);
    this.#store.deleteKeysOf(this.id);
    for (const listener of this.#listeners) queueMicrotask(listener);
  }
}
