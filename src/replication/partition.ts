/**
 * One replica of a partition, as its leader sees it: validates and appends, keeps the high watermark, lets readers see what lies
 * below it, and releases those who wait.
 *
 * Invariants: the high watermark never goes back within an epoch and never lies above an in-sync durable end; no reader sees a
 * record at or above it; an acks=all append is answered only once the high watermark has passed it, whether it was
 * written now or is the duplicate of an earlier one.
 */
import { assert } from '../base/assert.js';
import type { BrokerId, LeaderEpoch, Millis, Offset, PartitionIndex, Uuid } from '../base/ids.js';
import { NO_EPOCH, NO_OFFSET, NO_TIMESTAMP, partitionName } from '../base/ids.js';
import type { LogConfig } from '../log/config.js';
import type { AppendOutcome, Log } from '../log/log.js';
import type { LogRead, ReadLimits } from '../log/segment-read.js';
import { StorageError } from '../log/storage-error.js';
import type { Compression } from '../records/compression/compression.js';
import { type CodecId, GZIP, ZSTD } from '../records/compression/compressor.js';
import type { Recompression } from '../records/recompress.js';
import { validateProduced } from '../records/validate.js';
import { ErrorCode } from '../wire/errors.js';
import { becomeLeader, durable, enoughInSync, type LeaderState } from './isr.js';
import { type MoveListener, MoveListeners, type MoveSource, OffsetWaiters, type Waiting } from './waiters.js';

/** −1: every in-sync replica has it durably; 1: the leader has, whatever its followers do; 0: nobody answers. */
export type Acks = -1 | 0 | 1;

export interface AppendRules {
  readonly acks: Acks;
  readonly nowMs: Millis;
  /** Produce 7 and later may carry zstd (KIP-110). */
  readonly allowZstd: boolean;
  readonly maxDecompressedBytes: number;
}

export interface AppendAnswer {
  readonly error: ErrorCode;
  readonly message: string | null;
  readonly recordErrors: readonly { readonly batchIndex: number; readonly message: string }[];
  readonly baseOffset: Offset;
  readonly logAppendTimeMs: Millis;
  readonly logStartOffset: Offset;
}

/** What a reader may see: committed records, or those of finished transactions only. */
export type Isolation = 'read_uncommitted' | 'read_committed';

export interface Bounds {
  readonly logStartOffset: Offset;
  readonly highWatermark: Offset;
  /** Below it no transaction is open. */
  readonly lastStableOffset: Offset;
}

/** How giving up old records ended. */
export interface DeletedRecords {
  readonly error: ErrorCode;
  /** The first offset that is left on every replica; −1 with an error. */
  readonly lowWatermark: Offset;
}

export interface PartitionIdentity {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly index: PartitionIndex;
}

export class Partition implements MoveSource {
  readonly identity: PartitionIdentity;
  readonly name: string;
  readonly log: Log;
  readonly #compression: Compression;
  readonly #self: BrokerId;
  #leading: LeaderState | null = null;
  readonly #produceWaiters = new OffsetWaiters();
  readonly #leaderWaiters = new OffsetWaiters();
  readonly #moves = new MoveListeners();

  constructor(identity: PartitionIdentity, log: Log, self: BrokerId, compression: Compression) {
    this.identity = identity;
    this.name = partitionName(identity.topic, identity.index);
    this.log = log;
    this.#self = self;
    this.#compression = compression;
    log.listen({
      onDurable: (end) => this.#durable(end),
      onAppendsLost: (from, error) => this.#lost(from, error),
      onStartMoved: () => this.#moves.moved(),
    });
  }

  /** This broker leads from now on. The log's durable records are the ISR's while it is the only member. */
  lead(epoch: LeaderEpoch, isr: readonly BrokerId[]): void {
    assert(isr.includes(this.#self), `${this.name}: a leader is in its own ISR`);
    const before = this.#leading;
    assert(before === null || epoch >= before.epoch, `${this.name}: leader epochs do not go back`);
    if (before?.epoch === epoch) return;
    this.log.beginEpoch(epoch);
    const floor = before?.highWatermark ?? this.log.startOffset;
    this.#leading = becomeLeader(this.#self, epoch, isr, this.log.durableEnd, floor);
    this.#moved();
  }

  /** Leads no more: whoever waits asks the next leader. */
  resign(error: ErrorCode = ErrorCode.NOT_LEADER_OR_FOLLOWER): void {
    this.#leading = null;
    this.#produceWaiters.failAbove(NO_OFFSET, error);
    this.#leaderWaiters.failAbove(NO_OFFSET, error);
    this.#moves.moved();
  }

  get leaderEpoch(): LeaderEpoch {
    return this.#leading?.epoch ?? -1;
  }

  get highWatermark(): Offset {
    return this.#leading?.highWatermark ?? this.log.startOffset;
  }

  bounds(): Bounds {
    const { highWatermark } = this;
    const open = this.log.producers.firstOpenTransactionOffset();
    return {
      logStartOffset: this.log.startOffset,
      highWatermark,
      lastStableOffset: open === null ? highWatermark : Math.min(open, highWatermark),
    };
  }

  readableEnd(isolation: Isolation): Offset {
    const bounds = this.bounds();
    return isolation === 'read_committed' ? bounds.lastStableOffset : bounds.highWatermark;
  }

  /** NONE, or why this replica cannot serve a request that names `askedEpoch` (−1: names none; KIP-320). */
  unavailable(askedEpoch: LeaderEpoch): ErrorCode {
    if (!this.log.online) return ErrorCode.KAFKA_STORAGE_ERROR;
    if (this.#leading === null) return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    if (askedEpoch < 0 || askedEpoch === this.#leading.epoch) return ErrorCode.NONE;
    return askedEpoch < this.#leading.epoch ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH;
  }

  /**
   * Validates and appends the records field of one partition of a Produce request. The order is fixed when this returns; `done`
   * is called once, at once or when the acknowledgement is due.
   */
  append(records: Buffer | null, rules: AppendRules, done: (answer: AppendAnswer) => void): Waiting | null {
    const unavailable = this.unavailable(-1);
    if (unavailable !== ErrorCode.NONE) return refuse(done, unavailable);
    const leading = this.#leading!;
    const { config } = this.log;
    if (rules.acks === -1 && !enoughInSync(leading, config.minInsyncReplicas)) {
      return refuse(done, ErrorCode.NOT_ENOUGH_REPLICAS);
    }
    const validation = validateProduced(
      records,
      {
        maxMessageBytes: config.maxMessageBytes,
        validation: config.produceValidation,
        timestampType: config.timestampType,
        timestampBeforeMaxMs: config.timestampBeforeMaxMs,
        timestampAfterMaxMs: config.timestampAfterMaxMs,
        compacted: config.compact,
        nowMs: rules.nowMs,
        allowZstd: rules.allowZstd,
        maxDecompressedBytes: rules.maxDecompressedBytes,
        recompression: config.recompressTo === null ? null : recompressionOf(config, config.recompressTo),
      },
      this.#compression,
    );
    if (!validation.ok) return refuse(done, validation.error, validation.message, validation.recordErrors);
    if (validation.info.transactional) {
      // Nobody could end the transaction, so it would hold back every read_committed reader for good.
      return refuse(done, ErrorCode.INVALID_TXN_STATE, 'Transactions are not supported yet.');
    }
    const outcome = this.log.append(validation.batch, validation.info, leading.epoch);
    if (outcome.kind === 'rejected') return refuse(done, outcome.error, outcome.message);
    return this.#answerWhenDue(outcome, rules.acks, done);
  }

  #answerWhenDue(
    outcome: Exclude<AppendOutcome, { kind: 'rejected' }>,
    acks: Acks,
    done: (answer: AppendAnswer) => void,
  ): Waiting | null {
    const answer = (error: ErrorCode): void => {
      if (error !== ErrorCode.NONE) return done(refusal(error));
      done({
        error,
        message: null,
        recordErrors: [],
        baseOffset: outcome.baseOffset,
        logAppendTimeMs: outcome.logAppendTime,
        logStartOffset: this.log.startOffset,
      });
    };
    if (acks === 0) {
      answer(ErrorCode.NONE);
      return null;
    }
    const end = outcome.lastOffset + 1;
    const reached = acks === 1 ? this.log.durableEnd : this.highWatermark;
    if (reached >= end) {
      answer(ErrorCode.NONE);
      return null;
    }
    return (acks === 1 ? this.#leaderWaiters : this.#produceWaiters).wait(end, answer);
  }

  /** `done` is called once: NONE when the high watermark passes `end`, or the error that took the records back. */
  whenCommitted(end: Offset, done: (error: ErrorCode) => void): void {
    if (this.#leading === null) return done(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    if (this.highWatermark >= end) return done(ErrorCode.NONE);
    this.#produceWaiters.wait(end, done);
  }

  /** NONE, or why `offset` cannot be fetched. The end itself is fine, and empty. */
  rangeError(offset: Offset): ErrorCode {
    return offset < this.log.startOffset || offset > this.log.endOffset
      ? ErrorCode.OFFSET_OUT_OF_RANGE
      : ErrorCode.NONE;
  }

  /** Whole batches, the first the one that contains `from`; nothing at or above the readable end. */
  read(
    from: Offset,
    { isolation, ...limits }: Omit<ReadLimits, 'upTo'> & { readonly isolation: Isolation },
  ): LogRead | Promise<LogRead> {
    return this.log.read(from, { ...limits, upTo: this.readableEnd(isolation) });
  }

  /**
   * Gives up the records before `offset` (KIP-107). When it resolves without an error, no restart brings them back; the files of segments that lie
   * wholly below go later. An offset that is passed already changes nothing.
   *
   * Refused above the high watermark: what is not committed is not anybody's to delete. The mark only rises while this replica leads, so the
   * check holds however long the log takes.
   */
  async deleteRecords(offset: Offset | 'high-watermark'): Promise<DeletedRecords> {
    const unavailable = this.unavailable(NO_EPOCH);
    if (unavailable !== ErrorCode.NONE) return notDeleted(unavailable);
    if (!this.log.config.deleteOld) return notDeleted(ErrorCode.POLICY_VIOLATION);
    const before = offset === 'high-watermark' ? this.highWatermark : offset;
    if (before < 0 || before > this.highWatermark) return notDeleted(ErrorCode.OFFSET_OUT_OF_RANGE);
    try {
      await this.log.deleteRecordsBefore(before);
    } catch (error) {
      if (error instanceof StorageError) return notDeleted(error.error);
      throw error;
    }
    // Of the only replica there is: with more of them it is the lowest of their starts.
    return { error: ErrorCode.NONE, lowWatermark: this.log.startOffset };
  }

  /** `listener` is told whenever the readable ends, the log's start or the leadership move. */
  follow(listener: MoveListener): void {
    this.#moves.follow(listener);
  }

  unfollow(listener: MoveListener): void {
    this.#moves.unfollow(listener);
  }

  /** `listener` runs whenever the readable ends, the log's start or the leadership move. */
  onMove(listener: () => void): Waiting {
    return this.#moves.add(listener);
  }

  /** How many are told of its moves. */
  get listeners(): number {
    return this.#moves.size;
  }

  /** As `onMove`, for one move. */
  onceMoved(listener: () => void): void {
    const waiting = this.#moves.add(() => {
      waiting.cancel();
      listener();
    });
  }

  #durable(end: Offset): void {
    if (this.#leading === null) return;
    this.#leading = durable(this.#leading, this.#self, end);
    this.#moved();
    // After the high watermark: who has the answer and asks for the end finds the record below it, if no follower is waited for.
    this.#leaderWaiters.passed(end);
  }

  #moved(): void {
    this.#produceWaiters.passed(this.highWatermark);
    this.#moves.moved();
  }

  #lost(from: Offset, error: ErrorCode): void {
    assert(from >= this.highWatermark, `${this.name}: committed records are never taken back`);
    this.#produceWaiters.failAbove(from, error);
    this.#leaderWaiters.failAbove(from, error);
    this.#moves.moved();
  }
}

function recompressionOf({ gzipLevel, zstdLevel }: LogConfig, codec: CodecId): Recompression {
  return { codec, level: codec === GZIP ? gzipLevel : codec === ZSTD ? zstdLevel : null };
}

function refuse(
  done: (answer: AppendAnswer) => void,
  error: ErrorCode,
  message: string | null = null,
  recordErrors: AppendAnswer['recordErrors'] = [],
): null {
  done(refusal(error, message, recordErrors));
  return null;
}

function notDeleted(error: ErrorCode): DeletedRecords {
  return { error, lowWatermark: NO_OFFSET };
}

export function refusal(
  error: ErrorCode,
  message: string | null = null,
  recordErrors: AppendAnswer['recordErrors'] = [],
): AppendAnswer {
  return {
    error,
    message,
    recordErrors,
    baseOffset: NO_OFFSET,
    logAppendTimeMs: NO_TIMESTAMP,
    logStartOffset: NO_OFFSET,
  };
}
