import type net from 'node:net';
import { assert } from '../../base/assert.js';
import type { Address, Connection, ConnectionEvents } from '../net.js';

// Taken when the module loads: fake timers that a user's test installs later replace the globals, not these.
const { setTimeout, clearTimeout, queueMicrotask } = globalThis;

/** How long the peer may take to close its side after we have sent everything and closed ours. */
const LINGER_MS = 1_000;

/** A TCP connection that is up. Errors end it; `onClose` tells which, once. */
export class NodeConnection implements Connection {
  readonly id: number;
  readonly remote: Address;
  readonly local: Address;
  readonly #socket: net.Socket;
  #events: ConnectionEvents | undefined;
  #paused = false;
  #state: 'open' | 'ending' | 'closing' | 'closed' = 'open';
  #cause: Error | undefined;
  #linger: NodeJS.Timeout | undefined;

  constructor(id: number, socket: net.Socket) {
    this.id = id;
    this.#socket = socket;
    this.remote = addressOf(socket.remoteAddress, socket.remotePort);
    this.local = addressOf(socket.localAddress, socket.localPort);
    // From the first moment: a reset before `handle` must not bring the process down, and must still be told. Data waits in
    // the socket by itself, since nothing reads before the 'data' listener is there.
    socket.on('error', (error) => {
      this.#cause ??= error;
    });
    socket.on('close', () => this.#hasClosed());
    socket.on('finish', () => this.#startLinger());
    socket.on('drain', () => {
      if (this.#state === 'open') this.#events?.onDrain?.();
    });
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  handle(events: ConnectionEvents): void {
    assert(this.#events === undefined, 'a connection is handled once');
    this.#events = events;
    if (this.#state === 'closed') {
      queueMicrotask(() => events.onClose(this.#cause));
      return;
    }
    // The listener starts the flow, unless the socket was paused before.
    if (this.#paused) this.#socket.pause();
    this.#socket.on('data', (chunk: Buffer) => {
      if (this.#state === 'open') events.onData(chunk);
    });
  }

  write(parts: readonly Uint8Array[]): boolean {
    // The peer may be gone, and the answer with it. No drain will come, so there is none to wait for.
    const socket = this.#socket;
    if (this.#state !== 'open' || !socket.writable) return true;
    socket.cork();
    for (const part of parts) if (part.byteLength > 0) socket.write(part);
    socket.uncork();
    // Asked after uncork: what the kernel has taken by now is out of the way. Still over, the stream owes us a 'drain',
    // because the part that passed high water was told so.
    return socket.writableLength < socket.writableHighWaterMark;
  }

  pause(): void {
    this.#paused = true;
    if (this.#flows()) this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#flows()) this.#socket.resume();
  }

  /**
   * Closes our side and then waits a little for the peer to close its own, throwing away what it still sends. To close at
   * once, with bytes of the peer unread, makes the kernel send a reset, and a reset overtakes our last answer.
   */
  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#socket.end();
    this.#socket.resume();
  }

  destroy(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closing';
    this.#socket.destroy();
  }

  /** False before `handle`, when the socket must not flow into nothing, and after `end`, when it must flow whatever is asked. */
  #flows(): boolean {
    return this.#events !== undefined && this.#state === 'open';
  }

  #startLinger(): void {
    if (this.#state !== 'ending') return;
    this.#linger = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    this.#linger.unref();
  }

  #hasClosed(): void {
    clearTimeout(this.#linger);
    this.#state = 'closed';
    this.#events?.onClose(this.#cause);
  }
}

/** An IPv4 peer of a listener on `::` has a mapped address; told to others, it would only work on a host of that kind. */
export function addressOf(host: string | undefined, port: number | undefined): Address {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host ?? '');
  return { host: mapped?.[1] ?? host ?? '', port: port ?? 0 };
}
