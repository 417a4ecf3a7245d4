/** Writes records from inside the broker, by the same path as a Produce request. */
import { UserError } from '../../base/errors.js';
import type { Millis, PartitionIndex } from '../../base/ids.js';
import { murmur2, toPositive } from '../../base/murmur2.js';
import { BatchBuilder } from '../../records/builder.js';
import { ErrorCode, errorMessage, errorName } from '../../wire/errors.js';
import type { Inside } from '../inside.js';
import { topicsThere } from './read-records.js';
import type { NewTestRecord } from './test-record.js';

/** Longer than any append over a disk that is memory. */
const TIMEOUT_MS: Millis = 30_000;

export interface WrittenRecord {
  readonly partition: number;
  readonly offset: number;
}

/**
 * Where each of the records stands when it has been committed; those of one partition are one batch.
 * @throws UserError TOPIC_UNKNOWN, OPTION_INVALID, RECORDS_REFUSED
 */
export async function writeRecords(
  { broker, clock }: Inside,
  topic: string,
  records: readonly NewTestRecord[],
): Promise<WrittenRecord[]> {
  const image = broker.image.topic(topic);
  if (!image)
    throw new UserError('TOPIC_UNKNOWN', `produce: there is no topic ${topic}; ${topicsThere(broker)}.`);
  const nowMs = clock.now();
  const batches = new Map<PartitionIndex, BatchBuilder>();
  const places = records.map((record) => {
    const key = bytesOf(record.key);
    const partition = record.partition ?? (key ? toPositive(murmur2(key)) % image.partitions.length : 0);
    if (!image.partitions[partition]) {
      throw new UserError(
        'OPTION_INVALID',
        `produce: ${topic} has ${image.partitions.length} partitions, and ${partition} is not one of them.`,
      );
    }
    let batch = batches.get(partition);
    if (!batch) batches.set(partition, (batch = new BatchBuilder()));
    const headers = Object.entries(record.headers ?? {}).map(([name, value]) => ({
      key: name,
      value: bytesOf(value),
    }));
    batch.append({ key, value: bytesOf(record.value), headers, timestamp: record.timestamp ?? nowMs });
    return { partition, place: batch.count - 1 };
  });
  const parts = Array.from(batches, ([partition, batch]) => ({ topic, partition, records: batch.build() }));
  const answers = await broker.partitions.append(
    parts,
    { acks: -1, nowMs, allowZstd: true, maxDecompressedBytes: broker.settings.decompressedMaxBytes },
    TIMEOUT_MS,
  );
  const firstOffsets = new Map(
    answers.map(({ error, message, baseOffset }, at) => {
      const { partition } = parts[at]!;
      if (error === ErrorCode.NONE) return [partition, baseOffset] as const;
      throw new UserError(
        'RECORDS_REFUSED',
        `produce: ${topic}-${partition} refuses the records: ${errorName(error)}: ${message ?? errorMessage(error)}`,
      );
    }),
  );
  return places.map(({ partition, place }) => ({ partition, offset: firstOffsets.get(partition)! + place }));
}

function bytesOf(value: string | Uint8Array | null | undefined): Buffer | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string'
    ? Buffer.from(value)
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
