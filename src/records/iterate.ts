import type { Millis, Offset } from '../base/ids.js';
import { readVarint, readVarlong, varintEnd, varlongEnd } from '../base/varint.js';
import {
  BATCH_HEADER_BYTES,
  baseOffset,
  baseTimestamp,
  batchBytes,
  codecOf,
  isLogAppendTime,
  LOG_OVERHEAD_BYTES,
  MAGIC,
  magic,
  maxTimestamp,
  recordCount,
} from './batch.js';
import type { Header } from './builder.js';
import type { Compression } from './compression/compression.js';
import { CODEC_NAMES, CompressionError } from './compression/compressor.js';

/**
 * Reading batches back, record by record: for consumers, compaction, lookup by time, coordinators that replay their
 * partition. Not the broker's hot path, which never looks inside.
 */

/** Bytes that claim to be a batch and are not one. */
export class CorruptBatchError extends Error {
  override readonly name = 'CorruptBatchError';
}

/**
 * The position of each whole batch. A fetch may cut the last one short; what is left of it is passed over.
 * @throws CorruptBatchError where something follows that is not a batch v2.
 */
export function* batchesIn(buffer: Buffer): Generator<number, void, void> {
  let at = 0;
  while (buffer.length - at >= BATCH_HEADER_BYTES) {
    if (magic(buffer, at) !== MAGIC)
      throw new CorruptBatchError(`magic is ${magic(buffer, at)} at byte ${at}, not ${MAGIC}`);
    const bytes = batchBytes(buffer, at);
    if (bytes < BATCH_HEADER_BYTES)
      throw new CorruptBatchError(`length ${bytes - LOG_OVERHEAD_BYTES} at byte ${at} is too small`);
    if (bytes > buffer.length - at) return;
    yield at;
    at += bytes;
  }
}

/** One record. Key and value are views into the batch, or into its decompressed content. */
export class RecordView {
  readonly offset: Offset;
  /** The record's own time, or the batch's append time; −1 for none. */
  readonly timestamp: Millis;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly #content: Buffer;
  readonly #headersAt: number;
  readonly #end: number;

  constructor(
    offset: Offset,
    timestamp: Millis,
    key: Buffer | null,
    value: Buffer | null,
    content: Buffer,
    headersAt: number,
    end: number,
  ) {
    this.offset = offset;
    this.timestamp = timestamp;
    this.key = key;
    this.value = value;
    this.#content = content;
    this.#headersAt = headersAt;
    this.#end = end;
  }

  /**
   * The headers in their order; parsed at each call, since most readers ask for none. A key may occur more than once.
   * @throws CorruptBatchError when they do not fill the rest of the record exactly.
   */
  headers(): Header[] {
    const fields = new FieldReader(this.#content, this.#headersAt, this.#end);
    const count = fields.varint();
    const headers: Header[] = [];
    for (let index = 0; index < count; index++) {
      const key = fields.bytes();
      if (key === null) throw new CorruptBatchError('a header has no key');
      headers.push({ key: key.toString('utf8'), value: fields.bytes() });
    }
    if (count < 0 || fields.at !== this.#end)
      throw new CorruptBatchError('headers do not add up to their record');
    return headers;
  }
}

/**
 * The records of the batch at `at`, which must lie whole in the buffer. Does not check the checksum.
 * @param maxDecompressedBytes bounds what a compressed batch may unfold to.
 * @throws CompressionError when the content does not decompress within the bound, or its codec is not loaded.
 * @throws CorruptBatchError when the content is not the records that the header counts.
 */
export function* recordsIn(
  buffer: Buffer,
  at: number,
  compression: Compression,
  maxDecompressedBytes: number,
): Generator<RecordView, void, void> {
  const content = contentOf(buffer, at, compression, maxDecompressedBytes);
  const firstOffset = baseOffset(buffer, at);
  const firstTimestamp = baseTimestamp(buffer, at);
  const appendTime = isLogAppendTime(buffer, at) ? maxTimestamp(buffer, at) : null;
  const count = recordCount(buffer, at);
  const fields = new FieldReader(content, 0, content.length);
  for (let index = 0; index < count; index++) {
    fields.limit = content.length;
    const bytes = fields.varint();
    const end = fields.at + bytes;
    if (bytes < 1 || end > content.length)
      throw new CorruptBatchError(`record ${index} has an impossible length ${bytes}`);
    fields.limit = end;
    fields.at++; // attributes: no bit is in use
    const timestamp = firstTimestamp + fields.varlong();
    const offset = firstOffset + fields.varint();
    const key = fields.bytes();
    const value = fields.bytes();
    yield new RecordView(offset, appendTime ?? timestamp, key, value, content, fields.at, end);
    fields.at = end;
  }
  if (fields.at !== content.length) {
    throw new CorruptBatchError(`${content.length - fields.at} bytes follow the last of ${count} records`);
  }
}

function contentOf(buffer: Buffer, at: number, compression: Compression, maxBytes: number): Buffer {
  const end = at + batchBytes(buffer, at);
  if (end > buffer.length || end < at + BATCH_HEADER_BYTES)
    throw new CorruptBatchError('the batch does not lie in the buffer');
  const content = buffer.subarray(at + BATCH_HEADER_BYTES, end);
  const codec = codecOf(buffer, at);
  if (codec === 0) return content;
  // Compaction may leave a header alone behind, and its codec bits with it.
  if (content.length === 0 && recordCount(buffer, at) === 0) return content;
  const compressor = compression.get(codec);
  if (compressor === undefined) {
    const name: string | undefined = CODEC_NAMES[codec];
    if (name === undefined) throw new CorruptBatchError(`codec ${codec} does not exist`);
    throw new CompressionError('not-loaded', `codec ${name} is not loaded`);
  }
  return compressor.decompress(content, maxBytes);
}

/** Takes one field after the other, never past `limit`. */
class FieldReader {
  at: number;
  limit: number;
  readonly #content: Buffer;

  constructor(content: Buffer, at: number, limit: number) {
    this.#content = content;
    this.at = at;
    this.limit = limit;
  }

  varint(): number {
    const end = varintEnd(this.#content, this.at, this.limit);
    if (end < 0) throw new CorruptBatchError(`a varint at byte ${this.at} is cut short`);
    const value = readVarint(this.#content, this.at);
    this.at = end;
    return value;
  }

  varlong(): number {
    const end = varlongEnd(this.#content, this.at, this.limit);
    if (end < 0) throw new CorruptBatchError(`a varlong at byte ${this.at} is cut short`);
    const value = readVarlong(this.#content, this.at);
    this.at = end;
    return value;
  }

  /** A field with its length in front; −1 is null. */
  bytes(): Buffer | null {
    const length = this.varint();
    if (length === -1) return null;
    if (length < 0 || length > this.limit - this.at) {
      throw new CorruptBatchError(`a field length ${length} at byte ${this.at} is impossible`);
    }
    this.at += length;
    return this.#content.subarray(this.at - length, this.at);
  }
}
