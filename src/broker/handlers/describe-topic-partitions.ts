/**
 * DescribeTopicPartitions, 0: topics and their partitions in order of name, a page at a time (KIP-966). The page ends after as many partitions as the
 * client or `max.request.partition.size.limit` allows; the cursor says where the next one begins, and need not name what exists.
 *
 * Java's admin client asks this first, and Metadata only where it is not served.
 */
import { NO_UUID } from '../../base/ids.js';
import { topicNameProblem } from '../../metadata/controller/topic-names.js';
import type { ClusterImage, PartitionImage, TopicImage } from '../../metadata/image.js';
import { isInternalTopic } from '../../metadata/internal-topics.js';
import { ErrorCode } from '../../wire/errors.js';
import { DescribeTopicPartitions } from '../../wire/messages/describe-topic-partitions.js';
import type { DraftOf, Infer } from '../../wire/schema.js';
import { authorizedOperations } from '../authorized-operations.js';
import { handler } from '../handler.js';

type Request = Infer<typeof DescribeTopicPartitions.request>;
type Answer = Omit<DraftOf<typeof DescribeTopicPartitions.response>, 'throttleTimeMs'>;
type TopicAnswer = Answer['topics'][number];
type Cursor = NonNullable<Request['cursor']>;

export const describeTopicPartitions = handler(
  DescribeTopicPartitions,
  { order: 'early', touches: [['Describe', 'Topic']] },
  async (request, context, services) => {
    const { topics, cursor, responsePartitionLimit } = request;
    const image = services.image();
    const names = namesFrom(
      topics.length === 0 ? [...image.topics.keys()] : topics.map(({ name }) => name),
      cursor,
    );
    if (!isPlace(cursor, names, request)) return refused(request);

    const allowed: string[] = [];
    const denied: string[] = [];
    for (const name of names) {
      if (context.authorize('Describe', 'Topic', name)) allowed.push(name);
      // Whoever asks for all topics is told of those he may see; by name, that he may not.
      else if (topics.length > 0) denied.push(name);
    }
    const limit = Math.max(1, Math.min(responsePartitionLimit, services.settings.maxRequestPartitions));
    const page = pageOf(image, allowed, cursor, limit);
    return {
      topics: [
        ...page.topics.map((topic) => ({
          ...topic,
          topicAuthorizedOperations: authorizedOperations(context, 'Topic', topic.name!),
        })),
        ...denied.map((name) => withoutPartitions(name, ErrorCode.TOPIC_AUTHORIZATION_FAILED)),
      ],
      nextCursor: page.nextCursor,
    };
  },
);

function namesFrom(names: readonly string[], cursor: Cursor | null): string[] {
  const first = cursor?.topicName ?? '';
  return [...new Set(names)].filter((name) => name >= first).sort((a, b) => (a < b ? -1 : 1));
}

/** A page begins at a partition, and at a topic that was asked for. */
function isPlace(cursor: Cursor | null, names: readonly string[], { topics }: Request): boolean {
  if (cursor === null) return true;
  return cursor.partitionIndex >= 0 && (topics.length === 0 || names.includes(cursor.topicName));
}

/** The answer has no place for an error of the whole. */
function refused({ topics }: Request): Answer {
  return { topics: topics.map(({ name }) => withoutPartitions(name, ErrorCode.INVALID_REQUEST)) };
}

function pageOf(
  image: ClusterImage,
  names: readonly string[],
  cursor: Cursor | null,
  limit: number,
): { readonly topics: TopicAnswer[]; readonly nextCursor: Cursor | null } {
  const topics: TopicAnswer[] = [];
  let room = limit;
  for (const name of names) {
    if (room === 0) return { topics, nextCursor: { topicName: name, partitionIndex: 0 } };
    const topic = image.topic(name);
    if (!topic) {
      const isLegal = topicNameProblem(name) === null;
      const errorCode = isLegal ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION;
      topics.push(withoutPartitions(name, errorCode));
      continue;
    }
    const from = name === cursor?.topicName ? cursor.partitionIndex : 0;
    const shown = topic.partitions.slice(from, from + room);
    topics.push(described(topic, shown));
    room -= shown.length;
    const end = from + shown.length;
    if (end < topic.partitions.length)
      return { topics, nextCursor: { topicName: name, partitionIndex: end } };
  }
  return { topics, nextCursor: null };
}

function described({ name, id }: TopicImage, partitions: readonly PartitionImage[]): TopicAnswer {
  return {
    errorCode: ErrorCode.NONE,
    name,
    topicId: id,
    isInternal: isInternalTopic(name),
    partitions: partitions.map(({ index, leader, leaderEpoch, replicas, isr }) => ({
      errorCode: ErrorCode.NONE,
      partitionIndex: index,
      leaderId: leader,
      leaderEpoch,
      replicaNodes: replicas.map(({ brokerId }) => brokerId),
      isrNodes: isr.map(({ brokerId }) => brokerId),
      eligibleLeaderReplicas: [],
      lastKnownElr: [],
      offlineReplicas: [],
    })),
  };
}

function withoutPartitions(name: string, errorCode: ErrorCode): TopicAnswer {
  return { errorCode, name, topicId: NO_UUID, isInternal: isInternalTopic(name), partitions: [] };
}
