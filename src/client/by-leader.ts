/** Questions about partitions go to their leaders, one request for each. */
import { type BrokerId, type PartitionIndex, partitionName } from '../base/ids.js';
import { ErrorCode } from '../wire/errors.js';
import type { Cluster } from './cluster.js';
import { KafkaError } from './kafka-error.js';

export interface OfPartition {
  readonly topic: string;
  readonly partition: PartitionIndex;
}

/** By what the cluster knows now. @throws KafkaError where a partition does not exist or has no leader */
export function byLeader<T extends OfPartition>(
  cluster: Pick<Cluster, 'topic'>,
  items: readonly T[],
): Map<BrokerId, T[]> {
  const groups = new Map<BrokerId, T[]>();
  for (const item of items) {
    const { topic, partition } = item;
    const view = cluster.topic(topic)?.partitions[partition];
    const name = partitionName(topic, partition);
    if (!view) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, name);
    if (view.leaderId < 0) throw new KafkaError(ErrorCode.LEADER_NOT_AVAILABLE, name);
    const others = groups.get(view.leaderId);
    if (others) others.push(item);
    else groups.set(view.leaderId, [item]);
  }
  return groups;
}

/** As requests have it: one entry a topic, with its partitions. */
export function byTopic<T extends OfPartition>(items: readonly T[]): Map<string, T[]> {
  const topics = new Map<string, T[]>();
  for (const item of items) {
    const others = topics.get(item.topic);
    if (others) others.push(item);
    else topics.set(item.topic, [item]);
  }
  return topics;
}
