/** The directories that brokers keep their logs in (DescribeLogDirs, KIP-113, KIP-827). */
import { type BrokerId, type Millis, type PartitionIndex, partitionName } from '../../base/ids.js';
import { ErrorCode } from '../../wire/errors.js';
import { DescribeLogDirs } from '../../wire/messages/describe-log-dirs.js';
import type { Cluster } from '../cluster.js';
import { KafkaError } from '../kafka-error.js';
import { retry } from '../retry.js';

export interface LogDir {
  readonly broker: BrokerId;
  readonly path: string;
  /** Null: online. */
  readonly error: KafkaError | null;
  readonly replicas: readonly LogDirReplica[];
  /** Of the volume; null where the broker is too old to say. */
  readonly totalBytes: number | null;
  readonly usableBytes: number | null;
}

export interface LogDirReplica {
  readonly topic: string;
  readonly partition: PartitionIndex;
  readonly bytes: number;
  /** On its way to another directory: a second copy. */
  readonly isFuture: boolean;
}

export interface PartitionsOfTopic {
  readonly topic: string;
  readonly partitions: readonly PartitionIndex[];
}

/**
 * @param topics null for all
 * @returns null where the broker does not serve the question
 * @throws KafkaError
 */
export function describeLogDirs(
  cluster: Cluster,
  broker: BrokerId,
  topics: readonly PartitionsOfTopic[] | null,
  timeoutMs: Millis,
): Promise<LogDir[] | null> {
  return retry(cluster, timeoutMs, async () => {
    const connection = await cluster.connectionTo(broker, 'control');
    if (connection.versionOf(DescribeLogDirs) === null) return null;
    const answer = await connection.call(DescribeLogDirs, {
      topics: topics?.map(({ topic, partitions }) => ({ topic, partitions: [...partitions] })) ?? null,
    });
    if (answer.errorCode !== ErrorCode.NONE)
      throw new KafkaError(answer.errorCode, `log directories of broker ${broker}`);
    return answer.results.map(({ errorCode, logDir, topics, totalBytes, usableBytes }) => ({
      broker,
      path: logDir,
      error: errorCode === ErrorCode.NONE ? null : new KafkaError(errorCode, `log directory ${logDir}`),
      replicas: topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, partitionSize, isFutureKey }) => ({
          topic: name,
          partition: partitionIndex,
          bytes: partitionSize,
          isFuture: isFutureKey,
        })),
      ),
      totalBytes: totalBytes < 0 ? null : totalBytes,
      usableBytes: usableBytes < 0 ? null : usableBytes,
    }));
  });
}

/**
 * Bytes of each partition at its leader, by `orders-3`; those that no broker tells are left out.
 * @throws KafkaError
 */
export async function leaderSizes(
  cluster: Cluster,
  topic: string,
  timeoutMs: Millis,
): Promise<ReadonlyMap<string, number>> {
  const leaders = new Map<BrokerId, PartitionIndex[]>();
  for (const { index, leaderId } of cluster.topic(topic)?.partitions ?? []) {
    if (leaderId >= 0) leaders.set(leaderId, [...(leaders.get(leaderId) ?? []), index]);
  }
  const sizes = new Map<string, number>();
  await Promise.all(
    [...leaders].map(async ([leader, partitions]) => {
      const dirs = await describeLogDirs(cluster, leader, [{ topic, partitions }], timeoutMs);
      for (const replica of dirs?.flatMap(({ replicas }) => replicas) ?? []) {
        if (!replica.isFuture) sizes.set(partitionName(replica.topic, replica.partition), replica.bytes);
      }
    }),
  );
  return sizes;
}
