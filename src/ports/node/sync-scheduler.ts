import { assert } from '../../base/assert.js';

/**
 * Orders the syncs of a whole broker: first come, first served, at most `maxInFlight` of them at once.
 *
 * Why a bound: a sync holds one thread of libuv's pool for as long as the device takes, and the pool (four
 * threads unless told otherwise, shared by every worker thread of the process) also serves reads, writes and
 * name look-ups. Syncs in every thread would stop the broker.
 *
 * Why sharing: a caller that asks while a sync of the same thing waits in line gains nothing from one of its
 * own, since that sync has yet to begin and so covers whatever the caller has written. One that asks while a
 * sync runs must wait for the next: the running one may have passed its data already. So a thing has at most
 * one sync running and one waiting, and the line is never longer than the number of things.
 */
export class SyncScheduler<Target> {
  readonly #maxInFlight: number;
  readonly #run: (target: Target) => Promise<void>;
  /** In order of arrival: a Map iterates in the order of insertion. */
  readonly #waiting = new Map<Target, Waiting>();
  readonly #running = new Set<Target>();

  /** @param run performs one sync; its rejection goes to everybody who shares it */
  constructor(maxInFlight: number, run: (target: Target) => Promise<void>) {
    assert(Number.isInteger(maxInFlight) && maxInFlight >= 1, 'at least one sync may be in flight');
    this.#maxInFlight = maxInFlight;
    this.#run = run;
  }

  /** Resolves when a sync that began after this call has succeeded. */
  request(target: Target): Promise<void> {
    const shared = this.#waiting.get(target);
    if (shared !== undefined) return shared.promise;
    const waiting = newWaiting();
    this.#waiting.set(target, waiting);
    this.#startWhatFits();
    return waiting.promise;
  }

  #startWhatFits(): void {
    for (const [target, waiting] of this.#waiting) {
      if (this.#running.size >= this.#maxInFlight) return;
      // The kernel would make two syncs of one file wait for each other, in two threads. It keeps its place in line,
      // where more callers can join it.
      if (this.#running.has(target)) continue;
      this.#waiting.delete(target);
      void this.#start(target, waiting);
    }
  }

  /** Never rejects: what goes wrong goes to those who wait. */
  async #start(target: Target, waiting: Waiting): Promise<void> {
    this.#running.add(target);
    try {
      await this.#run(target);
      waiting.resolve();
    } catch (error) {
      waiting.reject(error);
    }
    this.#running.delete(target);
    this.#startWhatFits();
  }
}

interface Waiting {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function newWaiting(): Waiting {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
