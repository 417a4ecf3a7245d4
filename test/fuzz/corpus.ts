/** A target's inputs that did something new: in memory to choose from, on the disk for the next run. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Prng } from '../../src/base/prng.js';

/** Beyond it the input that was chosen most often makes room: it has had its chances. */
export const CORPUS_INPUTS_MAX = 2000;
/** Candidates drawn for one choice. */
const CANDIDATES = 4;
/** An empty input is not infinitely better than a small one. */
const BYTES_BASE = 64;

interface Entry {
  readonly bytes: Buffer;
  /** Null: a seed, which the target makes itself. */
  readonly file: string | null;
  chosen: number;
}

export class Corpus {
  readonly #directory: string;
  readonly #inputsMax: number;
  readonly #entries: Entry[] = [];

  constructor(directory: string, inputsMax: number = CORPUS_INPUTS_MAX) {
    this.#directory = directory;
    this.#inputsMax = inputsMax;
    mkdirSync(directory, { recursive: true });
  }

  get size(): number {
    return this.#entries.length;
  }

  /** What earlier runs left, smallest first: of two that do the same, the smaller one is worth keeping. */
  stored(): { readonly bytes: Buffer; readonly file: string }[] {
    return readdirSync(this.#directory)
      .sort()
      .map((name) => join(this.#directory, name))
      .map((file) => ({ bytes: readFileSync(file), file }))
      .sort((a, b) => a.bytes.length - b.bytes.length);
  }

  addSeed(bytes: Buffer): void {
    this.#entries.push({ bytes, file: null, chosen: 0 });
  }

  /** One of `stored()` that is still worth its place. */
  addStored({ bytes, file }: { readonly bytes: Buffer; readonly file: string }): void {
    this.#makeRoom();
    this.#entries.push({ bytes, file, chosen: 0 });
  }

  /** One of `stored()` that does nothing which others do not. */
  forget({ file }: { readonly file: string }): void {
    rmSync(file, { force: true });
  }

  keep(bytes: Buffer): void {
    const file = join(this.#directory, nameOf(bytes));
    this.#makeRoom();
    writeFileSync(file, bytes);
    this.#entries.push({ bytes, file, chosen: 0 });
  }

  /** Of a few drawn at random, the one that is small and was seldom chosen: so the newest come first until they have caught up. */
  choose(prng: Prng): Buffer {
    let best = prng.pick(this.#entries);
    for (let candidate = 1; candidate < CANDIDATES; candidate++) {
      const other = prng.pick(this.#entries);
      if (cost(other) < cost(best)) best = other;
    }
    best.chosen++;
    return best.bytes;
  }

  /** Any of them: the other parent. */
  any(prng: Prng): Buffer {
    return prng.pick(this.#entries).bytes;
  }

  #makeRoom(): void {
    if (this.#entries.length < this.#inputsMax) return;
    let worst = -1;
    for (const [at, { file, chosen }] of this.#entries.entries())
      if (file !== null && (worst < 0 || chosen > this.#entries[worst]!.chosen)) worst = at;
    if (worst < 0) return;
    const [gone] = this.#entries.splice(worst, 1);
    rmSync(gone!.file!, { force: true });
  }
}

function cost({ chosen, bytes }: Entry): number {
  return (chosen + 1) * (BYTES_BASE + bytes.length);
}

export function nameOf(input: Buffer): string {
  return `${createHash('sha1').update(input).digest('hex').slice(0, 16)}.bin`;
}
