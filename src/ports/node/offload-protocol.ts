import { InvariantError } from '../../base/assert.js';
import { UserError } from '../../base/errors.js';

/** Main thread to worker: one job, and no other before its answer. */
export interface JobRequest {
  readonly name: string;
  readonly input: unknown;
}

/** Worker to main thread. */
export type JobAnswer = { readonly result: unknown } | { readonly failure: PackedError };

/** An error as plain data: the structured clone of one drops its class and its `code`. */
export interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
  readonly hint: string | undefined;
}

export function packError(thrown: unknown): PackedError {
  if (!(thrown instanceof Error)) {
    return { name: 'Error', message: String(thrown), stack: undefined, code: undefined, hint: undefined };
  }
  const { code, hint } = thrown as { code?: unknown; hint?: unknown };
  return {
    name: thrown.name,
    message: thrown.message,
    stack: thrown.stack,
    code: typeof code === 'string' ? code : undefined,
    hint: typeof hint === 'string' ? hint : undefined,
  };
}

/** The same class, if it is one of ours; else an Error of that name and code. The stack is the worker's. */
export function unpackError(packed: PackedError): Error {
  const error = errorOf(packed);
  if (packed.stack !== undefined) error.stack = packed.stack;
  return error;
}

function errorOf({ name, message, code, hint }: PackedError): Error {
  if (name === 'UserError') return new UserError(code ?? 'UNKNOWN', message, hint);
  if (name === 'InvariantError') return new InvariantError(message);
  const error = new Error(message);
  error.name = name;
  return code === undefined ? error : Object.assign(error, { code });
}
