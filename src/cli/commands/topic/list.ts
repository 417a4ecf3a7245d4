import { listTopics as askForTopics } from '../../../client/admin/topics.js';
import { ADMIN_TIMEOUT_MS, type ClientOptions } from '../../client-options.js';
import { withCluster } from '../../with-cluster.js';
import type { World } from '../../world.js';

export interface ListOptions extends ClientOptions {
  readonly internal?: boolean;
}

/** Text: a name a line. JSON, a line each: docs/schemas/topic-list.json. */
export async function listTopics(options: ListOptions, world: World): Promise<void> {
  const { format, internal = false } = options;
  await withCluster(options, async (cluster) => {
    for (const { name, id, partitions, isInternal } of await askForTopics(cluster, ADMIN_TIMEOUT_MS)) {
      if (isInternal && !internal) continue;
      const line = JSON.stringify({ topic: name, id, partitions: partitions.length, internal: isInternal });
      world.stdout.write(`${format === 'json' ? line : name}\n`);
    }
  });
}
