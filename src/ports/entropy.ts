/** The only source of chance. */
export interface Entropy {
  /** Unpredictable bytes: ids, salts. */
  bytes(length: number): Buffer;
  /** A number in [0, 1): jitter, never a secret. */
  random(): number;
}
