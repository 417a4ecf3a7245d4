/**
 * A small seeded generator for tests, simulation and benchmarks: the same seed gives the same numbers everywhere.
 * Not for secrets. SplitMix (Steele, Lea, Flood, 2014) in 32 bits: a counter with an odd step, mixed on the way out.
 *
 * `split` gives a concern a stream of its own, so that one more draw here does not shift the numbers drawn there.
 */
export class Prng {
  #state: number;

  constructor(seed: number) {
    // Both halves of a large seed (a wall clock, say) count; a plain `>>> 0` would drop the high one.
    this.#state = mix((seed >>> 0) ^ mix(Math.floor(seed / 0x1_0000_0000) >>> 0));
  }

  /** A whole number, 0 to 2^32 − 1. */
  uint32(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    return mix(this.#state);
  }

  /** A number in [0, 1), with 53 random bits. */
  random(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 0x400_0000 + low) / 2 ** 53;
  }

  /** A whole number in [from, to], both included; uniform to within 2^−53 of the span. */
  between(from: number, to: number): number {
    return from + Math.floor(this.random() * (to - from + 1));
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** One of `choices`, which must not be empty. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.between(0, choices.length - 1)] as T;
  }

  /** Fills `bytes` and returns them. */
  fill<B extends Uint8Array>(bytes: B): B {
    for (let at = 0; at < bytes.length; at++) bytes[at] = this.uint32() >>> 24;
    return bytes;
  }

  /**
   * A generator of its own for the named concern. It depends on this one's state, and leaves that state as it was:
   * what is split off, and in which order, does not change what this one draws.
   */
  split(name: string): Prng {
    let hash = this.#state;
    for (let at = 0; at < name.length; at++) hash = mix((hash ^ name.charCodeAt(at)) >>> 0);
    return new Prng(hash);
  }
}

/** Murmur3's finalizer: every input bit changes every output bit with a probability near one half. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
