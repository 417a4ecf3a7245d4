/** What makes a cluster well: one pure judgement for each check, over facts that were gathered before. */
import type { BrokerId } from '../../../base/ids.js';
import type { LogDir } from '../../../client/admin/log-dirs.js';
import type { TopicView } from '../../../client/topic-view.js';
import { formatBytes } from '../../format-bytes.js';

export type CheckName =
  | 'reachable'
  | 'controller'
  | 'log-dirs'
  | 'disk-space'
  | 'leaders'
  | 'in-sync'
  | 'groups';

export interface Check {
  readonly name: CheckName;
  /** `skip`: nobody could tell. */
  readonly status: 'pass' | 'fail' | 'skip';
  readonly detail: string;
}

/** More than these are counted, not named. */
const NAMED_MAX = 5;

export function checkReachable(brokers: ReadonlyMap<BrokerId, string | null>): Check {
  const down = [...brokers].filter(([, error]) => error !== null);
  if (brokers.size > 0 && down.length === 0)
    return pass('reachable', `${counted(brokers.size, 'broker')} answering`);
  return fail('reachable', named(down.map(([id, error]) => `broker ${id}: ${error}`)));
}

export function checkController(controllerId: BrokerId | null): Check {
  if (controllerId === null) return fail('controller', 'there is none: no topic can be made or changed');
  return pass('controller', `broker ${controllerId}`);
}

/** @param dirs null: no broker tells */
export function checkLogDirs(dirs: readonly LogDir[] | null): Check {
  if (dirs === null) return skip('log-dirs', 'no broker tells of its directories');
  const offline = dirs.filter(({ error }) => error !== null);
  if (offline.length === 0)
    return pass('log-dirs', `${counted(dirs.length, 'directory', 'directories')} online`);
  return fail(
    'log-dirs',
    named(offline.map(({ broker, path, error }) => `broker ${broker}, ${path}: ${error!.errorName}`)),
  );
}

export function checkDiskSpace(dirs: readonly LogDir[] | null, freePercentMin: number): Check {
  const known = (dirs ?? []).flatMap(({ broker, path, totalBytes, usableBytes }) =>
    totalBytes === null || usableBytes === null || totalBytes === 0
      ? []
      : [{ broker, path, usableBytes, percent: (usableBytes / totalBytes) * 100 }],
  );
  const [first, ...others] = known.toSorted((a, b) => a.percent - b.percent);
  if (!first) return skip('disk-space', 'no broker tells how much room it has');
  const full = [first, ...others].filter(({ percent }) => percent < freePercentMin);
  const said = ({ broker, path, usableBytes, percent }: typeof first): string =>
    `broker ${broker}, ${path}: ${formatBytes(usableBytes)} free (${percent.toFixed(1)} %)`;
  return full.length === 0 ? pass('disk-space', said(first)) : fail('disk-space', named(full.map(said)));
}

export function checkLeaders(topics: readonly TopicView[]): Check {
  const partitions = partitionsOf(topics);
  const leaderless = partitions.filter(({ leaderId }) => leaderId < 0);
  if (leaderless.length === 0) return pass('leaders', `${counted(partitions.length, 'partition')} have one`);
  return fail('leaders', `none in ${named(leaderless.map(({ name }) => name))}`);
}

export function checkInSync(topics: readonly TopicView[]): Check {
  const partitions = partitionsOf(topics);
  const behind = partitions.filter(({ replicas, inSyncReplicas }) => inSyncReplicas.length < replicas.length);
  if (behind.length === 0)
    return pass('in-sync', `all replicas of ${counted(partitions.length, 'partition')}`);
  return fail(
    'in-sync',
    named(
      behind.map(
        ({ name, replicas, inSyncReplicas }) => `${name} (${inSyncReplicas.length} of ${replicas.length})`,
      ),
    ),
  );
}

/** @param stuck groups that were in a rebalance each time they were looked at */
export function checkGroups(groupCount: number, stuck: readonly string[], secondsMax: number): Check {
  if (stuck.length === 0) return pass('groups', `${counted(groupCount, 'group')}, none stays in a rebalance`);
  return fail('groups', `in a rebalance for more than ${secondsMax} s: ${named(stuck)}`);
}

function partitionsOf(topics: readonly TopicView[]) {
  return topics.flatMap(({ name, partitions }) =>
    partitions.map((partition) => ({ ...partition, name: `${name}-${partition.index}` })),
  );
}

function named(items: readonly string[]): string {
  const more = items.length - NAMED_MAX;
  return [...items.slice(0, NAMED_MAX), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function pass(name: CheckName, detail: string): Check {
  return { name, status: 'pass', detail };
}

function fail(name: CheckName, detail: string): Check {
  return { name, status: 'fail', detail };
}

export function skip(name: CheckName, detail: string): Check {
  return { name, status: 'skip', detail };
}
