import { UserError } from '../../base/errors.js';
import type { Partition } from '../../replication/partition.js';
import { ErrorCode, errorMessage, errorName } from '../../wire/errors.js';
import type { Inside } from '../inside.js';
import { keepingAlive } from '../keep-alive.js';
import { checkOptionNames } from '../option-names.js';
import { partitionsOf, readRecords, recordsThere, topicsThere } from '../records/read-records.js';
import type { NewTestRecord, RecordsOptions, TestRecord } from '../records/test-record.js';
import { type WrittenRecord, writeRecords } from '../records/write-records.js';
import type { PartitionOffsets, TestTopic } from './test-topic.js';
import type { ConfigValue } from './topic-options.js';

export class InsideTopic implements TestTopic {
  readonly name: string;
  readonly #inside: Inside;

  constructor(name: string, inside: Inside) {
    this.name = name;
    this.#inside = inside;
  }

  records(options: Pick<RecordsOptions, 'partition'> = {}): Promise<TestRecord[]> {
    checkOptionNames('records', options, ['partition']);
    return keepingAlive(() => recordsThere(this.#inside, this.name, options.partition));
  }

  waitForRecords(count: number, options: Omit<RecordsOptions, 'count'> = {}): Promise<TestRecord[]> {
    checkOptionNames('waitForRecords', options, ['partition', 'timeoutMs']);
    return readRecords(this.#inside, this.name, { ...options, count });
  }

  produce(...records: NewTestRecord[]): Promise<WrittenRecord[]> {
    for (const record of records)
      checkOptionNames('produce', record, ['key', 'value', 'headers', 'partition', 'timestamp']);
    return keepingAlive(() => writeRecords(this.#inside, this.name, records));
  }

  async offsets(): Promise<PartitionOffsets[]> {
    return this.#partitions('offsets').map(({ identity, log, highWatermark }) => ({
      partition: identity.index,
      start: log.startOffset,
      end: highWatermark,
    }));
  }

  truncate(options: { readonly partition?: number; readonly before?: number } = {}): Promise<void> {
    checkOptionNames('truncate', options, ['partition', 'before']);
    return keepingAlive(async () => {
      for (const { log, highWatermark } of this.#partitions('truncate', options.partition)) {
        // Not by DeleteRecords, which refuses a compacted topic.
        await log.deleteRecordsBefore(Math.min(options.before ?? highWatermark, highWatermark));
      }
    });
  }

  configure(configs: Readonly<Record<string, ConfigValue | null>>): Promise<void> {
    return keepingAlive(async () => {
      const set = new Map<string, string>();
      const unset: string[] = [];
      for (const [name, value] of Object.entries(configs)) {
        if (value === null) unset.push(name);
        else set.set(name, String(value));
      }
      const { broker } = this.#inside;
      const edits = [{ name: this.name, set, unset }];
      const [result] = await broker.configChanges.alterTopics(edits, { validateOnly: false });
      const { error, message } = result!;
      if (error === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) throw this.#unknown('configure');
      if (error !== ErrorCode.NONE)
        throw new UserError('CONFIG_INVALID', `configure: ${message ?? errorMessage(error)}`);
    });
  }

  delete(): Promise<void> {
    return keepingAlive(async () => {
      const [result] = await this.#inside.broker.topics.delete([{ name: this.name }]);
      const { error, message } = result!;
      if (error === ErrorCode.NONE || error === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) return;
      throw new UserError(
        'TOPIC_INVALID',
        `Cannot delete topic ${this.name}: ${message ?? errorName(error)}`,
      );
    });
  }

  /** @throws UserError TOPIC_UNKNOWN */
  #partitions(what: string, partition?: number): Partition[] {
    const partitions = partitionsOf(this.#inside.broker, this.name, partition);
    if (partitions.length > 0) return partitions;
    if (partition === undefined || !this.#inside.broker.image.topic(this.name)) throw this.#unknown(what);
    throw new UserError('OPTION_INVALID', `${what}: ${this.name} has no partition ${partition}.`);
  }

  #unknown(what: string): UserError {
    const { broker } = this.#inside;
    return new UserError('TOPIC_UNKNOWN', `${what}: there is no topic ${this.name}; ${topicsThere(broker)}.`);
  }
}
