/**
 * The metadata store in one process: keys in memory, commits in a log of its own.
 *
 * Changes wait in a queue; one loop takes all that wait, decides them in order on a draft, writes what they changed as one
 * frame, syncs once, and only then lets anyone see or hear of it: reads, watches, answers. A refused change also waits for
 * that sync, since what it was refused for may be a change of the same batch.
 *
 * Several clients may share an instance. The directory must be this process's alone (the data directory's lock sees to it).
 */
import { assert } from '../../../base/assert.js';
import { systemErrorCode, UserError } from '../../../base/errors.js';
import type { Millis } from '../../../base/ids.js';
import type { Clock, TimerHandle } from '../../../ports/clock.js';
import type { Disk } from '../../../ports/disk.js';
import type { Entropy } from '../../../ports/entropy.js';
import type { Logger } from '../../../ports/logger.js';
import {
  assertWithinLimits,
  type Lease,
  type LeaseId,
  type MetadataStore,
  type Revision,
  type StoreChange,
  type StoreEntry,
  type Watch,
  type WatchEvent,
} from '../store.js';
import { History } from './history.js';
import { Draft, type KeySpace } from './key-space.js';
import { Leases } from './leases.js';
import { LogBroken, type LogFiles, openLogFiles, type Recovered } from './log-files.js';
import { Watches } from './watches.js';

export interface EmbeddedStoreOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly logger: Logger;
  /** The store's own, absolute; made if missing, its parent must be there. */
  readonly directory: string;
  readonly bounds?: Partial<EmbeddedStoreBounds>;
}

export interface EmbeddedStoreBounds {
  /** A log that grows beyond this, and beyond the last snapshot, is replaced by a snapshot and a new log. */
  readonly logBytesMax: number;
  /** Changes that may wait for the disk; one more is refused. */
  readonly waitingMax: number;
  /** Of one frame: changes that share a sync. */
  readonly batchBytesMax: number;
  /** Kept for watches that begin in the past. */
  readonly historyChangesMax: number;
  readonly historyBytesMax: number;
}

const MiB = 1024 * 1024;

const DEFAULT_BOUNDS: EmbeddedStoreBounds = {
  logBytesMax: 4 * MiB,
  waitingMax: 10_000,
  batchBytesMax: 4 * MiB,
  historyChangesMax: 20_000,
  historyBytesMax: 8 * MiB,
};

/** How long to wait before trying again to delete the keys of ended leases from a disk that would not have it. */
const LEASE_RETRY_MS = 1000;

/** @throws UserError METADATA_CORRUPT, METADATA_NEWER */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<MetadataStore> {
  const { disk, entropy, directory, logger } = options;
  const recovered = await openLogFiles(disk, entropy, directory);
  if (recovered.tornBytes > 0) {
    logger.info('cut an unfinished write off the metadata log', { directory, bytes: recovered.tornBytes });
  }
  const store = new EmbeddedStore(options, recovered);
  try {
    await store.endLeasesOfTheDead();
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

/** A change in the queue, with its promise. */
interface Waiting {
  readonly change: StoreChange;
  readonly bytes: number;
  readonly answer: (answer: Answer) => void;
  readonly fail: (error: Error) => void;
}

interface Answer {
  readonly ok: boolean;
  readonly revision: Revision;
}

class EmbeddedStore implements MetadataStore {
  readonly #bounds: EmbeddedStoreBounds;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #files: LogFiles;
  readonly #keys: KeySpace;
  readonly #history: History;
  readonly #watches: Watches;
  readonly #leases: Leases;
  /** Gone, with keys that may still be there. */
  readonly #endedLeases = new Set<LeaseId>();
  #queue: Waiting[] = [];
  #committing: Promise<void> | undefined;
  /** How long the log may grow. */
  #snapshotAtBytes: number;
  #retry: TimerHandle | undefined;
  /** Why nothing can be changed any more. */
  #broken: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: EmbeddedStoreOptions, { files, keys, commits }: Recovered) {
    this.#bounds = { ...DEFAULT_BOUNDS, ...options.bounds };
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#files = files;
    this.#keys = keys;
    this.#history = new History(keys.revision - commits.length, {
      changesMax: this.#bounds.historyChangesMax,
      bytesMax: this.#bounds.historyBytesMax,
    });
    for (const commit of commits) this.#history.append(commit);
    this.#watches = new Watches(this.#history, () => this.#keys.revision);
    this.#leases = new Leases(options.clock, {
      deleteKeysOf: (lease) => {
        this.#endedLeases.add(lease);
        this.#commitSoon();
      },
      deleted: async () => {
        // A change of nothing: answered with the batch that deletes the keys.
        await this.#enqueue({ compares: [], puts: [], deletes: [] });
      },
    });
    this.#snapshotAtBytes = this.#bounds.logBytesMax;
  }

  /** At opening, whoever held a lease is gone: leases live as long as the process. */
  async endLeasesOfTheDead(): Promise<void> {
    const dead = new Set<LeaseId>();
    for (const { lease } of this.#keys.values()) if (lease > 0) dead.add(lease);
    if (dead.size === 0) return;
    for (const lease of dead) this.#endedLeases.add(lease);
    await this.#enqueue({ compares: [], puts: [], deletes: [] });
  }

  read(prefix: string): Promise<{ readonly revision: Revision; readonly entries: readonly StoreEntry[] }> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    return Promise.resolve({ revision: this.#keys.revision, entries: this.#keys.withPrefix(prefix) });
  }

  compareAndSet(change: StoreChange): Promise<Answer> {
    assertWithinLimits(change);
    if (this.#closing !== undefined) return Promise.reject(closed());
    if (this.#queue.length >= this.#bounds.waitingMax) {
      return Promise.reject(unavailable(`${this.#queue.length} changes are waiting for the disk`));
    }
    return this.#enqueue(change);
  }

  watch(prefix: string, from: Revision, listener: (event: WatchEvent) => void): Watch {
    assert(this.#closing === undefined, 'nobody watches a store that is closed');
    return this.#watches.add(prefix, from, listener);
  }

  lease(ttlMs: Millis): Promise<Lease> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    return Promise.resolve(this.#leases.grant(ttlMs));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#committing;
    if (this.#retry !== undefined) this.#clock.clearTimer(this.#retry);
    this.#watches.cancelAll();
    this.#leases.forgetAll();
    await this.#files.close();
  }

  #enqueue(change: StoreChange): Promise<Answer> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const bytes = change.puts.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    const answered = new Promise<Answer>((answer, fail) => this.#queue.push({ change, bytes, answer, fail }));
    this.#commitSoon();
    return answered;
  }

  #commitSoon(): void {
    if (this.#closing === undefined) this.#committing ??= this.#commitAll();
  }

  async #commitAll(): Promise<void> {
    // Everything that the present turn still asks for shares the first batch.
    await Promise.resolve();
    let failed = false;
    while (this.#queue.length > 0 || (this.#endedLeases.size > 0 && !failed)) {
      const batch = this.#takeBatch();
      try {
        await this.#commit(batch);
        failed = false;
      } catch (error) {
        failed = true;
        this.#refuse(batch, error);
      }
      await this.#shortenLog();
    }
    // In the same turn as the look at the queue, or a change that arrives in between would wait for ever.
    this.#committing = undefined;
    if (this.#endedLeases.size > 0) this.#endLeasesLater();
  }

  #takeBatch(): readonly Waiting[] {
    let count = 0;
    let bytes = 0;
    while (count < this.#queue.length && bytes < this.#bounds.batchBytesMax)
      bytes += this.#queue[count++]!.bytes;
    return this.#queue.splice(0, count);
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    const draft = new Draft(this.#keys);
    const ended = new Set(this.#endedLeases);
    if (ended.size > 0)
      draft.commit(
        [],
        draft.keysUnder((lease) => ended.has(lease)),
      );
    const answers = batch.map(({ change }) => this.#decide(draft, change));

    if (draft.commits.length > 0) await this.#files.append(draft.commits);

    for (const lease of ended) this.#endedLeases.delete(lease);
    for (const commit of draft.commits) this.#history.append(this.#keys.apply(commit));
    this.#watches.news();
    for (const [at, { answer }] of batch.entries()) answer(answers[at]!);
  }

  #decide(draft: Draft, { compares, puts, deletes }: StoreChange): Answer {
    const allowed =
      compares.every((compare) => draft.holds(compare)) &&
      puts.every(({ lease }) => lease === undefined || this.#leases.has(lease));
    return { ok: allowed, revision: allowed ? draft.commit(puts, deletes) : draft.revision };
  }

  #refuse(batch: readonly Waiting[], error: unknown): void {
    let answer: Error;
    if (error === this.#broken) {
      answer = this.#broken!;
    } else if (systemErrorCode(error) !== undefined) {
      answer = unavailable(`${this.#files.path}: ${messageOf(error)}`, error);
      this.#logger.error('the metadata log could not be written; nothing was changed', {
        cause: answer.message,
      });
    } else {
      answer = this.#breakDown(error);
    }
    for (const { fail } of batch) fail(answer);
  }

  /** From now on everything is refused. What has been answered stays readable. */
  #breakDown(error: unknown): Error {
    this.#broken = error instanceof LogBroken ? unavailable(error.message, error) : asError(error);
    this.#logger.error('the metadata store is broken until the broker is restarted', {
      cause: this.#broken.message,
    });
    return this.#broken;
  }

  #endLeasesLater(): void {
    if (this.#broken !== undefined || this.#closing !== undefined || this.#retry !== undefined) return;
    this.#retry = this.#clock.setTimer(LEASE_RETRY_MS, () => {
      this.#retry = undefined;
      this.#commitSoon();
    });
  }

  async #shortenLog(): Promise<void> {
    const { logBytes } = this.#files;
    if (logBytes <= this.#snapshotAtBytes || this.#broken !== undefined) return;
    const { logBytesMax } = this.#bounds;
    try {
      const { snapshotBytes, leftBehind } = await this.#files.startOver(this.#keys);
      // At least as much log as snapshot, so that a large store does not write itself out again and again.
      this.#snapshotAtBytes = Math.max(logBytesMax, snapshotBytes);
      if (leftBehind !== undefined) {
        this.#logger.warn('an old file of the metadata store could not be removed', {
          cause: messageOf(leftBehind),
        });
      }
    } catch (error) {
      if (systemErrorCode(error) === undefined) {
        this.#breakDown(error);
        return;
      }
      this.#snapshotAtBytes = logBytes + logBytesMax;
      this.#logger.warn('no snapshot of the metadata could be written; its log grows on', {
        cause: messageOf(error),
      });
    }
  }
}

function unavailable(why: string, cause?: unknown): UserError {
  return new UserError(
    'METADATA_UNAVAILABLE',
    `the cluster's metadata cannot be changed: ${why}`,
    'free space on the disk or mend it; restart the broker if it goes on',
    { cause },
  );
}

function closed(): UserError {
  return new UserError(
    'METADATA_UNAVAILABLE',
    "the cluster's metadata cannot be reached: the store is closed",
  );
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function messageOf(error: unknown): string {
  return asError(error).message;
}
