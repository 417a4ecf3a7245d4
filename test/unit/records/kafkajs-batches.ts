import { createRequire } from 'node:module';

/** KafkaJS's own encoder and decoder of record batches: a second implementation, by other people. */
const require = createRequire(import.meta.url);
const Long = require('kafkajs/src/utils/long') as { fromValue(value: number): unknown };
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch: (batch: object) => Promise<{ buffer: Buffer }>;
};
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => unknown;
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object;
const decodeBatch = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (
  decoder: object,
) => Promise<DecodedBatch>;

export interface DecodedBatch {
  firstOffset: string;
  firstTimestamp: string;
  partitionLeaderEpoch: number;
  inTransaction: boolean;
  isControlBatch: boolean;
  lastOffsetDelta: number;
  producerId: string;
  producerEpoch: number;
  firstSequence: number;
  maxTimestamp: string;
  records: {
    timestamp: string;
    offset: string;
    key: Buffer | null;
    value: Buffer | null;
    headers: Record<string, Buffer | Buffer[]>;
  }[];
}

export interface PlainRecord {
  key: Buffer | null;
  value: Buffer | null;
  timestamp: number;
  headers: { key: string; value: Buffer }[];
}

export async function encodeWithKafkajs(
  records: readonly PlainRecord[],
  header: {
    codec: 0 | 1;
    producerId: number;
    producerEpoch: number;
    baseSequence: number;
    transactional: boolean;
  },
): Promise<Buffer> {
  const firstTimestamp = records[0]!.timestamp;
  const batch = await RecordBatch({
    compression: header.codec,
    firstTimestamp,
    maxTimestamp: Math.max(...records.map((record) => record.timestamp)),
    lastOffsetDelta: records.length - 1,
    producerId: Long.fromValue(header.producerId),
    producerEpoch: header.producerEpoch,
    firstSequence: header.baseSequence,
    transactional: header.transactional,
    records: records.map((record, offsetDelta) =>
      encodeRecord({
        offsetDelta,
        timestampDelta: record.timestamp - firstTimestamp,
        key: record.key,
        value: record.value,
        headers: Object.fromEntries(record.headers.map(({ key, value }) => [key, value])),
      }),
    ),
  });
  return batch.buffer;
}

export async function decodeWithKafkajs(bytes: Buffer): Promise<DecodedBatch> {
  return decodeBatch(new Decoder(bytes));
}
