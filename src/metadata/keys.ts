/**
 * The keys of the metadata store. The layout is format version 1 of `ClusterRecord`.
 *
 *     cluster                        ClusterRecord
 *     controller                     ControllerRecord, leased
 *     producer-ids                   ProducerIdBlock
 *     brokers/1                      BrokerRegistration, leased
 *     broker-configs/1, …/default    BrokerConfigRecord
 *     topics/orders                  TopicRecord: makes the topic visible
 *     partitions/<topic id>/3        PartitionRecord
 *
 * A topic's name is in the key, so that two creations of one name meet in one compare. Topic names have no slash and
 * are ASCII, ids are url-safe base64.
 */
import type { BrokerId, PartitionIndex, Uuid } from '../base/ids.js';

export const CLUSTER_KEY = 'cluster';
export const CONTROLLER_KEY = 'controller';
export const PRODUCER_IDS_KEY = 'producer-ids';

/** Kafka's name of the settings that hold for all brokers: the empty one. */
export const ALL_BROKERS = '';

export function brokerKey(brokerId: BrokerId): string {
  return `brokers/${brokerId}`;
}

/** @param resource a broker's id as text, or ALL_BROKERS */
export function brokerConfigKey(resource: string): string {
  return `broker-configs/${resource === ALL_BROKERS ? 'default' : resource}`;
}

export function topicKey(name: string): string {
  return `topics/${name}`;
}

export function partitionKey(topicId: Uuid, index: PartitionIndex): string {
  return `${partitionsPrefix(topicId)}${index}`;
}

/** Of all partitions of a topic. */
export function partitionsPrefix(topicId: Uuid): string {
  return `partitions/${topicId}/`;
}

/** What a key speaks of. */
export type Subject =
  | { readonly kind: 'cluster' }
  | { readonly kind: 'controller' }
  | { readonly kind: 'producer-ids' }
  | { readonly kind: 'broker'; readonly brokerId: BrokerId }
  | { readonly kind: 'broker-config'; readonly resource: string }
  | { readonly kind: 'topic'; readonly name: string }
  | { readonly kind: 'partition'; readonly topicId: Uuid; readonly index: PartitionIndex };

/** The reverse of the above; undefined for a key this version does not know. */
export function parseKey(key: string): Subject | undefined {
  if (key === CLUSTER_KEY) return { kind: 'cluster' };
  if (key === CONTROLLER_KEY) return { kind: 'controller' };
  if (key === PRODUCER_IDS_KEY) return { kind: 'producer-ids' };
  const slash = key.indexOf('/');
  if (slash < 0) return undefined;
  const rest = key.slice(slash + 1);
  switch (key.slice(0, slash)) {
    case 'topics':
      return { kind: 'topic', name: rest };
    case 'partitions': {
      const [, topicId, index] = /^([A-Za-z0-9_-]{22})\/(\d{1,10})$/.exec(rest) ?? [];
      if (topicId === undefined || index === undefined) return undefined;
      return { kind: 'partition', topicId, index: Number(index) };
    }
    case 'brokers':
      return /^\d{1,10}$/.test(rest) ? { kind: 'broker', brokerId: Number(rest) } : undefined;
    case 'broker-configs':
      return { kind: 'broker-config', resource: rest === 'default' ? ALL_BROKERS : rest };
    default:
      return undefined;
  }
}
