/** Batches as clients send them, and the surgery that makes bad ones. */
import { AT, writeCrc } from '../../../../src/records/batch.js';
import { BatchBuilder, type BatchBuilderOptions, type NewRecord } from '../../../../src/records/builder.js';
import { Compression } from '../../../../src/records/compression/compression.js';
import { batchesIn, recordsIn } from '../../../../src/records/iterate.js';
import { START_MS } from './world.js';

const BYTES_MAX = 64 * 1024 * 1024;

/** With every codec that a test may want loaded. */
export const compression = new Compression();
await compression.loadAll();

export type SomeRecord = Partial<Omit<NewRecord, 'key' | 'value'>> & {
  readonly key?: string | null;
  readonly value?: string | null;
};

/** One batch; a plain string is a record with that value and a key. */
export function batch(records: readonly (string | SomeRecord)[], options: BatchBuilderOptions = {}): Buffer {
  const builder = new BatchBuilder(options);
  for (const record of records) {
    const {
      key = 'key',
      value = 'value',
      timestamp = START_MS,
      headers = [],
    } = typeof record === 'string' ? { value: record } : record;
    builder.append({ key: bytesOf(key), value: bytesOf(value), timestamp, headers });
  }
  return builder.build();
}

function bytesOf(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text);
}

/** A copy with some of its header changed, and the checksum right again: the broker must see the rest. */
export function altered(original: Buffer, change: (batch: Buffer) => void): Buffer {
  const copy = Buffer.from(original);
  change(copy);
  writeCrc(copy, 0);
  return copy;
}

export function withAttributeBits(original: Buffer, bits: number): Buffer {
  return altered(original, (copy) =>
    copy.writeInt16BE(copy.readInt16BE(AT.attributes) | bits, AT.attributes),
  );
}

export interface ReadRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
}

/** All records of a fetched field, whatever offset was asked for. */
export function recordsOf(bytes: Buffer | null): ReadRecord[] {
  const records: ReadRecord[] = [];
  if (bytes === null) return records;
  for (const at of batchesIn(bytes)) {
    for (const { offset, timestamp, key, value } of recordsIn(bytes, at, compression, BYTES_MAX)) {
      records.push({ offset, timestamp, key: key?.toString() ?? null, value: value?.toString() ?? null });
    }
  }
  return records;
}

export function valuesOf(bytes: Buffer | null): (string | null)[] {
  return recordsOf(bytes).map(({ value }) => value);
}
