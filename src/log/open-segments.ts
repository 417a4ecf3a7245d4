/**
 * Which inactive segments of a broker have their file open and their index in memory: the most recently used ones, within two bounds. A
 * consumer that reads old records pays for opening a segment once; a broker with ten thousand segments keeps a few hundred open.
 */
import type { Logger } from '../ports/logger.js';

const MiB = 1024 * 1024;
export const OPEN_SEGMENTS_MAX = 512;
export const OPEN_INDEX_BYTES_MAX = 64 * MiB;

/** What is open and can be opened again. */
export interface Reopenable {
  /** Of indexes held in memory. */
  readonly indexBytes: number;
  /** Waits for reads under way, then closes; the next use opens again. */
  letGo(): Promise<void>;
}

export class OpenSegments {
  readonly #logger: Logger;
  readonly #segmentsMax: number;
  readonly #indexBytesMax: number;
  /** Least recently used first. */
  readonly #open = new Map<Reopenable, number>();
  #indexBytes = 0;

  constructor(
    logger: Logger,
    limits: { readonly segmentsMax?: number; readonly indexBytesMax?: number } = {},
  ) {
    this.#logger = logger;
    this.#segmentsMax = limits.segmentsMax ?? OPEN_SEGMENTS_MAX;
    this.#indexBytesMax = limits.indexBytesMax ?? OPEN_INDEX_BYTES_MAX;
  }

  get size(): number {
    return this.#open.size;
  }

  get indexBytes(): number {
    return this.#indexBytes;
  }

  /** The segment is open and was just used. May let go of others, never of this one. */
  used(segment: Reopenable): void {
    this.forget(segment);
    this.#open.set(segment, segment.indexBytes);
    this.#indexBytes += segment.indexBytes;
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= this.#segmentsMax && this.#indexBytes <= this.#indexBytesMax) return;
      if (oldest === segment) return;
      this.forget(oldest);
      oldest.letGo().catch((error: unknown) => {
        // Everything in it was synced before it became inactive: a failing close loses nothing.
        this.#logger.warn('closing a segment failed', { error });
      });
    }
  }

  /** The segment was closed otherwise, or is active. */
  forget(segment: Reopenable): void {
    this.#indexBytes -= this.#open.get(segment) ?? 0;
    this.#open.delete(segment);
  }
}
