/**
 * A log's producer state in a file: Kafka's `.snapshot`, version 1, named by the offset up to which it holds. All big-endian:
 *
 *     0 version int16      2 crc uint32 (CRC-32C of byte 6 to the end)      6 count int32      10 entries, each of 46 bytes:
 *       producerId int64, producerEpoch int16, lastSequence int32, lastOffset int64, offsetDelta int32, timestamp int64,
 *       coordinatorEpoch int32, currentTransactionFirstOffset int64
 *
 * Kafka keeps only the last batch of each producer in it, so after its restart an older repetition is refused instead of
 * recognised. We keep all five. The others follow behind Kafka's part, where its reader (which checks the sum to the end of the
 * file, and then looks at what `count` covers) does not look:
 *
 *     magic uint32      count int32      batches, oldest first per producer, each of 32 bytes:
 *       producerId int64, lastSequence int32, lastOffset int64, offsetDelta int32, timestamp int64
 *
 * A file that Kafka wrote ends where Kafka's part ends, and is read all the same.
 */
import { crc32c } from '../base/crc32c.js';
import { NO_OFFSET, type ProducerId } from '../base/ids.js';
import { readInt64, writeInt64 } from '../records/int64.js';
import type { Parsed } from './checkpoint-lines.js';
import {
  BATCHES_REMEMBERED,
  lastSequenceOf,
  NO_SEQUENCE,
  type ProducerEntry,
  type RememberedBatch,
} from './producers.js';

const VERSION = 1;
const CRC_AT = 2;
const COUNT_AT = 6;
const ENTRIES_AT = 10;
const ENTRY_BYTES = 46;
/** `MrPB`: Millrace, producer batches. */
const OLDER_BATCHES_MAGIC = 0x4d725042;
const OLDER_BATCHES_HEADER_BYTES = 8;
const OLDER_BATCH_BYTES = 32;

export function encodeProducerSnapshot(entries: Iterable<ProducerEntry>): Buffer {
  const all = [...entries];
  const olderCount = all.reduce((sum, entry) => sum + Math.max(0, entry.batches.length - 1), 0);
  const olderAt = ENTRIES_AT + all.length * ENTRY_BYTES;
  const buffer = Buffer.alloc(olderAt + OLDER_BATCHES_HEADER_BYTES + olderCount * OLDER_BATCH_BYTES);
  buffer.writeInt16BE(VERSION, 0);
  buffer.writeInt32BE(all.length, COUNT_AT);
  buffer.writeUInt32BE(OLDER_BATCHES_MAGIC, olderAt);
  buffer.writeInt32BE(olderCount, olderAt + 4);
  let entryAt = ENTRIES_AT;
  let batchAt = olderAt + OLDER_BATCHES_HEADER_BYTES;
  for (const entry of all) {
    writeEntry(buffer, entryAt, entry);
    entryAt += ENTRY_BYTES;
    for (const batch of entry.batches.slice(0, -1)) {
      writeInt64(buffer, batchAt, entry.producerId);
      writeBatch(buffer, batchAt + 8, batch);
      batchAt += OLDER_BATCH_BYTES;
    }
  }
  buffer.writeUInt32BE(crc32c(buffer, COUNT_AT), CRC_AT);
  return buffer;
}

/** Any bytes: what is not a whole and sound snapshot is refused with the reason. */
export function parseProducerSnapshot(buffer: Buffer): Parsed<ProducerEntry[]> {
  if (buffer.length < ENTRIES_AT) return refused(`it has ${buffer.length} bytes`);
  const version = buffer.readInt16BE(0);
  if (version !== VERSION) return refused(`it has version ${version}; this program reads ${VERSION}`);
  if (buffer.readUInt32BE(CRC_AT) !== crc32c(buffer, COUNT_AT)) return refused('its checksum is wrong');
  const count = buffer.readInt32BE(COUNT_AT);
  const olderAt = ENTRIES_AT + count * ENTRY_BYTES;
  if (count < 0 || olderAt > buffer.length) return refused(`it should have ${count} entries`);
  const older = readOlderBatches(buffer, olderAt);
  const entries: ProducerEntry[] = [];
  for (let at = ENTRIES_AT; at < olderAt; at += ENTRY_BYTES) {
    const entry = readEntry(buffer, at, older);
    if (entry === undefined) return refused(`its entry at byte ${at} is not one that a log writes`);
    entries.push(entry);
  }
  return { ok: true, value: entries };
}

function writeEntry(buffer: Buffer, at: number, entry: ProducerEntry): void {
  const last = entry.batches.at(-1);
  writeInt64(buffer, at, entry.producerId);
  buffer.writeInt16BE(entry.producerEpoch, at + 8);
  buffer.writeInt32BE(lastSequenceOf(entry), at + 10);
  writeInt64(buffer, at + 14, last?.lastOffset ?? NO_OFFSET);
  buffer.writeInt32BE(last?.offsetDelta ?? 0, at + 22);
  writeInt64(buffer, at + 26, entry.lastTimestamp);
  buffer.writeInt32BE(entry.coordinatorEpoch, at + 34);
  writeInt64(buffer, at + 38, entry.currentTransactionFirstOffset);
}

/** Kafka's entry has one timestamp for the producer and for its last batch; they differ only after a transaction marker. */
function readEntry(
  buffer: Buffer,
  at: number,
  older: ReadonlyMap<ProducerId, RememberedBatch[]>,
): ProducerEntry | undefined {
  const producerId = readInt64(buffer, at);
  const lastTimestamp = readInt64(buffer, at + 26);
  const last = {
    lastSequence: buffer.readInt32BE(at + 10),
    lastOffset: readInt64(buffer, at + 14),
    offsetDelta: buffer.readInt32BE(at + 22),
    timestamp: lastTimestamp,
  };
  const currentTransactionFirstOffset = readInt64(buffer, at + 38);
  const hasBatch = last.lastOffset !== NO_OFFSET;
  if (
    ![producerId, lastTimestamp, last.lastOffset, currentTransactionFirstOffset].every(Number.isSafeInteger)
  )
    return;
  if (producerId < 0 || last.lastSequence < NO_SEQUENCE || last.lastOffset < NO_OFFSET) return;
  if (last.offsetDelta < 0 || currentTransactionFirstOffset < NO_OFFSET) return;
  const batches = hasBatch ? [...(older.get(producerId) ?? []), last] : [];
  return {
    producerId,
    producerEpoch: buffer.readInt16BE(at + 8),
    batches: batches.slice(-BATCHES_REMEMBERED),
    lastTimestamp,
    coordinatorEpoch: buffer.readInt32BE(at + 34),
    currentTransactionFirstOffset,
  };
}

function writeBatch(buffer: Buffer, at: number, batch: RememberedBatch): void {
  buffer.writeInt32BE(batch.lastSequence, at);
  writeInt64(buffer, at + 4, batch.lastOffset);
  buffer.writeInt32BE(batch.offsetDelta, at + 12);
  writeInt64(buffer, at + 16, batch.timestamp);
}

function readOlderBatches(buffer: Buffer, at: number): Map<ProducerId, RememberedBatch[]> {
  const older = new Map<ProducerId, RememberedBatch[]>();
  if (buffer.length < at + OLDER_BATCHES_HEADER_BYTES) return older;
  if (buffer.readUInt32BE(at) !== OLDER_BATCHES_MAGIC) return older;
  const batchesAt = at + OLDER_BATCHES_HEADER_BYTES;
  // The sum is right, so we wrote it; a count that the bytes do not bear out, or numbers that no log has, would be a bug of ours, and cost
  // the older batches only. Taken as they are, they could not be written again.
  if (buffer.length !== batchesAt + buffer.readInt32BE(at + 4) * OLDER_BATCH_BYTES) return older;
  for (let each = batchesAt; each < buffer.length; each += OLDER_BATCH_BYTES) {
    const producerId = readInt64(buffer, each);
    const batch: RememberedBatch = {
      lastSequence: buffer.readInt32BE(each + 8),
      lastOffset: readInt64(buffer, each + 12),
      offsetDelta: buffer.readInt32BE(each + 20),
      timestamp: readInt64(buffer, each + 24),
    };
    if (!isPossible(batch)) return new Map();
    const before = older.get(producerId);
    if (before === undefined) older.set(producerId, [batch]);
    else before.push(batch);
  }
  return older;
}

function isPossible({ lastSequence, lastOffset, offsetDelta, timestamp }: RememberedBatch): boolean {
  if (!Number.isSafeInteger(lastOffset) || !Number.isSafeInteger(timestamp)) return false;
  return lastSequence >= NO_SEQUENCE && lastOffset > NO_OFFSET && offsetDelta >= 0;
}

function refused(reason: string): Parsed<never> {
  return { ok: false, reason };
}
