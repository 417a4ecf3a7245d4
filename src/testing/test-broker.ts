import type { ApiName } from './faults/api-names.js';
import type { DelayOptions, DropOptions, FailOptions, Fault, RefusedConnections } from './faults/fault.js';
import type { TestGroup, TestGroupState } from './groups/test-group.js';
import type { RecordsOptions, TestRecord } from './records/test-record.js';
import type { TestConnection } from './test-connection.js';
import type { TestClock } from './time/test-clock.js';
import type { TestTopic } from './topics/test-topic.js';

/** A group, as a list of them shows it. */
export interface ListedGroup {
  readonly id: string;
  readonly state: TestGroupState;
  /** `consumer`, `connect`, …; empty of a group that only keeps offsets. */
  readonly protocolType: string;
}

/** A broker under test. Its errors are `UserError`s with a `code`. */
export interface TestBroker extends AsyncDisposable {
  /** `['127.0.0.1:49152']`: what a client calls brokers or bootstrap servers. */
  readonly brokers: string[];

  /**
   * The first `count` committed records of a topic, by partition and offset; waits for those that are not there yet, also for the
   * topic itself.
   * @throws RECORDS_MISSING after `timeoutMs`, saying what was there; BROKER_STOPPED
   */
  records(topic: string, options?: RecordsOptions): Promise<TestRecord[]>;

  // ── looking, and changing from inside ────────────────────────────────────────────────────────────────────────────────

  /** One topic, there or not. */
  topic(name: string): TestTopic;

  /** The names of all topics but the broker's own, sorted. */
  topics(): string[];

  /** One consumer group, there or not. */
  group(id: string): TestGroup;

  /** All groups, sorted by id. */
  groups(): Promise<ListedGroup[]>;

  /** Who is connected now. */
  connections(): TestConnection[];

  /** The broker's own time. */
  readonly clock: TestClock;

  // ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Answers requests of this API with an error, without carrying them out: `fail('Produce', { topic: 'orders', error: 'NOT_LEADER_OR_FOLLOWER',
   * times: 2 })`. Where a request names several topics, partitions or groups, those that are not meant are served.
   *
   * While one is set on Fetch the broker keeps no fetch sessions (KIP-227), so that each request names all it wants.
   * @throws API_UNKNOWN, ERROR_UNKNOWN, OPTION_INVALID
   */
  fail(api: ApiName, options: FailOptions): Fault;

  /** Answers requests of this API late, or carries them out late. @throws API_UNKNOWN, OPTION_INVALID */
  delay(api: ApiName, options: DelayOptions): Fault;

  /**
   * Ends connections: those that are open now, or each one on which a request of an API comes; with `after: 'work'` the request is carried out
   * and its answer is lost.
   * @throws API_UNKNOWN, OPTION_INVALID
   */
  dropConnections(options?: DropOptions): Fault;

  /** Ends every new connection as soon as it is made, until `allow`. Those that are open go on. */
  refuseConnections(): RefusedConnections;

  // ── ending ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * As new: all topics, groups, offsets and faults gone, the declared topics empty. Clients may stay connected; a consumer is told that its
   * group does not know it, and joins again. The clock shows real time again.
   * @throws RESET_FAILED, BROKER_STOPPED
   */
  reset(): Promise<void>;

  /** Ends it: connections closed, port and memory free. Idempotent. */
  stop(): Promise<void>;
}
