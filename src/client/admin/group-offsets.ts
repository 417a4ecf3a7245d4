/** A group's positions, set and forgotten from outside: for groups that nobody is a member of. */
import { type Millis, type PartitionIndex, partitionName } from '../../base/ids.js';
import { ErrorCode } from '../../wire/errors.js';
import { OffsetCommit } from '../../wire/messages/offset-commit.js';
import { OffsetDelete } from '../../wire/messages/offset-delete.js';
import { byTopic, type OfPartition } from '../by-leader.js';
import type { Cluster } from '../cluster.js';
import type { Position } from '../consumer/fetcher.js';
import { KafkaError } from '../kafka-error.js';
import { retry } from '../retry.js';

/** How it went in one partition; null: it is done. */
export interface PartitionOutcome extends OfPartition {
  readonly error: KafkaError | null;
}

/** What a commit says that comes from no member: the coordinator takes it while the group is empty. */
const NO_GENERATION = -1;
const NO_MEMBER = '';

/**
 * Sets the positions. A group that does not exist yet is made by it.
 * @returns in the order of the positions
 * @throws KafkaError: an error that all partitions share, as UNKNOWN_MEMBER_ID of a group that has members
 */
export function setGroupOffsets(
  cluster: Cluster,
  groupId: string,
  positions: readonly Position[],
  timeoutMs: Millis,
): Promise<PartitionOutcome[]> {
  return retry(cluster, timeoutMs, async () => {
    const coordinator = await cluster.findCoordinator(groupId);
    const connection = await cluster.connectionTo(coordinator, 'group');
    const answer = await connection.call(OffsetCommit, {
      groupId,
      memberId: NO_MEMBER,
      generationIdOrMemberEpoch: NO_GENERATION,
      topics: [...byTopic(positions)].map(([name, own]) => ({
        name,
        partitions: own.map(({ partition, offset }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedMetadata: '',
        })),
      })),
    });
    const all = outcomes(groupId, positions, answer.topics);
    const [first] = all;
    // The group refuses, and not a partition of it.
    if (first?.error && all.every(({ error }) => error?.code === first.error!.code))
      throw new KafkaError(first.error.code, `group ${groupId}`);
    return all;
  });
}

/**
 * Forgets the positions. Of a group with members, only those in topics that none of them subscribes to.
 * @returns in the order of `partitions`
 * @throws KafkaError: GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP …
 */
export function deleteGroupOffsets(
  cluster: Cluster,
  groupId: string,
  partitions: readonly OfPartition[],
  timeoutMs: Millis,
): Promise<PartitionOutcome[]> {
  return retry(cluster, timeoutMs, async () => {
    const coordinator = await cluster.findCoordinator(groupId);
    const connection = await cluster.connectionTo(coordinator, 'group');
    const answer = await connection.call(OffsetDelete, {
      groupId,
      topics: [...byTopic(partitions)].map(([name, own]) => ({
        name,
        partitions: own.map(({ partition }) => ({ partitionIndex: partition })),
      })),
    });
    if (answer.errorCode !== ErrorCode.NONE) throw new KafkaError(answer.errorCode, `group ${groupId}`);
    return outcomes(groupId, partitions, answer.topics);
  });
}

interface AnsweredTopic {
  readonly name: string;
  readonly partitions: readonly { readonly partitionIndex: PartitionIndex; readonly errorCode: number }[];
}

/** @throws KafkaError what is worth another attempt */
function outcomes(
  groupId: string,
  asked: readonly OfPartition[],
  topics: readonly AnsweredTopic[],
): PartitionOutcome[] {
  const codes = new Map(
    topics.flatMap(({ name, partitions }) =>
      partitions.map((each) => [partitionName(name, each.partitionIndex), each.errorCode] as const),
    ),
  );
  const all = asked.map(({ topic, partition }): PartitionOutcome => {
    const name = partitionName(topic, partition);
    const code = codes.get(name) ?? ErrorCode.UNKNOWN_SERVER_ERROR;
    const error = code === ErrorCode.NONE ? null : new KafkaError(code, `group ${groupId}, ${name}`);
    return { topic, partition, error };
  });
  const passing = all.find(
    ({ error }) => error?.retriable && error.code !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  );
  if (passing?.error) throw passing.error;
  return all;
}
