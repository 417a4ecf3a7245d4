/**
 * One of the two files of a redo journal, open for writing. Appends come one at a time; each is durable when it has resolved.
 */
import { dirname } from 'node:path';
import { assert } from '../base/assert.js';
import type { Disk, DiskFile } from '../ports/disk.js';
import {
  encodeJournalHeader,
  encodeJournalRecord,
  JOURNAL_BLOCK_BYTES,
  type JournalEntry,
  type JournaledLog,
  journalKey,
  journalRecordBytes,
  wholeBlocks,
} from './journal.js';

/** A file is filled with zeros by writes of this. */
const ZEROS_BYTES = 1024 * 1024;

/** `not written`: nothing was promised, and the next append goes to the same place. `not synced`: the file cannot be trusted any more. */
export type AppendResult =
  | { readonly kind: 'durable'; readonly bytes: number }
  | { readonly kind: 'not written'; readonly error: unknown }
  | { readonly kind: 'not synced'; readonly error: unknown };

/**
 * Called between two stretches of long work, with the part of it that is done. Resolves when the next may begin: `share` the device
 * with rounds that wait for it, a stretch at a time, or be `quick`, for they wait for this.
 */
export type Breathe = (done: number) => Promise<'share' | 'quick'>;

export interface NewJournalFile {
  readonly disk: Disk;
  readonly path: string;
  readonly capacityBytes: number;
  /** Higher than that of any other file. */
  readonly generation: number;
  readonly breathe: Breathe;
}

export class JournalFile<L extends JournaledLog> {
  readonly #file: DiskFile;
  #generation: number;
  #capacity: number;
  #position = JOURNAL_BLOCK_BYTES;
  #sequence = 0;
  #busy = false;
  #appending: Promise<unknown> = Promise.resolve();
  /** Keys of the logs that a replay of this file would write to. */
  readonly #mentioned = new Set<string>();
  /** Logs whose own files have yet to be synced before this file may be used again. */
  readonly owed = new Map<string, L>();

  /** @param file durable up to its size, with a durable header of `generation` and no record of it */
  constructor(file: DiskFile, generation: number) {
    this.#file = file;
    this.#generation = generation;
    this.#capacity = Math.floor(file.size / JOURNAL_BLOCK_BYTES) * JOURNAL_BLOCK_BYTES;
  }

  /**
   * A new file of `capacityBytes` zeros, its name and header durable. After a crash on the way there is no valid header, and
   * the next start removes the file.
   */
  static async create<L extends JournaledLog>(options: NewJournalFile): Promise<JournalFile<L>> {
    const { disk, path, capacityBytes, generation, breathe } = options;
    const file = await disk.open(path, { create: true });
    try {
      await fillWithZeros(file, capacityBytes, breathe);
      await file.write([encodeJournalHeader(generation)], 0);
      await file.sync();
      await disk.syncDir(dirname(path));
    } catch (error) {
      await file.close();
      await disk.remove(path);
      throw error;
    }
    return new JournalFile(file, generation);
  }

  get path(): string {
    return this.#file.path;
  }

  get generation(): number {
    return this.#generation;
  }

  get capacityBytes(): number {
    return this.#capacity;
  }

  get usedBytes(): number {
    return this.#position;
  }

  get isEmpty(): boolean {
    return this.#sequence === 0;
  }

  mentions(key: string): boolean {
    return this.#mentioned.has(key);
  }

  /** A durable record, in this file or its successor, discards what this one holds of the log. */
  unmention(key: string): void {
    this.#mentioned.delete(key);
  }

  hasRoomFor(recordBytes: number): boolean {
    return this.#position + wholeBlocks(recordBytes) <= this.#capacity;
  }

  /** @param scratch holds the record until this resolves */
  append(
    scratch: Buffer,
    discards: readonly JournaledLog[],
    entries: readonly JournalEntry<L>[],
  ): Promise<AppendResult> {
    assert(!this.#busy, 'appends to a journal file come one at a time');
    assert(this.hasRoomFor(journalRecordBytes(discards, entries)), 'a journal record fits its file');
    const place = { generation: this.#generation, sequence: this.#sequence };
    const bytes = encodeJournalRecord(scratch, place, discards, entries);
    // From here on the record may be found after a crash, whatever becomes of this append.
    for (const { log } of entries) {
      const key = journalKey(log);
      this.#mentioned.add(key);
      this.owed.set(key, log);
    }
    this.#busy = true;
    const appending = this.#write(scratch.subarray(0, bytes));
    this.#appending = appending;
    return appending;
  }

  async #write(record: Buffer): Promise<AppendResult> {
    let kind: 'not written' | 'not synced' = 'not written';
    try {
      await this.#file.write([record], this.#position);
      kind = 'not synced';
      await this.#file.sync();
    } catch (error) {
      return { kind, error };
    } finally {
      this.#busy = false;
    }
    this.#position += record.length;
    this.#sequence++;
    return { kind: 'durable', bytes: record.length };
  }

  /** Appends zeros, durably. After a failure the file has the capacity it had. */
  async grow(capacityBytes: number, breathe: Breathe): Promise<void> {
    if (capacityBytes <= this.#capacity) return;
    await fillWithZeros(this.#file, capacityBytes, breathe);
    this.#capacity = capacityBytes;
  }

  /**
   * Empties the file: what it holds is durable elsewhere. One durable write of the header does it, which makes every record in
   * the file one of an earlier generation.
   */
  async restart(generation: number): Promise<void> {
    await this.#appending;
    assert(this.owed.size === 0, 'a journal file that is owed to a log is not emptied');
    assert(generation > this.#generation, 'generations of a journal rise');
    await this.#file.write([encodeJournalHeader(generation)], 0);
    await this.#file.sync();
    this.#generation = generation;
    this.#position = JOURNAL_BLOCK_BYTES;
    this.#sequence = 0;
    this.#mentioned.clear();
  }

  async close(): Promise<void> {
    await this.#appending;
    await this.#file.close();
  }
}

/** From the file's end up to `capacityBytes`, durably. */
async function fillWithZeros(file: DiskFile, capacityBytes: number, breathe: Breathe): Promise<void> {
  const zeros = Buffer.alloc(Math.min(ZEROS_BYTES, capacityBytes));
  const start = file.size;
  for (let at = start; at < capacityBytes; at += zeros.length) {
    const manner = await breathe((at - start) / (capacityBytes - start));
    await file.write([zeros.subarray(0, Math.min(zeros.length, capacityBytes - at))], at);
    // Unsynced, they would pile up, and a round's sync beside this would wait for all of them.
    if (manner === 'share') await file.sync();
  }
  await file.sync();
}
