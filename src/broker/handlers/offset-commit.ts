/**
 * OffsetCommit, 2 to 10: a group's positions, durable before they are acknowledged.
 *
 * 5: no retention time of its own any more (KIP-211). 6: leader epochs (KIP-320). 7: static members. 8: flexible.
 * 9: member epochs of the next group protocol (KIP-848). 10: topics by id.
 */
import type { PartitionIndex, Uuid } from '../../base/ids.js';
import type { ClusterImage } from '../../metadata/image.js';
import { ErrorCode } from '../../wire/errors.js';
import { OffsetCommit } from '../../wire/messages/offset-commit.js';
import type { Infer } from '../../wire/schema.js';
import { groupClient } from '../group-client.js';
import { handler } from '../handler.js';

type Request = Infer<typeof OffsetCommit.request>;
type Asked = Request['topics'][number];

/** A topic asked for, with the name that its id has; null: it has none. */
interface Named {
  readonly name: string | null;
  readonly topicId: Uuid;
  readonly partitions: Asked['partitions'];
}

const BY_ID_SINCE = 10;

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
    const byId = context.apiVersion >= BY_ID_SINCE;
    const image = services.image();
    const asked = request.topics.map((topic): Named => (byId ? named(topic, image) : topic));
    const answer = (codeOf: (topic: string | null, partition: PartitionIndex) => ErrorCode) => ({
      topics: asked.map(({ name, topicId, partitions }) => ({
        ...(byId ? { topicId } : { name: name! }),
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: codeOf(name, partitionIndex),
        })),
      })),
    });
    if (!context.authorize('Read', 'Group', request.groupId)) {
      return answer(() => ErrorCode.GROUP_AUTHORIZATION_FAILED);
    }
    /** NONE, or why the positions of a partition are not worth keeping. */
    const problem = (topic: string | null, partition: PartitionIndex): ErrorCode => {
      if (topic === null) return ErrorCode.UNKNOWN_TOPIC_ID;
      if (!context.authorize('Read', 'Topic', topic)) return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
      return image.topic(topic)?.partitions[partition]
        ? ErrorCode.NONE
        : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    };
    const known = asked.flatMap(({ name, partitions }) => {
      const kept = partitions.filter(
        ({ partitionIndex }) => problem(name, partitionIndex) === ErrorCode.NONE,
      );
      return name === null || kept.length === 0 ? [] : [{ name, partitions: kept }];
    });
    const committed =
      known.length === 0
        ? { topics: [] }
        : await services.groups.commitOffsets({ ...request, topics: known }, groupClient(context));
    const codes = new Map(
      committed.topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, errorCode }) => [`${name}-${partitionIndex}`, errorCode] as const),
      ),
    );
    return answer((topic, partition) => codes.get(`${topic}-${partition}`) ?? problem(topic, partition));
  },
);

function named({ topicId, partitions }: Asked, image: ClusterImage): Named {
  return { name: image.topicById(topicId)?.name ?? null, topicId, partitions };
}
