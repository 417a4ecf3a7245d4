/**
 * Reads a journal file as a crash left it: the records up to the first that is not whole. Of each it keeps where the bytes
 * lie, not the bytes.
 */
import type { ReadOnlyFile } from '../ports/read-only-disk.js';
import {
  decodeJournalHeader,
  decodeJournalRecord,
  JOURNAL_BLOCK_BYTES,
  JOURNAL_RECORD_BYTES_MAX,
  type JournalHeader,
  type JournalRecord,
  peekJournalRecord,
  wholeBlocks,
} from './journal.js';

/** One read fetches so much, and mostly many records. */
const WINDOW_BYTES = 1024 * 1024;

export interface FoundRecord {
  readonly record: JournalRecord;
  /** In the file. */
  readonly position: number;
}

export interface JournalContent {
  readonly generation: number;
  readonly records: readonly FoundRecord[];
  /** No record of this generation was begun, whole or not. */
  readonly untouched: boolean;
  /**
   * Position of a whole record behind the one at which reading ended; null if there is none. A crash leaves one record unfinished at most, so
   * this is damage: something that had been synced cannot be read any more.
   */
  readonly lostBefore: number | null;
}

export async function readJournalHeader(file: ReadOnlyFile): Promise<JournalHeader> {
  const block = Buffer.alloc(JOURNAL_BLOCK_BYTES);
  return decodeJournalHeader(block.subarray(0, await file.read(block, 0)));
}

/** @param generation of the file's header */
export async function readJournal(file: ReadOnlyFile, generation: number): Promise<JournalContent> {
  const window = new Window(file);
  const records: FoundRecord[] = [];
  let position = JOURNAL_BLOCK_BYTES;
  for (;;) {
    const record = await recordAt(window, position, generation, records.length);
    if (record === undefined) break;
    records.push({ record, position });
    position += wholeBlocks(record.length);
  }
  const lostBefore = await findLaterRecord(window, position, generation, records.length);
  const first = peekJournalRecord(await window.bytes(JOURNAL_BLOCK_BYTES, JOURNAL_BLOCK_BYTES), generation);
  const untouched = records.length === 0 && first === undefined && lostBefore === null;
  return { generation, records, untouched, lostBefore };
}

async function recordAt(
  window: Window,
  position: number,
  generation: number,
  sequence: number,
): Promise<JournalRecord | undefined> {
  const peeked = peekJournalRecord(await window.bytes(position, JOURNAL_BLOCK_BYTES), generation);
  if (peeked === undefined || position + peeked.length > window.fileBytes) return undefined;
  return decodeJournalRecord(await window.bytes(position, peeked.length), { generation, sequence });
}

/** The unfinished record hides its length, but not that the next one, if there is one, starts at a block within the longest length. */
async function findLaterRecord(
  window: Window,
  unfinishedAt: number,
  generation: number,
  sequence: number,
): Promise<number | null> {
  const end = Math.min(unfinishedAt + JOURNAL_RECORD_BYTES_MAX, window.fileBytes);
  for (let at = unfinishedAt + JOURNAL_BLOCK_BYTES; at < end; at += JOURNAL_BLOCK_BYTES) {
    const peeked = peekJournalRecord(await window.bytes(at, JOURNAL_BLOCK_BYTES), generation);
    if (peeked === undefined || peeked.sequence <= sequence) continue;
    if ((await recordAt(window, at, generation, peeked.sequence)) !== undefined) return at;
  }
  return null;
}

/** Reads ahead. */
class Window {
  readonly #file: ReadOnlyFile;
  readonly fileBytes: number;
  #start = 0;
  #held = Buffer.alloc(0);

  constructor(file: ReadOnlyFile) {
    this.#file = file;
    this.fileBytes = file.size;
  }

  /** Fewer only at the end of the file. */
  async bytes(position: number, length: number): Promise<Buffer> {
    const end = Math.min(position + length, this.fileBytes);
    if (position < this.#start || end > this.#start + this.#held.length) {
      const target = Buffer.allocUnsafe(
        Math.max(0, Math.min(Math.max(length, WINDOW_BYTES), this.fileBytes - position)),
      );
      this.#held = target.subarray(0, await this.#file.read(target, position));
      this.#start = position;
    }
    return this.#held.subarray(position - this.#start, end - this.#start);
  }
}
