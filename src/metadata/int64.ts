/**
 * The one place where a protobuf int64 becomes a number and a number an int64. protobufjs decodes one to a Long object (or a number, where
 * the package `long` is missing), and encodes a BigInt as 0 without a word; a plain number within 2^53 it writes exactly.
 */
import { assert } from '../base/assert.js';

/** As protobufjs decodes it: a number, or Long's part that we need. */
export type StoredInt64 = number | { toNumber(): number };

/** What to hand to `encode`. */
export function toStoredInt64(value: number): number {
  assert(Number.isSafeInteger(value), 'a stored int64 is a whole number that fits 2^53');
  return value;
}

/** @throws RangeError beyond 2^53: a value we never wrote */
export function fromStoredInt64(stored: StoredInt64): number {
  const value = typeof stored === 'number' ? stored : stored.toNumber();
  if (!Number.isSafeInteger(value)) throw new RangeError(`a number near ${value} does not fit 2^53`);
  return value;
}
