import { readVarint, readVarlong, varintEnd, varlongEnd } from '../base/varint.js';
import type { Millis } from '../base/ids.js';

/**
 * The walk over a produced batch's records, uncompressed, that proves them well-formed: every length adds up, every
 * varint is in bounds, offsets are 0 to n−1. It is the broker's hottest loop, so one straight story, and nothing is
 * allocated unless a record is refused.
 *
 * A record: length varint, attributes int8, timestampDelta varlong, offsetDelta varint, key length varint (−1: null)
 * and key, value likewise, header count varint, and per header a key (never null) and a value (−1: null).
 */

/** The smallest record: six one-byte fields after a one-byte length. */
export const MIN_RECORD_BYTES = 7;

/** How many offending records an answer names. The client fails the whole batch anyway; the bound keeps a small batch from costing a huge answer. */
export const RECORD_ERRORS_MAX = 100;

export interface RecordError {
  batchIndex: number;
  message: string;
}

export interface WalkRules {
  baseTimestamp: Millis;
  /** Timestamps outside are refused; −1 (none) never is. Both within ±2^53, so that what passes is exact. */
  earliestMs: Millis;
  latestMs: Millis;
  /** A compacted topic has no place for a record without a key. */
  keysRequired: boolean;
}

export interface Walk {
  /** Why the bytes are no sequence of records; null when they are. `maxTimestamp` and the rest then hold. */
  malformed: string | null;
  maxTimestamp: Millis;
  /** Of the first record with that timestamp. */
  maxTimestampOffsetDelta: number;
  /** The first RECORD_ERRORS_MAX records that are well-formed and yet not allowed. */
  recordErrors: RecordError[];
  timestampRefused: boolean;
}

/** Walks exactly `count` records, which must fill `bytes[from, to)` to the last byte. */
export function walkRecords(
  bytes: Uint8Array,
  from: number,
  to: number,
  count: number,
  rules: WalkRules,
): Walk {
  const { baseTimestamp, earliestMs, latestMs, keysRequired } = rules;
  const walk: Walk = {
    malformed: null,
    maxTimestamp: Number.NEGATIVE_INFINITY,
    maxTimestampOffsetDelta: 0,
    recordErrors: [],
    timestampRefused: false,
  };
  let at = from;
  for (let index = 0; index < count; index++) {
    let next = varintEnd(bytes, at, to);
    if (next < 0) return malformed(walk, index, 'its length is cut short');
    const end = next + readVarint(bytes, at);
    // `end > to` also covers a length so large that it could not be added to a position in int32 arithmetic.
    if (end < next || end > to) return malformed(walk, index, 'its length runs past the batch');

    at = next + 1; // attributes: no bit is in use
    next = varlongEnd(bytes, at, end);
    if (next < 0) return malformed(walk, index, 'its timestamp delta is cut short');
    const timestamp = baseTimestamp + readVarlong(bytes, at);

    at = next;
    next = varintEnd(bytes, at, end);
    if (next < 0) return malformed(walk, index, 'its offset delta is cut short');
    if (readVarint(bytes, at) !== index) {
      return malformed(walk, index, `its offset delta is ${readVarint(bytes, at)}: they must be 0 to n-1`);
    }

    at = next;
    next = varintEnd(bytes, at, end);
    if (next < 0) return malformed(walk, index, 'its key length is cut short');
    const keyBytes = readVarint(bytes, at);
    if (keyBytes < -1 || keyBytes > end - next)
      return malformed(walk, index, `its key length ${keyBytes} is impossible`);

    at = keyBytes < 0 ? next : next + keyBytes;
    next = varintEnd(bytes, at, end);
    if (next < 0) return malformed(walk, index, 'its value length is cut short');
    const valueBytes = readVarint(bytes, at);
    if (valueBytes < -1 || valueBytes > end - next) {
      return malformed(walk, index, `its value length ${valueBytes} is impossible`);
    }

    at = valueBytes < 0 ? next : next + valueBytes;
    next = varintEnd(bytes, at, end);
    if (next < 0) return malformed(walk, index, 'its header count is cut short');
    const headerCount = readVarint(bytes, at);
    if (headerCount < 0) return malformed(walk, index, `its header count ${headerCount} is negative`);
    at = headerCount === 0 ? next : headersEnd(bytes, next, end, headerCount);
    if (at !== end)
      return malformed(
        walk,
        index,
        at < 0 ? 'its headers are malformed' : 'its fields do not add up to its length',
      );

    // From here on the record is well-formed; whether it is allowed is another question, asked of every record, so
    // that the answer can name them.
    if (timestamp > walk.maxTimestamp) {
      walk.maxTimestamp = timestamp;
      walk.maxTimestampOffsetDelta = index;
    }
    if ((timestamp < earliestMs && timestamp !== -1) || timestamp > latestMs) {
      walk.timestampRefused = true;
      refuse(
        walk,
        index,
        `Timestamp ${timestamp} is out of range: it must be within ${earliestMs} and ${latestMs}.`,
      );
    }
    if (keysRequired && keyBytes < 0) {
      refuse(walk, index, 'Compacted topic cannot accept message without key.');
    }
  }
  if (at !== to) return malformed(walk, count, `${to - at} bytes follow the last of ${count} records`);
  return walk;
}

/** The position after `count` headers, or −1. Each takes two bytes at least, so a lying count ends at the limit. */
function headersEnd(bytes: Uint8Array, from: number, limit: number, count: number): number {
  let at = from;
  for (let index = 0; index < count; index++) {
    let next = varintEnd(bytes, at, limit);
    if (next < 0) return -1;
    const keyBytes = readVarint(bytes, at);
    if (keyBytes < 0 || keyBytes > limit - next) return -1;
    at = next + keyBytes;
    next = varintEnd(bytes, at, limit);
    if (next < 0) return -1;
    const valueBytes = readVarint(bytes, at);
    if (valueBytes < -1 || valueBytes > limit - next) return -1;
    at = valueBytes < 0 ? next : next + valueBytes;
  }
  return at;
}

function malformed(walk: Walk, index: number, what: string): Walk {
  walk.malformed = `record ${index}: ${what}`;
  return walk;
}

function refuse(walk: Walk, batchIndex: number, message: string): void {
  if (walk.recordErrors.length < RECORD_ERRORS_MAX) walk.recordErrors.push({ batchIndex, message });
}
