/** A clock, dice and a log that stand still until the test moves them. */
import type { Millis, Offset } from '../../../src/base/ids.js';
import type { CoordinatorLog } from '../../../src/coordinator/coordinator-log.js';
import type { Clock, TimerHandle } from '../../../src/ports/clock.js';
import type { Entropy } from '../../../src/ports/entropy.js';
import { setBaseOffset, recordCount } from '../../../src/records/batch.js';
import { ErrorCode } from '../../../src/wire/errors.js';

/** All promise callbacks that can run, have run. */
export function microtasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Timer {
  readonly dueMs: Millis;
  readonly sequence: number;
  readonly callback: () => void;
}

export class ManualClock implements Clock {
  readonly #startedMs: Millis;
  #elapsedMs = 0;
  #sequence = 0;
  readonly #timers = new Set<Timer>();

  constructor(startedMs: Millis = 1_700_000_000_000) {
    this.#startedMs = startedMs;
  }

  now(): Millis {
    return this.#startedMs + this.#elapsedMs;
  }

  monotonic(): Millis {
    return this.#elapsedMs;
  }

  setTimer(delayMs: Millis, callback: () => void): TimerHandle {
    const timer = { dueMs: this.#elapsedMs + delayMs, sequence: this.#sequence++, callback };
    this.#timers.add(timer);
    return timer;
  }

  clearTimer(timer: TimerHandle): void {
    this.#timers.delete(timer as Timer);
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Runs what is due until `ms` from now, in order, and lets everything settle after each. */
  async advance(ms: Millis): Promise<void> {
    const untilMs = this.#elapsedMs + ms;
    await microtasks();
    while (await this.#runNext(untilMs));
    this.#elapsedMs = untilMs;
  }

  /** Runs the first timer that is due now, if there is one. */
  async settleOne(): Promise<void> {
    await microtasks();
    await this.#runNext(this.#elapsedMs);
  }

  async #runNext(untilMs: Millis): Promise<boolean> {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs > untilMs) continue;
      if (!next || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.sequence < next.sequence))
        next = timer;
    }
    if (!next) return false;
    this.#timers.delete(next);
    this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
    next.callback();
    await microtasks();
    return true;
  }

  /** Runs what is due now. */
  settle(): Promise<void> {
    return this.advance(0);
  }
}

/** Uuids that count: 00000001-0000-4000-8000-000000000000 and so on. */
export class CountingEntropy implements Entropy {
  #count = 0;

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    if (length >= 4) bytes.writeUInt32BE(++this.#count, 0);
    return bytes;
  }

  random(): number {
    return 0.5;
  }
}

/** What survives a change of leader: the batches, and how far they are committed. */
export class StoredLog {
  readonly batches: { bytes: Buffer; endOffset: Offset }[] = [];
  highWatermark: Offset = 0;

  get endOffset(): Offset {
    return this.batches.at(-1)?.endOffset ?? 0;
  }

  truncate(to: Offset): void {
    while (this.endOffset > to) this.batches.pop();
  }
}

export interface ManualLogOptions {
  readonly stored: StoredLog;
  readonly epoch: number;
  readonly partition?: number;
  /** Whether an append is committed at once. */
  readonly commits: 'at once' | 'when told';
  readonly onAppend?: (batch: Buffer) => void;
  /** Beyond it an append is refused. */
  readonly batchBytesMax?: number;
}

export class ManualLog implements CoordinatorLog {
  readonly topic = '__consumer_offsets';
  readonly partition: number;
  readonly epoch: number;
  batchBytesMax: number;
  commits: 'at once' | 'when told';
  appends = 0;
  reads = 0;
  nextAppendError: ErrorCode = ErrorCode.NONE;
  /** While set, readAll does not finish. */
  holdLoad: Promise<void> | null = null;
  readonly #stored: StoredLog;
  readonly #onAppend: (batch: Buffer) => void;
  #waiters: { endOffset: Offset; done: (error: ErrorCode) => void }[] = [];
  #moved: ErrorCode = ErrorCode.NONE;

  constructor(options: ManualLogOptions) {
    this.#stored = options.stored;
    this.epoch = options.epoch;
    this.partition = options.partition ?? 0;
    this.commits = options.commits;
    this.batchBytesMax = options.batchBytesMax ?? 1_048_588;
    this.#onAppend = options.onAppend ?? (() => {});
  }

  append(batch: Buffer): { endOffset: Offset } | { error: ErrorCode } {
    const error = this.#moved || this.nextAppendError;
    this.nextAppendError = ErrorCode.NONE;
    if (error !== ErrorCode.NONE) return { error };
    if (batch.length > this.batchBytesMax) return { error: ErrorCode.RECORD_LIST_TOO_LARGE };
    this.appends++;
    const bytes = Buffer.from(batch);
    setBaseOffset(bytes, 0, this.#stored.endOffset);
    const endOffset = this.#stored.endOffset + recordCount(bytes, 0);
    this.#stored.batches.push({ bytes, endOffset });
    this.#onAppend(bytes);
    if (this.commits === 'at once') this.commit();
    return { endOffset };
  }

  whenCommitted(endOffset: Offset, done: (error: ErrorCode) => void): void {
    if (this.#moved !== ErrorCode.NONE) done(this.#moved);
    else if (endOffset <= this.#stored.highWatermark) done(ErrorCode.NONE);
    else this.#waiters.push({ endOffset, done });
  }

  async readAll(onBatches: (batches: Buffer) => Promise<void>): Promise<ErrorCode> {
    this.reads++;
    if (this.holdLoad) await this.holdLoad;
    const all = this.#stored.batches.map(({ bytes }) => bytes);
    // Two chunks, so that a chunk's end is not the log's.
    const half = Math.ceil(all.length / 2);
    for (const chunk of [all.slice(0, half), all.slice(half)]) {
      await Promise.resolve();
      if (this.#moved !== ErrorCode.NONE) return this.#moved;
      if (chunk.length > 0) await onBatches(Buffer.concat(chunk));
    }
    return ErrorCode.NONE;
  }

  /** The high watermark reaches `to`, or the end. */
  commit(to: Offset = this.#stored.endOffset): void {
    this.#stored.highWatermark = to;
    const passed = this.#waiters.filter(({ endOffset }) => endOffset <= to);
    this.#waiters = this.#waiters.filter(({ endOffset }) => endOffset > to);
    for (const { done } of passed) done(ErrorCode.NONE);
  }

  /** What is not committed was lost, as after a failed write: its waiters hear of it, and the log goes on. */
  takeBack(error: ErrorCode): void {
    this.#stored.truncate(this.#stored.highWatermark);
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { done } of waiters) done(error);
  }

  /** Another broker leads from here on. */
  depose(): void {
    this.#moved = ErrorCode.NOT_LEADER_OR_FOLLOWER;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { done } of waiters) done(this.#moved);
  }
}
