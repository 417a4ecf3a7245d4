/** Partitions that are to be: who holds them, by a person's choice or by ours. Shared by topic creation and partition addition. */
import type { BrokerId, Uuid } from '../../base/ids.js';
import { NO_UUID } from '../../base/ids.js';
import { ErrorCode } from '../../wire/errors.js';
import type { BrokerImage, ClusterImage } from '../image.js';
import { placeReplicas } from '../placement.js';
import type { InSyncReplica, PartitionRecord } from '../records.js';

/** Kafka's bound on what one request may add. */
export const NEW_PARTITIONS_PER_REQUEST_MAX = 10_000;

export interface Refusal {
  readonly error: ErrorCode;
  readonly message: string;
}

/** `brokers` by partition, from `firstIndex` on: each alive, none twice. */
export interface Assigned {
  readonly firstIndex: number;
  readonly brokers: readonly (readonly BrokerId[])[];
}

/** What is wrong with replicas chosen by hand. */
export function assignmentProblem(
  image: ClusterImage,
  assignments: readonly (readonly BrokerId[])[],
  replicationFactor: number,
): Refusal | undefined {
  for (const [at, brokers] of assignments.entries()) {
    const refuse = (why: string): Refusal => ({
      error: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      message: `The assignment of the partition at position ${at} ${why}.`,
    });
    if (brokers.length === 0) return refuse('names no broker');
    if (new Set(brokers).size < brokers.length) return refuse('names a broker twice');
    const unknown = brokers.find((id) => !image.brokers.has(id));
    if (unknown !== undefined)
      return refuse(`names broker ${unknown}, which is not in the cluster or not alive`);
    if (brokers.length !== replicationFactor) {
      return refuse(`names ${brokers.length} brokers where the others have ${replicationFactor}`);
    }
  }
  return undefined;
}

export function replicationProblem(image: ClusterImage, replicationFactor: number): Refusal | undefined {
  if (replicationFactor < 1) {
    return {
      error: ErrorCode.INVALID_REPLICATION_FACTOR,
      message: `The replication factor must be 1 or more, or -1 for the broker's default; it is ${replicationFactor}.`,
    };
  }
  if (replicationFactor > image.brokers.size) {
    return {
      error: ErrorCode.INVALID_REPLICATION_FACTOR,
      message: `The replication factor is ${replicationFactor}, and the cluster has ${image.brokers.size} broker(s) alive.`,
    };
  }
  return undefined;
}

/** By us, over the brokers alive. */
export function place(
  image: ClusterImage,
  partitions: { readonly firstIndex: number; readonly count: number; readonly replicationFactor: number },
  start: number,
): Assigned {
  const brokers = [...image.brokers.keys()].sort((a, b) => a - b);
  return { firstIndex: partitions.firstIndex, brokers: placeReplicas({ ...partitions, brokers, start }) };
}

/** In their first state: everyone in sync, as all of them are empty, and the first leads. */
export function newPartitionRecords(
  image: ClusterImage,
  topicId: Uuid,
  { firstIndex, brokers }: Assigned,
): PartitionRecord[] {
  return brokers.map((ids, at) => {
    const isr = ids.map((id): InSyncReplica => {
      const broker = image.brokers.get(id)!;
      return { brokerId: id, incarnation: broker.incarnation, directoryId: directoryOf(broker) };
    });
    return {
      topicId,
      index: firstIndex + at,
      replicas: isr.map(({ brokerId, directoryId }) => ({ brokerId, directoryId })),
      isr,
      leader: ids[0]!,
      leaderEpoch: 0,
      partitionEpoch: 0,
    };
  });
}

/** A broker with several directories chooses by itself, and says so later. */
function directoryOf({ directories }: BrokerImage): Uuid {
  return directories.length === 1 ? directories[0]! : NO_UUID;
}
