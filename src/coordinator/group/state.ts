/**
 * The hard state of one shard of groups: what its records say, and nothing else. Changed by `applyGroupRecord` alone, so that a reload
 * gives the same state as living through it did (a property test holds both to it).
 */
import type { GenerationId, LeaderEpoch, Millis, Offset, PartitionIndex, Uuid } from '../../base/ids.js';

export interface CommittedOffset {
  readonly offset: Offset;
  readonly leaderEpoch: LeaderEpoch;
  readonly metadata: string;
  readonly commitTimestampMs: Millis;
  /** As the client of old asked for (OffsetCommit 2 to 4); −1: the broker's retention rules. */
  readonly expireTimestampMs: Millis;
  /** The zero uuid: not known. */
  readonly topicId: Uuid;
}

export interface StoredMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** −1 in records of version 0. */
  readonly rebalanceTimeoutMs: Millis;
  readonly sessionTimeoutMs: Millis;
  /** The member's metadata under the protocol chosen. */
  readonly subscription: Buffer;
  readonly assignment: Buffer;
}

/** A classic group as its last rebalance left it: with its members, Stable; without, Empty. */
export interface StoredClassicGroup {
  readonly protocolType: string;
  readonly generation: GenerationId;
  readonly protocol: string | null;
  readonly leader: string | null;
  /** −1 in records before version 2. */
  readonly currentStateTimestampMs: Millis;
  readonly members: readonly StoredMember[];
}

export type GroupRecord =
  | {
      readonly kind: 'offset';
      readonly groupId: string;
      readonly topic: string;
      readonly partition: PartitionIndex;
      /** null: a tombstone. */
      readonly value: CommittedOffset | null;
    }
  | { readonly kind: 'classic-group'; readonly groupId: string; readonly value: StoredClassicGroup | null };

/** One group's share of the hard state. Offsets are kept beside whatever kind of group there is, or none. */
interface GroupEntry {
  classic: StoredClassicGroup | null;
  readonly offsets: Map<string, Map<PartitionIndex, CommittedOffset>>;
}

export interface GroupEntryView {
  readonly classic: StoredClassicGroup | null;
  readonly offsets: OffsetsView;
}

export type OffsetsView = ReadonlyMap<string, ReadonlyMap<PartitionIndex, CommittedOffset>>;

export type GroupsState = Map<string, GroupEntry>;
export type GroupsView = ReadonlyMap<string, GroupEntryView>;

export function applyGroupRecord(state: GroupsState, record: GroupRecord): void {
  let entry = state.get(record.groupId);
  if (entry === undefined) {
    if (record.value === null) return;
    entry = { classic: null, offsets: new Map() };
    state.set(record.groupId, entry);
  }
  if (record.kind === 'classic-group') entry.classic = record.value;
  else applyOffset(entry.offsets, record.topic, record.partition, record.value);
  if (entry.classic === null && entry.offsets.size === 0) state.delete(record.groupId);
}

function applyOffset(
  offsets: GroupEntry['offsets'],
  topic: string,
  partition: PartitionIndex,
  value: CommittedOffset | null,
): void {
  const partitions = offsets.get(topic);
  if (value !== null) {
    if (partitions === undefined) offsets.set(topic, new Map([[partition, value]]));
    else partitions.set(partition, value);
  } else if (partitions?.delete(partition) && partitions.size === 0) {
    offsets.delete(topic);
  }
}
