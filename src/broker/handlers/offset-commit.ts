/**
 * OffsetCommit, 2 to 9: a group's positions, durable before they are acknowledged.
 *
 * 5: no retention time of its own any more (KIP-211). 6: leader epochs (KIP-320). 7: static members. 8: flexible.
 * 9: member epochs of the next group protocol (KIP-848).
 */
import { ErrorCode } from '../../wire/errors.js';
import { OffsetCommit } from '../../wire/messages/offset-commit.js';
import type { Infer } from '../../wire/schema.js';
import { groupClient } from '../group-client.js';
import { handler } from '../handler.js';

type Request = Infer<typeof OffsetCommit.request>;

export const offsetCommit = handler(
  OffsetCommit,
  {
    order: 'early',
    touches: [
      ['Read', 'Group'],
      ['Read', 'Topic'],
    ],
  },
  async (request, context, services) => {
    if (!context.authorize('Read', 'Group', request.groupId)) {
      return { topics: request.topics.map((topic) => refused(topic, ErrorCode.GROUP_AUTHORIZATION_FAILED)) };
    }
    const image = services.image();
    /** NONE, or why the positions of a partition are not worth keeping. */
    const problem = (topic: string, partition: number): ErrorCode => {
      if (!context.authorize('Read', 'Topic', topic)) return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
      return image.topic(topic)?.partitions[partition]
        ? ErrorCode.NONE
        : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    };
    const known = request.topics
      .map(({ name, partitions }) => ({
        name,
        partitions: partitions.filter(
          ({ partitionIndex }) => problem(name, partitionIndex) === ErrorCode.NONE,
        ),
      }))
      .filter(({ partitions }) => partitions.length > 0);
    const committed =
      known.length === 0
        ? { topics: [] }
        : await services.groups.commitOffsets({ ...request, topics: known }, groupClient(context));
    const codes = new Map(
      committed.topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, errorCode }) => [`${name}-${partitionIndex}`, errorCode] as const),
      ),
    );
    return {
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

function refused({ name, partitions }: Request['topics'][number], errorCode: ErrorCode) {
  return { name, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })) };
}
