/**
 * What a handler file declares: the API it serves, what it touches, when the connection's next request may start, and the
 * function from request to answer.
 */
import type { Api, DraftOf, Infer, Message } from '../wire/schema.js';
import type { RequestContext, Touch } from './context.js';
import type { BrokerServices } from './services.js';

/** Produce with acks=0 is not answered at all. */
export const NO_ANSWER = Symbol('no answer');

/** The connection ends after what was answered before: the only way to tell an acks=0 producer that it failed. */
export const HANG_UP = Symbol('hang up');

/**
 * When the connection's next request may start. `early`: as soon as the handler first awaits; everything that later requests
 * must see in order happens before that. `alone`: when this one is answered.
 */
export type Order = 'early' | 'alone';

type AnyApi = Api<Message<never, never>, Message<never, never>>;

/** The throttle point fills `throttleTimeMs`, for all handlers alike. */
export type Answer<A extends AnyApi> = Omit<DraftOf<A['response']>, 'throttleTimeMs'>;

export interface Traits {
  readonly order: Order;
  readonly touches: readonly Touch[];
  /** Of the request's bytes nothing is read any more once it is answered, so their memory may go round at once. */
  readonly keepsNothing?: boolean;
}

export interface Handler extends Traits {
  readonly api: Api;
  readonly handle: (
    request: unknown,
    context: RequestContext,
    services: BrokerServices,
  ) => Promise<object | typeof NO_ANSWER | typeof HANG_UP>;
}

export function handler<A extends Api>(
  api: A,
  traits: Traits,
  handle: (
    request: Infer<A['request']>,
    context: RequestContext,
    services: BrokerServices,
  ) => Promise<Omit<DraftOf<A['response']>, 'throttleTimeMs'> | typeof NO_ANSWER | typeof HANG_UP>,
): Handler {
  return { api, ...traits, handle: handle as Handler['handle'] };
}
