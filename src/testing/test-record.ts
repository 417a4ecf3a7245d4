import type { Millis, Offset, PartitionIndex } from '../base/ids.js';
import type { RecordView } from '../records/iterate.js';

/** A record as a test wants to see it: text first, bytes where text will not do. */
export interface TestRecord {
  readonly topic: string;
  readonly partition: PartitionIndex;
  readonly offset: Offset;
  /** Milliseconds since 1970; the producer's clock, unless the topic has `message.timestamp.type=LogAppendTime`. */
  readonly timestamp: Millis;
  /** As UTF-8; null where there is none. */
  readonly key: string | null;
  readonly value: string | null;
  /** As UTF-8. Of a key that occurs more than once, the last. */
  readonly headers: Readonly<Record<string, string | null>>;
  readonly keyBytes: Buffer | null;
  readonly valueBytes: Buffer | null;
  /** The value, parsed; null where there is none. @throws SyntaxError when it is not JSON */
  readonly json: () => unknown;
}

/** Copies what the view shows: its bytes belong to the broker, which goes on. */
export function testRecord(topic: string, partition: PartitionIndex, view: RecordView): TestRecord {
  const keyBytes = view.key && Buffer.from(view.key);
  const valueBytes = view.value && Buffer.from(view.value);
  const value = valueBytes?.toString() ?? null;
  return {
    topic,
    partition,
    offset: view.offset,
    timestamp: view.timestamp,
    key: keyBytes?.toString() ?? null,
    value,
    headers: Object.fromEntries(
      view.headers().map((header) => [header.key, header.value?.toString() ?? null]),
    ),
    keyBytes,
    valueBytes,
    json: () => JSON.parse(value ?? 'null') as unknown,
  };
}
