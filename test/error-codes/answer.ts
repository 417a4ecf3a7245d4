/** What an answer says of errors, in a form that two brokers' answers can be compared in. */
import { errorName } from '../../src/wire/errors.js';
import { SILENCE } from './line.js';

export const HUNG_UP = 'the connection ends';
const NOTHING = 'no answer';
const NO_CODES = 'no codes';

/**
 * Every error code of an answer, by name, whatever their order: a broker may answer for partitions in any. Codes that stand there several times
 * are counted; one that stands there alone is not.
 */
export function codesOf(answer: unknown): string {
  if (answer === null) return HUNG_UP;
  if (answer === SILENCE) return NOTHING;
  const counts = new Map<string, number>();
  for (const { code } of errorsIn(answer)) {
    const name = errorName(code);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  if (counts.size === 0) return NO_CODES;
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => (count === 1 ? name : `${count} × ${name}`))
    .join(', ');
}

export interface ToldError {
  readonly code: number;
  /** undefined: the answer has no place for one. */
  readonly message: string | null | undefined;
}

/** All error codes in an answer, however deep, each with the message beside it. */
export function errorsIn(value: unknown): ToldError[] {
  if (Array.isArray(value)) return value.flatMap(errorsIn);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return [];
  return Object.entries(value).flatMap(([key, field]) => {
    if (key !== 'errorCode') return errorsIn(field);
    const { errorMessage } = value as { errorMessage?: string | null };
    return [{ code: field as number, message: errorMessage }];
  });
}
