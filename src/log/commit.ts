/**
 * Makes appended bytes durable, for all logs of one directory together: group commit.
 *
 * One round is under way at a time; logs that ask meanwhile gather for the next, so however many appends arrive, and
 * for however many logs, the number of syncs follows the speed of the device. A round of few logs syncs the files of each. A round
 * of many writes the unsynced bytes of all of them into the redo journal (journal.ts) and syncs that once; their own files are
 * synced later, when the journal wants its space back. Every log that asks is in the next round, whoever else asks: none starves.
 *
 * Three rules keep the journal from ever giving back the wrong bytes:
 *
 * - a range is journaled only after it was written to its file, so a later sync of the file covers it;
 * - a journal file is emptied only when every log in it has synced its own files since;
 * - a log that will write other bytes at a position it used before says so first (`forget`), and the journal
 *   says it durably before the log goes on.
 *
 * A sync that fails takes the log, or the logs, it was for offline, and nothing else.
 */
import { assert } from '../base/assert.js';
import type { Offset, Uuid } from '../base/ids.js';
import { queueMicrotask } from '../base/microtask.js';
import type { Clock } from '../ports/clock.js';
import type { Disk } from '../ports/disk.js';
import type { Logger } from '../ports/logger.js';
import { type CommitLimits, type CommitWay, planCommitRound } from './commit-plan.js';
import type { JournalEntry, UnsyncedRange } from './journal.js';
import type { AppendResult } from './journal-file.js';
import { Journal, type JournalCounters, type JournalLimits } from './journal-rotation.js';

const MiB = 1024 * 1024;

// Measured with bench/micro/sync-rounds.ts on ext4 over a virtual disk: a sync of an appended file takes 0.15 to 0.3 ms, and the journal
// takes 1 to 2 ms for each mebibyte.

/** Two logs cost the same either way; from three on the journal is faster. */
export const DIRECT_SYNC_LOGS_MAX = 2;
/** More than this costs a log more in the journal than a sync of its own. */
export const JOURNAL_LOG_BYTES_MAX = MiB / 4;
/** Twelve logs cost the same either way at about this. A hundred would gain up to 8 MiB, but fill the files faster than they drain. */
export const JOURNAL_ROUND_BYTES_MAX = 2 * MiB;

export const DEFAULT_COMMIT_LIMITS: CommitLimits & JournalLimits = {
  directLogsMax: DIRECT_SYNC_LOGS_MAX,
  journalLogBytesMax: JOURNAL_LOG_BYTES_MAX,
  journalRoundBytesMax: JOURNAL_ROUND_BYTES_MAX,
  fileBytesMin: 16 * MiB,
  fileBytesMax: 64 * MiB,
  checkpointMs: 60_000,
};

export interface Unsynced {
  /** What is durable once all ranges are. */
  readonly mark: Offset;
  readonly bytes: number;
  readonly ranges: readonly UnsyncedRange[];
}

/** What a log offers to its committer. */
export interface Committable {
  /** `orders-3` */
  readonly directoryName: string;
  readonly topicId: Uuid;
  /**
   * What was written to the log's files and is not yet durable, in order. The bytes stay as they are until `onSynced` or
   * `onSyncFailed`. The name of a segment's file is durable before a range of it appears here.
   */
  unsynced(): Unsynced;
  /** Syncs every file with bytes that are not durable, or durable in the journal alone. */
  syncFiles(): Promise<void>;
  /** All below `mark`, as `unsynced` gave it, is durable. Marks do not fall. */
  onSynced(mark: Offset): void;
  /** The log goes offline. It asks for nothing more. */
  onSyncFailed(error: unknown): void;
}

export interface CommitterOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The log directory, an absolute path. Its journal has been replayed. */
  readonly directory: string;
  readonly limits?: Partial<CommitLimits & JournalLimits>;
}

export interface CommitCounters extends Readonly<JournalCounters> {
  readonly rounds: number;
  /** Logs synced by themselves. */
  readonly directSyncs: number;
  /** Rounds that wrote a journal record. */
  readonly journalRounds: number;
  /** Logs made durable by those. */
  readonly journaledLogs: number;
  readonly journalBytes: number;
  /** Rounds that would have used the journal, had it had room. */
  readonly journalMissed: number;
  readonly forgets: number;
}

/** A log to be discarded by the next journal record. */
interface Discard {
  readonly log: Committable;
  /** False: the record had no room, ask again. */
  readonly resolve: (durable: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** A log of a round, with what it had when the round began. */
interface Dirty {
  readonly log: Committable;
  readonly unsynced: Unsynced;
}

export class Committer {
  readonly #limits: CommitLimits;
  readonly #journal: Journal<Committable>;
  /** Logs that asked and are in no round yet, in the order of asking. */
  readonly #queue = new Set<Committable>();
  /** Logs of the round under way, and logs synced aside: until then. */
  readonly #busy = new Map<Committable, Promise<void>>();
  /** Logs in `forget`, `abandon` or `release`: they are in no round until that is over. */
  readonly #held = new Set<Committable>();
  /** Logs that the journal is syncing, to have its space back. It begins with none that is settled. */
  readonly #drained = new Map<Committable, Promise<boolean>>();
  readonly #failed = new WeakMap<Committable, unknown>();
  #discards: Discard[] = [];
  #round: Promise<void> | null = null;
  #scheduled = false;
  #closed = false;
  #whenIdle: (() => void) | null = null;
  readonly #counts = {
    rounds: 0,
    directSyncs: 0,
    journalRounds: 0,
    journaledLogs: 0,
    journalBytes: 0,
    journalMissed: 0,
    forgets: 0,
  };

  private constructor(limits: CommitLimits, journal: Journal<Committable>) {
    this.#limits = limits;
    this.#journal = journal;
  }

  /** After `replayJournal` of the same directory, and before any log of it is opened. */
  static async open(options: CommitterOptions): Promise<Committer> {
    const limits = { ...DEFAULT_COMMIT_LIMITS, ...options.limits };
    const journal = await Journal.open<Committable>({
      disk: options.disk,
      clock: options.clock,
      logger: options.logger,
      directory: options.directory,
      limits,
      syncLog: (log) => committer.#syncForJournal(log),
      roundEnd: () => committer.#round ?? Promise.resolve(),
    });
    const committer = new Committer(limits, journal);
    return committer;
  }

  get counters(): CommitCounters {
    return { ...this.#counts, ...this.#journal.counters };
  }

  /** The log has bytes that are written and not durable. It is told when they are. Asking twice is asking once. */
  request(log: Committable): void {
    assert(!this.#closed, 'nothing is committed after close');
    if (this.#failed.has(log)) return;
    this.#queue.add(log);
    this.#schedule();
  }

  /**
   * The log is about to write other bytes where it wrote before (it truncates): when this resolves, no replay gives the old ones
   * back. What it keeps is durable in its own files then.
   *
   * From the call on, `unsynced` must not give what will be truncated, and the log must not truncate before this resolves. One of `forget`,
   * `abandon` and `release` at a time.
   *
   * @throws the error of the disk: the log must go offline
   */
  forget(log: Committable): Promise<void> {
    return this.#whileHeld(log, async () => {
      if (this.#journal.mentions(log)) {
        this.#counts.forgets++;
        // The discard takes away all of the log's bytes in the journal, those it keeps too: they must be in its files first.
        await this.#settle(log);
        await this.#discard(log);
      }
      await this.#drained.get(log);
    });
  }

  /**
   * The log's files are about to be deleted: nothing of it is synced any more, and no replay writes to a log of the same name
   * that is made later.
   */
  abandon(log: Committable): Promise<void> {
    return this.#whileHeld(log, async () => {
      this.#journal.settle(log);
      await this.#drained.get(log);
      await this.#discard(log);
      this.#queue.delete(log);
    });
  }

  /** The log is about to close its files, all of which are written: what is durable in the journal alone is synced, and the log let go. */
  release(log: Committable): Promise<void> {
    return this.#whileHeld(log, async () => {
      await this.#settle(log);
      await this.#drained.get(log);
      this.#queue.delete(log);
    });
  }

  /** Resolves when everything that is durable in the journal alone now is durable in the logs' own files, and the journal forgot it. */
  checkpoint(): Promise<void> {
    return this.#journal.checkpoint();
  }

  /**
   * Waits for the rounds under way, empties the journal, closes it.
   * @throws if a log's files could not be synced: the stop was not clean, and the journal still has that log's bytes
   */
  async close(): Promise<void> {
    this.#closed = true;
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
      this.#tellIfIdle();
    });
    await this.#journal.close();
  }

  #schedule(): void {
    if (this.#scheduled || this.#round !== null) return;
    this.#scheduled = true;
    // Not at once: whoever else asks in this turn of the event loop shares the round.
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#startRound();
      this.#tellIfIdle();
    });
  }

  #startRound(): void {
    const dirty = this.#takeDirty();
    const ways = planCommitRound(
      dirty.map(({ unsynced }) => unsynced.bytes),
      this.#limits,
    );
    const of = (way: CommitWay): Dirty[] => dirty.filter((_, at) => ways[at] === way);
    let journaled = of('journal');
    let direct = of('direct');
    let discards = this.#discards;
    this.#discards = [];
    if (discards.length > 0 && !this.#hasRoomFor(discards, journaled)) {
      for (const { resolve } of discards) resolve(false);
      discards = [];
    }
    // Asked last, with what is then appended: an answer of no may have sent the journal's current file away.
    if (journaled.length > 0 && !this.#hasRoomFor(discards, journaled)) {
      this.#counts.journalMissed++;
      direct = journaled;
      journaled = [];
    }
    const pieces: Promise<void>[] = direct.map((each) => this.#syncDirectly(each));
    if (journaled.length + discards.length > 0) pieces.push(this.#syncByJournal(discards, journaled));
    for (const each of of('aside')) void this.#syncDirectly(each).then(() => this.#goOn());
    if (pieces.length === 0) return;
    this.#counts.rounds++;
    this.#round = Promise.all(pieces).then(() => {
      this.#round = null;
      this.#goOn();
    });
  }

  /** Out of the queue, every log that may be in a round. One that has nothing unsynced is told so at once. */
  #takeDirty(): Dirty[] {
    const dirty: Dirty[] = [];
    // A copy: a log that is told something may ask again within the loop, which is for the next round.
    for (const log of [...this.#queue]) {
      if (this.#busy.has(log) || this.#held.has(log)) continue;
      this.#queue.delete(log);
      const unsynced = log.unsynced();
      if (unsynced.bytes > 0) dirty.push({ log, unsynced });
      else log.onSynced(unsynced.mark);
    }
    return dirty;
  }

  #hasRoomFor(discards: readonly Discard[], journaled: readonly Dirty[]): boolean {
    return this.#journal.hasRoomFor(
      discards.map(({ log }) => log),
      journaled.map(journalEntry),
    );
  }

  #syncDirectly(dirty: Dirty): Promise<void> {
    const { log, unsynced } = dirty;
    this.#counts.directSyncs++;
    const work = this.#syncFiles(log).then((synced) => {
      this.#busy.delete(log);
      if (!synced) return;
      this.#journal.settle(log);
      this.#report(log, unsynced.mark);
    });
    this.#busy.set(log, work);
    return work;
  }

  #syncByJournal(discards: readonly Discard[], journaled: readonly Dirty[]): Promise<void> {
    const work = this.#journal
      .append(
        discards.map(({ log }) => log),
        journaled.map(journalEntry),
      )
      .then((result) => this.#afterJournal(result, discards, journaled));
    for (const { log } of journaled) this.#busy.set(log, work);
    return work;
  }

  async #afterJournal(
    result: AppendResult,
    discards: readonly Discard[],
    journaled: readonly Dirty[],
  ): Promise<void> {
    for (const { log } of journaled) this.#busy.delete(log);
    switch (result.kind) {
      case 'durable':
        this.#counts.journalRounds++;
        this.#counts.journaledLogs += journaled.length;
        this.#counts.journalBytes += result.bytes;
        for (const { resolve } of discards) resolve(true);
        for (const { log, unsynced } of journaled) this.#report(log, unsynced.mark);
        return;
      case 'not written':
        // Nothing is lost yet: the files of the logs have the bytes.
        for (const { reject } of discards) reject(result.error);
        await Promise.all(journaled.map((each) => this.#syncDirectly(each)));
        return;
      case 'not synced':
        for (const { reject } of discards) reject(result.error);
        for (const { log } of journaled) this.#fail(log, result.error);
    }
  }

  /** A log that is held meanwhile may be about to truncate below the mark: it is asked anew what it has, when that is over. */
  #report(log: Committable, mark: Offset): void {
    if (this.#held.has(log)) this.#queue.add(log);
    else if (!this.#failed.has(log)) log.onSynced(mark);
  }

  /** False: it failed, now or before, and the log knows. */
  async #syncFiles(log: Committable): Promise<boolean> {
    if (this.#failed.has(log)) return false;
    try {
      await log.syncFiles();
      return true;
    } catch (error) {
      this.#fail(log, error);
      return false;
    }
  }

  #fail(log: Committable, error: unknown): void {
    if (this.#failed.has(log)) return;
    this.#failed.set(log, error);
    this.#queue.delete(log);
    log.onSyncFailed(error);
  }

  #syncForJournal(log: Committable): Promise<boolean> {
    const sync = this.#syncFiles(log).finally(() => this.#drained.delete(log));
    this.#drained.set(log, sync);
    return sync;
  }

  /** Runs `work` while the log is in no round. */
  async #whileHeld(log: Committable, work: () => Promise<void>): Promise<void> {
    assert(!this.#held.has(log), `${log.directoryName}: forget, abandon and release come one at a time`);
    this.#held.add(log);
    try {
      await this.#busy.get(log);
      await work();
    } finally {
      this.#held.delete(log);
      this.#goOn();
    }
  }

  /** The log's own files get all that is durable in the journal alone. */
  async #settle(log: Committable): Promise<void> {
    if (!this.#journal.owes(log)) return;
    if (!(await this.#syncFiles(log))) throw this.#failed.get(log);
    this.#journal.settle(log);
  }

  /** Durably: no replay writes to the log's files any more. */
  async #discard(log: Committable): Promise<void> {
    while (this.#journal.mentions(log)) {
      if (this.#journal.hasRoomFor([log], [])) {
        const durable = await new Promise<boolean>((resolve, reject) => {
          this.#discards.push({ log, resolve, reject });
          this.#schedule();
        });
        if (durable) return;
      } else {
        // No room for a word. Emptied, the journal mentions the log no more.
        await this.#journal.checkpoint();
      }
    }
  }

  #goOn(): void {
    if (this.#queue.size > 0 || this.#discards.length > 0) this.#schedule();
    this.#tellIfIdle();
  }

  #tellIfIdle(): void {
    if (this.#round !== null || this.#scheduled || this.#queue.size + this.#busy.size + this.#held.size > 0)
      return;
    this.#whenIdle?.();
    this.#whenIdle = null;
  }
}

function journalEntry({ log, unsynced }: Dirty): JournalEntry<Committable> {
  return { log, ranges: unsynced.ranges };
}
