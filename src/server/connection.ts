/**
 * One client connection: bytes in, frames cut, requests started in order, answers out in order.
 *
 * Requests overlap: the next one starts as soon as the order of the one before is fixed (see Handler.order), so a parked long poll
 * or a produce that waits for the disk does not hold up what follows, and yet nothing is seen out of order.
 *
 * Everything is bounded. Reading stops while the requests in flight, their bytes, the bytes this peer has not taken of its answers,
 * or the requests of all connections together are at their limit; the peer then feels it as a full window.
 */
import type { Dispatched, Dispatcher, Outcome } from '../broker/dispatch.js';
import { RefusedRequest } from '../broker/dispatch.js';
import type { Peer } from '../broker/context.js';
import type { Millis } from '../base/ids.js';
import type { Logger } from '../ports/logger.js';
import type { Connection } from '../ports/net.js';
import type { Waiting } from '../replication/waiters.js';
import { FrameCutter, FrameError } from '../wire/frame.js';
import type { MemoryBudget, PartialHolder } from './memory.js';
import { Pipeline, type Slot } from './pipeline.js';

export interface ConnectionLimits {
  readonly maxFrameBytes: number;
  readonly maxInFlight: number;
  /** Of requests in flight and, separately, of answers not yet taken. */
  readonly maxQueuedBytes: number;
}

interface Finished {
  readonly outcome: Outcome;
  readonly requestBytes: number;
}

export class ClientConnection implements Peer, PartialHolder {
  readonly #connection: Connection;
  readonly #dispatcher: Dispatcher;
  readonly #limits: ConnectionLimits;
  readonly #memory: MemoryBudget;
  readonly #logger: Logger;
  readonly #cutter: FrameCutter;
  readonly #pipeline = new Pipeline<Finished>();
  /** Frames cut and not yet started. */
  #arrived: Buffer[] = [];
  #queuedBytes = 0;
  /** A request that runs alone is under way. */
  #alone = false;
  #paused = true;
  /** Nothing is read before `serve`. */
  #serving = false;
  #closed = false;
  /** Nothing more is read; the connection ends when the last answer has left. */
  #ending = false;
  readonly #endingListeners = new Set<() => void>();
  readonly #onClosed: (connection: ClientConnection) => void;
  readonly #now: () => Millis;
  lastActiveMs: Millis;

  constructor(options: {
    readonly connection: Connection;
    readonly dispatcher: Dispatcher;
    readonly limits: ConnectionLimits;
    readonly memory: MemoryBudget;
    readonly logger: Logger;
    readonly now: () => Millis;
    readonly onClosed: (connection: ClientConnection) => void;
  }) {
    this.#connection = options.connection;
    this.#dispatcher = options.dispatcher;
    this.#limits = options.limits;
    this.#memory = options.memory;
    this.#logger = options.logger;
    this.#now = options.now;
    this.#onClosed = options.onClosed;
    this.lastActiveMs = options.now();
    this.#cutter = new FrameCutter({ maxFrameBytes: options.limits.maxFrameBytes });
    this.#connection.handle({
      onData: (chunk) => this.#received(chunk),
      onDrain: () => this.#drained(),
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

  /** No request is in flight and none has begun to arrive. */
  get idle(): boolean {
    return this.#pipeline.size === 0 && this.#arrived.length === 0;
  }

  onEnding(listener: () => void): Waiting {
    if (this.#ending) listener();
    else this.#endingListeners.add(listener);
    return { cancel: () => this.#endingListeners.delete(listener) };
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
    if (this.#ending) return;
    this.lastActiveMs = this.#now();
    let refused: FrameError | undefined;
    let frames: readonly Buffer[];
    try {
      frames = this.#cutter.push(chunk);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      refused = error;
      frames = error.framesBefore;
    }
    for (const frame of frames) {
      this.#arrived.push(frame);
      this.#queuedBytes += frame.length;
      this.#memory.take(frame.length);
    }
    this.#startArrived();
    if (refused) this.#refuse(refused.message);
    // Last, since it may be this connection that has to give its bytes up.
    else if (!this.#ending) this.#memory.holds(this, this.#cutter.pendingBytes);
    this.#regulate();
  }

  #startArrived(): void {
    while (
      this.#serving &&
      this.#arrived.length > 0 &&
      !this.#alone &&
      this.#pipeline.size < this.#limits.maxInFlight
    ) {
      this.#start(this.#arrived.shift()!);
    }
  }

  #start(frame: Buffer): void {
    const slot = this.#pipeline.arrived();
    let dispatched: Dispatched;
    try {
      dispatched = this.#dispatcher.start(frame, this, () => this.#turn(slot));
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
      this.#finished(slot, { outcome: 'hang up', requestBytes: frame.length });
      this.#refuse(error.message);
      return;
    }
    this.#alone = dispatched.order === 'alone';
    void dispatched.outcome.then((outcome) => {
      if (dispatched.order === 'alone') this.#alone = false;
      this.#finished(slot, { outcome, requestBytes: frame.length });
      this.#startArrived();
      this.#regulate();
    });
  }

  #finished(slot: Slot<Finished>, finished: Finished): void {
    for (const { outcome, requestBytes } of this.#pipeline.done(slot, finished)) {
      this.#queuedBytes -= requestBytes;
      this.#memory.give(requestBytes);
      if (this.#closed) continue;
      if (outcome === 'hang up') this.end();
      else if (outcome !== 'no answer') this.#connection.write(outcome);
    }
    this.lastActiveMs = this.#now();
    if (this.#mayFill()) this.#pipeline.wakeHead();
    this.#endWhenAnswered();
  }

  /** See RequestContext.turn. */
  #turn(slot: Slot<Finished>): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    if (this.#pipeline.isHead(slot) && this.#mayFill()) return Promise.resolve(true);
    return new Promise((resolve) => {
      slot.atHead = () => resolve(!this.#closed);
    });
  }

  #mayFill(): boolean {
    return this.#connection.queuedBytes < this.#limits.maxQueuedBytes;
  }

  #drained(): void {
    this.lastActiveMs = this.#now();
    this.#pipeline.wakeHead();
    this.#regulate();
  }

  /** Reads on, or stops reading, as the limits say. */
  #regulate(): void {
    if (this.#closed || this.#ending || !this.#serving) return;
    const full =
      this.#arrived.length > 0 ||
      this.#queuedBytes >= this.#limits.maxQueuedBytes ||
      this.#connection.queuedBytes >= this.#limits.maxQueuedBytes;
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

  readonly #regulateLater = (): void => this.#regulate();

  shed(): void {
    this.#refuse('requests fill queued.max.request.bytes, and its unfinished one is the largest');
    this.#connection.destroy();
  }

  #refuse(reason: string): void {
    this.#logger.warn(`closing a connection: ${reason}`, { from: `${this.remote.host}:${this.remote.port}` });
    this.end();
  }

  #discardArrived(): void {
    for (const frame of this.#arrived) {
      this.#queuedBytes -= frame.length;
      this.#memory.give(frame.length);
    }
    this.#arrived = [];
    this.#memory.holds(this, 0);
  }

  #tellEnding(): void {
    this.#ending = true;
    for (const listener of this.#endingListeners) listener();
    this.#endingListeners.clear();
  }

  #endWhenAnswered(): void {
    if (this.#ending && !this.#closed && this.#pipeline.size === 0) this.#connection.end();
  }

  #gone(cause: Error | undefined): void {
    if (cause) this.#logger.debug('a connection broke', { from: this.remote.host, error: cause });
    this.#closed = true;
    this.#memory.forget(this.#regulateLater);
    this.#discardArrived();
    this.#tellEnding();
    this.#pipeline.wakeHead();
    this.#onClosed(this);
  }
}
