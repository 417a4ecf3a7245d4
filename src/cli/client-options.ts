/** What every command shares that talks to a broker: whom to ask, how to answer, how long to wait for somebody to be there. */
import { type Command, Option } from 'commander';
import type { Address } from '../ports/net.js';
import { choiceOption, hostPort, usageError, wholeNumber } from './usage.js';

export interface ClientOptions {
  readonly bootstrap: readonly Address[];
  readonly format: OutputFormat;
  /** Seconds; true: the flag without a number. */
  readonly waitReady?: number | true;
}

export const OUTPUT_FORMATS = ['text', 'json'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export const DEFAULT_BOOTSTRAP: readonly Address[] = [{ host: '127.0.0.1', port: 9092 }];
export const WAIT_READY_SECONDS = 30;

/** How long a command that asks or changes something goes on trying. */
export const ADMIN_TIMEOUT_MS = 15_000;

export function declareClientOptions(command: Command): Command {
  const bootstrap = new Option('-b, --bootstrap <host:port,…>', 'brokers to begin with')
    .argParser(addresses)
    .default(DEFAULT_BOOTSTRAP, '127.0.0.1:9092');
  return declareFormat(command.addOption(bootstrap)).option(
    '--wait-ready [seconds]',
    `wait until the broker answers; ${WAIT_READY_SECONDS} seconds unless told otherwise`,
    wholeNumber('--wait-ready', 0, 86_400),
  );
}

export function declareFormat(command: Command): Command {
  return command.addOption(
    choiceOption('--format <format>', 'text for people, json for scripts', OUTPUT_FORMATS, 'text'),
  );
}

/** @throws UserError USAGE */
export function addresses(raw: string): Address[] {
  const list = raw.split(',').filter((part) => part.trim() !== '');
  if (list.length === 0)
    throw usageError('--bootstrap takes host:port,host:port …', 'For example 127.0.0.1:9092.');
  return list.map((part) => hostPort('--bootstrap', part));
}
