/**
 * Bytes of an input read as decisions: what to do next, where, how much. A mutation then changes the story instead of breaking its
 * spelling. Behind the end everything is 0.
 */
export class Dice {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get over(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  uint16(): number {
    return (this.byte() << 8) | this.byte();
  }

  int32(): number {
    return (this.uint16() << 16) | this.uint16();
  }

  /** From 0 to `count` − 1. */
  below(count: number): number {
    return count <= 0 ? 0 : (count <= 256 ? this.byte() : this.uint16()) % count;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** True for `ofTen` of ten values. */
  mostly(ofTen: number): boolean {
    return this.byte() % 10 < ofTen;
  }

  take(count: number): Buffer {
    const taken = this.#bytes.subarray(this.#at, this.#at + count);
    this.#at += count;
    return taken;
  }

  rest(): Buffer {
    return this.take(this.#bytes.length);
  }
}
