/**
 * A broker's presence in the cluster: a lease kept alive, its registration under it, and the controller's place when it is free. A
 * session that is lost (the process was stopped for longer than the lease lasts) is begun again.
 */
import { UserError } from '../../base/errors.js';
import type { Millis } from '../../base/ids.js';
import type { Clock, TimerHandle } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { MetadataFollower } from '../follow.js';
import type { BrokerRegistration } from '../records.js';
import type { Lease, MetadataStore } from '../store/store.js';
import { decideClaim, decideRegistration } from './registration.js';

export interface SessionOptions {
  readonly store: MetadataStore;
  readonly follower: MetadataFollower;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaseMs: Millis;
  readonly registration: BrokerRegistration;
}

/** Of the lease: how often it is kept alive, so that two attempts may fail. */
const KEEP_ALIVES_PER_LEASE = 3;
/** Of the lease: how long a broker waits for the run before it to be declared dead, before it says that its id is taken. */
const LEASES_TO_WAIT_FOR = 2;

export class BrokerSession {
  readonly #options: SessionOptions;
  readonly #timers = new Set<TimerHandle>();
  /** The one we live by; one that is lost or given up is not it any more. */
  #lease: Lease | undefined;
  #registered = false;
  #ended = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /**
   * Registered, and the image says so.
   * @throws UserError BROKER_ID_IN_USE, METADATA_UNAVAILABLE
   */
  async begin(): Promise<void> {
    const { store, follower, leaseMs } = this.#options;
    const lease = await store.lease(leaseMs);
    this.#lease = lease;
    this.#registered = false;
    lease.onLost(() => this.#lost(lease));
    this.#keepAliveLater(lease);
    try {
      const revision = await this.#register(lease);
      this.#registered = true;
      await follower.waitFor(revision);
      await this.claimController();
    } catch (error) {
      // Not kept alive any more: what may have been written under it goes with it.
      this.#lease = undefined;
      throw error;
    }
  }

  /** Becomes the controller if nobody is. */
  async claimController(): Promise<void> {
    const { store, follower, registration } = this.#options;
    if (this.#ended || this.#lease === undefined || !this.#registered) return;
    const change = decideClaim(follower.image, registration, this.#lease.id);
    if (change === undefined) return;
    const { ok, revision } = await store.compareAndSet(change);
    if (ok) await follower.waitFor(revision);
    // Somebody was faster (another broker, or we ourselves, told of the free place by the watch), or the lease is lost and `onLost`
    // begins anew. Whoever waits for us is to see who it is.
    else if (follower.image.revision < revision) await follower.refresh();
  }

  /** Leaves the cluster at once, without waiting for the lease to run out. @throws UserError METADATA_UNAVAILABLE */
  async end(): Promise<void> {
    this.#ended = true;
    for (const timer of this.#timers) this.#options.clock.clearTimer(timer);
    await this.#lease?.revoke();
  }

  async #register(lease: Lease): Promise<number> {
    const { store, follower, clock, leaseMs, registration } = this.#options;
    const deadlineMs = clock.monotonic() + LEASES_TO_WAIT_FOR * leaseMs;
    for (;;) {
      const decision = decideRegistration(follower.image, registration, lease.id);
      if (decision.kind === 'register') {
        const { ok, revision } = await store.compareAndSet(decision.change);
        if (ok) return revision;
        if (follower.image.revision < revision) await follower.refresh();
      }
      if (clock.monotonic() >= deadlineMs) throw idInUse(registration.brokerId);
      await this.#pause(leaseMs / KEEP_ALIVES_PER_LEASE);
    }
  }

  #lost(lease: Lease): void {
    if (this.#ended || this.#lease !== lease) return;
    const { logger, leaseMs } = this.#options;
    logger.warn('this broker was not heard of for too long and counts as dead; it registers again', {
      leaseMs,
    });
    this.#beginAgain();
  }

  #beginAgain(): void {
    if (this.#ended) return;
    this.begin().catch((error: unknown) => {
      const { logger, leaseMs } = this.#options;
      logger.error('this broker could not register; it tries again', { error });
      this.#later(leaseMs, () => this.#beginAgain());
    });
  }

  #keepAliveLater(lease: Lease): void {
    const { leaseMs, logger } = this.#options;
    this.#later(leaseMs / KEEP_ALIVES_PER_LEASE, () => {
      if (this.#lease !== lease) return;
      lease.keepAlive().then(
        (alive) => {
          // If it is not, `onLost` has been told.
          if (alive) this.#keepAliveLater(lease);
        },
        (error: unknown) => {
          logger.warn('the lease could not be kept alive; it is tried again', { error });
          this.#keepAliveLater(lease);
        },
      );
    });
  }

  /** Never resolves once the session has ended: nobody waits then. */
  #pause(ms: Millis): Promise<void> {
    return new Promise((resolve) => this.#later(ms, resolve));
  }

  #later(ms: Millis, callback: () => void): void {
    if (this.#ended) return;
    const timer = this.#options.clock.setTimer(ms, () => {
      this.#timers.delete(timer);
      callback();
    });
    this.#timers.add(timer);
  }
}

function idInUse(brokerId: number): UserError {
  return new UserError(
    'BROKER_ID_IN_USE',
    `another broker is in the cluster as broker ${brokerId}`,
    'give each broker a node.id of its own',
  );
}
