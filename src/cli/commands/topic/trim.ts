import { UserError } from '../../../base/errors.js';
import type { Millis } from '../../../base/ids.js';
import { deleteRecords, type TrimmedPartition } from '../../../client/admin/records.js';
import type { Cluster } from '../../../client/cluster.js';
import { EARLIEST, LATEST, listOffsets } from '../../../client/offsets.js';
import { ADMIN_TIMEOUT_MS, type ClientOptions } from '../../client-options.js';
import { EXIT } from '../../exit-codes.js';
import { writeJson } from '../../json-lines.js';
import { renderTable } from '../../table.js';
import { namingMissingTopic } from '../../topic-errors.js';
import { usageError } from '../../usage.js';
import { withCluster } from '../../with-cluster.js';
import type { World } from '../../world.js';
import { type PartitionOffset, planTrim, type TrimStep } from './trim-plan.js';

export interface TrimOptions extends ClientOptions {
  readonly beforeOffset?: readonly PartitionOffset[];
  readonly beforeTime?: Millis;
  readonly all?: boolean;
  readonly execute?: boolean;
}

/** JSON: docs/schemas/topic-trim.json. */
export async function trimTopic(name: string, options: TrimOptions, world: World): Promise<void> {
  const { beforeOffset, beforeTime, all, execute = false } = options;
  const given = [beforeOffset, beforeTime, all].filter((each) => each !== undefined);
  if (given.length !== 1) {
    throw usageError(
      'it takes one of --before-offset, --before-time and --all',
      '`millrace topic trim --help` shows examples.',
    );
  }
  const { steps, trimmed } = await withCluster(options, (cluster) =>
    namingMissingTopic(name, trim(cluster, name, options)),
  );
  const failed = trimmed?.filter(({ error }) => error !== null) ?? [];
  if (failed.length > 0) world.exitCode = EXIT.failed;
  const errors = new Map(failed.map(({ partition, error }) => [partition, error!.message]));
  if (options.format === 'json') {
    const partitions = steps.map((step) => ({ ...step, error: errors.get(step.partition) ?? null }));
    writeJson(world.stdout, { topic: name, executed: execute, partitions });
    return;
  }
  const rows = steps.map((step) => [
    step.partition,
    step.startOffset,
    step.newStartOffset,
    step.endOffset,
    step.records,
    errors.get(step.partition) ?? step.note ?? '',
  ]);
  const table = renderTable(
    ['partition', 'start', 'new start', 'end', 'removed', 'note'],
    rows,
    world.stdout.hasColours,
  );
  world.stdout.write(`${table}\n`);
  world.stderr.write(sumUp(name, steps, execute));
}

async function trim(
  cluster: Cluster,
  topic: string,
  options: TrimOptions,
): Promise<{ readonly steps: readonly TrimStep[]; readonly trimmed: readonly TrimmedPartition[] | null }> {
  const steps = await plan(cluster, topic, options);
  if (!options.execute) return { steps, trimmed: null };
  const moving = steps.filter(({ records }) => records > 0);
  const starts = moving.map(({ partition, newStartOffset }) => ({
    topic,
    partition,
    offset: newStartOffset,
  }));
  return {
    steps,
    trimmed: starts.length === 0 ? [] : await deleteRecords(cluster, starts, ADMIN_TIMEOUT_MS),
  };
}

async function plan(cluster: Cluster, topic: string, options: TrimOptions): Promise<TrimStep[]> {
  const view = await cluster.awaitTopic(topic, false, ADMIN_TIMEOUT_MS);
  const { beforeOffset, beforeTime } = options;
  const missing = beforeOffset?.find(({ partition }) => !view.partitions[partition]);
  if (missing) {
    throw new UserError(
      'TOPIC_NOT_FOUND',
      `topic ${topic} has no partition ${missing.partition}`,
      `It has ${view.partitions.length}, counted from 0.`,
    );
  }
  const wanted = beforeOffset?.map(({ partition }) => partition) ?? view.partitions.map(({ index }) => index);
  const partitions = [...new Set(wanted)];
  const ask = (at: Millis) =>
    listOffsets(
      cluster,
      partitions.map((partition) => ({ topic, partition, at })),
      ADMIN_TIMEOUT_MS,
    );
  const [starts, ends, times] = await Promise.all([
    ask(EARLIEST),
    ask(LATEST),
    beforeTime === undefined ? null : ask(beforeTime),
  ]);
  return partitions.map((partition, at) => {
    const endOffset = ends[at]!.offset;
    const asked = beforeOffset?.findLast((each) => each.partition === partition)?.offset;
    const keepFrom = asked ?? times?.[at]?.offset ?? endOffset;
    return planTrim({ partition, startOffset: starts[at]!.offset, endOffset, keepFrom });
  });
}

function sumUp(topic: string, steps: readonly TrimStep[], executed: boolean): string {
  const records = steps.reduce((sum, step) => sum + step.records, 0);
  if (executed) return `removed ${records} records of topic ${topic}\n`;
  return `${records} records of topic ${topic} would be removed; nothing has been changed. --execute does it.\n`;
}
