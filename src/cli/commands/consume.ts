/** `millrace consume`: records become lines. */
import type { Command } from 'commander';
import type { PartitionIndex } from '../../base/ids.js';
import { type ClientOptions, declareClientOptions, withCluster } from '../client-options.js';
import { consumeAssigned } from '../consume/assigned.js';
import { consumeGrouped } from '../consume/grouped.js';
import { Printer } from '../consume/printer.js';
import { jsonFormat, parseRecordFormat } from '../consume/record-format.js';
import { parseStartingPoint, type StartingPoint } from '../consume/starting-point.js';
import { usageError, wholeNumber } from '../usage.js';
import type { World } from '../world.js';

interface ConsumeOptions extends ClientOptions {
  readonly group?: string;
  readonly from: StartingPoint;
  readonly partition?: PartitionIndex;
  readonly count?: number;
  readonly follow?: boolean;
  /** kcat's. */
  readonly f?: string;
}

const EXAMPLES = `
Format (-f), as kcat's: %s value, %S its length, %R its length as 4 bytes, %k key, %K its length, %t topic, %p partition,
%o offset, %T timestamp, %h headers, %% a percent sign, \\n \\r \\t \\\\ \\xNN.

Examples:
  millrace consume orders                                    all there is, then end
  millrace consume orders --from end --follow                what comes, until Ctrl-C
  millrace consume orders --from -10 -f '%p %o %k: %s\\n'     the last ten of each partition
  millrace consume orders --group billing --follow           as a member of a group
  millrace consume orders --from 2026-11-21T08:00:00Z --format json`;

export function declareConsume(command: Command, world: World): void {
  declareClientOptions(command.argument('<topic>'))
    .option(
      '-g, --group <id>',
      'read as a member of a group: go on where it stopped, and store how far this got',
    )
    .option(
      '--from <place>',
      'beginning, end, an offset, -N (the last N of each partition) or an ISO time',
      parseStartingPoint,
      {
        at: 'beginning',
      } as const,
    )
    .option('--partition <number>', 'this one only', wholeNumber('--partition', 0, 0x7fff_ffff))
    .option('--count <number>', 'end after so many records', wholeNumber('--count', 1))
    .option('--follow', 'do not end at the end: wait for more')
    .option('-f <format>', 'how a record is printed; default %s\\n, the value and a newline')
    .addHelpText('after', EXAMPLES)
    .action((topic: string, options: ConsumeOptions) => consume(topic, options, world));
}

async function consume(topic: string, options: ConsumeOptions, world: World): Promise<void> {
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
