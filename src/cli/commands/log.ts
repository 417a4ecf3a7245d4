/** `millrace log …`: each subcommand is loaded when it is called. */
import type { Command } from 'commander';
import { declareFormat } from '../client-options.js';
import { examples } from '../help-text.js';
import type { DumpOptions } from '../log-files/dump.js';
import { BYTES_FORMATS } from '../log-files/dump-format.js';
import { choiceOption, wholeNumber } from '../usage.js';
import type { World } from '../world.js';
import type { VerifyCommandOptions } from './log/verify.js';

const READ_ONLY = `Nothing is ever written, so a broker may run meanwhile; of what it is just writing an old or unfinished state may show. Kafka's own
directories are read as well.`;

export function declareLog(command: Command, world: World): void {
  command.addHelpText(
    'after',
    examples(
      [
        ['millrace log verify ./millrace-data', 'is every byte as it should be?'],
        ['millrace log dump ./millrace-data/orders-0', 'what is in the files of a partition'],
      ],
      READ_ONLY,
    ),
  );
  declareFormat(
    command
      .command('dump')
      .description('print what is in the files of a broker')
      .argument('<path>', 'a file, the directory of a log as orders-0, or a data directory'),
  )
    .option('--records', 'the records of each batch, too')
    .addOption(choiceOption('--key-format <how>', 'how keys are shown', BYTES_FORMATS, 'text'))
    .addOption(choiceOption('--value-format <how>', 'how values are shown', BYTES_FORMATS, 'text'))
    .addOption(
      choiceOption(
        '--decode <what>',
        'what records mean: offsets is what groups committed; auto goes by the directory’s name',
        ['auto', 'none', 'offsets'],
        'auto',
      ),
    )
    .option('--from <offset>', 'batches that reach this offset, and later ones', wholeNumber('--from', 0))
    .option(
      '--count <number>',
      'so many batches, or entries of an index, of each file',
      wholeNumber('--count', 1),
    )
    .addHelpText(
      'after',
      examples(
        [
          ['millrace log dump data/orders-0', 'every file: batches, index entries, epochs, producers'],
          ['millrace log dump data/orders-0/00000000000000000000.log --records', 'with keys and values'],
          ['millrace log dump data/__consumer_offsets-3 --records', 'what groups committed'],
          ['millrace log dump data', 'checkpoints, the redo journal, which logs there are'],
          ['millrace log dump data/orders-0 --from 1000 --count 1 --format json', 'a line for each thing'],
        ],
        `It knows .log, .index, .timeindex, .txnindex and .snapshot files, leader-epoch-checkpoint, partition.metadata, meta.properties, the
offset checkpoints and the redo journal.`,
        READ_ONLY,
      ),
    )
    .action(async (path: string, options: DumpOptions) =>
      (await import('./log/dump.js')).dumpLog(path, options, world),
    );
  declareFormat(
    command
      .command('verify')
      .description('check every batch, index, checkpoint and snapshot')
      .argument('<dir>', 'a data directory, or the directory of one log'),
  )
    .option('--records', 'decompress and read every record, too')
    .addHelpText(
      'after',
      examples(
        [
          [
            'millrace log verify ./millrace-data',
            'a line for each log; exit code 1 where something is damaged',
          ],
          ['millrace log verify ./millrace-data/orders-0 --records', 'one log, every record'],
          [
            'millrace log verify /backup --format json | jq "select(.state == \\"damaged\\")"',
            'for a script',
          ],
        ],
        `Of a log: sound, torn (an unclean stop left what was never acknowledged; the next start cuts it off), or damaged.`,
        READ_ONLY,
      ),
    )
    .action(async (path: string, options: VerifyCommandOptions) =>
      (await import('./log/verify.js')).verifyLogs(path, options, world),
    );
}
