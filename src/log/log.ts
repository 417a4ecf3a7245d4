/**
 * One partition's log: the records, in order, in segment files; the conductor of everything else in this folder.
 *
 * Four marks, never out of order:
 *
 *     startOffset <= syncedEnd <= writtenEnd <= endOffset
 *
 * An append moves endOffset at once, in memory. One write at a time carries the tail to the file and moves writtenEnd; appends that
 * arrive meanwhile share the next one. The committer makes written bytes durable and moves syncedEnd. `durableEnd` is syncedEnd under
 * `flush.policy=fsync` and writtenEnd under `interval` and `os`. What holds, whatever the disk does:
 *
 * - Nothing at or above durableEnd is ever reported durable, and what was reported is there, byte for byte, after a crash at any point.
 * - Offsets are dense between batches written by `append`; their leader epochs never fall.
 * - No reader gets a byte above writtenEnd: that is what a failed write takes back. So a follower never holds a record that its leader
 *   takes back and replaces within one epoch.
 * - A read that races a truncation, a roll, a deletion or a close gets whole old batches or nothing.
 * - The recovery point never passes what is in the log's own files, synced and indexed.
 *
 * A write that fails takes back all that is not written, in reverse: producers, end, epochs, indexes. The file is cut, durably, to the
 * last whole batch, and only then are the appends reported lost and new ones let in. If cutting fails, or any sync,
 * the log goes offline: what the disk holds is not known any more (fsyncgate), and only a restart reads it back.
 *
 * A roll blocks no append: batches for the new segment gather in the tail while the old file is synced and the new one made and its
 * name synced, in that order before the first of them is written.
 */
import { join } from 'node:path';
import { assert } from '../base/assert.js';
import {
  type LeaderEpoch,
  type Millis,
  NO_TIMESTAMP,
  type Offset,
  type PartitionIndex,
  partitionName,
  type Uuid,
} from '../base/ids.js';
import type { Clock } from '../ports/clock.js';
import type { Disk } from '../ports/disk.js';
import type { Logger } from '../ports/logger.js';
import {
  BATCH_HEADER_BYTES,
  baseOffset,
  batchBytes,
  crcMatches,
  headerProblem,
  lastOffset,
  leaderEpoch,
  maxTimestamp,
  producerId,
  setBaseOffset,
  setLeaderEpoch,
  stampLogAppendTime,
} from '../records/batch.js';
import type { Compression } from '../records/compression/compression.js';
import type { BatchInfo } from '../records/validate.js';
import { ErrorCode } from '../wire/errors.js';
import type { Committable, Unsynced } from './commit.js';
import type { LogConfig } from './config.js';
import { DeletedFiles, removeIfThere } from './deleted-files.js';
import type { EpochEnd, LeaderEpochs } from './epochs.js';
import { findByTimestamp, findNewest, type TimestampedOffset } from './log-lookup.js';
import type { OpenSegments } from './open-segments.js';
import { encodeProducerSnapshot } from './producer-snapshot.js';
import type { ProducerBatch, ProducerStates, ProducerUndo } from './producers.js';
import { producerBatchOf, type RecoveredLog, recoverLog } from './recover.js';
import { planRetention } from './retention.js';
import { isPassing, Sealing } from './sealing.js';
import { Segment, type SegmentHome } from './segment.js';
import type { ContentMark } from './segment-content.js';
import {
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  parseSegmentFileName,
  SNAPSHOT_SUFFIX,
  TIME_INDEX_SUFFIX,
} from './segment-names.js';
import { type LogRead, nothingAt, type ReadLimits } from './segment-read.js';
import { Segments } from './segments.js';
import { StorageError, storageFailed } from './storage-error.js';
import { Tail } from './tail.js';
import type { TailBudget } from './tail-budget.js';
import { WriteLoop } from './write-loop.js';

export type { TimestampedOffset } from './log-lookup.js';
export type { LogRead, ReadLimits } from './segment-read.js';

const MiB = 1024 * 1024;
/** Of one write: a bound on how long appends wait for it. */
export const WRITE_BYTES_MAX = 4 * MiB;

export interface Appended {
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
  /** −1 for CreateTime. */
  readonly logAppendTime: Millis;
}

export type AppendOutcome =
  | ({ readonly kind: 'appended' } & Appended)
  /** An idempotent producer sent it before: these are the offsets it got. */
  | ({ readonly kind: 'duplicate' } & Appended)
  | { readonly kind: 'rejected'; readonly error: ErrorCode; readonly message: string };

/** Told in the order in which things happen. It may append; it must not throw. */
export interface LogListener {
  /** writtenEnd moved. Under `interval` and `os` onDurable follows at once. */
  onWritten(end: Offset): void;
  /** durableEnd moved. */
  onDurable(end: Offset): void;
  /** Records from `from` on were taken back; or the log went offline, and what became of them only a restart will tell. */
  onAppendsLost(from: Offset, error: ErrorCode, cause: unknown): void;
}

/** What a log asks of those who keep the checkpoints of its directory. */
export interface LogHost {
  /** Resolves when the checkpoints say what the log says now: its recovery point fell, or its start rose. */
  checkpoint(): Promise<void>;
  wentOffline(log: Log, cause: unknown): void;
}

export interface LogCommitter {
  request(log: Committable): void;
  forget(log: Committable): Promise<void>;
  abandon(log: Committable): Promise<void>;
  release(log: Committable): Promise<void>;
}

export interface LogOptions {
  readonly topic: string;
  readonly index: PartitionIndex;
  readonly topicId: Uuid;
  /** The log's own directory, which exists. Its last part is the partition's name. */
  readonly directory: string;
  readonly config: LogConfig;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly committer: LogCommitter;
  readonly tailBudget: TailBudget;
  readonly openSegments: OpenSegments;
  readonly compression: Compression;
  readonly host: LogHost;
  /** As checkpointed; 0 when unknown. */
  readonly recoveryPoint: Offset;
  readonly logStartOffset: Offset;
  /** The broker stopped cleanly, and the recovery point is this log's. */
  readonly isClean: boolean;
}

/** An end of the log, and where it lies in the tail's stream. */
interface Mark {
  readonly offset: Offset;
  readonly stream: number;
}

/** An append that is not written: how to take it back. */
interface PendingAppend {
  readonly lastOffset: Offset;
  readonly segment: Segment;
  readonly before: ContentMark;
  readonly producer: ProducerUndo | null;
}

const NO_LISTENER: LogListener = { onWritten() {}, onDurable() {}, onAppendsLost() {} };

export class Log implements Committable {
  readonly topic: string;
  readonly index: PartitionIndex;
  readonly topicId: Uuid;
  /** `orders-3` */
  readonly name: string;
  readonly directory: string;
  readonly #options: LogOptions;
  readonly #home: SegmentHome;
  readonly #tail: Tail;
  readonly #loop: WriteLoop;
  readonly #sealing: Sealing;
  readonly #deleted: DeletedFiles;
  #config: LogConfig;
  #listener: LogListener = NO_LISTENER;
  #segments: Segments;
  #producers: ProducerStates;
  #epochs: LeaderEpochs;
  #startOffset: Offset;
  #endOffset: Offset;
  #written: Mark;
  #synced: Mark;
  #durableEnd: Offset;
  /** Marks given to the committer, not yet reported. */
  #offered: Mark[] = [];
  /** Synced in the log's own files: what only the journal has does not count. */
  #fileSyncedEnd: Offset;
  #pending: PendingAppend[] = [];
  /** Woken after each step of the writer, and when there will be none. */
  #whenStepped: (() => void)[] = [];
  /** Why appends are refused for now; null: they are welcome. */
  #refusal: string | null = null;
  /** A failed write is being cut off. */
  #isRepairing = false;
  #phase: 'open' | 'closed' = 'open';
  #offline: { readonly cause: unknown } | null = null;
  #closedClean = false;
  /** Counts truncations: a read that saw another count returns nothing. */
  #truncations = 0;
  #isTruncating = false;
  /** Held down while a truncation is under way. */
  #recoveryPointMax = Number.POSITIVE_INFINITY;
  #lastRecoveryPoint: Offset;
  /** Truncations, deletions of segments, close: one after the other. */
  #structural: Promise<void> = Promise.resolve();
  #flushedAtMs: Millis;

  /**
   * Recovers what is in the directory; an empty one becomes an empty log.
   * @throws CorruptLogError when durable records are missing or damaged
   */
  static async open(options: LogOptions): Promise<Log> {
    const home = { disk: options.disk, directory: options.directory, openSegments: options.openSegments };
    const recovered = await recover(options, home, options);
    return new Log(options, home, recovered);
  }

  private constructor(options: LogOptions, home: SegmentHome, recovered: RecoveredLog) {
    this.topic = options.topic;
    this.index = options.index;
    this.topicId = options.topicId;
    this.name = partitionName(options.topic, options.index);
    this.directory = options.directory;
    this.#options = options;
    this.#home = home;
    this.#config = options.config;
    this.#tail = new Tail(options.tailBudget);
    this.#loop = new WriteLoop(() => this.#step());
    this.#sealing = new Sealing(
      { name: this.name, home, logger: options.logger },
      recovered.epochs,
      (error) => this.#goOffline(error),
    );
    this.#deleted = new DeletedFiles(options);
    this.#segments = new Segments(recovered.segments);
    this.#producers = recovered.producers;
    this.#epochs = recovered.epochs;
    this.#startOffset = recovered.startOffset;
    this.#endOffset = this.#durableEnd = this.#fileSyncedEnd = recovered.endOffset;
    this.#written = this.#synced = { offset: recovered.endOffset, stream: 0 };
    this.#lastRecoveryPoint = recovered.endOffset;
    this.#flushedAtMs = options.clock.monotonic();
  }

  // ---- What it is

  get directoryName(): string {
    return this.name;
  }

  get config(): LogConfig {
    return this.#config;
  }

  get startOffset(): Offset {
    return this.#startOffset;
  }

  /** Where the next record goes (LEO). */
  get endOffset(): Offset {
    return this.#endOffset;
  }

  get writtenEnd(): Offset {
    return this.#written.offset;
  }

  get syncedEnd(): Offset {
    return this.#synced.offset;
  }

  /** Never falls but by truncation: what was durable under a weaker policy is not taken back when the policy gets stricter. */
  get durableEnd(): Offset {
    return this.#durableEnd;
  }

  get producers(): ProducerStates {
    return this.#producers;
  }

  get epochs(): LeaderEpochs {
    return this.#epochs;
  }

  get latestEpoch(): LeaderEpoch {
    return this.#epochs.latest;
  }

  get sizeBytes(): number {
    return this.#segments.all().reduce((sum, segment) => sum + segment.bytes, 0);
  }

  get segmentCount(): number {
    return this.#segments.count;
  }

  /** Takes appends and gives records. */
  get online(): boolean {
    return this.#offline === null && this.#phase === 'open';
  }

  /** Closed with everything durable and indexed. */
  get closedClean(): boolean {
    return this.#closedClean;
  }

  /**
   * For the checkpoint: below it nothing needs to be looked at after a crash.
   *
   * It stays short of the end of a segment that is not sealed, be it by one record: were it to stand exactly where the next segment
   * then begins, this one would be taken for sealed.
   */
  get recoveryPoint(): Offset {
    if (this.#phase === 'open' && !this.#sealing.epochsDirty) {
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

  /** One listener: whoever serves this partition. */
  listen(listener: LogListener): void {
    this.#listener = listener;
  }

  configure(config: LogConfig): void {
    this.#config = config;
    if (!this.online) return;
    if (config.flushPolicy === 'fsync') {
      this.#requestSync();
    } else {
      this.#tail.settle(this.#written.stream);
      this.#advanceDurable(this.#written.offset);
    }
  }

  // ---- Appending

  /**
   * Appends one validated batch as the leader of `epoch`; stamps offset, epoch and, under LogAppendTime, the time in place, and copies
   * the bytes. Synchronous: the order of calls is the order of records. Durable when `onDurable` says so.
   */
  append(batch: Buffer, info: BatchInfo, epoch: LeaderEpoch): AppendOutcome {
    const refused = this.#refuses();
    if (refused !== null) {
      if (info.producerId >= 0) this.#producers.refused(info);
      return refused;
    }
    if (batch.length > this.#config.segmentBytes) {
      return rejected(
        ErrorCode.RECORD_LIST_TOO_LARGE,
        `${this.name}: ${batch.length} bytes do not fit segment.bytes of ${this.#config.segmentBytes}`,
      );
    }
    if (epoch < this.latestEpoch) {
      return rejected(
        ErrorCode.NOT_LEADER_OR_FOLLOWER,
        `${this.name}: leader epoch ${epoch} is over, ${this.latestEpoch} has begun`,
      );
    }
    const isIdempotent = info.producerId >= 0;
    if (isIdempotent) {
      const verdict = this.#producers.check(info);
      if (verdict.kind === 'rejected') return verdict;
      if (verdict.kind === 'duplicate') {
        return {
          kind: 'duplicate',
          baseOffset: verdict.firstOffset,
          lastOffset: verdict.lastOffset,
          logAppendTime: this.#stampsTime ? verdict.timestamp : NO_TIMESTAMP,
        };
      }
    }
    this.beginEpoch(epoch);
    const nowMs = this.#options.clock.now();
    if (this.#stampsTime) stampLogAppendTime(batch, 0, nowMs);
    const base = this.#endOffset;
    const last = base + info.lastOffsetDelta;
    setBaseOffset(batch, 0, base);
    setLeaderEpoch(batch, 0, epoch);
    const newest = this.#stampsTime ? nowMs : info.maxTimestamp;
    this.#store(batch, base, last, newest, nowMs, isIdempotent ? { ...info, maxTimestamp: newest } : null);
    this.#loop.wake();
    return {
      kind: 'appended',
      baseOffset: base,
      lastOffset: last,
      logAppendTime: this.#stampsTime ? nowMs : NO_TIMESTAMP,
    };
  }

  /**
   * Appends what a leader sent: whole batches, offsets and epochs as they stand. All or none; the checksums are looked at, since
   * nobody has between the leader's disk and ours.
   */
  appendAsFollower(batches: Buffer): AppendOutcome {
    const refused = this.#refuses();
    if (refused !== null) return refused;
    let expected = this.#endOffset;
    let epoch = this.latestEpoch;
    for (let at = 0; at < batches.length; at += batchBytes(batches, at)) {
      const problem = headerProblem(batches, at, batches.length - at);
      if (problem !== null || !crcMatches(batches, at)) {
        return rejected(
          ErrorCode.CORRUPT_MESSAGE,
          `${this.name}: ${problem ?? 'a checksum is wrong'} at byte ${at}`,
        );
      }
      if (baseOffset(batches, at) < expected || leaderEpoch(batches, at) < epoch) {
        const what = `offset ${baseOffset(batches, at)} of epoch ${leaderEpoch(batches, at)}`;
        return rejected(
          ErrorCode.OFFSET_OUT_OF_RANGE,
          `${this.name}: ${what} cannot follow offset ${expected - 1} of epoch ${epoch}`,
        );
      }
      expected = lastOffset(batches, at) + 1;
      epoch = leaderEpoch(batches, at);
    }
    if (batches.length < BATCH_HEADER_BYTES)
      return rejected(ErrorCode.CORRUPT_MESSAGE, `${this.name}: no batch to append`);
    const nowMs = this.#options.clock.now();
    for (let at = 0; at < batches.length; at += batchBytes(batches, at)) {
      const batch = batches.subarray(at, at + batchBytes(batches, at));
      const first = baseOffset(batch, 0);
      // An epoch begins where its first record is, which in a compacted log need not be where ours ended.
      if (leaderEpoch(batch, 0) > this.latestEpoch) this.#assignEpoch(leaderEpoch(batch, 0), first);
      const producer = producerId(batch, 0) >= 0 ? producerBatchOf(batch, 0) : null;
      this.#store(batch, first, lastOffset(batch, 0), maxTimestamp(batch, 0), nowMs, producer);
    }
    this.#loop.wake();
    return {
      kind: 'appended',
      baseOffset: baseOffset(batches, 0),
      lastOffset: expected - 1,
      logAppendTime: NO_TIMESTAMP,
    };
  }

  /** This broker leads from the log's end on, in `epoch`. */
  beginEpoch(epoch: LeaderEpoch): void {
    assert(epoch >= this.latestEpoch, `${this.name}: leader epochs do not fall`);
    if (epoch > this.latestEpoch) this.#assignEpoch(epoch, this.#endOffset);
  }

  epochEndOffset(epoch: LeaderEpoch): EpochEnd {
    return this.#epochs.endOffsetFor(epoch, this.#endOffset);
  }

  get #stampsTime(): boolean {
    return this.#config.timestampType === 'LogAppendTime';
  }

  #refuses(): AppendOutcome | null {
    if (this.#offline !== null)
      return rejected(ErrorCode.KAFKA_STORAGE_ERROR, storageFailed(this.name, this.#offline.cause).message);
    if (this.#phase === 'closed') return rejected(ErrorCode.NOT_LEADER_OR_FOLLOWER, `${this.name} is closed`);
    if (this.#refusal !== null)
      return rejected(ErrorCode.KAFKA_STORAGE_ERROR, `${this.name}: ${this.#refusal}`);
    if (this.#isRepairing) {
      return rejected(
        ErrorCode.KAFKA_STORAGE_ERROR,
        `${this.name}: a write failed, and its remains are being removed`,
      );
    }
    if (this.#options.tailBudget.isExhausted) {
      return rejected(
        ErrorCode.KAFKA_STORAGE_ERROR,
        `${this.name}: the disk does not keep up; too much waits to be written`,
      );
    }
    return null;
  }

  #store(
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
    this.#tail.append(batch, {
      segmentBaseOffset: segment.baseOffset,
      position: segment.bytes,
      baseOffset: base,
      endOffset: last + 1,
    });
    segment.append(appended, this.#config.indexIntervalBytes);
    this.#endOffset = last + 1;
  }

  #addSegment(nowMs: Millis): Segment {
    const segment = Segment.pending(this.#home, this.#endOffset, nowMs);
    this.#sealing.keepSnapshot(segment.baseOffset, encodeProducerSnapshot(this.#producers.entries()));
    this.#segments.add(segment);
    return segment;
  }

  #assignEpoch(epoch: LeaderEpoch, startOffset: Offset): void {
    if (this.#epochs.assign(epoch, startOffset)) this.#sealing.epochsChanged();
  }

  // ---- Writing

  /** One write, or one new file; false: nothing to do. */
  async #step(): Promise<boolean> {
    if (!this.online) return false;
    const run = this.#tail.runFrom(this.#written.stream, WRITE_BYTES_MAX);
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
      this.#goOffline(error);
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
    if (this.#config.flushPolicy !== 'fsync') this.#tail.settle(mark.stream);
    this.#listener.onWritten(mark.offset);
    if (this.#config.flushPolicy === 'fsync') this.#requestSync();
    else this.#advanceDurable(mark.offset);
  }

  /**
   * Everything before the new segment is written. It is synced here, and the new file made and its name synced, before a byte of
   * the new one counts: so a crash cannot leave the younger segment and not the end of the older.
   */
  async #startSegment(segment: Segment): Promise<void> {
    const { disk, directory } = this.#home;
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
    this.#options.logger.warn('a write failed', { log: this.name, from, error: cause });
    const lost = this.#pending.splice(0);
    for (const { producer } of lost.toReversed()) if (producer !== null) this.#producers.undo(producer);
    const dropped = this.#segments.dropPending();
    for (const segment of dropped) this.#sealing.dropSnapshot(segment.baseOffset);
    const active = this.#segments.last;
    const first = lost.find((append) => append.segment === active);
    if (first !== undefined) active.takeBack(first.before);
    this.#tail.takeBack(this.#written.stream, from);
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
        await removeIfThere(this.#home.disk, segment.path(LOG_SUFFIX));
      }
      await this.#home.disk.syncDir(this.#home.directory);
    }
    if (this.#offline !== null) return;
    this.#isRepairing = false;
    this.#fileSynced(mark);
    this.#listener.onAppendsLost(from, ErrorCode.KAFKA_STORAGE_ERROR, cause);
  }

  /** Resolves when what has been appended so far is written, or lost. */
  async #whenAllWritten(): Promise<void> {
    const stream = this.#tail.streamEnd;
    // What is taken back is not waited for: the stream ends before it then.
    while (this.online && this.#written.stream < Math.min(stream, this.#tail.streamEnd))
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
    if (!this.online || this.#isTruncating || this.#synced.stream === this.#written.stream) {
      return { mark: this.#synced.offset, bytes: 0, ranges: [] };
    }
    const mark = this.#written;
    if (this.#offered.at(-1)?.offset !== mark.offset) this.#offered.push(mark);
    if (this.#tail.streamStart > this.#synced.stream) {
      // Written under a policy that lets go of bytes before they are synced: too many for a journal, says this number.
      return { mark: mark.offset, bytes: Number.MAX_SAFE_INTEGER, ranges: [] };
    }
    const ranges = this.#tail.runsBetween(this.#synced.stream, mark.stream);
    return { mark: mark.offset, bytes: mark.stream - this.#synced.stream, ranges };
  }

  async syncFiles(): Promise<void> {
    if (this.#offline !== null) throw storageFailed(this.name, this.#offline.cause);
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

  onSyncFailed(error: unknown): void {
    this.#goOffline(error);
  }

  /** Everything appended so far is written and synced when this resolves, or was lost and reported so. @throws StorageError */
  async flush(): Promise<void> {
    await this.#whenAllWritten();
    await this.#syncDirectly();
  }

  /** Under `interval`, and when it is due. @throws StorageError */
  async flushIfDue(monotonicMs: Millis): Promise<void> {
    if (!this.online || this.#config.flushPolicy !== 'interval') return;
    if (this.#synced.offset === this.#written.offset) this.#flushedAtMs = monotonicMs;
    else if (monotonicMs - this.#flushedAtMs >= this.#config.flushIntervalMs) {
      this.#flushedAtMs = monotonicMs;
      await this.#syncDirectly();
    }
  }

  async #syncDirectly(): Promise<void> {
    const mark = this.#written;
    try {
      await this.syncFiles();
    } catch (error) {
      this.#goOffline(error);
      throw error instanceof StorageError ? error : storageFailed(this.name, error);
    }
    this.#advanceSynced(mark);
  }

  #requestSync(): void {
    if (this.#synced.stream < this.#written.stream) this.#options.committer.request(this);
  }

  #fileSynced(mark: Mark): void {
    this.#fileSyncedEnd = Math.max(this.#fileSyncedEnd, mark.offset);
    this.#advanceSynced(mark);
  }

  #advanceSynced(mark: Mark): void {
    if (mark.offset <= this.#synced.offset || this.#offline !== null || this.#isTruncating) return;
    assert(mark.offset <= this.#written.offset, 'what is synced was written');
    this.#synced = mark;
    this.#tail.settle(mark.stream);
    this.#advanceDurable(mark.offset);
  }

  #advanceDurable(end: Offset): void {
    if (end <= this.#durableEnd) return;
    this.#durableEnd = end;
    this.#listener.onDurable(end);
  }

  /** The log stops, here and now. What was reported durable stays so; the rest only a restart can tell. */
  #goOffline(cause: unknown): void {
    if (this.#offline !== null || this.#phase === 'closed') return;
    const from = this.durableEnd;
    this.#offline = { cause };
    this.#options.logger.error('a log goes offline', { log: this.name, error: cause });
    this.#tail.clear();
    this.#wakeStepped();
    this.#listener.onAppendsLost(from, ErrorCode.KAFKA_STORAGE_ERROR, cause);
    this.#options.host.wentOffline(this, cause);
  }

  /** For the directory, when it fails as a whole. */
  takeOffline(cause: unknown): void {
    this.#goOffline(cause);
  }

  // ---- Reading

  /**
   * Whole batches, beginning with the one that contains `from`. At once when they are in memory. Nothing when `from` is not below
   * `limits.upTo` and writtenEnd, or before the log's start: the caller knows the bounds and has checked them.
   * @throws StorageError (in the promise) when the disk fails or what it holds is damaged
   */
  read(from: Offset, limits: ReadLimits): LogRead | Promise<LogRead> {
    const upTo = Math.min(limits.upTo, this.#written.offset);
    if (from >= upTo || from < this.#startOffset || !this.online) return nothingAt(from);
    const bounded = { maxBytes: limits.maxBytes, upTo, atLeastOneBatch: limits.atLeastOneBatch };
    return this.#tail.read(from, bounded) ?? this.#readFromDisk(from, bounded);
  }

  /**
   * How many bytes a read of [from, upTo) has, for fetch.min.bytes. Asks only the memory: a reader who has fallen behind it is not made to
   * wait for more, so what lies on the disk alone counts as without limit.
   */
  bytesBetween(from: Offset, upTo: Offset): number {
    const end = Math.min(upTo, this.#written.offset);
    if (from >= end || !this.online) return 0;
    const inMemory = this.#tail.read(from, {
      maxBytes: Number.MAX_SAFE_INTEGER,
      upTo: end,
      atLeastOneBatch: true,
    });
    return inMemory?.bytes ?? Number.MAX_SAFE_INTEGER;
  }

  async #readFromDisk(from: Offset, limits: ReadLimits): Promise<LogRead> {
    const truncations = this.#truncations;
    let segment = this.#segments.floor(from);
    while (segment !== null && segment.phase !== 'pending') {
      let result: LogRead | 'none' | 'short';
      try {
        result = await segment.read(from, limits, this.#config.indexIntervalBytes);
      } catch (error) {
        if (this.#truncations !== truncations || !this.online) break;
        throw this.#readFailed(error);
      }
      // An await: the log may have been truncated under us, and other bytes stand where we read.
      if (this.#truncations !== truncations || !this.online) break;
      if (result === 'short') {
        if (segment.phase === 'removed') break;
        throw this.#readFailed(
          new Error(`${segment.path(LOG_SUFFIX)} ends before byte ${segment.writtenBytes}`),
        );
      }
      if (result !== 'none') return result;
      segment = this.#segments.after(segment);
    }
    return nothingAt(from);
  }

  #readFailed(error: unknown): StorageError {
    if (error instanceof StorageError) return error;
    if (!isPassing(error)) this.#goOffline(error);
    return storageFailed(this.name, error);
  }

  /** The first record at or after `timestamp`; null: there is none. @throws StorageError */
  offsetForTimestamp(timestamp: Millis): Promise<TimestampedOffset | null> {
    return this.#lookUp((segments) =>
      findByTimestamp(segments, timestamp, this.#startOffset, this.#options.compression),
    );
  }

  /** The first of the records with the newest timestamp; null: none has any. @throws StorageError */
  maxTimestamp(): Promise<TimestampedOffset | null> {
    return this.#lookUp((segments) => findNewest(segments, this.#startOffset, this.#options.compression));
  }

  async #lookUp(
    find: (segments: readonly Segment[]) => Promise<TimestampedOffset | null>,
  ): Promise<TimestampedOffset | null> {
    if (!this.online) return null;
    const truncations = this.#truncations;
    try {
      const found = await find(this.#segments.all());
      return this.#truncations === truncations && this.online ? found : null;
    } catch (error) {
      if (this.#truncations !== truncations || !this.online) return null;
      throw this.#readFailed(error);
    }
  }

  // ---- Getting shorter

  /** Drops every batch that reaches to `offset` or beyond. For followers, who know from their leader that it never counted. @throws StorageError */
  truncateTo(offset: Offset): Promise<void> {
    return this.#structurally(async () => {
      if (offset >= this.#endOffset) return;
      if (offset < this.#startOffset) return this.#truncate(() => this.#removeAllAndStartAt(offset));
      await this.#truncate(() => this.#cutAt(offset));
    });
  }

  /** Drops everything; the next record gets `offset`. @throws StorageError */
  truncateFullyAndStartAt(offset: Offset): Promise<void> {
    return this.#structurally(() => this.#truncate(() => this.#removeAllAndStartAt(offset)));
  }

  /** Records before `offset` are given up; resolves when a restart would not bring them back. Never beyond durableEnd. @throws StorageError */
  deleteRecordsBefore(offset: Offset): Promise<void> {
    return this.#structurally(async () => {
      const start = Math.min(offset, this.durableEnd);
      if (start <= this.#startOffset) return;
      if (start > this.#synced.offset) await this.#syncDirectly();
      const first = this.#segments.all().findLastIndex((segment) => segment.baseOffset <= start);
      await this.#moveStart(start, first);
    });
  }

  /** Deletes what retention no longer keeps; the number of segments that went. @throws StorageError */
  retain(nowMs: Millis, highWatermark: Offset): Promise<number> {
    return this.#structurally(async () => {
      if (!this.online) return 0;
      await this.#loadNewestTimestamps();
      const plan = planRetention({
        segments: this.#segments.all().map((segment) => ({
          baseOffset: segment.baseOffset,
          bytes: segment.bytes,
          maxTimestamp: segment.knownNewestTimestamp ?? NO_TIMESTAMP,
          lastModified: segment.madeMs,
        })),
        config: this.#config,
        logStartOffset: this.#startOffset,
        logEndOffset: this.#endOffset,
        highWatermark: Math.min(highWatermark, this.durableEnd),
        nowMs,
      });
      const count = plan.reasons.length;
      if (count === 0) return 0;
      if (plan.rollFirst && !(await this.#rollNow())) return 0;
      this.#options.logger.info('retention deletes segments', {
        log: this.name,
        segments: count,
        reasons: [...new Set(plan.reasons)],
        logStartOffset: plan.logStartOffset,
      });
      await this.#moveStart(plan.logStartOffset, count);
      return count;
    });
  }

  async #loadNewestTimestamps(): Promise<void> {
    try {
      for (const segment of this.#segments.all()) await segment.loadNewestTimestamp();
    } catch (error) {
      throw this.#readFailed(error);
    }
  }

  /** Begins a new segment, unless the active one is empty. */
  roll(): Promise<void> {
    return this.#structurally(async () => {
      await this.#rollNow();
    });
  }

  /** False: the disk did not let us. */
  async #rollNow(): Promise<boolean> {
    if (this.#segments.last.bytes === 0) return true;
    const segment = this.#addSegment(this.#options.clock.now());
    // Taken back when the disk refuses it: then it is in the list no more.
    while (this.online && segment.phase === 'pending' && this.#segments.has(segment)) await this.#nextStep();
    return segment.phase === 'active' || segment.phase === 'inactive';
  }

  /**
   * The start is durable before a file goes: a crash may bring back any of several files removed together, and what lies below the
   * start is removed again then, instead of standing there with a hole behind it.
   */
  async #moveStart(start: Offset, segmentsToDrop: number): Promise<void> {
    this.#startOffset = start;
    if (this.#epochs.truncateFromStart(start)) this.#sealing.epochsChanged();
    await this.#options.host.checkpoint();
    if (segmentsToDrop === 0 || !this.online) return;
    await this.#sealing.settled();
    const dropped = this.#segments.dropOldest(segmentsToDrop);
    const { disk, directory } = this.#home;
    try {
      await this.#deleted.add(dropped.flatMap(filesOf), this.#config.fileDeleteDelayMs);
      await this.#deleted.add(
        await this.#snapshotsOtherThan((offset) => offset >= this.#segments.first.baseOffset),
        this.#config.fileDeleteDelayMs,
      );
      await disk.syncDir(directory);
      for (const segment of dropped) await segment.close();
    } catch (error) {
      this.#goOffline(error);
      throw storageFailed(this.name, error);
    }
  }

  async #snapshotsOtherThan(stays: (offset: Offset) => boolean): Promise<string[]> {
    const { disk, directory } = this.#home;
    const entries = await disk.list(directory);
    return entries.flatMap(({ name }) => {
      const parsed = parseSegmentFileName(name);
      return parsed?.suffix === SNAPSHOT_SUFFIX && !stays(parsed.offset) ? [join(directory, name)] : [];
    });
  }

  /**
   * The order matters. The journal forgets the log first, or a replay would write old bytes over new ones; the recovery point
   * falls, durably, or a crash would find records missing below it; then files change; then the log is opened anew from
   * what they hold.
   */
  async #truncate(change: () => Promise<void>): Promise<void> {
    this.#refusal = 'it is being truncated';
    await this.#loop.drained();
    await this.#loop.hold();
    try {
      if (!this.online) throw storageFailed(this.name, this.#offline?.cause ?? 'closed');
      this.#isTruncating = true;
      this.#truncations++;
      await this.#sealing.settled();
      await this.#options.committer.forget(this);
      this.#tail.clear();
      await change();
      const recovered = await recover(this.#options, this.#home, {
        isClean: false,
        recoveryPoint: this.recoveryPoint,
        logStartOffset: this.#startOffset,
      });
      this.#adopt(recovered);
    } catch (error) {
      this.#goOffline(error);
      throw error instanceof StorageError ? error : storageFailed(this.name, error);
    } finally {
      this.#isTruncating = false;
      this.#truncations++;
      this.#refusal = null;
      this.#loop.letGo();
    }
  }

  #adopt(recovered: RecoveredLog): void {
    this.#segments = new Segments(recovered.segments);
    this.#producers = recovered.producers;
    this.#epochs = recovered.epochs;
    this.#sealing.restart(recovered.epochs);
    this.#startOffset = recovered.startOffset;
    this.#endOffset = this.#fileSyncedEnd = this.#lastRecoveryPoint = recovered.endOffset;
    this.#durableEnd = recovered.endOffset;
    this.#written = this.#synced = { offset: recovered.endOffset, stream: this.#tail.streamEnd };
    this.#offered = [];
    this.#recoveryPointMax = Number.POSITIVE_INFINITY;
  }

  async #cutAt(offset: Offset): Promise<void> {
    const segment = this.#segments.floor(offset) ?? this.#segments.first;
    const cut = await segment.firstBatchFrom(offset);
    this.#recoveryPointMax = Math.min(
      this.recoveryPoint,
      within(segment, Math.min(offset, cut?.baseOffset ?? offset)),
    );
    await this.#options.host.checkpoint();
    await this.#removeFiles((each) => each.baseOffset > segment.baseOffset);
    if (cut !== null) await segment.truncate(cut.position);
    for (const each of this.#segments.all()) await each.close();
  }

  async #removeAllAndStartAt(offset: Offset): Promise<void> {
    this.#recoveryPointMax = 0;
    this.#startOffset = offset;
    await this.#options.host.checkpoint();
    await this.#removeFiles(() => true);
    for (const path of await this.#snapshotsOtherThan(() => false))
      await removeIfThere(this.#home.disk, path);
    const first = Segment.pending(this.#home, offset, this.#options.clock.now());
    await first.create();
    await this.#home.disk.syncDir(this.#home.directory);
    await first.close();
    this.#epochs.clear();
    this.#sealing.epochsChanged();
    await this.#sealing.settled();
  }

  /** The newest first: a crash leaves a log that ends earlier or later, never one with a hole. */
  async #removeFiles(goes: (segment: Segment) => boolean): Promise<void> {
    const { disk, directory } = this.#home;
    for (const segment of this.#segments.all().toReversed()) {
      if (!goes(segment)) continue;
      await segment.close();
      for (const path of filesOf(segment)) await removeIfThere(disk, path);
      await disk.syncDir(directory);
    }
  }

  // ---- Ending

  /** Writes, syncs and indexes everything, then lets the files go. Never throws: `closedClean` says whether it was done. */
  close(): Promise<void> {
    if (this.#phase === 'closed') return Promise.resolve();
    return this.#structurally(async () => {
      this.#refusal = 'it is being closed';
      await this.#loop.drained();
      await this.#loop.hold();
      if (this.online) {
        try {
          this.#closedClean = (await this.#closeCleanly()) && this.online;
        } catch (error) {
          this.#options.logger.error('a log was not closed cleanly', { log: this.name, error });
        }
      }
      await this.#deleted.flush();
      await this.#letEverythingGo();
    });
  }

  async #closeCleanly(): Promise<boolean> {
    await this.#syncDirectly();
    await this.#options.committer.release(this);
    const snapshot = encodeProducerSnapshot(this.#producers.entries());
    const isSealed =
      (await this.#sealing.seal(this.#segments.all())) &&
      (await this.#sealing.sealEnd(this.#segments.last, this.#endOffset, snapshot));
    const bases = new Set(this.#segments.all().map((segment) => segment.baseOffset));
    const stray = await this.#snapshotsOtherThan((offset) => offset === this.#endOffset || bases.has(offset));
    for (const path of stray) await removeIfThere(this.#home.disk, path);
    return isSealed;
  }

  /** The topic is gone: nothing is kept. The files are the caller's to remove. */
  delete(): Promise<void> {
    return this.#structurally(async () => {
      this.#refusal = 'it is being deleted';
      await this.#loop.hold();
      const lostFrom = this.durableEnd;
      try {
        await this.#options.committer.abandon(this);
      } finally {
        await this.#sealing.settled();
        await this.#deleted.forget();
        await this.#letEverythingGo();
      }
      if (lostFrom < this.#endOffset) {
        this.#listener.onAppendsLost(lostFrom, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, null);
      }
    });
  }

  async #letEverythingGo(): Promise<void> {
    // For the last checkpoint.
    this.#lastRecoveryPoint = this.#closedClean ? this.#endOffset : this.recoveryPoint;
    this.#phase = 'closed';
    this.#tail.clear();
    this.#wakeStepped();
    for (const segment of this.#segments.all()) await segment.close();
  }

  /** One at a time, in the order of asking; nothing on a log that is closed. */
  #structurally<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#structural.then(() => {
      if (this.#phase === 'closed')
        throw new StorageError(ErrorCode.NOT_LEADER_OR_FOLLOWER, `${this.name} is closed`);
      return work();
    });
    this.#structural = result.then(nothing, nothing); // the failure is the caller's
    return result;
  }
}

function recover(
  options: LogOptions,
  home: SegmentHome,
  known: { readonly isClean: boolean; readonly recoveryPoint: Offset; readonly logStartOffset: Offset },
): Promise<RecoveredLog> {
  return recoverLog({
    name: partitionName(options.topic, options.index),
    home,
    logger: options.logger,
    nowMs: options.clock.now(),
    indexIntervalBytes: options.config.indexIntervalBytes,
    isClean: known.isClean,
    recoveryPoint: known.recoveryPoint,
    logStartOffset: known.logStartOffset,
  });
}

function filesOf(segment: Segment): string[] {
  return [LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX].map((suffix) => segment.path(suffix));
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

function rejected(error: ErrorCode, message: string): AppendOutcome {
  return { kind: 'rejected', error, message };
}

function nothing(): void {}
