/**
 * The simulated world: one heap of events, one thread. Whatever waits in the real broker waits on a port, and every port of
 * the simulation is an event here; so popping the earliest event, running it and letting all microtasks finish is one
 * step of everything, and the order of the steps follows from the seed alone.
 */
import type { Millis } from '../../src/base/ids.js';
import { Trace } from './trace.js';

/** Sunday, 9 September 2001, when the Unix clock passed a thousand million seconds. */
const WALL_START_MS: Millis = 1_000_000_000_000;

export interface SimEvent {
  readonly at: Millis;
  readonly sequence: number;
  /** Null once it ran or was cancelled. */
  action: (() => void) | null;
}

/** A seed's run found something that must not be. The message says what, for people. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export class World {
  readonly trace: Trace;
  #time: Millis = 0;
  #sequence = 0;
  /** A binary heap by (at, sequence). */
  readonly #heap: SimEvent[] = [];
  #steps = 0;
  #violation: Error | undefined;

  constructor(print?: (line: string) => void) {
    this.trace = new Trace(() => this.#time, print);
  }

  /** Milliseconds since the beginning. */
  get time(): Millis {
    return this.#time;
  }

  get wallMs(): Millis {
    return Math.floor(WALL_START_MS + this.#time);
  }

  /** Events run so far. */
  get steps(): number {
    return this.#steps;
  }

  after(delayMs: Millis, action: () => void): SimEvent {
    const event: SimEvent = { at: this.#time + Math.max(0, delayMs), sequence: this.#sequence++, action };
    this.#push(event);
    return event;
  }

  cancel(event: SimEvent): void {
    event.action = null;
  }

  sleep(ms: Millis): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Something broke. The run ends at the next step; the first cause counts. */
  violated(cause: unknown): void {
    this.#violation ??= cause instanceof Error ? cause : new Violation(String(cause));
  }

  /**
   * Runs until `done` says so or `limitMs` have passed; returns whether it was done.
   * @throws what `violated` was told, or what an event threw
   */
  async run(limitMs: Millis, done: () => boolean = () => false): Promise<boolean> {
    const deadline = this.#time + limitMs;
    // What the caller has begun has yet to ask for its first event.
    await turn();
    for (;;) {
      if (this.#violation !== undefined) throw this.#violation;
      if (done()) return true;
      const next = this.#next();
      if (next === undefined || next.at > deadline) {
        this.#time = deadline;
        return false;
      }
      this.#pop();
      this.#time = next.at;
      this.#steps++;
      this.trace.number(next.sequence);
      const { action } = next;
      next.action = null;
      action?.();
      await turn();
    }
  }

  /** The earliest that was not cancelled. */
  #next(): SimEvent | undefined {
    while (this.#heap[0] !== undefined && this.#heap[0].action === null) this.#pop();
    return this.#heap[0];
  }

  #push(event: SimEvent): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!before(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function before(one: SimEvent, other: SimEvent): boolean {
  return one.at < other.at || (one.at === other.at && one.sequence < other.sequence);
}

/** One turn of the event loop: when it is over, no microtask is left. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
