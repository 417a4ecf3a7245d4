/**
 * ListOffsets, 1 to 11: the first offset at or after a time, or one of the named places in a log.
 *
 * 2: isolation level. 4: leader epochs. 6: flexible. 7: the record with the greatest timestamp (KIP-734). 8: the earliest local
 * offset (KIP-405), which without tiering is the earliest. 9: the last tiered offset (KIP-1005), and 11: the earliest
 * that waits for its upload (KIP-1023): without tiering there is none of either, which is no error. 10: how long to wait for remote
 * storage (KIP-1075), of which there is none to wait for.
 */
import { NO_EPOCH, NO_OFFSET, NO_TIMESTAMP } from '../../base/ids.js';
import { StorageError } from '../../log/storage-error.js';
import { ErrorCode } from '../../wire/errors.js';
import { ListOffsets, type ListOffsetsRequest } from '../../wire/messages/list-offsets.js';
import type { RequestContext } from '../context.js';
import { handler } from '../handler.js';
import type { OffsetAnswer, OffsetQuestion } from '../partitions.js';
import type { BrokerServices } from '../services.js';

/** A question that every log without tiered records answers in the same way. */
type Question = OffsetQuestion | 'nothing is tiered';

/** What a negative timestamp asks for, and the first version that may ask it. */
const NAMED_PLACES: ReadonlyMap<number, { readonly question: Question; readonly since: number }> = new Map([
  [-1, { question: 'latest', since: 1 }],
  [-2, { question: 'earliest', since: 1 }],
  [-3, { question: 'max-timestamp', since: 7 }],
  [-4, { question: 'earliest', since: 8 }],
  [-5, { question: 'nothing is tiered', since: 9 }],
  [-6, { question: 'nothing is tiered', since: 11 }],
]);

export const listOffsets = handler(
  ListOffsets,
  { order: 'early', touches: [['Describe', 'Topic']] },
  async (request, context, services) => {
    const twice = askedTwice(request);
    const topics = await Promise.all(
      request.topics.map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(
          partitions.map(async (asked) => {
            const { partitionIndex } = asked;
            const isTwice = twice.get(name)?.has(partitionIndex) ?? false;
            const answer = isTwice
              ? unanswered(ErrorCode.INVALID_REQUEST)
              : await answerTo(name, asked, request.isolationLevel, context, services);
            return {
              partitionIndex,
              errorCode: answer.error,
              timestamp: answer.timestampMs,
              offset: answer.offset,
              // Versions before 4 cannot carry an epoch.
              ...(context.apiVersion >= 4 && { leaderEpoch: answer.leaderEpoch }),
            };
          }),
        ),
      })),
    );
    return { topics };
  },
);

type Asked = ListOffsetsRequest['topics'][number]['partitions'][number];

async function answerTo(
  topic: string,
  { partitionIndex: partition, currentLeaderEpoch, timestamp }: Asked,
  isolationLevel: number,
  context: RequestContext,
  services: BrokerServices,
): Promise<OffsetAnswer> {
  if (!context.authorize('Describe', 'Topic', topic)) return unanswered(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
  const question = questionOf(timestamp, context.apiVersion);
  if (question === null) return unanswered(ErrorCode.UNSUPPORTED_VERSION);
  const lookup = { topic, partition, currentLeaderEpoch };
  if (question === 'nothing is tiered') return unanswered((await services.partitions.bounds(lookup)).error);
  try {
    const isolation = isolationLevel === 1 ? 'read_committed' : 'read_uncommitted';
    return await services.partitions.offsetFor(lookup, question, isolation);
  } catch (error) {
    if (error instanceof StorageError) return unanswered(error.error);
    throw error;
  }
}

/** null: this version of the request has no such question. */
function questionOf(timestamp: number, apiVersion: number): Question | null {
  if (timestamp >= 0) return { timestampMs: timestamp };
  const place = NAMED_PLACES.get(timestamp);
  return place && apiVersion >= place.since ? place.question : null;
}

/** Partitions that stand in the request more than once, by topic: which of the questions is meant, nobody knows. */
function askedTwice({ topics }: ListOffsetsRequest): ReadonlyMap<string, ReadonlySet<number>> {
  const seen = new Map<string, Set<number>>();
  const twice = new Map<string, Set<number>>();
  for (const { name, partitions } of topics) {
    for (const { partitionIndex } of partitions) {
      const into = seen.get(name)?.has(partitionIndex) ? twice : seen;
      const indexes = into.get(name);
      if (indexes) indexes.add(partitionIndex);
      else into.set(name, new Set([partitionIndex]));
    }
  }
  return twice;
}

function unanswered(error: ErrorCode): OffsetAnswer {
  return { error, offset: NO_OFFSET, timestampMs: NO_TIMESTAMP, leaderEpoch: NO_EPOCH };
}
