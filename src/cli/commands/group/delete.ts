import { UserError } from '../../../base/errors.js';
import { deleteGroup } from '../../../client/admin/groups.js';
import { KafkaError } from '../../../client/kafka-error.js';
import { ADMIN_TIMEOUT_MS, type ClientOptions } from '../../client-options.js';
import { EXIT, exitCodeOf } from '../../exit-codes.js';
import { groupError } from '../../group-errors.js';
import { writeJson } from '../../json-lines.js';
import { withCluster } from '../../with-cluster.js';
import type { World } from '../../world.js';

/**
 * One that cannot be deleted keeps none of the others; the exit code is that of the worst.
 * JSON, a line a group: docs/schemas/group-delete.json.
 */
export async function deleteGroups(
  groupIds: readonly string[],
  options: ClientOptions,
  world: World,
): Promise<void> {
  await withCluster(options, async (cluster) => {
    for (const groupId of new Set(groupIds)) {
      const refusal = await deleteGroup(cluster, groupId, ADMIN_TIMEOUT_MS).then(
        () => null,
        (error: unknown) => told(groupId, error),
      );
      if (refusal && world.exitCode !== EXIT.failed) world.exitCode = exitCodeOf(refusal);
      if (options.format === 'json') {
        const error = refusal && { code: refusal.code, message: refusal.message };
        writeJson(world.stdout, { group: groupId, deleted: refusal === null, error });
      } else if (refusal === null) {
        world.stdout.write(`deleted group ${groupId}\n`);
      } else {
        const { message, hint } = refusal;
        world.stderr.write(`millrace: ${message}\n${hint === undefined ? '' : `${hint}\n`}`);
      }
    }
  });
}

/** @throws whatever is not about this group */
function told(groupId: string, error: unknown): UserError {
  const named = groupError(groupId, error);
  if (named instanceof KafkaError) return new UserError(named.errorName, named.message);
  if (named instanceof UserError && named.cause instanceof KafkaError) return named;
  throw error;
}
