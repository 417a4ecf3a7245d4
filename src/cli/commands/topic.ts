/** `millrace topic …`: each subcommand is loaded when it is called. */
import type { Command } from 'commander';
import { declareClientOptions } from '../client-options.js';
import { examples } from '../help-text.js';
import { eachOf, nameAndValue, pointInTime, wholeNumber } from '../usage.js';
import type { World } from '../world.js';
import type { AlterOptions } from './topic/alter.js';
import type { CreateOptions } from './topic/create.js';
import type { DeleteOptions } from './topic/delete.js';
import type { DescribeOptions } from './topic/describe.js';
import type { ListOptions } from './topic/list.js';
import type { TrimOptions } from './topic/trim.js';
import { partitionOffset } from './topic/trim-plan.js';

export function declareTopic(command: Command, world: World): void {
  command.addHelpText(
    'after',
    examples([
      ['millrace topic create orders --partitions 3', 'make one'],
      ['millrace topic describe orders', 'its partitions, offsets, sizes and settings'],
      ['millrace topic alter orders --config retention.ms=86400000', 'keep records for a day'],
      ['millrace topic trim orders --before-time 2026-11-21', 'what would go; --execute removes it'],
    ]),
  );
  declareCreate(command, world);
  declareClientOptions(command.command('list').description('the topics, by name'))
    .option('--internal', 'those of the broker itself too')
    .addHelpText(
      'after',
      examples([
        ['millrace topic list', 'a name a line'],
        ['millrace topic list --format json | jq -r .topic', 'with ids and partition counts, for scripts'],
      ]),
    )
    .action(async (options: ListOptions) => (await import('./topic/list.js')).listTopics(options, world));
  declareClientOptions(
    command
      .command('describe')
      .description('partitions, leaders, offsets, sizes, settings')
      .argument('<topic>'),
  )
    .addHelpText(
      'after',
      examples(
        [
          ['millrace topic describe orders', 'a line for each partition'],
          ['millrace topic describe orders --format json', 'one object'],
        ],
        'Settings are those set on the topic itself; `millrace config list --topic <topic> --all` shows every one.',
      ),
    )
    .action(async (name: string, options: DescribeOptions) =>
      (await import('./topic/describe.js')).describeTopic(name, options, world),
    );
  declareAlter(command, world);
  declareTrim(command, world);
  declareClientOptions(
    command.command('delete').description('remove a topic and all its records').argument('<topic>'),
  )
    .addHelpText('after', examples([['millrace topic delete orders', 'at once, and for good']]))
    .action(async (name: string, options: DeleteOptions) =>
      (await import('./topic/delete.js')).deleteTopic(name, options, world),
    );
}

function declareCreate(command: Command, world: World): void {
  declareClientOptions(command.command('create').description('make a topic').argument('<name>'))
    .option(
      '-p, --partitions <number>',
      'default: the broker’s num.partitions',
      wholeNumber('--partitions', 1, 1_000_000),
    )
    .option(
      '-c, --config <name=value>',
      'a topic setting; may be given again and again',
      nameAndValue('--config'),
    )
    .option('--if-not-exists', 'a topic of that name that is there already is fine')
    .addHelpText(
      'after',
      examples([
        ['millrace topic create orders', 'with what the broker gives a topic'],
        ['millrace topic create orders -p 12 -c retention.ms=86400000', 'twelve partitions, kept for a day'],
        ['millrace topic create orders --if-not-exists', 'for a script that runs again'],
      ]),
    )
    .action(async (name: string, options: CreateOptions) =>
      (await import('./topic/create.js')).createTopic(name, options, world),
    );
}

function declareAlter(command: Command, world: World): void {
  declareClientOptions(
    command.command('alter').description('change settings, add partitions').argument('<topic>'),
  )
    .option(
      '-c, --config <name=value>',
      'a setting to set; may be given again and again',
      nameAndValue('--config'),
    )
    .option(
      '--unset <name>',
      'a setting to take back to its default; may be given again and again',
      eachOf((name) => name),
    )
    .option(
      '-p, --partitions <number>',
      'how many there shall be; more than now',
      wholeNumber('--partitions', 1, 1_000_000),
    )
    .option('--dry-run', 'have the broker check it, and change nothing')
    .addHelpText(
      'after',
      examples(
        [
          ['millrace topic alter orders -c retention.ms=86400000 -c segment.ms=3600000', 'two settings'],
          ['millrace topic alter orders --unset retention.ms', 'back to the default'],
          ['millrace topic alter orders --partitions 6', 'keys go to other partitions from then on'],
        ],
        'All of it is checked before anything is changed.',
      ),
    )
    .action(async (name: string, options: AlterOptions) =>
      (await import('./topic/alter.js')).alterTopic(name, options, world),
    );
}

function declareTrim(command: Command, world: World): void {
  declareClientOptions(command.command('trim').description('remove the oldest records').argument('<topic>'))
    .option(
      '--before-offset <partition:offset>',
      'in this partition, those before the offset; may be given again and again',
      eachOf(partitionOffset('--before-offset')),
    )
    .option(
      '--before-time <time>',
      'those older than this: ISO or ms since 1970',
      pointInTime('--before-time'),
    )
    .option('--all', 'every record there is now')
    .option('--execute', 'do it; without, only what would go is shown')
    .addHelpText(
      'after',
      examples(
        [
          ['millrace topic trim orders --before-time 2026-11-20', 'the plan'],
          ['millrace topic trim orders --before-time 2026-11-20 --execute', 'and done, for good'],
          ['millrace topic trim orders --before-offset 0:1000 --before-offset 1:900', 'by partition'],
        ],
        'Records go from the beginning of each partition up to a place in it: the first record at or after the time, or the offset.',
      ),
    )
    .action(async (name: string, options: TrimOptions) =>
      (await import('./topic/trim.js')).trimTopic(name, options, world),
    );
}
