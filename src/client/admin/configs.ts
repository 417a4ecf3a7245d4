/** Settings of topics and brokers: what they are, where each comes from, and how to change them. */
import type { BrokerId, Millis } from '../../base/ids.js';
import type { RpcConnection } from '../../rpc/rpc-connection.js';
import { ErrorCode } from '../../wire/errors.js';
import { DescribeConfigs, type DescribeConfigsResponse } from '../../wire/messages/describe-configs.js';
import { IncrementalAlterConfigs } from '../../wire/messages/incremental-alter-configs.js';
import type { Cluster } from '../cluster.js';
import { KafkaError } from '../kafka-error.js';
import { isTransientOfKnownTopic, retry } from '../retry.js';

/** `all-brokers`: what was set for every broker of the cluster while they run; a broker's own setting goes before it. */
export type ConfigResource =
  | { readonly type: 'topic'; readonly name: string }
  | { readonly type: 'broker'; readonly id: BrokerId }
  | { readonly type: 'all-brokers' };

/**
 * Who gave a setting its value: the topic's own settings, this broker's, those of all brokers, the file or the flags a broker was
 * started with, or nobody.
 */
export type ConfigSource = 'topic' | 'broker' | 'all-brokers' | 'start' | 'default' | 'unknown';

export interface ConfigSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: ConfigSource;
}

export interface ConfigEntry {
  readonly name: string;
  /** Null: sensitive, or none. */
  readonly value: string | null;
  readonly source: ConfigSource;
  /** What counts without any of the others; null where the broker does not tell, or there is none. */
  readonly default: string | null;
  readonly readOnly: boolean;
  readonly sensitive: boolean;
  /** `int`, `boolean` …; null where the broker is too old to say. */
  readonly type: string | null;
  readonly documentation: string | null;
  /** From what counts now down to the default. */
  readonly synonyms: readonly ConfigSynonym[];
}

/** A null value takes the setting away, so that the next of its synonyms counts. */
export interface ConfigChange {
  readonly name: string;
  readonly value: string | null;
}

const TOPIC = 2;
const BROKER = 4;
const SOURCES: Readonly<Record<number, ConfigSource>> = {
  1: 'topic',
  2: 'broker',
  3: 'all-brokers',
  4: 'start',
  5: 'default',
};
const TYPES: Readonly<Record<number, string>> = {
  1: 'boolean',
  2: 'string',
  3: 'int',
  4: 'short',
  5: 'long',
  6: 'double',
  7: 'list',
  8: 'class',
  9: 'password',
};
const SET = 0;
const DELETE = 1;

/**
 * Every setting, or those named, by name.
 * @throws KafkaError with the broker's own words
 */
export function describeConfigs(
  cluster: Cluster,
  resource: ConfigResource,
  names: readonly string[] | null,
  timeoutMs: Millis,
): Promise<ConfigEntry[]> {
  const attempt = async (): Promise<ConfigEntry[]> => {
    const connection = await connectionFor(cluster, resource);
    const documented = (connection.versionOf(DescribeConfigs) ?? 0) >= 3;
    const answer = await connection.call(DescribeConfigs, {
      resources: [{ ...onTheWire(resource), configurationKeys: names === null ? null : [...names] }],
      includeSynonyms: true,
      ...(documented && { includeDocumentation: true }),
    });
    const described = answer.results[0];
    if (described?.errorCode !== ErrorCode.NONE) {
      throw new KafkaError(
        described?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR,
        resourceName(resource),
        described?.errorMessage ?? null,
      );
    }
    return described.configs.map(entryOf).sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  return retry(cluster, timeoutMs, attempt, { mayRetry: isTransientOfKnownTopic });
}

/**
 * Changes all of them or none.
 * @param mode `validate`: the broker says what it would say, and nothing is changed
 * @throws KafkaError: INVALID_CONFIG … with the broker's own words
 */
export function alterConfigs(
  cluster: Cluster,
  resource: ConfigResource,
  changes: readonly ConfigChange[],
  mode: 'apply' | 'validate',
  timeoutMs: Millis,
): Promise<void> {
  const attempt = async (): Promise<void> => {
    const connection = await connectionFor(cluster, resource);
    const answer = await connection.call(IncrementalAlterConfigs, {
      resources: [
        {
          ...onTheWire(resource),
          configs: changes.map(({ name, value }) => ({
            name,
            configOperation: value === null ? DELETE : SET,
            value,
          })),
        },
      ],
      validateOnly: mode === 'validate',
    });
    const altered = answer.responses[0];
    if (altered?.errorCode === ErrorCode.NONE) return;
    throw new KafkaError(
      altered?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR,
      resourceName(resource),
      altered?.errorMessage ?? null,
    );
  };
  return retry(cluster, timeoutMs, attempt, { mayRetry: isTransientOfKnownTopic });
}

/** As messages name it: `topic orders`, `broker 1`. */
export function resourceName(resource: ConfigResource): string {
  switch (resource.type) {
    case 'topic':
      return `topic ${resource.name}`;
    case 'broker':
      return `broker ${resource.id}`;
    case 'all-brokers':
      return 'all brokers';
  }
}

/** A broker's settings are asked of itself: what it was started with is known to nobody else. */
async function connectionFor(cluster: Cluster, resource: ConfigResource): Promise<RpcConnection> {
  if (resource.type !== 'broker') return cluster.anyConnection();
  if (!cluster.brokers.has(resource.id)) await cluster.metadata([]);
  return cluster.connectionTo(resource.id, 'control');
}

function onTheWire(resource: ConfigResource): {
  readonly resourceType: number;
  readonly resourceName: string;
} {
  if (resource.type === 'topic') return { resourceType: TOPIC, resourceName: resource.name };
  return { resourceType: BROKER, resourceName: resource.type === 'broker' ? String(resource.id) : '' };
}

type Described = DescribeConfigsResponse['results'][number]['configs'][number];

function entryOf(config: Described): ConfigEntry {
  const synonyms = config.synonyms.map(({ name, value, source }) => ({
    name,
    value,
    source: SOURCES[source] ?? 'unknown',
  }));
  const source = SOURCES[config.configSource] ?? 'unknown';
  const fallback = synonyms.find((synonym) => synonym.source === 'default');
  return {
    name: config.name,
    value: config.value,
    source,
    default: fallback?.value ?? (source === 'default' ? config.value : null),
    readOnly: config.readOnly,
    sensitive: config.isSensitive,
    type: TYPES[config.configType] ?? null,
    documentation: config.documentation,
    synonyms,
  };
}
