/** A group's positions at its coordinator. */
import {
  type BrokerId,
  type GenerationId,
  type Offset,
  type PartitionIndex,
  partitionName,
} from '../../base/ids.js';
import { ErrorCode } from '../../wire/errors.js';
import { OffsetCommit } from '../../wire/messages/offset-commit.js';
import { OffsetFetch } from '../../wire/messages/offset-fetch.js';
import type { Cluster } from '../cluster.js';
import { KafkaError } from '../kafka-error.js';
import type { Assigned } from './consumer-protocol.js';
import type { Position } from './fetcher.js';

export interface CommitAs {
  readonly groupId: string;
  readonly memberId: string;
  readonly generationId: GenerationId;
}

/**
 * One attempt. The answer's first error, or NONE.
 * @throws ConnectionLost
 */
export async function commitOffsets(
  cluster: Cluster,
  coordinator: BrokerId,
  { groupId, memberId, generationId }: CommitAs,
  positions: readonly Position[],
): Promise<number> {
  const topics = new Map<
    string,
    { partitionIndex: PartitionIndex; committedOffset: Offset; committedMetadata: string }[]
  >();
  for (const { topic, partition, offset } of positions) {
    const partitions = topics.get(topic) ?? [];
    topics.set(topic, partitions);
    partitions.push({ partitionIndex: partition, committedOffset: offset, committedMetadata: '' });
  }
  const connection = await cluster.connectionTo(coordinator, 'group');
  const answer = await connection.call(OffsetCommit, {
    groupId,
    memberId,
    generationIdOrMemberEpoch: generationId,
    topics: [...topics].map(([name, partitions]) => ({ name, partitions })),
  });
  const codes = answer.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode));
  return codes.find((code) => code !== ErrorCode.NONE) ?? ErrorCode.NONE;
}

/**
 * One attempt.
 * @param assigned null: all partitions the group has positions for
 * @returns by partition (`orders-3`); those without a position are left out
 * @throws KafkaError, ConnectionLost
 */
export async function fetchCommitted(
  cluster: Cluster,
  coordinator: BrokerId,
  groupId: string,
  assigned: Assigned | null,
): Promise<Map<string, Position>> {
  const topics =
    assigned && [...assigned].map(([name, partitions]) => ({ name, partitionIndexes: [...partitions] }));
  const connection = await cluster.connectionTo(coordinator, 'group');
  const version = connection.versionOf(OffsetFetch) ?? 0;
  const answer = await connection.call(
    OffsetFetch,
    version >= 8 ? { groups: [{ groupId, topics }] } : { groupId, topics },
  );
  const group = version >= 8 ? answer.groups[0] : answer;
  if (!group || group.errorCode !== ErrorCode.NONE) {
    throw new KafkaError(group?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR, `offsets of group ${groupId}`);
  }
  const found = new Map<string, Position>();
  for (const { name, partitions } of group.topics) {
    for (const { partitionIndex, committedOffset, errorCode } of partitions) {
      const partition = partitionName(name, partitionIndex);
      if (errorCode !== ErrorCode.NONE)
        throw new KafkaError(errorCode, `offset of group ${groupId} in ${partition}`);
      if (committedOffset >= 0)
        found.set(partition, { topic: name, partition: partitionIndex, offset: committedOffset });
    }
  }
  return found;
}
