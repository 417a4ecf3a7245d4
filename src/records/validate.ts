import type { Millis, ProducerEpoch, ProducerId, Sequence } from '../base/ids.js';
import { ErrorCode } from '../wire/errors.js';
import {
  attributes,
  BATCH_HEADER_BYTES,
  baseSequence,
  baseTimestamp,
  batchBytes,
  CODEC_MASK,
  CONTROL_BIT,
  codecOf,
  crcMatches,
  DELETE_HORIZON_BIT,
  isControl,
  isTransactional,
  LOG_APPEND_TIME_BIT,
  LOG_OVERHEAD_BYTES,
  lastOffsetDelta,
  MAGIC,
  magic,
  maxTimestamp,
  producerEpoch,
  producerId,
  recordCount,
  setMaxTimestamp,
  TRANSACTIONAL_BIT,
} from './batch.js';
import type { Compression } from './compression/compression.js';
import { CODEC_NAMES, type CodecId, CompressionError } from './compression/compressor.js';
import { type Recompression, recompressed } from './recompress.js';
import { MIN_RECORD_BYTES, type RecordError, type Walk, walkRecords } from './walk.js';

/**
 * What a leader asks of a batch before it appends it: Kafka's rules (LogValidator, ProduceRequest.validateRecords),
 * most of them learnt from clients that broke them. Whatever passes here passes `headerProblem` when it is read back.
 *
 * `relaxed` looks at everything it can see without decompressing: the header, the checksum, and the records of an
 * uncompressed batch. `strict` decompresses too. In a compressed batch, relaxed has to believe the header's timestamps
 * and count, and cannot see a missing key.
 */
export interface ProduceRules {
  /** `max.message.bytes`: the whole batch, as it came. */
  maxMessageBytes: number;
  validation: 'relaxed' | 'strict';
  timestampType: 'CreateTime' | 'LogAppendTime';
  /** `message.timestamp.before.max.ms`, `.after.max.ms` (KIP-937); Infinity or a huge number for no bound. */
  timestampBeforeMaxMs: Millis;
  timestampAfterMaxMs: Millis;
  /** `cleanup.policy` contains `compact`: every record needs a key. */
  compacted: boolean;
  nowMs: Millis;
  /** Produce from version 7 on (KIP-110). */
  allowZstd: boolean;
  /** How far a batch may unfold. Also bounds how many records a compressed batch may claim. */
  maxDecompressedBytes: number;
  /** `compression.type`: what batches of another codec are made into; null takes each as it comes (`producer`). */
  recompression: Recompression | null;
}

/** What appending a batch needs to know of it. */
export interface BatchInfo {
  /** The whole size, header included. */
  bytes: number;
  lastOffsetDelta: number;
  recordCount: number;
  baseTimestamp: Millis;
  maxTimestamp: Millis;
  /** Of the first record with the largest timestamp; lastOffsetDelta where the records were not looked at. */
  maxTimestampOffsetDelta: number;
  producerId: ProducerId;
  producerEpoch: ProducerEpoch;
  baseSequence: Sequence;
  transactional: boolean;
  control: boolean;
  codec: CodecId;
}

export interface Rejection {
  ok: false;
  error: ErrorCode;
  /** A sentence for the person who reads the client's log. */
  message: string;
  /** The offending records, where it is about single ones (Produce from version 8 on, KIP-467). */
  recordErrors: RecordError[];
}

/** `batch` is what is to be appended, and what `info` is about: the one that came, or the one made of it by recompression. */
export type Validation = { ok: true; info: BatchInfo; batch: Buffer } | Rejection;

/** Magic is at the same place in every format, so that an old one can be told from a broken one. */
const MAGIC_AT = 16;

/**
 * Judges the records of one partition in a produce request: exactly one batch, from a client.
 *
 * Changes one thing in the buffer: a header whose largest timestamp is not that of the records is corrected, and its
 * checksum with it, since lookup by time and retention believe that field. For LogAppendTime the log stamps the batch
 * when it appends.
 *
 * A batch whose codec is not the one that `recompression` asks for is judged as under `strict`, since its records are unfolded anyway, and
 * made anew; it must not be larger than `maxMessageBytes` before nor after.
 */
export function validateProduced(
  buffer: Buffer | null,
  rules: ProduceRules,
  compression: Compression,
): Validation {
  return headerRejection(buffer, rules) ?? validateContent(buffer as Buffer, rules, compression);
}

/** The facts of a batch in our own log, from its header alone. */
export function infoOf(buffer: Buffer, at: number): BatchInfo {
  const delta = lastOffsetDelta(buffer, at);
  return {
    bytes: batchBytes(buffer, at),
    lastOffsetDelta: delta,
    recordCount: recordCount(buffer, at),
    baseTimestamp: baseTimestamp(buffer, at),
    maxTimestamp: maxTimestamp(buffer, at),
    maxTimestampOffsetDelta: delta,
    producerId: producerId(buffer, at),
    producerEpoch: producerEpoch(buffer, at),
    baseSequence: baseSequence(buffer, at),
    transactional: isTransactional(buffer, at),
    control: isControl(buffer, at),
    codec: codecOf(buffer, at),
  };
}

/** Everything that the header and the checksum show; cheap tests first, the checksum last, since only it reads the whole batch. */
function headerRejection(buffer: Buffer | null, rules: ProduceRules): Rejection | null {
  if (buffer === null || buffer.length <= MAGIC_AT)
    return invalid('there is no record batch; a partition takes exactly one');
  if (magic(buffer, 0) !== MAGIC)
    return invalid(`record format ${magic(buffer, 0)} is not supported, only ${MAGIC}`);
  const bytes = batchBytes(buffer, 0);
  if (bytes < BATCH_HEADER_BYTES)
    return rejected(ErrorCode.CORRUPT_MESSAGE, `batch length ${bytes - LOG_OVERHEAD_BYTES} is too small`);
  if (bytes > buffer.length) return invalid(`the batch takes ${bytes} bytes, and ${buffer.length} came`);
  if (bytes < buffer.length)
    return invalid(`${buffer.length - bytes} bytes follow the batch; a partition takes exactly one`);
  if (bytes > rules.maxMessageBytes) {
    return rejected(
      ErrorCode.MESSAGE_TOO_LARGE,
      `the batch takes ${bytes} bytes, and max.message.bytes is ${rules.maxMessageBytes}`,
    );
  }
  if (!crcMatches(buffer, 0)) return rejected(ErrorCode.CORRUPT_MESSAGE, 'the checksum does not match');

  const bits = attributes(buffer, 0);
  const codec = bits & CODEC_MASK;
  if (codec >= CODEC_NAMES.length)
    return rejected(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, `compression codec ${codec} does not exist`);
  if (codec === 4 && !rules.allowZstd) {
    return rejected(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, 'zstd needs Produce version 7 or newer');
  }
  if (bits & CONTROL_BIT) return invalid('clients may not write control batches');
  if (bits & DELETE_HORIZON_BIT) return invalid('clients may not set a delete horizon');
  if (bits & LOG_APPEND_TIME_BIT)
    return rejected(ErrorCode.INVALID_TIMESTAMP, 'clients may not set the log append time');

  const count = recordCount(buffer, 0);
  const delta = lastOffsetDelta(buffer, 0);
  if (count <= 0) return invalid(`record count ${count} is not positive`);
  if (delta !== count - 1) return invalid(`last offset delta ${delta} does not fit ${count} records`);
  const contentBytesMax = codec === 0 ? bytes - BATCH_HEADER_BYTES : rules.maxDecompressedBytes;
  if (count * MIN_RECORD_BYTES > contentBytesMax)
    return invalid(`${count} records cannot lie in ${contentBytesMax} bytes`);

  const producer = producerId(buffer, 0);
  if (producer < -1 || !Number.isSafeInteger(producer))
    return invalid(`producer id ${producer} is out of range`);
  if (producer >= 0 && (baseSequence(buffer, 0) < 0 || producerEpoch(buffer, 0) < 0)) {
    return invalid(`producer ${producer} gave no sequence number or epoch`);
  }
  if (producer < 0 && bits & TRANSACTIONAL_BIT) return invalid('a transactional batch needs a producer id');
  return timestampRejection(buffer, rules, codec);
}

/**
 * The header's two timestamps. Of an uncompressed batch only their range: the walk judges each record's own. A
 * compressed one is judged by them, so that a record from the future cannot keep a segment for ever.
 */
function timestampRejection(buffer: Buffer, rules: ProduceRules, codec: number): Rejection | null {
  const base = baseTimestamp(buffer, 0);
  const max = maxTimestamp(buffer, 0);
  if (!Number.isSafeInteger(base) || !Number.isSafeInteger(max)) {
    return rejected(ErrorCode.INVALID_TIMESTAMP, 'a timestamp does not fit 2^53');
  }
  if (codec === 0) return null;
  const earliest = earliestMs(rules);
  const latest = latestMs(rules);
  for (const timestamp of [base, max]) {
    if ((timestamp < earliest && timestamp !== -1) || timestamp > latest) {
      return rejected(
        ErrorCode.INVALID_TIMESTAMP,
        `timestamp ${timestamp} is out of range: it must be within ${earliest} and ${latest}`,
      );
    }
  }
  return null;
}

/** The records themselves, as far as the rules look. */
function validateContent(buffer: Buffer, rules: ProduceRules, compression: Compression): Validation {
  const info = infoOf(buffer, 0);
  const { recompression } = rules;
  const change = recompression === null || recompression.codec === info.codec ? null : recompression;
  let walk: Walk;
  let content: Buffer | null = null;
  if (info.codec === 0) {
    walk = walkBatch(buffer, BATCH_HEADER_BYTES, info, rules);
  } else if (rules.validation === 'relaxed' && change === null) {
    return { ok: true, info, batch: buffer };
  } else {
    const codecName = CODEC_NAMES[info.codec];
    const compressor = compression.get(info.codec);
    if (compressor === undefined)
      return rejected(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, `codec ${codecName} is not loaded`);
    try {
      content = compressor.decompress(buffer.subarray(BATCH_HEADER_BYTES), rules.maxDecompressedBytes);
      walk = walkBatch(content, 0, info, rules);
    } catch (error) {
      if (!(error instanceof CompressionError)) throw error;
      // Too large asks the client to split and try again, which helps. Corrupt does not: CORRUPT_MESSAGE would make it
      // send the same bytes until it gives up, and the checksum has shown that they are what it meant to send.
      return rejected(
        error.reason === 'too-large' ? ErrorCode.MESSAGE_TOO_LARGE : ErrorCode.INVALID_RECORD,
        error.message,
      );
    }
  }
  if (walk.malformed !== null) return invalid(walk.malformed);
  if (walk.recordErrors.length > 0) {
    const error = walk.timestampRefused ? ErrorCode.INVALID_TIMESTAMP : ErrorCode.INVALID_RECORD;
    return { ok: false, error, message: walk.recordErrors[0]!.message, recordErrors: walk.recordErrors };
  }
  info.maxTimestampOffsetDelta = walk.maxTimestampOffsetDelta;
  if (info.maxTimestamp !== walk.maxTimestamp) {
    info.maxTimestamp = walk.maxTimestamp;
    setMaxTimestamp(buffer, 0, walk.maxTimestamp);
  }
  if (change === null) return { ok: true, info, batch: buffer };
  return recompress(buffer, content ?? buffer.subarray(BATCH_HEADER_BYTES), info, change, rules, compression);
}

function recompress(
  buffer: Buffer,
  content: Buffer,
  info: BatchInfo,
  change: Recompression,
  rules: ProduceRules,
  compression: Compression,
): Validation {
  const compressor = compression.get(change.codec);
  if (compressor === undefined) {
    return rejected(
      ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
      `codec ${CODEC_NAMES[change.codec]} is not loaded`,
    );
  }
  const batch = recompressed(buffer, content, change, compressor);
  if (batch.length > rules.maxMessageBytes) {
    return rejected(
      ErrorCode.MESSAGE_TOO_LARGE,
      `the batch takes ${batch.length} bytes with the topic's compression.type, and max.message.bytes is ${rules.maxMessageBytes}`,
    );
  }
  info.bytes = batch.length;
  info.codec = change.codec;
  return { ok: true, info, batch };
}

function walkBatch(records: Buffer, from: number, info: BatchInfo, rules: ProduceRules): Walk {
  return walkRecords(records, from, records.length, info.recordCount, {
    baseTimestamp: info.baseTimestamp,
    earliestMs: earliestMs(rules),
    latestMs: latestMs(rules),
    keysRequired: rules.compacted,
  });
}

/** Where the log stamps the batch itself, what the client wrote as time only has to be a time. */
function earliestMs(rules: ProduceRules): Millis {
  if (rules.timestampType === 'LogAppendTime') return Number.MIN_SAFE_INTEGER;
  return Math.max(Number.MIN_SAFE_INTEGER, rules.nowMs - rules.timestampBeforeMaxMs);
}

function latestMs(rules: ProduceRules): Millis {
  if (rules.timestampType === 'LogAppendTime') return Number.MAX_SAFE_INTEGER;
  return Math.min(Number.MAX_SAFE_INTEGER, rules.nowMs + rules.timestampAfterMaxMs);
}

function invalid(message: string): Rejection {
  return rejected(ErrorCode.INVALID_RECORD, message);
}

function rejected(error: ErrorCode, message: string): Rejection {
  return { ok: false, error, message, recordErrors: [] };
}
