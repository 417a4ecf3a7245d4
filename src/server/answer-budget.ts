/**
 * Bytes of answers in the broker at once, over all connections: those that peers have not taken, those that wait behind an older
 * request of their connection, and those about to be read from a log.
 *
 * Whoever is about to fill memory with an answer asks first and is granted a part of what is left, so that the first large fetches do
 * not take everything. When the limit is reached, a connection whose peer has taken all it was given still gets a small
 * grant, up to an overdraft: a thousand peers that never read must not keep one that does from its records. The others wait in
 * line, and while anybody waits a look is taken every second: answers parked in front of others are asked to hurry, and a
 * peer that has taken nothing for some seconds loses its connection. So room is always made in bounded time, by those who block it.
 */
import type { Millis } from '../base/ids.js';
import type { Clock, TimerHandle } from '../ports/clock.js';

/** What a peer in good standing gets however full the rest is. */
const SMALL_GRANT_BYTES = 64 * 1024;
/** The first batch of a fetch is whole even beyond its grant (KIP-74): what is reserved for it, by Kafka's default of `max.message.bytes`. */
const FIRST_BATCH_BYTES = 1024 * 1024;
/** Of the limit, on top of it, for small grants. */
const OVERDRAFT = 0.5;
const LOOK_MS = 1_000;
/** A peer that takes nothing for so long, while others wait for the room, is cut off. */
const STALLED_MS_MAX = 3_000;

export interface Grant {
  /** That the answer may have. */
  readonly bytes: number;
  /** That are set aside for it until it is given back. */
  readonly reservedBytes: number;
}

export interface AnswerHolder {
  /** Bytes of answers it has for its peer now. */
  readonly answerBytes: number;
  /** What is parked should answer now, since answers wait behind it; false: nothing is. */
  hurry(): boolean;
  /** Its peer has not taken anything for too long. */
  shedAnswers(): void;
}

interface Held {
  bytes: number;
  /** As of the last look, and since when there were as many. */
  seenBytes: number;
  sinceMs: Millis;
}

export class AnswerBudget {
  readonly limitBytes: number;
  readonly #clock: Clock;
  readonly #holders = new Map<AnswerHolder, Held>();
  readonly #line = new Set<() => void>();
  #reservedBytes = 0;
  #heldBytes = 0;
  #look: TimerHandle | null = null;

  constructor(limitBytes: number, clock: Clock) {
    this.limitBytes = limitBytes;
    this.#clock = clock;
  }

  get usedBytes(): number {
    return this.#reservedBytes + this.#heldBytes;
  }

  get exhausted(): boolean {
    return this.usedBytes >= this.limitBytes;
  }

  /** Not even small grants are given. */
  get #isFull(): boolean {
    return this.usedBytes >= this.limitBytes * (1 + OVERDRAFT);
  }

  /**
   * Room for an answer, at most `wantedBytes`, to be given back when the answer has been handed over; null: there is none now, see `whenRoom`.
   */
  grant(wantedBytes: number): Grant | null {
    if (this.#isFull) return null;
    const left = this.limitBytes - this.usedBytes;
    const bytes = Math.max(1, Math.min(wantedBytes, Math.max(SMALL_GRANT_BYTES, Math.floor(left / 4))));
    const reservedBytes = Math.max(bytes, FIRST_BATCH_BYTES);
    this.#reservedBytes += reservedBytes;
    return { bytes, reservedBytes };
  }

  giveBack({ reservedBytes }: Grant): void {
    this.#reservedBytes -= reservedBytes;
    this.#wake();
  }

  /** `holder` has so many bytes of answers now; 0: none. */
  holds(holder: AnswerHolder, bytes: number): void {
    const held = this.#holders.get(holder);
    if (held === undefined) {
      if (bytes === 0) return;
      this.#holders.set(holder, { bytes, seenBytes: bytes, sinceMs: this.#clock.monotonic() });
      this.#heldBytes += bytes;
    } else {
      this.#heldBytes += bytes - held.bytes;
      held.bytes = bytes;
      if (bytes === 0) this.#holders.delete(holder);
    }
    if (this.exhausted) this.#lookLater();
    this.#wake();
  }

  /** `wake` runs once, when there may be room again. */
  whenRoom(wake: () => void): void {
    this.#line.add(wake);
    this.#lookLater();
  }

  forget(wake: () => void): void {
    this.#line.delete(wake);
  }

  /** Looks at nobody any more. */
  close(): void {
    if (this.#look !== null) this.#clock.clearTimer(this.#look);
    this.#look = null;
  }

  /** Those who are told may wait again: each is told once. */
  #wake(): void {
    for (let waiting = this.#line.size; waiting > 0 && !this.#isFull; waiting--) {
      const [first] = this.#line;
      this.#line.delete(first!);
      first!();
    }
  }

  #lookLater(): void {
    this.#look ??= this.#clock.setTimer(LOOK_MS, () => {
      this.#look = null;
      this.#relieve();
      if (this.exhausted || this.#line.size > 0) this.#lookLater();
    });
  }

  #relieve(): void {
    const nowMs = this.#clock.monotonic();
    const stalled: [AnswerHolder, Held][] = [];
    for (const [holder, held] of this.#holders) {
      const { answerBytes } = holder;
      this.holds(holder, answerBytes);
      if (answerBytes !== held.seenBytes) {
        held.seenBytes = answerBytes;
        held.sinceMs = nowMs;
      } else if (nowMs - held.sinceMs >= STALLED_MS_MAX) {
        stalled.push([holder, held]);
      }
    }
    if (!this.exhausted) return this.#wake();
    for (const holder of this.#holders.keys()) holder.hurry();
    stalled.sort(([, one], [, other]) => other.bytes - one.bytes);
    for (const [holder, held] of stalled) {
      if (!this.exhausted) break;
      // Unless a hurry has just moved it.
      if (held.bytes > 0 && holder.answerBytes === held.seenBytes) holder.shedAnswers();
    }
    this.#wake();
  }
}
