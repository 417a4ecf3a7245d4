/** `millrace topic …`: each subcommand is loaded when it is called. */
import type { Command } from 'commander';
import { declareClientOptions } from '../client-options.js';
import { nameAndValue, wholeNumber } from '../usage.js';
import type { World } from '../world.js';
import type { CreateOptions } from './topic/create.js';
import type { DeleteOptions } from './topic/delete.js';
import type { DescribeOptions } from './topic/describe.js';
import type { ListOptions } from './topic/list.js';

export function declareTopic(command: Command, world: World): void {
  declareClientOptions(command.command('create').description('make a topic').argument('<name>'))
    .option(
      '-p, --partitions <number>',
      'default: the broker’s num.partitions',
      wholeNumber('--partitions', 1, 1_000_000),
      -1,
    )
    .option(
      '-c, --config <name=value>',
      'a topic setting; may be given again and again',
      nameAndValue('--config'),
    )
    .option('--if-not-exists', 'a topic of that name that is there already is fine')
    .action(async (name: string, options: CreateOptions) =>
      (await import('./topic/create.js')).createTopic(name, options, world),
    );
  declareClientOptions(command.command('list').description('the topics, by name'))
    .option('--internal', 'those of the broker itself too')
    .action(async (options: ListOptions) => (await import('./topic/list.js')).listTopics(options, world));
  declareClientOptions(
    command.command('describe').description('partitions, leaders, offsets, settings').argument('<name>'),
  ).action(async (name: string, options: DescribeOptions) =>
    (await import('./topic/describe.js')).describeTopic(name, options, world),
  );
  declareClientOptions(
    command.command('delete').description('remove a topic and all its records').argument('<name>'),
  ).action(async (name: string, options: DeleteOptions) =>
    (await import('./topic/delete.js')).deleteTopic(name, options, world),
  );
}
