/**
 * Metadata (key 3): brokers, topics, partitions and their leaders.
 *
 * 0: an empty topic list asks for all topics. 1: null asks for all and an empty list for none; adds racks,
 * the controller and internal topics. 2 adds the cluster id, 3 the throttle time, 4 allowAutoTopicCreation, 5
 * offline replicas. 6 changes when throttled answers leave. 7 adds leader epochs, 8 authorized operations. 9
 * is flexible. 10 adds topic ids, which only 12 may ask by. 11 leaves the cluster's authorized operations to
 * DescribeCluster (KIP-700). 12 answers for ids that do not exist, with a null name. 13 has an error of the whole
 * answer, by which a broker may send a client back to its bootstrap addresses (KIP-1102).
 */
import { brokerId, durationMs, leaderEpoch, partitionIndex } from '../flavours.js';
import { api, array, boolean, type DraftOf, type Infer, int16, int32, string, uuid } from '../schema.js';

/** Authorized operations that nobody asked for. */
const NOT_ASKED = -0x8000_0000;

export const Metadata = api(
  'Metadata',
  { key: 3, versions: '0-13', flexible: 9 },
  {
    request: {
      topics: array({ topicId: uuid.in('10+').ignorable(), name: string.nullable('10+') }).nullable('1+'),
      allowAutoTopicCreation: boolean.in('4+').default(true),
      includeClusterAuthorizedOperations: boolean.in('8-10'),
      includeTopicAuthorizedOperations: boolean.in('8+'),
    },
    response: {
      throttleTimeMs: durationMs.in('3+').ignorable(),
      brokers: array({
        nodeId: brokerId,
        host: string,
        port: int32,
        rack: string.in('1+').nullable('1+').default(null).ignorable(),
      }),
      clusterId: string.in('2+').nullable('2+').default(null).ignorable(),
      controllerId: brokerId.in('1+').default(-1).ignorable(),
      topics: array({
        errorCode: int16,
        name: string.nullable('12+'),
        topicId: uuid.in('10+').ignorable(),
        isInternal: boolean.in('1+').ignorable(),
        partitions: array({
          errorCode: int16,
          partitionIndex,
          leaderId: brokerId,
          leaderEpoch: leaderEpoch.in('7+').default(-1).ignorable(),
          replicaNodes: array(brokerId),
          isrNodes: array(brokerId),
          offlineReplicas: array(brokerId).in('5+').ignorable(),
        }),
        topicAuthorizedOperations: int32.in('8+').default(NOT_ASKED),
      }),
      clusterAuthorizedOperations: int32.in('8-10').default(NOT_ASKED),
      errorCode: int16.in('13+').ignorable(),
    },
  },
);

export type MetadataRequest = Infer<typeof Metadata.request>;
export type MetadataResponse = Infer<typeof Metadata.response>;
export type MetadataResponseDraft = DraftOf<typeof Metadata.response>;
