import type { NewTestRecord, RecordsOptions, TestRecord } from '../records/test-record.js';
import type { ConfigValue } from './topic-options.js';

export interface PartitionOffsets {
  readonly partition: number;
  /** Of the first record that is left. */
  readonly start: number;
  /** That the next committed record will have. */
  readonly end: number;
}

/** One topic, seen and changed from inside the broker. It need not be there yet. */
export interface TestTopic {
  readonly name: string;

  /** Every committed record that is there now, by partition and offset, whatever its codec; none when there is no such topic. */
  records(options?: Pick<RecordsOptions, 'partition'>): Promise<TestRecord[]>;

  /**
   * The first `count` committed records, by partition and offset, once they are there: `broker.records(name, { count })`.
   * @throws RECORDS_MISSING after `timeoutMs`, saying what was there; BROKER_STOPPED
   */
  waitForRecords(count: number, options?: Omit<RecordsOptions, 'count'>): Promise<TestRecord[]>;

  /**
   * Writes records without a client, and resolves to where they stand, once they are committed. Each partition's are one batch.
   * @throws TOPIC_UNKNOWN; RECORDS_REFUSED where the broker would refuse a producer
   */
  produce(...records: NewTestRecord[]): Promise<{ readonly partition: number; readonly offset: number }[]>;

  /** Where each partition begins and ends. @throws TOPIC_UNKNOWN */
  offsets(): Promise<PartitionOffsets[]>;

  /**
   * Removes all records, or those before an offset, of all partitions or of one. Offsets go on from where they were: a consumer that stood
   * among them is told that its position is out of range.
   * @throws TOPIC_UNKNOWN
   */
  truncate(options?: { readonly partition?: number; readonly before?: number }): Promise<void>;

  /**
   * Sets topic settings, by Kafka's names, as an admin would; null puts one back to its default. In effect when it resolves.
   * @throws TOPIC_UNKNOWN; CONFIG_INVALID
   */
  configure(configs: Readonly<Record<string, ConfigValue | null>>): Promise<void>;

  /** Deletes it, as an admin would; nothing if it is not there. */
  delete(): Promise<void>;
}
