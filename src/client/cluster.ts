/**
 * A client's view of a cluster: who its brokers are, who leads what, and one connection to each broker for each kind of traffic.
 * Knows how to find out, not when: producers, fetchers and admin calls say when what they know has proved wrong.
 */
import { assert } from '../base/assert.js';
import { UserError } from '../base/errors.js';
import type { BrokerId, Millis } from '../base/ids.js';
import { version } from '../base/version.js';
import type { Clock } from '../ports/clock.js';
import type { Entropy } from '../ports/entropy.js';
import type { Address, Net } from '../ports/net.js';
import { ConnectionLost, RpcConnection } from '../rpc/rpc-connection.js';
import { ErrorCode } from '../wire/errors.js';
import { FindCoordinator } from '../wire/messages/find-coordinator.js';
import { Metadata } from '../wire/messages/metadata.js';
import { KafkaError } from './kafka-error.js';
import { retry, sleep, backoffMs } from './retry.js';
import { mergeTopic, type TopicAnswer, type TopicView } from './topic-view.js';

export interface ClusterOptions {
  readonly net: Net;
  readonly clock: Clock;
  readonly entropy: Entropy;
  /** At least one; the others are asked where one does not answer. */
  readonly bootstrap: readonly Address[];
  readonly clientId: string;
  readonly connectTimeoutMs?: Millis;
  readonly requestTimeoutMs?: Millis;
}

const CONNECT_TIMEOUT_MS: Millis = 10_000;
const REQUEST_TIMEOUT_MS: Millis = 30_000;

/**
 * A broker answers in the order it was asked, so a request behind a long poll waits for it. What waits on purpose (a fetch, an acks=all
 * produce, a JoinGroup) has a connection of its own.
 */
export type Lane = 'control' | 'produce' | 'fetch' | 'group';

/** The answer to `metadata`: what there is, and what is wrong with what was asked for and is not there. */
export interface ClusterAnswer {
  readonly clusterId: string | null;
  readonly controllerId: BrokerId;
  readonly topics: ReadonlyMap<string, TopicView>;
  readonly errors: ReadonlyMap<string, KafkaError>;
}

export class Cluster {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly #options: ClusterOptions;
  readonly #brokers = new Map<BrokerId, Address>();
  readonly #topics = new Map<string, TopicView>();
  /** By broker and lane. A connection that breaks, or cannot be made, removes itself. */
  readonly #connections = new Map<string, Promise<RpcConnection>>();
  /** Whichever bootstrap address answered. It serves as its broker's control lane too, once that is known. */
  #entrance: Entrance | null = null;
  #controllerId: BrokerId = -1;
  #closed = false;

  constructor(options: ClusterOptions) {
    assert(options.bootstrap.length > 0, 'a cluster is reached through at least one address');
    this.#options = options;
    this.clock = options.clock;
    this.entropy = options.entropy;
  }

  /**
   * Makes the first connection, so that a wrong address is told at once rather than after retries.
   * @param waitMs how long to go on trying where nobody listens yet
   * @throws UserError BROKER_UNREACHABLE, NOT_KAFKA
   */
  async connect(waitMs: Millis = 0): Promise<void> {
    await retry(this, waitMs, () => this.anyConnection());
  }

  /** What is known of a topic; undefined when nothing is. */
  topic(name: string): TopicView | undefined {
    return this.#topics.get(name);
  }

  get brokers(): ReadonlyMap<BrokerId, Address> {
    return this.#brokers;
  }

  /**
   * Asks anew, once.
   * @param topics null for all
   * @throws ConnectionLost; UserError BROKER_UNREACHABLE
   */
  async metadata(
    topics: readonly string[] | null,
    { autoCreate = false }: { readonly autoCreate?: boolean } = {},
  ): Promise<ClusterAnswer> {
    const connection = await this.anyConnection();
    const answer = await connection.call(Metadata, {
      topics: topics?.map((name) => ({ name })) ?? null,
      ...(connection.versionOf(Metadata)! >= 4 && { allowAutoTopicCreation: autoCreate }),
    });
    for (const { nodeId, host, port } of answer.brokers) this.#learnBroker(nodeId, { host, port });
    for (const known of this.#brokers.keys()) {
      if (!answer.brokers.some(({ nodeId }) => nodeId === known)) this.#brokers.delete(known);
    }
    this.#controllerId = answer.controllerId;
    const found = new Map<string, TopicView>();
    const errors = new Map<string, KafkaError>();
    for (const topic of answer.topics) this.#learnTopic(topic, found, errors);
    return { clusterId: answer.clusterId, controllerId: answer.controllerId, topics: found, errors };
  }

  /**
   * A topic of which every partition has a leader.
   * @throws KafkaError when there is none, at once, or with `autoCreate` when it has not come up within `timeoutMs`
   */
  awaitTopic(name: string, autoCreate: boolean, timeoutMs: Millis): Promise<TopicView> {
    const ask = async (): Promise<TopicView> => {
      const { topics, errors } = await this.metadata([name], { autoCreate });
      const view = topics.get(name);
      if (!view)
        throw errors.get(name) ?? new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `topic ${name}`);
      if (view.partitions.some(({ leaderId }) => leaderId < 0)) {
        throw new KafkaError(ErrorCode.LEADER_NOT_AVAILABLE, `topic ${name}`);
      }
      return view;
    };
    // "Unknown" is final for who only looks, and the usual first answer for who has just had it created.
    const mayRetry = (error: unknown): boolean =>
      error instanceof KafkaError
        ? error.retriable && (autoCreate || error.code !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
        : error instanceof ConnectionLost;
    return retry(this, timeoutMs, ask, { mayRetry });
  }

  /** The group's coordinator. @throws KafkaError, ConnectionLost: the attempt failed, and may be repeated where retriable */
  async findCoordinator(groupId: string): Promise<BrokerId> {
    const connection = await this.anyConnection();
    const batched = (connection.versionOf(FindCoordinator) ?? 0) >= 4;
    const answer = await connection.call(
      FindCoordinator,
      batched ? { coordinatorKeys: [groupId] } : { key: groupId },
    );
    const found = batched ? answer.coordinators[0] : answer;
    if (!found) throw new KafkaError(ErrorCode.COORDINATOR_NOT_AVAILABLE, `group ${groupId}`);
    if (found.errorCode !== ErrorCode.NONE) {
      throw new KafkaError(found.errorCode, `group ${groupId}`, found.errorMessage);
    }
    this.#learnBroker(found.nodeId, found);
    return found.nodeId;
  }

  /** To the broker that the metadata names as controller; to any while none is known, which then says so. */
  async controllerConnection(): Promise<RpcConnection> {
    if (!this.#brokers.has(this.#controllerId)) await this.metadata([]);
    const known = this.#brokers.has(this.#controllerId);
    return known ? this.connectionTo(this.#controllerId, 'control') : this.anyConnection();
  }

  /** @throws ConnectionLost, which also stands for a broker that is not known (any more) */
  connectionTo(broker: BrokerId, lane: Lane): Promise<RpcConnection> {
    const address = this.#brokers.get(broker);
    if (!address) return Promise.reject(new ConnectionLost(`broker ${broker} is not known`));
    if (lane === 'control' && this.#entrance && sameAddress(this.#entrance.address, address)) {
      return this.#entrance.connection;
    }
    const key = `${broker}/${lane}`;
    const known = this.#connections.get(key);
    if (known) return known;
    const connection = this.#connect(address, () => {
      if (this.#connections.get(key) === connection) this.#connections.delete(key);
    });
    this.#connections.set(key, connection);
    return connection;
  }

  /** Waits before the given attempt of something that failed; less when `signal` is aborted. */
  backOff(attempt: number, signal?: AbortSignal): Promise<void> {
    return sleep(this.clock, backoffMs(attempt, this.entropy), signal);
  }

  /** Closes every connection; what is in flight fails with ConnectionLost. */
  async close(): Promise<void> {
    this.#closed = true;
    const connections = [
      ...this.#connections.values(),
      ...(this.#entrance ? [this.#entrance.connection] : []),
    ];
    // One that could not be made needs no closing, and whoever asked for it has been told.
    for (const made of await Promise.allSettled(connections)) {
      if (made.status === 'fulfilled') made.value.close();
    }
  }

  /**
   * The connection to whichever of the known addresses answers, the bootstrap list first.
   * @throws UserError BROKER_UNREACHABLE, NOT_KAFKA
   */
  async anyConnection(): Promise<RpcConnection> {
    if (this.#entrance) return this.#entrance.connection;
    // Callers that come while we look share the search.
    const entrance: Entrance = {
      address: NOWHERE,
      connection: this.#enter((address) => (entrance.address = address)),
    };
    this.#entrance = entrance;
    const leave = (): void => {
      if (this.#entrance === entrance) this.#entrance = null;
    };
    try {
      const connection = await entrance.connection;
      connection.onClose(leave);
      return connection;
    } catch (error) {
      leave();
      throw error;
    }
  }

  async #enter(through: (address: Address) => void): Promise<RpcConnection> {
    const failures: Error[] = [];
    for (const address of this.#addresses()) {
      try {
        const connection = await this.#connect(address, () => {});
        through(address);
        return connection;
      } catch (error) {
        failures.push(error as Error);
      }
    }
    // Something that is no Kafka broker is told as that, whoever else did not answer: waiting will not help.
    const telling = failures.find((failure) => failure instanceof UserError);
    if (telling) throw telling;
    throw new UserError(
      'BROKER_UNREACHABLE',
      failures.map(({ message }) => message).join('; '),
      'Is the broker running, and is this its address?',
      { cause: failures[0] },
    );
  }

  #addresses(): Address[] {
    const all = [...this.#options.bootstrap, ...this.#brokers.values()];
    return all.filter((address, at) => all.findIndex((other) => sameAddress(other, address)) === at);
  }

  async #connect(address: Address, gone: () => void): Promise<RpcConnection> {
    const {
      net,
      clock,
      clientId,
      connectTimeoutMs = CONNECT_TIMEOUT_MS,
      requestTimeoutMs = REQUEST_TIMEOUT_MS,
    } = this.#options;
    if (this.#closed) throw new ConnectionLost('the client is closed');
    try {
      const connection = await RpcConnection.connect({
        net,
        clock,
        host: address.host,
        port: address.port,
        clientId,
        softwareVersion: version,
        connectTimeoutMs,
        requestTimeoutMs,
      });
      connection.onClose(gone);
      if (this.#closed) connection.close();
      return connection;
    } catch (error) {
      gone();
      throw error;
    }
  }

  /** A broker that moved is reached anew: what goes to the old address would go to somebody else. */
  #learnBroker(id: BrokerId, { host, port }: Address): void {
    const known = this.#brokers.get(id);
    if (known && !sameAddress(known, { host, port })) {
      for (const key of this.#connections.keys()) {
        if (key.startsWith(`${id}/`)) this.#connections.delete(key);
      }
    }
    this.#brokers.set(id, { host, port });
  }

  #learnTopic(answer: TopicAnswer, found: Map<string, TopicView>, errors: Map<string, KafkaError>): void {
    const name = answer.name ?? '';
    if (answer.errorCode !== ErrorCode.NONE) {
      errors.set(name, new KafkaError(answer.errorCode, `topic ${name}`));
      if (answer.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) this.#topics.delete(name);
      return;
    }
    const view = mergeTopic(answer, this.#topics.get(name));
    this.#topics.set(name, view);
    found.set(name, view);
  }
}

interface Entrance {
  address: Address;
  readonly connection: Promise<RpcConnection>;
}

/** While we search no broker has this address, so nobody mistakes the search for a control lane. */
const NOWHERE: Address = { host: '', port: -1 };

function sameAddress(one: Address, other: Address): boolean {
  return one.port === other.port && one.host === other.host;
}
