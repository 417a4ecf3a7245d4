import { deleteTopic as askToDelete } from '../../../client/admin/topics.js';
import { ADMIN_TIMEOUT_MS, type ClientOptions } from '../../client-options.js';
import { namingMissingTopic } from '../../topic-errors.js';
import { withCluster } from '../../with-cluster.js';
import type { World } from '../../world.js';

export type DeleteOptions = ClientOptions;

/** JSON: docs/schemas/topic-delete.json. */
export async function deleteTopic(name: string, options: DeleteOptions, world: World): Promise<void> {
  await withCluster(options, (cluster) =>
    namingMissingTopic(name, askToDelete(cluster, name, ADMIN_TIMEOUT_MS)),
  );
  const line =
    options.format === 'json' ? JSON.stringify({ topic: name, deleted: true }) : `deleted topic ${name}`;
  world.stdout.write(`${line}\n`);
}
