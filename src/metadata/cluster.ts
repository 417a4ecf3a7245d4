/** The one record that every other hangs on: which cluster this store is of. */
import { assert } from '../base/assert.js';
import { UserError } from '../base/errors.js';
import { version as SOFTWARE_VERSION } from '../base/version.js';
import type { Clock } from '../ports/clock.js';
import type { Entropy } from '../ports/entropy.js';
import { CLUSTER_KEY } from './keys.js';
import type { ClusterRecord } from './records.js';
import type { MetadataStore } from './store/store.js';
import { randomUuid } from './uuid.js';
import { decodeValue, encodeValue } from './values.js';

/** Of the layout in `keys.ts`. */
export const KEYS_FORMAT_VERSION = 1;

/**
 * The cluster of `store`, founded if the store is empty.
 * @param knownIds cluster ids that this broker's log directories name (see `readMetaProperties`): where there are any, an empty store
 *   is a lost one
 * @throws UserError METADATA_LOST, METADATA_NEWER, METADATA_CORRUPT, METADATA_UNAVAILABLE
 */
export async function foundCluster(
  ports: { readonly store: MetadataStore; readonly clock: Clock; readonly entropy: Entropy },
  knownIds: readonly string[],
): Promise<ClusterRecord> {
  const { store, clock, entropy } = ports;
  const stored = await readCluster(store);
  if (stored !== undefined) return stored;
  if (knownIds.length > 0) {
    throw new UserError(
      'METADATA_LOST',
      `the log directories belong to the cluster ${knownIds[0]}, and its metadata is not there`,
      'restore the metadata directory from a copy; to start afresh, move the log directories away',
    );
  }
  const record: ClusterRecord = {
    clusterId: randomUuid(entropy),
    formatVersion: KEYS_FORMAT_VERSION,
    createdMs: clock.now(),
  };
  const { ok } = await store.compareAndSet({
    compares: [{ key: CLUSTER_KEY, modRevision: 0 }],
    puts: [{ key: CLUSTER_KEY, value: encodeValue('cluster', record) }],
    deletes: [],
  });
  if (ok) return record;
  // Another broker was first; nobody ever deletes the record.
  const theirs = await readCluster(store);
  assert(theirs !== undefined, 'a cluster that was founded stays');
  return theirs;
}

async function readCluster(store: MetadataStore): Promise<ClusterRecord | undefined> {
  const { entries } = await store.read(CLUSTER_KEY);
  const entry = entries.find(({ key }) => key === CLUSTER_KEY);
  if (entry === undefined) return undefined;
  const record = decodeValue('cluster', CLUSTER_KEY, entry.value);
  if (record.formatVersion > KEYS_FORMAT_VERSION) {
    throw new UserError(
      'METADATA_NEWER',
      `the cluster's metadata is in format ${record.formatVersion}; this is Millrace ${SOFTWARE_VERSION}, which reads up to ` +
        `format ${KEYS_FORMAT_VERSION}`,
      'run a newer version of Millrace; nothing has been changed',
    );
  }
  return record;
}
