import type { Millis, Offset, PartitionIndex } from '../base/ids.js';
import type { RecordView } from '../records/iterate.js';

/** A record as a test wants to see it: text first, bytes where text will not do. */
export class TestRecord {
  readonly topic: string;
  readonly partition: PartitionIndex;
  readonly offset: Offset;
  readonly timestamp: Millis;
  /** As UTF-8; null where there is none. */
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string | null>>;
  readonly keyBytes: Buffer | null;
  readonly valueBytes: Buffer | null;

  constructor(topic: string, partition: PartitionIndex, record: RecordView) {
    this.topic = topic;
    this.partition = partition;
    this.offset = record.offset;
    this.timestamp = record.timestamp;
    // Copies: the bytes belong to the broker, which goes on.
    this.keyBytes = record.key && Buffer.from(record.key);
    this.valueBytes = record.value && Buffer.from(record.value);
    this.key = this.keyBytes?.toString() ?? null;
    this.value = this.valueBytes?.toString() ?? null;
    this.headers = Object.fromEntries(
      record.headers().map(({ key, value }) => [key, value?.toString() ?? null]),
    );
  }

  /** The value, parsed. @throws SyntaxError when it is not JSON */
  json<T = unknown>(): T {
    return JSON.parse(this.value ?? 'null') as T;
  }
}
