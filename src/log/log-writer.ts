/**
 * The way of an append from memory to the disk: queued in the tail, written, durable; or taken back.
 *
 *     syncedEnd <= writtenEnd <= endOffset, and durableEnd is one of the first two, by the flush policy
 *
 * One step at a time (see WriteLoop): a write of everything queued for a segment, or the making of the next segment's file. What one
 * write carries, and what waits behind it, is bounded by WRITE_BYTES_MAX and by the broker's tail budget.
 */
import { assert } from '../base/assert.js';
import type { LeaderEpoch, Millis, Offset } from '../base/ids.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import { ErrorCode } from '../wire/errors.js';
import type { Committable, Unsynced } from './commit.js';
import type { LogConfig } from './config.js';
import { removeIfThere } from './deleted-files.js';
import type { LeaderEpochs } from './epochs.js';
import { encodeProducerSnapshot } from './producer-snapshot.js';
import type { ProducerBatch, ProducerStates, ProducerUndo } from './producers.js';
import type { RecoveredLog } from './recover.js';
import { Sealing } from './sealing.js';
import { Segment, type SegmentHome } from './segment.js';
import type { ContentMark } from './segment-content.js';
import { LOG_SUFFIX } from './segment-names.js';
import { Segments } from './segments.js';
import { StorageError, storageFailed } from './storage-error.js';
import { Tail } from './tail.js';
import type { TailBudget } from './tail-budget.js';
import { WriteLoop } from './write-loop.js';

const MiB = 1024 * 1024;
/**
 * Of one write: a bound on how long appends wait for it. Nor does more at once cost less: Linux takes writes of 4 MiB into folios as large,
 * and was seen to copy each byte at four times the cost.
 */
export const WRITE_BYTES_MAX = MiB / 2;

/**
 * Where nobody waits for syncs, one is asked for after so many bytes all the same. Left alone, Linux gathers up to half a minute of writes and
 * then puts them on the disk at once, and new writes wait for half a second.
 */
export const WRITE_BACK_BYTES = 8 * MiB;

/** Told in the order in which things happen. It may append; it must not throw. */
export interface LogListener {
  /** durableEnd moved. */
  onDurable(end: Offset): void;
  /** Records from `from` on were taken back; or the log went offline, and what became of them only a restart will tell. */
  onAppendsLost(from: Offset, error: ErrorCode, cause: unknown): void;
  /** Records before `start` are given up: retention, or somebody asked for it. */
  onStartMoved(start: Offset): void;
}

/** An end of the log, and where it lies in the tail's stream. */
export interface Mark {
  readonly offset: Offset;
  readonly stream: number;
}

export interface LogWriterOptions {
  readonly name: string;
  readonly home: SegmentHome;
  readonly config: LogConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tailBudget: TailBudget;
  /** Asks the committer for a sync of this log. */
  readonly requestSync: () => void;
  /** Once. Nothing more is written then. */
  readonly wentOffline: (cause: unknown) => void;
}

/** An append that is not written: how to take it back. */
interface PendingAppend {
  readonly lastOffset: Offset;
  readonly segment: Segment;
  readonly before: ContentMark;
  readonly producer: ProducerUndo | null;
}

const NO_LISTENER: LogListener = { onDurable() {}, onAppendsLost() {}, onStartMoved() {} };

export class LogWriter implements Pick<Committable, 'unsynced' | 'syncFiles' | 'onSynced'> {
  readonly tail: Tail;
  readonly #options: LogWriterOptions;
  readonly #loop: WriteLoop;
  readonly #sealing: Sealing;
  #config: LogConfig;
  #listener: LogListener = NO_LISTENER;
  #segments: Segments;
  #producers: ProducerStates;
  #epochs: LeaderEpochs;
  #endOffset: Offset;
  #written: Mark;
  #synced: Mark;
  #durableEnd: Offset;
  /** Marks given to the committer, not yet reported. */
  #offered: Mark[] = [];
  /** Synced in the log's own files: what only the journal has does not count. */
  #fileSyncedEnd: Offset;
  #pending: PendingAppend[] = [];
  /** Woken after each step, and when there will be none. */
  #whenStepped: (() => void)[] = [];
  /** A failed write is being cut off. */
  #isRepairing = false;
  /** The files are being changed under us: nothing is offered to the committer, and nothing it says counts. */
  #isFrozen = false;
  #isClosed = false;
  #offline: { readonly cause: unknown } | null = null;
  /** Held down while a truncation is under way. */
  #recoveryPointMax = Number.POSITIVE_INFINITY;
  #lastRecoveryPoint: Offset;

  constructor(options: LogWriterOptions, recovered: RecoveredLog) {
    this.#options = options;
    this.#config = options.config;
    this.tail = new Tail(options.tailBudget, options.home.slabs);
    this.#loop = new WriteLoop(() => this.#step());
    this.#sealing = new Sealing(options, recovered.epochs, (error) => this.goOffline(error));
    this.#segments = new Segments(recovered.segments);
    this.#producers = recovered.producers;
    this.#epochs = recovered.epochs;
    this.#endOffset = this.#durableEnd = this.#fileSyncedEnd = recovered.endOffset;
    this.#written = this.#synced = { offset: recovered.endOffset, stream: 0 };
    this.#lastRecoveryPoint = recovered.endOffset;
  }

  get segments(): Segments {
    return this.#segments;
  }

  get producers(): ProducerStates {
    return this.#producers;
  }

  get epochs(): LeaderEpochs {
    return this.#epochs;
  }

  get endOffset(): Offset {
    return this.#endOffset;
  }

  get writtenEnd(): Offset {
    return this.#written.offset;
  }

  get syncedEnd(): Offset {
    return this.#synced.offset;
  }

  get durableEnd(): Offset {
    return this.#durableEnd;
  }

  get online(): boolean {
    return this.#offline === null && !this.#isClosed;
  }

  /** What took the log offline, once something has. */
  get offlineCause(): unknown {
    return this.#offline?.cause;
  }

  /** Why nothing can be stored now; null: it can. */
  get whyNot(): string | null {
    if (this.#offline !== null) return storageFailed(this.#options.name, this.#offline.cause).message;
    if (this.#isRepairing) return 'a write failed, and its remains are being removed';
    if (this.#options.tailBudget.isExhausted)
      return 'the disk does not keep up; too much waits to be written';
    return null;
  }

  /**
   * For the checkpoint: below it nothing needs to be looked at after a crash.
   *
   * It stays short of the end of a segment that is not sealed, be it by one record: were it to stand exactly where the next segment
   * then begins, this one would be taken for sealed.
   */
  get recoveryPoint(): Offset {
    if (!this.#isClosed && !this.#sealing.epochsDirty) {
      const unsealed = this.#segments.firstUnsealed();
      this.#lastRecoveryPoint =
        unsealed.phase === 'inactive' ? unsealed.baseOffset : within(unsealed, this.#fileSyncedEnd);
    }
    return Math.min(this.#lastRecoveryPoint, this.#recoveryPointMax);
  }

  /** Tries again what a full disk put off: it holds the recovery point back. */
  async sealWhatIsOpen(): Promise<void> {
    const needsIt = this.#sealing.epochsDirty || this.#segments.firstUnsealed().phase === 'inactive';
    if (this.online && needsIt) await this.#sealing.seal(this.#segments.all());
  }

  listen(listener: LogListener): void {
    this.#listener = listener;
  }

  configure(config: LogConfig): void {
    this.#config = config;
    if (!this.online) return;
    if (config.flushPolicy === 'fsync') {
      this.#requestSync();
    } else {
      this.tail.settle(this.#written.stream);
      this.#advanceDurable(this.#written.offset);
    }
  }

  // ---- Taking up

  /** Queues one batch, which carries its offsets. */
  store(
    batch: Buffer,
    base: Offset,
    last: Offset,
    newestTimestamp: Millis,
    nowMs: Millis,
    producer: ProducerBatch | null,
  ): void {
    const appended = { bytes: batch.length, lastOffset: last, maxTimestamp: newestTimestamp };
    let segment = this.#segments.last;
    if (segment.content.mustRoll(appended, this.#config, nowMs - segment.madeMs))
      segment = this.#addSegment(nowMs);
    this.#pending.push({
      lastOffset: last,
      segment,
      before: segment.content.mark(),
      producer: producer === null ? null : this.#producers.apply(producer, base, last),
    });
    this.tail.append(batch, {
      segmentBaseOffset: segment.baseOffset,
      position: segment.bytes,
      baseOffset: base,
      endOffset: last + 1,
    });
    segment.append(appended, this.#config.indexIntervalBytes);
    this.#endOffset = last + 1;
    this.#loop.wake();
  }

  /** The next record begins a new segment, unless the active one is empty. False: the disk did not let us. */
  async roll(): Promise<boolean> {
    if (this.#segments.last.bytes === 0) return true;
    const segment = this.#addSegment(this.#options.clock.now());
    // Taken back when the disk refuses it: then it is in the list no more.
    while (this.online && segment.phase === 'pending' && this.#segments.has(segment)) await this.#nextStep();
    return segment.phase === 'active' || segment.phase === 'inactive';
  }

  #addSegment(nowMs: Millis): Segment {
    const segment = Segment.pending(this.#options.home, this.#endOffset, nowMs);
    this.#sealing.keepSnapshot(segment.baseOffset, encodeProducerSnapshot(this.#producers.entries()));
    this.#segments.add(segment);
    return segment;
  }

  /** The epoch of the records from `startOffset` on. */
  assignEpoch(epoch: LeaderEpoch, startOffset: Offset): void {
    if (this.#epochs.assign(epoch, startOffset)) this.#sealing.epochsChanged();
  }

  /** The records before `startOffset` are given up. */
  startMoved(startOffset: Offset): void {
    if (this.#epochs.truncateFromStart(startOffset)) this.#sealing.epochsChanged();
    this.#listener.onStartMoved(startOffset);
  }

  // ---- Writing

  /** One write, or one new file; false: nothing to do. */
  async #step(): Promise<boolean> {
    if (!this.online) return false;
    const run = this.tail.runFrom(this.#written.stream, WRITE_BYTES_MAX);
    const next = this.#segments.firstPending();
    try {
      if (run !== null && (next === null || run.segmentBaseOffset < next.baseOffset)) {
        const segment = this.#segments.floor(run.segmentBaseOffset);
        assert(segment?.baseOffset === run.segmentBaseOffset, 'what is queued has its segment');
        const error = await failureOf(segment.write(run.parts, run.bytes));
        if (error === null) this.#wrote({ offset: run.endOffset, stream: run.streamEnd });
        else await this.#takeBack(error.cause);
        return true;
      }
      if (next === null) return false;
      await this.#startSegment(next);
      return true;
    } catch (error) {
      this.goOffline(error);
      return false;
    } finally {
      this.#wakeStepped();
    }
  }

  #wrote(mark: Mark): void {
    if (this.#offline !== null) return;
    this.#written = mark;
    const firstLeft = this.#pending.findIndex((append) => append.lastOffset >= mark.offset);
    this.#pending.splice(0, firstLeft < 0 ? this.#pending.length : firstLeft);
    const { flushPolicy } = this.#config;
    if (flushPolicy !== 'fsync') {
      this.tail.settle(mark.stream);
      this.#advanceDurable(mark.offset);
    }
    // From where the sync under way will end, if one is: what is written during it is not worth another at once.
    const { stream } = this.#offered.at(-1) ?? this.#synced;
    if (flushPolicy === 'fsync' || mark.stream - stream >= WRITE_BACK_BYTES) this.#requestSync();
  }

  /**
   * Everything before the new segment is written. It is synced here, and the new file made and its name synced, before a byte of
   * the new one counts: so a crash cannot leave the younger segment and not the end of the older.
   */
  async #startSegment(segment: Segment): Promise<void> {
    const { disk, directory } = this.#options.home;
    const previous = this.#segments.before(segment);
    assert(previous !== null, 'a new segment follows another');
    const mark = this.#written;
    assert(mark.offset === segment.baseOffset, 'all before a new segment is written');
    const [syncFailure, createFailure] = await Promise.all([
      failureOf(previous.sync()),
      failureOf(segment.create()),
    ]);
    if (syncFailure !== null) throw syncFailure.cause;
    if (this.#offline !== null) return;
    if (createFailure !== null) return this.#takeBack(createFailure.cause);
    await disk.syncDir(directory);
    previous.deactivate();
    this.#fileSynced(mark);
    void this.#sealing.seal(this.#segments.all());
  }

  /** All that is not written goes: the disk refused it. */
  async #takeBack(cause: unknown): Promise<void> {
    const from = this.#written.offset;
    this.#isRepairing = true;
    this.#options.logger.warn('a write failed', { log: this.#options.name, from, error: cause });
    const lost = this.#pending.splice(0);
    for (const { producer } of lost.toReversed()) if (producer !== null) this.#producers.undo(producer);
    const dropped = this.#segments.dropPending();
    for (const segment of dropped) this.#sealing.dropSnapshot(segment.baseOffset);
    const active = this.#segments.last;
    const first = lost.find((append) => append.segment === active);
    if (first !== undefined) active.takeBack(first.before);
    this.tail.takeBack(this.#written.stream, from);
    this.#endOffset = from;
    // The leader still leads in its epoch, if with nothing to show for it: the epoch now begins here.
    const { latest } = this.#epochs;
    if (this.#epochs.truncateFromEnd(from + 1)) {
      this.#epochs.assign(latest, from);
      this.#sealing.epochsChanged();
    }
    // A prefix of the failed write may be there. It must not be found by a recovery as if it had been accepted; nor must a
    // file that was to be the next segment, when this one has grown past its name.
    const mark = this.#written;
    await active.cutToWritten();
    if (dropped.length > 0) {
      for (const segment of dropped) {
        await segment.close();
        await removeIfThere(this.#options.home.disk, segment.path(LOG_SUFFIX));
      }
      await this.#options.home.disk.syncDir(this.#options.home.directory);
    }
    if (this.#offline !== null) return;
    this.#isRepairing = false;
    this.#fileSynced(mark);
    this.#listener.onAppendsLost(from, ErrorCode.KAFKA_STORAGE_ERROR, cause);
  }

  /** Resolves when what has been appended so far is written, or lost. */
  async #whenAllWritten(): Promise<void> {
    const stream = this.tail.streamEnd;
    // What is taken back is not waited for: the stream ends before it then.
    while (this.online && this.#written.stream < Math.min(stream, this.tail.streamEnd))
      await this.#nextStep();
  }

  #nextStep(): Promise<void> {
    this.#loop.wake();
    return new Promise((resolve) => this.#whenStepped.push(resolve));
  }

  #wakeStepped(): void {
    for (const resolve of this.#whenStepped.splice(0)) resolve();
  }

  // ---- Becoming durable

  unsynced(): Unsynced {
    if (!this.online || this.#isFrozen || this.#synced.stream === this.#written.stream) {
      return { mark: this.#synced.offset, bytes: 0, ranges: [] };
    }
    const mark = this.#written;
    if (this.#offered.at(-1)?.offset !== mark.offset) this.#offered.push(mark);
    if (this.tail.streamStart > this.#synced.stream) {
      // Written under a policy that lets go of bytes before they are synced: too many for a journal, says this number.
      return { mark: mark.offset, bytes: Number.MAX_SAFE_INTEGER, ranges: [] };
    }
    const ranges = this.tail.runsBetween(this.#synced.stream, mark.stream);
    return { mark: mark.offset, bytes: mark.stream - this.#synced.stream, ranges };
  }

  async syncFiles(): Promise<void> {
    if (this.#offline !== null) throw storageFailed(this.#options.name, this.#offline.cause);
    const { offset } = this.#written;
    const segments = this.#segments
      .all()
      .filter((segment) => segment.phase !== 'pending' && !segment.isSealed);
    await Promise.all(segments.map((segment) => segment.sync()));
    this.#fileSyncedEnd = Math.max(this.#fileSyncedEnd, offset);
  }

  onSynced(end: Offset): void {
    const at = this.#offered.findLastIndex((mark) => mark.offset <= end);
    if (at < 0) return;
    const mark = this.#offered[at]!;
    this.#offered.splice(0, at + 1);
    this.#advanceSynced(mark);
  }

  /** Everything appended so far is written and synced when this resolves, or was lost and reported so. @throws StorageError */
  async flush(): Promise<void> {
    await this.#whenAllWritten();
    await this.syncNow();
  }

  async syncNow(): Promise<void> {
    const mark = this.#written;
    try {
      await this.syncFiles();
    } catch (error) {
      this.goOffline(error);
      throw error instanceof StorageError ? error : storageFailed(this.#options.name, error);
    }
    this.#advanceSynced(mark);
  }

  #requestSync(): void {
    if (this.#synced.stream < this.#written.stream) this.#options.requestSync();
  }

  #fileSynced(mark: Mark): void {
    this.#fileSyncedEnd = Math.max(this.#fileSyncedEnd, mark.offset);
    this.#advanceSynced(mark);
  }

  #advanceSynced(mark: Mark): void {
    if (mark.offset <= this.#synced.offset || this.#offline !== null || this.#isFrozen) return;
    assert(mark.offset <= this.#written.offset, 'what is synced was written');
    this.#synced = mark;
    this.tail.settle(mark.stream);
    this.#advanceDurable(mark.offset);
  }

  #advanceDurable(end: Offset): void {
    if (end <= this.#durableEnd) return;
    this.#durableEnd = end;
    this.#listener.onDurable(end);
  }

  // ---- Standing still

  /** Index files and snapshots that were begun have been written or given up. */
  settled(): Promise<void> {
    return this.#sealing.settled();
  }

  /** What is queued has been written or lost; nothing is written from now on. */
  async stop(): Promise<void> {
    await this.#loop.drained();
    await this.#loop.hold();
  }

  /** Nothing is written from now on, whatever is queued. */
  async halt(): Promise<void> {
    await this.#loop.hold();
  }

  /**
   * Runs a change of the files while nothing is written and nothing offered to be synced, and takes up what it gives.
   * Appends are for the caller to refuse.
   */
  async whileFrozen(change: () => Promise<RecoveredLog>): Promise<void> {
    await this.stop();
    this.#isFrozen = true;
    try {
      await this.#sealing.settled();
      this.#adopt(await change());
    } finally {
      this.#isFrozen = false;
      this.#loop.letGo();
    }
  }

  /** For a change of the files: the records end at `end`, within `segment`, or will. */
  lowerRecoveryPoint(segment: Segment, end: Offset): void {
    this.#recoveryPointMax = Math.min(this.recoveryPoint, within(segment, end));
  }

  /** For a change of the files: the epochs of what is left. */
  async replaceEpochs(change: (epochs: LeaderEpochs) => void): Promise<void> {
    change(this.#epochs);
    this.#sealing.epochsChanged();
    await this.#sealing.settled();
  }

  #adopt(recovered: RecoveredLog): void {
    this.#segments = new Segments(recovered.segments);
    this.#producers = recovered.producers;
    this.#epochs = recovered.epochs;
    this.#sealing.restart(recovered.epochs);
    this.#endOffset = this.#fileSyncedEnd = this.#lastRecoveryPoint = recovered.endOffset;
    this.#durableEnd = recovered.endOffset;
    this.#written = this.#synced = { offset: recovered.endOffset, stream: this.tail.streamEnd };
    this.#offered = [];
    // Not when the change failed: then nobody knows how much of the log is left.
    this.#recoveryPointMax = Number.POSITIVE_INFINITY;
  }

  /** Everything is durable: puts beside it what lets the next start trust it. False: the disk did not let us. */
  async sealAll(): Promise<boolean> {
    const snapshot = encodeProducerSnapshot(this.#producers.entries());
    return (
      (await this.#sealing.seal(this.#segments.all())) &&
      (await this.#sealing.sealEnd(this.#segments.last, this.#endOffset, snapshot))
    );
  }

  /** After a close that was none: whoever waits for what is not durable waits in vain. */
  tellLost(error: ErrorCode): void {
    if (this.#offline === null && this.#durableEnd < this.#endOffset) {
      this.#listener.onAppendsLost(this.#durableEnd, error, null);
    }
  }

  /** Lets memory and files go. @param isClean all that is there is durable and sealed */
  async close(isClean: boolean): Promise<void> {
    // For the last checkpoint.
    this.#lastRecoveryPoint = isClean ? this.#endOffset : this.recoveryPoint;
    this.#isClosed = true;
    this.tail.clear();
    this.#wakeStepped();
    for (const segment of this.#segments.all()) await segment.close();
  }

  /** The log stops, here and now. What was reported durable stays so; the rest only a restart can tell. */
  goOffline(cause: unknown): void {
    if (this.#offline !== null || this.#isClosed) return;
    const from = this.#durableEnd;
    this.#offline = { cause };
    this.#options.logger.error('a log goes offline', { log: this.#options.name, error: cause });
    this.tail.clear();
    this.#wakeStepped();
    this.#listener.onAppendsLost(from, ErrorCode.KAFKA_STORAGE_ERROR, cause);
    this.#options.wentOffline(cause);
  }
}

/** The largest recovery point that says no more of the segment than that it was synced up to `end`. */
function within(segment: Segment, end: Offset): Offset {
  return end > segment.baseOffset ? end - 1 : end;
}

/** Null: it succeeded. */
function failureOf(work: Promise<void>): Promise<{ readonly cause: unknown } | null> {
  return work.then(
    () => null,
    (cause: unknown) => ({ cause }),
  );
}
