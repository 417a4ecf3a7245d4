/** What `millrace consume` does: reads as a group's member or from chosen partitions, and prints. */
import type { PartitionIndex } from '../../base/ids.js';
import type { ClientOptions } from '../client-options.js';
import { usageError } from '../usage.js';
import { withCluster } from '../with-cluster.js';
import type { World } from '../world.js';
import { consumeAssigned } from './assigned.js';
import { consumeGrouped } from './grouped.js';
import { Printer } from './printer.js';
import { jsonFormat, parseRecordFormat } from './record-format.js';
import type { StartingPoint } from './starting-point.js';

export interface ConsumeOptions extends ClientOptions {
  readonly group?: string;
  readonly from: StartingPoint;
  readonly partition?: PartitionIndex;
  readonly count?: number;
  readonly follow?: boolean;
  /** kcat's. */
  readonly f?: string;
}

export async function consume(topic: string, options: ConsumeOptions, world: World): Promise<void> {
  const { group, from, partition, count = Infinity, follow = false } = options;
  if (options.f !== undefined && options.format === 'json')
    throw usageError('-f and --format json exclude each other');
  if (group !== undefined && partition !== undefined) {
    throw usageError('--partition has no meaning with --group: the group deals the partitions out');
  }
  if (group !== undefined && from.at !== 'beginning' && from.at !== 'end') {
    throw usageError(
      'with --group, --from takes beginning or end: where to start while the group has no position yet',
    );
  }
  const format = options.format === 'json' ? jsonFormat : parseRecordFormat(options.f ?? '%s\\n');
  const interrupting = new AbortController();
  const stopListening = world.onSignal(() => {
    if (interrupting.signal.aborted) world.exitNow(130);
    interrupting.abort();
  });
  world.stdout.onClosed(() => interrupting.abort());
  const shared = {
    topic,
    follow,
    printer: new Printer(world.stdout, format, count),
    interrupted: interrupting.signal,
    onTrouble: (error: Error) => void world.stderr.write(`millrace: ${error.message}; trying again\n`),
  };
  try {
    await withCluster(options, (cluster) =>
      group === undefined
        ? consumeAssigned(cluster, { ...shared, partition, from })
        : consumeGrouped(cluster, {
            ...shared,
            groupId: group,
            startAt: from.at === 'end' ? 'latest' : 'earliest',
          }),
    );
  } finally {
    stopListening();
  }
}
