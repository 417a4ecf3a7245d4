/** A log that nobody writes to without being heard: an error in it that no reader declares is a bug of ours that somebody caught. */
import { InvariantError } from '../../../src/base/assert.js';
import type { LogFields, Logger } from '../../../src/ports/logger.js';
import { mustHold } from '../target.js';

export class ListeningLogger implements Logger {
  /** What was said as a warning or an error. */
  readonly complaints: { readonly message: string; readonly error: unknown }[] = [];

  debug(): void {}

  info(): void {}

  warn(message: string, fields?: LogFields): void {
    this.complaints.push({ message, error: fields?.['error'] });
  }

  error(message: string, fields?: LogFields): void {
    this.complaints.push({ message, error: fields?.['error'] });
  }

  /** @throws the first error that is a bug: a broken invariant, or one that the language threw */
  throwBugs(): void {
    for (const { error } of this.complaints) {
      if (isBug(error)) throw error;
    }
  }
}

function isBug(error: unknown): boolean {
  if (error instanceof Error && error.cause !== undefined && isBug(error.cause)) return true;
  return (
    error instanceof InvariantError ||
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError ||
    error instanceof SyntaxError
  );
}

export function mustBeNoBug(error: unknown, what: string): void {
  if (isBug(error)) throw error;
  mustHold(error instanceof Error, () => `${what} threw what is no error`);
}
