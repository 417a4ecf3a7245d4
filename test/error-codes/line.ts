/** A way to a broker that outlives its connections: one that is hung up on dials again for the next question. */
import type { Net } from '../../src/ports/net.js';
import { codec } from '../../src/wire/codec.js';
import { decodeResponseHeader } from '../../src/wire/headers.js';
import type { Api, DraftOf, Infer } from '../../src/wire/schema.js';
import { RawConnection } from '../unit/broker/parts/raw-connection.js';

/** No answer, and no end of the connection either. */
export const SILENCE = 'silence' as const;

export interface Address {
  readonly host: string;
  readonly port: number;
}

export class Line {
  readonly #net: Net;
  readonly #address: Address;
  readonly #patience: () => Promise<void>;
  #connection: RawConnection | null = null;
  #asked = 0;

  /** @param patience resolves when an answer has been waited for long enough */
  constructor(net: Net, address: Address, patience: () => Promise<void>) {
    this.#net = net;
    this.#patience = patience;
    this.#address = address;
  }

  /** The answer, null where the broker hung up instead, or SILENCE where it said nothing for longer than one waits. */
  async ask<A extends Api>(
    api: A,
    version: number,
    draft: DraftOf<A['request']>,
  ): Promise<Infer<A['response']> | typeof SILENCE | null> {
    if (this.#connection === null || this.#connection.closed) {
      this.#connection = new RawConnection(await this.#net.connect({ ...this.#address, timeoutMs: 10_000 }));
      this.#asked = 0;
    }
    const nth = this.#asked++;
    this.#connection.request(api, version, nth, draft as object);
    const frame = await Promise.race([
      this.#connection.frame(nth),
      this.#patience().then((): typeof SILENCE => SILENCE),
    ]);
    if (frame === null) return null;
    if (frame === SILENCE) {
      this.close();
      return SILENCE;
    }
    const { body } = decodeResponseHeader(api, version, frame);
    return codec(api.response, version).decode(body);
  }

  close(): void {
    this.#connection?.destroy();
    this.#connection = null;
  }
}
