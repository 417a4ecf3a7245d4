/** Making, listing, widening and removing topics. */
import { type Millis, NO_UUID } from '../../base/ids.js';
import { ErrorCode } from '../../wire/errors.js';
import { CreatePartitions } from '../../wire/messages/create-partitions.js';
import { CreateTopics } from '../../wire/messages/create-topics.js';
import { DeleteTopics } from '../../wire/messages/delete-topics.js';
import type { Cluster } from '../cluster.js';
import { KafkaError } from '../kafka-error.js';
import { isTransientOfKnownTopic, retry } from '../retry.js';
import type { TopicView } from '../topic-view.js';

export interface NewTopic {
  readonly name: string;
  /** −1: the broker's default. */
  readonly partitionCount: number;
  /** −1: the broker's default. */
  readonly replicationFactor: number;
  readonly configs: ReadonlyMap<string, string>;
}

export interface CreatedTopic {
  /** −1 where the broker is too old to say. */
  readonly partitionCount: number;
}

/**
 * @throws KafkaError with the broker's own words: TOPIC_ALREADY_EXISTS, INVALID_TOPIC_EXCEPTION, INVALID_CONFIG …
 */
export function createTopic(cluster: Cluster, topic: NewTopic, timeoutMs: Millis): Promise<CreatedTopic> {
  return retry(cluster, timeoutMs, async () => {
    const connection = await cluster.controllerConnection();
    const answer = await connection.call(CreateTopics, {
      topics: [
        {
          name: topic.name,
          numPartitions: topic.partitionCount,
          replicationFactor: topic.replicationFactor,
          assignments: [],
          configs: [...topic.configs].map(([name, value]) => ({ name, value })),
        },
      ],
      timeoutMs,
    });
    const created = answer.topics[0];
    await failed(cluster, created?.errorCode, `topic ${topic.name}`, created?.errorMessage);
    return { partitionCount: created?.numPartitions ?? -1 };
  });
}

/** @throws KafkaError: UNKNOWN_TOPIC_OR_PARTITION … */
export async function deleteTopic(cluster: Cluster, name: string, timeoutMs: Millis): Promise<void> {
  await retry(
    cluster,
    timeoutMs,
    async () => {
      const connection = await cluster.controllerConnection();
      const byId = (connection.versionOf(DeleteTopics) ?? 0) >= 6;
      const answer = await connection.call(DeleteTopics, {
        ...(byId ? { topics: [{ name, topicId: NO_UUID }] } : { topicNames: [name] }),
        timeoutMs,
      });
      const deleted = answer.responses[0];
      await failed(cluster, deleted?.errorCode, `topic ${name}`, deleted?.errorMessage);
    },
    { mayRetry: isTransientOfKnownTopic },
  );
}

/**
 * Raises the number of partitions.
 * @param partitionCount of all of them, the present ones included
 * @param mode `validate`: the controller says what it would say, and nothing is changed
 * @throws KafkaError: INVALID_PARTITIONS … with the controller's own words
 */
export function createPartitions(
  cluster: Cluster,
  name: string,
  partitionCount: number,
  mode: 'apply' | 'validate',
  timeoutMs: Millis,
): Promise<void> {
  const attempt = async (): Promise<void> => {
    const connection = await cluster.controllerConnection();
    const answer = await connection.call(CreatePartitions, {
      topics: [{ name, count: partitionCount, assignments: null }],
      timeoutMs,
      validateOnly: mode === 'validate',
    });
    const created = answer.results[0];
    await failed(cluster, created?.errorCode, `topic ${name}`, created?.errorMessage);
  };
  return retry(cluster, timeoutMs, attempt, { mayRetry: isTransientOfKnownTopic });
}

/** By name. */
export async function listTopics(cluster: Cluster, timeoutMs: Millis): Promise<TopicView[]> {
  const { topics } = await retry(cluster, timeoutMs, () => cluster.metadata(null));
  return [...topics.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function failed(
  cluster: Cluster,
  code: number | undefined,
  about: string,
  said: string | null | undefined,
): Promise<void> {
  if (code === ErrorCode.NONE) return;
  // The controller has moved: the next attempt must not go where this one went.
  if (code === ErrorCode.NOT_CONTROLLER) await cluster.metadata([]);
  throw new KafkaError(code ?? ErrorCode.UNKNOWN_SERVER_ERROR, about, said ?? null);
}
