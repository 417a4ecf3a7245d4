/** `millrace produce`: lines of files or of stdin become records. */
import type { Command } from 'commander';
import { CODEC_NAMES } from '../../records/compression/compressor.js';
import { declareClientOptions } from '../client-options.js';
import { examples } from '../help-text.js';
import type { ProduceOptions } from '../produce/produce.js';
import { choiceOption, nameAndValue, wholeNumber } from '../usage.js';
import type { World } from '../world.js';

const EXAMPLES = examples(
  [
    ['echo hello | millrace produce greetings', 'one record'],
    ['millrace produce orders orders-*.txt --key-separator : --codec zstd', 'lines `key:value` of files'],
    [
      'millrace produce flights flights.jsonl --json --key-field origin --timestamp-field date',
      'JSON lines, key and time from their fields',
    ],
  ],
  'Each line becomes a record: its text is the value. Topics are made as they are needed, where the broker allows it. Ctrl-C stops the\nreading, stores the lines that were read, and ends with 130.',
);

export function declareProduce(command: Command, world: World): void {
  declareClientOptions(command.argument('<topic>').argument('[file...]', 'instead of stdin; - is stdin'))
    .option(
      '--json',
      'each line is a JSON value; the line is the record’s value unless --value-field says otherwise',
    )
    .option('--key-field <path>', 'in JSON lines: the key, as `origin` or `origin.airport`')
    .option('--value-field <path>', 'in JSON lines: the value')
    .option('--timestamp-field <path>', 'in JSON lines: the time, milliseconds since 1970 or an ISO date')
    .option('--key-separator <text>', 'in plain lines: what stands between key and value')
    .option(
      '--headers <name=value>',
      'a header of every record; may be given again and again',
      nameAndValue('--headers'),
    )
    .option('--partition <number>', 'default: by the key', wholeNumber('--partition', 0, 0x7fff_ffff))
    .addOption(choiceOption('--codec <name>', 'how batches are compressed', CODEC_NAMES, 'none'))
    .addOption(
      choiceOption(
        '--acks <which>',
        'all: every replica has it; 1: the leader; 0: nobody is asked',
        ['all', '1', '0'],
        'all',
      ),
    )
    .option('--skip-bad-lines', 'go on after a line that is not JSON, and count it')
    .addHelpText('after', EXAMPLES)
    .action(async (topic: string, files: string[], options: ProduceOptions) =>
      (await import('../produce/produce.js')).produce(topic, files, options, world),
    );
}
