import { alterConfigs, type ConfigChange } from '../../../client/admin/configs.js';
import { createPartitions } from '../../../client/admin/topics.js';
import type { Cluster } from '../../../client/cluster.js';
import { ADMIN_TIMEOUT_MS, type ClientOptions } from '../../client-options.js';
import { writeJson } from '../../json-lines.js';
import { namingMissingTopic } from '../../topic-errors.js';
import { usageError } from '../../usage.js';
import { withCluster } from '../../with-cluster.js';
import type { World } from '../../world.js';

export interface AlterOptions extends ClientOptions {
  readonly config?: ReadonlyMap<string, string>;
  readonly unset?: readonly string[];
  readonly partitions?: number;
  readonly dryRun?: boolean;
}

/** JSON: docs/schemas/topic-alter.json. */
export async function alterTopic(name: string, options: AlterOptions, world: World): Promise<void> {
  const { config = new Map<string, string>(), unset = [], partitions, dryRun = false } = options;
  if (config.size + unset.length === 0 && partitions === undefined) {
    throw usageError(
      'there is nothing to change',
      'Give --config NAME=VALUE, --unset NAME or --partitions N.',
    );
  }
  const both = unset.find((each) => config.has(each));
  if (both !== undefined) throw usageError(`${both} is to be set and unset`, 'Give one of the two.');
  const changes = [
    ...[...config].map(([name, value]): ConfigChange => ({ name, value })),
    ...unset.map((name): ConfigChange => ({ name, value: null })),
  ];
  const alter = async (cluster: Cluster): Promise<number> => {
    const { length: before } = (await cluster.awaitTopic(name, false, ADMIN_TIMEOUT_MS)).partitions;
    // All is checked before anything is changed: a typing error in the last must not leave the first half done.
    for (const mode of dryRun ? (['validate'] as const) : (['validate', 'apply'] as const)) {
      if (changes.length > 0)
        await alterConfigs(cluster, { type: 'topic', name }, changes, mode, ADMIN_TIMEOUT_MS);
      if (partitions !== undefined) await createPartitions(cluster, name, partitions, mode, ADMIN_TIMEOUT_MS);
    }
    return before;
  };
  const before = await withCluster(options, (cluster) => namingMissingTopic(name, alter(cluster)));
  if (options.format === 'json') {
    writeJson(world.stdout, {
      topic: name,
      executed: !dryRun,
      set: Object.fromEntries(config),
      unset,
      partitionsBefore: before,
      partitions: partitions ?? before,
    });
    return;
  }
  const said = [
    ...[...config].map(([name, value]) => `${name}=${value}`),
    ...unset.map((name) => `${name} unset`),
    ...(partitions === undefined ? [] : [`${before} → ${partitions} partitions`]),
  ];
  const verb = dryRun ? 'would change' : 'changed';
  world.stdout.write(`${verb} topic ${name}: ${said.join(', ')}\n`);
}
