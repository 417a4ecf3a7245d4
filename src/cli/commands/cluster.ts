/** `millrace cluster …`: each subcommand is loaded when it is called. */
import type { Command } from 'commander';
import { declareClientOptions } from '../client-options.js';
import { examples } from '../help-text.js';
import { wholeNumber } from '../usage.js';
import type { World } from '../world.js';
import type { HealthOptions } from './cluster/health.js';
import type { InfoOptions } from './cluster/info.js';

const DISK_FREE_PERCENT_MIN = 5;
const REBALANCE_SECONDS_MAX = 10;

export function declareCluster(command: Command, world: World): void {
  command.addHelpText(
    'after',
    examples([
      ['millrace cluster info', 'brokers, controller, topics, log directories'],
      ['millrace cluster health && echo well', 'for a script, or a container’s health check'],
    ]),
  );
  declareClientOptions(
    command.command('info').description('brokers, controller, versions, topics, log directories'),
  )
    .option('--apis', 'which APIs each broker serves, in which versions')
    .addHelpText(
      'after',
      examples([
        ['millrace cluster info', 'one page'],
        ['millrace cluster info --apis --format json | jq .brokers[].apis', 'what they speak'],
      ]),
    )
    .action(async (options: InfoOptions) => (await import('./cluster/info.js')).clusterInfo(options, world));
  declareClientOptions(
    command.command('health').description('checks each by name; exit code 1 if one of them fails'),
  )
    .option(
      '--free-min <percent>',
      'every log directory’s volume has at least so much room',
      wholeNumber('--free-min', 0, 100),
      DISK_FREE_PERCENT_MIN,
    )
    .option(
      '--rebalance-max <seconds>',
      'groups end a rebalance within this',
      wholeNumber('--rebalance-max', 0, 3600),
      REBALANCE_SECONDS_MAX,
    )
    .addHelpText(
      'after',
      examples(
        [
          ['millrace cluster health', 'a line for each check'],
          [
            'millrace cluster health --format json | jq -r ".checks[] | select(.status == \\"fail\\").name"',
            'what fails',
          ],
          ['millrace cluster health --wait-ready 60', 'after a start'],
        ],
        `Checks: reachable (every broker answers), controller (there is one), log-dirs (all online), disk-space, leaders (every partition
has one), in-sync (no replica is behind), groups (none stays in a rebalance). A check that a broker is too old for is skipped.`,
      ),
    )
    .action(async (options: HealthOptions) =>
      (await import('./cluster/health.js')).clusterHealth(options, world),
    );
}
