/** The dispatch table: what is served, and nothing else is advertised. In the order of Kafka's keys. */
import type { Handler } from './handler.js';
import { alterConfigs } from './handlers/alter-configs.js';
import { alterPartitionReassignments } from './handlers/alter-partition-reassignments.js';
import { apiVersions } from './handlers/api-versions.js';
import { createPartitions } from './handlers/create-partitions.js';
import { createTopics } from './handlers/create-topics.js';
import { deleteGroups } from './handlers/delete-groups.js';
import { deleteRecords } from './handlers/delete-records.js';
import { deleteTopics } from './handlers/delete-topics.js';
import { describeCluster } from './handlers/describe-cluster.js';
import { describeConfigs } from './handlers/describe-configs.js';
import { describeGroups } from './handlers/describe-groups.js';
import { describeLogDirs } from './handlers/describe-log-dirs.js';
import { describeProducers } from './handlers/describe-producers.js';
import { describeTopicPartitions } from './handlers/describe-topic-partitions.js';
import { electLeaders } from './handlers/elect-leaders.js';
import { fetch } from './handlers/fetch.js';
import { findCoordinator } from './handlers/find-coordinator.js';
import { heartbeat } from './handlers/heartbeat.js';
import { incrementalAlterConfigs } from './handlers/incremental-alter-configs.js';
import { initProducerId } from './handlers/init-producer-id.js';
import { joinGroup } from './handlers/join-group.js';
import { leaveGroup } from './handlers/leave-group.js';
import { listConfigResources } from './handlers/list-config-resources.js';
import { listGroups } from './handlers/list-groups.js';
import { listOffsets } from './handlers/list-offsets.js';
import { listPartitionReassignments } from './handlers/list-partition-reassignments.js';
import { metadata } from './handlers/metadata.js';
import { offsetCommit } from './handlers/offset-commit.js';
import { offsetDelete } from './handlers/offset-delete.js';
import { offsetFetch } from './handlers/offset-fetch.js';
import { offsetForLeaderEpoch } from './handlers/offset-for-leader-epoch.js';
import { produce } from './handlers/produce.js';
import { syncGroup } from './handlers/sync-group.js';

export const HANDLERS: readonly Handler[] = [
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
  describeGroups,
  listGroups,
  apiVersions,
  createTopics,
  deleteTopics,
  deleteRecords,
  initProducerId,
  offsetForLeaderEpoch,
  describeConfigs,
  alterConfigs,
  describeLogDirs,
  createPartitions,
  deleteGroups,
  electLeaders,
  incrementalAlterConfigs,
  alterPartitionReassignments,
  listPartitionReassignments,
  offsetDelete,
  describeCluster,
  describeProducers,
  listConfigResources,
  describeTopicPartitions,
];

export const SERVED_APIS = HANDLERS.map(({ api }) => ({
  apiKey: api.key,
  minVersion: api.advertisedMin,
  maxVersion: api.maxVersion,
}));
