/** What a fuzz run has done: a line for each target, over this run and over all that used the directory. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from './engine.js';

interface Spent {
  readonly inputs: number;
  readonly ms: number;
}

const NOTHING: Spent = { inputs: 0, ms: 0 };

export class Figures {
  readonly #file: string;
  readonly #engines: readonly Engine[];
  /** Of earlier runs, by target. */
  readonly #before: Readonly<Record<string, Spent>>;
  readonly #ms = new Map<Engine, number>();

  constructor(directory: string, engines: readonly Engine[]) {
    this.#file = join(directory, 'figures.json');
    this.#engines = engines;
    this.#before = existsSync(this.#file)
      ? (JSON.parse(readFileSync(this.#file, 'utf8')) as Record<string, Spent>)
      : {};
  }

  spent(engine: Engine, ms: number): void {
    this.#ms.set(engine, (this.#ms.get(engine) ?? 0) + ms);
  }

  save(): void {
    const all = Object.fromEntries(this.#engines.map((engine) => [engine.target.name, this.#inAll(engine)]));
    writeFileSync(this.#file, `${JSON.stringify({ ...this.#before, ...all }, null, 2)}\n`);
  }

  /** One line for each target, and the sum. */
  table(): string {
    const lines = this.#engines.map((engine) => {
      const ms = this.#ms.get(engine) ?? 0;
      const rate = ms === 0 ? '-' : `${Math.round((engine.inputs / ms) * 1000)}/s`;
      return [
        engine.target.name.padEnd(24),
        `${engine.inputs} inputs`.padStart(18),
        rate.padStart(10),
        `${engine.known.bytes} bytes of code`.padStart(24),
        `corpus ${engine.corpusSize}`.padStart(13),
        `${engine.findings.length} findings`.padStart(12),
        `${this.#inAll(engine).inputs} inputs in all`.padStart(26),
      ].join('');
    });
    const inputs = this.#engines.reduce((sum, engine) => sum + engine.inputs, 0);
    const inAll = this.#engines.map((engine) => this.#inAll(engine));
    const minutes = inAll.reduce((sum, { ms }) => sum + ms, 0) / 60_000;
    const allInputs = inAll.reduce((sum, spent) => sum + spent.inputs, 0);
    return [...lines, `${inputs} inputs; in all ${allInputs} in ${minutes.toFixed(1)} minutes`].join('\n');
  }

  #inAll(engine: Engine): Spent {
    const before = this.#before[engine.target.name] ?? NOTHING;
    return { inputs: before.inputs + engine.inputs, ms: before.ms + (this.#ms.get(engine) ?? 0) };
  }
}
