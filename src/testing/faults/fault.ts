import type { ErrorName } from '../../wire/errors.js';
import type { ApiName } from './api-names.js';

/** Which requests a fault is for. What is left out chooses nothing: without any of them, every request of the API. */
export interface FaultTarget {
  /** Of a request that names several topics, this one alone; the others are served. */
  readonly topic?: string;
  /** Of a request that names several partitions, this one alone; the others are served. */
  readonly partition?: number;
  /** Requests about this group. */
  readonly group?: string;
  /** Requests in this version of the API. */
  readonly version?: number;
  /** Requests of clients that call themselves so (`client.id`). */
  readonly clientId?: string;
  /** So many requests; without it, every one until `cancel` or `reset`. */
  readonly times?: number;
}

export interface FailOptions extends FaultTarget {
  /** By Kafka's name, or its code. */
  readonly error: ErrorName | number;
}

export interface DelayOptions extends FaultTarget {
  /** How long, in milliseconds of the broker's clock: `clock.advance` makes it pass. */
  readonly ms: number;
  /**
   * `answer` (the default): the request is carried out at once and answered late. `request`: it is carried out late, and the connection's
   * next requests after it.
   */
  readonly hold?: 'answer' | 'request';
}

export interface DropOptions extends FaultTarget {
  /** When a request of this API comes; without it, the connections that are open now, at once. */
  readonly api?: ApiName;
  /**
   * When, counted from that request. `request`: when it has come, without carrying it out. `work`: when it has been carried out, so that
   * its answer is lost (the client will do it again). `answer` (the default): when it has been answered.
   */
  readonly after?: 'request' | 'work' | 'answer';
}

export interface HitOptions {
  /** Which hit to wait for, counted from the setting of the fault; default 1. */
  readonly count?: number;
  /** How long to wait; default 5,000. Real time. */
  readonly timeoutMs?: number;
}

/** A fault that is set. */
export interface Fault {
  /** How many requests it has met. */
  readonly hits: number;
  /** How many it will still meet; `Infinity` without `times`, 0 when it is over. */
  readonly remaining: number;
  /**
   * Resolves when it has met `count` requests.
   * @throws FAULT_NOT_HIT after `timeoutMs`; BROKER_STOPPED
   */
  hit(options?: HitOptions): Promise<void>;
  /** Ends it. What it holds back goes on at once. Idempotent. */
  cancel(): void;
}

/** Connections are refused until `allow`. */
export interface RefusedConnections {
  /** How many have been turned away. */
  readonly hits: number;
  /** Resolves when `count` connections have been turned away. @throws FAULT_NOT_HIT, BROKER_STOPPED */
  hit(options?: HitOptions): Promise<void>;
  /** Takes connections again. Idempotent. */
  allow(): void;
}
