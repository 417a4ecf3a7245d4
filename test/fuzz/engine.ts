/**
 * Coverage-guided fuzzing of one target: inputs are made from inputs that did something new, in rounds; after one that ran new code
 * its halves run again, and theirs, until the inputs that did it are found and join the corpus. The corpus lies on disk, so a run goes
 * on where the last one stopped.
 *
 * Ours, since Jazzer.js, which would be the usual choice, ships a native part built against glibc 2.38, and Debian 12 has 2.36; and
 * since V8 counts blocks by itself, nothing has to be instrumented: the code that runs is the code that is shipped.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Prng } from '../../src/base/prng.js';
import { Corpus, nameOf } from './corpus.js';
import { type Coverage, KnownCode } from './coverage.js';
import { minimise } from './minimise.js';
import { mutate } from './mutate.js';
import type { Target } from './target.js';
import type { Watchdog } from './watchdog.js';

/** Inputs between two looks at what ran: a look costs as much as a hundred of them. Slow targets have rounds of fewer. */
export const ROUND_INPUTS = 400;
/** Of an error's stack: enough to tell two bugs from each other, too few to tell two ways to one bug. */
const PLACE_FRAMES = 3;

export interface Finding {
  readonly target: string;
  readonly file: string;
  readonly error: unknown;
}

/** What was thrown where nobody catches: in a callback, or in a promise that nobody waits for. */
export class Strays {
  #thrown: { readonly thrown: unknown } | null = null;

  readonly add = (thrown: unknown): void => {
    this.#thrown ??= { thrown };
  };

  /** The first since the last call. */
  take(): { readonly thrown: unknown } | null {
    const first = this.#thrown;
    this.#thrown = null;
    return first;
  }
}

export interface EngineOptions {
  readonly target: Target;
  readonly coverage: Coverage;
  readonly watchdog: Watchdog;
  readonly seed: number;
  /** Of corpora and findings. */
  readonly directory: string;
  readonly corpusInputsMax?: number;
  readonly strays?: Strays;
  readonly tell: (line: string) => void;
}

export class Engine {
  readonly target: Target;
  readonly known = new KnownCode();
  readonly #coverage: Coverage;
  readonly #watchdog: Watchdog;
  readonly #prng: Prng;
  readonly #findingsDirectory: string;
  readonly #corpus: Corpus;
  readonly #strays: Strays;
  readonly #tell: (line: string) => void;
  /** By the place they were thrown from: one bug is one finding. */
  readonly #found = new Map<string, Finding>();
  #inputs = 0;

  constructor(options: EngineOptions) {
    const { target, directory } = options;
    this.target = target;
    this.#coverage = options.coverage;
    this.#watchdog = options.watchdog;
    this.#prng = new Prng(options.seed).split(target.name);
    this.#corpus = new Corpus(join(directory, 'corpus', target.name), options.corpusInputsMax);
    this.#findingsDirectory = join(directory, 'findings');
    this.#strays = options.strays ?? new Strays();
    this.#tell = options.tell;
    mkdirSync(this.#findingsDirectory, { recursive: true });
  }

  /** Runs of the target in search of findings; those that make one small are not counted. */
  get inputs(): number {
    return this.#inputs;
  }

  get corpusSize(): number {
    return this.#corpus.size;
  }

  get findings(): readonly Finding[] {
    return [...this.#found.values()];
  }

  /** Seeds, and what earlier runs kept, as far as it still does something that nothing before it does. */
  async begin(): Promise<void> {
    this.#coverage.take();
    for (const seed of await this.target.seeds()) {
      this.#corpus.addSeed(Buffer.from(seed));
      await this.#run(seed);
    }
    this.known.learn(this.#coverage.take());
    for (const stored of this.#corpus.stored()) {
      await this.#run(stored.bytes);
      if (this.known.learn(this.#coverage.take()) > 0) this.#corpus.addStored(stored);
      else this.#corpus.forget(stored);
    }
  }

  /** One round of inputs. */
  async round(): Promise<void> {
    const inputs = Array.from({ length: this.target.roundInputs ?? ROUND_INPUTS }, () => this.#next());
    // What other targets ran in between is not this one's.
    this.#coverage.take();
    // Signals, and what was thrown in callbacks, come between two turns of the event loop: a target that awaits nothing has none.
    await new Promise((resolve) => setImmediate(resolve));
    const ran = await this.#runAll(inputs);
    if (!this.known.hasNew(ran)) return;
    await this.#findNew(inputs);
    // What only their order ran would otherwise be new again in every round.
    this.known.learn(ran);
  }

  /** One input by itself: a finding if it is one. */
  try(input: Buffer): Promise<void> {
    return this.#run(input);
  }

  #next(): Buffer {
    return mutate(this.#corpus.choose(this.#prng), this.#corpus.any(this.#prng), this.#prng);
  }

  /** Which of the inputs run new code: halves that run none are passed over whole. */
  async #findNew(inputs: readonly Buffer[]): Promise<void> {
    const ran = await this.#runAll(inputs);
    if (!this.known.hasNew(ran)) return;
    if (inputs.length === 1) {
      this.known.learn(ran);
      this.#corpus.keep(inputs[0]!);
      return;
    }
    const half = inputs.length >>> 1;
    await this.#findNew(inputs.slice(0, half));
    await this.#findNew(inputs.slice(half));
  }

  async #runAll(inputs: readonly Buffer[]): Promise<readonly number[]> {
    for (const input of inputs) await this.#run(input);
    return this.#coverage.take();
  }

  async #run(input: Buffer): Promise<void> {
    this.#inputs++;
    const error = await this.#errorOf(input);
    if (error !== null) await this.#report(input, error);
  }

  async #errorOf(input: Buffer): Promise<{ readonly thrown: unknown } | null> {
    this.#watchdog.begin(input);
    try {
      await this.target.run(Buffer.from(input));
      return this.#strays.take();
    } catch (thrown) {
      return { thrown };
    } finally {
      this.#watchdog.end();
    }
  }

  async #report(input: Buffer, { thrown }: { readonly thrown: unknown }): Promise<void> {
    const place = placeOf(thrown);
    if (this.#found.has(place)) return;
    const name = this.target.name;
    const finding = { target: name, file: '', error: thrown };
    // While it is made small it is met again.
    this.#found.set(place, finding);
    const shows = async (candidate: Buffer): Promise<boolean> => {
      const error = await this.#errorOf(candidate);
      return error !== null && placeOf(error.thrown) === place;
    };
    const repeats = await shows(input);
    const small = repeats ? await minimise(input, shows) : input;
    const file = join(this.#findingsDirectory, `${name}-${nameOf(small)}`);
    writeFileSync(file, small);
    this.#found.set(place, { ...finding, file });
    this.#tell(
      [
        `FINDING in ${name}: ${String(thrown)}`,
        place,
        `  ${input.length} bytes, made ${small.length}${repeats ? '' : '; by itself it does not show it'}`,
        `  npm run fuzz -- --target ${name} --input ${file}`,
      ].join('\n'),
    );
  }
}

function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return frames.length === 0 ? String(error) : frames.slice(0, PLACE_FRAMES).join('\n');
}
