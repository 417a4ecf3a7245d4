/** A topic that is not there, told in a person's words. */
import { UserError } from '../base/errors.js';
import { KafkaError } from '../client/kafka-error.js';
import { ErrorCode } from '../wire/errors.js';

/** @throws UserError TOPIC_NOT_FOUND in the place of Kafka's UNKNOWN_TOPIC_OR_PARTITION */
export async function namingMissingTopic<T>(topic: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const missing = error instanceof KafkaError && error.code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    if (!missing) throw error;
    throw new UserError(
      'TOPIC_NOT_FOUND',
      `there is no topic ${topic}`,
      '`millrace topic list` shows those that exist.',
      {
        cause: error,
      },
    );
  }
}
