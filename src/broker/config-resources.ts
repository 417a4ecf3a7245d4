/** What can be configured, by Kafka's numbers (`ConfigResource.Type`), and the names that are refused whatever is asked. */
import type { BrokerId } from '../base/ids.js';
import { topicNameProblem } from '../metadata/controller/topic-names.js';
import { isInternalTopic } from '../metadata/internal-topics.js';
import { ALL_BROKERS } from '../metadata/keys.js';
import { ErrorCode } from '../wire/errors.js';

export const ConfigResource = {
  TOPIC: 2,
  BROKER: 4,
  /** Log levels of Kafka's loggers (KIP-412). Ours has one level, given at the start: there are no loggers to name. */
  BROKER_LOGGER: 8,
  /** Telemetry of clients (KIP-714), which is not taken here. */
  CLIENT_METRICS: 16,
  /** Settings of single groups (KIP-848 and later), none of which is there yet. */
  GROUP: 32,
} as const;

export interface NameRefusal {
  readonly error: ErrorCode;
  readonly message: string;
}

/** Why no topic can have this name; null when one could. */
export function topicResourceRefusal(name: string): NameRefusal | null {
  const problem = topicNameProblem(name);
  if (problem === null || isInternalTopic(name)) return null;
  return { error: ErrorCode.INVALID_TOPIC_EXCEPTION, message: problem };
}

/**
 * Why this broker does not answer for the resource: its own settings are asked of each broker itself.
 * @param orAll whether ALL_BROKERS will do
 */
export function brokerResourceRefusal(
  name: string,
  nodeId: BrokerId,
  orAll: 'or all brokers' | 'this one alone',
): NameRefusal | null {
  const expected = orAll === 'or all brokers' ? `${nodeId} or empty string` : String(nodeId);
  if (name === ALL_BROKERS) {
    return orAll === 'or all brokers' ? null : invalidRequest('Broker id must not be empty');
  }
  // What Java's Integer.parseInt takes: 01 and +1 are the broker 1.
  if (!/^[+-]?\d+$/.test(name)) return invalidRequest(`Broker id must be an integer, but it is: ${name}`);
  if (Number(name) === nodeId) return null;
  return invalidRequest(`Unexpected broker id, expected ${expected}, but received ${name}`);
}

export function invalidRequest(message: string): NameRefusal {
  return { error: ErrorCode.INVALID_REQUEST, message };
}
