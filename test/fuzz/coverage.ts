/**
 * Which code ran, as V8 counts it, block by block: what tells the engine that an input did something new. Code that is generated at run
 * time (the wire's codecs) counts as well: each is a script of its own, without a name.
 */
import { type Profiler, Session } from 'node:inspector';

/** Stretches of scripts that ran: script, from, to (bytes of the script), script, from, to … */
export type Ran = readonly number[];

export class Coverage {
  readonly #session = new Session();
  readonly #watched: (url: string) => boolean;

  /** @param watched whether a script is looked at, by its URL; generated code always is */
  constructor(watched: (url: string) => boolean) {
    this.#watched = watched;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
  }

  /** What ran since the last call. */
  take(): Ran {
    const ran: number[] = [];
    this.#session.post('Profiler.takePreciseCoverage', (error, taken) => {
      if (error !== null) throw error;
      for (const { scriptId, url, functions } of taken.result)
        if (url === '' || this.#watched(url)) collect(Number(scriptId), functions, ran);
    });
    return ran;
  }

  stop(): void {
    this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }
}

/** The code that a target is known to reach. Each target has its own: what another reached says nothing about this one's inputs. */
export class KnownCode {
  /** By script, by byte: known to run. */
  readonly #scripts = new Map<number, Uint8Array>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  hasNew(ran: Ran): boolean {
    for (let at = 0; at < ran.length; at += 3) {
      const known = this.#scripts.get(ran[at]!);
      const to = ran[at + 2]!;
      if (known === undefined || to > known.length || known.subarray(ran[at + 1]!, to).includes(0))
        return true;
    }
    return false;
  }

  /** From now on it is known. The bytes that were not. */
  learn(ran: Ran): number {
    const before = this.#bytes;
    for (let at = 0; at < ran.length; at += 3) this.#mark(ran[at]!, ran[at + 1]!, ran[at + 2]!);
    return this.#bytes - before;
  }

  #mark(script: number, from: number, to: number): void {
    let known = this.#scripts.get(script) ?? new Uint8Array(to);
    if (to > known.length) {
      const larger = new Uint8Array(to * 2);
      larger.set(known);
      known = larger;
    }
    this.#scripts.set(script, known);
    for (let at = from; at < to; at++) {
      this.#bytes += 1 - known[at]!;
      known[at] = 1;
    }
  }
}

function collect(script: number, functions: readonly Profiler.FunctionCoverage[], ran: number[]): void {
  for (const { ranges } of functions) {
    const [whole, ...blocks] = ranges;
    if (whole === undefined || whole.count === 0) continue;
    // Blocks come from left to right; an idle one has no living ones inside.
    let at = whole.startOffset;
    for (const { startOffset, endOffset, count } of blocks) {
      if (count > 0 || endOffset <= at) continue;
      if (startOffset > at) ran.push(script, at, startOffset);
      at = endOffset;
    }
    if (whole.endOffset > at) ran.push(script, at, whole.endOffset);
  }
}
