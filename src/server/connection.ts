/**
 * One client connection: bytes in, frames cut, requests started in order, answers out in order.
 *
 * Requests overlap: the next one starts as soon as the order of the one before is fixed (see Handler.order), so a parked long poll
 * or a produce that waits for the disk does not hold up what follows, and yet nothing is seen out of order.
 *
 * Everything is bounded. Reading stops while the requests in flight, their bytes, the bytes this peer has not taken of its answers,
 * or the requests of all connections together are at their limit; the peer then feels it as a full window. Requests start by
 * shares (see FairLine), and none starts for a peer that leaves its answers lying while answers fill the memory (see AnswerBudget).
 */
import type { Dispatched, Dispatcher, Outcome } from '../broker/dispatch.js';
import { RefusedRequest } from '../broker/dispatch.js';
import type { Peer } from '../broker/context.js';
import type { Millis } from '../base/ids.js';
import type { SlabPool } from '../base/slabs.js';
import type { Logger } from '../ports/logger.js';
import type { Connection } from '../ports/net.js';
import type { Waiting } from '../replication/waiters.js';
import { type Frame, FrameCutter, FrameError } from '../wire/frame.js';
import type { AnswerBudget, AnswerHolder, Grant } from './answer-budget.js';
import type { FairLine, Starter } from './fair-line.js';
import type { MemoryBudget, PartialHolder } from './memory.js';
import { Pipeline, type Slot } from './pipeline.js';
import type { Warn } from './repeated-warnings.js';

export interface ConnectionLimits {
  readonly maxFrameBytes: number;
  readonly maxInFlight: number;
  /** Of requests in flight and, separately, of answers not yet taken. */
  readonly maxQueuedBytes: number;
}

/**
 * So much of an unfinished request is a sign of life. Less is not: a peer that sends a byte now and then would keep its connection for
 * ever. Over the default `connections.max.idle.ms` this is 27 bytes a second.
 */
const PROGRESS_BYTES = 16 * 1024;

/** A chunk of 64 KiB may hold five thousand frames, and a view on each takes ten times the frame: they are cut as they are started. */
const FRAMES_CUT_MAX = 64;

const NO_BYTES = Buffer.alloc(0);

interface Finished {
  readonly outcome: Outcome;
  /** To be called when nobody reads it any more. */
  readonly sent: () => void;
  readonly isLast: boolean;
  readonly requestBytes: number;
  /** Of the answer, as long as it waits behind an older request. */
  readonly answerBytes: number;
}

/** Of a connection that looks after thousands: sets are made when first needed. */
const NO_LISTENERS: ReadonlySet<() => void> = new Set();

export class ClientConnection implements Peer, PartialHolder, AnswerHolder, Starter {
  readonly #connection: Connection;
  readonly #dispatcher: Dispatcher;
  readonly #limits: () => ConnectionLimits;
  readonly #memory: MemoryBudget;
  readonly #answers: AnswerBudget;
  readonly #line: FairLine;
  readonly #warn: Warn;
  readonly #logger: Logger;
  readonly #cutter: FrameCutter;
  readonly #pipeline = new Pipeline<Finished>();
  /** Frames cut and not yet started. */
  #arrived: Frame[] = [];
  #queuedBytes = 0;
  /** A request that runs alone is under way. */
  #alone = false;
  #paused = true;
  /** Nothing is read before `serve`. */
  #serving = false;
  #closed = false;
  /** Nothing more is read; the connection ends when the last answer has left. */
  #ending = false;
  /** Nothing more comes than what waits to be read: nothing is parked for it any more. */
  #peerHasEnded = false;
  /** The peer has not taken what we gave it; `onDrain` is due when it has. */
  #overHighWater = false;
  /** Of answers that wait behind an older request's. */
  #behindBytes = 0;
  /** Of the budget of answers, for the one at the head that is being read. */
  #grant: Grant | null = null;
  /** Of an unfinished request, at its last sign of life. */
  #progressBytes = 0;
  #untakenWhenSwept = 0;
  /** Bytes that make no sense have come behind requests that have not started: why it ends then. */
  #refusal: string | null = null;
  #endingListeners: Set<() => void> | null = null;
  #goneListeners: Set<() => void> | null = null;
  readonly #onClosed: (connection: ClientConnection) => void;
  readonly #now: () => Millis;
  lastActiveMs: Millis;

  constructor(options: {
    readonly connection: Connection;
    readonly dispatcher: Dispatcher;
    /** As they are now. */
    readonly limits: () => ConnectionLimits;
    readonly memory: MemoryBudget;
    /** Where requests get their memory. */
    readonly slabs: SlabPool;
    readonly answers: AnswerBudget;
    readonly line: FairLine;
    readonly logger: Logger;
    readonly warn: Warn;
    readonly now: () => Millis;
    readonly onClosed: (connection: ClientConnection) => void;
  }) {
    this.#connection = options.connection;
    this.#dispatcher = options.dispatcher;
    this.#limits = options.limits;
    this.#memory = options.memory;
    this.#answers = options.answers;
    this.#line = options.line;
    this.#warn = options.warn;
    this.#logger = options.logger;
    this.#now = options.now;
    this.#onClosed = options.onClosed;
    this.lastActiveMs = options.now();
    this.#cutter = new FrameCutter({
      maxFrameBytes: options.limits().maxFrameBytes,
      slabs: options.slabs,
    });
    this.#connection.handle({
      onData: (chunk) => this.#received(chunk),
      onDrain: () => this.#drained(),
      onEnd: () => this.#peerEnded(),
      onClose: (cause) => this.#gone(cause),
    });
    this.#connection.pause();
  }

  serve(): void {
    this.#serving = true;
    this.#startArrived();
    this.#regulate();
  }

  get connectionId(): number {
    return this.#connection.id;
  }

  get remote() {
    return this.#connection.remote;
  }

  get local() {
    return this.#connection.local;
  }

  /** Of requests in flight or waiting to start. */
  get requestBytes(): number {
    return this.#queuedBytes;
  }

  get answerBytes(): number {
    return this.#behindBytes + (this.#overHighWater ? this.#connection.queuedBytes : 0);
  }

  /**
   * Whether nothing has moved since `sinceMs` that should have: it has nothing to do, or its peer does not take its answers. A
   * request in flight is activity of ours: a long poll may be longer than the limit. And a peer that we do not read from cannot speak.
   */
  isSilentSince(sinceMs: Millis): boolean {
    const { queuedBytes } = this.#connection;
    if (queuedBytes !== this.#untakenWhenSwept) this.lastActiveMs = this.#now();
    this.#untakenWhenSwept = queuedBytes;
    if (this.lastActiveMs > sinceMs) return false;
    return queuedBytes > 0 || (this.#pipeline.size === 0 && this.#arrived.length === 0 && !this.#paused);
  }

  onEnding(listener: () => void): Waiting {
    if (this.#ending || this.#peerHasEnded) listener();
    else (this.#endingListeners ??= new Set()).add(listener);
    return { cancel: () => this.#endingListeners?.delete(listener) };
  }

  onGone(listener: () => void): Waiting {
    if (this.#closed) listener();
    else (this.#goneListeners ??= new Set()).add(listener);
    return { cancel: () => this.#goneListeners?.delete(listener) };
  }

  /** Asks what is parked to answer now; false: nothing is. */
  hurry(): boolean {
    const parked = this.#endingListeners ?? NO_LISTENERS;
    this.#endingListeners = null;
    for (const listener of parked) listener();
    return parked.size > 0;
  }

  /** Reads nothing more, answers what is in flight, then closes. */
  end(): void {
    if (this.#closed || this.#ending) return;
    this.#tellEnding();
    this.#discardArrived();
    this.#connection.pause();
    this.#endWhenAnswered();
  }

  destroy(): void {
    this.#connection.destroy();
  }

  #received(chunk: Buffer): void {
    if (this.#ending || this.#refusal !== null) return;
    const isProgress = this.#cut(chunk);
    const { pendingBytes } = this.#cutter;
    // A byte that begins a request is a sign of life, too.
    const begins = pendingBytes === chunk.length;
    if (isProgress || begins || pendingBytes - this.#progressBytes >= PROGRESS_BYTES) {
      this.lastActiveMs = this.#now();
      this.#progressBytes = pendingBytes;
    }
    this.#startArrived();
    if (this.#arrived.length === 0 && this.#refusal !== null) this.#refuse(this.#refusal);
    // Last, since it may be this connection that has to give its bytes up.
    else if (!this.#ending && this.#refusal === null) this.#memory.holds(this, this.#cutter.pendingBytes);
    this.#regulate();
  }

  /** Cuts a share of what has come into frames; false: there is none. Bytes that make no sense end it once what came before has started. */
  #cut(chunk: Buffer): boolean {
    let frames: readonly Frame[];
    try {
      frames = this.#cutter.cut(chunk, FRAMES_CUT_MAX);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#refusal = error.message;
      frames = error.framesBefore;
    }
    for (const frame of frames) {
      this.#arrived.push(frame);
      this.#queuedBytes += frame.bytes.length;
      this.#memory.take(frame.bytes.length);
    }
    return frames.length > 0;
  }

  get mayStart(): boolean {
    if (!this.#serving || this.#closed || this.#arrived.length === 0 || this.#alone) return false;
    if (this.#pipeline.size >= this.#limits().maxInFlight) return false;
    // One at a time, so that what arrived can be worked off however full it is: decoded, requests are larger than their bytes.
    if (this.#memory.exhausted && this.#pipeline.size > 0) return false;
    // Its answers would only add to those that the peer leaves lying.
    const most = this.#answers.exhausted ? 1 : this.#limits().maxQueuedBytes;
    return this.answerBytes < most;
  }

  startNext(): number | null {
    if (!this.mayStart) return null;
    const frame = this.#arrived.shift()!;
    this.#start(frame);
    if (this.#arrived.length === 0 && !this.#ending) {
      if (this.#cutter.restBytes > 0) {
        this.#cut(NO_BYTES);
        this.#memory.holds(this, this.#cutter.pendingBytes);
      }
      if (this.#arrived.length === 0 && this.#refusal !== null) this.#refuse(this.#refusal);
      this.#regulate();
    }
    return frame.bytes.length;
  }

  #startArrived(): void {
    this.#line.enter(this);
  }

  #start({ bytes: frame, slab }: Frame): void {
    const slot = this.#pipeline.arrived();
    let dispatched: Dispatched;
    try {
      dispatched = this.#dispatcher.start(frame, this, (wantedBytes) => this.#turn(slot, wantedBytes));
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
      this.#finished(slot, {
        outcome: 'hang up',
        sent: nothing,
        isLast: false,
        requestBytes: frame.length,
        answerBytes: 0,
      });
      this.#refuse(error.message);
      return;
    }
    // What the request was decoded to lives as long as its bytes do, and may be much larger.
    const requestBytes = frame.length + dispatched.decodedBytes;
    this.#queuedBytes += dispatched.decodedBytes;
    this.#memory.take(dispatched.decodedBytes);
    this.#alone = dispatched.order === 'alone';
    void dispatched.outcome.then((outcome) => {
      if (dispatched.order === 'alone') this.#alone = false;
      if (dispatched.keepsNothing) slab?.release();
      // Not in its turn: older requests may be parked for long.
      if (outcome === 'cut') this.#breakOff(outcome);
      this.#finished(slot, {
        outcome,
        sent: () => dispatched.sent(),
        isLast: dispatched.isLast,
        requestBytes,
        answerBytes: bytesOf(outcome),
      });
      this.#startArrived();
      this.#regulate();
    });
  }

  #finished(slot: Slot<Finished>, finished: Finished): void {
    this.#behindBytes += finished.answerBytes;
    const grant = this.#pipeline.isHead(slot) ? this.#grant : null;
    for (const each of this.#pipeline.done(slot, finished)) {
      const { outcome, sent, isLast, requestBytes, answerBytes } = each;
      this.#queuedBytes -= requestBytes;
      this.#behindBytes -= answerBytes;
      this.#memory.give(requestBytes);
      if (this.#closed || typeof outcome === 'string') sent();
      if (this.#closed) continue;
      if (outcome === 'hang up') this.end();
      else if (outcome !== 'cut' && outcome !== 'no answer') this.#write(outcome, sent);
      if (isLast) this.#breakOff(outcome);
    }
    this.lastActiveMs = this.#now();
    this.#answers.holds(this, this.#closed ? 0 : this.answerBytes);
    // After what became of it is counted, so that nobody is let in between.
    if (grant !== null) {
      this.#grant = null;
      this.#answers.giveBack(grant);
    }
    this.#pipeline.wakeHead();
    this.#endWhenAnswered();
  }

  #write(answer: readonly Uint8Array[], taken: () => void): void {
    if (!this.#connection.write(answer, taken)) this.#overHighWater = true;
  }

  /** Ends the connection behind what has left, whatever else is in flight; on a `cut` not even that need arrive. */
  #breakOff(outcome: Outcome): void {
    this.end();
    if (outcome === 'cut') this.#connection.destroy();
    else this.#connection.end();
  }

  /** See RequestContext.turn. */
  #turn(slot: Slot<Finished>, wantedBytes: number): Promise<number | null> {
    return new Promise((resolve) => {
      const ask = (): void => {
        if (this.#closed) return resolve(null);
        const grant = this.#overHighWater ? null : this.#answers.grant(wantedBytes);
        if (grant !== null) {
          this.#grant = grant;
          return resolve(grant.bytes);
        }
        // Asked again when the peer has taken what it has, or when there is room.
        slot.atHead = ask;
        if (!this.#overHighWater) this.#answers.whenRoom(this.#wakeHead);
      };
      slot.atHead = ask;
      if (this.#closed || this.#pipeline.isHead(slot)) this.#pipeline.wake(slot);
    });
  }

  readonly #wakeHead = (): void => this.#pipeline.wakeHead();

  #peerEnded(): void {
    this.#peerHasEnded = true;
    this.hurry();
  }

  #drained(): void {
    this.lastActiveMs = this.#now();
    this.#overHighWater = false;
    this.#answers.holds(this, this.answerBytes);
    this.#pipeline.wakeHead();
    this.#startArrived();
    this.#regulate();
  }

  /** Reads on, or stops reading, as the limits say. */
  #regulate(): void {
    if (this.#closed || this.#ending || !this.#serving) return;
    const { maxQueuedBytes } = this.#limits();
    // Below high water nobody tells us when the peer has taken its answers, and it would be paused for ever.
    const untakenBytes = this.#overHighWater ? this.#connection.queuedBytes : 0;
    const full =
      this.#arrived.length > 0 || this.#queuedBytes >= maxQueuedBytes || untakenBytes >= maxQueuedBytes;
    const outOfMemory = this.#memory.exhausted;
    if (outOfMemory) this.#memory.whenRoom(this.#regulateLater);
    if (full || outOfMemory) {
      if (!this.#paused) this.#connection.pause();
      this.#paused = true;
    } else if (this.#paused) {
      this.#paused = false;
      this.#connection.resume();
    }
  }

  readonly #regulateLater = (): void => {
    this.#startArrived();
    this.#regulate();
  };

  shedPartial(): void {
    this.#refuse('requests fill queued.max.request.bytes, and its unfinished one is the largest');
    this.#connection.destroy();
  }

  shedAnswers(): void {
    this.#refuse('answers fill queued.max.response.bytes, and its peer takes none of its own');
    this.#connection.destroy();
  }

  #refuse(reason: string): void {
    this.#refusal = null;
    this.#warn(`closing a connection: ${reason}`, { from: `${this.remote.host}:${this.remote.port}` });
    this.end();
  }

  #discardArrived(): void {
    for (const { bytes, slab } of this.#arrived) {
      this.#queuedBytes -= bytes.length;
      this.#memory.give(bytes.length);
      slab?.release();
    }
    this.#arrived = [];
    this.#cutter.discard();
    this.#memory.holds(this, 0);
  }

  #tellEnding(): void {
    this.#ending = true;
    this.hurry();
  }

  #endWhenAnswered(): void {
    if (this.#ending && !this.#closed && this.#pipeline.size === 0) this.#connection.end();
  }

  #gone(cause: Error | undefined): void {
    if (cause) this.#logger.debug('a connection broke', { from: this.remote.host, error: cause });
    this.#closed = true;
    this.#memory.forget(this.#regulateLater);
    this.#answers.forget(this.#wakeHead);
    this.#line.leave(this);
    this.#overHighWater = false;
    this.#answers.holds(this, 0);
    this.#discardArrived();
    this.#tellEnding();
    for (const listener of this.#goneListeners ?? NO_LISTENERS) listener();
    this.#pipeline.wakeHead();
    this.#onClosed(this);
  }
}

function nothing(): void {}

function bytesOf(outcome: Outcome): number {
  if (typeof outcome === 'string') return 0;
  let bytes = 0;
  for (const part of outcome) bytes += part.byteLength;
  return bytes;
}
