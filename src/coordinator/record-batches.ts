import type { Millis } from '../base/ids.js';
import { BATCH_HEADER_BYTES } from '../records/batch.js';
import { BatchBuilder } from '../records/builder.js';
import type { StoredRecord } from './machine.js';

/** Bytes that a record takes in a batch beside its key and value, at most: lengths, deltas, attributes. */
const RECORD_OVERHEAD_BYTES = 32;
/** Bytes of a batch that are not its records' `storedBytes`. */
export const BATCH_OVERHEAD_BYTES = BATCH_HEADER_BYTES;
/** Bytes of a batch of one record that are not its key and value. */
export const LONE_RECORD_OVERHEAD_BYTES = BATCH_OVERHEAD_BYTES + RECORD_OVERHEAD_BYTES;

export function storedBytes(record: StoredRecord): number {
  return record.key.length + (record.value?.length ?? 0) + RECORD_OVERHEAD_BYTES;
}

/** One batch, uncompressed, without a producer. */
export function batchOf(records: readonly StoredRecord[], nowMs: Millis): Buffer {
  const builder = new BatchBuilder();
  for (const { key, value } of records) builder.append({ key, value, timestamp: nowMs });
  return builder.build();
}
