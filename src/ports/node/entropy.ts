import { randomBytes } from 'node:crypto';
import type { Entropy } from '../entropy.js';

// Taken when the module loads, as the clock's: a user's test may replace Math.random by a constant.
const random = Math.random;

/** The operating system's chance for ids and salts; the engine's, which is cheaper and no secret, for jitter. */
export function nodeEntropy(): Entropy {
  return { bytes: (length) => randomBytes(length), random: () => random() };
}
