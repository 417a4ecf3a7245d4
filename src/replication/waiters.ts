/**
 * Those who wait for an offset to be passed: producers for the high watermark, parked fetches for anything new.
 *
 * Both are lists of callbacks, so that a batch costs no promise. A callback runs at once, inside the event that makes its fact
 * true, and must not throw.
 */
import type { Offset } from '../base/ids.js';
import { ErrorCode } from '../wire/errors.js';

export interface Waiting {
  cancel(): void;
}

/** Lets go of its callback with what hangs on it, a request's records, as soon as nobody is to be told any more. */
class OffsetWaiter implements Waiting {
  readonly end: Offset;
  #done: ((error: ErrorCode) => void) | null;

  constructor(end: Offset, done: (error: ErrorCode) => void) {
    this.end = end;
    this.#done = done;
  }

  settle(error: ErrorCode): void {
    const done = this.#done;
    this.#done = null;
    done?.(error);
  }

  cancel(): void {
    this.#done = null;
  }
}

/** Waiters in order of the end offset they wait for. Appends arrive in order, so joining is nearly always at the tail. */
export class OffsetWaiters {
  #queue: OffsetWaiter[] = [];
  /** Released waiters before this index; the array is cut in bulk rather than shifted one by one. */
  #head = 0;

  get size(): number {
    return this.#queue.length - this.#head;
  }

  /** `done` is called once with NONE when `end` is passed, or with the error that takes the records back. */
  wait(end: Offset, done: (error: ErrorCode) => void): Waiting {
    const waiter = new OffsetWaiter(end, done);
    let at = this.#queue.length;
    while (at > this.#head && this.#queue[at - 1]!.end > end) at--;
    this.#queue.splice(at, 0, waiter);
    return waiter;
  }

  /** Everything that waits for `end` or less is done. */
  passed(end: Offset): void {
    while (this.#head < this.#queue.length && this.#queue[this.#head]!.end <= end) {
      this.#queue[this.#head++]!.settle(ErrorCode.NONE);
    }
    if (this.#head > 64 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }

  /** The records from `from` on are gone: whoever waits beyond it fails. */
  failAbove(from: Offset, error: ErrorCode): void {
    let at = this.#queue.length;
    while (at > this.#head && this.#queue[at - 1]!.end > from) at--;
    for (const waiter of this.#queue.splice(at)) waiter.settle(error);
  }
}

/** Told of every move. An object and not a closure, since a fetch session has one for each of its partitions. */
export interface MoveListener {
  moved(): void;
}

/** Something whose moves can be followed. Following twice is following once. */
export interface MoveSource {
  follow(listener: MoveListener): void;
  unfollow(listener: MoveListener): void;
}

/** Called on every move of a readable end, until removed. A set, since one fetch waits on many partitions. */
export class MoveListeners implements MoveSource {
  readonly #listeners = new Set<MoveListener>();

  add(listener: () => void): Waiting {
    const added = { moved: listener };
    this.#listeners.add(added);
    return { cancel: () => this.#listeners.delete(added) };
  }

  follow(listener: MoveListener): void {
    this.#listeners.add(listener);
  }

  unfollow(listener: MoveListener): void {
    this.#listeners.delete(listener);
  }

  moved(): void {
    for (const listener of this.#listeners) listener.moved();
  }

  get size(): number {
    return this.#listeners.size;
  }
}
