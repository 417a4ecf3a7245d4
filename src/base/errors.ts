/**
 * An error a person has to act on: a wrong flag, a port in use, a directory of another cluster.
 * `message` says what is wrong and names the thing; `hint` says what to do about it.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: string;
  readonly hint: string | undefined;

  /** @param code stable and upper-case, for scripts: `PORT_IN_USE`, `DATA_DIR_LOCKED`, `CONFIG_INVALID` … */
  constructor(code: string, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

/** The `code` of a Node system error (`ENOENT`, `ENOSPC` …), or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
