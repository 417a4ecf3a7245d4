/**
 * Moves of partitions between brokers (KIP-455), as far as a cluster of one has them: a partition may be assigned where it is. What is asked for is
 * checked as if it were to be done, so that tools learn what is wrong with it.
 */
import type { BrokerId, PartitionIndex } from '../../base/ids.js';
import { ErrorCode } from '../../wire/errors.js';
import type { ClusterImage } from '../image.js';
import { assignmentProblem } from './new-partitions.js';

export interface Reassignment {
  readonly topic: string;
  readonly index: PartitionIndex;
  /** Null: stop the move that is under way. */
  readonly replicas: readonly BrokerId[] | null;
}

export interface ReassignmentAnswer {
  readonly error: ErrorCode;
  readonly message: string | null;
}

export interface ReassignmentRules {
  /** Whether a partition may get more or fewer replicas than it has. */
  readonly mayChangeReplicationFactor: boolean;
}

const DONE: ReassignmentAnswer = { error: ErrorCode.NONE, message: null };

export function answerReassignment(
  image: ClusterImage,
  { topic, index, replicas }: Reassignment,
  { mayChangeReplicationFactor }: ReassignmentRules,
): ReassignmentAnswer {
  const partition = image.topic(topic)?.partitions[index];
  if (partition === undefined) {
    return {
      error: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      message: `There is no partition ${index} of a topic called ${JSON.stringify(topic)}.`,
    };
  }
  if (replicas === null) {
    return {
      error: ErrorCode.NO_REASSIGNMENT_IN_PROGRESS,
      message: `${topic}-${index} is not being moved, so there is nothing to stop.`,
    };
  }
  const problem = assignmentProblem(image, [replicas], replicas.length);
  if (problem !== undefined) return problem;
  const present = partition.replicas.map(({ brokerId }) => brokerId);
  if (!mayChangeReplicationFactor && replicas.length !== present.length) {
    return {
      error: ErrorCode.INVALID_REPLICATION_FACTOR,
      message: `${topic}-${index} has ${present.length} replica(s) and would get ${replicas.length}, which the request does not allow.`,
    };
  }
  if (replicas.length === present.length && replicas.every((broker, at) => broker === present[at])) {
    return DONE;
  }
  return {
    error: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
    message: `${topic}-${index} stays on broker ${present.join(', ')}: replicas cannot be moved yet.`,
  };
}
