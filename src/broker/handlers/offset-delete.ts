/** OffsetDelete, 0: forgets a group's offsets of partitions that none of its members subscribes to (KIP-496). */
import { ErrorCode } from '../../wire/errors.js';
import { OffsetDelete } from '../../wire/messages/offset-delete.js';
import { handler } from '../handler.js';

export const offsetDelete = handler(
  OffsetDelete,
  {
    order: 'early',
    touches: [
      ['Delete', 'Group'],
      ['Read', 'Topic'],
    ],
  },
  async (request, context, services) => {
    const { groupId } = request;
    if (!context.authorize('Delete', 'Group', groupId)) {
      return { errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED, topics: [] };
    }
    const image = services.image();
    /** NONE, or why the group's coordinator is not asked. */
    const problem = (topic: string, partition: number): ErrorCode => {
      if (!context.authorize('Read', 'Topic', topic)) return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
      return image.topic(topic)?.partitions[partition]
        ? ErrorCode.NONE
        : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    };
    const known = request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.filter(({ partitionIndex }) => problem(name, partitionIndex) === ErrorCode.NONE),
    }));
    // Asked even when nothing is left of the request: whether there is such a group is told all the same.
    const deleted = await services.groups.deleteOffsets({ groupId, topics: known });
    if (deleted.errorCode !== ErrorCode.NONE) return { errorCode: deleted.errorCode, topics: [] };
    const codes = new Map(
      deleted.topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, errorCode }) => [`${name}-${partitionIndex}`, errorCode] as const),
      ),
    );
    return {
      errorCode: ErrorCode.NONE,
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: codes.get(`${name}-${partitionIndex}`) ?? problem(name, partitionIndex),
        })),
      })),
    };
  },
);
