/**
 * What happened, in order: a hash of all of it, so that two runs of one seed can be compared, and its newest lines, so that
 * a person can read what led to a failure.
 */

/** Lines kept for a report. */
const LINES_MAX = 400;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

export class Trace {
  readonly #now: () => number;
  readonly #print: ((line: string) => void) | undefined;
  #hash = FNV_OFFSET;
  #lines: string[] = [];

  /** @param print receives each line at once, for a replay that is read */
  constructor(now: () => number, print?: (line: string) => void) {
    this.#now = now;
    this.#print = print;
  }

  /** A line for people, and for the hash. */
  note(actor: string, what: string): void {
    const line = this.#line(actor, what);
    this.detail(line);
    this.#print?.(line);
    this.#lines.push(line);
    if (this.#lines.length > 2 * LINES_MAX) this.#lines = this.#lines.slice(-LINES_MAX);
  }

  /** Part of the hash; read only in a replay, where it is told. */
  disk(operation: string): void {
    this.detail(operation);
    this.#print?.(this.#line('disk', operation));
  }

  /** For the hash alone: what happens too often to be read. */
  detail(text: string): void {
    let hash = this.#hash;
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
    this.#hash = hash;
  }

  number(value: number): void {
    this.#hash = Math.imul(this.#hash ^ (value | 0), FNV_PRIME);
  }

  #line(actor: string, what: string): string {
    return `${this.#now().toFixed(2).padStart(11)}  ${actor.padEnd(12)} ${what}`;
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  get lines(): readonly string[] {
    return this.#lines.slice(-LINES_MAX);
  }
}
