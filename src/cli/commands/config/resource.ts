/** Whose settings a command is about. */
import { UserError } from '../../../base/errors.js';
import type { BrokerId } from '../../../base/ids.js';
import { describeCluster } from '../../../client/admin/cluster-description.js';
import type { ConfigResource } from '../../../client/admin/configs.js';
import type { Cluster } from '../../../client/cluster.js';
import { ADMIN_TIMEOUT_MS, type ClientOptions } from '../../client-options.js';
import { namingMissingTopic } from '../../topic-errors.js';
import { usageError } from '../../usage.js';
import { withCluster } from '../../with-cluster.js';

export interface ResourceOptions extends ClientOptions {
  readonly topic?: string;
  readonly broker?: BrokerId;
  readonly defaults?: boolean;
}

/**
 * Runs `use` for the resource that the options mean.
 * @throws UserError USAGE, TOPIC_NOT_FOUND, BROKER_NOT_FOUND; KafkaError
 */
export function withResource<T>(
  options: ResourceOptions,
  use: (cluster: Cluster, resource: ConfigResource) => Promise<T>,
): Promise<T> {
  const { topic, broker, defaults } = options;
  const given = [topic, broker, defaults].filter((each) => each !== undefined);
  if (given.length > 1)
    throw usageError('--topic, --broker and --defaults exclude each other', 'Give one of them.');
  return withCluster(options, async (cluster) => {
    if (topic !== undefined) return namingMissingTopic(topic, use(cluster, { type: 'topic', name: topic }));
    if (defaults) return use(cluster, { type: 'all-brokers' });
    return use(cluster, { type: 'broker', id: await knownBroker(cluster, broker) });
  });
}

async function knownBroker(cluster: Cluster, wanted: BrokerId | undefined): Promise<BrokerId> {
  const { brokers } = await describeCluster(cluster, ADMIN_TIMEOUT_MS);
  const ids = brokers.map(({ id }) => id);
  const [only] = ids;
  if (wanted !== undefined && ids.includes(wanted)) return wanted;
  if (wanted === undefined && only !== undefined && ids.length === 1) return only;
  if (wanted === undefined) {
    throw usageError(
      `there is more than one broker: ${ids.join(', ')}`,
      'Give --broker ID, or --defaults for what is set for all of them, or --topic TOPIC.',
    );
  }
  throw new UserError('BROKER_NOT_FOUND', `there is no broker ${wanted}`, `There are ${ids.join(', ')}.`);
}

/** As JSON names it: `name` is null for all brokers. */
export function resourceAsJson(resource: ConfigResource): {
  readonly type: string;
  readonly name: string | null;
} {
  switch (resource.type) {
    case 'topic':
      return { type: 'topic', name: resource.name };
    case 'broker':
      return { type: 'broker', name: String(resource.id) };
    case 'all-brokers':
      return { type: 'all-brokers', name: null };
  }
}
