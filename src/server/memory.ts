/**
 * Bytes of requests in the broker at once, over all connections. While they are at the limit no connection reads; those that wait go on
 * in turn as others are answered.
 *
 * Whole requests free their bytes when they are answered. Half-received ones free nothing until their senders finish them, which
 * they cannot while nobody reads. So when these alone fill half of the budget and it is exhausted, the largest of them is given up: its
 * connection ends, and the rest go on. And requests that are parked (long polls) are answered when they please: `onExhausted` is told, so that
 * they can be asked to hurry. The limit may be overrun by what sockets have already delivered: one chunk (64 KiB) for each.
 */
export interface PartialHolder {
  /** The budget takes back what this one has of an unfinished request: it must not hold it any longer. */
  shedPartial(): void;
}

export class MemoryBudget {
  readonly limitBytes: number;
  #usedBytes = 0;
  #partialBytes = 0;
  readonly #partials = new Map<PartialHolder, number>();
  readonly #waiting = new Set<() => void>();
  readonly #onExhausted: () => void;
  readonly #unsettledBytes: () => number;

  /**
   * @param onExhausted told whenever somebody must wait: those who hold requests that may be answered early should do so
   * @param unsettledBytes of requests that are answered, or want no answer, and are not on the disk yet: they count, since nothing else
   *   slows down a producer with acks=0
   */
  constructor(
    limitBytes: number,
    onExhausted: () => void = () => {},
    unsettledBytes: () => number = () => 0,
  ) {
    this.limitBytes = limitBytes;
    this.#onExhausted = onExhausted;
    this.#unsettledBytes = unsettledBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get exhausted(): boolean {
    return this.#usedBytes + this.#unsettledBytes() >= this.limitBytes;
  }

  /** A whole request of so many bytes has come. */
  take(bytes: number): void {
    this.#usedBytes += bytes;
  }

  /** It has been answered. */
  give(bytes: number): void {
    this.#usedBytes -= bytes;
    this.wake();
  }

  /** Tells those who wait, as far as there is room: call when unsettled bytes may have become fewer. */
  wake(): void {
    while (!this.exhausted && this.#waiting.size > 0) {
      const [first] = this.#waiting;
      this.#waiting.delete(first!);
      first!();
    }
  }

  /** So much of an unfinished request `holder` has now; 0: it has none. */
  holds(holder: PartialHolder, bytes: number): void {
    const before = this.#partials.get(holder) ?? 0;
    if (bytes === 0) this.#partials.delete(holder);
    else this.#partials.set(holder, bytes);
    this.#partialBytes += bytes - before;
    if (bytes >= before) this.take(bytes - before);
    else this.give(before - bytes);
    while (this.#usedBytes >= this.limitBytes && this.#partialBytes > this.limitBytes / 2)
      this.#shedLargest();
  }

  /** `wake` runs once, when there is room again. */
  whenRoom(wake: () => void): void {
    this.#waiting.add(wake);
    this.#onExhausted();
  }

  forget(wake: () => void): void {
    this.#waiting.delete(wake);
  }

  #shedLargest(): void {
    let largest: PartialHolder | undefined;
    let most = 0;
    for (const [holder, bytes] of this.#partials) {
      if (bytes <= most) continue;
      largest = holder;
      most = bytes;
    }
    this.#partials.delete(largest!);
    this.#partialBytes -= most;
    largest!.shedPartial();
    this.give(most);
  }
}
