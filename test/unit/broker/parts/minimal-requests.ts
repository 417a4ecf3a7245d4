/** The least that is valid to ask, of each API at each of its versions: about a topic called `topic`, and a group called `group`. */
import { NO_UUID, type Uuid } from '../../../../src/base/ids.js';
import type { Api } from '../../../../src/wire/schema.js';
import { batch } from './batches.js';

const NOBODYS_TOPIC: Uuid = 'AAAAAAAAAAAAAAAAAAAAEQ';
const MEMBER = { groupId: 'group', generationId: 1, memberId: 'nobody' };

const REQUESTS: Readonly<Record<string, (version: number, topicId: Uuid) => object>> = {
  Produce: () => ({
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: 'topic', partitionData: [{ index: 0, records: batch(['x']) }] }],
  }),
  Fetch: (version, topicId) => ({
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1000,
    topics: [
      {
        ...(version >= 13 ? { topicId } : { topic: 'topic' }),
        partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }],
      },
    ],
    forgottenTopicsData: [],
  }),
  ListOffsets: () => ({
    replicaId: -1,
    topics: [{ name: 'topic', partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
  }),
  Metadata: () => ({ topics: [{ name: 'topic', topicId: NO_UUID }] }),
  OffsetCommit: (version, topicId) => ({
    groupId: 'group',
    topics: [
      {
        ...(version >= 10 ? { topicId } : { name: 'topic' }),
        partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: 'm' }],
      },
    ],
  }),
  OffsetFetch: (version, topicId) =>
    version >= 8
      ? {
          groups: [
            {
              groupId: 'group',
              topics: [{ ...(version >= 10 ? { topicId } : { name: 'topic' }), partitionIndexes: [0] }],
            },
          ],
        }
      : { groupId: 'group', topics: [{ name: 'topic', partitionIndexes: [0] }] },
  FindCoordinator: (version) => (version >= 4 ? { coordinatorKeys: ['group'] } : { key: 'group' }),
  JoinGroup: (version) => ({
    groupId: `joined-${version}`,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from('m') }],
  }),
  Heartbeat: () => MEMBER,
  LeaveGroup: (version) =>
    version >= 3
      ? { groupId: 'group', members: [{ memberId: 'nobody' }] }
      : { groupId: 'group', memberId: 'nobody' },
  SyncGroup: (version) => ({
    ...MEMBER,
    ...(version >= 5 && { protocolType: 'consumer', protocolName: 'range' }),
    assignments: [],
  }),
  DescribeGroups: () => ({ groups: ['group', 'unknown'] }),
  ListGroups: () => ({}),
  ApiVersions: (version) => (version >= 3 ? { clientSoftwareName: 'a', clientSoftwareVersion: '1' } : {}),
  CreateTopics: (version) => ({
    topics: [
      { name: `created-${version}`, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] },
    ],
    validateOnly: false,
  }),
  DeleteTopics: (version) =>
    version >= 6
      ? { topics: [{ name: 'absent', topicId: NO_UUID }], timeoutMs: 1000 }
      : { topicNames: ['absent'], timeoutMs: 1000 },
  InitProducerId: () => ({ transactionalId: null, transactionTimeoutMs: 1000 }),
  OffsetForLeaderEpoch: () => ({
    topics: [{ topic: 'topic', partitions: [{ partition: 0, leaderEpoch: 0 }] }],
  }),
  DescribeConfigs: () => ({
    resources: [{ resourceType: 2, resourceName: 'topic', configurationKeys: null }],
  }),
  CreatePartitions: () => ({
    topics: [{ name: 'absent', count: 2, assignments: null }],
    timeoutMs: 1000,
    validateOnly: false,
  }),
  DescribeCluster: () => ({ includeClusterAuthorizedOperations: false }),
  DeleteRecords: () => ({
    topics: [{ name: 'topic', partitions: [{ partitionIndex: 0, offset: 0 }] }],
    timeoutMs: 1000,
  }),
  DescribeLogDirs: () => ({ topics: [{ topic: 'topic', partitions: [0] }] }),
  DeleteGroups: () => ({ groupsNames: ['unknown'] }),
  ElectLeaders: () => ({ topicPartitions: [{ topic: 'topic', partitions: [0] }], timeoutMs: 1000 }),
  AlterPartitionReassignments: () => ({
    topics: [{ name: 'topic', partitions: [{ partitionIndex: 0, replicas: [1] }] }],
  }),
  ListPartitionReassignments: () => ({ topics: [{ name: 'topic', partitionIndexes: [0] }] }),
  OffsetDelete: () => ({
    groupId: 'group',
    topics: [{ name: 'topic', partitions: [{ partitionIndex: 0 }] }],
  }),
  DescribeProducers: () => ({ topics: [{ name: 'topic', partitionIndexes: [0] }] }),
  AlterConfigs: () => ({
    resources: [{ resourceType: 2, resourceName: 'topic', configs: [{ name: 'retention.ms', value: '-1' }] }],
    validateOnly: false,
  }),
  IncrementalAlterConfigs: () => ({
    resources: [
      {
        resourceType: 4,
        resourceName: '',
        configs: [{ name: 'log.retention.ms', configOperation: 0, value: '-1' }],
      },
    ],
    validateOnly: false,
  }),
  ListConfigResources: () => ({}),
  DescribeTopicPartitions: () => ({ topics: [{ name: 'topic' }] }),
};

/** @param topicId of the topic called `topic`, where it is asked for by id */
export function minimalRequest(api: Api, version: number, topicId: Uuid = NOBODYS_TOPIC): object {
  const make = REQUESTS[api.name];
  if (!make) throw new Error(`there is no minimal request for ${api.name}: add one`);
  return make(version, topicId);
}
