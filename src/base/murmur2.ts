/**
 * MurmurHash2 (Appleby), 32 bits, with the seed that Kafka's default partitioner uses. A key's partition is
 * `toPositive(murmur2(key)) % partitions`, so every client that wants to agree with Java's must give these very bits.
 */

const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/** The hash of `key` as a signed 32-bit number, as Java prints it. */
export function murmur2(key: Uint8Array): number {
  const length = key.length;
  const wholeWords = length & ~3;
  let hash = SEED ^ length;
  let at = 0;
  for (; at < wholeWords; at += 4) {
    let word = key[at]! | (key[at + 1]! << 8) | (key[at + 2]! << 16) | (key[at + 3]! << 24);
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> 24;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }
  const rest = length - wholeWords;
  if (rest === 3) hash ^= key[at + 2]! << 16;
  if (rest >= 2) hash ^= key[at + 1]! << 8;
  if (rest >= 1) hash = Math.imul(hash ^ key[at]!, MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}

/** Clears the sign bit. Not the absolute value: Java's partitioner masks, and so must we. */
export function toPositive(hash: number): number {
  return hash & 0x7fffffff;
}
