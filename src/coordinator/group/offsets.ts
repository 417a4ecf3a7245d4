/** Committed offsets: who may commit them, what is told of them, and when they go. */
import { NO_EPOCH, NO_OFFSET, NO_TIMESTAMP, NO_UUID, type PartitionIndex } from '../../base/ids.js';
import { ErrorCode } from '../../wire/errors.js';
import type { ClassicGroup } from './classic-group.js';
import { type Deciding, restartSession } from './classic-rebalance.js';
import { memberOfGenerationError } from './classic-validation.js';
import type { GroupRequestEvent } from './events.js';
import { fitRecord, storedOffsetBytes } from './record-size.js';
import type {
  FetchedOffset,
  OffsetCommitRequest,
  OffsetCommitResponse,
  OffsetDeleteRequest,
  OffsetDeleteResponse,
  OffsetFetchedGroup,
  OffsetFetchGroup,
} from './requests.js';
import type { CommittedOffset, GroupEntryView, GroupsView, OffsetsView } from './state.js';

type Commit = Extract<GroupRequestEvent, { kind: 'commit-offsets' }>;

/** From here on a commit to a group that is not there is told so; before, that its generation is wrong. */
const GROUP_ID_NOT_FOUND_SINCE = 9;

// ── commit ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** @param group may be new: a consumer that assigns its partitions itself commits to a group of no members */
export function commitOffsets(group: ClassicGroup, { to, request }: Commit, on: Deciding): void {
  const { out } = on;
  const error = commitError(group, request);
  if (error !== ErrorCode.NONE) {
    out.replyNow(to, { kind: 'commit-offsets', response: commitResponse(request, error) });
    return;
  }
  // Who commits is alive. (In CompletingRebalance nobody gets here.)
  const member = group.member(request.memberId);
  if (member !== undefined) restartSession(group, member, on);

  // Partitions have their own answers, so a commit of very many of them may take several batches.
  out.appended = 'independently';
  const response: OffsetCommitResponse = {
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((partition) => ({
        partitionIndex: partition.partitionIndex,
        errorCode: commitOne(request, name, partition, on),
      })),
    })),
  };
  out.replyCommitted(to, { kind: 'commit-offsets', response });
}

type CommittedPartition = OffsetCommitRequest['topics'][number]['partitions'][number];

function commitOne(
  { groupId, retentionTimeMs }: OffsetCommitRequest,
  topic: string,
  { partitionIndex: partition, committedOffset, committedLeaderEpoch, committedMetadata }: CommittedPartition,
  { config, facts, nowMs, out }: Deciding,
): ErrorCode {
  const metadata = committedMetadata ?? '';
  if (!fitRecord(topic)) return ErrorCode.INVALID_TOPIC_EXCEPTION;
  if (metadata.length > config.offsetMetadataMax || !fitRecord(metadata)) {
    return ErrorCode.OFFSET_METADATA_TOO_LARGE;
  }
  if (storedOffsetBytes(groupId, topic, metadata) > facts.recordBytesMax())
    return ErrorCode.INVALID_COMMIT_OFFSET_SIZE;
  const value: CommittedOffset = {
    offset: committedOffset,
    leaderEpoch: committedLeaderEpoch,
    metadata,
    commitTimestampMs: nowMs,
    expireTimestampMs:
      retentionTimeMs < 0 ? NO_TIMESTAMP : Math.min(nowMs + retentionTimeMs, Number.MAX_SAFE_INTEGER),
    topicId: NO_UUID,
  };
  out.record({ kind: 'offset', groupId, topic, partition, value });
  return ErrorCode.NONE;
}

/** A commit to a group that is not there, by someone who claims to be in it. */
export function unknownGroupCommitError(apiVersion: number): ErrorCode {
  return apiVersion >= GROUP_ID_NOT_FOUND_SINCE ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION;
}

function commitError(group: ClassicGroup, request: OffsetCommitRequest): ErrorCode {
  const { memberId, groupInstanceId, generationIdOrMemberEpoch: generationId } = request;
  // An admin client, or a consumer that assigns its partitions itself: welcome as long as it steps on nobody's toes.
  if (generationId < 0 && group.state === 'Empty') return ErrorCode.NONE;
  if (generationId < 0 && memberId === '' && groupInstanceId === null) return ErrorCode.UNKNOWN_MEMBER_ID;
  const error = memberOfGenerationError(group, memberId, groupInstanceId, generationId);
  if (error !== ErrorCode.NONE) return error;
  // The member knows of the new generation and has no assignment in it yet, so what it commits is of the last. While the group is still
  // PreparingRebalance that is welcome: the member has seen the call to rejoin and commits before it gives its partitions up.
  return group.state === 'CompletingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
}

/** The same error for each partition asked for: this API has no place for one for all. */
export function commitResponse(request: OffsetCommitRequest, errorCode: ErrorCode): OffsetCommitResponse {
  return {
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  };
}

// ── fetch ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** An unknown group has committed nothing, which is no error. */
export function fetchOffsets(state: GroupsView, { groupId, topics }: OffsetFetchGroup): OffsetFetchedGroup {
  const offsets = state.get(groupId)?.offsets;
  if (topics === null) {
    return {
      groupId,
      errorCode: ErrorCode.NONE,
      topics: Array.from(offsets ?? [], ([name, partitions]) => ({
        name,
        partitions: Array.from(partitions, ([partition, committed]) => fetched(partition, committed)),
      })),
    };
  }
  return {
    groupId,
    errorCode: ErrorCode.NONE,
    topics: topics.map(({ name, partitionIndexes }) => {
      const partitions = offsets?.get(name);
      return {
        name,
        partitions: partitionIndexes.map((partition) => fetched(partition, partitions?.get(partition))),
      };
    }),
  };
}

function fetched(partitionIndex: PartitionIndex, committed: CommittedOffset | undefined): FetchedOffset {
  return {
    partitionIndex,
    committedOffset: committed?.offset ?? NO_OFFSET,
    committedLeaderEpoch: committed?.leaderEpoch ?? NO_EPOCH,
    metadata: committed?.metadata ?? '',
    errorCode: ErrorCode.NONE,
  };
}

// ── removal ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Admin's OffsetDelete: never under a group that reads the topic. */
export function deleteOffsets(
  group: ClassicGroup,
  offsets: OffsetsView | undefined,
  request: OffsetDeleteRequest,
  { out }: Deciding,
): OffsetDeleteResponse {
  // Of members that are no consumers nobody knows what they read.
  if (group.state !== 'Empty' && !group.usesConsumerProtocol) {
    return { errorCode: ErrorCode.NON_EMPTY_GROUP, topics: [] };
  }
  return {
    errorCode: ErrorCode.NONE,
    topics: request.topics.map(({ name, partitions }) => {
      const errorCode = group.isSubscribedTo(name) ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE;
      return {
        name,
        partitions: partitions.map(({ partitionIndex }) => {
          if (errorCode === ErrorCode.NONE && offsets?.get(name)?.has(partitionIndex)) {
            out.record(tombstone(request.groupId, name, partitionIndex));
          }
          return { partitionIndex, errorCode };
        }),
      };
    }),
  };
}

export function tombstone(groupId: string, topic: string, partition: PartitionIndex) {
  return { kind: 'offset', groupId, topic, partition, value: null } as const;
}

/** What one group has committed for a topic. */
export function deleteTopicOffsets(
  groupId: string,
  topic: string,
  offsets: OffsetsView,
  { out }: Deciding,
): void {
  for (const partition of offsets.get(topic)?.keys() ?? []) out.record(tombstone(groupId, topic, partition));
}

/** All of one group's offsets. */
export function deleteGroupOffsets(groupId: string, { offsets }: GroupEntryView, on: Deciding): void {
  for (const topic of offsets.keys()) deleteTopicOffsets(groupId, topic, offsets, on);
}

/**
 * Drops what has outlived its time: `offsets.retention.minutes` after the last member left; of topics that a group of consumers no
 * longer subscribes to, and of groups that never had members, after the last commit (KIP-211, KIP-496).
 *
 * Stops when the turn has dropped enough, and has to be called again in the next.
 * @param group null: one that only keeps offsets
 * @returns at how many offsets it looked (one at least, for the group), and how many remain
 */
export function expireOffsets(
  groupId: string,
  group: ClassicGroup | null,
  { offsets }: GroupEntryView,
  on: Deciding,
): { readonly looks: number; readonly kept: number } {
  let looks = 1;
  let kept = 0;
  for (const [topic, partitions] of offsets) {
    const mayExpire = group === null || !group.isSubscribedTo(topic);
    looks += partitions.size;
    for (const [partition, committed] of partitions) {
      const room = on.out.records.length < on.config.tombstonesPerTurnMax;
      if (mayExpire && room && hasExpired(group, committed, on))
        on.out.record(tombstone(groupId, topic, partition));
      else kept++;
    }
  }
  return { looks, kept };
}

function hasExpired(
  group: ClassicGroup | null,
  committed: CommittedOffset,
  { config, nowMs }: Deciding,
): boolean {
  const sinceMs = retentionStartMs(group, committed);
  if (sinceMs === null) return false;
  if (committed.expireTimestampMs !== NO_TIMESTAMP) return nowMs >= committed.expireTimestampMs;
  return nowMs - sinceMs >= config.offsetsRetentionMs;
}

/** From when on the retention counts; null: the offset is in use. */
function retentionStartMs(group: ClassicGroup | null, committed: CommittedOffset): number | null {
  if (group === null || group.protocolType === null) return committed.commitTimestampMs;
  if (group.state === 'Empty') {
    // Records of old do not say when the group became empty.
    return group.stateTimestampMs === NO_TIMESTAMP ? committed.commitTimestampMs : group.stateTimestampMs;
  }
  const knowsItsTopics =
    group.state === 'Stable' && group.usesConsumerProtocol && group.subscribedTopics !== null;
  return knowsItsTopics ? committed.commitTimestampMs : null;
}
