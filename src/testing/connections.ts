/**
 * The broker's network with a hand on its connections: who is connected, and the means to end or refuse them. It stands between the
 * server and the real network, and knows what the server does not tell: which client is behind a connection.
 */
import type { AskedRequest } from '../broker/interceptor.js';
import type { Connection, ConnectionEvents, Listener, ListenOptions, Net } from '../ports/net.js';
import type { RefusedConnections } from './faults/fault.js';
import { Hits } from './faults/set-fault.js';
import type { TestConnection } from './test-connection.js';
import type { Patience } from './waiting.js';

interface Known {
  readonly connection: WatchedConnection;
  clientId: string | null;
  software: string | null;
}

export class Connections implements Net {
  readonly #net: Net;
  readonly #patience: Patience;
  readonly #open = new Map<number, Known>();
  /** How many want them held. */
  #holds = 0;
  readonly #refusals = new Set<Hits>();

  constructor(net: Net, patience: Patience) {
    this.#net = net;
    this.#patience = patience;
  }

  list(): TestConnection[] {
    return Array.from(this.#open.values(), ({ connection: { remote }, clientId, software }) => ({
      from: `${remote.host}:${remote.port}`,
      clientId,
      software,
    }));
  }

  /** Ends the connections of that client, or all, at once; says how many. */
  cut(clientId: string | undefined): number {
    const meant = [...this.#open.values()].filter(
      (known) => clientId === undefined || known.clientId === clientId,
    );
    for (const { connection } of meant) connection.destroy();
    return meant.length;
  }

  /** New connections are taken and ended at once, as by a proxy whose broker is down. The listener stays, and so does its port. */
  refuse(): RefusedConnections {
    const hits = new Hits('refuseConnections', this.#patience);
    this.#refusals.add(hits);
    return {
      get hits() {
        return hits.count;
      },
      hit: (options) => hits.reached(options),
      allow: () => void this.#refusals.delete(hits),
    };
  }

  allowAll(): void {
    this.#refusals.clear();
  }

  /** Runs `work` while nothing is read of any client: what they send meanwhile comes behind it. */
  async whileHeld(work: () => Promise<void>): Promise<void> {
    this.#holds++;
    for (const { connection } of this.#open.values()) connection.hold();
    try {
      await work();
    } finally {
      this.#holds--;
      if (this.#holds === 0) for (const { connection } of this.#open.values()) connection.release();
    }
  }

  /** A request has come: it tells who is behind its connection. */
  asked({ peer, clientId, api, request }: AskedRequest): void {
    const known = this.#open.get(peer.connectionId);
    if (known === undefined) return;
    known.clientId = clientId;
    if (api.name !== 'ApiVersions') return;
    const { clientSoftwareName, clientSoftwareVersion } = request as Readonly<Record<string, string>>;
    if (clientSoftwareName) known.software = `${clientSoftwareName} ${clientSoftwareVersion}`;
  }

  listen(options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
    return this.#net.listen(options, (connection) => {
      if (this.#refusals.size === 0) {
        accept(this.#watched(connection));
        return;
      }
      connection.handle({ onData() {}, onClose() {} });
      connection.destroy();
      for (const hits of this.#refusals) hits.add(1);
    });
  }

  connect(options: Parameters<Net['connect']>[0]): Promise<Connection> {
    return this.#net.connect(options);
  }

  nextTurn(step: () => void): void {
    this.#net.nextTurn(step);
  }

  get connectionsMax(): number {
    return this.#net.connectionsMax;
  }

  #watched(connection: Connection): Connection {
    const watched = new WatchedConnection(connection, () => this.#open.delete(connection.id));
    this.#open.set(connection.id, { connection: watched, clientId: null, software: null });
    if (this.#holds > 0) watched.hold();
    return watched;
  }
}

/** The connection itself, but that its end is told, and that it can be held: paused, whatever the server wants meanwhile. */
class WatchedConnection implements Connection {
  readonly #inner: Connection;
  readonly #onClosed: () => void;
  #isHeld = false;
  /** As the server wants it. */
  #isPaused = false;

  constructor(inner: Connection, onClosed: () => void) {
    this.#inner = inner;
    this.#onClosed = onClosed;
  }

  get id() {
    return this.#inner.id;
  }

  get remote() {
    return this.#inner.remote;
  }

  get local() {
    return this.#inner.local;
  }

  get queuedBytes() {
    return this.#inner.queuedBytes;
  }

  handle(events: ConnectionEvents): void {
    this.#inner.handle({
      onData: (chunk) => events.onData(chunk),
      onDrain: () => events.onDrain?.(),
      onEnd: () => events.onEnd?.(),
      onClose: (cause) => {
        this.#onClosed();
        events.onClose(cause);
      },
    });
  }

  write(parts: readonly Uint8Array[], taken?: () => void): boolean {
    return this.#inner.write(parts, taken);
  }

  hold(): void {
    this.#isHeld = true;
    this.#inner.pause();
  }

  release(): void {
    this.#isHeld = false;
    if (!this.#isPaused) this.#inner.resume();
  }

  pause(): void {
    this.#isPaused = true;
    this.#inner.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isHeld) this.#inner.resume();
  }

  end(): void {
    this.#inner.end();
  }

  destroy(): void {
    this.#inner.destroy();
  }
}
