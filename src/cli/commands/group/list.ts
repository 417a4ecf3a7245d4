import { listGroups as askForGroups } from '../../../client/admin/groups.js';
import { ADMIN_TIMEOUT_MS, type ClientOptions } from '../../client-options.js';
import { renderTable } from '../../table.js';
import { withCluster } from '../../with-cluster.js';
import type { World } from '../../world.js';

/** JSON, a line each: docs/schemas/group-list.json. */
export async function listGroups(options: ClientOptions, world: World): Promise<void> {
  const groups = await withCluster(options, (cluster) => askForGroups(cluster, ADMIN_TIMEOUT_MS));
  if (options.format === 'json') {
    for (const { groupId, state, protocolType } of groups) {
      world.stdout.write(`${JSON.stringify({ group: groupId, state, protocolType })}\n`);
    }
  } else if (groups.length > 0) {
    const rows = groups.map(({ groupId, state, protocolType }) => [groupId, state, protocolType]);
    world.stdout.write(`${renderTable(['group', 'state', 'type'], rows, world.stdout.hasColours)}\n`);
  }
}
