/**
 * Elections that an admin asks for (KIP-460). The controller elects by itself whenever a broker comes or goes, and keeps what it can: so what is
 * asked for is already so, or cannot be. A leader that could be moved to a preferred replica needs a second living broker, which
 * clusters of one do not have.
 */
import type { PartitionIndex } from '../../base/ids.js';
import { ErrorCode } from '../../wire/errors.js';
import type { ClusterImage } from '../image.js';
import { NO_LEADER } from '../records.js';

/** `preferred`: the first replica leads. `unclean`: anybody does, in sync or not, rather than nobody. */
export type ElectionKind = 'preferred' | 'unclean';

export interface ElectionAnswer {
  readonly error: ErrorCode;
  readonly message: string | null;
}

export function answerElection(
  image: ClusterImage,
  topic: string,
  index: PartitionIndex,
  kind: ElectionKind,
): ElectionAnswer {
  const partition = image.topic(topic)?.partitions[index];
  if (partition === undefined) {
    return {
      error: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      message: `There is no partition ${index} of a topic called ${JSON.stringify(topic)}.`,
    };
  }
  const { leader, replicas } = partition;
  const preferred = replicas[0]?.brokerId;
  if (kind === 'preferred' ? leader === preferred : leader !== NO_LEADER) {
    return {
      error: ErrorCode.ELECTION_NOT_NEEDED,
      message: `Broker ${leader} leads ${topic}-${index} already.`,
    };
  }
  return kind === 'preferred'
    ? {
        error: ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE,
        message: `Broker ${preferred}, the first replica of ${topic}-${index}, is not alive or not in sync.`,
      }
    : {
        error: ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE,
        message: `No replica of ${topic}-${index} is alive: start one of the brokers ${replicas.map(({ brokerId }) => brokerId).join(', ')}.`,
      };
}
