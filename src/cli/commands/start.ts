/** `millrace start`: a broker on this machine, until a signal. */
import type { Command } from 'commander';
import { OUTPUT_FORMATS } from '../client-options.js';
import { examples } from '../help-text.js';
import { LOG_FORMATS, LOG_LEVELS } from '../start/log-writer.js';
import type { StartOptions } from '../start/start.js';
import { choiceOption, nameAndValue, wholeNumber } from '../usage.js';
import type { World } from '../world.js';

const EXAMPLES = examples(
  [
    ['millrace start', 'one broker on 127.0.0.1:9092, data in ./millrace-data'],
    ['millrace start --port 0 --memory --format json', 'for a script: any free port, nothing kept'],
    ['millrace start --host 0.0.0.0 --advertise example.org:9092', 'for other machines'],
    ['millrace start --config server.properties -o num.partitions=3', 'settings from a file, one changed'],
  ],
  'Settings have Kafka’s names. Of several that name the same one the last of these counts: --config FILE, -o, the other flags.',
);

export function declareStart(command: Command, world: World): void {
  command
    .option('--data <dir>', 'directory of the logs (log.dirs); default ./millrace-data')
    .option(
      '--host <address>',
      'address to listen on; default 127.0.0.1, this machine alone; 0.0.0.0 is every network',
    )
    .option(
      '--port <number>',
      'port to listen on; default 9092; 0 takes a free one',
      wholeNumber('--port', 0, 65_535),
    )
    .option(
      '--advertise <host:port>',
      'what clients are told to connect to; default: the address they came to',
    )
    .option('--memory', 'keep everything in memory, nothing on disk')
    .option('--config <file>', 'settings in a .properties file')
    .option('-o <name=value>', 'one setting; may be given again and again', nameAndValue('-o'))
    .addOption(choiceOption('--log-level <level>', 'what is logged, and worse', LOG_LEVELS, 'info'))
    .addOption(choiceOption('--log-format <format>', 'how, on stderr', LOG_FORMATS, 'text'))
    .addOption(
      choiceOption(
        '--format <format>',
        'text: a banner; json: one line on stdout when it serves',
        OUTPUT_FORMATS,
        'text',
      ),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (options: StartOptions) => (await import('../start/start.js')).start(options, world));
}
