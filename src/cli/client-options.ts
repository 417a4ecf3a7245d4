/** What every command shares that talks to a broker: whom to ask, how to answer, how long to wait for somebody to be there. */
import type { Command } from 'commander';
import { Cluster } from '../client/cluster.js';
import { nodeClock } from '../ports/node/clock.js';
import { nodeEntropy } from '../ports/node/entropy.js';
import { nodeNet } from '../ports/node/net.js';
import type { Address } from '../ports/net.js';
import { hostPort, oneOf, usageError, wholeNumber } from './usage.js';

export interface ClientOptions {
  readonly bootstrap: readonly Address[];
  readonly format: OutputFormat;
  /** Seconds; true: the flag without a number. */
  readonly waitReady?: number | true;
}

const OUTPUT_FORMATS = ['text', 'json'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

const DEFAULT_BOOTSTRAP: readonly Address[] = [{ host: '127.0.0.1', port: 9092 }];
const WAIT_READY_SECONDS = 30;

export function declareClientOptions(command: Command): Command {
  return command
    .option(
      '-b, --bootstrap <host:port,…>',
      'brokers to begin with; default 127.0.0.1:9092',
      addresses,
      DEFAULT_BOOTSTRAP,
    )
    .option(
      '--format <format>',
      'text for people, json for scripts',
      oneOf('--format', OUTPUT_FORMATS),
      'text',
    )
    .option(
      '--wait-ready [seconds]',
      `wait until the broker answers; ${WAIT_READY_SECONDS} seconds unless told otherwise`,
      wholeNumber('--wait-ready', 0, 86_400),
    );
}

function addresses(raw: string): Address[] {
  const list = raw.split(',').filter((part) => part.trim() !== '');
  if (list.length === 0)
    throw usageError('--bootstrap takes host:port,host:port …', 'For example 127.0.0.1:9092.');
  return list.map((part) => hostPort('--bootstrap', part));
}

/**
 * Runs `use` with a connected cluster, and closes it whatever happens.
 * @throws UserError BROKER_UNREACHABLE, NOT_KAFKA, and whatever `use` throws
 */
export async function withCluster<T>(
  options: ClientOptions,
  use: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const { waitReady } = options;
  const cluster = new Cluster({
    net: nodeNet(),
    clock: nodeClock(),
    entropy: nodeEntropy(),
    bootstrap: options.bootstrap,
    clientId: 'millrace-cli',
  });
  try {
    await cluster.connect((waitReady === true ? WAIT_READY_SECONDS : (waitReady ?? 0)) * 1000);
    return await use(cluster);
  } finally {
    await cluster.close();
  }
}

/** How long a command that asks or changes something goes on trying. */
export const ADMIN_TIMEOUT_MS = 15_000;
