/**
 * Answers leave in the order their requests arrived (the protocol has no other way to match them for old clients), whatever order
 * they are finished in. Pure: it says what may be written now, and knows nothing of sockets.
 */
import { assert } from '../base/assert.js';

export interface Slot<Answer> {
  answer: Answer | undefined;
  /** Runs once, when this is the oldest request without an answer. */
  atHead: (() => void) | undefined;
}

export class Pipeline<Answer> {
  #slots: Slot<Answer>[] = [];

  /** Requests whose answers have not left. */
  get size(): number {
    return this.#slots.length;
  }

  arrived(): Slot<Answer> {
    const slot: Slot<Answer> = { answer: undefined, atHead: undefined };
    this.#slots.push(slot);
    return slot;
  }

  isHead(slot: Slot<Answer>): boolean {
    return this.#slots[0] === slot;
  }

  /** Fills a slot; returns the answers that may leave now, in order. Empty while an older request is unanswered. */
  done(slot: Slot<Answer>, answer: Answer): Answer[] {
    assert(slot.answer === undefined, 'a request is answered once');
    slot.answer = answer;
    let ready = 0;
    while (ready < this.#slots.length && this.#slots[ready]!.answer !== undefined) ready++;
    return this.#slots.splice(0, ready).map((done) => done.answer!);
  }

  /** Tells the oldest unanswered request that it is its turn. Call after writing what `done` returned. */
  wakeHead(): void {
    const head = this.#slots[0];
    if (head) this.wake(head);
  }

  /** Tells one request, whatever its place. */
  wake(slot: Slot<Answer>): void {
    const wake = slot.atHead;
    slot.atHead = undefined;
    wake?.();
  }
}
