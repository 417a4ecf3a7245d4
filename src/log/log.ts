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
import type { SlabPool } from '../base/slabs.js';
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
import type { TimestampedOffset } from './log-lookup.js';
import { LogReader } from './log-reader.js';
import { type LogListener, LogWriter } from './log-writer.js';
import type { OpenSegments } from './open-segments.js';
import type { ProducerStates } from './producers.js';
import { producerBatchOf, type RecoveredLog, recoverLog } from './recover.js';
import { planRetention } from './retention.js';
import { isPassing } from './sealing.js';
import { Segment, type SegmentHome } from './segment.js';
import {
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  parseSegmentFileName,
  SNAPSHOT_SUFFIX,
  TIME_INDEX_SUFFIX,
} from './segment-names.js';
import type { LogRead, ReadLimits } from './segment-read.js';
import { StorageError, storageFailed } from './storage-error.js';
import type { TailBudget } from './tail-budget.js';

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
  readonly slabs: SlabPool;
  readonly compression: Compression;
  readonly host: LogHost;
  /** As checkpointed; 0 when unknown. */
  readonly recoveryPoint: Offset;
  readonly logStartOffset: Offset;
  /** The broker stopped cleanly, and the recovery point is this log's. */
  readonly isClean: boolean;
}

export class Log implements Committable {
  readonly topic: string;
  readonly index: PartitionIndex;
  readonly topicId: Uuid;
  /** `orders-3` */
  readonly name: string;
  readonly directory: string;
  readonly #options: LogOptions;
  readonly #home: SegmentHome;
  readonly #writer: LogWriter;
  readonly #reader: LogReader;
  readonly #deleted: DeletedFiles;
  #config: LogConfig;
  #startOffset: Offset;
  /** Why appends are refused for now; null: they are welcome. */
  #refusal: string | null = null;
  #isClosed = false;
  #closedClean = false;
  /** Truncations, deletions of segments, close: one after the other. */
  #structural: Promise<void> = Promise.resolve();
  #flushedAtMs: Millis;

  /**
   * Recovers what is in the directory; an empty one becomes an empty log.
   * @throws CorruptLogError when durable records are missing or damaged
   */
  static async open(options: LogOptions): Promise<Log> {
    const { disk, directory, openSegments, slabs } = options;
    const home = { disk, directory, openSegments, slabs };
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
    this.#writer = new LogWriter(
      {
        name: this.name,
        home,
        config: options.config,
        clock: options.clock,
        logger: options.logger,
        tailBudget: options.tailBudget,
        requestSync: () => options.committer.request(this),
        wentOffline: (cause) => options.host.wentOffline(this, cause),
      },
      recovered,
    );
    this.#reader = new LogReader(this, this.#writer, options.compression);
    this.#deleted = new DeletedFiles(options);
    this.#startOffset = recovered.startOffset;
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
    return this.#writer.endOffset;
  }

  get writtenEnd(): Offset {
    return this.#writer.writtenEnd;
  }

  get syncedEnd(): Offset {
    return this.#writer.syncedEnd;
  }

  /** Never falls but by truncation: what was durable under a weaker policy is not taken back when the policy gets stricter. */
  get durableEnd(): Offset {
    return this.#writer.durableEnd;
  }

  get producers(): ProducerStates {
    return this.#writer.producers;
  }

  get epochs(): LeaderEpochs {
    return this.#writer.epochs;
  }

  get latestEpoch(): LeaderEpoch {
    return this.#writer.epochs.latest;
  }

  get sizeBytes(): number {
    return this.#writer.segments.all().reduce((sum, segment) => sum + segment.bytes, 0);
  }

  get segmentCount(): number {
    return this.#writer.segments.count;
  }

  /** Takes appends and gives records. */
  get online(): boolean {
    return this.#writer.online;
  }

  /** Closed with everything durable and indexed. */
  get closedClean(): boolean {
    return this.#closedClean;
  }

  /** For the checkpoint: below it nothing needs to be looked at after a crash. */
  get recoveryPoint(): Offset {
    return this.#writer.recoveryPoint;
  }

  /** One listener: whoever serves this partition. */
  listen(listener: LogListener): void {
    this.#writer.listen(listener);
  }

  configure(config: LogConfig): void {
    this.#config = config;
    this.#writer.configure(config);
  }

  // ---- Appending

  /**
   * Appends one validated batch as the leader of `epoch`; stamps offset, epoch and, under LogAppendTime, the time in place, and copies
   * the bytes. Synchronous: the order of calls is the order of records. Durable when `onDurable` says so.
   */
  append(batch: Buffer, info: BatchInfo, epoch: LeaderEpoch): AppendOutcome {
    const refused = this.#refuses();
    if (refused !== null) {
      if (info.producerId >= 0) this.producers.refused(info);
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
      const verdict = this.producers.check(info);
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
    const base = this.endOffset;
    const last = base + info.lastOffsetDelta;
    setBaseOffset(batch, 0, base);
    setLeaderEpoch(batch, 0, epoch);
    const newest = this.#stampsTime ? nowMs : info.maxTimestamp;
    this.#writer.store(
      batch,
      base,
      last,
      newest,
      nowMs,
      isIdempotent ? { ...info, maxTimestamp: newest } : null,
    );
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
    let expected = this.endOffset;
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
      if (leaderEpoch(batch, 0) > this.latestEpoch) this.#writer.assignEpoch(leaderEpoch(batch, 0), first);
      const producer = producerId(batch, 0) >= 0 ? producerBatchOf(batch, 0) : null;
      this.#writer.store(batch, first, lastOffset(batch, 0), maxTimestamp(batch, 0), nowMs, producer);
    }
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
    if (epoch > this.latestEpoch) this.#writer.assignEpoch(epoch, this.endOffset);
  }

  epochEndOffset(epoch: LeaderEpoch): EpochEnd {
    return this.epochs.endOffsetFor(epoch, this.endOffset);
  }

  get #stampsTime(): boolean {
    return this.#config.timestampType === 'LogAppendTime';
  }

  #refuses(): AppendOutcome | null {
    if (this.#isClosed) return rejected(ErrorCode.NOT_LEADER_OR_FOLLOWER, `${this.name} is closed`);
    const why = this.#refusal ?? this.#writer.whyNot;
    return why === null ? null : rejected(ErrorCode.KAFKA_STORAGE_ERROR, `${this.name}: ${why}`);
  }

  // ---- Becoming durable

  unsynced(): Unsynced {
    return this.#writer.unsynced();
  }

  syncFiles(): Promise<void> {
    return this.#writer.syncFiles();
  }

  onSynced(end: Offset): void {
    this.#writer.onSynced(end);
  }

  onSyncFailed(error: unknown): void {
    this.#writer.goOffline(error);
  }

  /** For the directory, when it fails as a whole. */
  takeOffline(cause: unknown): void {
    this.#writer.goOffline(cause);
  }

  /** Everything appended so far is written and synced when this resolves, or was lost and reported so. @throws StorageError */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** Under `interval`, and when it is due. @throws StorageError */
  async flushIfDue(monotonicMs: Millis): Promise<void> {
    if (!this.online || this.#config.flushPolicy !== 'interval') return;
    if (this.syncedEnd === this.writtenEnd) {
      this.#flushedAtMs = monotonicMs;
    } else if (monotonicMs - this.#flushedAtMs >= this.#config.flushIntervalMs) {
      this.#flushedAtMs = monotonicMs;
      await this.#writer.syncNow();
    }
  }

  /** Tries again what a full disk put off: it holds the recovery point back. */
  sealWhatIsOpen(): Promise<void> {
    return this.#writer.sealWhatIsOpen();
  }

  // ---- Reading

  /**
   * Whole batches, beginning with the one that contains `from`. At once when they are in memory. Nothing when `from` is not below
   * `limits.upTo` and writtenEnd, or before the log's start: the caller knows the bounds and has checked them.
   * @throws StorageError (in the promise) when the disk fails or what it holds is damaged
   */
  read(from: Offset, limits: ReadLimits): LogRead | Promise<LogRead> {
    return this.#reader.read(from, limits);
  }

  /** How many bytes a read of [from, upTo) has, for fetch.min.bytes, counted up to `enough`; `enough` where only the disk knows. */
  bytesBetween(from: Offset, upTo: Offset, enough: number): number {
    return this.#reader.bytesBetween(from, upTo, enough);
  }

  /** The first record at or after `timestamp`, among what is written; null: there is none. @throws StorageError */
  offsetForTimestamp(timestamp: Millis): Promise<TimestampedOffset | null> {
    return this.#reader.offsetForTimestamp(timestamp);
  }

  /** The first of the records with the newest timestamp; null: none has any. @throws StorageError */
  maxTimestamp(): Promise<TimestampedOffset | null> {
    return this.#reader.maxTimestamp();
  }

  // ---- Getting shorter

  /** Drops every batch that reaches to `offset` or beyond. For followers, who know from their leader that it never counted. @throws StorageError */
  truncateTo(offset: Offset): Promise<void> {
    return this.#structurally(async () => {
      if (offset >= this.endOffset) return;
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
      const start = Math.max(this.#startOffset, Math.min(offset, this.durableEnd));
      if (start > this.syncedEnd) await this.#writer.syncNow();
      // Even where the start is there already: an earlier call may have failed to make it durable.
      const containing = this.#writer.segments.all().findLastIndex((segment) => segment.baseOffset <= start);
      await this.#moveStart(start, containing);
    });
  }

  /** Deletes what retention no longer keeps; the number of segments that went. @throws StorageError */
  retain(nowMs: Millis, highWatermark: Offset): Promise<number> {
    return this.#structurally(async () => {
      if (!this.online) return 0;
      await this.#loadNewestTimestamps();
      const plan = planRetention({
        segments: this.#writer.segments.all().map((segment) => ({
          baseOffset: segment.baseOffset,
          bytes: segment.bytes,
          maxTimestamp: segment.knownNewestTimestamp ?? NO_TIMESTAMP,
          lastModified: segment.madeMs,
        })),
        config: this.#config,
        logStartOffset: this.#startOffset,
        logEndOffset: this.endOffset,
        highWatermark: Math.min(highWatermark, this.durableEnd),
        nowMs,
      });
      const count = plan.reasons.length;
      if (count === 0) return 0;
      if (plan.rollFirst && !(await this.#writer.roll())) return 0;
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
      for (const segment of this.#writer.segments.all()) await segment.loadNewestTimestamp();
    } catch (error) {
      throw this.#reader.failed(error);
    }
  }

  /** Begins a new segment, unless the active one is empty. */
  roll(): Promise<void> {
    return this.#structurally(async () => {
      await this.#writer.roll();
    });
  }

  /**
   * The start is durable before a file goes: a crash may bring back any of several files removed together, and what lies below the
   * start is removed again then, instead of standing there with a hole behind it.
   */
  async #moveStart(start: Offset, segmentsToDrop: number): Promise<void> {
    const { segments } = this.#writer;
    this.#startOffset = start;
    this.#writer.startMoved(start);
    try {
      await this.#options.host.checkpoint();
      await this.#writer.settled();
      // A segment that is just being succeeded stays until the next time.
      const inactive = segments.all().findIndex((segment) => segment.phase !== 'inactive');
      const count = Math.min(segmentsToDrop, inactive);
      if (count <= 0 || !this.online) return;
      const dropped = segments.dropOldest(count);
      await this.#deleted.add(dropped.flatMap(filesOf), this.#config.fileDeleteDelayMs);
      const snapshots = await this.#snapshotsOtherThan((offset) => offset >= segments.first.baseOffset);
      await this.#deleted.add(snapshots, this.#config.fileDeleteDelayMs);
      await this.#home.disk.syncDir(this.#home.directory);
      for (const segment of dropped) await segment.close();
    } catch (error) {
      if (!isPassing(error)) this.#writer.goOffline(error);
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
    try {
      await this.#writer.whileFrozen(async () => {
        if (!this.online) throw storageFailed(this.name, this.#writer.offlineCause);
        this.#reader.truncated();
        await this.#options.committer.forget(this);
        this.#writer.tail.clear();
        await change();
        const recovered = await recover(this.#options, this.#home, {
          isClean: false,
          recoveryPoint: this.recoveryPoint,
          logStartOffset: this.#startOffset,
        });
        this.#startOffset = recovered.startOffset;
        return recovered;
      });
    } catch (error) {
      this.#writer.goOffline(error);
      throw error instanceof StorageError ? error : storageFailed(this.name, error);
    } finally {
      this.#reader.truncated();
      this.#refusal = null;
    }
  }

  async #cutAt(offset: Offset): Promise<void> {
    const { segments } = this.#writer;
    const segment = segments.floor(offset) ?? segments.first;
    const cut = await segment.firstBatchFrom(offset);
    this.#writer.lowerRecoveryPoint(segment, Math.min(offset, cut?.baseOffset ?? offset));
    await this.#options.host.checkpoint();
    await this.#removeFiles((each) => each.baseOffset > segment.baseOffset);
    if (cut !== null) await segment.truncate(cut.position);
    for (const each of segments.all()) await each.close();
  }

  async #removeAllAndStartAt(offset: Offset): Promise<void> {
    const { disk, directory } = this.#home;
    this.#writer.lowerRecoveryPoint(this.#writer.segments.first, 0);
    this.#startOffset = offset;
    await this.#options.host.checkpoint();
    await this.#removeFiles(() => true);
    for (const path of await this.#snapshotsOtherThan(() => false)) await removeIfThere(disk, path);
    const first = Segment.pending(this.#home, offset, this.#options.clock.now());
    await first.create();
    await disk.syncDir(directory);
    await first.close();
    await this.#writer.replaceEpochs((epochs) => epochs.clear());
  }

  /** The newest first: a crash leaves a log that ends earlier or later, never one with a hole. */
  async #removeFiles(goes: (segment: Segment) => boolean): Promise<void> {
    const { disk, directory } = this.#home;
    for (const segment of this.#writer.segments.all().toReversed()) {
      if (!goes(segment)) continue;
      await segment.close();
      for (const path of filesOf(segment)) await removeIfThere(disk, path);
      await disk.syncDir(directory);
    }
  }

  // ---- Ending

  /** Writes, syncs and indexes everything, then lets the files go. Never throws: `closedClean` says whether it was done. */
  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return this.#structurally(async () => {
      this.#refusal = 'it is being closed';
      await this.#writer.stop();
      try {
        if (this.online) this.#closedClean = (await this.#closeCleanly()) && this.online;
      } catch (error) {
        this.#options.logger.error('a log was not closed cleanly', { log: this.name, error });
      }
      await this.#deleted.flush();
      await this.#end();
    });
  }

  async #closeCleanly(): Promise<boolean> {
    await this.#writer.syncNow();
    await this.#options.committer.release(this);
    const isSealed = await this.#writer.sealAll();
    const bases = new Set(this.#writer.segments.all().map((segment) => segment.baseOffset));
    const stray = await this.#snapshotsOtherThan((offset) => offset === this.endOffset || bases.has(offset));
    for (const path of stray) await removeIfThere(this.#home.disk, path);
    return isSealed;
  }

  /** The topic is gone: nothing is kept. The files are the caller's to remove. */
  delete(): Promise<void> {
    return this.#structurally(async () => {
      this.#refusal = 'it is being deleted';
      await this.#writer.halt();
      try {
        await this.#options.committer.abandon(this);
      } finally {
        await this.#writer.settled();
        await this.#deleted.forget();
        await this.#end();
        this.#writer.tellLost(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
      }
    });
  }

  async #end(): Promise<void> {
    this.#isClosed = true;
    await this.#writer.close(this.#closedClean);
  }

  /** One at a time, in the order of asking; nothing on a log that is closed. */
  #structurally<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#structural.then(() => {
      if (this.#isClosed) throw new StorageError(ErrorCode.NOT_LEADER_OR_FOLLOWER, `${this.name} is closed`);
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

function rejected(error: ErrorCode, message: string): AppendOutcome {
  return { kind: 'rejected', error, message };
}

function nothing(): void {}
