/** A client's connection to the broker, made again whenever it is lost: brokers come and go, clients stay. */
import type { Millis } from '../../../src/base/ids.js';
import type { Prng } from '../../../src/base/prng.js';
import type { Net } from '../../../src/ports/net.js';
import { ConnectionLost, RpcConnection } from '../../../src/rpc/rpc-connection.js';
import type { Api, DraftOf, Infer } from '../../../src/wire/schema.js';
import { ProcessClock } from '../clock.js';
import type { World } from '../world.js';
import type { Allowed, Gate } from './gate.js';

export const BROKER = { host: '127.0.0.1', port: 9092 } as const;

const BACKOFF_MS_MAX: Millis = 40;
const REQUEST_TIMEOUT_MS: Millis = 3000;

export class Client {
  readonly name: string;
  readonly #world: World;
  readonly #net: Net;
  readonly #gate: Gate;
  readonly #prng: Prng;
  readonly #clock: ProcessClock;
  #connecting: Promise<RpcConnection> | undefined;
  #connection: RpcConnection | undefined;

  constructor(name: string, world: World, net: Net, gate: Gate, prng: Prng) {
    this.name = name;
    this.#world = world;
    this.#net = net;
    this.#gate = gate;
    this.#prng = prng;
    this.#clock = new ProcessClock(world);
  }

  /** Open, however long that takes. */
  async connection(): Promise<RpcConnection> {
    if (this.#connection?.open === true) return this.#connection;
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  /** Open, and at a time when `what` is allowed: to connect may have taken long. */
  async connectionFor(what: Allowed): Promise<RpcConnection> {
    for (;;) {
      await this.#gate.passed(what);
      const connection = await this.connection();
      if (this.#gate.admits(what)) return connection;
    }
  }

  /**
   * Asks over a connection of now; whatever becomes of that, the caller decides.
   * @returns undefined when the connection is lost before the answer
   */
  async ask<A extends Api>(
    api: A,
    request: DraftOf<A['request']>,
    what: Allowed = 'the old',
  ): Promise<Infer<A['response']> | undefined> {
    const connection = await this.connectionFor(what);
    try {
      return await connection.call(api, request);
    } catch (error) {
      if (error instanceof ConnectionLost) return undefined;
      throw error;
    }
  }

  backOff(): Promise<void> {
    return this.#world.sleep(this.#prng.between(1, BACKOFF_MS_MAX));
  }

  async #connect(): Promise<RpcConnection> {
    for (;;) {
      try {
        this.#connection = await RpcConnection.connect({
          net: this.#net,
          clock: this.#clock,
          ...BROKER,
          clientId: this.name,
          softwareVersion: '1',
          connectTimeoutMs: REQUEST_TIMEOUT_MS,
          requestTimeoutMs: REQUEST_TIMEOUT_MS,
        });
        return this.#connection;
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        await this.backOff();
      }
    }
  }
}
