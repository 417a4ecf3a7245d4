/** Commits and entries to protobuf and back. The frames around them are `format.ts`'s. */
import { millrace } from '../../generated/embedded-store.js';
import { fromStoredInt64, toStoredInt64 } from '../../int64.js';
import type { StorePut } from '../store.js';
import type { Commit, LeasedEntry } from './key-space.js';
import { KeySpace, NO_LEASE } from './key-space.js';

const proto = millrace.store;

/** A snapshot frame is closed once it holds so many bytes of keys and values. */
const SNAPSHOT_PART_BYTES = 256 * 1024;

export function encodeBatch(commits: readonly Commit[]): Uint8Array {
  return proto.LogBatch.encode({
    changes: commits.map(({ revision, puts, deletes }) => ({
      revision: toStoredInt64(revision),
      puts: puts.map(({ key, value, lease }) => ({ key, value, lease: toStoredInt64(lease ?? NO_LEASE) })),
      deletes: [...deletes],
    })),
  }).finish();
}

/** @throws any Error when the payload makes no sense */
export function decodeBatch(payload: Buffer): Commit[] {
  return proto.LogBatch.decode(payload).changes.map((change) => ({
    revision: fromStoredInt64(change.revision ?? 0),
    puts: (change.puts ?? []).map((put): StorePut => {
      const lease = fromStoredInt64(put.lease ?? 0);
      const key = put.key ?? '';
      const value = ownBytes(put.value);
      return lease === NO_LEASE ? { key, value } : { key, value, lease };
    }),
    deletes: change.deletes ?? [],
  }));
}

export function encodeSnapshot(keys: KeySpace): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let entries: LeasedEntry[] = [];
  let bytes = 0;
  const closePart = () => {
    parts.push(proto.SnapshotPart.encode({ entries }).finish());
    entries = [];
    bytes = 0;
  };
  for (const entry of keys.withPrefix('')) {
    entries.push(entry);
    bytes += entry.key.length + entry.value.length;
    if (bytes >= SNAPSHOT_PART_BYTES) closePart();
  }
  if (entries.length > 0) closePart();
  const end = { revision: toStoredInt64(keys.revision), entryCount: keys.size };
  parts.push(proto.SnapshotPart.encode({ end }).finish());
  return parts;
}

/** @throws any Error when the parts make no sense or are not all there */
export function decodeSnapshot(parts: readonly Buffer[]): KeySpace {
  const entries: LeasedEntry[] = [];
  let end: { revision: number; entryCount: number } | undefined;
  for (const part of parts) {
    const message = proto.SnapshotPart.decode(part);
    if (end !== undefined) throw new Error('something follows the end of the snapshot');
    for (const entry of message.entries) {
      entries.push({
        key: entry.key ?? '',
        value: ownBytes(entry.value),
        createRevision: fromStoredInt64(entry.createRevision ?? 0),
        modRevision: fromStoredInt64(entry.modRevision ?? 0),
        lease: fromStoredInt64(entry.lease ?? 0),
      });
    }
    if (message.end !== undefined && message.end !== null) {
      const { revision, entryCount } = message.end;
      end = { revision: fromStoredInt64(revision ?? 0), entryCount: fromStoredInt64(entryCount ?? 0) };
    }
  }
  if (end === undefined) throw new Error('the end of the snapshot is missing');
  const keys = new KeySpace(end.revision, entries);
  if (keys.size !== end.entryCount || keys.size !== entries.length)
    throw new Error('entries of the snapshot are missing');
  return keys;
}

/** A copy: protobufjs gives views on what it reads, and a value of 100 bytes would keep the whole file in memory. */
function ownBytes(value: Uint8Array | null | undefined): Uint8Array {
  return value === null || value === undefined ? new Uint8Array(0) : Uint8Array.prototype.slice.call(value);
}
