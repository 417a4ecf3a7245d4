/**
 * What the controller is asked for, and how it answers: one result for each topic named, in the order of the request. An
 * expected refusal is an ErrorCode with a sentence for a person, never an exception.
 */
import type { BrokerId, Uuid } from '../../base/ids.js';
import type { ErrorCode } from '../../wire/errors.js';
import type { Configs } from '../records.js';

export interface CreateTopic {
  readonly name: string;
  /** −1: the broker's default (`num.partitions`), or as many as `assignments` has. */
  readonly partitionCount: number;
  /** −1: the broker's default (`default.replication.factor`), or as long as each of `assignments`. */
  readonly replicationFactor: number;
  /** Brokers by partition, chosen by hand; empty: placed by us. Both counts above must be −1 then. */
  readonly assignments: readonly PartitionAssignment[];
  readonly configs: Configs;
}

export interface PartitionAssignment {
  readonly index: number;
  readonly brokers: readonly BrokerId[];
}

/** By name or by id. */
export type TopicReference = { readonly name: string } | { readonly id: Uuid };

export interface CreatePartitions {
  readonly name: string;
  /** The new total. */
  readonly partitionCount: number;
  /** One list of brokers for each partition that is added; null: placed by us. */
  readonly assignments: readonly (readonly BrokerId[])[] | null;
}

/** A change of what is set on one topic or broker. */
export interface ConfigEdit {
  readonly set: Configs;
  /** Back to their defaults: those named, or all that `set` does not name. */
  readonly unset: readonly string[] | 'others';
  /** Settings that are lists, and change by what is in them now. */
  readonly lists?: readonly ListEdit[];
}

export interface ListEdit {
  readonly name: string;
  /** Elements, in order; those that are there already stay where they are. */
  readonly add: readonly string[];
  readonly remove: readonly string[];
  /** The list that the edit begins with when nothing is set. */
  readonly whenUnset: readonly string[];
}

export interface AlterTopicConfigs extends ConfigEdit {
  readonly name: string;
}

export interface AlterBrokerConfigs extends ConfigEdit {
  /** Kafka's resource name: a broker's id as text, or ALL_BROKERS. */
  readonly resource: string;
}

export interface AlterResult {
  readonly error: ErrorCode;
  /** Null without an error. */
  readonly message: string | null;
}

export interface TopicResult {
  /** Empty when the request gave an id that nobody has. */
  readonly name: string;
  /** NO_UUID when there is none. */
  readonly id: Uuid;
  readonly error: ErrorCode;
  /** Null without an error. */
  readonly message: string | null;
}

export interface CreatedTopic extends TopicResult {
  /** −1 on error, as the next one. */
  readonly partitionCount: number;
  readonly replicationFactor: number;
  /** As set, without defaults. */
  readonly configs: Configs;
}

export interface ChangeOptions {
  /** Decides and answers, and changes nothing. */
  readonly validateOnly: boolean;
}

/** The settings the controller needs, and what it may set; declared in an upper layer. */
export interface TopicRules {
  /** `num.partitions`, now. */
  defaultPartitionCount(): number;
  /** `default.replication.factor`, now. */
  defaultReplicationFactor(): number;
  /**
   * What is wrong with a topic's settings as they would be after the change, as a sentence that names the setting; or undefined.
   */
  configsProblem(topic: string, configs: Configs): string | undefined;
  /** The same of what would be set on a broker, or on all of them (ALL_BROKERS). */
  brokerConfigsProblem(resource: string, configs: Configs): string | undefined;
}
