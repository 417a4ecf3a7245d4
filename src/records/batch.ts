import { crc32c } from '../base/crc32c.js';
import type { LeaderEpoch, Millis, Offset, ProducerEpoch, ProducerId, Sequence } from '../base/ids.js';
import type { CodecId } from './compression/compressor.js';
import { readInt64, writeInt64 } from './int64.js';

/**
 * Record batch v2 (KIP-98), seen where it lies: every function takes the buffer and the position of the batch's first
 * byte, and no object is made. The layout, in bytes from there:
 *
 *      0 baseOffset int64          23 lastOffsetDelta int32     51 producerEpoch int16
 *      8 length int32              27 baseTimestamp int64       53 baseSequence int32
 *     12 partitionLeaderEpoch int32  35 maxTimestamp int64      57 recordCount int32
 *     16 magic int8                43 producerId int64          61 records
 *     17 crc uint32
 *     21 attributes int16
 *
 * `length` counts from byte 12. The checksum covers byte 21 to the end, so a leader sets the base offset and its epoch
 * in a batch it received without touching it; the timestamp type lies inside, so setting that costs a new checksum.
 *
 * The getters believe what they read. For bytes of unknown origin ask `headerProblem` first.
 */
export const BATCH_HEADER_BYTES = 61;
/** What precedes the part that `length` counts: base offset and length itself. */
export const LOG_OVERHEAD_BYTES = 12;
/** The only format we keep. Magic 0 and 1 went with Kafka 4.0 (KIP-724). */
export const MAGIC = 2;
/** The smallest `length`: a header without records. */
export const MIN_LENGTH = BATCH_HEADER_BYTES - LOG_OVERHEAD_BYTES;

export const CODEC_MASK = 0b0000_0111;
export const LOG_APPEND_TIME_BIT = 0b0000_1000;
export const TRANSACTIONAL_BIT = 0b0001_0000;
export const CONTROL_BIT = 0b0010_0000;
/** Set by compaction: baseTimestamp is then the time after which tombstones may go (KIP-534). */
export const DELETE_HORIZON_BIT = 0b0100_0000;

/** Field positions, for those who write whole headers. */
export const AT = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const;

export function baseOffset(buffer: Buffer, at: number): Offset {
  return readInt64(buffer, at + AT.baseOffset);
}

/** Outside the checksum. */
export function setBaseOffset(buffer: Buffer, at: number, offset: Offset): void {
  writeInt64(buffer, at + AT.baseOffset, offset);
}

/** The whole size, from `at` to the next batch. */
export function batchBytes(buffer: Buffer, at: number): number {
  return LOG_OVERHEAD_BYTES + buffer.readInt32BE(at + AT.length);
}

export function leaderEpoch(buffer: Buffer, at: number): LeaderEpoch {
  return buffer.readInt32BE(at + AT.leaderEpoch);
}

/** Outside the checksum. */
export function setLeaderEpoch(buffer: Buffer, at: number, epoch: LeaderEpoch): void {
  buffer.writeInt32BE(epoch, at + AT.leaderEpoch);
}

export function magic(buffer: Buffer, at: number): number {
  return buffer.readInt8(at + AT.magic);
}

/** The stored checksum, unsigned. */
export function crc(buffer: Buffer, at: number): number {
  return buffer.readUInt32BE(at + AT.crc);
}

export function attributes(buffer: Buffer, at: number): number {
  return buffer.readInt16BE(at + AT.attributes);
}

export function lastOffsetDelta(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + AT.lastOffsetDelta);
}

/** The last offset the batch stands for. Compaction may have removed the record itself: a reader goes on at this plus one. */
export function lastOffset(buffer: Buffer, at: number): Offset {
  return baseOffset(buffer, at) + lastOffsetDelta(buffer, at);
}

/** What the records' timestamp deltas count from: the first record's time, or the delete horizon (KIP-534). */
export function baseTimestamp(buffer: Buffer, at: number): Millis {
  return readInt64(buffer, at + AT.baseTimestamp);
}

export function maxTimestamp(buffer: Buffer, at: number): Millis {
  return readInt64(buffer, at + AT.maxTimestamp);
}

/** −1: not idempotent. This field decides, not the epoch: some clients send epoch and sequence 0 with no producer. */
export function producerId(buffer: Buffer, at: number): ProducerId {
  return readInt64(buffer, at + AT.producerId);
}

export function producerEpoch(buffer: Buffer, at: number): ProducerEpoch {
  return buffer.readInt16BE(at + AT.producerEpoch);
}

export function baseSequence(buffer: Buffer, at: number): Sequence {
  return buffer.readInt32BE(at + AT.baseSequence);
}

/** Records really there; after compaction fewer than lastOffsetDelta + 1, even none. */
export function recordCount(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + AT.recordCount);
}

/** The codec's number. The field has room for 5 to 7, which do not exist: `headerProblem` and `validateProduced` refuse them. */
export function codecOf(buffer: Buffer, at: number): CodecId {
  return (attributes(buffer, at) & CODEC_MASK) as CodecId;
}

export function isLogAppendTime(buffer: Buffer, at: number): boolean {
  return (attributes(buffer, at) & LOG_APPEND_TIME_BIT) !== 0;
}

export function isTransactional(buffer: Buffer, at: number): boolean {
  return (attributes(buffer, at) & TRANSACTIONAL_BIT) !== 0;
}

export function isControl(buffer: Buffer, at: number): boolean {
  return (attributes(buffer, at) & CONTROL_BIT) !== 0;
}

/** Whether the stored checksum is that of the bytes. The whole batch must lie in the buffer. */
export function crcMatches(buffer: Buffer, at: number): boolean {
  return crc(buffer, at) === contentCrc(buffer, at);
}

/** Stores the checksum of the bytes as they are now. */
export function writeCrc(buffer: Buffer, at: number): void {
  buffer.writeUInt32BE(contentCrc(buffer, at), at + AT.crc);
}

function contentCrc(buffer: Buffer, at: number): number {
  return crc32c(buffer, at + AT.attributes, at + batchBytes(buffer, at));
}

/** Sets the largest timestamp and makes the checksum right again. */
export function setMaxTimestamp(buffer: Buffer, at: number, timestamp: Millis): void {
  writeInt64(buffer, at + AT.maxTimestamp, timestamp);
  writeCrc(buffer, at);
}

/** Gives the whole batch the time of its append (`message.timestamp.type=LogAppendTime`), and a new checksum. */
export function stampLogAppendTime(buffer: Buffer, at: number, now: Millis): void {
  buffer.writeInt16BE(attributes(buffer, at) | LOG_APPEND_TIME_BIT, at + AT.attributes);
  setMaxTimestamp(buffer, at, now);
}

/**
 * Why the bytes at `at` cannot be the header of a batch in a log, as a sentence; null when they can.
 *
 * For scanning a file of ours, where a torn write may have left anything: cheap, and before the checksum, which needs
 * the whole batch and a length one can believe.
 *
 * @param availableBytes from `at` to the end of the file, or as far as a batch may reach. The buffer itself need only
 *   hold the header.
 */
export function headerProblem(buffer: Buffer, at: number, availableBytes: number): string | null {
  if (availableBytes < BATCH_HEADER_BYTES || buffer.length - at < BATCH_HEADER_BYTES) {
    return `${Math.min(availableBytes, buffer.length - at)} bytes are too few for a batch header`;
  }
  if (magic(buffer, at) !== MAGIC) return `magic is ${magic(buffer, at)}, not ${MAGIC}`;
  const bytes = batchBytes(buffer, at);
  if (bytes < BATCH_HEADER_BYTES) return `length ${bytes - LOG_OVERHEAD_BYTES} is below ${MIN_LENGTH}`;
  if (bytes > availableBytes) return `the batch takes ${bytes} bytes, and ${availableBytes} are there`;
  const first = baseOffset(buffer, at);
  const delta = lastOffsetDelta(buffer, at);
  if (first < 0 || !Number.isSafeInteger(first + delta)) return `base offset ${first} is out of range`;
  if (delta < 0) return `last offset delta ${delta} is negative`;
  const count = recordCount(buffer, at);
  if (count < 0 || count - 1 > delta) return `${count} records do not fit a last offset delta of ${delta}`;
  if (leaderEpoch(buffer, at) < -1) return `leader epoch ${leaderEpoch(buffer, at)} is negative`;
  if ((attributes(buffer, at) & CODEC_MASK) > 4)
    return `codec ${attributes(buffer, at) & CODEC_MASK} does not exist`;
  if (!Number.isSafeInteger(baseTimestamp(buffer, at)) || !Number.isSafeInteger(maxTimestamp(buffer, at))) {
    return 'a timestamp is out of range';
  }
  const producer = producerId(buffer, at);
  if (producer < -1 || !Number.isSafeInteger(producer)) return `producer id ${producer} is out of range`;
  return null;
}
