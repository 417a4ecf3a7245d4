/** Removing the oldest records of partitions (DeleteRecords, KIP-107). */
import { type Millis, type Offset, type PartitionIndex, partitionName } from '../../base/ids.js';
import { ErrorCode } from '../../wire/errors.js';
import { DeleteRecords } from '../../wire/messages/delete-records.js';
import { byLeader, byTopic } from '../by-leader.js';
import type { Cluster } from '../cluster.js';
import { KafkaError } from '../kafka-error.js';
import { retry } from '../retry.js';

export interface NewLogStart {
  readonly topic: string;
  readonly partition: PartitionIndex;
  /** Records before it go. */
  readonly offset: Offset;
}

export interface TrimmedPartition {
  readonly topic: string;
  readonly partition: PartitionIndex;
  /** Where the log starts now; null with an error. */
  readonly startOffset: Offset | null;
  readonly error: KafkaError | null;
}

/**
 * Asks each partition's leader. What a moving leader leaves open is asked again; to ask twice does no harm.
 * @returns in the order of the starts
 * @throws KafkaError where a partition has no leader, or its leader did not answer, within `timeoutMs`
 */
export async function deleteRecords(
  cluster: Cluster,
  starts: readonly NewLogStart[],
  timeoutMs: Millis,
): Promise<TrimmedPartition[]> {
  const done = new Map<NewLogStart, TrimmedPartition>();
  let first = true;
  await retry(cluster, timeoutMs, async () => {
    const open = starts.filter((start) => !done.has(start));
    if (!first || open.some(({ topic }) => !cluster.topic(topic))) {
      await cluster.metadata([...new Set(open.map(({ topic }) => topic))]);
    }
    first = false;
    for (const [leader, own] of byLeader(cluster, open)) {
      const connection = await cluster.connectionTo(leader, 'control');
      const answer = await connection.call(DeleteRecords, {
        topics: [...byTopic(own)].map(([name, partitions]) => ({
          name,
          partitions: partitions.map(({ partition, offset }) => ({ partitionIndex: partition, offset })),
        })),
        timeoutMs,
      });
      const codes = new Map(
        answer.topics.flatMap(({ name, partitions }) =>
          partitions.map((each) => [partitionName(name, each.partitionIndex), each] as const),
        ),
      );
      for (const start of own) {
        const { topic, partition } = start;
        const name = partitionName(topic, partition);
        const said = codes.get(name);
        const code = said?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
        const error = code === ErrorCode.NONE ? null : new KafkaError(code, name);
        // With a leader that has moved, the next attempt must not go where this one went.
        if (error?.retriable) throw error;
        done.set(start, { topic, partition, startOffset: error ? null : said!.lowWatermark, error });
      }
    }
  });
  return starts.map((start) => done.get(start)!);
}
