/**
 * The redo journal of a log directory: its format, to bytes and back. No IO.
 *
 * A commit round with many dirty logs writes all their unsynced bytes here, behind one another, and syncs once, where
 * syncing each log's own file would cost one wait each. The logs' files get the same bytes at the same time but are synced later. After
 * a crash the journal says what each file must hold: (log, segment, position) and the bytes. Writing them again is idempotent.
 *
 * Two files take turns. Each is written full of zeros once and then used again and again, so that a sync of it never waits for the file
 * system's own journal (no block to allocate, no size to change). What keeps stale bytes of an earlier turn from being
 * taken for new ones is the generation: each turn has a higher one, in the file's header, and every record carries it.
 *
 * File: blocks of 4,096 bytes. The first is the header, twice (at 0 and at 2,048): a torn write of it leaves the old or
 * the new one readable. Each record starts at a block and is filled up with zeros to the next, so that no write ever
 * touches a block that an earlier record shares. All numbers are big-endian.
 *
 *     header    0 magic "MillRedo"   8 version uint32   12 generation int64   20 crc uint32 (CRC-32C of bytes 0 to 19)
 *
 *     record    0 magic uint32     4 crc uint32 (CRC-32C of byte 8 to the end)
 *               8 generation int64   16 sequence uint32 (0, 1, 2 … in its file)   20 length uint32 (without the filling)
 *              24 discards uint32   28 logs uint32
 *              32 the covered bytes: 4 for each block of the record but the first
 *                 each discard: log. Whatever earlier records, in either file, hold of that log counts no more.
 *                 each log:     log, ranges uint32, and each range: segmentBaseOffset int64, position int64, bytes uint32
 *                 the bytes of all ranges, in that order
 *
 *     log       length of the directory's name uint16, the name in UTF-8, topic id (16 bytes)
 *
 * Covered bytes: every later block of a record begins with a mark of four bytes, and what would stand there is kept in front. So no byte
 * that a client sent ever stands where a record could begin; without that, a client who guesses the next generation could write
 * records of his own into what he produces, and have them replayed.
 *
 * A record is valid when all of this fits together under its checksum. Replay ends at the first that is not: that is the
 * record which was being written.
 */
import { assert } from '../base/assert.js';
import { crc32c } from '../base/crc32c.js';
import type { Offset, Uuid } from '../base/ids.js';
import { readInt64, writeInt64 } from '../records/int64.js';

export const JOURNAL_BLOCK_BYTES = 4096;
/** In the log directory; they take turns. */
export const JOURNAL_FILE_NAMES = ['redo-journal.0', 'redo-journal.1'] as const;
/** A longer record is not written, and not looked for. */
export const JOURNAL_RECORD_BYTES_MAX = 16 * 1024 * 1024;

const HEADER_MAGIC = Buffer.from('MillRedo');
const HEADER_VERSION = 1;
const HEADER_BYTES = 24;
const HEADER_COPIES_AT = [0, JOURNAL_BLOCK_BYTES / 2];
const RECORD_MAGIC = 0x4d725264; // MrRd
/** `MrCo`: no record begins here. */
const COVER_MAGIC = 0x4d72436f;
const COVER_BYTES = 4;
const RECORD_HEADER_BYTES = 32;
const CHECKED_FROM = 8;
const TOPIC_ID_BYTES = 16;
const RANGE_BYTES = 20;

/** A log as the journal names it: a directory of the same name made for another topic is another log. */
export interface JournaledLog {
  readonly directoryName: string;
  readonly topicId: Uuid;
}

/** Bytes of a log that lie in its file and are not yet durable there. */
export interface UnsyncedRange {
  readonly segmentBaseOffset: Offset;
  /** In the segment's `.log` file. */
  readonly position: number;
  readonly parts: readonly Uint8Array[];
  /** Of all parts. */
  readonly bytes: number;
}

export interface JournalEntry<L extends JournaledLog = JournaledLog> {
  readonly log: L;
  readonly ranges: readonly UnsyncedRange[];
}

/** A range as it is found: where its bytes lie, not the bytes. */
export interface JournaledRange {
  readonly log: JournaledLog;
  readonly segmentBaseOffset: Offset;
  readonly position: number;
  readonly bytes: number;
  /** Position of the bytes, counted from the record's first. Read from the file, they have marks in them: see `uncover`. */
  readonly at: number;
}

export interface JournalRecord {
  /** They come before the ranges: a log may be discarded and written in one record. */
  readonly discards: readonly JournaledLog[];
  readonly ranges: readonly JournaledRange[];
  readonly covered: Buffer;
  /** Without the filling. */
  readonly length: number;
}

/** What a record must carry to be the next one of its file. */
export interface RecordPlace {
  readonly generation: number;
  readonly sequence: number;
}

export type JournalHeader =
  | { readonly kind: 'journal'; readonly generation: number }
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'none' };

/** One string per log, for maps. */
export function journalKey(log: JournaledLog): string {
  return `${log.directoryName}/${log.topicId}`;
}

/** Rounded up to whole blocks. */
export function wholeBlocks(bytes: number): number {
  return Math.ceil(bytes / JOURNAL_BLOCK_BYTES) * JOURNAL_BLOCK_BYTES;
}

export function encodeJournalHeader(generation: number): Buffer {
  const block = Buffer.alloc(JOURNAL_BLOCK_BYTES);
  for (const at of HEADER_COPIES_AT) {
    HEADER_MAGIC.copy(block, at);
    block.writeUInt32BE(HEADER_VERSION, at + 8);
    writeInt64(block, at + 12, generation);
    block.writeUInt32BE(crc32c(block, at, at + 20), at + 20);
  }
  return block;
}

/** Of the copies that are whole, the newest. */
export function decodeJournalHeader(block: Buffer): JournalHeader {
  let found: JournalHeader = { kind: 'none' };
  for (const at of HEADER_COPIES_AT) {
    if (block.length < at + HEADER_BYTES) continue;
    if (!HEADER_MAGIC.equals(block.subarray(at, at + HEADER_MAGIC.length))) continue;
    if (block.readUInt32BE(at + 20) !== crc32c(block, at, at + 20)) continue;
    const version = block.readUInt32BE(at + 8);
    if (version > HEADER_VERSION) return { kind: 'newer', version };
    const generation = readInt64(block, at + 12);
    if (!Number.isSafeInteger(generation) || generation < 1) continue;
    if (found.kind !== 'journal' || generation > found.generation) found = { kind: 'journal', generation };
  }
  return found;
}

/** What `encodeJournalRecord` will write, without the filling. */
export function journalRecordBytes(
  discards: readonly JournaledLog[],
  entries: readonly JournalEntry[],
): number {
  let total = RECORD_HEADER_BYTES;
  for (const log of discards) total += logBytes(log);
  for (const { log, ranges } of entries) {
    total += logBytes(log) + 4;
    for (const range of ranges) total += RANGE_BYTES + range.bytes;
  }
  // Each block but the first has COVER_BYTES less room for the rest.
  const blocks = Math.ceil((total - COVER_BYTES) / (JOURNAL_BLOCK_BYTES - COVER_BYTES));
  return total + (blocks - 1) * COVER_BYTES;
}

/**
 * Writes a record at the start of `into`, filled up with zeros to whole blocks; returns their bytes. One copy of each
 * byte, on purpose: one buffer of a megabyte reaches the kernel faster than a thousand of a kilobyte, and is summed in one go.
 */
export function encodeJournalRecord(
  into: Buffer,
  place: RecordPlace,
  discards: readonly JournaledLog[],
  entries: readonly JournalEntry[],
): number {
  const length = journalRecordBytes(discards, entries);
  const filled = wholeBlocks(length);
  assert(filled <= into.length && length <= JOURNAL_RECORD_BYTES_MAX, 'a journal record fits its buffer');
  into.writeUInt32BE(RECORD_MAGIC, 0);
  writeInt64(into, 8, place.generation);
  into.writeUInt32BE(place.sequence, 16);
  into.writeUInt32BE(length, 20);
  into.writeUInt32BE(discards.length, 24);
  into.writeUInt32BE(entries.length, 28);
  let at = RECORD_HEADER_BYTES + coveredBytes(length);
  for (const log of discards) at = writeLog(into, at, log);
  for (const { log, ranges } of entries) {
    at = writeLog(into, at, log);
    at = into.writeUInt32BE(ranges.length, at);
    for (const range of ranges) {
      writeInt64(into, at, range.segmentBaseOffset);
      writeInt64(into, at + 8, range.position);
      into.writeUInt32BE(range.bytes, at + 16);
      at += RANGE_BYTES;
    }
  }
  for (const { ranges } of entries) {
    for (const range of ranges) {
      const end = at + range.bytes;
      for (const part of range.parts) {
        into.set(part, at);
        at += part.length;
      }
      assert(at === end, 'the parts of a range have the bytes that the range says');
    }
  }
  assert(at === length, 'a journal record has the length that was reckoned');
  into.fill(0, length, filled);
  cover(into, length);
  into.writeUInt32BE(crc32c(into, CHECKED_FROM, length), 4);
  return filled;
}

/**
 * The length of the record that starts here, if it starts like one of that generation; undefined otherwise. For
 * readers, who must know how much to read before they can check it.
 *
 * @param start a block, or what is left of the file
 */
export function peekJournalRecord(
  start: Buffer,
  generation: number,
): { sequence: number; length: number } | undefined {
  if (start.length < RECORD_HEADER_BYTES) return undefined;
  if (start.readUInt32BE(0) !== RECORD_MAGIC || readInt64(start, 8) !== generation) return undefined;
  const length = start.readUInt32BE(20);
  if (length < RECORD_HEADER_BYTES || length > JOURNAL_RECORD_BYTES_MAX) return undefined;
  return { sequence: start.readUInt32BE(16), length };
}

/**
 * The record at the start of `buffer`; undefined unless every byte of it is as `encodeJournalRecord` wrote it in that place. The record
 * in the buffer is uncovered then: it cannot be decoded again.
 */
export function decodeJournalRecord(buffer: Buffer, place: RecordPlace): JournalRecord | undefined {
  const peeked = peekJournalRecord(buffer, place.generation);
  if (peeked === undefined || peeked.sequence !== place.sequence || peeked.length > buffer.length)
    return undefined;
  const { length } = peeked;
  if (buffer.readUInt32BE(4) !== crc32c(buffer, CHECKED_FROM, length)) return undefined;
  const coveredEnd = RECORD_HEADER_BYTES + coveredBytes(length);
  uncoverAll(buffer, length);
  // The sum says that we wrote it. The reader looks at every bound all the same: a sum is no proof.
  const reader = new RecordReader(buffer.subarray(0, length), coveredEnd);
  const discards: JournaledLog[] = [];
  for (let left = buffer.readUInt32BE(24); left > 0; left--) {
    const log = reader.log();
    if (log === undefined) return undefined;
    discards.push(log);
  }
  const found: Omit<JournaledRange, 'at'>[] = [];
  for (let left = buffer.readUInt32BE(28); left > 0; left--) {
    const log = reader.log();
    const ranges = reader.uint32();
    if (log === undefined || ranges === undefined) return undefined;
    for (let each = 0; each < ranges; each++) {
      const range = reader.range(log);
      if (range === undefined) return undefined;
      found.push(range);
    }
  }
  let at = reader.at;
  const ranges: JournaledRange[] = [];
  for (const range of found) {
    ranges.push({ ...range, at });
    at += range.bytes;
  }
  if (at !== length) return undefined;
  return { discards, ranges, length, covered: Buffer.from(buffer.subarray(RECORD_HEADER_BYTES, coveredEnd)) };
}

/** Puts back the covered bytes of a part of a record, as read from its file: `part` stands at `at` in the record. */
export function uncover(part: Buffer, at: number, covered: Buffer): void {
  const end = at + part.length;
  for (
    let block = Math.max(1, Math.floor(at / JOURNAL_BLOCK_BYTES));
    block * JOURNAL_BLOCK_BYTES < end;
    block++
  ) {
    for (let byte = 0; byte < COVER_BYTES; byte++) {
      const position = block * JOURNAL_BLOCK_BYTES + byte;
      if (position >= at && position < end) part[position - at] = covered[(block - 1) * COVER_BYTES + byte]!;
    }
  }
}

function coveredBytes(recordLength: number): number {
  return (wholeBlocks(recordLength) / JOURNAL_BLOCK_BYTES - 1) * COVER_BYTES;
}

/**
 * Last block first: the kept bytes of a long record reach into its second block, where they are covered themselves, once they are
 * complete. A kept word always lies before the block that it is of, so nothing is overwritten.
 */
function cover(record: Buffer, length: number): void {
  for (let at = wholeBlocks(length) - JOURNAL_BLOCK_BYTES; at > 0; at -= JOURNAL_BLOCK_BYTES) {
    record.copy(record, keptAt(at), at, at + COVER_BYTES);
    record.writeUInt32BE(COVER_MAGIC, at);
  }
}

/** First block first: see `cover`. */
function uncoverAll(record: Buffer, length: number): void {
  for (let at = JOURNAL_BLOCK_BYTES; at < length; at += JOURNAL_BLOCK_BYTES) {
    record.copy(record, at, keptAt(at), keptAt(at) + COVER_BYTES);
  }
}

function keptAt(blockStart: number): number {
  return RECORD_HEADER_BYTES + (blockStart / JOURNAL_BLOCK_BYTES - 1) * COVER_BYTES;
}

/** Reads what may end too early: undefined then. */
class RecordReader {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  uint32(): number | undefined {
    if (!this.#has(4)) return undefined;
    this.at += 4;
    return this.#bytes.readUInt32BE(this.at - 4);
  }

  log(): JournaledLog | undefined {
    if (!this.#has(2)) return undefined;
    const nameBytes = this.#bytes.readUInt16BE(this.at);
    if (!this.#has(2 + nameBytes + TOPIC_ID_BYTES)) return undefined;
    const nameEnd = this.at + 2 + nameBytes;
    const directoryName = this.#bytes.toString('utf8', this.at + 2, nameEnd);
    this.at = nameEnd + TOPIC_ID_BYTES;
    return { directoryName, topicId: this.#bytes.toString('base64url', nameEnd, this.at) };
  }

  range(log: JournaledLog): Omit<JournaledRange, 'at'> | undefined {
    if (!this.#has(RANGE_BYTES)) return undefined;
    const segmentBaseOffset = readInt64(this.#bytes, this.at);
    const position = readInt64(this.#bytes, this.at + 8);
    const bytes = this.#bytes.readUInt32BE(this.at + 16);
    this.at += RANGE_BYTES;
    if (!isPosition(segmentBaseOffset) || !isPosition(position)) return undefined;
    return { log, segmentBaseOffset, position, bytes };
  }

  #has(bytes: number): boolean {
    return this.at + bytes <= this.#bytes.length;
  }
}

function isPosition(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function logBytes(log: JournaledLog): number {
  return 2 + Buffer.byteLength(log.directoryName) + TOPIC_ID_BYTES;
}

function writeLog(into: Buffer, at: number, log: JournaledLog): number {
  const nameBytes = into.write(log.directoryName, at + 2, 'utf8');
  into.writeUInt16BE(nameBytes, at);
  const idBytes = into.write(log.topicId, at + 2 + nameBytes, 'base64url');
  assert(idBytes === TOPIC_ID_BYTES, 'a topic id has 16 bytes');
  return at + 2 + nameBytes + TOPIC_ID_BYTES;
}
