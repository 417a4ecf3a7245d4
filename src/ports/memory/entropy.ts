import { Prng } from '../../base/prng.js';
import type { Entropy } from '../entropy.js';

/** The same seed gives the same ids, salts and jitter. */
export function seededEntropy(seed: number): Entropy {
  const prng = new Prng(seed);
  return { bytes: (length) => prng.fill(Buffer.alloc(length)), random: () => prng.random() };
}
