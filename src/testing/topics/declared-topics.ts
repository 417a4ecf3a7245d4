/** The topics a test declares: made at the start, and again by `reset`. */
import { UserError } from '../../base/errors.js';
import type { Broker } from '../../broker/broker.js';
import { isInternalTopic } from '../../metadata/internal-topics.js';
import { ErrorCode, errorName } from '../../wire/errors.js';
import { checkOptionNames } from '../option-names.js';
import type { DeclaredTopics } from './topic-options.js';

/** @throws UserError TOPIC_INVALID, OPTION_INVALID */
export function checkDeclared(topics: DeclaredTopics): void {
  for (const [name, options] of Object.entries(topics)) {
    checkOptionNames(`topic ${name}`, options, ['partitions', 'configs']);
    if (isInternalTopic(name)) {
      throw new UserError('TOPIC_INVALID', `${name} is an internal topic: the broker makes it itself.`);
    }
  }
}

/** @throws UserError TOPIC_INVALID for one that the broker refuses */
export async function createDeclared(broker: Broker, topics: DeclaredTopics): Promise<void> {
  for (const { name, error, message } of await create(broker, topics)) {
    if (error !== ErrorCode.NONE) throw refused(name, error, message);
  }
}

/**
 * Deletes every topic but the broker's own, and makes the declared ones again.
 *
 * Clients stay connected, and one that asks for a topic in the moment between may have it made automatically, with the wrong
 * number of partitions. Then it is deleted once more; such a client asks only after an error or a metadata refresh, so the race is won soon.
 */
export async function recreateDeclared(broker: Broker, topics: DeclaredTopics): Promise<void> {
  for (let round = 1; round <= ROUNDS_MAX; round++) {
    await deleteAll(broker);
    const created = await create(broker, topics);
    const failed = created.find(({ error }) => error !== ErrorCode.NONE);
    if (failed === undefined) return;
    if (failed.error !== ErrorCode.TOPIC_ALREADY_EXISTS)
      throw refused(failed.name, failed.error, failed.message);
  }
  throw new UserError(
    'RESET_FAILED',
    `reset: a client creates the declared topics again each time they are deleted (${ROUNDS_MAX} times in a row).`,
    'Stop the clients first, or start the broker with the setting auto.create.topics.enable=false.',
  );
}

const ROUNDS_MAX = 20;

async function deleteAll(broker: Broker): Promise<void> {
  const names = [...broker.image.topics.keys()].filter((name) => !isInternalTopic(name));
  if (names.length === 0) return;
  for (const { name, error } of await broker.topics.delete(names.map((name) => ({ name })))) {
    // Unknown: a client has deleted it in the meantime.
    if (error === ErrorCode.NONE || error === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) continue;
    throw new UserError('RESET_FAILED', `reset: could not delete topic ${name}: ${errorName(error)}`);
  }
}

async function create(broker: Broker, topics: DeclaredTopics): ReturnType<Broker['topics']['create']> {
  const declared = Object.entries(topics);
  if (declared.length === 0) return [];
  const requests = declared.map(([name, { partitions = 1, configs = {} }]) => ({
    name,
    partitionCount: partitions,
    replicationFactor: 1,
    assignments: [],
    configs: new Map(Object.entries(configs).map(([key, value]) => [key, String(value)])),
  }));
  return broker.topics.create(requests, { validateOnly: false });
}

function refused(name: string, error: ErrorCode, message: string | null): UserError {
  return new UserError('TOPIC_INVALID', `Cannot create topic ${name}: ${message ?? errorName(error)}`);
}
