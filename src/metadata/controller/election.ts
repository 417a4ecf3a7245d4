/**
 * Who leads, given who is alive: a pure function of the image. It looks at what is, not at what happened, so it does not matter
 * whether a broker's death and return were seen as two events, as one or as none; and deciding twice changes nothing more.
 *
 * A leader goes on in its epoch only while the run that was elected is alive. A restarted one may have lost the end of its log, and what it
 * would append in the old epoch could not be told from what it had there before. So its incarnation stands beside it in the
 * ISR, and when the broker registers with another one, it is elected anew, one epoch later.
 *
 * | leader                        | then                                                                           |
 * |-------------------------------|--------------------------------------------------------------------------------|
 * | alive, in the elected run     | stays; dead members leave the ISR                                              |
 * | alive, in a later run         | elected again if it has its data, epoch + 1                                    |
 * | dead, or without its data     | the first eligible replica in assignment order, epoch + 1; the old one leaves the ISR |
 * | nobody is eligible            | none, epoch + 1; the ISR stays: those are the ones who may come back and lead   |
 *
 * Eligible: in the ISR, alive, and the directory that was in sync is still one of its directories. (KIP-966: a broker that comes back with an
 * empty disk must not lead, although it is called the same.)
 */
import type { BrokerId } from '../../base/ids.js';
import { NO_UUID } from '../../base/ids.js';
import type { ClusterImage, PartitionImage } from '../image.js';
import { type InSyncReplica, NO_LEADER, type PartitionRecord } from '../records.js';
import type { StoreChange } from '../store/store.js';
import { inChunks, partitionUnchanged, putPartition } from './decision.js';

/** Guarded writes for all partitions whose leader is not who it should be. */
export function decideElections(image: ClusterImage): StoreChange[] {
  const moved: { before: PartitionImage; after: PartitionRecord }[] = [];
  for (const topic of image.topics.values()) {
    for (const before of topic.partitions) {
      const after = settle(before, image);
      if (after !== undefined) moved.push({ before, after });
    }
  }
  return inChunks(moved).map((chunk) => ({
    compares: chunk.map(({ before }) => partitionUnchanged(before)),
    puts: chunk.map(({ after }) => putPartition(after)),
    deletes: [],
  }));
}

/** The partition as it should be; undefined when it is. */
export function settle(partition: PartitionImage, image: ClusterImage): PartitionRecord | undefined {
  const eligible = partition.isr.filter((member) => isEligible(member, image));
  const leader = partition.isr.find(({ brokerId }) => brokerId === partition.leader);
  const stays =
    leader !== undefined &&
    eligible.includes(leader) &&
    image.brokers.get(leader.brokerId)!.incarnation === leader.incarnation;
  if (stays) return eligible.length === partition.isr.length ? undefined : next(partition, { isr: eligible });

  const elected = elect(partition, eligible);
  if (elected === undefined) {
    if (partition.leader === NO_LEADER) return undefined;
    return next(partition, { leader: NO_LEADER, leaderEpoch: partition.leaderEpoch + 1 });
  }
  const { incarnation } = image.brokers.get(elected)!;
  return next(partition, {
    leader: elected,
    leaderEpoch: partition.leaderEpoch + 1,
    isr: eligible.map((member) => (member.brokerId === elected ? { ...member, incarnation } : member)),
  });
}

function isEligible({ brokerId, directoryId }: InSyncReplica, image: ClusterImage): boolean {
  const broker = image.brokers.get(brokerId);
  if (broker === undefined) return false;
  return directoryId === NO_UUID || broker.directories.includes(directoryId);
}

/** The leader that was, if it can; else the first in assignment order. */
function elect(partition: PartitionImage, eligible: readonly InSyncReplica[]): BrokerId | undefined {
  const ids = eligible.map(({ brokerId }) => brokerId);
  if (ids.includes(partition.leader)) return partition.leader;
  return partition.replicas.map(({ brokerId }) => brokerId).find((id) => ids.includes(id));
}

function next(partition: PartitionImage, change: Partial<PartitionRecord>): PartitionRecord {
  const { topicId, index, replicas, isr, leader, leaderEpoch, partitionEpoch } = partition;
  return {
    topicId,
    index,
    replicas,
    isr,
    leader,
    leaderEpoch,
    ...change,
    partitionEpoch: partitionEpoch + 1,
  };
}
