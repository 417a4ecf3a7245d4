/** `millrace consume`: records become lines. */
import { type Command, Option } from 'commander';
import { declareClientOptions } from '../client-options.js';
import type { ConsumeOptions } from '../consume/consume.js';
import { parseStartingPoint, type StartingPoint } from '../consume/starting-point.js';
import { examples } from '../help-text.js';
import { wholeNumber } from '../usage.js';
import type { World } from '../world.js';

const EXAMPLES = examples(
  [
    ['millrace consume orders', 'all there is, then end'],
    ['millrace consume orders --from end --follow', 'what comes, until Ctrl-C'],
    ["millrace consume orders --from -10 -f '%p %o %k: %s\\n'", 'the last ten of each partition'],
    ['millrace consume orders --group billing --follow', 'as a member of a group'],
    ['millrace consume orders --from 2026-11-21T08:00:00Z --format json', 'since that time'],
  ],
  'Format (-f), as kcat’s: %s value, %S its length, %R its length as 4 bytes, %k key, %K its length, %t topic, %p partition,\n%o offset, %T timestamp, %h headers, %% a percent sign, \\n \\r \\t \\\\ \\xNN.',
);

export function declareConsume(command: Command, world: World): void {
  declareClientOptions(command.argument('<topic>'))
    .option(
      '-g, --group <id>',
      'read as a member of a group: go on where it stopped, and store how far this got',
    )
    .addOption(
      new Option(
        '--from <place>',
        'beginning, end, an offset, -N (the last N of each partition) or an ISO time',
      )
        .argParser(parseStartingPoint)
        .default({ at: 'beginning' } satisfies StartingPoint, 'beginning'),
    )
    .option('--partition <number>', 'this one only', wholeNumber('--partition', 0, 0x7fff_ffff))
    .option('--count <number>', 'end after so many records', wholeNumber('--count', 1))
    .option('--follow', 'do not end at the end: wait for more')
    .option('-f <format>', 'how a record is printed; default %s\\n, the value and a newline')
    .addHelpText('after', EXAMPLES)
    .action(async (topic: string, options: ConsumeOptions) =>
      (await import('../consume/consume.js')).consume(topic, options, world),
    );
}
