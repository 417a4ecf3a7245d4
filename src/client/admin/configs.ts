/** Settings of topics, with where each value comes from. */
import type { Millis } from '../../base/ids.js';
import { ErrorCode } from '../../wire/errors.js';
import { DescribeConfigs } from '../../wire/messages/describe-configs.js';
import type { Cluster } from '../cluster.js';
import { KafkaError } from '../kafka-error.js';
import { retry } from '../retry.js';

const TOPIC = 2;
/** Kafka's `ConfigSource.DYNAMIC_TOPIC_CONFIG`: set on the topic itself. */
const SET_ON_TOPIC = 1;

export interface ConfigEntry {
  readonly name: string;
  /** Null: sensitive, or none. */
  readonly value: string | null;
}

/** The settings that the topic itself has, and does not take from the broker; by name. @throws KafkaError */
export function topicConfigs(cluster: Cluster, topic: string, timeoutMs: Millis): Promise<ConfigEntry[]> {
  return retry(cluster, timeoutMs, async () => {
    const connection = await cluster.anyConnection();
    const answer = await connection.call(DescribeConfigs, {
      resources: [{ resourceType: TOPIC, resourceName: topic, configurationKeys: null }],
    });
    const described = answer.results[0];
    if (described?.errorCode !== ErrorCode.NONE) {
      throw new KafkaError(described?.errorCode ?? -1, `topic ${topic}`, described?.errorMessage ?? null);
    }
    return described.configs
      .filter(({ configSource }) => configSource === SET_ON_TOPIC)
      .map(({ name, value }) => ({ name, value }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  });
}
