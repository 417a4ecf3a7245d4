/**
 * How much memory the tails of all logs of a broker may take together.
 *
 * Over the limit, a hand goes round the logs (the second-chance algorithm) and takes each one's oldest chunk, unless it was read since the hand
 * last passed. Bytes that are not yet settled (written, and synced where the flush policy asks for it) are never taken: they exist
 * nowhere else, or the journal needs them. Those have a limit of their own, above which logs refuse appends: a disk that
 * cannot keep up must slow its producers down, not fill the memory.
 */
const MiB = 1024 * 1024;
export const TAIL_BYTES_MAX = 64 * MiB;
export const UNSETTLED_BYTES_MAX = 256 * MiB;
/** Logs that the hand passes at one call: the limit is soft, the time of an append is not. */
const STEPS_MAX = 64;

/** The tail of one log, as the budget sees it. */
export interface Evictable {
  readonly isEmpty: boolean;
  /** Gives up the oldest chunk, unless it is still needed or was read since it was last asked. The bytes freed. */
  evictOldest(): number;
}

export interface TailBudgetOptions {
  readonly tailBytesMax?: number;
  readonly unsettledBytesMax?: number;
}

export class TailBudget {
  #tailBytesMax: number;
  readonly unsettledBytesMax: number;
  /** A Set iterates in order of insertion: its first is where the hand stands. */
  readonly #tails = new Set<Evictable>();
  #reservedBytes = 0;
  #unsettledBytes = 0;

  constructor(options: TailBudgetOptions = {}) {
    this.#tailBytesMax = options.tailBytesMax ?? TAIL_BYTES_MAX;
    this.unsettledBytesMax = options.unsettledBytesMax ?? UNSETTLED_BYTES_MAX;
  }

  get tailBytesMax(): number {
    return this.#tailBytesMax;
  }

  /** What is above a smaller limit goes now as far as a bounded effort gets, the rest at later appends. */
  resize(tailBytesMax: number): void {
    this.#tailBytesMax = tailBytesMax;
    this.enforce();
  }

  get reservedBytes(): number {
    return this.#reservedBytes;
  }

  /** Appended, and not yet where they belong. A server that sees it rise stops reading from its producers. */
  get unsettledBytes(): number {
    return this.#unsettledBytes;
  }

  get isExhausted(): boolean {
    return this.#unsettledBytes >= this.unsettledBytesMax;
  }

  reserved(tail: Evictable, bytes: number): void {
    this.#tails.add(tail);
    this.#reservedBytes += bytes;
    this.enforce();
  }

  freed(tail: Evictable, bytes: number, isEmptyNow: boolean): void {
    this.#reservedBytes -= bytes;
    if (isEmptyNow) this.#tails.delete(tail);
  }

  unsettled(bytes: number): void {
    this.#unsettledBytes += bytes;
  }

  settled(bytes: number): void {
    this.#unsettledBytes -= bytes;
  }

  /** Evicts until the limit is kept, or nothing more can be had within a bounded effort. */
  enforce(): void {
    for (let step = 0; step < STEPS_MAX && this.#reservedBytes > this.#tailBytesMax; step++) {
      const [tail] = this.#tails;
      if (tail === undefined) return;
      this.#reservedBytes -= tail.evictOldest();
      this.#tails.delete(tail);
      if (!tail.isEmpty) this.#tails.add(tail);
    }
  }
}
