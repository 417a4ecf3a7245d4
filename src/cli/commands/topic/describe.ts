import { partitionName } from '../../../base/ids.js';
import { describeConfigs } from '../../../client/admin/configs.js';
import { leaderSizes } from '../../../client/admin/log-dirs.js';
import type { Cluster } from '../../../client/cluster.js';
import { EARLIEST, LATEST, listOffsets } from '../../../client/offsets.js';
import type { TopicView } from '../../../client/topic-view.js';
import { ADMIN_TIMEOUT_MS, type ClientOptions } from '../../client-options.js';
import { formatBytes } from '../../format-bytes.js';
import { writeJson } from '../../json-lines.js';
import { renderTable } from '../../table.js';
import { namingMissingTopic } from '../../topic-errors.js';
import { withCluster } from '../../with-cluster.js';
import type { World } from '../../world.js';

export type DescribeOptions = ClientOptions;

/** Configs are those set on the topic itself. JSON: docs/schemas/topic-describe.json. */
export async function describeTopic(name: string, options: DescribeOptions, world: World): Promise<void> {
  const description = await withCluster(options, (cluster) =>
    namingMissingTopic(name, describe(cluster, name)),
  );
  if (options.format === 'json') writeJson(world.stdout, description);
  else world.stdout.write(asText(description, world));
}

type Description = Awaited<ReturnType<typeof describe>>;

async function describe(cluster: Cluster, name: string) {
  const view = await cluster.awaitTopic(name, false, ADMIN_TIMEOUT_MS);
  const [configs, starts, ends, sizes] = await Promise.all([
    describeConfigs(cluster, { type: 'topic', name }, null, ADMIN_TIMEOUT_MS),
    offsetsAt(cluster, view, EARLIEST),
    offsetsAt(cluster, view, LATEST),
    leaderSizes(cluster, name, ADMIN_TIMEOUT_MS),
  ]);
  const set = configs.filter(({ source }) => source === 'topic');
  return {
    topic: name,
    id: view.id,
    internal: view.isInternal,
    configs: Object.fromEntries(set.map((config) => [config.name, config.value])),
    partitions: view.partitions.map(({ index, leaderId, leaderEpoch, replicas, inSyncReplicas }, at) => ({
      partition: index,
      leader: leaderId,
      leaderEpoch,
      replicas,
      inSyncReplicas,
      startOffset: starts[at]!.offset,
      endOffset: ends[at]!.offset,
      sizeBytes: sizes.get(partitionName(name, index)) ?? null,
    })),
  };
}

function offsetsAt(cluster: Cluster, { name, partitions }: TopicView, at: number) {
  const questions = partitions.map(({ index }) => ({ topic: name, partition: index, at }));
  return listOffsets(cluster, questions, ADMIN_TIMEOUT_MS);
}

function asText({ topic, id, configs, partitions }: Description, world: World): string {
  const settings = Object.entries(configs).map(([name, value]) => `${name}=${value}`);
  const table = renderTable(
    ['partition', 'leader', 'epoch', 'in sync', 'start', 'end', 'size'],
    partitions.map((each) => [
      each.partition,
      each.leader,
      each.leaderEpoch,
      `${each.inSyncReplicas.length}/${each.replicas.length}`,
      each.startOffset,
      each.endOffset,
      each.sizeBytes === null ? null : formatBytes(each.sizeBytes),
    ]),
    world.stdout.hasColours,
  );
  return `topic ${topic}  id ${id}\n${settings.length > 0 ? `settings ${settings.join(' ')}\n` : ''}${table}\n`;
}
