/**
 * The one shell around every coordinator's machine: queue the event, decide, apply, append, park, release. One shard serves one
 * partition of the coordinator's topic.
 *
 * - What arrives in one turn of the event loop is decided in one go and shares one batch append.
 * - Records are applied as soon as they are decided, so that the next decision sees them; what may be *told* waits. A reply that
 *   says `committed` leaves when all that was decided before it lies below the high watermark. That is true of reads too, so no
 *   versioned state is kept: who reads an uncommitted write waits for its commit, and who would read one that fails gets an error.
 * - A failed append, a write taken back, a move of leadership or a broken invariant all end in the same way: everything open is
 *   answered with an error that makes clients retry, the machine and its state are thrown away, and a new one is filled by replay
 *   through the same `apply`. One path, and the one that a start takes, so it is exercised daily.
 */
import { assert } from '../base/assert.js';
import { type Millis, type Offset, partitionName } from '../base/ids.js';
import { queueMicrotask } from '../base/microtask.js';
import type { Clock, TimerHandle } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Compression } from '../records/compression/compression.js';
import { ErrorCode } from '../wire/errors.js';
import type { CoordinatorLog } from './coordinator-log.js';
import type { Decision, Machine, PendingReply, RecordFormat, RequestId, StoredRecord } from './machine.js';
import { BATCH_OVERHEAD_BYTES, batchOf, storedBytes } from './record-batches.js';
import { Replay, REPLAY_SLICE_BYTES } from './replay.js';
import type { ReplayPace } from './replay-pace.js';
import { type DueTimer, ShardTimers } from './timers.js';

export interface ShardConfig {
  /** Requests taken and not yet answered, joins and syncs included; beyond it they are told to come again. */
  readonly openRequestsMax: number;
  /** Of one batch that several decisions share. A decision that is larger alone gets a batch of its own. */
  readonly batchBytesMax: number;
  /** `offsets.commit.timeout.ms`: how long a reply waits for its commit. The write itself stays, and may still be committed. */
  readonly commitTimeoutMs: Millis;
  /** Pause before the second and later reloads in a row; doubles up to the maximum, and begins anew with each commit. */
  readonly reloadBackoffMs: Millis;
  readonly reloadBackoffMsMax: Millis;
  /** Of one replayed batch, unfolded. */
  readonly decompressedBytesMax: number;
}

export const DEFAULT_SHARD_CONFIG: ShardConfig = {
  openRequestsMax: 100_000,
  batchBytesMax: 512 * 1024,
  commitTimeoutMs: 5000,
  reloadBackoffMs: 100,
  reloadBackoffMsMax: 10_000,
  decompressedBytesMax: 64 * 1024 * 1024,
};

export interface ShardOptions<State extends View, View, Event, Rec, Reply> {
  readonly log: CoordinatorLog;
  readonly newMachine: () => Machine<State, View, Event, Rec, Reply>;
  readonly format: RecordFormat<Rec>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly compression: Compression;
  /** Shared by all shards of a broker. */
  readonly pace: ReplayPace;
  readonly config: ShardConfig;
}

export type Outcome<Reply> =
  | { readonly ok: true; readonly body: Reply }
  | { readonly ok: false; readonly error: ErrorCode };

/** Somebody who waits for the answer to a request. */
interface Asker<Event, Reply> {
  readonly answer: (outcome: Outcome<Reply>) => void;
  /** How it is asked again when the machine is thrown away before it has answered; null: it is not, an error is the answer. */
  readonly again: ((to: RequestId) => Event) | null;
}

/** Replies that wait for one end offset, and no longer than their deadline. */
interface Parked<Reply> {
  readonly endOffset: Offset;
  readonly deadlineMs: Millis;
  replies: readonly PendingReply<Reply>[];
}

/** Decisions of one turn that share an append, and who waits for it. */
interface TurnBatch<Reply> {
  readonly records: StoredRecord[];
  bytes: number;
  readonly replies: PendingReply<Reply>[];
}

interface Turn<Reply> {
  readonly batches: TurnBatch<Reply>[];
  /** Reads decided before the turn's first write: they wait for earlier turns only. */
  readonly readers: PendingReply<Reply>[];
  readonly now: PendingReply<Reply>[];
}

/**
 * `refused`: the log holds what this release cannot read. It stays so until leadership comes anew, rather than deny what was
 * acknowledged.
 */
type Phase<State, MachineType> =
  | { readonly name: 'loading' | 'refused' | 'resigned' }
  | { readonly name: 'active'; readonly machine: MachineType; readonly state: State };

const LOADING = { name: 'loading' } as const;

export class CoordinatorShard<State extends View, View, Event, Rec, Reply> {
  readonly #options: ShardOptions<State, View, Event, Rec, Reply>;
  readonly #name: string;
  readonly #timers: ShardTimers<Event>;
  #phase: Phase<State, Machine<State, View, Event, Rec, Reply>> = LOADING;
  /** One more whenever a machine is thrown away: what was begun for an earlier one comes back to nobody. */
  #incarnation = 0;
  #nextRequest = 1;
  readonly #open = new Map<RequestId, Asker<Event, Reply>>();
  /** Insisted on while there was no machine to ask: at most what the broker itself has under way. */
  #insisting: Asker<Event, Reply>[] = [];
  #queue: Event[] = [];
  #due: DueTimer<Event>[] = [];
  #drainScheduled = false;
  /** In the order of their end offsets and of their deadlines. */
  #parked: Parked<Reply>[] = [];
  #commitTimer: TimerHandle | null = null;
  #reloadTimer: TimerHandle | null = null;
  #reloadsInARow = 0;

  constructor(options: ShardOptions<State, View, Event, Rec, Reply>) {
    this.#options = options;
    this.#name = partitionName(options.log.topic, options.log.partition);
    this.#timers = new ShardTimers(options.clock, (due) => {
      for (const timer of due) this.#due.push(timer);
      this.#scheduleDrain();
    });
  }

  get log(): CoordinatorLog {
    return this.#options.log;
  }

  /** The hard state, for tests and inspection; null unless the shard is serving. */
  get state(): View | null {
    return this.#phase.name === 'active' ? this.#phase.state : null;
  }

  /** Requests taken and not yet answered. */
  get openRequests(): number {
    return this.#open.size;
  }

  /** Replays the log. Resolves when that first load is over, however it ended; later reloads happen by themselves. */
  async start(): Promise<void> {
    await this.#load();
  }

  /** Decides the event that `eventFor` makes, and resolves when the machine's reply to it may be told. */
  ask(eventFor: (to: RequestId) => Event): Promise<Outcome<Reply>> {
    const refusal = this.#refusal();
    if (refusal !== ErrorCode.NONE) return Promise.resolve({ ok: false, error: refusal });
    return new Promise((answer) => this.#askNow(eventFor, { answer, again: null }));
  }

  /**
   * As `ask`, for what the broker itself must get done and nobody would ask for again: waits while the log is loaded instead of being refused,
   * and is asked anew when the machine is thrown away. So deciding it twice must be harmless. Ends when it is committed, or with
   * NOT_COORDINATOR when the shard serves no more.
   */
  insist(eventFor: (to: RequestId) => Event): Promise<Outcome<Reply>> {
    return new Promise((answer) => this.#insist({ answer, again: eventFor }));
  }

  #askNow(eventFor: (to: RequestId) => Event, asker: Asker<Event, Reply>): void {
    const to: RequestId = this.#nextRequest++;
    this.#open.set(to, asker);
    this.#enqueue(eventFor(to));
  }

  #insist(asker: Asker<Event, Reply>): void {
    switch (this.#phase.name) {
      case 'loading':
        this.#insisting.push(asker);
        break;
      case 'refused':
      case 'resigned':
        asker.answer({ ok: false, error: ErrorCode.NOT_COORDINATOR });
        break;
      case 'active':
        assert(asker.again !== null, 'who insists says how it is asked');
        this.#askNow(asker.again, asker);
        break;
    }
  }

  /** The phase has changed: those who insisted are asked, go on waiting, or hear that it is no use. */
  #insistAnew(): void {
    const insisting = this.#insisting;
    this.#insisting = [];
    for (const asker of insisting) this.#insist(asker);
  }

  /** Leads no more: everything open is told to look for another coordinator, and nothing is taken any more. */
  resign(): void {
    if (this.#phase.name === 'resigned') return;
    this.#discard(ErrorCode.NOT_COORDINATOR);
    this.#phase = { name: 'resigned' };
    this.#insistAnew();
  }

  #refusal(): ErrorCode {
    switch (this.#phase.name) {
      case 'loading':
        return ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
      case 'refused':
      case 'resigned':
        return ErrorCode.NOT_COORDINATOR;
      case 'active':
        return this.#open.size < this.#options.config.openRequestsMax
          ? ErrorCode.NONE
          : ErrorCode.COORDINATOR_NOT_AVAILABLE;
    }
  }

  // ── deciding ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #enqueue(event: Event): void {
    this.#queue.push(event);
    this.#scheduleDrain();
  }

  #scheduleDrain(): void {
    if (this.#drainScheduled) return;
    this.#drainScheduled = true;
    queueMicrotask(this.#drain);
  }

  readonly #drain = (): void => {
    this.#drainScheduled = false;
    const [events, due] = [this.#queue, this.#due];
    this.#queue = [];
    this.#due = [];
    const phase = this.#phase;
    if (phase.name !== 'active' || events.length + due.length === 0) return;
    const nowMs = this.#options.clock.now();
    const turn: Turn<Reply> = { batches: [], readers: [], now: [] };
    const decide = (event: Event): void =>
      this.#absorb(phase, phase.machine.decide(phase.state, event, nowMs), turn);
    try {
      for (const event of events) decide(event);
      // Claimed one by one: a member that was waited for is gone, the others are told, and their sessions begin anew.
      for (const timer of due) {
        const event = this.#timers.claim(timer);
        if (event !== undefined) decide(event);
      }
    } catch (error) {
      // A bug of ours, met through one request: the other groups of this shard go on with a new machine, the process with its other
      // shards. What was decided in this turn is not in the log, so the new machine has never seen it.
      this.#options.logger.error(`${this.#name}: the coordinator failed to decide, and is reloaded`, {
        error,
      });
      this.#failed(ErrorCode.UNKNOWN_SERVER_ERROR);
      return;
    }
    this.#write(turn, nowMs);
  };

  /** Takes a decision into the turn: applies its records, sets its timers, puts its replies where they will be released. */
  #absorb(
    { machine, state }: { machine: Machine<State, View, Event, Rec, Reply>; state: State },
    decision: Decision<Event, Rec, Reply>,
    turn: Turn<Reply>,
  ): void {
    if (decision.records.length > 0) {
      const stored = decision.records.map((record) => this.#options.format.encode(record));
      for (const record of decision.records) machine.apply(state, record);
      if (decision.appended === 'together' || batchBytes(stored) <= this.#batchBytesMax)
        this.#place(stored, turn);
      else for (const record of stored) this.#place([record], turn);
    }
    const lastBatch = turn.batches.at(-1);
    for (const reply of decision.replies) {
      if (reply.when === 'now') turn.now.push(reply);
      else (lastBatch?.replies ?? turn.readers).push(reply);
    }
    for (const change of decision.timers) this.#timers.change(change);
  }

  get #batchBytesMax(): number {
    return Math.min(this.#options.config.batchBytesMax, this.#options.log.batchBytesMax);
  }

  #place(records: readonly StoredRecord[], turn: Turn<Reply>): void {
    let bytes = 0;
    for (const record of records) bytes += storedBytes(record);
    let batch = turn.batches.at(-1);
    if (batch === undefined || batch.bytes + bytes > this.#batchBytesMax) {
      batch = { records: [], bytes: BATCH_OVERHEAD_BYTES, replies: [] };
      turn.batches.push(batch);
    }
    for (const record of records) batch.records.push(record);
    batch.bytes += bytes;
  }

  #write(turn: Turn<Reply>, nowMs: Millis): void {
    const incarnation = this.#incarnation;
    if (turn.readers.length > 0) this.#park(this.#parked.at(-1)?.endOffset ?? null, turn.readers);
    for (const batch of turn.batches) {
      const appended = this.#options.log.append(batchOf(batch.records, nowMs));
      if (incarnation !== this.#incarnation) return;
      if ('error' in appended) {
        this.#options.logger.warn(`${this.#name}: an append failed with error ${appended.error}; reloading`);
        this.#failed(coordinatorError(appended.error));
        return;
      }
      this.#park(appended.endOffset, batch.replies);
      this.#awaitCommit(appended.endOffset);
      if (incarnation !== this.#incarnation) return;
    }
    for (const reply of turn.now) this.#answer(reply);
  }

  // ── parking and releasing ─────────────────────────────────────────────────────────────────────────────────────────────

  /** @param endOffset null: nothing is uncommitted, so the replies may leave */
  #park(endOffset: Offset | null, replies: readonly PendingReply<Reply>[]): void {
    if (endOffset === null) {
      for (const reply of replies) this.#answer(reply);
      return;
    }
    const deadlineMs = this.#options.clock.monotonic() + this.#options.config.commitTimeoutMs;
    this.#parked.push({ endOffset, deadlineMs, replies });
    if (replies.length > 0 && this.#commitTimer === null) this.#armCommitTimer(deadlineMs);
  }

  #awaitCommit(endOffset: Offset): void {
    const incarnation = this.#incarnation;
    this.#options.log.whenCommitted(endOffset, (error) => {
      if (incarnation !== this.#incarnation) return;
      if (error === ErrorCode.NONE) {
        this.#committed(endOffset);
        return;
      }
      this.#options.logger.warn(`${this.#name}: a write was taken back with error ${error}; reloading`);
      this.#failed(coordinatorError(error));
    });
  }

  #committed(endOffset: Offset): void {
    this.#reloadsInARow = 0;
    let released = 0;
    for (const parked of this.#parked) {
      if (parked.endOffset > endOffset) break;
      released++;
      for (const reply of parked.replies) this.#answer(reply);
    }
    this.#parked.splice(0, released);
  }

  #armCommitTimer(deadlineMs: Millis): void {
    const delayMs = Math.max(0, deadlineMs - this.#options.clock.monotonic());
    this.#commitTimer = this.#options.clock.setTimer(delayMs, this.#onCommitTimer);
  }

  /** Who waited too long is told to ask again. The write stays where it is, and so does the wait of those behind it. */
  readonly #onCommitTimer = (): void => {
    this.#commitTimer = null;
    const nowMs = this.#options.clock.monotonic();
    for (const parked of this.#parked) {
      if (parked.deadlineMs > nowMs) {
        this.#armCommitTimer(parked.deadlineMs);
        return;
      }
      const insisting: PendingReply<Reply>[] = [];
      for (const reply of parked.replies) {
        if (this.#open.get(reply.to)?.again) insisting.push(reply);
        else this.#settle(reply.to, { ok: false, error: ErrorCode.COORDINATOR_NOT_AVAILABLE });
      }
      parked.replies = insisting;
    }
  };

  #answer(reply: PendingReply<Reply>): void {
    this.#settle(reply.to, { ok: true, body: reply.body });
  }

  #settle(to: RequestId, outcome: Outcome<Reply>): void {
    const asker = this.#open.get(to);
    assert(asker !== undefined, 'a request is answered once');
    this.#open.delete(to);
    asker.answer(outcome);
  }

  // ── throwing away and loading ─────────────────────────────────────────────────────────────────────────────────────────

  #discard(error: ErrorCode): void {
    this.#incarnation++;
    const { clock } = this.#options;
    if (this.#commitTimer) clock.clearTimer(this.#commitTimer);
    if (this.#reloadTimer) clock.clearTimer(this.#reloadTimer);
    this.#commitTimer = this.#reloadTimer = null;
    this.#timers.clear();
    this.#queue = [];
    this.#due = [];
    this.#parked = [];
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const asker of open) {
      if (asker.again !== null) this.#insisting.push(asker);
      else asker.answer({ ok: false, error });
    }
  }

  #failed(error: ErrorCode): void {
    this.#discard(error);
    this.#phase = LOADING;
    this.#reloadLater();
  }

  /** The first reload follows at once; a log that fails again and again (a full disk) is not replayed without pause. */
  #reloadLater(): void {
    const { clock, config } = this.#options;
    const delayMs =
      this.#reloadsInARow === 0
        ? 0
        : Math.min(config.reloadBackoffMsMax, config.reloadBackoffMs * 2 ** (this.#reloadsInARow - 1));
    this.#reloadsInARow++;
    this.#reloadTimer = clock.setTimer(delayMs, () => {
      this.#reloadTimer = null;
      void this.#load();
    });
  }

  /** Never rejects. */
  async #load(): Promise<void> {
    const { log, newMachine, logger, clock } = this.#options;
    const incarnation = ++this.#incarnation;
    const startedMs = clock.monotonic();
    const machine = newMachine();
    const state = machine.empty();
    const limits = {
      compression: this.#options.compression,
      decompressedBytesMax: this.#options.config.decompressedBytesMax,
    };
    const replay = new Replay(this.#options.format, limits, (record: Rec) => machine.apply(state, record));
    let error: ErrorCode;
    try {
      error = await log.readAll(async (batches) => {
        const { pace } = this.#options;
        await pace.turn(Math.min(REPLAY_SLICE_BYTES, batches.length));
        if (incarnation !== this.#incarnation) return;
        for (const _ of replay.slices(batches)) {
          await pace.turn(REPLAY_SLICE_BYTES);
          if (incarnation !== this.#incarnation) return;
        }
      });
    } catch (cause) {
      logger.error(`${this.#name}: reading the log failed`, { error: cause });
      error = ErrorCode.KAFKA_STORAGE_ERROR;
    }
    // Leadership may have moved, and with it everything, while the log was read.
    if (incarnation !== this.#incarnation) return;
    if (error !== ErrorCode.NONE) {
      logger.warn(`${this.#name}: loading failed with error ${error}; trying again`);
      this.#reloadLater();
      return;
    }
    if (replay.refusal !== null) {
      logger.error(`${this.#name}: not served, since its records cannot all be read: ${replay.refusal}`);
      this.#phase = { name: 'refused' };
      this.#insistAnew();
      return;
    }
    const active = { name: 'active', machine, state } as const;
    this.#phase = active;
    // The log's tail may not be committed yet, and readers must not be told of it before it is.
    if (replay.endOffset > 0) {
      this.#park(replay.endOffset, []);
      this.#awaitCommit(replay.endOffset);
      if (incarnation !== this.#incarnation) return;
    }
    const nowMs = clock.now();
    const turn: Turn<Reply> = { batches: [], readers: [], now: [] };
    try {
      this.#absorb(active, machine.loaded(state, nowMs), turn);
    } catch (cause) {
      logger.error(`${this.#name}: the coordinator failed on what it loaded, and is reloaded`, {
        error: cause,
      });
      this.#failed(ErrorCode.UNKNOWN_SERVER_ERROR);
      return;
    }
    this.#write(turn, nowMs);
    this.#insistAnew();
    const { endOffset, records, unknownRecords, unknownKeyVersions } = replay;
    const what = `${this.#name}: loaded at epoch ${log.epoch}`;
    const fields = { endOffset, records, tookMs: Math.round(clock.monotonic() - startedMs) };
    // A new offsets topic has many partitions and nothing to say about any of them.
    if (records === 0) logger.debug(what, fields);
    else logger.info(what, fields);
    if (unknownRecords > 0) {
      logger.warn(
        `${this.#name}: passed over ${unknownRecords} records of types that this release does not know`,
        {
          keyVersions: [...unknownKeyVersions],
        },
      );
    }
  }
}

function batchBytes(records: readonly StoredRecord[]): number {
  let bytes = BATCH_OVERHEAD_BYTES;
  for (const record of records) bytes += storedBytes(record);
  return bytes;
}

/** What a client is told when the log refuses or takes back a write: look for the coordinator again, or come again here. */
function coordinatorError(error: ErrorCode): ErrorCode {
  switch (error) {
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode.NOT_ENOUGH_REPLICAS:
    case ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case ErrorCode.REQUEST_TIMED_OUT:
      return ErrorCode.COORDINATOR_NOT_AVAILABLE;
    case ErrorCode.NOT_LEADER_OR_FOLLOWER:
    case ErrorCode.FENCED_LEADER_EPOCH:
    case ErrorCode.KAFKA_STORAGE_ERROR:
      return ErrorCode.NOT_COORDINATOR;
    default:
      return ErrorCode.UNKNOWN_SERVER_ERROR;
  }
}
