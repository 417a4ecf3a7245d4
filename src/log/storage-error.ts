/** What keeps a log from answering: a value where an answer has room for one, thrown where only data would be an answer. */
import { ErrorCode } from '../wire/errors.js';

export class StorageError extends Error {
  override readonly name = 'StorageError';
  /** KAFKA_STORAGE_ERROR: the log is offline, others are not. CORRUPT_MESSAGE: these bytes cannot be read, the log is online. */
  readonly error: ErrorCode;

  constructor(error: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.error = error;
  }
}

export function storageFailed(name: string, cause: unknown): StorageError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new StorageError(ErrorCode.KAFKA_STORAGE_ERROR, `${name}: the disk failed: ${why}`, { cause });
}

/** Acknowledged bytes are missing or damaged. Never repaired by itself: a person must choose what to give up. */
export class CorruptLogError extends StorageError {
  readonly hint: string;

  constructor(name: string, what: string) {
    super(ErrorCode.KAFKA_STORAGE_ERROR, `${name}: ${what}`);
    this.hint =
      'Records that were durable are damaged or missing. Restore the partition directory from a replica or a backup; or move it away to go on without it.';
  }
}
