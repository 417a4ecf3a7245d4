/**
 * From a frame to a handler and back: header, lookup by (key, version), decode, authorise, handle, throttle, encode. One table;
 * what is not in it is not advertised, and asking for it ends the connection, as Kafka does.
 */
import { assert } from '../base/assert.js';
import type { Logger } from '../ports/logger.js';
import { codec } from '../wire/codec.js';
import { ErrorCode } from '../wire/errors.js';
import { decodeRequestHeader, encodeResponse, type RequestHeader } from '../wire/headers.js';
import { ApiVersions } from '../wire/messages/api-versions.js';
import { WireError } from '../wire/reader.js';
import type { Operation, Peer, RequestContext, ResourceType } from './context.js';
import { type Handler, HANG_UP, NO_ANSWER, type Order } from './handler.js';
import { type Answered, CUT, type Interceptor } from './interceptor.js';
import type { BrokerServices } from './services.js';

/**
 * What leaves for the peer: a whole frame in parts, nothing at all, or the end of the connection, behind what was answered before
 * (`hang up`) or at once (`cut`).
 */
export type Outcome = readonly Uint8Array[] | 'no answer' | 'hang up' | 'cut';

export interface Dispatched {
  readonly order: Order;
  readonly outcome: Promise<Outcome>;
  /** The connection ends when this has left. */
  readonly isLast: boolean;
  /** About what the decoded request takes beside its frame, until it is answered. */
  readonly decodedBytes: number;
  /** See Traits.keepsNothing. */
  readonly keepsNothing: boolean;
  /** To be called once, when nobody reads the outcome's bytes any more. */
  sent(): void;
}

/**
 * What a request takes beside its frame while it is under way: its context, promises, a timer; and each element of its arrays: an
 * object of some fields, a short string, and what handlers keep of it. The first is by what the process grew with parked fetches, which
 * keep the most; the second is reckoned.
 */
const REQUEST_BYTES = 4096;
const ELEMENT_BYTES = 512;

/** The peer asked for what cannot be answered: the connection ends, and the log gets this sentence. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';
}

export class Dispatcher {
  readonly #handlers: ReadonlyMap<number, Handler>;
  readonly #services: BrokerServices;
  readonly #logger: Logger;
  readonly #interceptor: Interceptor | null;

  constructor(
    handlers: readonly Handler[],
    services: BrokerServices,
    logger: Logger,
    interceptor: Interceptor | null = null,
  ) {
    this.#handlers = new Map(handlers.map((handler) => [handler.api.key, handler]));
    assert(this.#handlers.size === handlers.length, 'each API has one handler');
    this.#services = services;
    this.#logger = logger;
    this.#interceptor = interceptor;
  }

  /**
   * Starts one request. What must happen in the order of arrival has happened when this returns.
   * @param turn see RequestContext.turn
   * @throws RefusedRequest
   */
  start(frame: Buffer, peer: Peer, turn: RequestContext['turn']): Dispatched {
    const header = this.#header(frame);
    const handler = this.#handlers.get(header.apiKey);
    const { api } = handler ?? {};
    if (!handler || !api || header.apiVersion < api.minVersion || header.apiVersion > api.maxVersion) {
      return this.#unknown(header);
    }
    const request = this.#decode(handler, header);
    const whenSent: (() => void)[] = [];
    const context: RequestContext = {
      peer,
      apiVersion: header.apiVersion,
      clientId: header.clientId,
      turn,
      whenSent: (listener) => whenSent.push(listener),
      authorize: (operation, resource, name) => {
        const declared = handler.touches.some(([op, on]) => op === operation && on === resource);
        assert(declared, `${api.name} declares that it needs ${operation} on ${resource}`);
        return this.#allows(peer, operation, resource, name);
      },
      mayEver: (operation, resource, name) => this.#allows(peer, operation, resource, name),
    };
    const handle = (request: object): Promise<Answered> => handler.handle(request, context, this.#services);
    const interception =
      this.#interceptor?.intercept(
        {
          api,
          apiVersion: header.apiVersion,
          clientId: header.clientId,
          peer,
          request,
          order: handler.order,
          image: this.#services.image(),
        },
        handle,
      ) ?? null;
    return {
      order: interception?.order ?? handler.order,
      outcome: this.#run(handler, () => interception?.answer ?? handle(request), context, header),
      isLast: interception?.isLast ?? false,
      decodedBytes: REQUEST_BYTES + header.body.elements * ELEMENT_BYTES,
      // An interceptor may answer while the handler still works.
      keepsNothing: handler.keepsNothing === true && interception === null,
      sent: () => {
        for (const listener of whenSent) listener();
      },
    };
  }

  async #run(
    handler: Handler,
    answering: () => Promise<Answered | typeof CUT>,
    context: RequestContext,
    { apiVersion, correlationId }: RequestHeader,
  ): Promise<Outcome> {
    try {
      const answer = await answering();
      if (answer === NO_ANSWER) return 'no answer';
      if (answer === HANG_UP) return 'hang up';
      if (answer === CUT) return 'cut';
      const draft = { ...answer, throttleTimeMs: this.#services.throttleMs(context.peer) };
      return encodeResponse(handler.api, apiVersion, correlationId, draft);
    } catch (error) {
      // A handler answers every expected failure with a code: what arrives here is a bug of ours, and nobody else's problem.
      this.#logger.error(`${handler.api.name} failed; its connection is closed`, {
        error,
        clientId: context.clientId,
      });
      return 'hang up';
    }
  }

  /** Everything is allowed until security arrives; this is the one place that will ask. */
  #allows(_peer: Peer, _operation: Operation, _resource: ResourceType, _name: string): boolean {
    return true;
  }

  #header(frame: Buffer): RequestHeader {
    try {
      return decodeRequestHeader(frame, (key, version) => {
        const api = this.#handlers.get(key)?.api;
        if (!api || version < api.minVersion || version > api.maxVersion) return undefined;
        return api.request.isFlexible(version);
      });
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      throw new RefusedRequest(`a request header that makes no sense: ${error.message}`, { cause: error });
    }
  }

  #decode(handler: Handler, { apiVersion, body }: RequestHeader): object {
    try {
      return codec(handler.api.request, apiVersion).decode(body) as object;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      throw new RefusedRequest(
        `a ${handler.api.name} v${apiVersion} request that makes no sense: ${error.message}`,
        {
          cause: error,
        },
      );
    }
  }

  /** ApiVersions of a version from the future is answered in version 0, so that the client can step down (KIP-511). */
  #unknown({ apiKey, apiVersion, correlationId }: RequestHeader): Dispatched {
    if (apiKey !== ApiVersions.key) {
      const api = this.#handlers.get(apiKey)?.api;
      throw new RefusedRequest(
        api
          ? `${api.name} version ${apiVersion}, of which ${api.minVersion} to ${api.maxVersion} are served`
          : `API key ${apiKey}, which is not served`,
      );
    }
    const { key, advertisedMin, maxVersion } = ApiVersions;
    const draft = {
      errorCode: ErrorCode.UNSUPPORTED_VERSION,
      apiKeys: [{ apiKey: key, minVersion: advertisedMin, maxVersion }],
    };
    return {
      order: 'early',
      outcome: Promise.resolve(encodeResponse(ApiVersions, 0, correlationId, draft)),
      isLast: false,
      decodedBytes: 0,
      keepsNothing: true,
      sent() {},
    };
  }
}
