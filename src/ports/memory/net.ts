import { assert } from '../../base/assert.js';
import { UserError } from '../../base/errors.js';
import type { Address, Connection, ConnectionEvents, Listener, ListenOptions, Net } from '../net.js';
import { systemError } from './system-error.js';

export interface MemoryNetOptions {
  /** Runs a step later: one chunk delivered, one connection made or closed. A microtask unless told otherwise. Order within a connection does not depend on it. */
  readonly schedule?: (step: () => void) => void;
  /** Bytes queued at which `write` answers false. 64 KiB unless told otherwise. */
  readonly highWaterBytes?: number;
}

const HIGH_WATER_BYTES = 64 * 1024;
const FIRST_EPHEMERAL_PORT = 49_152;
const PORT_MAX = 65_535;

/** A network inside the process: what is written on one end is read, chunk for chunk, on the other. */
export function memoryNet(options: MemoryNetOptions = {}): Net {
  return new MemoryNet(options.schedule ?? queueMicrotask, options.highWaterBytes ?? HIGH_WATER_BYTES);
}

class MemoryNet implements Net {
  readonly #schedule: (step: () => void) => void;
  readonly #highWaterBytes: number;
  readonly connectionsMax = Infinity;
  readonly #listeners = new Set<MemoryListener>();
  #lastId = 0;
  #lastPort = FIRST_EPHEMERAL_PORT - 1;

  constructor(schedule: (step: () => void) => void, highWaterBytes: number) {
    this.#schedule = schedule;
    this.#highWaterBytes = highWaterBytes;
  }

  async listen(options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
    const host = canonical(options.host);
    const port = options.port === 0 ? this.#freePort() : options.port;
    for (const other of this.#listeners) {
      if (other.port === port && overlap(other.host, host)) {
        throw new UserError(
          'PORT_IN_USE',
          `port ${port} on ${options.host} is in use`,
          'Choose another port.',
        );
      }
    }
    const listener = new MemoryListener(host, port, accept, () => this.#listeners.delete(listener));
    this.#listeners.add(listener);
    return listener;
  }

  connect(target: { readonly host: string; readonly port: number }): Promise<Connection> {
    return new Promise((resolve, reject) => {
      this.#schedule(() => {
        const to: Address = { host: canonical(target.host), port: target.port };
        const listener = this.#listenerAt(to);
        if (listener === undefined) {
          reject(systemError('ECONNREFUSED', 'connect', `${target.host}:${target.port}`));
          return;
        }
        const from: Address = { host: to.host, port: this.#freePort() };
        const outgoing = new MemoryConnection(++this.#lastId, from, to, this.#schedule, this.#highWaterBytes);
        const incoming = new MemoryConnection(++this.#lastId, to, from, this.#schedule, this.#highWaterBytes);
        outgoing.join(incoming);
        incoming.join(outgoing);
        listener.accept(incoming);
        resolve(outgoing);
      });
    });
  }

  nextTurn(step: () => void): void {
    this.#schedule(step);
  }

  #listenerAt(to: Address): MemoryListener | undefined {
    for (const listener of this.#listeners) {
      if (listener.port === to.port && overlap(listener.host, to.host)) return listener;
    }
    return undefined;
  }

  #freePort(): number {
    const taken = new Set([...this.#listeners].map((listener) => listener.port));
    assert(taken.size < PORT_MAX - FIRST_EPHEMERAL_PORT, 'some port is free');
    do {
      this.#lastPort = this.#lastPort === PORT_MAX ? FIRST_EPHEMERAL_PORT : this.#lastPort + 1;
    } while (taken.has(this.#lastPort));
    return this.#lastPort;
  }
}

class MemoryListener implements Listener {
  readonly host: string;
  readonly port: number;
  readonly accept: (connection: Connection) => void;
  readonly #remove: () => void;

  constructor(host: string, port: number, accept: (connection: Connection) => void, remove: () => void) {
    this.host = host;
    this.port = port;
    this.accept = accept;
    this.#remove = remove;
  }

  async close(): Promise<void> {
    this.#remove();
  }
}

/** What the peer wrote, on its way to us: not copied before we take it, so that whoever changes it too early is found out. */
interface Written {
  readonly parts: readonly Uint8Array[];
  readonly bytes: number;
  readonly taken: () => void;
}

/** Or the end of what it sends. */
type Arrival = Written | 'end';

/** What a lent chunk holds when its time is over. */
const TAKEN_BACK = 0xdb;

class MemoryConnection implements Connection {
  readonly id: number;
  readonly local: Address;
  readonly remote: Address;
  readonly #schedule: (step: () => void) => void;
  readonly #highWaterBytes: number;
  /** What the peer has sent and we have not taken, in order. Its bytes are the peer's `queuedBytes`: high water bounds it. */
  readonly #arrivals: Arrival[] = [];
  // oxlint-disable-next-line no-unused-private-class-members -- it is used, with the peer's own private members
  #peer!: MemoryConnection;
  #events: ConnectionEvents | undefined;
  #state: 'open' | 'ending' | 'closed' = 'open';
  #paused = false;
  #queuedBytes = 0;
  #owesDrain = false;

  constructor(
    id: number,
    local: Address,
    remote: Address,
    schedule: (step: () => void) => void,
    highWaterBytes: number,
  ) {
    this.id = id;
    this.local = local;
    this.remote = remote;
    this.#schedule = schedule;
    this.#highWaterBytes = highWaterBytes;
  }

  join(peer: MemoryConnection): void {
    this.#peer = peer;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  handle(events: ConnectionEvents): void {
    assert(this.#events === undefined, 'a connection is handled once');
    this.#events = events;
    if (this.#state === 'closed') this.#schedule(() => events.onClose(undefined));
    else this.#takeLater(this.#arrivals.length);
  }

  write(parts: readonly Uint8Array[], taken: () => void = nothing): boolean {
    const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
    if (this.#state !== 'open' || bytes === 0) {
      taken();
      return this.#state !== 'open' || !this.#owesDrain;
    }
    this.#queuedBytes += bytes;
    this.#peer.#arrive({ parts, bytes, taken });
    if (this.#queuedBytes < this.#highWaterBytes) return true;
    this.#owesDrain = true;
    return false;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#takeLater(this.#arrivals.length);
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#peer.#arrive('end');
    this.#takeLater(this.#arrivals.length);
  }

  destroy(): void {
    if (this.#state === 'closed') return;
    // What we queued goes with us; an end that was queued still holds.
    this.#peer.#dropArrivals();
    this.#peer.#arrive('end');
    this.#close();
  }

  #arrive(arrival: Arrival): void {
    if (this.#state === 'closed') {
      if (arrival !== 'end') arrival.taken();
      return;
    }
    this.#arrivals.push(arrival);
    if (arrival === 'end' && this.#arrivals.length > 1) this.#schedule(() => this.#tellEnd());
    this.#takeLater(1);
  }

  #takeLater(steps: number): void {
    for (let step = 0; step < steps; step++) this.#schedule(() => this.#takeOne());
  }

  /** Steps may come more often than arrivals, and in any order: each takes the oldest, if it may. */
  #takeOne(): void {
    const waits = this.#state === 'open' && (this.#paused || this.#events === undefined);
    if (waits || this.#state === 'closed') return;
    const arrival = this.#arrivals.shift();
    if (arrival === undefined) return;
    if (arrival === 'end') {
      this.#peer.#arrive('end');
      this.#close();
      return;
    }
    const chunk = Buffer.concat(arrival.parts);
    arrival.taken();
    this.#peer.#taken(arrival.bytes);
    if (this.#state === 'open') this.#events?.onData(chunk);
    chunk.fill(TAKEN_BACK);
  }

  #tellEnd(): void {
    if (this.#state === 'open' && this.#paused) this.#events?.onEnd?.();
  }

  #dropArrivals(): void {
    for (const arrival of this.#arrivals.splice(0)) if (arrival !== 'end') arrival.taken();
  }

  #taken(bytes: number): void {
    if (this.#state === 'closed') return;
    this.#queuedBytes -= bytes;
    if (this.#queuedBytes > 0 || !this.#owesDrain) return;
    this.#owesDrain = false;
    this.#schedule(() => {
      if (this.#state === 'open') this.#events?.onDrain?.();
    });
  }

  #close(): void {
    this.#state = 'closed';
    this.#dropArrivals();
    this.#queuedBytes = 0;
    const events = this.#events;
    if (events !== undefined) this.#schedule(() => events.onClose(undefined));
  }
}

function nothing(): void {}

function canonical(host: string): string {
  return host === 'localhost' ? '127.0.0.1' : host;
}

function overlap(one: string, other: string): boolean {
  return one === other || isWildcard(one) || isWildcard(other);
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}
