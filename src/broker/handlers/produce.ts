/**
 * Produce, 3 to 11 (0 to 2 are advertised for old librdkafka and refused).
 *
 * Each partition has its own answer; one that fails never fails the others. acks=0 is not answered: if a partition fails, the
 * connection ends, which is the only thing such a producer can notice. The broker's own topics take nothing from clients
 * (INVALID_TOPIC_EXCEPTION): a foreign record in `__consumer_offsets` is one that the coordinator cannot replay.
 *
 * 5: log start offset in the answer. 7: zstd allowed (KIP-110). 8: which records were at fault, and why (KIP-467).
 * 9: flexible. 10: the leader in the answer (KIP-951). 11: transaction errors that ask for an abort (KIP-890).
 */
import { isInternalTopic } from '../../metadata/internal-topics.js';
import type { Acks, AppendAnswer } from '../../replication/partition.js';
import { refusal } from '../../replication/partition.js';
import { ErrorCode, errorMessage } from '../../wire/errors.js';
import { Produce } from '../../wire/messages/produce.js';
import type { RequestContext } from '../context.js';
import { HANG_UP, handler, NO_ANSWER } from '../handler.js';

export const produce = handler(
  Produce,
  { order: 'early', touches: [['Write', 'Topic']], keepsNothing: true },
  async (request, context, services) => {
    const { acks } = request;
    const flat = request.topicData.flatMap(({ name, partitionData }) =>
      partitionData.map(({ index, records }) => ({ topic: name, partition: index, records })),
    );
    const refuseAll = (error: ErrorCode): AppendAnswer[] => flat.map(() => refusal(error));
    let answers: AppendAnswer[];
    if (acks !== -1 && acks !== 0 && acks !== 1) {
      answers = refuseAll(ErrorCode.INVALID_REQUIRED_ACKS);
    } else if (request.transactionalId !== null) {
      answers = refuseAll(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    } else {
      const refusals = new Map(request.topicData.map(({ name }) => [name, topicRefusal(name, context)]));
      const allowed = flat.filter(({ topic }) => refusals.get(topic) === ErrorCode.NONE);
      const appended = await services.partitions.append(
        allowed,
        {
          acks: acks satisfies Acks,
          nowMs: services.clock.now(),
          allowZstd: context.apiVersion >= 7,
          maxDecompressedBytes: services.settings.decompressedMaxBytes,
        },
        request.timeoutMs,
      );
      const byPart = new Map(allowed.map((part, at) => [part, appended[at]!]));
      answers = flat.map((part) => byPart.get(part) ?? refusal(refusals.get(part.topic)!));
    }
    if (acks === 0) return answers.every(({ error }) => error === ErrorCode.NONE) ? NO_ANSWER : HANG_UP;
    let next = 0;
    return {
      responses: request.topicData.map(({ name, partitionData }) => ({
        name,
        partitionResponses: partitionData.map(({ index }) => partitionResponse(index, answers[next++]!)),
      })),
    };
  },
);

/** NONE, or why nothing of this request may go to the topic. */
function topicRefusal(topic: string, context: RequestContext): ErrorCode {
  if (!context.authorize('Write', 'Topic', topic)) return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
  return isInternalTopic(topic) ? ErrorCode.INVALID_TOPIC_EXCEPTION : ErrorCode.NONE;
}

function partitionResponse(index: number, answer: AppendAnswer) {
  return {
    index,
    errorCode: answer.error,
    baseOffset: answer.baseOffset,
    logAppendTimeMs: answer.logAppendTimeMs,
    logStartOffset: answer.logStartOffset,
    errorMessage: answer.message ?? (answer.error === ErrorCode.NONE ? null : errorMessage(answer.error)),
    recordErrors: answer.recordErrors.map(({ batchIndex, message }) => ({
      batchIndex,
      batchIndexErrorMessage: message,
    })),
  };
}
