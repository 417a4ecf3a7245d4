/** `millrace group …`: each subcommand is loaded when it is called. */
import type { Command } from 'commander';
import { type ClientOptions, declareClientOptions } from '../client-options.js';
import { examples } from '../help-text.js';
import { partitionChoice } from '../partition-choice.js';
import { eachOf, isoDuration, pointInTime, wholeNumber } from '../usage.js';
import type { World } from '../world.js';
import type { DeleteOffsetsOptions } from './group/delete-offsets.js';
import type { ResetOptions } from './group/reset-offsets.js';

export function declareGroup(command: Command, world: World): void {
  command.addHelpText(
    'after',
    examples([
      ['millrace group list', 'which there are'],
      ['millrace group describe billing', 'members, offsets, lag'],
      ['millrace group reset-offsets billing --topic orders --to-earliest', 'a plan; --execute does it'],
      ['millrace group delete billing', 'one that nobody is a member of'],
    ]),
  );
  declareClientOptions(command.command('list').description('the consumer groups, by id'))
    .addHelpText('after', examples([['millrace group list', 'id, state and type of each']]))
    .action(async (options: ClientOptions) => (await import('./group/list.js')).listGroups(options, world));
  declareClientOptions(
    command.command('describe').description('state, members, offsets and lag').argument('<group>'),
  )
    .addHelpText(
      'after',
      examples([
        ['millrace group describe billing', 'a line for each partition, one for each member'],
        ['millrace group describe billing --format json | jq .lag', 'the lag alone'],
      ]),
    )
    .action(async (groupId: string, options: ClientOptions) =>
      (await import('./group/describe.js')).describeGroup(groupId, options, world),
    );
  declareReset(command, world);
  declareClientOptions(
    command.command('delete').description('forget groups and their offsets').argument('<group...>'),
  )
    .addHelpText(
      'after',
      examples([['millrace group delete billing billing-test', 'at once; none may have members']]),
    )
    .action(async (groupIds: string[], options: ClientOptions) =>
      (await import('./group/delete.js')).deleteGroups(groupIds, options, world),
    );
  declareClientOptions(
    command.command('delete-offsets').description('forget a group’s offsets of topics').argument('<group>'),
  )
    .requiredOption(
      '--topic <topic[:partitions]>',
      'of these partitions, or all that the group has an offset in; may be given again and again',
      eachOf(partitionChoice('--topic')),
    )
    .addHelpText(
      'after',
      examples([
        ['millrace group delete-offsets billing --topic orders', 'of the whole topic'],
        ['millrace group delete-offsets billing --topic orders:0,2-4', 'of some partitions'],
      ]),
    )
    .action(async (groupId: string, options: DeleteOffsetsOptions) =>
      (await import('./group/delete-offsets.js')).deleteOffsets(groupId, options, world),
    );
}

function declareReset(command: Command, world: World): void {
  declareClientOptions(
    command
      .command('reset-offsets')
      .description('set where a group goes on reading; it must have no members')
      .argument('<group>'),
  )
    .option(
      '--topic <topic[:partitions]>',
      'a topic, or some of its partitions; may be given again and again',
      eachOf(partitionChoice('--topic')),
    )
    .option('--all-topics', 'wherever the group has an offset')
    .option('--to-earliest', 'to the beginning of each log')
    .option('--to-latest', 'to its end: what is there now is skipped')
    .option('--to-current', 'where it is, put back within what the log has')
    .option(
      '--to-time <time>',
      'to the first record as late as this: ISO or ms since 1970',
      pointInTime('--to-time'),
    )
    .option(
      '--by-duration <duration>',
      'to the first record as late as so long ago: PT1H',
      isoDuration('--by-duration'),
    )
    .option(
      '--shift-by <records>',
      'forward, or with a minus back',
      wholeNumber('--shift-by', Number.MIN_SAFE_INTEGER),
    )
    .option('--to-offset <offset>', 'to this offset', wholeNumber('--to-offset', 0))
    .option(
      '--from-file <file>',
      'lines `topic,partition,offset`, as --export prints them and Kafka’s tool does',
    )
    .option('--execute', 'do it; without, only the plan is shown')
    .option('--export', 'print the plan as lines for --from-file')
    .addHelpText(
      'after',
      examples(
        [
          ['millrace group reset-offsets billing --topic orders --to-earliest', 'the plan'],
          ['millrace group reset-offsets billing --topic orders --to-earliest --execute', 'and done'],
          [
            'millrace group reset-offsets billing --topic orders:0,1 --shift-by -100',
            'once more the last hundred',
          ],
          [
            'millrace group reset-offsets billing --all-topics --by-duration PT1H',
            'an hour back, everywhere',
          ],
          [
            'millrace group reset-offsets billing --all-topics --to-current --export > before.csv',
            'a way back',
          ],
        ],
        'Offsets outside of a log are put back to its nearest end, with a note. A group that does not exist is made.',
      ),
    )
    .action(async (groupId: string, options: ResetOptions) =>
      (await import('./group/reset-offsets.js')).resetOffsets(groupId, options, world),
    );
}
