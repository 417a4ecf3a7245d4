import type { RecordsOptions } from './read-records.js';
import type { TestRecord } from './test-record.js';

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

  /**
   * As new: all topics, groups and offsets gone, the declared topics empty. Clients may stay connected; a consumer is told that its
   * group does not know it, and joins again.
   * @throws RESET_FAILED, BROKER_STOPPED
   */
  reset(): Promise<void>;

  /** Ends it: connections closed, port and memory free. Idempotent. */
  stop(): Promise<void>;
}
