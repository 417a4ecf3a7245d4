/**
 * Bytes of requests in the broker at once, over all connections. A connection that would go beyond the budget stops reading until
 * others are answered; those that wait are served in turn, so that none starves.
 *
 * The budget may be overrun by what sockets have already delivered: one chunk (64 KiB) for each connection.
 */
export class MemoryBudget {
  readonly limitBytes: number;
  #usedBytes = 0;
  readonly #waiting = new Set<() => void>();

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get exhausted(): boolean {
    return this.#usedBytes >= this.limitBytes;
  }

  take(bytes: number): void {
    this.#usedBytes += bytes;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
    while (!this.exhausted && this.#waiting.size > 0) {
      const [first] = this.#waiting;
      this.#waiting.delete(first!);
      first!();
    }
  }

  /** `wake` runs once, when there is room again. */
  whenRoom(wake: () => void): void {
    this.#waiting.add(wake);
  }

  forget(wake: () => void): void {
    this.#waiting.delete(wake);
  }
}
