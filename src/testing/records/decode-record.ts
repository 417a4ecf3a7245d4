import type { PartitionIndex } from '../../base/ids.js';
import type { RecordView } from '../../records/iterate.js';
import type { TestRecord } from './test-record.js';

/** Copies what the view shows: its bytes belong to the broker, which goes on. */
export function decodeRecord(topic: string, partition: PartitionIndex, view: RecordView): TestRecord {
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
