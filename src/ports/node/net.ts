import fs from 'node:fs';
import net from 'node:net';
import { assert } from '../../base/assert.js';
import { systemErrorCode, UserError } from '../../base/errors.js';
import type { Millis } from '../../base/ids.js';
import type { Connection, Listener, ListenOptions, Net } from '../net.js';
import { addressOf, NodeConnection } from './connection.js';
import { type LentReads, SharedReads } from './lent-reads.js';

export interface NodeNetOptions {
  /** True: listeners and connections do not keep the process alive. */
  readonly unref?: boolean;
  /** Bytes queued at which `write` answers false, and bytes read ahead at which a paused socket stops reading. */
  readonly highWaterBytes?: number;
}

const HIGH_WATER_BYTES = 64 * 1024;
/** A connection silent for so long is probed, so that one whose peer has vanished is found; the system's own default is two hours. */
const KEEP_ALIVE_MS = 60_000;
/** Of the descriptors that the system lets us have; the rest is for files, without which logs go offline. */
const DESCRIPTORS_FOR_CONNECTIONS = 0.75;
// Taken when the module loads: fake timers that a user's test installs later replace the globals, not these.
const { setTimeout, clearTimeout, setImmediate } = globalThis;

/** TCP by the operating system, with Nagle's algorithm off. Connection ids count up from 1, incoming and outgoing alike. */
export function nodeNet(options: NodeNetOptions = {}): Net {
  return new NodeNet(options);
}

class NodeNet implements Net {
  readonly #unref: boolean;
  readonly #highWaterBytes: number;
  readonly connectionsMax = Math.floor(descriptorsMax() * DESCRIPTORS_FOR_CONNECTIONS);
  readonly #reads = new SharedReads();
  #lastId = 0;

  constructor(options: NodeNetOptions) {
    this.#unref = options.unref === true;
    this.#highWaterBytes = options.highWaterBytes ?? HIGH_WATER_BYTES;
  }

  listen(options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
    const { host, port, backlog, onAcceptError = (error) => process.emitWarning(error) } = options;
    return new Promise((resolve, reject) => {
      assertPort(port);
      const server = net.createServer(
        {
          noDelay: true,
          keepAlive: true,
          keepAliveInitialDelay: KEEP_ALIVE_MS,
          allowHalfOpen: true,
          highWaterMark: this.#highWaterBytes,
          pauseOnConnect: true,
        },
        (socket) => {
          // No address: it was reset while it waited in the backlog. There is nobody to serve.
          if (socket.remoteAddress === undefined) socket.destroy();
          else accept(this.#adopt(this.#reads.adopt(socket, this.#highWaterBytes)));
        },
      );
      if (this.#unref) server.unref();
      const refused = (error: Error): void => reject(listenError(error, host, port));
      server.once('error', refused);
      // `exclusive`: in a worker of node:cluster the primary would otherwise bind, and deal our connections out to siblings.
      const binding = { host, port, exclusive: true, ...(backlog === undefined ? {} : { backlog }) };
      server.listen(binding, () => {
        server.off('error', refused);
        server.on('error', onAcceptError);
        resolve(new NodeListener(server));
      });
    });
  }

  connect(options: {
    readonly host: string;
    readonly port: number;
    readonly timeoutMs: number;
  }): Promise<Connection> {
    const { host, port, timeoutMs } = options;
    return new Promise((resolve, reject) => {
      assertPort(port);
      const reads = this.#reads.connecting();
      // A variable, because Node hands `highWaterMark` on to the stream and its types do not say so.
      const target = {
        host,
        port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE_MS,
        allowHalfOpen: true,
        highWaterMark: this.#highWaterBytes,
        onread: reads.onread,
        // Of a host's several addresses each gets its share of the time; Node's own 250 ms is too short for a far one.
        autoSelectFamilyAttemptTimeout: attemptTimeoutMs(timeoutMs),
      };
      const socket = net.connect(target);
      if (this.#unref) socket.unref();
      const timer = setTimeout(() => socket.destroy(timedOut(host, port, timeoutMs)), timeoutMs);
      if (this.#unref) timer.unref();
      const refused = (error: Error): void => {
        clearTimeout(timer);
        reject(firstCause(error));
      };
      socket.once('error', refused);
      socket.once('connect', () => {
        clearTimeout(timer);
        socket.off('error', refused);
        resolve(this.#adopt(reads.connected(socket)));
      });
    });
  }

  nextTurn(step: () => void): void {
    setImmediate(step);
  }

  #adopt(reads: LentReads): NodeConnection {
    if (this.#unref) reads.socket.unref();
    this.#lastId++;
    return new NodeConnection(this.#lastId, reads);
  }
}

class NodeListener implements Listener {
  readonly host: string;
  readonly port: number;
  readonly #server: net.Server;
  #closed: Promise<void> | undefined;

  constructor(server: net.Server) {
    const address = server.address();
    assert(address !== null && typeof address === 'object', 'a listener over TCP has an address');
    ({ host: this.host, port: this.port } = addressOf(address.address, address.port));
    this.#server = server;
  }

  close(): Promise<void> {
    // Not the callback of close(): it waits for the last connection, and ours go on. The descriptor is closed at once, its
    // handle in the closing phase of this turn, which comes before setImmediate of the next.
    this.#closed ??= new Promise((resolve) => {
      this.#server.close();
      setImmediate(resolve);
    });
    return this.#closed;
  }
}

/** Only Linux says; Node has raised the limit to its hard one by the time we look. */
function descriptorsMax(): number {
  if (process.platform !== 'linux') return Infinity;
  try {
    const line = /^Max open files\s+(\S+)/m.exec(fs.readFileSync('/proc/self/limits', 'latin1'));
    return line === null || line[1] === 'unlimited' ? Infinity : Number(line[1]);
  } catch (error) {
    // Without /proc (a chroot) nobody can say.
    if (systemErrorCode(error) === undefined) throw error;
    return Infinity;
  }
}

function assertPort(port: number): void {
  assert(Number.isInteger(port) && port >= 0 && port <= 65_535, `a port is 0 to 65535, not ${port}`);
}

function attemptTimeoutMs(timeoutMs: Millis): Millis {
  return Math.max(250, Math.min(2_000, Math.floor(timeoutMs / 3)));
}

function listenError(error: Error, host: string, port: number): Error {
  const cause = { cause: error };
  switch (systemErrorCode(error)) {
    case 'EADDRINUSE':
      return new UserError(
        'PORT_IN_USE',
        `port ${port} on ${host} is in use`,
        'Stop the program that listens there, or choose another port (--port N; 0 takes any free one).',
        cause,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL': // a link-local address without its interface
      return new UserError(
        'ADDRESS_NOT_AVAILABLE',
        `${host} is no address of this machine`,
        'Listen on 127.0.0.1 for this machine alone, on 0.0.0.0 for all networks, or on an address that `ip address` shows.',
        cause,
      );
    case 'EACCES':
    case 'EPERM':
      return new UserError(
        'PORT_FORBIDDEN',
        `this user may not listen on port ${port} of ${host}`,
        'Choose a port of 1024 or more (--port N; 0 takes any free one).',
        cause,
      );
    default:
      return error;
  }
}

/** A host with several addresses fails with a list of errors and an empty message; the first one names the address. */
function firstCause(error: Error): Error {
  if (!(error instanceof AggregateError)) return error;
  const [first] = error.errors as unknown[];
  return first instanceof Error ? first : error;
}

function timedOut(host: string, port: number, timeoutMs: Millis): Error {
  return Object.assign(new Error(`connect ETIMEDOUT ${host}:${port} after ${timeoutMs} ms`), {
    code: 'ETIMEDOUT',
    syscall: 'connect',
    address: host,
    port,
  });
}
