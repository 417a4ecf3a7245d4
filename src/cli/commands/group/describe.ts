import { describeGroup as askForGroup, type GroupDescription } from '../../../client/admin/groups.js';
import { ADMIN_TIMEOUT_MS, type ClientOptions } from '../../client-options.js';
import { groupNotFound } from '../../group-errors.js';
import { renderTable } from '../../table.js';
import { withCluster } from '../../with-cluster.js';
import type { World } from '../../world.js';

/** JSON: docs/schemas/group-describe.json. */
export async function describeGroup(groupId: string, options: ClientOptions, world: World): Promise<void> {
  const group = await withCluster(options, (cluster) => askForGroup(cluster, groupId, ADMIN_TIMEOUT_MS));
  if (group.state === 'Dead' && group.partitions.length === 0) {
    throw groupNotFound(groupId);
  }
  world.stdout.write(options.format === 'json' ? `${JSON.stringify(asJson(group))}\n` : asText(group, world));
}

function totalLag({ partitions }: GroupDescription): number {
  return partitions.reduce((sum, { lag }) => sum + (lag ?? 0), 0);
}

function asJson(group: GroupDescription) {
  const { groupId, state, protocolType, protocol, members, partitions } = group;
  return {
    group: groupId,
    state,
    protocolType,
    protocol,
    members: members.map(({ memberId, groupInstanceId, clientId, host, assignment }) => ({
      memberId,
      instanceId: groupInstanceId,
      clientId,
      host,
      partitions: Object.fromEntries(assignment),
    })),
    partitions,
    lag: totalLag(group),
  };
}

function asText(group: GroupDescription, world: World): string {
  const { groupId, state, protocol, members, partitions } = group;
  const colours = world.stdout.hasColours;
  const table = renderTable(
    ['topic', 'partition', 'committed', 'end', 'lag', 'member'],
    partitions.map((each) => [
      each.topic,
      each.partition,
      each.committedOffset,
      each.endOffset,
      each.lag,
      each.memberId ?? '-',
    ]),
    colours,
  );
  const people = renderTable(
    ['member', 'client', 'host', 'partitions'],
    members.map(({ memberId, clientId, host, assignment }) => [
      memberId,
      clientId,
      host,
      [...assignment].map(([topic, indexes]) => `${topic}[${indexes.join(',')}]`).join(' ') || '-',
    ]),
    colours,
  );
  const head = `group ${groupId}  state ${state}${protocol === '' ? '' : `  protocol ${protocol}`}  lag ${totalLag(group)}\n`;
  return `${head}${partitions.length > 0 ? `\n${table}\n` : ''}${members.length > 0 ? `\n${people}\n` : ''}`;
}
