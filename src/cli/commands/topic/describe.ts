import { topicConfigs } from '../../../client/admin/configs.js';
import type { Cluster } from '../../../client/cluster.js';
import { EARLIEST, LATEST, listOffsets } from '../../../client/offsets.js';
import type { TopicView } from '../../../client/topic-view.js';
import { ADMIN_TIMEOUT_MS, type ClientOptions, withCluster } from '../../client-options.js';
import { renderTable } from '../../table.js';
import { namingMissingTopic } from '../../topic-errors.js';
import type { World } from '../../world.js';

export type DescribeOptions = ClientOptions;

/**
 * JSON: `{"topic","id","internal","configs":{name:value},"partitions":[{"partition","leader","leaderEpoch","replicas","inSyncReplicas",
 * "startOffset","endOffset"}]}`; configs are those set on the topic itself.
 */
export async function describeTopic(name: string, options: DescribeOptions, world: World): Promise<void> {
  const description = await withCluster(options, (cluster) =>
    namingMissingTopic(name, describe(cluster, name)),
  );
  world.stdout.write(
    options.format === 'json' ? `${JSON.stringify(description)}\n` : asText(description, world),
  );
}

type Description = Awaited<ReturnType<typeof describe>>;

async function describe(cluster: Cluster, name: string) {
  const view = await cluster.awaitTopic(name, false, ADMIN_TIMEOUT_MS);
  const configs = await topicConfigs(cluster, name, ADMIN_TIMEOUT_MS);
  const [starts, ends] = await Promise.all([
    offsetsAt(cluster, view, EARLIEST),
    offsetsAt(cluster, view, LATEST),
  ]);
  return {
    topic: name,
    id: view.id,
    internal: view.isInternal,
    configs: Object.fromEntries(configs.map((config) => [config.name, config.value])),
    partitions: view.partitions.map(({ index, leaderId, leaderEpoch, replicas, inSyncReplicas }, at) => ({
      partition: index,
      leader: leaderId,
      leaderEpoch,
      replicas,
      inSyncReplicas,
      startOffset: starts[at]!.offset,
      endOffset: ends[at]!.offset,
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
    ['partition', 'leader', 'epoch', 'in sync', 'start', 'end'],
    partitions.map((each) => [
      each.partition,
      each.leader,
      each.leaderEpoch,
      `${each.inSyncReplicas.length}/${each.replicas.length}`,
      each.startOffset,
      each.endOffset,
    ]),
    world.stdout.isTerminal,
  );
  return `topic ${topic}  id ${id}\n${settings.length > 0 ? `settings ${settings.join(' ')}\n` : ''}${table}\n`;
}
