/** Topics as the brokers' metadata shows them. */
import type { BrokerId, LeaderEpoch, PartitionIndex, Uuid } from '../base/ids.js';
import type { MetadataResponse } from '../wire/messages/metadata.js';

export interface PartitionView {
  readonly index: PartitionIndex;
  /** −1: none at the moment. */
  readonly leaderId: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
  readonly replicas: readonly BrokerId[];
  readonly inSyncReplicas: readonly BrokerId[];
}

export interface TopicView {
  readonly name: string;
  readonly id: Uuid;
  readonly isInternal: boolean;
  /** By index, without gaps. */
  readonly partitions: readonly PartitionView[];
}

export type TopicAnswer = MetadataResponse['topics'][number];

/**
 * What is now known of a topic. Brokers learn of elections one after the other, so an answer may be older than the one before: of
 * each partition the later epoch counts, as long as it is the same topic.
 */
export function mergeTopic(answer: TopicAnswer, known: TopicView | undefined): TopicView {
  const same = known?.id === answer.topicId ? known : undefined;
  const partitions = answer.partitions
    .map((partition): PartitionView => {
      const { partitionIndex: index, leaderId, leaderEpoch, replicaNodes, isrNodes } = partition;
      const before = same?.partitions[index];
      if (before && before.leaderEpoch > leaderEpoch && leaderEpoch >= 0) return before;
      return { index, leaderId, leaderEpoch, replicas: replicaNodes, inSyncReplicas: isrNodes };
    })
    .sort((a, b) => a.index - b.index);
  return { name: answer.name ?? '', id: answer.topicId, isInternal: answer.isInternal, partitions };
}
