/** Where the broker tells an operator what happened. Never a way to report an error to a client. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  /** Something a person should look at some day. */
  warn(message: string, fields?: LogFields): void;
  /** Something is broken now. */
  error(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** Says nothing: for tests and for brokers inside other people's processes. */
export const SILENT_LOGGER: Logger = { debug() {}, info() {}, warn() {}, error() {} };
