/**
 * What may stand between a decoded request and its handler. A broker in production has nothing there and pays one comparison for it;
 * the kit for tests has its faults there: errors, delays, lost answers.
 */
import type { ClusterImage } from '../metadata/image.js';
import type { Api } from '../wire/schema.js';
import type { Peer } from './context.js';
import type { HANG_UP, NO_ANSWER, Order } from './handler.js';

/** The connection ends at once, and what has not been sent is lost: what a network does, and no broker of its own accord. */
export const CUT = Symbol('cut');

export type Answered = object | typeof NO_ANSWER | typeof HANG_UP;

/** One request, on its way to its handler. */
export interface AskedRequest {
  readonly api: Api;
  readonly apiVersion: number;
  readonly clientId: string | null;
  readonly peer: Peer;
  /** As decoded: in the shape of `api.request`. */
  readonly request: object;
  /** The handler's own, without an interceptor. */
  readonly order: Order;
  /** The cluster as the broker knows it now: requests name topics by id. */
  readonly image: ClusterImage;
}

/** What becomes of the request instead. */
export interface Interception {
  readonly order: Order;
  readonly answer: Promise<Answered | typeof CUT>;
  /** The connection ends when this answer has left; what comes behind it is not answered. */
  readonly isLast: boolean;
}

export interface Interceptor {
  /**
   * Called when the request starts, in the order of arrival. Null: the request takes its usual way.
   * @param handle carries out a request: the one that was asked or another of the same API and version
   */
  intercept(asked: AskedRequest, handle: (request: object) => Promise<Answered>): Interception | null;
}
