import { systemErrorCode, UserError } from '../../../base/errors.js';
import { type Millis, partitionName } from '../../../base/ids.js';
import { type PartitionOutcome, setGroupOffsets } from '../../../client/admin/group-offsets.js';
import { describeGroup, type GroupDescription } from '../../../client/admin/groups.js';
import type { OfPartition } from '../../../client/by-leader.js';
import type { Cluster } from '../../../client/cluster.js';
import { EARLIEST, LATEST, listOffsets } from '../../../client/offsets.js';
import { ADMIN_TIMEOUT_MS, type ClientOptions } from '../../client-options.js';
import { EXIT } from '../../exit-codes.js';
import { groupActive, groupNotFound, namingGroupTrouble } from '../../group-errors.js';
import { writeJson } from '../../json-lines.js';
import type { PartitionChoice } from '../../partition-choice.js';
import { renderTable } from '../../table.js';
import { usageError } from '../../usage.js';
import { withCluster } from '../../with-cluster.js';
import type { World } from '../../world.js';
import { formatOffsetsCsv, type ListedOffset, parseOffsetsCsv } from './offsets-csv.js';
import { offsetKey, planReset, type ResetStep, type ResetTarget } from './reset-plan.js';

export interface ResetOptions extends ClientOptions {
  readonly topic?: readonly PartitionChoice[];
  readonly allTopics?: boolean;
  readonly toEarliest?: boolean;
  readonly toLatest?: boolean;
  readonly toCurrent?: boolean;
  readonly toTime?: Millis;
  readonly byDuration?: Millis;
  readonly shiftBy?: number;
  readonly toOffset?: number;
  readonly fromFile?: string;
  readonly execute?: boolean;
  readonly export?: boolean;
}

const TARGETS = [
  'toEarliest',
  'toLatest',
  'toCurrent',
  'toTime',
  'byDuration',
  'shiftBy',
  'toOffset',
  'fromFile',
] as const satisfies readonly (keyof ResetOptions)[];

/** JSON: docs/schemas/group-reset-offsets.json. */
export async function resetOffsets(groupId: string, options: ResetOptions, world: World): Promise<void> {
  const { execute = false } = options;
  mustMakeSense(options);
  const listed = options.fromFile === undefined ? null : await readListed(options.fromFile, groupId, world);
  const { group, steps, outcomes } = await withCluster(options, (cluster) =>
    namingGroupTrouble(groupId, reset(cluster, groupId, options, listed)),
  );
  const failed = outcomes?.filter(({ error }) => error !== null) ?? [];
  if (failed.length > 0) world.exitCode = EXIT.failed;
  const errors = new Map(
    failed.map(({ topic, partition, error }) => [partitionName(topic, partition), error!.message]),
  );
  const errorOf = ({ topic, partition }: ResetStep): string | null =>
    errors.get(partitionName(topic, partition)) ?? null;
  if (options.export) {
    const moved = steps.flatMap(({ topic, partition, newOffset: offset }) =>
      offset === null ? [] : [{ topic, partition, offset }],
    );
    world.stdout.write(formatOffsetsCsv(moved));
  } else if (options.format === 'json') {
    const partitions = steps.map((step) => ({ ...step, error: errorOf(step) }));
    writeJson(world.stdout, { group: groupId, executed: execute, partitions });
  } else {
    const rows = steps.map((step) => [
      step.topic,
      step.partition,
      step.committedOffset,
      step.newOffset,
      step.startOffset,
      step.endOffset,
      errorOf(step) ?? step.note ?? '',
    ]);
    const headings = ['topic', 'partition', 'committed', 'new', 'start', 'end', 'note'];
    world.stdout.write(`${renderTable(headings, rows, world.stdout.hasColours)}\n`);
  }
  world.stderr.write(sumUp(group, steps, failed.length, execute));
}

/** @throws UserError USAGE */
function mustMakeSense(options: ResetOptions): void {
  const targets = TARGETS.filter((name) => options[name] !== undefined);
  if (targets.length !== 1) {
    throw usageError(
      targets.length === 0 ? 'where to is missing' : 'there is more than one place to go to',
      'Give one of --to-earliest, --to-latest, --to-current, --to-time, --by-duration, --shift-by, --to-offset and --from-file.',
    );
  }
  const places = [options.topic, options.allTopics, options.fromFile].filter((each) => each !== undefined);
  if (places.length !== 1) {
    throw usageError(
      places.length === 0
        ? 'it does not say which partitions are meant'
        : '--topic, --all-topics and --from-file exclude each other',
      'Give --topic TOPIC or TOPIC:0,1, any number of times, or --all-topics; --from-file names them itself.',
    );
  }
  if (options.export && options.format === 'json')
    throw usageError('--export and --format json exclude each other');
}

/** @throws UserError INPUT_NOT_READABLE, OFFSETS_FILE_INVALID */
async function readListed(path: string, groupId: string, world: World): Promise<ListedOffset[]> {
  try {
    return parseOffsetsCsv(path, await world.readText(world.resolvePath(path)), groupId);
  } catch (error) {
    if (systemErrorCode(error) === undefined || error instanceof UserError) throw error;
    throw new UserError('INPUT_NOT_READABLE', `cannot read ${path}: ${(error as Error).message}`, undefined, {
      cause: error,
    });
  }
}

interface Reset {
  readonly group: GroupDescription;
  readonly steps: readonly ResetStep[];
  /** Null: it was a plan only. */
  readonly outcomes: readonly PartitionOutcome[] | null;
}

async function reset(
  cluster: Cluster,
  groupId: string,
  options: ResetOptions,
  listed: readonly ListedOffset[] | null,
): Promise<Reset> {
  const group = await describeGroup(cluster, groupId, ADMIN_TIMEOUT_MS);
  // By its offsets we would not know where to reset a group that has none.
  if (options.allTopics && group.partitions.length === 0) throw groupNotFound(groupId);
  if (options.execute && isActive(group)) throw groupActive(groupId, inUse(group));
  const partitions = listed ?? (await chosenPartitions(cluster, group, options));
  const steps = await plan(cluster, group, partitions, targetOf(options, listed, cluster.clock.now()));
  if (!options.execute) return { group, steps, outcomes: null };
  const positions = steps.flatMap(({ topic, partition, newOffset: offset }) =>
    offset === null ? [] : [{ topic, partition, offset }],
  );
  const outcomes =
    positions.length === 0 ? [] : await setGroupOffsets(cluster, groupId, positions, ADMIN_TIMEOUT_MS);
  return { group, steps, outcomes };
}

function isActive({ state }: GroupDescription): boolean {
  return state !== 'Empty' && state !== 'Dead';
}

function inUse({ state, members }: GroupDescription): string {
  return `its state is ${state}, with ${members.length} member${members.length === 1 ? '' : 's'}`;
}

function targetOf(options: ResetOptions, listed: readonly ListedOffset[] | null, now: Millis): ResetTarget {
  if (listed) {
    const offsets = new Map(
      listed.map(({ topic, partition, offset }) => [offsetKey(topic, partition), offset]),
    );
    return { to: 'listed', offsets };
  }
  if (options.toEarliest) return { to: 'earliest' };
  if (options.toLatest) return { to: 'latest' };
  if (options.toTime !== undefined) return { to: 'time', time: options.toTime };
  if (options.byDuration !== undefined) return { to: 'time', time: Math.max(0, now - options.byDuration) };
  if (options.shiftBy !== undefined) return { to: 'shifted', by: options.shiftBy };
  if (options.toOffset !== undefined) return { to: 'offset', offset: options.toOffset };
  return { to: 'current' };
}

/** @throws UserError TOPIC_NOT_FOUND */
async function chosenPartitions(
  cluster: Cluster,
  group: GroupDescription,
  options: ResetOptions,
): Promise<OfPartition[]> {
  if (options.allTopics) return group.partitions.filter(({ committedOffset }) => committedOffset !== null);
  const choices = options.topic ?? [];
  const { topics } = await cluster.metadata([...new Set(choices.map(({ topic }) => topic))]);
  const chosen = new Map<string, OfPartition>();
  for (const { topic, partitions } of choices) {
    const view = topics.get(topic);
    if (!view)
      throw topicNotFound(`there is no topic ${topic}`, '`millrace topic list` shows those that exist.');
    for (const partition of partitions ?? view.partitions.map(({ index }) => index)) {
      if (!view.partitions[partition]) {
        throw topicNotFound(
          `topic ${topic} has no partition ${partition}`,
          `It has ${view.partitions.length}, counted from 0.`,
        );
      }
      chosen.set(offsetKey(topic, partition), { topic, partition });
    }
  }
  return [...chosen.values()];
}

function topicNotFound(message: string, hint: string): UserError {
  return new UserError('TOPIC_NOT_FOUND', message, hint);
}

async function plan(
  cluster: Cluster,
  group: GroupDescription,
  partitions: readonly OfPartition[],
  target: ResetTarget,
): Promise<ResetStep[]> {
  await cluster.metadata([...new Set(partitions.map(({ topic }) => topic))]);
  const existing = partitions.filter(({ topic, partition }) => cluster.topic(topic)?.partitions[partition]);
  const ask = async (at: Millis): Promise<ReadonlyMap<string, number>> => {
    const questions = existing.map(({ topic, partition }) => ({ topic, partition, at }));
    const answers = await listOffsets(cluster, questions, ADMIN_TIMEOUT_MS);
    return new Map(answers.map(({ topic, partition, offset }) => [offsetKey(topic, partition), offset]));
  };
  const [starts, ends, times] = await Promise.all([
    ask(EARLIEST),
    ask(LATEST),
    target.to === 'time' ? ask(target.time) : null,
  ]);
  const committed = new Map(
    group.partitions.map(({ topic, partition, committedOffset }) => [
      offsetKey(topic, partition),
      committedOffset,
    ]),
  );
  return partitions.map(({ topic, partition }) => {
    const key = offsetKey(topic, partition);
    return planReset(target, {
      topic,
      partition,
      committedOffset: committed.get(key) ?? null,
      startOffset: starts.get(key) ?? null,
      endOffset: ends.get(key) ?? null,
      offsetAtTime: times?.get(key) ?? null,
    });
  });
}

function sumUp(
  group: GroupDescription,
  steps: readonly ResetStep[],
  failed: number,
  executed: boolean,
): string {
  const moved = steps.filter(({ newOffset }) => newOffset !== null).length;
  const partitions = (count: number): string => `${count} partition${count === 1 ? '' : 's'}`;
  if (executed) {
    const trouble = failed === 0 ? '' : `, ${failed} failed`;
    return `reset group ${group.groupId} in ${partitions(moved - failed)}${trouble}\n`;
  }
  const waiting = isActive(group) ? ` Not while it is in use: ${inUse(group)}.` : '';
  return `group ${group.groupId} would be reset in ${partitions(moved)}; nothing has been changed. --execute does it.${waiting}\n`;
}
