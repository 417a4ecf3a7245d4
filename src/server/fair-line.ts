/**
 * Who may start requests now. Between two looks at the sockets only so much is started, and connections that have more take turns, so
 * that one which pipelines ten thousand requests, or a thousand which do, leave the event loop to the others: a newcomer
 * with one request waits for at most one share of each connection before it.
 *
 * Work is counted in units: one for a request, and one more for each 64 KiB of it. While there is little to do nobody waits: what
 * arrives starts at once.
 */
const UNITS_PER_TURN = 128;
const UNITS_PER_SHARE = 16;
const UNIT_BYTES = 64 * 1024;

export interface Starter {
  /** Starts its oldest request and returns how many bytes that had; null: it has none that may start. */
  startNext(): number | null;
  /** Whether it has one that may start. */
  readonly mayStart: boolean;
}

export class FairLine {
  readonly #nextTurn: (step: () => void) => void;
  /** In the order in which they came: a Set iterates so. */
  readonly #line = new Set<Starter>();
  #unitsLeft = UNITS_PER_TURN;
  #isScheduled = false;

  /** @param nextTurn runs a step when the sockets have been looked at again */
  constructor(nextTurn: (step: () => void) => void) {
    this.#nextTurn = nextTurn;
  }

  get length(): number {
    return this.#line.size;
  }

  /** Starts what it has: now, if nobody waits and the turn is not used up, else when its share comes. */
  enter(starter: Starter): void {
    if (this.#line.has(starter) || !starter.mayStart) return;
    if (this.#line.size > 0) {
      this.#line.add(starter);
      return;
    }
    this.#serve(starter);
  }

  leave(starter: Starter): void {
    this.#line.delete(starter);
  }

  #serve(starter: Starter): void {
    for (let share = UNITS_PER_SHARE; share > 0 && this.#unitsLeft > 0; ) {
      const bytes = starter.startNext();
      if (bytes === null) return;
      const units = 1 + bytes / UNIT_BYTES;
      share -= units;
      this.#unitsLeft -= units;
    }
    if (starter.mayStart) this.#line.add(starter);
    // Also without anybody in line: the units of this turn are used, and the next one gives new ones.
    if (this.#line.size > 0 || this.#unitsLeft <= 0) this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#nextTurn(() => this.#turn());
  }

  #turn(): void {
    this.#isScheduled = false;
    this.#unitsLeft = UNITS_PER_TURN;
    while (this.#unitsLeft > 0) {
      const [first] = this.#line;
      if (first === undefined) return;
      this.#line.delete(first);
      this.#serve(first);
    }
    this.#schedule();
  }
}
