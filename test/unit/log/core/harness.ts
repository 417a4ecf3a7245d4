import { SlabPool } from '../../../../src/base/slabs.js';
import { join } from 'node:path';
import type { LeaderEpoch, Millis, Offset } from '../../../../src/base/ids.js';
import type { CommitLimits } from '../../../../src/log/commit-plan.js';
import { Committer } from '../../../../src/log/commit.js';
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../../../../src/log/config.js';
import { replayJournal } from '../../../../src/log/journal-replay.js';
import { Log, type LogOptions } from '../../../../src/log/log.js';
import type { LogListener } from '../../../../src/log/log-writer.js';
import { OpenSegments } from '../../../../src/log/open-segments.js';
import { TailBudget } from '../../../../src/log/tail-budget.js';
import type { Disk } from '../../../../src/ports/disk.js';
import { SILENT_LOGGER } from '../../../../src/ports/logger.js';
import { type ManualClock, manualClock } from '../../../../src/ports/memory/clock.js';
import { batchBytes, lastOffset } from '../../../../src/records/batch.js';
import { BatchBuilder, type BatchBuilderOptions } from '../../../../src/records/builder.js';
import { Compression } from '../../../../src/records/compression/compression.js';
import { infoOf } from '../../../../src/records/validate.js';
import type { ErrorCode } from '../../../../src/wire/errors.js';

export const SEED = Number(process.env['SEED'] ?? Date.now());
export const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ';
export const LOG_DIR = '/data';
export const DIRECTORY = join(LOG_DIR, 'orders-0');

export interface Lost {
  readonly from: Offset;
  readonly error: ErrorCode;
}

/** What a log told its listener. */
export class Heard implements LogListener {
  durable: Offset = 0;
  readonly lost: Lost[] = [];

  /** The log was truncated: its ends fell, as they should. */
  truncated(end: Offset): void {
    this.durable = Math.min(this.durable, end);
  }

  onDurable(end: Offset): void {
    if (end < this.durable) throw new Error(`the durable end fell from ${this.durable} to ${end}`);
    this.durable = end;
  }

  onAppendsLost(from: Offset, error: ErrorCode): void {
    if (from < this.durable)
      throw new Error(`records from ${from} were lost, below ${this.durable}, which was durable`);
    this.lost.push({ from, error });
  }

  onStartMoved(): void {}
}

/** The checkpoints of a directory, as far as one log sees them: durable when asked for. */
export class Checkpointed {
  recoveryPoint: Offset = 0;
  logStartOffset: Offset = 0;
  log: Log | null = null;
  readonly offline: unknown[] = [];

  async checkpoint(): Promise<void> {
    if (this.log === null) return;
    this.recoveryPoint = this.log.recoveryPoint;
    this.logStartOffset = this.log.startOffset;
  }

  wentOffline(_log: Log, cause: unknown): void {
    if (process.env['DEBUG']) console.error(cause);
    this.offline.push(cause);
  }
}

export interface OpenOptions {
  readonly disk: Disk;
  readonly config?: Partial<LogConfig>;
  readonly clock?: ManualClock;
  readonly isClean?: boolean;
  readonly tailBytesMax?: number;
  readonly unsettledBytesMax?: number;
  readonly checkpoints?: Checkpointed;
  readonly limits?: Partial<CommitLimits>;
  readonly openSegments?: OpenSegments;
}

export interface OpenedLog {
  readonly log: Log;
  readonly heard: Heard;
  readonly committer: Committer;
  readonly checkpoints: Checkpointed;
  readonly clock: ManualClock;
}

/** As a log directory does it: replay, committer, log. */
export async function openLog(options: OpenOptions): Promise<OpenedLog> {
  const { disk } = options;
  const clock = options.clock ?? manualClock(1_700_000_000_000);
  await disk.makeDir(DIRECTORY);
  await disk.syncDir('/');
  await disk.syncDir(LOG_DIR);
  await replayJournal({ disk, logger: SILENT_LOGGER, directory: LOG_DIR });
  const committer = await Committer.open({
    disk,
    clock,
    logger: SILENT_LOGGER,
    directory: LOG_DIR,
    limits: options.limits ?? {},
  });
  const checkpoints = options.checkpoints ?? new Checkpointed();
  const logOptions: LogOptions = {
    topic: 'orders',
    index: 0,
    topicId: TOPIC_ID,
    directory: DIRECTORY,
    config: { ...DEFAULT_LOG_CONFIG, ...options.config },
    disk,
    clock,
    logger: SILENT_LOGGER,
    committer,
    compression: new Compression(),
    tailBudget: new TailBudget({
      ...(options.tailBytesMax !== undefined && { tailBytesMax: options.tailBytesMax }),
      ...(options.unsettledBytesMax !== undefined && { unsettledBytesMax: options.unsettledBytesMax }),
    }),
    openSegments: options.openSegments ?? new OpenSegments(SILENT_LOGGER),
    slabs: new SlabPool(),
    host: checkpoints,
    recoveryPoint: checkpoints.recoveryPoint,
    logStartOffset: checkpoints.logStartOffset,
    isClean: options.isClean ?? false,
  };
  const log = await Log.open(logOptions);
  checkpoints.log = log;
  const heard = new Heard();
  heard.durable = log.endOffset;
  log.listen(heard);
  return { log, heard, committer, checkpoints, clock };
}

export interface NewBatch extends BatchBuilderOptions {
  readonly records?: number;
  /** Of each record. */
  readonly valueBytes?: number;
  readonly timestamps?: readonly Millis[];
  readonly tag?: string;
}

export function batchOf(options: NewBatch = {}): Buffer {
  const { records = 1, valueBytes = 20, timestamps, tag = 'r', ...builderOptions } = options;
  const builder = new BatchBuilder(builderOptions);
  for (let at = 0; at < (timestamps?.length ?? records); at++) {
    const value = Buffer.alloc(valueBytes, `${tag}${at};`);
    builder.append({ key: null, value, timestamp: timestamps?.[at] ?? 1_700_000_000_000 });
  }
  return builder.build();
}

/** Appends as a leader; the offsets it got. */
export function append(
  log: Log,
  batch: Buffer,
  epoch: LeaderEpoch = Math.max(0, log.latestEpoch),
): readonly [Offset, Offset] {
  const outcome = log.append(batch, infoOf(batch, 0), epoch);
  if (outcome.kind !== 'appended') throw new Error(`not appended: ${JSON.stringify(outcome)}`);
  return [outcome.baseOffset, outcome.lastOffset];
}

export async function readAll(log: Log, from = log.startOffset, maxBytes = 1 << 20): Promise<Buffer[]> {
  const batches: Buffer[] = [];
  for (let next = from; next < log.writtenEnd; ) {
    const read = await log.read(next, { maxBytes, upTo: log.writtenEnd, atLeastOneBatch: true });
    if (read.bytes === 0) throw new Error(`nothing to read at ${next}, below ${log.writtenEnd}`);
    for (const part of read.parts) batches.push(...split(part));
    next = read.nextOffset;
  }
  return batches;
}

export function split(bytes: Buffer): Buffer[] {
  const batches: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += batchBytes(bytes, at)) {
    batches.push(bytes.subarray(at, at + batchBytes(bytes, at)));
  }
  return batches;
}

export function endOf(batch: Buffer): Offset {
  return lastOffset(batch, 0) + 1;
}

/** Lets everything that is ready run: microtasks, and what they set off. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
