/**
 * Metadata, 0 to 13: brokers, topics and who leads their partitions. A topic that is missing is made if the client and the broker
 * allow it, and is there when the answer leaves.
 *
 * 0: no topics named means all; from 1 on null does, and an empty list means none. 4: the client says whether to create.
 * 5: offline replicas. 7: leader epochs. 8: authorized operations. 9: flexible. 10: topic ids; 12: topics asked for by id.
 * 13: an error of the whole answer (KIP-1102), which a broker without bootstrap addresses of its own never has cause to give.
 */
import { NO_UUID, type Uuid } from '../../base/ids.js';
import { CONSUMER_OFFSETS_TOPIC, isInternalTopic } from '../../metadata/internal-topics.js';
import { topicNameProblem } from '../../metadata/controller/topic-names.js';
import type { TopicImage } from '../../metadata/image.js';
import { ErrorCode } from '../../wire/errors.js';
import { Metadata } from '../../wire/messages/metadata.js';
import type { DraftOf, Infer } from '../../wire/schema.js';
import { authorizedOperations, NOT_ASKED } from '../authorized-operations.js';
import { reachableBrokers } from '../reachable-brokers.js';
import { CLUSTER, type RequestContext } from '../context.js';
import { handler } from '../handler.js';
import type { BrokerServices } from '../services.js';

type Request = Infer<typeof Metadata.request>;
type TopicAnswer = DraftOf<typeof Metadata.response>['topics'][number];

export const metadata = handler(
  Metadata,
  {
    order: 'alone',
    touches: [
      ['Describe', 'Topic'],
      ['Create', 'Topic'],
      ['Describe', 'Cluster'],
    ],
  },
  async (request, context, services) => {
    const topics = await topicsAsked(request, context, services);
    const { apiVersion } = context;
    const clusterOperations =
      apiVersion >= 8 && apiVersion <= 10 && request.includeClusterAuthorizedOperations
        ? authorizedOperations(context, 'Cluster', CLUSTER)
        : NOT_ASKED;
    return {
      brokers: reachableBrokers(services, context.peer),
      clusterId: services.clusterId,
      controllerId: services.image().controllerId,
      topics,
      ...(apiVersion >= 8 && apiVersion <= 10 && { clusterAuthorizedOperations: clusterOperations }),
    };
  },
);

async function topicsAsked(
  request: Request,
  context: RequestContext,
  services: BrokerServices,
): Promise<TopicAnswer[]> {
  const all = request.topics === null || (context.apiVersion === 0 && request.topics.length === 0);
  const describe = (topic: TopicImage): TopicAnswer =>
    topicAnswer(topic, context, request.includeTopicAuthorizedOperations);
  if (all || request.topics === null) {
    return [...services.image().topics.values()]
      .filter(({ name }) => context.authorize('Describe', 'Topic', name))
      .map(describe);
  }
  // Versions 10 and 11 have a place for ids, which nobody may use before 12: the whole request is wrong then.
  if (
    context.apiVersion < 12 &&
    request.topics.some(({ name, topicId }) => name === null || topicId !== NO_UUID)
  ) {
    return request.topics.map(({ name, topicId }) => missing(name ?? '', topicId, ErrorCode.INVALID_REQUEST));
  }
  // Whoever asks by id may leave the name null or, as Kafka's Java client does, empty.
  const byId = (topicId: Uuid): boolean => topicId !== NO_UUID;
  const byName = request.topics.flatMap(({ name, topicId }) =>
    name === null || byId(topicId) ? [] : [name],
  );
  const refusals = await createMissing(byName, request.allowAutoTopicCreation, context, services);
  const image = services.image();
  return request.topics.map(({ name, topicId }) => {
    if (byId(topicId)) {
      const topic = image.topicById(topicId);
      if (topic && context.authorize('Describe', 'Topic', topic.name)) return describe(topic);
      return missing(null, topicId, ErrorCode.UNKNOWN_TOPIC_ID);
    }
    if (name === null) return missing(null, topicId, ErrorCode.INVALID_REQUEST);
    if (!context.authorize('Describe', 'Topic', name)) {
      return missing(name, NO_UUID, ErrorCode.TOPIC_AUTHORIZATION_FAILED);
    }
    const topic = image.topic(name);
    if (topic) return describe(topic);
    const isLegal = topicNameProblem(name) === null;
    const error = isLegal ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION;
    return missing(name, NO_UUID, refusals.get(name) ?? error);
  });
}

/** Creates what is missing if it may; returns why a topic still is. */
async function createMissing(
  names: readonly string[],
  allowed: boolean,
  context: RequestContext,
  services: BrokerServices,
): Promise<Map<string, ErrorCode>> {
  const refusals = new Map<string, ErrorCode>();
  const missing = [...new Set(names)].filter((name) => !services.image().topic(name));
  if (missing.length === 0 || !allowed) return refusals;
  for (const name of missing.filter((name) => name === CONSUMER_OFFSETS_TOPIC)) {
    refusals.set(name, await services.ensureOffsetsTopic());
  }
  const wanted = missing.filter(
    (name) =>
      services.settings.autoCreateTopics &&
      !isInternalTopic(name) &&
      context.authorize('Describe', 'Topic', name) &&
      context.authorize('Create', 'Topic', name),
  );
  if (wanted.length === 0) return refusals;
  const created = await services.topics.create(
    wanted.map((name) => ({
      name,
      partitionCount: -1,
      replicationFactor: -1,
      assignments: [],
      configs: new Map(),
    })),
    { validateOnly: false },
  );
  for (const { name, error } of created) {
    // Somebody else was quicker: it is there.
    if (error !== ErrorCode.NONE && error !== ErrorCode.TOPIC_ALREADY_EXISTS) refusals.set(name, error);
  }
  return refusals;
}

function topicAnswer(topic: TopicImage, context: RequestContext, withOperations: boolean): TopicAnswer {
  const { apiVersion } = context;
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions: topic.partitions.map(({ leader, leaderEpoch, replicas, isr }, partitionIndex) => ({
      errorCode: leader < 0 ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.NONE,
      partitionIndex,
      leaderId: leader,
      leaderEpoch,
      replicaNodes: replicas.map(({ brokerId }) => brokerId),
      isrNodes: isr.map(({ brokerId }) => brokerId),
      offlineReplicas: [],
    })),
    ...(apiVersion >= 8 && {
      topicAuthorizedOperations: withOperations
        ? authorizedOperations(context, 'Topic', topic.name)
        : NOT_ASKED,
    }),
  };
}

function missing(name: string | null, topicId: string, errorCode: ErrorCode): TopicAnswer {
  return { errorCode, name, topicId, partitions: [] };
}
