/** Who asks, and what a handler may ask of the connection the request came by. */
import type { Waiting } from '../replication/waiters.js';
import type { HostPort } from './settings/listener.js';

export type ResourceType = 'Topic' | 'Group' | 'Cluster' | 'TransactionalId';
export type Operation =
  | 'Read'
  | 'Write'
  | 'Create'
  | 'Delete'
  | 'Alter'
  | 'Describe'
  | 'DescribeConfigs'
  | 'AlterConfigs'
  | 'IdempotentWrite';

/** Something a handler may touch, declared beside it: `Write` on `Topic`. */
export type Touch = readonly [operation: Operation, resource: ResourceType];

/** The one name of the cluster as a resource. */
export const CLUSTER = 'kafka-cluster';

/** What the server knows about the peer; implemented by a connection. */
export interface Peer {
  readonly connectionId: number;
  readonly remote: HostPort;
  /** The address the peer connected to. */
  readonly local: HostPort;
  /**
   * `listener` runs once if the connection closes, is about to, or the broker needs the memory that waits with it: what is parked for
   * it should answer now, with what there is.
   */
  onEnding(listener: () => void): Waiting;
  /** `listener` runs once when the connection has closed: what is kept for it may be forgotten. */
  onGone(listener: () => void): Waiting;
}

export interface RequestContext {
  readonly peer: Peer;
  readonly apiVersion: number;
  readonly clientId: string | null;
  /** Whether the peer may do this. Touching what the handler does not declare is a bug, and asserted. */
  authorize(operation: Operation, resource: ResourceType, name: string): boolean;
  /** The same question asked on a client's behalf (KIP-430), about operations this handler does not perform. */
  mayEver(operation: Operation, resource: ResourceType, name: string): boolean;
  /**
   * Resolves when this request's answer is the next to leave, the peer has taken those before it, and there is memory for it: whoever is
   * about to fill memory with an answer waits here, once. The answer: how many bytes it may fill, at most `wantedBytes`
   * and at least one; null: the connection is gone, and nobody wants the answer.
   */
  turn(wantedBytes: number): Promise<number | null>;
  /** `listener` runs once when nobody reads the answer's bytes any more: the system has them, or they never left. */
  whenSent(listener: () => void): void;
}
