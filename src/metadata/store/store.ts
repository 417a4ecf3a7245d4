/**
 * The metadata store: everything a cluster must not forget, behind four verbs. The port is cut to what etcd offers
 * (revisions, guarded transactions, watches, leases), so that consensus can be somebody else's; `embedded/` fits it in
 * one process, and `test/unit/metadata/store-contract.ts` says what every fitting must do.
 *
 * The store is one ordered history. Each successful change makes one revision; a key's `modRevision` is the revision that last
 * put it, its `createRevision` the one that put it where nothing was. Revisions only grow and are never used twice.
 */
import { assert } from '../../base/assert.js';
import type { Millis } from '../../base/ids.js';

declare const flavour: unique symbol;

/** A moment in the store's history; the empty store is at 0, though a shared store may begin later. Fits 2^53. */
export type Revision = number & { readonly [flavour]?: 'Revision' };
/** Given by `lease`; never 0. */
export type LeaseId = number & { readonly [flavour]?: 'LeaseId' };

/** Puts and deletes of one change, and compares of one change, are at most so many each (etcd's own limit is 128). */
export const OPERATIONS_MAX = 100;
/** Keys and values of one change, together (etcd refuses requests above 1.5 MiB). */
export const CHANGE_BYTES_MAX = 1024 * 1024;
/** A key is 1 to so many printable ASCII characters. */
export const KEY_LENGTH_MAX = 512;

export interface MetadataStore {
  /**
   * All entries whose key begins with `prefix` (`''`: all), by key in code-unit order, as of `revision`, the newest there is. Only durable
   * changes are seen. Values are shared: treat them as read-only.
   */
  read(prefix: string): Promise<{ readonly revision: Revision; readonly entries: readonly StoreEntry[] }>;

  /**
   * Does all of `change` or nothing. Answers once it is durable: `ok` and the revision it made; or not `ok`, when a compare
   * does not hold or a lease is gone, and the store's revision then.
   * @throws UserError METADATA_UNAVAILABLE when the store cannot say: the change may or may not be there, now or later
   */
  compareAndSet(change: StoreChange): Promise<{ readonly ok: boolean; readonly revision: Revision }>;

  /**
   * Tells every later change under `prefix`, each once, in order, one event for one revision, beginning with the first
   * after `from` (a revision that `read` gave: no gap and no overlap). The listener is never called before `watch` has returned.
   * When the history back to `from` is gone there is one `compacted` event and nothing more: read again, watch again.
   */
  watch(prefix: string, from: Revision, listener: (event: WatchEvent) => void): Watch;

  /** A new lease that lasts `ttlMs` from now unless it is kept alive. Keys put under it go when it goes. */
  lease(ttlMs: Millis): Promise<Lease>;

  /** Finishes the changes under way, ends watches, forgets leases (without deleting their keys: their time runs out). Idempotent. */
  close(): Promise<void>;
}

export interface StoreEntry {
  readonly key: string;
  readonly value: Uint8Array;
  readonly createRevision: Revision;
  readonly modRevision: Revision;
}

export interface StoreChange {
  readonly compares: readonly Compare[];
  readonly puts: readonly StorePut[];
  /** Deleting a key that is not there is no error and makes no event for it. */
  readonly deletes: readonly string[];
}

/** Revision 0: there must be no such key. `createRevision` holds as long as the key is not deleted, whatever is put. */
export type Compare =
  | { readonly key: string; readonly modRevision: Revision }
  | { readonly key: string; readonly createRevision: Revision };

export interface StorePut {
  readonly key: string;
  readonly value: Uint8Array;
  /** Without: the key outlives every lease, whatever held it before. */
  readonly lease?: LeaseId;
}

export type WatchEvent =
  | { readonly kind: 'changed'; readonly revision: Revision; readonly changes: readonly KeyChange[] }
  /** `revision`: where the store is now. */
  | { readonly kind: 'compacted'; readonly revision: Revision };

/** One key in one change. */
export type KeyChange = { readonly put: StoreEntry } | { readonly deleted: string };

export interface Watch {
  /** No event after this. Idempotent. */
  cancel(): void;
}

export interface Lease {
  readonly id: LeaseId;
  /** Starts the time to live again. False: it was gone already. */
  keepAlive(): Promise<boolean>;
  /** Ends the lease now; resolves once its keys are durably deleted. No `onLost`. */
  revoke(): Promise<void>;
  /** Called once when the lease has run out, or at once if it has. */
  onLost(listener: () => void): void;
}

/** Every fitting asserts this before anything else: a change beyond the port's limits is a bug of its author. */
export function assertWithinLimits(change: StoreChange): void {
  assert(change.compares.length <= OPERATIONS_MAX, `a change compares at most ${OPERATIONS_MAX} keys`);
  const keys = new Set<string>();
  let bytes = 0;
  for (const { key, value } of change.puts) {
    keys.add(key);
    bytes += key.length + value.length;
  }
  for (const key of change.deletes) {
    keys.add(key);
    bytes += key.length;
  }
  const operations = change.puts.length + change.deletes.length;
  assert(operations <= OPERATIONS_MAX, `a change puts and deletes at most ${OPERATIONS_MAX} keys`);
  assert(keys.size === operations, 'a change touches each key once');
  assert(bytes <= CHANGE_BYTES_MAX, `a change holds at most ${CHANGE_BYTES_MAX} bytes`);
  for (const key of keys) assert(isKey(key), 'a key is printable ASCII and not too long');
  for (const { key } of change.compares) assert(isKey(key), 'a key is printable ASCII and not too long');
}

function isKey(key: string): boolean {
  return key.length <= KEY_LENGTH_MAX && /^[\x21-\x7e]+$/.test(key);
}
