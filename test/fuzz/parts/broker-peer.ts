/** One connection to a broker under fuzz: knows what it has asked, and holds the broker to what it answers. */
import type { Connection } from '../../../src/ports/net.js';
import { codec } from '../../../src/wire/codec.js';
import { ANSWER_BYTES_MIN, FrameCutter } from '../../../src/wire/frame.js';
import { decodeRequestHeader, decodeResponseHeader } from '../../../src/wire/headers.js';
import { apiByKey, flexibleOf } from '../../../src/wire/messages/index.js';
import { correlationIdOf } from '../../../src/wire/headers.js';
import { WireError } from '../../../src/wire/reader.js';
import { mustHold, refusing } from '../target.js';

const PRODUCE_KEY = 0;
const API_VERSIONS_KEY = 18;
/** Requests that may wait for as long as they say themselves. */
const PARKED: readonly number[] = [0, 1, 11, 14];

interface Asked {
  readonly apiKey: number;
  readonly version: number;
  readonly correlationId: number;
}

export class BrokerPeer {
  readonly #connection: Connection;
  readonly #cutter = new FrameCutter({ minFrameBytes: ANSWER_BYTES_MIN, maxFrameBytes: 0x7fff_ffff });
  readonly #onAnswer: (body: unknown) => void;
  #asked: Asked[] = [];
  #lastCorrelationId = 0;
  /** Raw bytes may have been anything: from here on nobody knows which answer is to what. */
  #lost = false;
  /** The first thing that does not hold; thrown where the fuzzer can see it, not into the network. */
  trouble: unknown = null;
  closed = false;

  constructor(connection: Connection, onAnswer: (body: unknown) => void) {
    this.#connection = connection;
    this.#onAnswer = onAnswer;
    connection.handle({
      onData: (chunk) => {
        try {
          for (const frame of this.#cutter.push(chunk)) this.#answered(Buffer.from(frame));
        } catch (error) {
          this.trouble ??= error;
        }
      },
      onClose: () => {
        this.closed = true;
      },
    });
  }

  /** @param frame without its size; gets a correlation id that no other has, since a producer's may be without an answer */
  request(frame: Buffer): void {
    if (frame.length >= 8) frame.writeInt32BE(++this.#lastCorrelationId, 4);
    const header = refusing(() => decodeRequestHeader(frame, flexibleOf), WireError);
    if (header !== null) {
      const { apiKey, apiVersion: version, correlationId } = header;
      this.#asked.push({ apiKey, version, correlationId });
    }
    const size = Buffer.alloc(4);
    size.writeInt32BE(frame.length);
    this.#connection.write([size, frame]);
  }

  raw(bytes: Buffer): void {
    this.#lost = true;
    this.#connection.write([Buffer.from(bytes)]);
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  end(): void {
    this.#lost = true;
    this.#connection.end();
  }

  destroy(): void {
    this.#lost = true;
    this.#connection.destroy();
  }

  /** Long after the last request: what is not answered waits for something, or its connection has ended. */
  mustBeServed(): void {
    const [oldest] = this.#asked.filter(({ apiKey }) => apiKey !== PRODUCE_KEY);
    mustHold(
      this.closed || this.#lost || oldest === undefined || PARKED.includes(oldest.apiKey),
      () => `no answer to API ${oldest?.apiKey} version ${oldest?.version}, and the connection is open`,
    );
  }

  #answered(frame: Buffer): void {
    if (this.#lost) return;
    const correlationId = correlationIdOf(frame);
    const at = this.#asked.findIndex((asked) => asked.correlationId === correlationId);
    mustHold(at >= 0, () => `an answer to ${correlationId}, which was not asked`);
    const { apiKey, version } = this.#asked[at]!;
    const passedOver = this.#asked.slice(0, at).find((asked) => asked.apiKey !== PRODUCE_KEY);
    mustHold(passedOver === undefined, () => `an answer overtook that to API ${passedOver?.apiKey}`);
    this.#asked = this.#asked.slice(at + 1);
    const api = apiByKey(apiKey);
    mustHold(api !== undefined, () => `an answer to API ${apiKey}, which is not declared`);
    const isKnown = version >= api.minVersion && version <= api.maxVersion;
    mustHold(isKnown || apiKey === API_VERSIONS_KEY, () => `an answer to ${api.name} ${version}`);
    const answered = isKnown ? version : 0;
    const { body } = decodeResponseHeader(api, answered, frame);
    this.#onAnswer(codec(api.response, answered).decode(body));
    mustHold(
      body.remaining === 0,
      () => `${api.name} ${answered}: ${body.remaining} bytes behind the answer`,
    );
  }
}
