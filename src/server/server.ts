/** The listener and its connections: accepts within limits, closes what is idle, and stops without losing an answer. */
import type { Millis } from '../base/ids.js';
import type { SlabPool } from '../base/slabs.js';
import type { Dispatcher } from '../broker/dispatch.js';
import type { Clock, TimerHandle } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Connection, Listener, Net } from '../ports/net.js';
import { AnswerBudget } from './answer-budget.js';
import { ClientConnection, type ConnectionLimits } from './connection.js';
import { ConnectionQuota } from './connection-quota.js';
import { FairLine } from './fair-line.js';
import { MemoryBudget } from './memory.js';
import { RepeatedWarnings } from './repeated-warnings.js';

/** Connections that wait in the kernel while the event loop is busy; the kernel has a limit of its own (net.core.somaxconn). */
const BACKLOG = 1024;
/** While requests fill their budget, how often those that are parked are asked to hurry, and how much of the budget they must free. */
const HURRY_MS = 100;
const HURRIED_SHARE = 0.25;

/** What may change while the server runs; it acts on what comes next. */
export interface ServerLimits extends ConnectionLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerIp: number;
  readonly connectionIdleMs: Millis;
}

export interface ServerOptions {
  readonly net: Net;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly dispatcher: Dispatcher;
  readonly limits: ServerLimits;
  /** Where requests get their memory. */
  readonly slabs: SlabPool;
  readonly requestMemoryBytes: number;
  readonly answerMemoryBytes: number;
  readonly maxConnectionsOfIp: ReadonlyMap<string, number>;
  /** Bytes that were appended and are not yet where they belong on the disk. */
  readonly unsettledBytes: () => number;
}

export class Server {
  readonly #options: ServerOptions;
  readonly #memory: MemoryBudget;
  readonly #answers: AnswerBudget;
  readonly #line: FairLine;
  readonly #warnings: RepeatedWarnings;
  readonly #quota: ConnectionQuota;
  readonly #connections = new Set<ClientConnection>();
  #limits: ServerLimits;
  #listener: Listener | null = null;
  #sweep: TimerHandle | null = null;
  #hurry: TimerHandle | null = null;
  #onEmpty: (() => void) | null = null;
  #serving = false;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#limits = options.limits;
    this.#memory = new MemoryBudget(
      options.requestMemoryBytes,
      () => this.#hurryLater(),
      options.unsettledBytes,
    );
    this.#answers = new AnswerBudget(options.answerMemoryBytes, options.clock);
    this.#line = new FairLine((step) => options.net.nextTurn(step));
    this.#warnings = new RepeatedWarnings(options.logger, options.clock);
    this.#quota = new ConnectionQuota(options.maxConnectionsOfIp, options.net.connectionsMax);
  }

  /**
   * Binds and accepts, but answers nothing before `serve`: the port must be known before the broker can say where it is.
   * @throws UserError PORT_IN_USE, ADDRESS_NOT_AVAILABLE, PORT_FORBIDDEN
   */
  async listen(address: { readonly host: string; readonly port: number }): Promise<Listener> {
    const onAcceptError = (error: Error): void =>
      this.#warnings.warn('a connection could not be accepted', { error });
    this.#listener = await this.#options.net.listen(
      { ...address, backlog: BACKLOG, onAcceptError },
      (connection) => this.#accept(connection),
    );
    this.#sweepLater();
    return this.#listener;
  }

  serve(): void {
    this.#serving = true;
    for (const connection of this.#connections) connection.serve();
  }

  configure(limits: ServerLimits): void {
    this.#limits = limits;
    if (this.#sweep === null) return;
    this.#options.clock.clearTimer(this.#sweep);
    this.#sweepLater();
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Bytes of requests received and not yet answered. */
  get requestBytes(): number {
    return this.#memory.usedBytes;
  }

  /** Bytes of answers being read, or not yet taken by their peers. */
  get answerBytes(): number {
    return this.#answers.usedBytes;
  }

  /** Stops accepting, so that nothing new begins. */
  async stopAccepting(): Promise<void> {
    if (this.#sweep) this.#options.clock.clearTimer(this.#sweep);
    this.#sweep = null;
    await this.#listener?.close();
    this.#listener = null;
  }

  /** Ends every connection when what it has in flight is answered; those that do not end within `graceMs` are cut. */
  async closeConnections(graceMs: Millis): Promise<void> {
    if (this.#connections.size > 0) await this.#untilEmpty(graceMs);
    if (this.#hurry) this.#options.clock.clearTimer(this.#hurry);
    this.#answers.close();
    this.#warnings.close();
  }

  async #untilEmpty(graceMs: Millis): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#options.clock.setTimer(graceMs, () => {
        for (const connection of this.#connections) connection.destroy();
      });
      this.#onEmpty = () => {
        this.#options.clock.clearTimer(timer);
        resolve();
      };
      for (const connection of this.#connections) connection.end();
    });
  }

  #accept(connection: Connection): void {
    const { logger, dispatcher, clock, slabs } = this.#options;
    const ip = connection.remote.host;
    const refusal = this.#quota.opened(ip, this.#limits);
    if (refusal !== null) {
      this.#warnings.warn(`refusing a connection: ${refusal}`, { from: ip });
      connection.handle({ onData() {}, onClose() {} });
      connection.destroy();
      return;
    }
    const accepted = new ClientConnection({
      connection,
      dispatcher,
      limits: () => this.#limits,
      memory: this.#memory,
      slabs,
      answers: this.#answers,
      line: this.#line,
      logger,
      warn: this.#warnings.warn,
      now: () => clock.monotonic(),
      onClosed: (closed) => this.#forget(closed),
    });
    this.#connections.add(accepted);
    if (this.#serving) accepted.serve();
  }

  #forget(connection: ClientConnection): void {
    this.#connections.delete(connection);
    this.#quota.closed(connection.remote.host);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  /** One timer for all connections: a silent one lives at most a quarter longer than its limit. */
  #sweepLater(): void {
    const { clock, logger } = this.#options;
    const { connectionIdleMs } = this.#limits;
    this.#sweep = clock.setTimer(Math.max(1, connectionIdleMs / 4), () => {
      const oldest = clock.monotonic() - connectionIdleMs;
      for (const connection of this.#connections) {
        if (!connection.isSilentSince(oldest)) continue;
        logger.debug('closing an idle connection', { from: connection.remote.host });
        connection.destroy();
      }
      this.#sweepLater();
    });
  }

  /**
   * Requests fill their budget and somebody must wait. Those that write free their bytes by themselves; those that are parked would keep
   * them until their time is up, which their senders choose: so the largest holders' are answered now, with what there is. Not at once,
   * since nearly always others are answered in the meantime.
   */
  #hurryLater(): void {
    this.#hurry ??= this.#options.clock.setTimer(HURRY_MS, () => {
      this.#hurry = null;
      this.#memory.wake();
      if (!this.#memory.exhausted) return;
      const largestFirst = [...this.#connections].sort((one, other) => other.requestBytes - one.requestBytes);
      // What the disk has not taken yet may be all there is: nobody parked is to blame for that.
      let bytes = Math.min(this.#memory.usedBytes, this.#memory.limitBytes * HURRIED_SHARE);
      for (const connection of largestFirst) {
        if (bytes <= 0) break;
        const { requestBytes } = connection;
        if (connection.hurry()) bytes -= requestBytes;
      }
      this.#hurryLater();
    });
  }
}
