/** How far a group has come: its committed offsets beside the ends of the logs. */
import { type Offset, type PartitionIndex, partitionName } from '../../base/ids.js';
import type { Partition } from '../../replication/partition.js';

export interface PartitionLag {
  readonly topic: string;
  readonly partition: PartitionIndex;
  /** Null: nothing is committed. */
  readonly committed: { readonly offset: Offset; readonly metadata: string } | null;
  readonly end: Offset;
  /** Records behind the committed offset; all there are where nothing is committed. */
  readonly lag: number;
}

export type CommittedOffsets = ReadonlyMap<string, { readonly offset: Offset; readonly metadata: string }>;

export function lagOf(partition: Partition, committed: CommittedOffsets): PartitionLag {
  const { topic, index } = partition.identity;
  const found = committed.get(partitionName(topic, index)) ?? null;
  const end = partition.readableEnd('read_committed');
  // What has been deleted can no longer be read.
  const next = Math.max(found?.offset ?? 0, partition.log.startOffset);
  return { topic, partition: index, committed: found, end, lag: Math.max(0, end - next) };
}

/** `orders-0: 3 of 5`, as far as one line says it. */
export function describeLag({ topic, partition, committed, end, lag }: PartitionLag): string {
  const where = committed === null ? 'nothing is committed' : `committed ${committed.offset}`;
  return `${partitionName(topic, partition)}: ${where}, the log ends at ${end}, lag ${lag}`;
}
