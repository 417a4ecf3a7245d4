/** `millrace start`: a broker on this machine, until a signal. */
import type { Command } from 'commander';
import { readBrokerSettings, type BrokerSettings } from '../../broker/settings/broker-settings.js';
import { parseListener } from '../../broker/settings/listener.js';
import { systemErrorCode, UserError } from '../../base/errors.js';
import { memoryDisk } from '../../ports/memory/disk.js';
import { nodeClock } from '../../ports/node/clock.js';
import { nodeDisk } from '../../ports/node/disk.js';
import { nodeEntropy } from '../../ports/node/entropy.js';
import { nodeNet } from '../../ports/node/net.js';
import { startServer } from '../../server/start-server.js';
import { banner } from '../banner.js';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel, logWriter } from '../log-writer.js';
import { formatHostPort, hostPort, nameAndValue, oneOf, usageError, wholeNumber } from '../usage.js';
import type { World } from '../world.js';

interface StartOptions {
  readonly data?: string;
  readonly host?: string;
  readonly port?: number;
  readonly advertise?: string;
  readonly memory?: boolean;
  readonly config?: string;
  readonly o?: ReadonlyMap<string, string>;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly format: 'text' | 'json';
}

const EXAMPLES = `
Settings have Kafka's names. Of several that name the same one the last of these counts: --config FILE, -o, the other flags.

Examples:
  millrace start                                     one broker on 127.0.0.1:9092, data in ./millrace-data
  millrace start --port 0 --memory --format json     for a script: any free port, nothing kept, one JSON line when it serves
  millrace start --host 0.0.0.0 --advertise example.org:9092
  millrace start --config server.properties -o log.retention.ms=86400000`;

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
    .option('--log-level <level>', LOG_LEVELS.join(', '), oneOf('--log-level', LOG_LEVELS), 'info')
    .option('--log-format <format>', 'text or json, on stderr', oneOf('--log-format', LOG_FORMATS), 'text')
    .option(
      '--format <format>',
      'text: a banner; json: one line on stdout when it serves',
      oneOf('--format', ['text', 'json']),
      'text',
    )
    .addHelpText('after', EXAMPLES)
    .action((options: StartOptions) => start(options, world));
}

async function start(options: StartOptions, world: World): Promise<void> {
  // Before anything is opened: a signal in the middle of starting is obeyed as soon as there is something to stop.
  const stopSignal = untilSignal(world);
  const settings = await readSettings(options, world);
  const clock = nodeClock();
  const running = await startServer({
    ports: {
      clock,
      disk: options.memory ? memoryDisk() : nodeDisk(),
      net: nodeNet(),
      entropy: nodeEntropy(),
    },
    logger: logWriter({ level: options.logLevel, format: options.logFormat, clock, output: world.stderr }),
    settings,
    directories: options.memory ? ['/millrace'] : settings.logDirs.map((path) => world.resolvePath(path)),
  });
  const { clusterId } = running.broker;
  const { host, port } = running.address;
  world.stdout.write(
    options.format === 'json'
      ? `${JSON.stringify({ event: 'ready', host, port, clusterId, pid: world.pid })}\n`
      : banner({
          address: { host, port },
          settings,
          directories: options.memory ? null : settings.logDirs.map((path) => world.resolvePath(path)),
          clusterId,
          invocation: world.invocation,
        }),
  );
  await stopSignal;
  await running.stop();
}

/** Resolves at the first signal; the second one ends the process on the spot. */
function untilSignal(world: World): Promise<void> {
  return new Promise((resolve) => {
    let stopping = false;
    world.onSignal((signal) => {
      if (stopping) {
        world.stderr.write(
          `millrace: ${signal} again: ending at once; the next start will look its logs over\n`,
        );
        world.exitNow(SIGNAL_EXIT[signal]);
      }
      stopping = true;
      resolve();
    });
  });
}

/** As shells report a process that a signal ended. */
const SIGNAL_EXIT = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** @throws UserError USAGE, CONFIG_NOT_READABLE, CONFIG_INVALID */
async function readSettings(options: StartOptions, world: World): Promise<BrokerSettings> {
  if (options.memory && options.data !== undefined) {
    throw usageError(
      '--memory keeps nothing on disk, so --data has no meaning beside it',
      'Give one of the two.',
    );
  }
  const raw = new Map<string, string>();
  if (options.config !== undefined) {
    for (const [name, value] of await readProperties(options.config, world)) raw.set(name, value);
  }
  for (const [name, value] of options.o ?? []) raw.set(name, value);
  if (options.data !== undefined) {
    raw.delete('log.dir');
    raw.set('log.dirs', options.data);
  }
  if (options.advertise !== undefined) {
    raw.set(
      'advertised.listeners',
      `PLAINTEXT://${formatHostPort(hostPort('--advertise', options.advertise))}`,
    );
  }
  const settings = readBrokerSettings(raw);
  if (options.host === undefined && options.port === undefined) return settings;
  const { host, port } = parseListener('listeners', settings.listeners);
  const wanted = { host: options.host ?? host, port: options.port ?? port };
  return readBrokerSettings(raw.set('listeners', `PLAINTEXT://${formatHostPort(wanted)}`));
}

async function readProperties(path: string, world: World): Promise<ReadonlyMap<string, string>> {
  let text: string;
  try {
    text = await world.readText(world.resolvePath(path));
  } catch (error) {
    throw new UserError(
      'CONFIG_NOT_READABLE',
      `cannot read the settings in ${path}: ${UNREADABLE[systemErrorCode(error) ?? ''] ?? (error as Error).message}`,
      'Give --config a file that exists and may be read.',
      { cause: error },
    );
  }
  const { parseProperties } = await import('../properties.js');
  const settings = parseProperties(text);
  try {
    readBrokerSettings(settings);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // With several sources it matters whose mistake it is.
    throw new UserError(error.code, `in ${path}: ${error.message}`, error.hint, { cause: error });
  }
  return settings;
}

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
};
