import { UserError } from '../base/errors.js';

/** A misspelt option would be ignored in silence, and the test would fail elsewhere. @throws UserError OPTION_INVALID */
export function checkOptionNames(what: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UserError(
    'OPTION_INVALID',
    `${what}: there is no option ${unknown}; there are ${known.join(', ')}.`,
  );
}
