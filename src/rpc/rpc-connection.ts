/**
 * One outgoing connection: says what it is, learns what the broker speaks, then sends requests and matches their answers by
 * correlation id. Any number may be in flight; each has a deadline of its own.
 *
 * A deadline that passes closes the connection: the broker answers in order, so everything behind a lost answer is lost with it.
 */
import { UserError } from '../base/errors.js';
import type { Millis } from '../base/ids.js';
import type { Clock, TimerHandle } from '../ports/clock.js';
import type { Connection, Net } from '../ports/net.js';
import { codec } from '../wire/codec.js';
import { ErrorCode, errorName } from '../wire/errors.js';
import { ANSWER_BYTES_MIN, FrameCutter } from '../wire/frame.js';
import { correlationIdOf, decodeResponseHeader, encodeRequest } from '../wire/headers.js';
import { ApiVersions } from '../wire/messages/api-versions.js';
import type { Api, DraftOf, Infer } from '../wire/schema.js';

/** The connection broke, or never was: the request may or may not have been carried out. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

export interface RpcOptions {
  readonly net: Net;
  readonly clock: Clock;
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  /** `[a-zA-Z0-9.-]`, as KIP-511 wants it. */
  readonly softwareVersion: string;
  readonly connectTimeoutMs: Millis;
  readonly requestTimeoutMs: Millis;
}

/** The broker's largest answer that we take. */
const FRAME_BYTES_MAX = 1024 * 1024 * 1024;
/**
 * The largest first answer. The list of versions takes 1 KiB; the first four bytes of another protocol's greeting (`HTTP`, `SSH-`,
 * `220 `, a TLS alert), read as a size, mean hundreds of megabytes, for which we would wait in vain.
 */
const GREETING_BYTES_MAX = 1024 * 1024;

interface InFlight {
  readonly api: Api;
  readonly version: number;
  readonly timer: TimerHandle;
  readonly resolve: (response: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface VersionRange {
  readonly min: number;
  readonly max: number;
}

export class RpcConnection {
  readonly #options: RpcOptions;
  readonly #connection: Connection;
  #cutter = new FrameCutter({ minFrameBytes: ANSWER_BYTES_MIN, maxFrameBytes: GREETING_BYTES_MAX });
  readonly #inFlight = new Map<number, InFlight>();
  readonly #closeListeners = new Set<() => void>();
  readonly #drainListeners = new Set<() => void>();
  #overHighWater = false;
  #versions: ReadonlyMap<number, VersionRange> = new Map();
  #nextCorrelationId = 1;
  #lost: Error | null = null;

  /** @throws ConnectionLost, or UserError NOT_KAFKA when whoever answers does not speak the protocol */
  static async connect(options: RpcOptions): Promise<RpcConnection> {
    const { net, host, port, connectTimeoutMs } = options;
    let connection: Connection;
    try {
      connection = await net.connect({ host, port, timeoutMs: connectTimeoutMs });
    } catch (error) {
      throw new ConnectionLost(`cannot connect to ${host}:${port}: ${(error as Error).message}`, {
        cause: error,
      });
    }
    const rpc = new RpcConnection(options, connection);
    await rpc.#negotiate();
    return rpc;
  }

  private constructor(options: RpcOptions, connection: Connection) {
    this.#options = options;
    this.#connection = connection;
    connection.handle({
      onData: (chunk) => this.#received(chunk),
      onDrain: () => this.#drained(),
      onClose: (cause) => this.#end(new ConnectionLost(`${this.#where} closed the connection`, { cause })),
    });
  }

  get open(): boolean {
    return this.#lost === null;
  }

  /** `listener` runs once, when the connection is of no use any more; at once if it is so already. */
  onClose(listener: () => void): void {
    if (this.#lost) listener();
    else this.#closeListeners.add(listener);
  }

  /** The version both sides speak best; null when there is none. */
  versionOf(api: Api): number | null {
    const theirs = this.#versions.get(api.key);
    if (!theirs) return null;
    const best = Math.min(api.askedMax, theirs.max);
    return best < Math.max(api.minVersion, theirs.min) ? null : best;
  }

  /**
   * Sends one request and resolves to its answer; error codes inside it are the caller's business.
   * @throws ConnectionLost; UserError UNSUPPORTED_BY_BROKER when there is no common version; WireError from the encoder
   */
  async call<A extends Api>(
    api: A,
    request: DraftOf<A['request']>,
    options: { readonly timeoutMs?: Millis; readonly version?: number } = {},
  ): Promise<Infer<A['response']>> {
    const version = options.version ?? this.#commonVersion(api);
    return (await this.#send(api, version, request, options.timeoutMs)) as Infer<A['response']>;
  }

  /**
   * Sends a request that is never answered: Produce with acks=0. No answer bounds what is under way, so wait for `drained`
   * before the next one.
   * @throws ConnectionLost; UserError UNSUPPORTED_BY_BROKER
   */
  send<A extends Api>(api: A, request: DraftOf<A['request']>): void {
    if (this.#lost) throw this.#lost;
    this.#write(api, this.#commonVersion(api), request);
  }

  /** Resolves when the network has taken what was sent, or the connection is lost. */
  drained(): Promise<void> {
    if (!this.#overHighWater || this.#lost) return Promise.resolve();
    return new Promise((resolve) => this.#drainListeners.add(resolve));
  }

  close(): void {
    this.#connection.end();
    this.#end(new ConnectionLost('closed by us'));
  }

  get #where(): string {
    return `${this.#options.host}:${this.#options.port}`;
  }

  #commonVersion(api: Api): number {
    const version = this.versionOf(api);
    if (version !== null) return version;
    throw new UserError(
      'UNSUPPORTED_BY_BROKER',
      `the broker at ${this.#where} does not serve ${api.name} in a version we speak`,
    );
  }

  #send(
    api: Api,
    version: number,
    request: unknown,
    timeoutMs = this.#options.requestTimeoutMs,
  ): Promise<unknown> {
    if (this.#lost) return Promise.reject(this.#lost);
    return new Promise((resolve, reject) => {
      const correlationId = this.#write(api, version, request);
      const timer = this.#options.clock.setTimer(timeoutMs, () => {
        this.#end(new ConnectionLost(`${this.#where} did not answer ${api.name} within ${timeoutMs} ms`));
        this.#connection.destroy();
      });
      this.#inFlight.set(correlationId, { api, version, timer, resolve, reject });
    });
  }

  #write(api: Api, version: number, request: unknown): number {
    const correlationId = this.#nextCorrelationId;
    this.#nextCorrelationId = (correlationId + 1) & 0x7fffffff;
    const { clientId } = this.#options;
    const parts = encodeRequest(api, version, { correlationId, clientId }, request);
    if (!this.#connection.write(parts)) this.#overHighWater = true;
    return correlationId;
  }

  #drained(): void {
    this.#overHighWater = false;
    for (const listener of this.#drainListeners) listener();
    this.#drainListeners.clear();
  }

  #received(chunk: Buffer): void {
    // What still comes after we gave up answers questions that are settled.
    if (this.#lost) return;
    try {
      for (const frame of this.#cutter.push(chunk)) this.#answered(frame);
    } catch (error) {
      this.#end(
        new UserError(
          'NOT_KAFKA',
          `${this.#where} does not speak Kafka's protocol`,
          'Is this the right port?',
          {
            cause: error,
          },
        ),
      );
      this.#connection.destroy();
    }
  }

  #answered(frame: Buffer): void {
    const correlationId = correlationIdOf(frame);
    const waiting = this.#inFlight.get(correlationId);
    if (!waiting) throw new Error('an answer to a question nobody asked');
    const { body } = decodeResponseHeader(waiting.api, waiting.version, frame);
    // KIP-511: a broker that does not know this version of ApiVersions answers in version 0.
    const refused =
      waiting.api.key === ApiVersions.key && frame.readInt16BE(4) === ErrorCode.UNSUPPORTED_VERSION;
    const answer = codec(waiting.api.response, refused ? 0 : waiting.version).decode(body);
    // Only now: an answer that cannot be read must leave its question among those that #end rejects.
    this.#inFlight.delete(correlationId);
    this.#options.clock.clearTimer(waiting.timer);
    waiting.resolve(answer);
  }

  #end(cause: Error): void {
    if (this.#lost) return;
    this.#lost = cause;
    for (const { timer, reject } of this.#inFlight.values()) {
      this.#options.clock.clearTimer(timer);
      reject(cause);
    }
    this.#inFlight.clear();
    this.#drained();
    for (const listener of this.#closeListeners) listener();
  }

  async #negotiate(): Promise<void> {
    const software = { clientSoftwareName: 'millrace', clientSoftwareVersion: this.#options.softwareVersion };
    let answer = await this.#askVersions(ApiVersions.maxVersion, software);
    if (answer.errorCode === ErrorCode.UNSUPPORTED_VERSION) {
      const theirs = answer.apiKeys.find(({ apiKey }) => apiKey === ApiVersions.key)?.maxVersion ?? 0;
      answer = await this.#askVersions(Math.min(theirs, ApiVersions.maxVersion), software);
    }
    if (answer.errorCode !== ErrorCode.NONE) {
      this.close();
      throw new ConnectionLost(
        `${this.#where} refuses to say what it speaks: ${errorName(answer.errorCode)}`,
      );
    }
    this.#versions = new Map(
      answer.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [
        apiKey,
        { min: minVersion, max: maxVersion },
      ]),
    );
    // It speaks Kafka: from here on a large answer is a large answer. Nothing is in flight, so no byte lies in the old cutter.
    this.#cutter = new FrameCutter({ minFrameBytes: ANSWER_BYTES_MIN, maxFrameBytes: FRAME_BYTES_MAX });
  }

  #askVersions(
    version: number,
    software: { clientSoftwareName: string; clientSoftwareVersion: string },
  ): Promise<Infer<typeof ApiVersions.response>> {
    return this.call(ApiVersions, version >= 3 ? software : {}, {
      version,
      timeoutMs: this.#options.connectTimeoutMs,
    });
  }
}
