import { UserError } from '../base/errors.js';
import type { Signal } from './world.js';

/** What a script may rely on. */
export const EXIT = {
  ok: 0,
  /** The broker or the connection to it said no, or a setting, a file or a directory cannot be used. */
  failed: 1,
  /** The command line makes no sense. */
  usage: 2,
  /** What was asked about does not exist. */
  notFound: 3,
  /** A bug of ours (sysexits.h: EX_SOFTWARE); the stack is on stderr. */
  crashed: 70,
} as const;

/** As shells report a process that a signal ended. */
export const SIGNAL_EXIT: Readonly<Record<Signal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

const BY_CODE: ReadonlyMap<string, number> = new Map([
  ['USAGE', EXIT.usage],
  ['TOPIC_NOT_FOUND', EXIT.notFound],
  ['GROUP_NOT_FOUND', EXIT.notFound],
  ['BROKER_NOT_FOUND', EXIT.notFound],
  ['CONFIG_NOT_FOUND', EXIT.notFound],
  ['OFFSET_NOT_FOUND', EXIT.notFound],
  ['PATH_NOT_FOUND', EXIT.notFound],
  ...Object.entries(SIGNAL_EXIT),
]);

/** A command that a signal ended before it was through. @param soFar what it did until then */
export function interruptedBy(signal: Signal, soFar: string): UserError {
  return new UserError(signal, `ended by ${signal}: ${soFar}`);
}

export function exitCodeOf(error: UserError): number {
  return BY_CODE.get(error.code) ?? EXIT.failed;
}
