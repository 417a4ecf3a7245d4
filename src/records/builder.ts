import { assert } from '../base/assert.js';
import type { LeaderEpoch, Millis, Offset, ProducerEpoch, ProducerId, Sequence } from '../base/ids.js';
import { varintBytes, varlongBytes, writeVarint, writeVarlong } from '../base/varint.js';
import {
  AT,
  BATCH_HEADER_BYTES,
  CONTROL_BIT,
  LOG_APPEND_TIME_BIT,
  LOG_OVERHEAD_BYTES,
  MAGIC,
  setBaseOffset,
  TRANSACTIONAL_BIT,
  writeCrc,
} from './batch.js';
import type { Compression } from './compression/compression.js';
import { CODEC_NAMES, type CodecId } from './compression/compressor.js';
import { writeInt64 } from './int64.js';

export interface Header {
  key: string;
  value: Buffer | null;
}

export interface NewRecord {
  key: Buffer | null;
  value: Buffer | null;
  headers?: readonly Header[];
  timestamp: Millis;
}

export interface BatchBuilderOptions {
  /** Default 0, none. Any other must have been loaded in `compression`. */
  codec?: CodecId;
  compression?: Compression;
  /** Default CreateTime. */
  timestampType?: 'CreateTime' | 'LogAppendTime';
  /** Default −1: not idempotent. */
  producerId?: ProducerId;
  producerEpoch?: ProducerEpoch;
  baseSequence?: Sequence;
  transactional?: boolean;
  control?: boolean;
  /** Default 0, which a client sends; the leader sets the real one. */
  baseOffset?: Offset;
  /** Default −1, likewise. */
  leaderEpoch?: LeaderEpoch;
}

const INITIAL_BYTES = 1024;
const NO_HEADERS: readonly Header[] = [];

/**
 * Collects records into one batch. The records are written into one growing buffer as they come, behind the room for
 * the header, so that an uncompressed batch is built without copying it again.
 *
 * A builder makes one batch: after `build` it takes no more.
 */
export class BatchBuilder {
  readonly #options: BatchBuilderOptions;
  #buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  #end = BATCH_HEADER_BYTES;
  #count = 0;
  #baseTimestamp: Millis = -1;
  #maxTimestamp: Millis = -1;
  #built = false;

  constructor(options: BatchBuilderOptions = {}) {
    this.#options = options;
  }

  /** Records so far. */
  get count(): number {
    return this.#count;
  }

  /** The batch's size so far, header included, before compression. */
  get estimatedBytes(): number {
    return this.#end;
  }

  append(record: NewRecord): void {
    assert(!this.#built, 'a built batch takes no more records');
    const { key, value, headers = NO_HEADERS, timestamp } = record;
    if (this.#count === 0) this.#baseTimestamp = this.#maxTimestamp = timestamp;
    else if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp;
    const timestampDelta = timestamp - this.#baseTimestamp;

    let bytes = 1 + varlongBytes(timestampDelta) + varintBytes(this.#count);
    bytes += fieldBytes(key) + fieldBytes(value) + varintBytes(headers.length);
    for (const header of headers) {
      const keyBytes = Buffer.byteLength(header.key);
      bytes += varintBytes(keyBytes) + keyBytes + fieldBytes(header.value);
    }

    this.#reserve(varintBytes(bytes) + bytes);
    const buffer = this.#buffer;
    let at = writeVarint(buffer, this.#end, bytes);
    buffer[at++] = 0; // attributes
    at = writeVarlong(buffer, at, timestampDelta);
    at = writeVarint(buffer, at, this.#count);
    at = writeField(buffer, at, key);
    at = writeField(buffer, at, value);
    at = writeVarint(buffer, at, headers.length);
    for (const header of headers) {
      at = writeVarint(buffer, at, Buffer.byteLength(header.key));
      at += buffer.write(header.key, at, 'utf8');
      at = writeField(buffer, at, header.value);
    }
    this.#end = at;
    this.#count++;
  }

  /** The finished batch. It shares the builder's memory: the builder is done with it. */
  build(): Buffer {
    assert(this.#count > 0, 'a batch has a record');
    assert(!this.#built, 'a batch is built once');
    this.#built = true;
    const batch = this.#compressed();
    const { codec = 0, timestampType, transactional, control } = this.#options;
    let bits: number = codec;
    if (timestampType === 'LogAppendTime') bits |= LOG_APPEND_TIME_BIT;
    if (transactional) bits |= TRANSACTIONAL_BIT;
    if (control) bits |= CONTROL_BIT;

    setBaseOffset(batch, 0, this.#options.baseOffset ?? 0);
    batch.writeInt32BE(batch.length - LOG_OVERHEAD_BYTES, AT.length);
    batch.writeInt32BE(this.#options.leaderEpoch ?? -1, AT.leaderEpoch);
    batch.writeInt8(MAGIC, AT.magic);
    batch.writeInt16BE(bits, AT.attributes);
    batch.writeInt32BE(this.#count - 1, AT.lastOffsetDelta);
    writeInt64(batch, AT.baseTimestamp, this.#baseTimestamp);
    writeInt64(batch, AT.maxTimestamp, this.#maxTimestamp);
    writeInt64(batch, AT.producerId, this.#options.producerId ?? -1);
    batch.writeInt16BE(this.#options.producerEpoch ?? -1, AT.producerEpoch);
    batch.writeInt32BE(this.#options.baseSequence ?? -1, AT.baseSequence);
    batch.writeInt32BE(this.#count, AT.recordCount);
    writeCrc(batch, 0);
    return batch;
  }

  /** Room for the header, and behind it the records in their final form. */
  #compressed(): Buffer {
    const { codec = 0, compression } = this.#options;
    if (codec === 0) return this.#buffer.subarray(0, this.#end);
    const compressor = compression?.get(codec);
    assert(compressor !== undefined, `codec ${CODEC_NAMES[codec]} is loaded before a batch is built with it`);
    const content = compressor.compress(this.#buffer.subarray(BATCH_HEADER_BYTES, this.#end));
    const batch = Buffer.allocUnsafe(BATCH_HEADER_BYTES + content.length);
    content.copy(batch, BATCH_HEADER_BYTES);
    return batch;
  }

  #reserve(bytes: number): void {
    const needed = this.#end + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, BATCH_HEADER_BYTES, BATCH_HEADER_BYTES, this.#end);
    this.#buffer = grown;
  }
}

/** A nullable byte field with its length in front. */
function fieldBytes(field: Buffer | null): number {
  return field === null ? 1 : varintBytes(field.length) + field.length;
}

function writeField(buffer: Buffer, at: number, field: Buffer | null): number {
  if (field === null) return writeVarint(buffer, at, -1);
  const next = writeVarint(buffer, at, field.length);
  field.copy(buffer, next);
  return next + field.length;
}
