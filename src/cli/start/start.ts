/** What `millrace start` does: settings from file and flags, a server, and a stop when a signal says so. */
import { readBrokerSettings, type BrokerSettings } from '../../broker/settings/broker-settings.js';
import { parseListener } from '../../broker/settings/listener.js';
import { systemErrorCode, UserError } from '../../base/errors.js';
import { memoryDisk } from '../../ports/memory/disk.js';
import { nodeClock } from '../../ports/node/clock.js';
import { nodeDisk } from '../../ports/node/disk.js';
import { nodeEntropy } from '../../ports/node/entropy.js';
import { nodeNet } from '../../ports/node/net.js';
import { startServer } from '../../server/start-server.js';
import { SIGNAL_EXIT } from '../exit-codes.js';
import { formatHostPort, hostPort, usageError } from '../usage.js';
import type { World } from '../world.js';
import { banner } from './banner.js';
import { type LogFormat, type LogLevel, logWriter } from './log-writer.js';

export interface StartOptions {
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

export async function start(options: StartOptions, world: World): Promise<void> {
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
  const { parseProperties } = await import('./properties.js');
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
