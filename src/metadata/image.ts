/**
 * The cluster as the metadata store had it at one revision. An image never changes: the next one shares with it whatever is the
 * same, so that two images are compared by identity where nothing moved.
 */
import type { BrokerId, Millis, PartitionIndex, Uuid } from '../base/ids.js';
import type { BrokerRegistration, Configs, PartitionRecord } from './records.js';
import { NO_LEADER } from './records.js';
import type { Revision } from './store/store.js';

export interface PartitionImage extends PartitionRecord {
  readonly topic: string;
  /** Of the partition's key: what a guarded write of it compares. */
  readonly modRevision: Revision;
}

export interface TopicImage {
  readonly id: Uuid;
  readonly name: string;
  /** By index, without gaps. */
  readonly partitions: readonly PartitionImage[];
  readonly configs: Configs;
  readonly createdMs: Millis;
  /** Of the topic's key; a change of a partition does not move it. */
  readonly modRevision: Revision;
}

/** A broker that is alive, as far as its lease tells. */
export interface BrokerImage extends BrokerRegistration {
  /** Kafka's broker epoch: the revision of this registration. */
  readonly epoch: Revision;
  readonly modRevision: Revision;
}

export interface ControllerImage {
  readonly brokerId: BrokerId;
  readonly incarnation: Uuid;
  /** Grows with each controller: writes of one compare it, so a deposed one's fail by themselves. */
  readonly createRevision: Revision;
}

export interface BrokerConfigImage {
  readonly configs: Configs;
  readonly modRevision: Revision;
}

interface ImageParts {
  readonly revision: Revision;
  readonly clusterId: string | undefined;
  readonly controller: ControllerImage | undefined;
  readonly brokers: ReadonlyMap<BrokerId, BrokerImage>;
  readonly brokerConfigs: ReadonlyMap<string, BrokerConfigImage>;
  readonly topics: ReadonlyMap<string, TopicImage>;
  readonly topicsById: ReadonlyMap<Uuid, TopicImage>;
}

const NO_CONFIGS: Configs = new Map();

export class ClusterImage {
  readonly revision: Revision;
  /** Undefined before the cluster is made. */
  readonly clusterId: string | undefined;
  readonly controller: ControllerImage | undefined;
  /** Those alive. */
  readonly brokers: ReadonlyMap<BrokerId, BrokerImage>;
  /** By Kafka's resource name: a broker's id as text, or ALL_BROKERS. */
  readonly brokerConfigs: ReadonlyMap<string, BrokerConfigImage>;
  /** By name. */
  readonly topics: ReadonlyMap<string, TopicImage>;
  readonly topicsById: ReadonlyMap<Uuid, TopicImage>;

  static readonly EMPTY: ClusterImage = new ClusterImage({
    revision: 0,
    clusterId: undefined,
    controller: undefined,
    brokers: new Map(),
    brokerConfigs: new Map(),
    topics: new Map(),
    topicsById: new Map(),
  });

  constructor(parts: ImageParts) {
    this.revision = parts.revision;
    this.clusterId = parts.clusterId;
    this.controller = parts.controller;
    this.brokers = parts.brokers;
    this.brokerConfigs = parts.brokerConfigs;
    this.topics = parts.topics;
    this.topicsById = parts.topicsById;
  }

  topic(name: string): TopicImage | undefined {
    return this.topics.get(name);
  }

  topicById(id: Uuid): TopicImage | undefined {
    return this.topicsById.get(id);
  }

  partition(topicId: Uuid, index: PartitionIndex): PartitionImage | undefined {
    return this.topicsById.get(topicId)?.partitions[index];
  }

  /** NO_LEADER when there is none. */
  get controllerId(): BrokerId {
    return this.controller?.brokerId ?? NO_LEADER;
  }

  /** What was set on the topic; empty for an unknown one. */
  topicConfigs(name: string): Configs {
    return this.topics.get(name)?.configs ?? NO_CONFIGS;
  }

  /** What was set on a broker, or on all of them (ALL_BROKERS). */
  brokerConfigsOf(resource: string): Configs {
    return this.brokerConfigs.get(resource)?.configs ?? NO_CONFIGS;
  }
}
