/** Batches of any records, to and fro: what they are drawn from, built with, held to, and read with. */
import * as fc from 'fast-check';
import { BatchBuilder, type BatchBuilderOptions, type NewRecord } from '../../../src/records/builder.js';
import { Compression } from '../../../src/records/compression/compression.js';
import type { CodecId } from '../../../src/records/compression/compressor.js';
import { recordsIn } from '../../../src/records/iterate.js';
import type { ProduceRules } from '../../../src/records/validate.js';

export const LIMIT_BYTES = 1 << 20;

/** With every codec. */
export const compression = new Compression();
await compression.loadAll();

/** As little as a broker can ask of a batch. */
export const LENIENT: ProduceRules = {
  maxMessageBytes: LIMIT_BYTES,
  validation: 'relaxed',
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: Number.MAX_SAFE_INTEGER,
  compacted: false,
  nowMs: 0,
  allowZstd: true,
  maxDecompressedBytes: LIMIT_BYTES,
  recompression: null,
};

export const anyCodec = fc.constantFrom<CodecId>(0, 1, 2, 3, 4);

export function anyBytes(maxLength: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
}

export function build(records: readonly NewRecord[], options: BatchBuilderOptions = {}): Buffer {
  const builder = new BatchBuilder({ compression, ...options });
  for (const record of records) builder.append(record);
  return builder.build();
}

export function read(batch: Buffer): object[] {
  return [...recordsIn(batch, 0, compression, LIMIT_BYTES)].map((view) => {
    const { offset, timestamp, key, value } = view;
    return { offset, timestamp, key, value, headers: view.headers() };
  });
}
