/** The listener and its connections: accepts within limits, closes what is idle, and stops without losing an answer. */
import type { Millis } from '../base/ids.js';
import type { Dispatcher } from '../broker/dispatch.js';
import type { Clock, TimerHandle } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Connection, Listener, Net } from '../ports/net.js';
import { ClientConnection, type ConnectionLimits } from './connection.js';
import { MemoryBudget } from './memory.js';

export interface ServerOptions {
  readonly net: Net;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly dispatcher: Dispatcher;
  readonly limits: ConnectionLimits;
  readonly requestMemoryBytes: number;
  readonly maxConnections: number;
  readonly idleMsMax: Millis;
}

export class Server {
  readonly #options: ServerOptions;
  readonly #memory: MemoryBudget;
  readonly #connections = new Set<ClientConnection>();
  #listener: Listener | null = null;
  #sweep: TimerHandle | null = null;
  #onEmpty: (() => void) | null = null;
  #serving = false;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#memory = new MemoryBudget(options.requestMemoryBytes);
  }

  /**
   * Binds and accepts, but answers nothing before `serve`: the port must be known before the broker can say where it is.
   * @throws UserError PORT_IN_USE, ADDRESS_NOT_AVAILABLE, PORT_FORBIDDEN
   */
  async listen(address: { readonly host: string; readonly port: number }): Promise<Listener> {
    this.#listener = await this.#options.net.listen(address, (connection) => this.#accept(connection));
    this.#sweepLater();
    return this.#listener;
  }

  serve(): void {
    this.#serving = true;
    for (const connection of this.#connections) connection.serve();
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Bytes of requests received and not yet answered. */
  get requestBytes(): number {
    return this.#memory.usedBytes;
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
    if (this.#connections.size === 0) return;
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
    const { maxConnections, logger, dispatcher, limits, clock } = this.#options;
    if (this.#connections.size >= maxConnections) {
      logger.warn(`refusing a connection: max.connections=${maxConnections} are open`, {
        from: connection.remote.host,
      });
      connection.handle({ onData() {}, onClose() {} });
      connection.destroy();
      return;
    }
    const accepted = new ClientConnection({
      connection,
      dispatcher,
      limits,
      memory: this.#memory,
      logger,
      now: () => clock.monotonic(),
      onClosed: (closed) => this.#forget(closed),
    });
    this.#connections.add(accepted);
    if (this.#serving) accepted.serve();
  }

  #forget(connection: ClientConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  /** One timer for all connections: a silent one lives at most a quarter longer than its limit. */
  #sweepLater(): void {
    const { clock, idleMsMax, logger } = this.#options;
    this.#sweep = clock.setTimer(Math.max(1, idleMsMax / 4), () => {
      const oldest = clock.monotonic() - idleMsMax;
      for (const connection of this.#connections) {
        if (connection.lastActiveMs > oldest) continue;
        // A request in flight is activity of ours: a long poll may be longer than the limit.
        if (!connection.idle) continue;
        logger.debug('closing an idle connection', { from: connection.remote.host });
        connection.destroy();
      }
      this.#sweepLater();
    });
  }
}
