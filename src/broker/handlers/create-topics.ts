/**
 * CreateTopics, 2 to 7. Answers when the topic's logs are there and led: a produce right after it succeeds.
 *
 * 4: −1 for the broker's defaults (KIP-464). 5: flexible; the topic as made, with its configs (KIP-525). 7: topic ids.
 */
import type { CreatedTopic, CreateTopic } from '../../metadata/controller/requests.js';
import { ErrorCode, errorMessage } from '../../wire/errors.js';
import { CreateTopics } from '../../wire/messages/create-topics.js';
import type { DraftOf, Infer } from '../../wire/schema.js';
import { CLUSTER } from '../context.js';
import { handler } from '../handler.js';
import type { BrokerServices } from '../services.js';
import { describeTopicConfigs } from '../settings/describe.js';

type Asked = Infer<typeof CreateTopics.request>['topics'][number];
type Answer = DraftOf<typeof CreateTopics.response>['topics'][number];

export const createTopics = handler(
  CreateTopics,
  {
    order: 'alone',
    touches: [
      ['Create', 'Topic'],
      ['Create', 'Cluster'],
    ],
  },
  async (request, context, services) => {
    const cluster = context.authorize('Create', 'Cluster', CLUSTER);
    const twice = duplicates(request.topics.map(({ name }) => name));
    const refusal = (topic: Asked): Answer | null => {
      if (twice.has(topic.name))
        return refused(topic.name, ErrorCode.INVALID_REQUEST, 'Duplicate topic name.');
      if (!cluster && !context.authorize('Create', 'Topic', topic.name)) {
        return refused(topic.name, ErrorCode.TOPIC_AUTHORIZATION_FAILED);
      }
      if (topic.configs.some(({ value }) => value === null)) {
        return refused(topic.name, ErrorCode.INVALID_CONFIG, 'Null value not supported for topic configs.');
      }
      return null;
    };
    const refusals = new Map(request.topics.map((topic) => [topic, refusal(topic)]));
    const wanted = request.topics.filter((topic) => refusals.get(topic) === null);
    const created = await services.topics.create(wanted.map(toCreate), {
      validateOnly: request.validateOnly,
    });
    const results = new Map(wanted.map((topic, at) => [topic, created[at]!]));
    return {
      // A name given twice is answered once, as Kafka does.
      topics: [...new Map(request.topics.map((topic) => [topic.name, topic])).values()].map(
        (topic) => refusals.get(topic) ?? answer(results.get(topic)!, context.apiVersion, services),
      ),
    };
  },
);

function toCreate(topic: Asked): CreateTopic {
  return {
    name: topic.name,
    partitionCount: topic.numPartitions,
    replicationFactor: topic.replicationFactor,
    assignments: topic.assignments.map(({ partitionIndex, brokerIds }) => ({
      index: partitionIndex,
      brokers: brokerIds,
    })),
    configs: new Map(topic.configs.map(({ name, value }) => [name, value!])),
  };
}

function answer(topic: CreatedTopic, apiVersion: number, services: BrokerServices): Answer {
  if (topic.error !== ErrorCode.NONE) return refused(topic.name, topic.error, topic.message);
  const made: Answer = { name: topic.name, topicId: topic.id, errorCode: ErrorCode.NONE, errorMessage: null };
  if (apiVersion < 5) return made;
  return {
    ...made,
    numPartitions: topic.partitionCount,
    replicationFactor: topic.replicationFactor,
    configs: describeTopicConfigs(topic.configs, services.settings).map(
      ({ name, value, readOnly, source, sensitive }) => ({
        name,
        value,
        readOnly,
        configSource: source,
        isSensitive: sensitive,
      }),
    ),
  };
}

function refused(name: string, errorCode: ErrorCode, message: string | null = null): Answer {
  return { name, errorCode, errorMessage: message ?? errorMessage(errorCode), configs: null };
}

/** Whatever stands in the list more than once. In one pass: a client may send a million. */
export function duplicates(names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  return new Set(names.filter((name) => seen.size === seen.add(name).size));
}
