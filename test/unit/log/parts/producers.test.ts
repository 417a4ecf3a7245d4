import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BATCHES_REMEMBERED,
  type ProducerBatch,
  ProducerStates,
  type ProducerUndo,
  type SequenceVerdict,
  sequenceAfter,
  sequenceBefore,
} from '../../../../src/log/producers.js';
import { ErrorCode, errorName } from '../../../../src/wire/errors.js';
import { SEED } from './seed.js';

const MAX = 2 ** 31 - 1;
const PID = 7;

function batch(
  epoch: number,
  baseSequence: number,
  count: number,
  more: Partial<ProducerBatch> = {},
): ProducerBatch {
  return {
    producerId: PID,
    producerEpoch: epoch,
    baseSequence,
    lastOffsetDelta: count - 1,
    maxTimestamp: 1000 + baseSequence,
    transactional: false,
    control: false,
    ...more,
  };
}

const transactional = { transactional: true };

const marker = (epoch: number, coordinatorEpoch: number): ProducerBatch =>
  batch(epoch, -1, 1, { control: true, transactional: true, coordinatorEpoch });

/** Appends them from offset 100 on. */
function after(...batches: ProducerBatch[]): ProducerStates {
  const states = new ProducerStates();
  let offset = 100;
  for (const each of batches) {
    states.apply(each, offset, offset + each.lastOffsetDelta);
    offset += each.lastOffsetDelta + 1;
  }
  return states;
}

/** `append`, `duplicate of 100-102`, `OUT_OF_ORDER_SEQUENCE_NUMBER` */
function inWords(verdict: SequenceVerdict): string {
  switch (verdict.kind) {
    case 'append':
      return 'append';
    case 'duplicate':
      return `duplicate of ${verdict.firstOffset}-${verdict.lastOffset}`;
    case 'rejected':
      return errorName(verdict.error);
  }
}

const OUT_OF_ORDER = 'OUT_OF_ORDER_SEQUENCE_NUMBER';
const FENCED = 'INVALID_PRODUCER_EPOCH';
const sixOfTwo = [0, 2, 4, 6, 8, 10].map((sequence) => batch(3, sequence, 2)); // offsets 100 to 111

describe('what may be appended', () => {
  test.each<[what: string, before: ProducerBatch[], next: ProducerBatch, verdict: string]>([
    ['a new producer begins at 0', [], batch(0, 0, 1), 'append'],
    ['a forgotten producer goes on where it was', [], batch(4, 812, 5), 'append'],
    ['the next sequence', [batch(3, 0, 2)], batch(3, 2, 2), 'append'],
    ['a gap', [batch(3, 0, 2)], batch(3, 3, 2), OUT_OF_ORDER],
    ['the last batch again', [batch(3, 0, 2)], batch(3, 0, 2), 'duplicate of 100-101'],
    ['the fifth last again', sixOfTwo, batch(3, 2, 2), 'duplicate of 102-103'],
    ['the sixth last again: too old to know', sixOfTwo, batch(3, 0, 2), OUT_OF_ORDER],
    ['a part of a batch again', [batch(3, 0, 4)], batch(3, 0, 2), OUT_OF_ORDER],
    ['the end of a batch again', [batch(3, 0, 4)], batch(3, 2, 2), OUT_OF_ORDER],
    ['two batches again as one', [batch(3, 0, 2), batch(3, 2, 2)], batch(3, 0, 4), OUT_OF_ORDER],
    ['an overlap that reaches further', [batch(3, 0, 2)], batch(3, 1, 2), OUT_OF_ORDER],
    ['an older epoch', [batch(3, 0, 2)], batch(2, 2, 1), FENCED],
    ['an older epoch with a sequence of the newest', [batch(3, 0, 2)], batch(2, 0, 2), FENCED],
    ['a newer epoch begins at 0', [batch(3, 0, 2)], batch(4, 0, 2), 'append'],
    ['a newer epoch does not go on', [batch(3, 0, 2)], batch(4, 2, 1), OUT_OF_ORDER],
    ['the same sequences in a newer epoch are new', [batch(3, 0, 2)], batch(4, 0, 2), 'append'],
    ['an older epoch after a newer one', [batch(3, 0, 2), batch(4, 0, 1)], batch(3, 0, 2), FENCED],
    ['after the largest sequence comes 0', [batch(3, MAX - 1, 2)], batch(3, 0, 1), 'append'],
    ['after the largest sequence does not come 1', [batch(3, MAX - 1, 2)], batch(3, 1, 1), OUT_OF_ORDER],
    ['a batch may wrap', [batch(3, MAX - 2, 2)], batch(3, MAX, 4), 'append'],
    ['what follows a wrapped batch', [batch(3, MAX, 4)], batch(3, 3, 1), 'append'],
    ['a gap after a wrapped batch', [batch(3, MAX, 4)], batch(3, 4, 1), OUT_OF_ORDER],
    ['a wrapped batch again', [batch(3, MAX, 4)], batch(3, MAX, 4), 'duplicate of 100-103'],
    [
      'a batch that ends at the largest, again',
      [batch(3, MAX - 1, 2)],
      batch(3, MAX - 1, 2),
      'duplicate of 100-101',
    ],
    ['another producer', [batch(3, 0, 2)], batch(0, 50, 1, { producerId: 8 }), 'append'],
    ['outside of the open transaction', [batch(3, 0, 2, transactional)], batch(3, 2, 1), 'INVALID_TXN_STATE'],
    ['inside the open transaction', [batch(3, 0, 2, transactional)], batch(3, 2, 1, transactional), 'append'],
    [
      'a duplicate is one whatever is open',
      [batch(3, 0, 2), batch(3, 2, 1, transactional)],
      batch(3, 0, 2),
      'duplicate of 100-101',
    ],
    [
      'after the marker, outside again',
      [batch(3, 0, 2, transactional), marker(3, 1)],
      batch(3, 2, 1),
      'append',
    ],
    [
      'a marker keeps the sequences of its epoch',
      [batch(3, 0, 2, transactional), marker(3, 1)],
      batch(3, 0, 1),
      OUT_OF_ORDER,
    ],
    [
      'a marker of the next epoch starts them over',
      [batch(3, 0, 2, transactional), marker(4, 1)],
      batch(4, 0, 1),
      'append',
    ],
    ['and nothing else', [batch(3, 0, 2, transactional), marker(4, 1)], batch(4, 2, 1), OUT_OF_ORDER],
    ['a marker of an older epoch', [batch(3, 0, 2)], marker(2, 1), FENCED],
    [
      'a marker of an older coordinator',
      [batch(3, 0, 2), marker(3, 5)],
      marker(3, 4),
      'TRANSACTION_COORDINATOR_FENCED',
    ],
    ['a marker of the same coordinator', [batch(3, 0, 2), marker(3, 5)], marker(3, 5), 'append'],
  ])('%s', (_, before, next, verdict) => {
    expect(inWords(after(...before).check(next))).toBe(verdict);
  });
});

test('a duplicate is told with the timestamp of its original', () => {
  const verdict = after(batch(0, 0, 1)).check(batch(0, 0, 1, { maxTimestamp: 5 }));
  expect(verdict).toMatchObject({ kind: 'duplicate', timestamp: 1000 });
});

test('a rejection says what was expected', () => {
  const verdict = after(batch(3, 0, 2)).check(batch(3, 5, 1));
  expect(verdict).toEqual({
    kind: 'rejected',
    error: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
    message: 'producer 7, epoch 3: sequence 5 instead of 2',
  });
});

test('sequences wrap both ways', () => {
  fc.assert(
    fc.property(fc.nat(MAX), fc.nat(MAX), (sequence, delta) => {
      expect(sequenceAfter(sequence, delta)).toBe((sequence + delta) % (MAX + 1));
      expect(sequenceBefore(sequenceAfter(sequence, delta), delta)).toBe(sequence);
    }),
    { seed: SEED },
  );
});

/**
 * The plainest thing that can be right: every batch ever appended, kept in a list. Duplicates are looked for among the last five of
 * the epoch; the next sequence is counted on with a modulo.
 */
class NaiveProducer {
  readonly #appended: { epoch: number; base: number; count: number; firstOffset: number }[] = [];

  check(each: ProducerBatch): string {
    const newest = this.#appended.at(-1);
    if (newest === undefined) return 'append';
    const count = each.lastOffsetDelta + 1;
    const ofEpoch = this.#appended.filter(({ epoch }) => epoch === each.producerEpoch);
    if (each.producerEpoch === newest.epoch) {
      const original = ofEpoch
        .slice(-5)
        .find(({ base, count: length }) => base === each.baseSequence && length === count);
      if (original !== undefined)
        return `duplicate of ${original.firstOffset}-${original.firstOffset + count - 1}`;
    }
    if (each.producerEpoch < newest.epoch) return FENCED;
    const expected = each.producerEpoch > newest.epoch ? 0 : (newest.base + newest.count) % (MAX + 1);
    return each.baseSequence === expected ? 'append' : OUT_OF_ORDER;
  }

  append(each: ProducerBatch, firstOffset: number): void {
    const { producerEpoch: epoch, baseSequence: base, lastOffsetDelta } = each;
    this.#appended.push({ epoch, base, count: lastOffsetDelta + 1, firstOffset });
  }
}

/** What a client sends: mostly the next batch, now and then an earlier one again, a gap, or a new epoch. */
const sent = fc.record({
  producerId: fc.nat(2),
  what: fc.constantFrom(
    'next',
    'next',
    'next',
    'again',
    'again',
    'gap',
    'new epoch',
    'old epoch',
    'other length',
  ),
  count: fc.integer({ min: 1, max: 4 }),
  back: fc.nat(7),
});

test('retries, duplicates, gaps and wraps get what a naive model says', () => {
  fc.assert(
    fc.property(fc.nat(12), fc.array(sent, { maxLength: 60 }), (beforeWrap, script) => {
      const states = new ProducerStates();
      const models = new Map<number, NaiveProducer>();
      const history = new Map<number, ProducerBatch[]>();
      let offset = 0;
      for (const { producerId, what, count, back } of script) {
        const past = history.get(producerId) ?? [];
        history.set(producerId, past);
        const model = models.get(producerId) ?? new NaiveProducer();
        models.set(producerId, model);
        const last = past.at(-1) ?? batch(0, MAX - beforeWrap, 1, { producerId });
        const next = sequenceAfter(last.baseSequence, last.lastOffsetDelta + 1);
        const earlier = past.at(-1 - back) ?? last;
        const each: ProducerBatch = {
          next: { ...last, baseSequence: next, lastOffsetDelta: count - 1 },
          again: earlier,
          gap: { ...last, baseSequence: sequenceAfter(next, count) },
          'new epoch': {
            ...last,
            producerEpoch: last.producerEpoch + 1,
            baseSequence: back % 2,
            lastOffsetDelta: count - 1,
          },
          'old epoch': { ...last, producerEpoch: Math.max(0, last.producerEpoch - 1) },
          'other length': { ...earlier, lastOffsetDelta: earlier.lastOffsetDelta + 1 },
        }[what];
        const verdict = inWords(states.check(each));
        expect(verdict).toBe(model.check(each));
        if (verdict !== 'append') continue;
        states.apply(each, offset, offset + each.lastOffsetDelta);
        model.append(each, offset);
        past.push(each);
        offset += each.lastOffsetDelta + 1;
      }
    }),
    { seed: SEED, numRuns: 300 },
  );
});

test('undo, in reverse order, leaves exactly what was there', () => {
  const step = fc.record({
    producerId: fc.nat(3),
    epoch: fc.nat(2),
    base: fc.nat(5),
    kind: fc.constantFrom('plain', 'transactional', 'marker'),
  });
  const toBatch = ({
    producerId,
    epoch,
    base,
    kind,
  }: {
    producerId: number;
    epoch: number;
    base: number;
    kind: string;
  }) =>
    kind === 'marker'
      ? { ...marker(epoch, base), producerId }
      : batch(epoch, base, 1, { producerId, transactional: kind === 'transactional' });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.array(step, { maxLength: 10 }), (kept, lost) => {
      const states = after(...kept.map(toBatch));
      const entries = [...states.entries()];
      const open = states.firstOpenTransactionOffset();
      const undos: ProducerUndo[] = lost.map((each, at) => states.apply(toBatch(each), 500 + at, 500 + at));
      for (const undo of undos.reverse()) states.undo(undo);
      // The very same objects, in the same order: nothing was changed in place.
      expect([...states.entries()].every((entry, at) => entry === entries[at])).toBe(true);
      expect(states.size).toBe(entries.length);
      expect(states.firstOpenTransactionOffset()).toBe(open);
    }),
    { seed: SEED },
  );
});

test('no more than five batches are remembered', () => {
  expect(
    after(...sixOfTwo)
      .get(PID)
      ?.batches.map(({ lastSequence }) => lastSequence),
  ).toEqual([3, 5, 7, 9, 11]);
  expect(BATCHES_REMEMBERED).toBe(5);
});

describe('the oldest open transaction', () => {
  test.each<[what: string, batches: ProducerBatch[], offset: number | null]>([
    ['none', [batch(0, 0, 3)], null],
    [
      'it begins at its first batch',
      [batch(0, 0, 3), batch(0, 3, 1, transactional), batch(0, 4, 1, transactional)],
      103,
    ],
    ['a marker ends it', [batch(0, 0, 3, transactional), marker(0, 0)], null],
    [
      'the oldest of two',
      [batch(0, 0, 3, { ...transactional, producerId: 9 }), batch(0, 0, 1, transactional)],
      100,
    ],
    [
      'the younger, once the oldest has ended',
      [batch(0, 0, 3, transactional), batch(0, 0, 1, { ...transactional, producerId: 9 }), marker(0, 0)],
      103,
    ],
  ])('%s', (_, batches, offset) => {
    expect(after(...batches).firstOpenTransactionOffset()).toBe(offset);
  });
});

describe('expiry', () => {
  const DAY = 86_400_000;

  test('counts from when it is first seen idle, whatever the timestamps of the batches', () => {
    const states = after(batch(0, 0, 1, { maxTimestamp: 5 }));
    expect(states.expire(10 * DAY, DAY)).toBe(0);
    expect(states.expire(11 * DAY - 1, DAY)).toBe(0);
    expect(states.size).toBe(1);
    expect(states.expire(11 * DAY, DAY)).toBe(1);
    expect(states.size).toBe(0);
  });

  test('a batch starts the time over', () => {
    const states = after(batch(0, 0, 1));
    states.expire(0, DAY);
    states.apply(batch(0, 1, 1), 200, 200);
    expect(states.expire(DAY, DAY)).toBe(0);
    expect(states.expire(2 * DAY, DAY)).toBe(1);
  });

  test('an open transaction keeps its producer for ever, and its end starts the time', () => {
    const states = after(batch(0, 0, 1, transactional));
    expect(states.expire(0, DAY)).toBe(0);
    expect(states.expire(100 * DAY, DAY)).toBe(0);
    states.apply(marker(0, 0), 200, 200);
    expect(states.expire(101 * DAY, DAY)).toBe(0);
    expect(states.expire(102 * DAY, DAY)).toBe(1);
  });

  test('only the idle ones go', () => {
    const states = after(batch(0, 0, 1), batch(0, 0, 1, { producerId: 8 }));
    states.expire(0, DAY);
    states.apply(batch(0, 1, 1), 200, 200);
    expect(states.expire(DAY, DAY)).toBe(1);
    expect([...states.entries()].map(({ producerId }) => producerId)).toEqual([PID]);
  });
});

test('restore replaces everything, open transactions too', () => {
  const states = after(batch(0, 0, 1, transactional));
  const other = after(batch(1, 0, 2, { producerId: 9 }));
  states.restore(other.entries());
  expect([...states.entries()]).toEqual([...other.entries()]);
  expect(states.firstOpenTransactionOffset()).toBeNull();
});

describe('a producer of whom nothing is known, when the disk has no room for its first batch', () => {
  const first = batch(0, 0, 3);
  const second = batch(0, 3, 2);
  const rows: readonly { readonly what: string; readonly happens: (states: ProducerStates) => void }[] = [
    { what: 'taken back', happens: (states) => states.undo(states.apply(first, 0, 2)) },
    {
      what: 'taken back with the one behind it',
      happens: (states) => {
        const undos = [states.apply(first, 0, 2), states.apply(second, 3, 4)];
        for (const undo of undos.toReversed()) states.undo(undo);
      },
    },
    {
      what: 'refused, and the one behind it too',
      happens: (states) => {
        states.refused(first);
        states.refused(second);
      },
    },
  ];
  test.each(rows)('$what: it must come before any other', ({ happens }) => {
    const states = new ProducerStates();
    happens(states);
    expect(inWords(states.check(second))).toBe(OUT_OF_ORDER);
    expect(inWords(states.check(first))).toBe('append');
    states.apply(first, 0, 2);
    expect(inWords(states.check(second))).toBe('append');
  });

  test('a new epoch begins anew, and idleness ends the wait', () => {
    const states = new ProducerStates();
    states.refused(first);
    expect(inWords(states.check(batch(1, 0, 1)))).toBe('append');
    states.expire(0, 1000);
    states.expire(999, 1000);
    expect(inWords(states.check(second))).toBe(OUT_OF_ORDER);
    states.expire(1000, 1000);
    expect(inWords(states.check(second))).toBe('append');
  });

  test('a known producer is not held up by a refusal', () => {
    const states = after(batch(0, 0, 3));
    states.refused(batch(0, 5, 1));
    expect(inWords(states.check(second))).toBe('append');
  });
});
