import { createColors } from 'picocolors';
import { UserError } from '../../../base/errors.js';
import type { BrokerId } from '../../../base/ids.js';
import { describeCluster, describeVersions } from '../../../client/admin/cluster-description.js';
import { listGroups } from '../../../client/admin/groups.js';
import { describeLogDirs, type LogDir } from '../../../client/admin/log-dirs.js';
import { listTopics } from '../../../client/admin/topics.js';
import type { Cluster } from '../../../client/cluster.js';
import { sleep } from '../../../client/retry.js';
import { ADMIN_TIMEOUT_MS, type ClientOptions } from '../../client-options.js';
import { EXIT } from '../../exit-codes.js';
import { writeJson } from '../../json-lines.js';
import { withCluster } from '../../with-cluster.js';
import type { World } from '../../world.js';
import {
  type Check,
  checkController,
  checkDiskSpace,
  checkGroups,
  checkInSync,
  checkLeaders,
  checkLogDirs,
  type CheckName,
  checkReachable,
  skip,
} from './checks.js';

export interface HealthOptions extends ClientOptions {
  readonly freeMin: number;
  readonly rebalanceMax: number;
}

const IN_A_REBALANCE: readonly string[] = [
  'PreparingRebalance',
  'CompletingRebalance',
  'Assigning',
  'Reconciling',
];
const LOOK_AGAIN_MS = 1000;
const NEEDS_A_BROKER: readonly CheckName[] = [
  'controller',
  'log-dirs',
  'disk-space',
  'leaders',
  'in-sync',
  'groups',
];

/** Exit code 1 when a check fails. JSON: docs/schemas/cluster-health.json. */
export async function clusterHealth(options: HealthOptions, world: World): Promise<void> {
  const checks = await run(options);
  const healthy = checks.every(({ status }) => status !== 'fail');
  if (!healthy) world.exitCode = EXIT.failed;
  if (options.format === 'json') {
    writeJson(world.stdout, { healthy, checks });
    return;
  }
  const { green, red, dim } = createColors(world.stdout.hasColours);
  const paint = { pass: green, fail: red, skip: dim };
  for (const { name, status, detail } of checks) {
    world.stdout.write(`${paint[status](status)}  ${name.padEnd(10)}  ${detail}\n`);
  }
}

/** A cluster that cannot be reached has failed its first check, and is not an error of the command. */
async function run(options: HealthOptions): Promise<Check[]> {
  try {
    return await withCluster(options, (cluster) => checkAll(cluster, options));
  } catch (error) {
    const isDown = error instanceof UserError || (error as Error).name === 'ConnectionLost';
    if (!isDown) throw error;
    return [
      { name: 'reachable', status: 'fail', detail: (error as Error).message },
      ...NEEDS_A_BROKER.map((name) => skip(name, 'nobody to ask')),
    ];
  }
}

async function checkAll(cluster: Cluster, options: HealthOptions): Promise<Check[]> {
  const { controllerId, brokers } = await describeCluster(cluster, ADMIN_TIMEOUT_MS);
  const reached = new Map<BrokerId, string | null>();
  const dirs: LogDir[] = [];
  let dirsKnown = false;
  await Promise.all(
    brokers.map(async ({ id }) => {
      const trouble = await describeVersions(cluster, id, 0).then(
        () => null,
        (error: Error) => error.message,
      );
      reached.set(id, trouble);
      const own = trouble === null ? await describeLogDirs(cluster, id, null, ADMIN_TIMEOUT_MS) : null;
      dirsKnown ||= own !== null;
      dirs.push(...(own ?? []));
    }),
  );
  const topics = await listTopics(cluster, ADMIN_TIMEOUT_MS);
  return [
    checkReachable(reached),
    checkController(controllerId < 0 ? null : controllerId),
    checkLogDirs(dirsKnown ? dirs : null),
    checkDiskSpace(dirsKnown ? dirs : null, options.freeMin),
    checkLeaders(topics),
    checkInSync(topics),
    await watchGroups(
      cluster,
      options.rebalanceMax,
      [...reached.values()].some((error) => error !== null),
    ),
  ];
}

/** A rebalance is nothing unusual; one that does not end is. So who is in one is looked at again, until time is up. */
async function watchGroups(cluster: Cluster, secondsMax: number, someAreDown: boolean): Promise<Check> {
  if (someAreDown) return skip('groups', 'a broker that may coordinate some cannot be asked');
  const { clock } = cluster;
  const deadline = clock.monotonic() + secondsMax * 1000;
  let stuck: readonly string[] | undefined;
  for (;;) {
    const groups = await listGroups(cluster, ADMIN_TIMEOUT_MS);
    const rebalancing = groups
      .filter(({ state }) => IN_A_REBALANCE.includes(state))
      .map(({ groupId }) => groupId);
    stuck = (stuck ?? rebalancing).filter((groupId) => rebalancing.includes(groupId));
    if (stuck.length === 0 || clock.monotonic() >= deadline)
      return checkGroups(groups.length, stuck, secondsMax);
    await sleep(clock, Math.min(LOOK_AGAIN_MS, Math.max(0, deadline - clock.monotonic())));
  }
}
