/**
 * ElectLeaders, 0 to 2: hands partitions to their preferred replicas, or to any living one where nobody leads.
 * 1: the kind of election (KIP-460). 2: flexible.
 */
import { answerElection, type ElectionKind } from '../../metadata/controller/asked-elections.js';
import type { ClusterImage } from '../../metadata/image.js';
import { ErrorCode, errorMessage } from '../../wire/errors.js';
import { ElectLeaders } from '../../wire/messages/elect-leaders.js';
import type { DraftOf, Infer } from '../../wire/schema.js';
import { CLUSTER } from '../context.js';
import { handler } from '../handler.js';

type Asked = Infer<typeof ElectLeaders.request>['topicPartitions'];
type Answer = Omit<DraftOf<typeof ElectLeaders.response>, 'throttleTimeMs'>;
type TopicAnswer = Answer['replicaElectionResults'][number];

const KINDS: readonly (ElectionKind | undefined)[] = ['preferred', 'unclean'];

export const electLeaders = handler(
  ElectLeaders,
  { order: 'alone', touches: [['Alter', 'Cluster']] },
  async (request, context, services) => {
    const { topicPartitions } = request;
    if (!context.authorize('Alter', 'Cluster', CLUSTER)) {
      return refused(topicPartitions, ErrorCode.CLUSTER_AUTHORIZATION_FAILED, context.apiVersion);
    }
    // Version 0 has no kind; it decodes to the preferred one.
    const kind = KINDS[request.electionType];
    if (kind === undefined) return refused(topicPartitions, ErrorCode.INVALID_REQUEST, context.apiVersion);
    const image = services.image();
    const replicaElectionResults =
      topicPartitions === null
        ? everyPartition(image, kind)
        : topicPartitions.map(({ topic, partitions }) => ({
            topic,
            partitionResult: partitions.map((partition) => result(image, topic, partition, kind)),
          }));
    return answer(ErrorCode.NONE, replicaElectionResults, context.apiVersion);
  },
);

/** Whoever asks for all partitions is told only of those that moved, or should have. */
function everyPartition(image: ClusterImage, kind: ElectionKind): TopicAnswer[] {
  return Array.from(image.topics.values(), ({ name, partitions }) => ({
    topic: name,
    partitionResult: partitions
      .map(({ index }) => result(image, name, index, kind))
      .filter(({ errorCode }) => errorCode !== ErrorCode.ELECTION_NOT_NEEDED),
  }));
}

function result(image: ClusterImage, topic: string, partitionId: number, kind: ElectionKind) {
  const { error, message } = answerElection(image, topic, partitionId, kind);
  return { partitionId, errorCode: error, errorMessage: message };
}

/** The same error for the whole, where the version has room for it, and for each partition that was named. */
function refused(asked: Asked, errorCode: ErrorCode, apiVersion: number): Answer {
  const results = (asked ?? []).map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map((partitionId) => ({
      partitionId,
      errorCode,
      errorMessage: errorMessage(errorCode),
    })),
  }));
  return answer(errorCode, results, apiVersion);
}

function answer(errorCode: ErrorCode, replicaElectionResults: TopicAnswer[], apiVersion: number): Answer {
  return { ...(apiVersion >= 1 && { errorCode }), replicaElectionResults };
}
