/** Puts a mutated batch's length and checksum right, where a reader would otherwise look no further. */
import { AT, BATCH_HEADER_BYTES, LOG_OVERHEAD_BYTES, MAGIC, writeCrc } from '../../../src/records/batch.js';

/**
 * Of the inputs nine in ten; which ones, their own bytes say, so that an input always does the same.
 */
export function repairsChecksums(bytes: Buffer): boolean {
  return bytes.length === 0 || (bytes[bytes.length >>> 1]! + bytes.length) % 10 !== 0;
}

/** The whole buffer as one batch. */
export function repairBatch(batch: Buffer): void {
  if (batch.length < BATCH_HEADER_BYTES) return;
  batch.writeInt32BE(batch.length - LOG_OVERHEAD_BYTES, AT.length);
  batch[AT.magic] = MAGIC;
  writeCrc(batch, 0);
}

/** As many batches as the lengths in the buffer show; the last one takes what is left. */
export function repairBatches(buffer: Buffer): void {
  for (let at = 0; buffer.length - at >= BATCH_HEADER_BYTES; ) {
    const declared = buffer.readInt32BE(at + AT.length) + LOG_OVERHEAD_BYTES;
    const fits = declared >= BATCH_HEADER_BYTES && declared <= buffer.length - at;
    const bytes = fits ? declared : buffer.length - at;
    repairBatch(buffer.subarray(at, at + bytes));
    at += bytes;
  }
}
