/** A connection without manners: sends the bytes it is given, and keeps what comes back, cut into frames. */
import type { Connection } from '../../../../src/ports/net.js';
import { ANSWER_BYTES_MIN, FrameCutter } from '../../../../src/wire/frame.js';
import { encodeRequest } from '../../../../src/wire/headers.js';
import type { Api } from '../../../../src/wire/schema.js';
import { Writer } from '../../../../src/wire/writer.js';

export class RawConnection {
  /** Answers, without their sizes. */
  readonly frames: Buffer[] = [];
  closed = false;
  readonly #connection: Connection;
  readonly #cutter = new FrameCutter({ minFrameBytes: ANSWER_BYTES_MIN, maxFrameBytes: 0x7fffffff });
  #wake: (() => void)[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.handle({
      onData: (chunk) => {
        this.frames.push(...this.#cutter.push(chunk));
        this.#moved();
      },
      onClose: () => {
        this.closed = true;
        this.#moved();
      },
    });
  }

  get local() {
    return this.#connection.local;
  }

  send(...bytes: Uint8Array[]): void {
    this.#connection.write([Buffer.concat(bytes)]);
  }

  request(api: Api, version: number, correlationId: number, draft: object): void {
    this.send(frameOf(api, version, correlationId, draft));
  }

  /** Resolves to the nth answer, or null when the connection ends before it. */
  async frame(index: number): Promise<Buffer | null> {
    while (this.frames.length <= index && !this.closed) await this.#move();
    return this.frames[index] ?? null;
  }

  async whenClosed(): Promise<void> {
    while (!this.closed) await this.#move();
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  end(): void {
    this.#connection.end();
  }

  destroy(): void {
    this.#connection.destroy();
  }

  #move(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #moved(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const each of wake) each();
  }
}

/** A whole request frame, size included. */
export function frameOf(api: Api, version: number, correlationId: number, draft: object): Buffer {
  return Buffer.concat(encodeRequest(api, version, { correlationId, clientId: 'raw' }, draft));
}

/** A request header alone, of any key and version, with what follows it. */
export function strangeFrame(
  apiKey: number,
  apiVersion: number,
  correlationId: number,
  body = Buffer.alloc(0),
): Buffer {
  const writer = new Writer();
  writer.int32(0);
  writer.int16(apiKey);
  writer.int16(apiVersion);
  writer.int32(correlationId);
  writer.nullableString('raw');
  const frame = Buffer.concat([...writer.parts(), body]);
  frame.writeInt32BE(frame.length - 4, 0);
  return frame;
}
