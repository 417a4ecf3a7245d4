/**
 * The entries of index files, as they lie there, also of a file that Kafka preallocated and is still writing to: behind the last entry it
 * is full of zeros.
 */
import type { Millis, Offset } from '../../base/ids.js';
import { OFFSET_INDEX_ENTRY_BYTES } from '../../log/offset-index.js';
import { TIME_INDEX_ENTRY_BYTES } from '../../log/time-index.js';
import type { ReadOnlyFile } from '../../ports/read-only-disk.js';
import { readInt64 } from '../../records/int64.js';

export interface OffsetIndexEntry {
  /** Last offset of the batch at `position`. */
  readonly offset: Offset;
  readonly position: number;
}

export interface TimeIndexEntry {
  /** Nothing up to and with `offset` is newer. */
  readonly timestamp: Millis;
  readonly offset: Offset;
}

/** KIP-98's `.txnindex`: a transaction that was aborted. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;
  readonly lastStableOffset: Offset;
}

const TXN_INDEX_ENTRY_BYTES = 34;
/** Entries read at a time. */
const CHUNK_ENTRIES = 1024;

export async function* offsetIndexEntries(
  file: ReadOnlyFile,
  baseOffset: Offset,
): AsyncGenerator<OffsetIndexEntry, void, void> {
  let isFirst = true;
  for await (const bytes of entries(file, OFFSET_INDEX_ENTRY_BYTES)) {
    const relative = bytes.readUInt32BE(0);
    const position = bytes.readUInt32BE(4);
    if (relative === 0 && position === 0 && (!isFirst || (await isZeros(file)))) return;
    isFirst = false;
    yield { offset: baseOffset + relative, position };
  }
}

export async function* timeIndexEntries(
  file: ReadOnlyFile,
  baseOffset: Offset,
): AsyncGenerator<TimeIndexEntry, void, void> {
  let isFirst = true;
  for await (const bytes of entries(file, TIME_INDEX_ENTRY_BYTES)) {
    const timestamp = readInt64(bytes, 0);
    const relative = bytes.readUInt32BE(8);
    if (timestamp === 0 && relative === 0 && (!isFirst || (await isZeros(file)))) return;
    isFirst = false;
    yield { timestamp, offset: baseOffset + relative };
  }
}

/** The version in front of each is 0. */
export async function* abortedTransactions(
  file: ReadOnlyFile,
): AsyncGenerator<AbortedTransaction, void, void> {
  for await (const bytes of entries(file, TXN_INDEX_ENTRY_BYTES)) {
    yield {
      producerId: readInt64(bytes, 2),
      firstOffset: readInt64(bytes, 10),
      lastOffset: readInt64(bytes, 18),
      lastStableOffset: readInt64(bytes, 26),
    };
  }
}

/** Whole entries; what is left at the end is none. */
async function* entries(file: ReadOnlyFile, entryBytes: number): AsyncGenerator<Buffer, void, void> {
  const chunk = Buffer.allocUnsafe(CHUNK_ENTRIES * entryBytes);
  for (let position = 0; position < file.size; position += chunk.length) {
    const got = await file.read(chunk.subarray(0, Math.min(chunk.length, file.size - position)), position);
    for (let at = 0; at + entryBytes <= got; at += entryBytes) yield chunk.subarray(at, at + entryBytes);
    if (got < chunk.length) return;
  }
}

/** A preallocated file without an entry, and not one whose first entry happens to be zero. */
async function isZeros(file: ReadOnlyFile): Promise<boolean> {
  const start = Buffer.alloc(Math.min(file.size, 4096));
  await file.read(start, 0);
  return start.every((byte) => byte === 0);
}
