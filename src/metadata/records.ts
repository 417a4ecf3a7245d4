/**
 * What the metadata store keeps, as the rest of the program sees it. `values.ts` turns these into stored bytes and back;
 * proto/metadata.proto says what each means on disk.
 */
import type { BrokerId, LeaderEpoch, Millis, PartitionIndex, ProducerId, Uuid } from '../base/ids.js';

/** Names to values, sorted by name. Only what was set; defaults are not stored. */
export type Configs = ReadonlyMap<string, string>;

/** No leader. */
export const NO_LEADER: BrokerId = -1;

export interface ClusterRecord {
  readonly clusterId: string;
  readonly formatVersion: number;
  readonly createdMs: Millis;
}

export interface ControllerRecord {
  readonly brokerId: BrokerId;
  readonly incarnation: Uuid;
}

export interface BrokerRegistration {
  readonly brokerId: BrokerId;
  /** New at each start of the process. */
  readonly incarnation: Uuid;
  readonly endpoints: readonly BrokerEndpoint[];
  /** Directory ids of its log directories. */
  readonly directories: readonly Uuid[];
  readonly rack: string | null;
  readonly softwareVersion: string;
}

export interface BrokerEndpoint {
  /** The listener's name, `PLAINTEXT`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly securityProtocol: string;
}

export interface BrokerConfigRecord {
  readonly configs: Configs;
}

export interface TopicRecord {
  readonly id: Uuid;
  readonly name: string;
  readonly partitionCount: number;
  readonly configs: Configs;
  readonly createdMs: Millis;
}

export interface PartitionRecord {
  readonly topicId: Uuid;
  readonly index: PartitionIndex;
  /** The first is the preferred leader. */
  readonly replicas: readonly Replica[];
  readonly isr: readonly InSyncReplica[];
  /** NO_LEADER: none. */
  readonly leader: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
  /** One more at each write of the record but the first: what Kafka's AlterPartition calls the partition epoch. */
  readonly partitionEpoch: number;
}

export interface Replica {
  readonly brokerId: BrokerId;
  /** NO_UUID: the broker has not said yet which of its directories holds it. */
  readonly directoryId: Uuid;
}

export interface InSyncReplica {
  readonly brokerId: BrokerId;
  /** The run of the broker that was known to be in sync (KIP-903). */
  readonly incarnation: Uuid;
  readonly directoryId: Uuid;
}

export interface ProducerIdBlock {
  /** Ids below it have been given away. */
  readonly next: ProducerId;
}
