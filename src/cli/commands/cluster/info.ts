import {
  type ApiRange,
  type BrokerDescription,
  describeCluster,
  describeVersions,
} from '../../../client/admin/cluster-description.js';
import { describeLogDirs, type LogDir } from '../../../client/admin/log-dirs.js';
import { listTopics } from '../../../client/admin/topics.js';
import type { Cluster } from '../../../client/cluster.js';
import { apiByKey } from '../../../wire/messages/index.js';
import { ADMIN_TIMEOUT_MS, type ClientOptions } from '../../client-options.js';
import { formatBytes } from '../../format-bytes.js';
import { writeJson } from '../../json-lines.js';
import { type Cell, renderTable } from '../../table.js';
import { formatHostPort } from '../../usage.js';
import { withCluster } from '../../with-cluster.js';
import type { World } from '../../world.js';

export interface InfoOptions extends ClientOptions {
  readonly apis?: boolean;
}

/** JSON: docs/schemas/cluster-info.json. */
export async function clusterInfo(options: InfoOptions, world: World): Promise<void> {
  const info = await withCluster(options, (cluster) => gather(cluster, options.apis === true));
  if (options.format === 'json') writeJson(world.stdout, info);
  else world.stdout.write(asText(info, world.stdout.hasColours));
}

type Info = Awaited<ReturnType<typeof gather>>;

async function gather(cluster: Cluster, withApis: boolean) {
  const { clusterId, controllerId, brokers } = await describeCluster(cluster, ADMIN_TIMEOUT_MS);
  const [topics, described] = await Promise.all([
    listTopics(cluster, ADMIN_TIMEOUT_MS),
    Promise.all(brokers.map((broker) => describeBroker(cluster, broker, withApis))),
  ]);
  return {
    clusterId,
    controller: controllerId < 0 ? null : controllerId,
    brokers: described,
    topics: topics.filter(({ isInternal }) => !isInternal).length,
    internalTopics: topics.filter(({ isInternal }) => isInternal).length,
    partitions: topics.reduce((sum, { partitions }) => sum + partitions.length, 0),
  };
}

async function describeBroker(cluster: Cluster, broker: BrokerDescription, withApis: boolean) {
  const [{ apis, features }, logDirs] = await Promise.all([
    describeVersions(cluster, broker.id, ADMIN_TIMEOUT_MS),
    describeLogDirs(cluster, broker.id, null, ADMIN_TIMEOUT_MS),
  ]);
  return {
    ...broker,
    features,
    apiCount: apis.length,
    ...(withApis && { apis: apis.map(namedApi) }),
    logDirs: logDirs?.map(directory) ?? null,
  };
}

function namedApi({ key, min, max }: ApiRange) {
  return { key, name: apiByKey(key)?.name ?? null, min, max };
}

function directory({ path, error, replicas, totalBytes, usableBytes }: LogDir) {
  return {
    path,
    online: error === null,
    error: error?.message ?? null,
    replicas: replicas.length,
    logBytes: replicas.reduce((sum, { bytes }) => sum + bytes, 0),
    totalBytes,
    usableBytes,
  };
}

function asText(info: Info, colours: boolean): string {
  const { clusterId, controller, brokers, topics, internalTopics, partitions } = info;
  const head = [
    `cluster     ${clusterId ?? '-'}`,
    `controller  ${controller ?? 'none'}`,
    `topics      ${topics}, and ${internalTopics} of the brokers’ own; ${partitions} partitions`,
  ];
  const members = renderTable(
    ['broker', 'address', 'rack', 'apis', 'features'],
    brokers.map((broker): Cell[] => [
      broker.id,
      formatHostPort(broker),
      broker.rack ?? '-',
      broker.apiCount,
      Object.entries(broker.features)
        .map(([name, level]) => `${name}=${level}`)
        .join(' ') || '-',
    ]),
    colours,
  );
  const bytes = (count: number | null): string => (count === null ? '-' : formatBytes(count));
  const directories = brokers.flatMap(({ id, logDirs }) =>
    (logDirs ?? []).map((each): Cell[] => [
      id,
      each.path,
      each.online ? 'online' : 'OFFLINE',
      each.replicas,
      bytes(each.logBytes),
      bytes(each.usableBytes),
      bytes(each.totalBytes),
    ]),
  );
  const headings = ['broker', 'log directory', 'state', 'partitions', 'logs', 'free', 'volume'];
  const parts = [head.join('\n'), members];
  if (directories.length > 0) parts.push(renderTable(headings, directories, colours));
  for (const { id, apis } of brokers) {
    if (!apis) continue;
    const rows = apis.map(({ key, name, min, max }): Cell[] => [key, name ?? '-', `${min}-${max}`]);
    parts.push(`broker ${id}\n${renderTable(['key', 'api', 'versions'], rows, colours)}`);
  }
  return `${parts.join('\n\n')}\n`;
}
