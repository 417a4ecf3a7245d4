/** `millrace config …`: each subcommand is loaded when it is called. */
import type { Command } from 'commander';
import { INT32_MAX } from '../../base/ids.js';
import { declareClientOptions } from '../client-options.js';
import { examples } from '../help-text.js';
import { usageError, wholeNumber } from '../usage.js';
import type { World } from '../world.js';
import type { ListOptions } from './config/list.js';
import type { ResourceOptions } from './config/resource.js';
import type { SetOptions } from './config/set.js';

const WHERE = `Of a topic (--topic), of one broker (--broker), or of all brokers (--defaults); without any of them, of the only broker there is.
A setting's value comes from the first of these that has it: topic, broker, all-brokers, start (file and flags of the broker), default.`;

export function declareConfig(command: Command, world: World): void {
  command.addHelpText(
    'after',
    examples(
      [
        ['millrace config list --topic orders', 'what is set on a topic'],
        ['millrace config get retention.ms --topic orders', 'a value, and where it comes from'],
        ['millrace config set retention.ms=86400000 --topic orders', 'act at once'],
        ['millrace config unset retention.ms --topic orders', 'back to what the broker gives'],
      ],
      WHERE,
    ),
  );
  declareResource(command.command('list').description('settings with their values and sources'))
    .option('--all', 'those that nobody set, too')
    .option('--doc', 'what each one does')
    .addHelpText(
      'after',
      examples([
        ['millrace config list', 'what the broker was started with, and what was set since'],
        ['millrace config list --topic orders --all', 'every setting of a topic'],
        ['millrace config list --broker 1 --all --doc', 'with what they do'],
        ['millrace config list --defaults --format json', 'set for all brokers; an object a line'],
      ]),
    )
    .action(async (options: ListOptions) => (await import('./config/list.js')).listConfigs(options, world));
  declareResource(
    command.command('get').description('single settings, with all there is to say').argument('<name...>'),
  )
    .addHelpText(
      'after',
      examples([
        [
          'millrace config get retention.ms segment.ms --topic orders',
          'value, source, default, and what it does',
        ],
        ['millrace config get num.partitions --format json | jq -r .value', 'the value alone'],
      ]),
    )
    .action(async (names: string[], options: ResourceOptions) =>
      (await import('./config/get.js')).getConfigs(names, options, world),
    );
  declareResource(
    command.command('set').description('change settings').argument('<name=value...>', 'all or none of them'),
  )
    .option('--dry-run', 'have the broker check it, and change nothing')
    .addHelpText(
      'after',
      examples(
        [
          ['millrace config set retention.ms=86400000 --topic orders', 'keep records for a day'],
          [
            'millrace config set log.retention.ms=86400000 --defaults',
            'in every topic that says nothing itself',
          ],
          ['millrace config set segment.ms=soon --topic orders --dry-run', 'would it be taken?'],
        ],
        'The broker judges the values, and its words are shown.',
      ),
    )
    .action(async (changes: string[], options: SetOptions) =>
      (await import('./config/set.js')).setConfigs(changes.map(assignment), options, world),
    );
  declareResource(
    command
      .command('unset')
      .description('take settings back to what counts without them')
      .argument('<name...>'),
  )
    .option('--dry-run', 'have the broker check it, and change nothing')
    .addHelpText('after', examples([['millrace config unset retention.ms --topic orders', 'at once']]))
    .action(async (names: string[], options: SetOptions) =>
      (await import('./config/set.js')).setConfigs(
        names.map((name) => ({ name, value: null })),
        options,
        world,
      ),
    );
}

function declareResource(command: Command): Command {
  return declareClientOptions(command)
    .option('--topic <topic>', 'of this topic')
    .option('--broker <id>', 'of this broker', wholeNumber('--broker', 0, INT32_MAX))
    .option('--defaults', 'of all brokers, for those that have no value of their own');
}

/** @throws UserError USAGE */
function assignment(raw: string): { readonly name: string; readonly value: string } {
  const at = raw.indexOf('=');
  if (at < 1)
    throw usageError(`config set takes name=value, not ${raw}`, 'For example retention.ms=86400000.');
  return { name: raw.slice(0, at).trim(), value: raw.slice(at + 1) };
}
