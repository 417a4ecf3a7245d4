/**
 * What a log remembers of each producer, so that a batch sent twice is stored once and in order (KIP-98, KIP-360).
 *
 * Per producer id: its newest epoch and its last five batches. Five, because that is how many requests an idempotent
 * producer may have under way: any one of them can come again after a lost answer, and must get its first answer again.
 *
 * Entries are replaced, never changed. So the undo of an append that failed to reach the disk is a pointer to what was
 * there before, and a snapshot is a list of pointers.
 *
 * State outlives the records it came from: retention and DeleteRecords leave it alone, or a correct producer that has been
 * quiet for longer than its records are kept would be told that its next sequence is wrong. Only idleness ends an entry
 * (`expire`), and a truncation, which rebuilds the whole state from a snapshot and the batches behind it (`restore`).
 */
import { assert } from '../base/assert.js';
import {
  INT32_MAX,
  type Millis,
  NO_OFFSET,
  NO_TIMESTAMP,
  type Offset,
  type ProducerEpoch,
  type ProducerId,
  type Sequence,
} from '../base/ids.js';
import { ErrorCode } from '../wire/errors.js';

/** Batches remembered per producer: the most requests that idempotence allows in flight. */
export const BATCHES_REMEMBERED = 5;
/** The last sequence of a producer that has written nothing in its epoch. */
export const NO_SEQUENCE: Sequence = -1;
const NO_COORDINATOR_EPOCH = -1;

/** The fields of a batch that idempotence looks at. A validated batch's summary has them all. */
export interface ProducerBatch {
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  /** −1 in a control batch, which has none. */
  readonly baseSequence: Sequence;
  readonly lastOffsetDelta: number;
  readonly maxTimestamp: Millis;
  readonly transactional: boolean;
  readonly control: boolean;
  /** In a control batch: of the coordinator that wrote the marker. */
  readonly coordinatorEpoch?: number;
}

/** One batch as it is remembered; its first sequence and offset follow from the last ones and the delta. */
export interface RememberedBatch {
  readonly lastSequence: Sequence;
  readonly lastOffset: Offset;
  readonly offsetDelta: number;
  /** The batch's largest record timestamp. */
  readonly timestamp: Millis;
}

export interface ProducerEntry {
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  /** Oldest first, at most BATCHES_REMEMBERED; empty when the epoch has written nothing yet. */
  readonly batches: readonly RememberedBatch[];
  readonly lastTimestamp: Millis;
  /** Of the coordinator that ended this producer's last transaction; −1 if none did. */
  readonly coordinatorEpoch: number;
  /** −1: no transaction is open. */
  readonly currentTransactionFirstOffset: Offset;
}

export type SequenceVerdict =
  | { readonly kind: 'append' }
  | {
      readonly kind: 'duplicate';
      readonly firstOffset: Offset;
      readonly lastOffset: Offset;
      readonly timestamp: Millis;
    }
  | { readonly kind: 'rejected'; readonly error: ErrorCode; readonly message: string };

/** What `apply` replaced. Opaque: give it back to `undo`. */
export interface ProducerUndo {
  readonly producerId: ProducerId;
  readonly previous: ProducerEntry | undefined;
  /** What it applied. */
  readonly producerEpoch: ProducerEpoch;
  readonly baseSequence: Sequence;
}

/** The batch of an unknown producer that was refused or taken back for want of room: it must come before any other of his. */
interface Awaited {
  readonly producerEpoch: ProducerEpoch;
  readonly baseSequence: Sequence;
  /** When `expire` first saw it. */
  since: Millis | undefined;
}

const APPEND: SequenceVerdict = { kind: 'append' };

export class ProducerStates {
  readonly #entries = new Map<ProducerId, ProducerEntry>();
  /** First offset of each open transaction. Few, so the smallest is looked for when asked. */
  readonly #openTransactions = new Map<ProducerId, Offset>();
  readonly #awaited = new Map<ProducerId, Awaited>();
  /** When `expire` first saw an entry: it idles from then on, for as long as it is not replaced. */
  readonly #idleSince = new WeakMap<ProducerEntry, Millis>();

  get size(): number {
    return this.#entries.size;
  }

  get(producerId: ProducerId): ProducerEntry | undefined {
    return this.#entries.get(producerId);
  }

  entries(): Iterable<ProducerEntry> {
    return this.#entries.values();
  }

  /**
   * Whether a client's batch may be appended now; changes nothing. The order of the questions matters: a
   * duplicate is recognised before anything is held against it.
   */
  check(batch: ProducerBatch): SequenceVerdict {
    const entry = this.#entries.get(batch.producerId);
    if (entry === undefined) return this.#checkFirst(batch);
    if (!batch.control) {
      const original = entry.producerEpoch === batch.producerEpoch ? findOriginal(entry, batch) : undefined;
      if (original !== undefined) {
        return {
          kind: 'duplicate',
          firstOffset: original.lastOffset - original.offsetDelta,
          lastOffset: original.lastOffset,
          timestamp: original.timestamp,
        };
      }
    }
    // On Produce a fenced producer gets this code, and not PRODUCER_FENCED: the client may abort and go on (KIP-588).
    if (batch.producerEpoch < entry.producerEpoch) {
      return rejected(
        ErrorCode.INVALID_PRODUCER_EPOCH,
        `producer ${batch.producerId} wrote with epoch ${batch.producerEpoch}; its newest is ${entry.producerEpoch}`,
      );
    }
    if (batch.control) return checkMarker(entry, batch);
    return checkSequence(entry, batch) ?? checkTransaction(entry, batch) ?? APPEND;
  }

  /**
   * Takes an appended batch into account, unchecked: the log calls `check` first for what a client sends, and not at all for
   * what is already in a log (recovery, replication).
   */
  apply(batch: ProducerBatch, firstOffset: Offset, lastOffset: Offset): ProducerUndo {
    assert(batch.producerId >= 0, 'a batch without a producer id has no producer state');
    assert(
      lastOffset - firstOffset === batch.lastOffsetDelta,
      'a batch has the offsets that its last delta says',
    );
    const previous = this.#entries.get(batch.producerId);
    const next = batch.control
      ? afterMarker(previous, batch)
      : afterBatch(previous, batch, firstOffset, lastOffset);
    this.#put(next);
    this.#awaited.delete(batch.producerId);
    const { producerId, producerEpoch, baseSequence } = batch;
    return { producerId, producerEpoch, baseSequence, previous };
  }

  /**
   * Takes back one `apply`. Several are undone in reverse order.
   *
   * A producer of which nothing is left is not one of which nothing was ever known: it may have sent its next batches already, and the
   * first of those to find room on the disk would be taken for its beginning. The batch that was taken back must come first.
   */
  undo(undo: ProducerUndo): void {
    if (undo.previous !== undefined) {
      this.#put(undo.previous);
      return;
    }
    this.#remove(undo.producerId);
    this.#await(undo);
  }

  /**
   * A client's batch was refused unchecked, for a reason that passes: he sends it again. For a producer of whom nothing is known that
   * is as if it had been taken back: his next batches are under way already.
   */
  refused(batch: ProducerBatch): void {
    if (batch.control || this.#entries.has(batch.producerId)) return;
    if (this.#awaited.get(batch.producerId)?.producerEpoch === batch.producerEpoch) return;
    this.#await(batch);
  }

  #await({ producerId, producerEpoch, baseSequence }: ProducerUndo | ProducerBatch): void {
    this.#awaited.set(producerId, { producerEpoch, baseSequence, since: undefined });
  }

  /** Nothing known (a new producer, or one forgotten): whatever it says is the start, unless its start has had no room. */
  #checkFirst(batch: ProducerBatch): SequenceVerdict {
    const awaited = this.#awaited.get(batch.producerId);
    if (awaited === undefined || batch.control || batch.producerEpoch !== awaited.producerEpoch)
      return APPEND;
    if (batch.baseSequence === awaited.baseSequence) return APPEND;
    return outOfOrder(batch, awaited.baseSequence);
  }

  /**
   * Forgets producers that have been idle for `expirationMs` or longer and have no transaction open; returns how many.
   * To be called now and then.
   *
   * Idleness counts from the first call that sees a producer's newest batch, not from the batch's timestamps: those are the
   * producer's to choose, and somebody who loads last year's records must not lose his protection against duplicates
   * from one batch to the next. So an entry may stay longer than `expirationMs` by the time between two calls.
   */
  expire(nowMs: Millis, expirationMs: Millis): number {
    let expired = 0;
    for (const entry of this.#entries.values()) {
      if (entry.currentTransactionFirstOffset !== NO_OFFSET) continue;
      const since = this.#idleSince.get(entry);
      if (since === undefined) {
        this.#idleSince.set(entry, nowMs);
      } else if (nowMs - since >= expirationMs) {
        this.#remove(entry.producerId);
        expired++;
      }
    }
    for (const [producerId, awaited] of this.#awaited) {
      awaited.since ??= nowMs;
      if (nowMs - awaited.since >= expirationMs) this.#awaited.delete(producerId);
    }
    return expired;
  }

  /** The state of a snapshot in place of this one. */
  restore(entries: Iterable<ProducerEntry>): void {
    this.clear();
    for (const entry of entries) this.#put(entry);
  }

  clear(): void {
    this.#entries.clear();
    this.#openTransactions.clear();
    this.#awaited.clear();
  }

  /** Where the oldest open transaction begins: no reader of committed records may pass it. */
  firstOpenTransactionOffset(): Offset | null {
    let first: Offset | null = null;
    for (const offset of this.#openTransactions.values())
      if (first === null || offset < first) first = offset;
    return first;
  }

  #put(entry: ProducerEntry): void {
    this.#entries.set(entry.producerId, entry);
    if (entry.currentTransactionFirstOffset === NO_OFFSET) this.#openTransactions.delete(entry.producerId);
    else this.#openTransactions.set(entry.producerId, entry.currentTransactionFirstOffset);
  }

  #remove(producerId: ProducerId): void {
    this.#entries.delete(producerId);
    this.#openTransactions.delete(producerId);
  }
}

/** `sequence` moved on by `delta`: after 2^31−1 comes 0. */
export function sequenceAfter(sequence: Sequence, delta: number): Sequence {
  return sequence > INT32_MAX - delta ? delta - (INT32_MAX - sequence) - 1 : sequence + delta;
}

/** `sequence` moved back by `delta`: before 0 comes 2^31−1. */
export function sequenceBefore(sequence: Sequence, delta: number): Sequence {
  return sequence < delta ? INT32_MAX - (delta - sequence) + 1 : sequence - delta;
}

export function lastSequenceOf(entry: ProducerEntry): Sequence {
  return entry.batches.at(-1)?.lastSequence ?? NO_SEQUENCE;
}

/** The remembered batch with exactly this batch's sequences. A part of one, or two at once, is no repetition. */
function findOriginal(entry: ProducerEntry, batch: ProducerBatch): RememberedBatch | undefined {
  const lastSequence = sequenceAfter(batch.baseSequence, batch.lastOffsetDelta);
  // The newest first: most repetitions are of the last batch.
  for (let at = entry.batches.length - 1; at >= 0; at--) {
    const remembered = entry.batches[at]!;
    if (remembered.lastSequence === lastSequence && remembered.offsetDelta === batch.lastOffsetDelta) {
      return remembered;
    }
  }
  return undefined;
}

function checkSequence(entry: ProducerEntry, batch: ProducerBatch): SequenceVerdict | undefined {
  // A new epoch starts over, and so does an epoch that began with a transaction marker and has no batch yet.
  const last = batch.producerEpoch === entry.producerEpoch ? lastSequenceOf(entry) : NO_SEQUENCE;
  const expected = last === NO_SEQUENCE ? 0 : sequenceAfter(last, 1);
  return batch.baseSequence === expected ? undefined : outOfOrder(batch, expected);
}

function outOfOrder(batch: ProducerBatch, expected: Sequence): SequenceVerdict {
  return rejected(
    ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
    `producer ${batch.producerId}, epoch ${batch.producerEpoch}: sequence ${batch.baseSequence} instead of ${expected}`,
  );
}

function checkTransaction(entry: ProducerEntry, batch: ProducerBatch): SequenceVerdict | undefined {
  if (batch.transactional || entry.currentTransactionFirstOffset === NO_OFFSET) return undefined;
  return rejected(
    ErrorCode.INVALID_TXN_STATE,
    `producer ${batch.producerId} has a transaction open here and wrote outside of it`,
  );
}

function checkMarker(entry: ProducerEntry, batch: ProducerBatch): SequenceVerdict {
  if ((batch.coordinatorEpoch ?? NO_COORDINATOR_EPOCH) >= entry.coordinatorEpoch) return APPEND;
  return rejected(
    ErrorCode.TRANSACTION_COORDINATOR_FENCED,
    `a coordinator of epoch ${batch.coordinatorEpoch} ended a transaction; the newest is ${entry.coordinatorEpoch}`,
  );
}

function afterBatch(
  previous: ProducerEntry | undefined,
  batch: ProducerBatch,
  firstOffset: Offset,
  lastOffset: Offset,
): ProducerEntry {
  const remembered: RememberedBatch = {
    lastSequence: sequenceAfter(batch.baseSequence, batch.lastOffsetDelta),
    lastOffset,
    offsetDelta: batch.lastOffsetDelta,
    timestamp: batch.maxTimestamp,
  };
  const before = previous?.producerEpoch === batch.producerEpoch ? previous.batches : [];
  const open = previous?.currentTransactionFirstOffset ?? NO_OFFSET;
  return {
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    batches: [...before.slice(1 - BATCHES_REMEMBERED), remembered],
    lastTimestamp: batch.maxTimestamp,
    coordinatorEpoch: previous?.coordinatorEpoch ?? NO_COORDINATOR_EPOCH,
    currentTransactionFirstOffset: open === NO_OFFSET && batch.transactional ? firstOffset : open,
  };
}

/** A commit or abort marker ends the transaction; under KIP-890 it carries the next epoch, which starts empty. */
function afterMarker(previous: ProducerEntry | undefined, batch: ProducerBatch): ProducerEntry {
  return {
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    batches: previous?.producerEpoch === batch.producerEpoch ? previous.batches : [],
    lastTimestamp:
      batch.maxTimestamp === NO_TIMESTAMP ? (previous?.lastTimestamp ?? NO_TIMESTAMP) : batch.maxTimestamp,
    coordinatorEpoch: batch.coordinatorEpoch ?? previous?.coordinatorEpoch ?? NO_COORDINATOR_EPOCH,
    currentTransactionFirstOffset: NO_OFFSET,
  };
}

function rejected(error: ErrorCode, message: string): SequenceVerdict {
  return { kind: 'rejected', error, message };
}
