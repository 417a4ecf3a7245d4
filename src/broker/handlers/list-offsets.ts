/**
 * ListOffsets, 1 to 8: the first offset at or after a time, or one of the named ends of a log.
 *
 * 2: isolation level. 4: leader epochs. 6: flexible. 7: the record with the greatest timestamp (KIP-734). 8: the earliest local
 * offset (KIP-405), which without tiering is the earliest.
 */
import { ErrorCode } from '../../wire/errors.js';
import { ListOffsets } from '../../wire/messages/list-offsets.js';
import { handler } from '../handler.js';
import type { OffsetAnswer, OffsetQuestion } from '../partitions.js';

const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;

export const listOffsets = handler(
  ListOffsets,
  { order: 'early', touches: [['Describe', 'Topic']] },
  async (request, context, services) => {
    const isolation = request.isolationLevel === 1 ? 'read_committed' : 'read_uncommitted';
    const answer = async (
      topic: string,
      asked: { partitionIndex: number; currentLeaderEpoch: number; timestamp: number },
    ): Promise<OffsetAnswer> => {
      if (!context.authorize('Describe', 'Topic', topic))
        return unanswered(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
      const question = questionOf(asked.timestamp, context.apiVersion);
      if (question === null) return unanswered(ErrorCode.UNSUPPORTED_VERSION);
      const { partitionIndex: partition, currentLeaderEpoch } = asked;
      return services.partitions.offsetFor({ topic, partition, currentLeaderEpoch }, question, isolation);
    };
    const topics = await Promise.all(
      request.topics.map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(
          partitions.map(async (asked) => {
            const { error, offset, timestampMs, leaderEpoch } = await answer(name, asked);
            return {
              partitionIndex: asked.partitionIndex,
              errorCode: error,
              timestamp: timestampMs,
              offset,
              // Versions before 4 cannot carry an epoch.
              ...(context.apiVersion >= 4 && { leaderEpoch }),
            };
          }),
        ),
      })),
    );
    return { topics };
  },
);

/** null: this version of the request has no such question. */
function questionOf(timestamp: number, apiVersion: number): OffsetQuestion | null {
  if (timestamp >= 0) return { timestampMs: timestamp };
  if (timestamp === LATEST) return 'latest';
  if (timestamp === EARLIEST) return 'earliest';
  if (timestamp === MAX_TIMESTAMP && apiVersion >= 7) return 'max-timestamp';
  if (timestamp === EARLIEST_LOCAL && apiVersion >= 8) return 'earliest';
  return null;
}

function unanswered(error: ErrorCode): OffsetAnswer {
  return { error, offset: -1, timestampMs: -1, leaderEpoch: -1 };
}
