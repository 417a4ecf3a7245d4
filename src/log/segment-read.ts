/** Reading a consumer's batches out of a segment's file: one disk read, or a second where one batch alone is larger than that. */
import type { Offset } from '../base/ids.js';
import type { Slab, SlabPool } from '../base/slabs.js';
import { BATCH_HEADER_BYTES, batchBytes, headerProblem, lastOffset } from '../records/batch.js';

const KiB = 1024;
/** Of one read, unless a single batch is larger. What a consumer asks for beyond it comes with its next read. */
export const READ_BYTES_MAX = 8 * KiB * KiB;
const READ_BYTES_MIN = 4 * KiB;

export interface ReadLimits {
  readonly maxBytes: number;
  /** Exclusive. What is not yet written is never read, whatever this says. */
  readonly upTo: Offset;
  /** Whether the first batch comes whole even when it is larger than maxBytes (KIP-74). */
  readonly atLeastOneBatch: boolean;
  /** The disk is left alone: what memory does not have is not read. */
  readonly memoryOnly?: boolean;
}

export interface LogRead {
  /** Whole batches, one behind the other; the first contains the offset asked for. No batch spans two parts. */
  readonly parts: readonly Buffer[];
  /**
   * What the parts lie in, with a hold on each that is the reader's to release once it reads them no more. Who keeps the parts for good, or
   * does not know until when, just leaves them to the collector.
   */
  readonly slabs: readonly Slab[];
  readonly bytes: number;
  /** Where to read next; the offset asked for when there is nothing. */
  readonly nextOffset: Offset;
}

export function nothingAt(from: Offset): LogRead {
  return { parts: [], slabs: [], bytes: 0, nextOffset: from };
}

export interface ReadableFile {
  /** Where reads get their memory. */
  readonly slabs: SlabPool;
  /** Up to here the file holds whole batches. */
  readonly endPosition: number;
  /** The number of bytes read; null: the file is gone. */
  read(target: Buffer, position: number): Promise<number | null>;
  /** @throws for bytes that should be a batch and are not */
  corrupt(position: number, problem: string): never;
}

/**
 * @param near a position where a batch begins, at or before the one that contains `from`, and near it
 * @param slackBytes how far from `near` that batch begins, most likely
 * @returns 'none' when nothing follows at or behind `from`; 'short' when the file has less than it should, or is gone
 */
export async function readBatches(
  file: ReadableFile,
  from: Offset,
  near: number,
  slackBytes: number,
  limits: ReadLimits,
): Promise<LogRead | 'none' | 'short'> {
  const windowBytes = Math.max(READ_BYTES_MIN, clamp(limits.maxBytes) + slackBytes);
  let position = near;
  while (position < file.endPosition) {
    const left = file.endPosition - position;
    const slab = file.slabs.take(Math.min(windowBytes, left));
    const window = slab.buffer.subarray(0, Math.min(windowBytes, left));
    const got = await file.read(window, position);
    if (got === null || got < window.length) return 'short';
    const at = skipTo(file, window, from, position, left);
    if (window.length - at >= BATCH_HEADER_BYTES) {
      const whole = cut(file, window, at, position, from, limits);
      if (whole !== null) return handedOut(whole, slab);
      const batchSize = batchBytes(window, at);
      slab.release();
      return readOne(file, batchSize, position + at, from, limits);
    }
    slab.release();
    // Too far off, behind a large batch: go on where the skipping ended, or at the header that the window cut.
    position += at;
  }
  return 'none';
}

/** The position in the window of the batch that contains `from`, or one at the window's end or beyond, where to look on. */
function skipTo(file: ReadableFile, window: Buffer, from: Offset, position: number, left: number): number {
  let at = 0;
  while (window.length - at >= Math.min(BATCH_HEADER_BYTES, left - at) && at < left) {
    const problem = headerProblem(window, at, left - at);
    if (problem !== null) file.corrupt(position + at, problem);
    if (lastOffset(window, at) >= from) return at;
    at += batchBytes(window, at);
  }
  return at;
}

/** As many whole batches as the limits allow; null when the first is wanted and goes beyond the window. */
function cut(
  file: ReadableFile,
  window: Buffer,
  first: number,
  position: number,
  from: Offset,
  limits: ReadLimits,
): LogRead | null {
  let end = first;
  let nextOffset = from;
  while (window.length - end >= BATCH_HEADER_BYTES) {
    const problem = headerProblem(window, end, file.endPosition - position - end);
    if (problem !== null) file.corrupt(position + end, problem);
    const bytes = batchBytes(window, end);
    const next = lastOffset(window, end) + 1;
    // Outside of what the checksum covers; a reader who is sent back by it would go round for ever.
    if (next <= nextOffset) file.corrupt(position + end, `offset ${next - 1} where ${nextOffset} is due`);
    const fits = end + bytes - first <= limits.maxBytes || (end === first && limits.atLeastOneBatch);
    if (!fits || next > limits.upTo) break;
    if (end + bytes > window.length) {
      if (end === first) return null;
      break;
    }
    end += bytes;
    nextOffset = next;
  }
  if (end === first) return nothingAt(from);
  return { parts: [window.subarray(first, end)], slabs: [], bytes: end - first, nextOffset };
}

/** Now the size of the batch is known. */
async function readOne(
  file: ReadableFile,
  batchSize: number,
  position: number,
  from: Offset,
  limits: ReadLimits,
): Promise<LogRead | 'short'> {
  const slab = file.slabs.take(batchSize);
  const batch = slab.buffer.subarray(0, batchSize);
  const got = await file.read(batch, position);
  if (got === null || got < batch.length) return 'short';
  const whole = cut(file, batch, 0, position, from, limits);
  return whole === null ? 'short' : handedOut(whole, slab);
}

/** The hold goes to the reader, with what lies in the slab. */
function handedOut(read: LogRead, slab: Slab): LogRead {
  if (read.parts.length > 0) return { ...read, slabs: [slab] };
  slab.release();
  return read;
}

function clamp(maxBytes: number): number {
  return Math.max(0, Math.min(maxBytes, READ_BYTES_MAX));
}
