/** The table of APIs that are declared. Which of them a broker advertises is its own business. */
import type { Api } from '../schema.js';
import { AlterConfigs } from './alter-configs.js';
import { AlterPartitionReassignments } from './alter-partition-reassignments.js';
import { ApiVersions } from './api-versions.js';
import { CreatePartitions } from './create-partitions.js';
import { CreateTopics } from './create-topics.js';
import { DeleteGroups } from './delete-groups.js';
import { DeleteRecords } from './delete-records.js';
import { DeleteTopics } from './delete-topics.js';
import { DescribeCluster } from './describe-cluster.js';
import { DescribeConfigs } from './describe-configs.js';
import { DescribeGroups } from './describe-groups.js';
import { DescribeLogDirs } from './describe-log-dirs.js';
import { DescribeProducers } from './describe-producers.js';
import { DescribeTopicPartitions } from './describe-topic-partitions.js';
import { ElectLeaders } from './elect-leaders.js';
import { Fetch } from './fetch.js';
import { FindCoordinator } from './find-coordinator.js';
import { Heartbeat } from './heartbeat.js';
import { IncrementalAlterConfigs } from './incremental-alter-configs.js';
import { InitProducerId } from './init-producer-id.js';
import { JoinGroup } from './join-group.js';
import { LeaveGroup } from './leave-group.js';
import { ListConfigResources } from './list-config-resources.js';
import { ListGroups } from './list-groups.js';
import { ListOffsets } from './list-offsets.js';
import { ListPartitionReassignments } from './list-partition-reassignments.js';
import { Metadata } from './metadata.js';
import { OffsetCommit } from './offset-commit.js';
import { OffsetDelete } from './offset-delete.js';
import { OffsetFetch } from './offset-fetch.js';
import { OffsetForLeaderEpoch } from './offset-for-leader-epoch.js';
import { Produce } from './produce.js';
import { SyncGroup } from './sync-group.js';

/** By key. */
export const APIS: readonly Api[] = [
  Produce,
  Fetch,
  ListOffsets,
  Metadata,
  OffsetCommit,
  OffsetFetch,
  FindCoordinator,
  JoinGroup,
  Heartbeat,
  LeaveGroup,
  SyncGroup,
  DescribeGroups,
  ListGroups,
  ApiVersions,
  CreateTopics,
  DeleteTopics,
  DeleteRecords,
  InitProducerId,
  OffsetForLeaderEpoch,
  DescribeConfigs,
  AlterConfigs,
  DescribeLogDirs,
  CreatePartitions,
  DeleteGroups,
  ElectLeaders,
  IncrementalAlterConfigs,
  AlterPartitionReassignments,
  ListPartitionReassignments,
  OffsetDelete,
  DescribeCluster,
  DescribeProducers,
  ListConfigResources,
  DescribeTopicPartitions,
];

const BY_KEY: ReadonlyMap<number, Api> = new Map(APIS.map((api) => [api.key, api]));

export function apiByKey(key: number): Api | undefined {
  return BY_KEY.get(key);
}

/**
 * Whether a version of a key is flexible; undefined when it is not declared. What `decodeRequestHeader` asks.
 */
export function flexibleOf(key: number, version: number): boolean | undefined {
  const api = BY_KEY.get(key);
  if (api === undefined || version < api.minVersion || version > api.maxVersion) return undefined;
  return api.request.isFlexible(version);
}
