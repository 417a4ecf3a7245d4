import type { Millis } from '../base/ids.js';
import type { Clock, TimerHandle } from '../ports/clock.js';
import type { TimerChange } from './machine.js';

interface Pending<Event> {
  readonly key: string;
  dueMs: Millis;
  /** Where it stands in the heap: at or before `dueMs`. Infinite once it is due, and in no heap any more. */
  placedMs: Millis;
  /** Breaks ties in the order of setting, so that a run repeats itself. */
  sequence: number;
  event: Event;
}

/** A timer that is due, to be claimed when its turn comes. */
export type DueTimer<Event> = Readonly<Pending<Event>>;

/**
 * The timers of one shard, on one timer of the clock. A heartbeat moves its member's deadline back a thousand times for each time that it
 * fires, so moving one back only notes the new deadline: the entry stays where it is in the heap, and is put further down when it comes
 * up too early. Setting is O(log n) for a new or earlier deadline and O(1) for a later one.
 */
export class ShardTimers<Event> {
  readonly #clock: Clock;
  readonly #fire: (due: DueTimer<Event>[]) => void;
  readonly #byKey = new Map<string, Pending<Event>>();
  /** A binary heap by (placedMs, sequence); cancelled entries stay until they come up. */
  readonly #heap: Pending<Event>[] = [];
  #sequence = 0;
  #armed: { readonly handle: TimerHandle; readonly dueMs: Millis } | null = null;

  /** @param fire takes all timers due at one time, in the order of their deadlines, and claims one after the other */
  constructor(clock: Clock, fire: (due: DueTimer<Event>[]) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** With those that were cancelled and have not come up yet: what the timers cost in memory. */
  get entries(): number {
    return this.#heap.length;
  }

  change(change: TimerChange<Event>): void {
    const known = this.#byKey.get(change.key);
    if (change.afterMs === null) {
      this.#byKey.delete(change.key);
      return;
    }
    const dueMs = this.#clock.monotonic() + change.afterMs;
    if (known !== undefined && dueMs >= known.placedMs) {
      known.dueMs = dueMs;
      known.event = change.event;
      return;
    }
    const pending = {
      key: change.key,
      dueMs,
      placedMs: dueMs,
      sequence: this.#sequence++,
      event: change.event,
    };
    this.#byKey.set(change.key, pending);
    this.#push(pending);
    this.#arm();
  }

  /** Undefined: what came of one that was due at the same time has cancelled it, or moved it. */
  claim(due: DueTimer<Event>): Event | undefined {
    if (this.#byKey.get(due.key) !== due) return undefined;
    this.#byKey.delete(due.key);
    return due.event;
  }

  clear(): void {
    this.#byKey.clear();
    this.#heap.length = 0;
    if (this.#armed) this.#clock.clearTimer(this.#armed.handle);
    this.#armed = null;
  }

  #arm(): void {
    this.#dropCancelled();
    const first = this.#heap[0];
    if (first === undefined || (this.#armed !== null && this.#armed.dueMs <= first.placedMs)) return;
    if (this.#armed) this.#clock.clearTimer(this.#armed.handle);
    // Whole milliseconds, as clocks have them: less than one left over would be waited for again and again.
    const delayMs = Math.ceil(Math.max(0, first.placedMs - this.#clock.monotonic()));
    this.#armed = { handle: this.#clock.setTimer(delayMs, this.#onTimer), dueMs: first.placedMs };
  }

  readonly #onTimer = (): void => {
    this.#armed = null;
    const nowMs = this.#clock.monotonic();
    const due: Pending<Event>[] = [];
    for (let first = this.#heap[0]; first !== undefined && first.placedMs <= nowMs; first = this.#heap[0]) {
      this.#pop();
      if (this.#byKey.get(first.key) !== first) continue;
      if (first.dueMs <= nowMs) {
        first.placedMs = Number.POSITIVE_INFINITY;
        due.push(first);
      } else {
        first.placedMs = first.dueMs;
        this.#push(first);
      }
    }
    this.#arm();
    if (due.length === 0) return;
    due.sort((a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence);
    this.#fire(due);
  };

  /** What was cancelled or replaced must not wake anyone, nor be kept for longer than a heap half full of it. */
  #dropCancelled(): void {
    for (
      let first = this.#heap[0];
      first !== undefined && this.#byKey.get(first.key) !== first;
      first = this.#heap[0]
    ) {
      this.#pop();
    }
    if (this.#heap.length <= 2 * this.#byKey.size + 64) return;
    const live = this.#heap.filter((pending) => this.#byKey.get(pending.key) === pending);
    // Sorted by the heap's order, an array is a heap.
    live.sort((a, b) => (before(a, b) ? -1 : 1));
    this.#heap.length = 0;
    for (const pending of live) this.#heap.push(pending);
  }

  #push(pending: Pending<Event>): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(pending);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt] as Pending<Event>;
      if (!before(pending, parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = pending;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let childAt = 2 * at + 1;
      if (childAt >= heap.length) break;
      if (
        childAt + 1 < heap.length &&
        before(heap[childAt + 1] as Pending<Event>, heap[childAt] as Pending<Event>)
      )
        childAt++;
      const child = heap[childAt] as Pending<Event>;
      if (!before(child, last)) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = last;
  }
}

function before<Event>(a: Pending<Event>, b: Pending<Event>): boolean {
  return a.placedMs < b.placedMs || (a.placedMs === b.placedMs && a.sequence < b.sequence);
}
