import { UserError } from '../../../base/errors.js';
import { partitionName } from '../../../base/ids.js';
import { deleteGroupOffsets, type PartitionOutcome } from '../../../client/admin/group-offsets.js';
import { describeGroup } from '../../../client/admin/groups.js';
import type { OfPartition } from '../../../client/by-leader.js';
import type { Cluster } from '../../../client/cluster.js';
import { ADMIN_TIMEOUT_MS, type ClientOptions } from '../../client-options.js';
import { EXIT } from '../../exit-codes.js';
import { groupError, groupNotFound, namingGroupTrouble } from '../../group-errors.js';
import { writeJson } from '../../json-lines.js';
import type { PartitionChoice } from '../../partition-choice.js';
import { withCluster } from '../../with-cluster.js';
import type { World } from '../../world.js';

export interface DeleteOffsetsOptions extends ClientOptions {
  readonly topic: readonly PartitionChoice[];
}

/** JSON, a line a partition: docs/schemas/group-delete-offsets.json. */
export async function deleteOffsets(
  groupId: string,
  options: DeleteOffsetsOptions,
  world: World,
): Promise<void> {
  const outcomes = await withCluster(options, (cluster) =>
    namingGroupTrouble(groupId, forget(cluster, groupId, options.topic)),
  );
  for (const { topic, partition, error } of outcomes) {
    if (error) world.exitCode = EXIT.failed;
    const message = error && (groupError(groupId, error) as Error).message;
    if (options.format === 'json') {
      writeJson(world.stdout, { group: groupId, topic, partition, deleted: error === null, error: message });
    } else if (message === null) {
      world.stdout.write(`deleted the offset of group ${groupId} in ${partitionName(topic, partition)}\n`);
    } else {
      world.stderr.write(`millrace: ${partitionName(topic, partition)}: ${message}\n`);
    }
  }
}

async function forget(
  cluster: Cluster,
  groupId: string,
  choices: readonly PartitionChoice[],
): Promise<PartitionOutcome[]> {
  const group = await describeGroup(cluster, groupId, ADMIN_TIMEOUT_MS);
  if (group.state === 'Dead' && group.partitions.length === 0) throw groupNotFound(groupId);
  const held = group.partitions.filter(({ committedOffset }) => committedOffset !== null);
  const chosen = choices.flatMap(({ topic, partitions }): OfPartition[] =>
    partitions === null
      ? held.filter((each) => each.topic === topic)
      : partitions.map((partition) => ({ topic, partition })),
  );
  const unknown = chosen.find(
    ({ topic, partition }) => !held.some((each) => each.topic === topic && each.partition === partition),
  );
  if (chosen.length === 0 || unknown) {
    const where = unknown
      ? partitionName(unknown.topic, unknown.partition)
      : choices.map(({ topic }) => topic).join(', ');
    throw new UserError(
      'OFFSET_NOT_FOUND',
      `group ${groupId} has no offset in ${where}`,
      `\`millrace group describe ${groupId}\` shows where it has one.`,
    );
  }
  return deleteGroupOffsets(cluster, groupId, chosen, ADMIN_TIMEOUT_MS);
}
