/**
 * DeleteRecords, 0 to 2: moves the start of partitions up to an offset (KIP-107). Durable before the answer leaves; the files go later.
 * 1: throttled answers leave at once. 2: flexible.
 */
import { isInternalTopic } from '../../metadata/internal-topics.js';
import type { DeletedRecords } from '../../replication/partition.js';
import { ErrorCode } from '../../wire/errors.js';
import { DeleteRecords } from '../../wire/messages/delete-records.js';
import { handler } from '../handler.js';

/** The offset that stands for all that is committed. */
const HIGH_WATERMARK = -1;

export const deleteRecords = handler(
  DeleteRecords,
  { order: 'alone', touches: [['Delete', 'Topic']] },
  async (request, context, services) => {
    const answer = async (topic: string, partition: number, offset: number): Promise<DeletedRecords> => {
      if (!context.authorize('Delete', 'Topic', topic)) return refused(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
      if (!services.image().topic(topic)?.partitions[partition]) {
        return refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
      }
      if (isInternalTopic(topic)) return refused(ErrorCode.INVALID_TOPIC_EXCEPTION);
      const before = offset === HIGH_WATERMARK ? 'high-watermark' : offset;
      return services.partitions.deleteRecords({ topic, partition }, before);
    };
    // `timeoutMs` is for followers that must move their starts too. The leader's own disk is waited for, as everywhere.
    const topics = await Promise.all(
      request.topics.map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(
          partitions.map(async ({ partitionIndex, offset }) => {
            const { error, lowWatermark } = await answer(name, partitionIndex, offset);
            return { partitionIndex, lowWatermark, errorCode: error };
          }),
        ),
      })),
    );
    return { topics };
  },
);

function refused(error: ErrorCode): DeletedRecords {
  return { error, lowWatermark: -1 };
}
