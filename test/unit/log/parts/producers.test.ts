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
  const rows: { name: string; state: ProducerBatch[]; batch: ProducerBatch; verdict: string }[] = [
    { name: 'a new producer begins at 0', state: [], batch: batch(0, 0, 1), verdict: 'append' },
    {
      name: 'a forgotten producer goes on where it was',
      state: [],
      batch: batch(4, 812, 5),
      verdict: 'append',
    },
    { name: 'the next sequence', state: [batch(3, 0, 2)], batch: batch(3, 2, 2), verdict: 'append' },
    { name: 'a gap', state: [batch(3, 0, 2)], batch: batch(3, 3, 2), verdict: OUT_OF_ORDER },
    {
      name: 'the last batch again',
      state: [batch(3, 0, 2)],
      batch: batch(3, 0, 2),
      verdict: 'duplicate of 100-101',
    },
    { name: 'the fifth last again', state: sixOfTwo, batch: batch(3, 2, 2), verdict: 'duplicate of 102-103' },
    {
      name: 'the sixth last again: too old to know',
      state: sixOfTwo,
      batch: batch(3, 0, 2),
      verdict: OUT_OF_ORDER,
    },
    {
      name: 'a part of a batch again',
      state: [batch(3, 0, 4)],
      batch: batch(3, 0, 2),
      verdict: OUT_OF_ORDER,
    },
    {
      name: 'the end of a batch again',
      state: [batch(3, 0, 4)],
      batch: batch(3, 2, 2),
      verdict: OUT_OF_ORDER,
    },
    {
      name: 'two batches again as one',
      state: [batch(3, 0, 2), batch(3, 2, 2)],
      batch: batch(3, 0, 4),
      verdict: OUT_OF_ORDER,
    },
    {
      name: 'an overlap that reaches further',
      state: [batch(3, 0, 2)],
      batch: batch(3, 1, 2),
      verdict: OUT_OF_ORDER,
    },
    { name: 'an older epoch', state: [batch(3, 0, 2)], batch: batch(2, 2, 1), verdict: FENCED },
    {
      name: 'an older epoch with a sequence of the newest',
      state: [batch(3, 0, 2)],
      batch: batch(2, 0, 2),
      verdict: FENCED,
    },
    { name: 'a newer epoch begins at 0', state: [batch(3, 0, 2)], batch: batch(4, 0, 2), verdict: 'append' },
    {
      name: 'a newer epoch does not go on',
      state: [batch(3, 0, 2)],
      batch: batch(4, 2, 1),
      verdict: OUT_OF_ORDER,
    },
    {
      name: 'the same sequences in a newer epoch are new',
      state: [batch(3, 0, 2)],
      batch: batch(4, 0, 2),
      verdict: 'append',
    },
    {
      name: 'an older epoch after a newer one',
      state: [batch(3, 0, 2), batch(4, 0, 1)],
      batch: batch(3, 0, 2),
      verdict: FENCED,
    },
    {
      name: 'after the largest sequence comes 0',
      state: [batch(3, MAX - 1, 2)],
      batch: batch(3, 0, 1),
      verdict: 'append',
    },
    {
      name: 'after the largest sequence does not come 1',
      state: [batch(3, MAX - 1, 2)],
      batch: batch(3, 1, 1),
      verdict: OUT_OF_ORDER,
    },
    { name: 'a batch may wrap', state: [batch(3, MAX - 2, 2)], batch: batch(3, MAX, 4), verdict: 'append' },
    {
      name: 'what follows a wrapped batch',
      state: [batch(3, MAX, 4)],
      batch: batch(3, 3, 1),
      verdict: 'append',
    },
    {
      name: 'a gap after a wrapped batch',
      state: [batch(3, MAX, 4)],
      batch: batch(3, 4, 1),
      verdict: OUT_OF_ORDER,
    },
    {
      name: 'a wrapped batch again',
      state: [batch(3, MAX, 4)],
      batch: batch(3, MAX, 4),
      verdict: 'duplicate of 100-103',
    },
    {
      name: 'a batch that ends at the largest, again',
      state: [batch(3, MAX - 1, 2)],
      batch: batch(3, MAX - 1, 2),
      verdict: 'duplicate of 100-101',
    },
    {
      name: 'another producer',
      state: [batch(3, 0, 2)],
      batch: batch(0, 50, 1, { producerId: 8 }),
      verdict: 'append',
    },
    {
      name: 'outside of the open transaction',
      state: [batch(3, 0, 2, { transactional: true })],
      batch: batch(3, 2, 1),
      verdict: 'INVALID_TXN_STATE',
    },
    {
      name: 'inside the open transaction',
      state: [batch(3, 0, 2, { transactional: true })],
      batch: batch(3, 2, 1, { transactional: true }),
      verdict: 'append',
    },
    {
      name: 'a duplicate is one whatever is open',
      state: [batch(3, 0, 2), batch(3, 2, 1, { transactional: true })],
      batch: batch(3, 0, 2),
      verdict: 'duplicate of 100-101',
    },
    {
      name: 'after the marker, outside again',
      state: [batch(3, 0, 2, { transactional: true }), marker(3, 1)],
      batch: batch(3, 2, 1),
      verdict: 'append',
    },
    {
      name: 'a marker keeps the sequences of its epoch',
      state: [batch(3, 0, 2, { transactional: true }), marker(3, 1)],
      batch: batch(3, 0, 1),
      verdict: OUT_OF_ORDER,
    },
    {
      name: 'a marker of the next epoch starts them over',
      state: [batch(3, 0, 2, { transactional: true }), marker(4, 1)],
      batch: batch(4, 0, 1),
      verdict: 'append',
    },
    {
      name: 'and nothing else',
      state: [batch(3, 0, 2, { transactional: true }), marker(4, 1)],
      batch: batch(4, 2, 1),
      verdict: OUT_OF_ORDER,
    },
    { name: 'a marker of an older epoch', state: [batch(3, 0, 2)], batch: marker(2, 1), verdict: FENCED },
    {
      name: 'a marker of an older coordinator',
      state: [batch(3, 0, 2), marker(3, 5)],
      batch: marker(3, 4),
      verdict: 'TRANSACTION_COORDINATOR_FENCED',
    },
    {
      name: 'a marker of the same coordinator',
      state: [batch(3, 0, 2), marker(3, 5)],
      batch: marker(3, 5),
      verdict: 'append',
    },
  ];
  test.each(rows)('$name', ({ state, batch, verdict }) => {
    expect(inWords(after(...state).check(batch))).toBe(verdict);
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
  const open = { transactional: true };
  const rows = [
    { name: 'none', state: [batch(0, 0, 3)], offset: null },
    {
      name: 'it begins at its first batch',
      state: [batch(0, 0, 3), batch(0, 3, 1, open), batch(0, 4, 1, open)],
      offset: 103,
    },
    { name: 'a marker ends it', state: [batch(0, 0, 3, open), marker(0, 0)], offset: null },
    {
      name: 'the oldest of two',
      state: [batch(0, 0, 3, { ...open, producerId: 9 }), batch(0, 0, 1, open)],
      offset: 100,
    },
    {
      name: 'the younger, once the oldest has ended',
      state: [batch(0, 0, 3, open), batch(0, 0, 1, { ...open, producerId: 9 }), marker(0, 0)],
      offset: 103,
    },
  ];
  test.each(rows)('$name', ({ state, offset }) => {
    expect(after(...state).firstOpenTransactionOffset()).toBe(offset);
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
    const states = after(batch(0, 0, 1, { transactional: true }));
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
  const states = after(batch(0, 0, 1, { transactional: true }));
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
