/** DescribeProducers, 0: the producers whose sequences partitions remember, and their open transactions (KIP-664). */
import type { ProducerEntry } from '../../log/producers.js';
import { NO_SEQUENCE } from '../../log/producers.js';
import { topicNameProblem } from '../../metadata/controller/topic-names.js';
import { ErrorCode, errorMessage } from '../../wire/errors.js';
import { DescribeProducers } from '../../wire/messages/describe-producers.js';
import { handler } from '../handler.js';

export const describeProducers = handler(
  DescribeProducers,
  { order: 'early', touches: [['Read', 'Topic']] },
  async (request, context, services) => {
    const problem = (topic: string): { error: ErrorCode; message: string } | null => {
      const illegal = topicNameProblem(topic);
      if (illegal !== null) return { error: ErrorCode.INVALID_TOPIC_EXCEPTION, message: illegal };
      if (context.authorize('Read', 'Topic', topic)) return null;
      const error = ErrorCode.TOPIC_AUTHORIZATION_FAILED;
      return { error, message: errorMessage(error) };
    };
    const describe = async (topic: string, partitionIndex: number) => {
      const refusal = problem(topic);
      if (refusal !== null) {
        const { error, message } = refusal;
        return { partitionIndex, errorCode: error, errorMessage: message, activeProducers: [] };
      }
      const { error, producers } = await services.partitions.producers({ topic, partition: partitionIndex });
      return {
        partitionIndex,
        errorCode: error,
        errorMessage: error === ErrorCode.NONE ? null : errorMessage(error),
        activeProducers: producers.map(activeProducer),
      };
    };
    return {
      topics: await Promise.all(
        request.topics.map(async ({ name, partitionIndexes }) => ({
          name,
          partitions: await Promise.all(partitionIndexes.map((partition) => describe(name, partition))),
        })),
      ),
    };
  },
);

function activeProducer(producer: ProducerEntry) {
  return {
    producerId: producer.producerId,
    producerEpoch: producer.producerEpoch,
    lastSequence: producer.batches.at(-1)?.lastSequence ?? NO_SEQUENCE,
    lastTimestamp: producer.lastTimestamp,
    coordinatorEpoch: producer.coordinatorEpoch,
    currentTxnStartOffset: producer.currentTransactionFirstOffset,
  };
}
