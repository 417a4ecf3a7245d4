/**
 * The redo journal of a log directory at work: which of its two files takes records, and how the other one becomes empty again.
 *
 *     absent ──(first need)──▶ current ──(full, or old enough, or asked)──▶ draining ──(every owed log synced)──▶ spare ──▶ current
 *
 * While one file drains, the other takes the records. If that one fills up too, or there is only one, nothing waits: `hasRoomFor`
 * says no, and the committer syncs each log's own files, which is slower and always right. So the journal is bounded on disk by
 * two files, and never holds up a commit.
 *
 * Files begin small and grow by a factor at each turn, so that a broker with little to do never writes so many zeros.
 */
import { join } from 'node:path';
import { assert } from '../base/assert.js';
import type { Millis } from '../base/ids.js';
import type { Clock, TimerHandle } from '../ports/clock.js';
import type { Disk, DiskFile } from '../ports/disk.js';
import type { Logger } from '../ports/logger.js';
import {
  decodeJournalHeader,
  JOURNAL_BLOCK_BYTES,
  JOURNAL_FILE_NAMES,
  type JournalEntry,
  type JournaledLog,
  journalKey,
  journalRecordBytes,
  peekJournalRecord,
  wholeBlocks,
} from './journal.js';
import { type AppendResult, JournalFile } from './journal-file.js';
import { openIfPresent } from './checkpoint.js';

/** Each turn a file grows by this factor until it has its full size. */
const GROWTH = 4;
/** After a failure to make or empty a file (a full disk, say) the next attempt comes no sooner. */
const RETRY_MS = 5000;
/** A file is made or grown only where so many times its size is free. */
const FREE_TIMES = 4;
/** A file is ready for its next turn when the other one is full to this part, or sooner. */
const READY_AT_FILL = 1 / 2;
/** The second file is made when the first is full to this part. */
const SECOND_FILE_AT_FILL = 1 / 8;
/** One for a file that drains already, one for the file that takes records, and one more where upkeep was under way. */
const CHECKPOINT_ATTEMPTS = 3;

export interface JournalLimits {
  /** Size of a new file. */
  readonly fileBytesMin: number;
  readonly fileBytesMax: number;
  /** The longest that a record waits for its file to drain, so that a replay after months of little traffic is short. */
  readonly checkpointMs: Millis;
}

export interface JournalOptions<L extends JournaledLog> {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly directory: string;
  readonly limits: JournalLimits;
  /** Syncs a log's own files; false if that failed, which the log has been told. */
  readonly syncLog: (log: L) => Promise<boolean>;
  /** Resolves when the commit round under way is over; at once if there is none. */
  readonly roundEnd: () => Promise<void>;
}

export interface JournalCounters {
  /** Files emptied after everything in them was synced elsewhere. */
  checkpoints: number;
  /** Logs synced for a checkpoint. */
  checkpointSyncs: number;
  filesMade: number;
}

export class Journal<L extends JournaledLog> {
  readonly counters: JournalCounters = { checkpoints: 0, checkpointSyncs: 0, filesMade: 0 };
  readonly #options: JournalOptions<L>;
  #current: JournalFile<L> | null = null;
  #draining: JournalFile<L> | null = null;
  #spare: JournalFile<L> | null = null;
  #nextGeneration = 1;
  /** The first error after which nothing in the journal may be relied on but what was durable before. */
  #broken: unknown = null;
  #scratch = Buffer.alloc(0);
  #timer: TimerHandle | null = null;
  #upkeep: Promise<void> | null = null;
  #upkeepError: unknown = null;
  /** Checkpoints that somebody waits for. */
  #hurries = 0;
  #rotationWanted = false;
  #growthWanted = false;
  #retryAt: Millis = Number.NEGATIVE_INFINITY;
  #closed = false;

  private constructor(options: JournalOptions<L>) {
    this.#options = options;
  }

  /** Takes over the files that `replayJournal` left empty. Makes none: that waits for the first need. */
  static async open<L extends JournaledLog>(options: JournalOptions<L>): Promise<Journal<L>> {
    const files: JournalFile<L>[] = [];
    for (const name of JOURNAL_FILE_NAMES) {
      const file = await openIfPresent(options.disk, join(options.directory, name));
      if (file !== null) files.push(new JournalFile<L>(file, await generationOfEmpty(file)));
    }
    const journal = new Journal<L>(options);
    // Replay takes generations for the order of time, so the file of the lower one has its turn first.
    for (const file of files.sort((a, b) => a.generation - b.generation)) {
      journal.#nextGeneration = file.generation + 1;
      journal.#putInService(file);
    }
    return journal;
  }

  /** Whether `append` may be called now. If not, the reason is seen to in the background. */
  hasRoomFor(discards: readonly L[], entries: readonly JournalEntry<L>[]): boolean {
    if (this.#broken !== null || this.#closed) return false;
    const bytes = journalRecordBytes(discards, entries);
    if (JOURNAL_BLOCK_BYTES + wholeBlocks(bytes) > this.#options.limits.fileBytesMax) return false;
    if (this.#current === null) {
      this.#keepUp();
      return false;
    }
    if (this.#current.hasRoomFor(bytes)) return true;
    // With the other file at hand this is the ordinary turn. Without it, files of this size fill faster than they drain.
    if (this.#spare === null || !this.#spare.hasRoomFor(bytes)) this.#growthWanted = true;
    this.#rotationWanted = true;
    this.#rotateNow();
    this.#keepUp();
    return this.#current !== null && this.#current.hasRoomFor(bytes);
  }

  /** One record, one sync. */
  async append(discards: readonly L[], entries: readonly JournalEntry<L>[]): Promise<AppendResult> {
    const file = this.#current;
    assert(file !== null && this.#broken === null, 'a journal has room before it is appended to');
    const bytes = wholeBlocks(journalRecordBytes(discards, entries));
    if (this.#scratch.length < bytes) this.#scratch = Buffer.allocUnsafeSlow(bytes);
    const written = new Set(entries.map(({ log }) => journalKey(log)));
    const result = await file.append(this.#scratch, discards, entries);
    if (result.kind === 'not synced') {
      this.#broken = result.error;
      this.#options.logger.error('the redo journal failed; from now on each log is synced by itself', {
        path: file.path,
        error: result.error,
      });
    }
    if (result.kind !== 'durable') return result;
    for (const key of discards.map(journalKey)) {
      for (const each of this.#withRecords()) {
        if (each !== file || !written.has(key)) each.unmention(key);
      }
    }
    this.#startTimer();
    if (this.#spare === null && file.usedBytes > file.capacityBytes * SECOND_FILE_AT_FILL) this.#keepUp();
    return result;
  }

  /** Whether a replay now might write to the log's files. */
  mentions(log: L): boolean {
    const key = journalKey(log);
    return this.#withRecords().some((file) => file.mentions(key));
  }

  /** Whether there may be bytes of the log that are durable here alone. */
  owes(log: L): boolean {
    const key = journalKey(log);
    return this.#withRecords().some((file) => file.owed.has(key));
  }

  /** The log's own files hold everything that was journaled for it, durably; or they are gone. */
  settle(log: L): void {
    const key = journalKey(log);
    for (const file of this.#withRecords()) file.owed.delete(key);
  }

  /**
   * Empties the journal of what it holds now; what comes meanwhile goes to the other file, or past the journal.
   * @throws the error, if a file cannot be emptied or a log's files cannot be synced
   */
  async checkpoint(): Promise<void> {
    const reached = this.#nextGeneration;
    this.#hurries++;
    try {
      for (let attempt = 0; attempt < CHECKPOINT_ATTEMPTS && this.#holding(reached).length > 0; attempt++) {
        // Upkeep under way may have begun before the call: it counts for the file that it is about, and no more.
        await this.#upkeep;
        if (this.#current !== null && this.#current.generation < reached) this.#rotationWanted = true;
        this.#retryAt = Number.NEGATIVE_INFINITY;
        this.#keepUp();
        await this.#upkeep;
      }
    } finally {
      this.#hurries--;
    }
    const [left] = this.#holding(reached);
    if (left === undefined) return;
    const names = [...left.owed.values()].map((log) => log.directoryName);
    throw new Error(
      `${left.path} could not be emptied; not synced themselves: ${names.join(', ') || 'none'}`,
      {
        cause: this.#broken ?? this.#upkeepError,
      },
    );
  }

  /** Empties the journal and closes its files, whether or not the first succeeds. */
  async close(): Promise<void> {
    if (this.#timer !== null) this.#options.clock.clearTimer(this.#timer);
    try {
      await this.checkpoint();
    } finally {
      this.#closed = true;
      await this.#upkeep;
      for (const file of [this.#current, this.#draining, this.#spare]) await file?.close();
    }
  }

  #withRecords(): JournalFile<L>[] {
    return [this.#draining, this.#current].filter((file) => file !== null);
  }

  #holding(beforeGeneration: number): JournalFile<L>[] {
    return this.#withRecords().filter((file) => !file.isEmpty && file.generation < beforeGeneration);
  }

  #startTimer(): void {
    if (this.#timer !== null) return;
    this.#timer = this.#options.clock.setTimer(this.#options.limits.checkpointMs, () => {
      this.#timer = null;
      if (this.#current?.isEmpty !== false) return;
      this.#rotationWanted = true;
      this.#keepUp();
    });
  }

  /** Between two appends: the next one goes to the other file, or nowhere while there is none. */
  #rotateNow(): void {
    if (!this.#rotationWanted || this.#draining !== null) return;
    this.#rotationWanted = false;
    const [before, next] = [this.#current, this.#spare];
    assert(
      before === null || next === null || before.generation < next.generation,
      'journal files have their turns in the order of their generations',
    );
    this.#draining = before;
    this.#current = next;
    this.#spare = null;
  }

  /** Does, in the background and one thing at a time, whatever is to be done. */
  #keepUp(): void {
    if (this.#upkeep !== null || this.#closed || this.#broken !== null) return;
    if (this.#options.clock.monotonic() < this.#retryAt) return;
    this.#upkeep = this.#doUpkeep()
      .catch((error: unknown) => {
        this.#upkeepError = error;
        this.#retryAt = this.#options.clock.monotonic() + RETRY_MS;
        this.#options.logger.warn('the redo journal could not be made ready; it is tried again', {
          directory: this.#options.directory,
          error,
        });
      })
      .finally(() => {
        this.#upkeep = null;
      });
  }

  async #doUpkeep(): Promise<void> {
    this.#rotateNow();
    if (this.#draining !== null && !(await this.#drain(this.#draining))) return;
    if (this.#current === null) this.#putInService(await this.#make());
    if (this.#spare === null && this.#current !== null && !this.#current.isEmpty) {
      this.#putInService(await this.#make());
    }
  }

  /** Syncs what the file is owed for, empties it, and puts it back in service; false if a log stands in the way. */
  async #drain(file: JournalFile<L>): Promise<boolean> {
    const owedAtFirst = file.owed.size;
    for (const [key, log] of file.owed) {
      await this.#breathe(1 - file.owed.size / owedAtFirst);
      // Settled meanwhile, it may be about to truncate or to close its files: it is left alone.
      if (!file.owed.has(key) || !(await this.#options.syncLog(log))) continue;
      file.owed.delete(key);
      this.counters.checkpointSyncs++;
    }
    // A log that could not be synced keeps the file as it is: the good bytes may be in it alone. A replay will write them again.
    if (file.owed.size > 0) return false;
    const grown = this.#grown(file.capacityBytes);
    if (this.#growthWanted && (await this.#freeBytes()) >= grown * FREE_TIMES) {
      await file.grow(grown, (done) => this.#breathe(done));
    }
    this.#growthWanted = false;
    await file.restart(this.#nextGeneration++);
    this.counters.checkpoints++;
    this.#draining = null;
    this.#putInService(file);
    return true;
  }

  /**
   * Upkeep shares the device with the rounds that go on, each of which waits for it: so it does one thing per round, a sync or a
   * stretch of zeros, for as long as that is fast enough for the file to be ready when it is needed.
   *
   * @param done of the work that the other file, filling up, leaves time for: 0 to 1
   */
  async #breathe(done: number): Promise<'share' | 'quick'> {
    const other = this.#current;
    // Nothing takes records, or somebody waits: the sooner the better.
    if (other === null || this.#hurries > 0) return 'quick';
    const isLate = done * READY_AT_FILL < other.usedBytes / other.capacityBytes;
    if (!isLate) await this.#options.roundEnd();
    return 'share';
  }

  async #make(): Promise<JournalFile<L>> {
    const inUse = [this.#current, this.#draining, this.#spare].map((file) => file?.path);
    const path = JOURNAL_FILE_NAMES.map((name) => join(this.#options.directory, name)).find(
      (candidate) => !inUse.includes(candidate),
    );
    assert(path !== undefined, 'a journal has two files');
    const bytes =
      this.#current === null ? this.#options.limits.fileBytesMin : this.#grown(this.#current.capacityBytes);
    const free = await this.#freeBytes();
    // The last of the space is for records: without a journal they are committed all the same, without space they are not.
    if (free < bytes * FREE_TIMES) {
      throw new Error(`a redo journal file of ${bytes} bytes is not made where only ${free} are free`);
    }
    const file = await JournalFile.create<L>({
      disk: this.#options.disk,
      path,
      capacityBytes: bytes,
      generation: this.#nextGeneration++,
      breathe: (done) => this.#breathe(done),
    });
    this.counters.filesMade++;
    return file;
  }

  #freeBytes(): Promise<number> {
    return this.#options.disk.freeBytes(this.#options.directory);
  }

  #putInService(file: JournalFile<L>): void {
    if (this.#current === null) this.#current = file;
    else this.#spare = file;
  }

  #grown(bytes: number): number {
    return Math.min(bytes * GROWTH, this.#options.limits.fileBytesMax);
  }
}

/** @returns the generation of the file, which must have no record of it: whoever calls has replayed the journal */
async function generationOfEmpty(file: DiskFile): Promise<number> {
  const start = Buffer.alloc(2 * JOURNAL_BLOCK_BYTES);
  const bytes = await file.read(start, 0);
  const header = decodeJournalHeader(start.subarray(0, Math.min(bytes, JOURNAL_BLOCK_BYTES)));
  assert(header.kind === 'journal', `${file.path} has a header: the journal was replayed`);
  const first = peekJournalRecord(start.subarray(JOURNAL_BLOCK_BYTES, bytes), header.generation);
  assert(first === undefined, `${file.path} is empty: the journal was replayed`);
  return header.generation;
}
