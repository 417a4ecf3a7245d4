/** The other end of a connection, answering as a test tells it to. */
import type { Connection, Net } from '../../../src/ports/net.js';
import { codec } from '../../../src/wire/codec.js';
import { FrameCutter } from '../../../src/wire/frame.js';
import { decodeRequestHeader, encodeResponse, type RequestHeader } from '../../../src/wire/headers.js';
import { APIS, apiByKey, flexibleOf } from '../../../src/wire/messages/index.js';
import { ApiVersions } from '../../../src/wire/messages/api-versions.js';
import type { Api } from '../../../src/wire/schema.js';

export interface Asked {
  readonly header: RequestHeader;
  /** Decoded; undefined where the version is not known. */
  readonly body: unknown;
  readonly connection: Connection;
  answer(draft: unknown, version?: number): void;
  answerBytes(bytes: Buffer): void;
}

export class ScriptedPeer {
  readonly asked: Asked[] = [];
  readonly connections: Connection[] = [];
  port = 0;
  onRequest: (asked: Asked) => void = () => {};

  static async listen(net: Net, onRequest?: (asked: Asked) => void): Promise<ScriptedPeer> {
    const peer = new ScriptedPeer();
    if (onRequest) peer.onRequest = onRequest;
    const listener = await net.listen({ host: '127.0.0.1', port: 0 }, (connection) =>
      peer.#accept(connection),
    );
    peer.port = listener.port;
    return peer;
  }

  #accept(connection: Connection): void {
    this.connections.push(connection);
    const cutter = new FrameCutter({ maxFrameBytes: 1 << 24 });
    connection.handle({
      onData: (chunk) => {
        for (const frame of cutter.push(chunk)) this.#received(frame, connection);
      },
      onClose: () => {},
    });
  }

  #received(frame: Buffer, connection: Connection): void {
    const header = decodeRequestHeader(frame, flexibleOf);
    const api = apiByKey(header.apiKey) as Api;
    const known = header.apiVersion <= api.maxVersion;
    const asked: Asked = {
      header,
      body: known ? codec(api.request, header.apiVersion).decode(header.body) : undefined,
      connection,
      answer: (draft, version = header.apiVersion) => {
        connection.write(encodeResponse(api, version, header.correlationId, draft as never));
      },
      answerBytes: (bytes) => void connection.write([bytes]),
    };
    this.asked.push(asked);
    this.onRequest(asked);
  }
}

/** A list of versions: everything that is declared, unless told otherwise. */
export function allVersions(except: Readonly<Record<number, readonly [number, number]>> = {}) {
  return {
    errorCode: 0,
    apiKeys: APIS.map(({ key, minVersion, maxVersion }) => {
      const [min, max] = except[key] ?? [minVersion, maxVersion];
      return { apiKey: key, minVersion: min, maxVersion: max };
    }),
  };
}

/** Answers ApiVersions, and hands everything else on. */
export function greeting(next: (asked: Asked) => void, except: Parameters<typeof allVersions>[0] = {}) {
  return (asked: Asked): void => {
    if (asked.header.apiKey === ApiVersions.key) asked.answer(allVersions(except));
    else next(asked);
  };
}
