import type { UserError } from '../base/errors.js';

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

const BY_CODE: ReadonlyMap<string, number> = new Map([
  ['USAGE', EXIT.usage],
  ['TOPIC_NOT_FOUND', EXIT.notFound],
  ['GROUP_NOT_FOUND', EXIT.notFound],
]);

export function exitCodeOf(error: UserError): number {
  return BY_CODE.get(error.code) ?? EXIT.failed;
}
