/**
 * Finding records by their timestamp, to the record (KIP-79, KIP-734): the segment by its newest timestamp, the neighbourhood by the
 * time index, the batch by its header, the record by reading the batch, which may mean decompressing it: one batch, within a bound.
 */
import type { LeaderEpoch, Millis, Offset } from '../base/ids.js';
import { baseOffset, batchBytes, codecOf, lastOffset, leaderEpoch, maxTimestamp } from '../records/batch.js';
import type { Compression } from '../records/compression/compression.js';
import { CompressionError } from '../records/compression/compressor.js';
import { CorruptBatchError, recordsIn } from '../records/iterate.js';
import { ErrorCode } from '../wire/errors.js';
import type { Segment } from './segment.js';
import { StorageError } from './storage-error.js';

const LOOKUP_WINDOW_BYTES = 64 * 1024;
/** What one batch may unfold to on the way to one of its records. */
export const LOOKUP_DECOMPRESSED_BYTES_MAX = 128 * 1024 * 1024;

export interface TimestampedOffset {
  readonly offset: Offset;
  readonly timestamp: Millis;
  readonly epoch: LeaderEpoch;
}

/** The first record at or behind `notBefore`, among what is written, that is as new as `timestamp`; null: there is none. */
export async function findByTimestamp(
  segments: readonly Segment[],
  timestamp: Millis,
  notBefore: Offset,
  compression: Compression,
): Promise<TimestampedOffset | null> {
  for (const segment of segments) {
    if (segment.phase === 'pending') break;
    if ((await segment.loadNewestTimestamp()) < timestamp) continue;
    const found = await findInSegment(segment, timestamp, notBefore, compression);
    if (found !== null) return found;
  }
  return null;
}

/** The first of the newest records; null: none has a timestamp. */
export async function findNewest(
  segments: readonly Segment[],
  notBefore: Offset,
  compression: Compression,
): Promise<TimestampedOffset | null> {
  let newest: Millis = -1;
  for (const segment of segments) newest = Math.max(newest, await segment.loadNewestTimestamp());
  return newest < 0 ? null : findByTimestamp(segments, newest, notBefore, compression);
}

interface Candidate {
  readonly buffer: Buffer;
  readonly at: number;
}

async function findInSegment(
  segment: Segment,
  timestamp: Millis,
  notBefore: Offset,
  compression: Compression,
): Promise<TimestampedOffset | null> {
  let position = await segment.seek(timestamp, notBefore);
  while (position !== null) {
    const candidates: Candidate[] = [];
    const end = await segment.walk(position, LOOKUP_WINDOW_BYTES, (buffer, at) => {
      if (maxTimestamp(buffer, at) < timestamp || lastOffset(buffer, at) < notBefore) return 'go on';
      candidates.push({ buffer, at });
      return 'stop';
    });
    if (end.kind === 'problem') {
      throw new StorageError(
        ErrorCode.CORRUPT_MESSAGE,
        `segment ${segment.baseOffset} at byte ${end.position}: ${end.problem}`,
      );
    }
    const [candidate] = candidates;
    if (candidate === undefined) return null;
    const found = await findInBatch(candidate, timestamp, notBefore, compression);
    if (found !== null) return found;
    // Its newest record lies before `notBefore`, or its header promised a time that no record has.
    position = end.position + batchBytes(candidate.buffer, candidate.at);
  }
  return null;
}

async function findInBatch(
  { buffer, at }: Candidate,
  timestamp: Millis,
  notBefore: Offset,
  compression: Compression,
): Promise<TimestampedOffset | null> {
  const epoch = leaderEpoch(buffer, at);
  await compression.load(codecOf(buffer, at));
  try {
    for (const record of recordsIn(buffer, at, compression, LOOKUP_DECOMPRESSED_BYTES_MAX)) {
      if (record.timestamp >= timestamp && record.offset >= notBefore) {
        return { offset: record.offset, timestamp: record.timestamp, epoch };
      }
    }
    return null;
  } catch (error) {
    if (!(error instanceof CompressionError || error instanceof CorruptBatchError)) throw error;
    // A producer compressed something that is no list of records, which is let in unread. The batch as a whole is
    // the best answer: a reader who starts there misses nothing.
    const offset = Math.max(baseOffset(buffer, at), notBefore);
    return { offset, timestamp: maxTimestamp(buffer, at), epoch };
  }
}
