import type { Prng } from '../../src/base/prng.js';
import type {
  Address,
  Connection,
  ConnectionEvents,
  Listener,
  ListenOptions,
  Net,
} from '../../src/ports/net.js';

/**
 * The network as one process has it. At its death its listeners and connections are closed by the system, and the code that
 * held them hears nothing of it: it is gone.
 */
export class ProcessNet implements Net {
  readonly #net: Net;
  readonly #listeners = new Set<Listener>();
  readonly #connections = new Set<ProcessConnection>();
  #dead = false;

  constructor(net: Net) {
    this.#net = net;
  }

  async listen(options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
    const listener = await this.#net.listen(options, (connection) => {
      const own = new ProcessConnection(connection, () => this.#connections.delete(own));
      this.#connections.add(own);
      accept(own);
    });
    if (this.#dead) void listener.close();
    else this.#listeners.add(listener);
    return listener;
  }

  connect(options: { readonly host: string; readonly port: number; readonly timeoutMs: number }) {
    return this.#net.connect(options);
  }

  nextTurn(step: () => void): void {
    this.#net.nextTurn(() => {
      if (!this.#dead) step();
    });
  }

  get connectionsMax(): number {
    return this.#net.connectionsMax;
  }

  /**
   * @param prng whether a connection ends or breaks: what the process had handed to the system is sent in the one case, and lost
   *   in the other
   */
  die(prng: Prng): void {
    this.#dead = true;
    for (const listener of this.#listeners) void listener.close();
    for (const connection of this.#connections) connection.die(prng.chance(0.7) ? 'ends' : 'breaks');
    this.#connections.clear();
  }
}

class ProcessConnection implements Connection {
  readonly #connection: Connection;
  readonly #onClosed: () => void;
  #dead = false;

  constructor(connection: Connection, onClosed: () => void) {
    this.#connection = connection;
    this.#onClosed = onClosed;
  }

  get id(): number {
    return this.#connection.id;
  }

  get remote(): Address {
    return this.#connection.remote;
  }

  get local(): Address {
    return this.#connection.local;
  }

  get queuedBytes(): number {
    return this.#connection.queuedBytes;
  }

  handle(events: ConnectionEvents): void {
    this.#connection.handle({
      onData: (chunk) => {
        if (!this.#dead) events.onData(chunk);
      },
      onDrain: () => {
        if (!this.#dead) events.onDrain?.();
      },
      onEnd: () => {
        if (!this.#dead) events.onEnd?.();
      },
      onClose: (cause) => {
        if (this.#dead) return;
        this.#onClosed();
        events.onClose(cause);
      },
    });
  }

  write(parts: readonly Uint8Array[], taken?: () => void): boolean {
    return this.#dead || this.#connection.write(parts, taken);
  }

  pause(): void {
    if (!this.#dead) this.#connection.pause();
  }

  resume(): void {
    if (!this.#dead) this.#connection.resume();
  }

  end(): void {
    if (!this.#dead) this.#connection.end();
  }

  destroy(): void {
    if (!this.#dead) this.#connection.destroy();
  }

  die(how: 'ends' | 'breaks'): void {
    this.#dead = true;
    if (how === 'ends') this.#connection.end();
    else this.#connection.destroy();
  }
}
