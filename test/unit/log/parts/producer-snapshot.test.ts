import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32c } from '../../../../src/base/crc32c.js';
import { encodeProducerSnapshot, parseProducerSnapshot } from '../../../../src/log/producer-snapshot.js';
import { type ProducerEntry, ProducerStates } from '../../../../src/log/producers.js';
import { SEED } from './seed.js';

const ENTRIES_AT = 10;
const ENTRY_BYTES = 46;

/** As a log comes to have them: the last batch and the producer have one timestamp. */
const entries = fc
  .array(
    fc.record({
      producerId: fc.nat(6),
      producerEpoch: fc.nat(2),
      baseSequence: fc.nat(1000),
      lastOffsetDelta: fc.nat(9),
      maxTimestamp: fc.integer({ min: -1, max: 2 ** 40 }),
      transactional: fc.boolean(),
    }),
    { maxLength: 40 },
  )
  .map((batches) => {
    const states = new ProducerStates();
    let offset = 2 ** 33;
    for (const batch of batches) {
      states.apply({ ...batch, control: false }, offset, offset + batch.lastOffsetDelta);
      offset += batch.lastOffsetDelta + 1;
    }
    return [...states.entries()];
  });

test('what is written is read, all five batches of each producer', () => {
  fc.assert(
    fc.property(entries, (written) => {
      expect(parseProducerSnapshot(encodeProducerSnapshot(written))).toEqual({ ok: true, value: written });
    }),
    { seed: SEED },
  );
});

const ONE: ProducerEntry = {
  producerId: 0x0102,
  producerEpoch: 3,
  batches: [
    { lastSequence: 4, lastOffset: 104, offsetDelta: 4, timestamp: 1000 },
    { lastSequence: 6, lastOffset: 106, offsetDelta: 1, timestamp: 2000 },
  ],
  lastTimestamp: 2000,
  coordinatorEpoch: 9,
  currentTransactionFirstOffset: 105,
};

test("Kafka's part, byte by byte", () => {
  const bytes = encodeProducerSnapshot([ONE]);
  const fields = [
    '0001', // version
    bytes.toString('hex', 2, 6), // crc, below
    '00000001', // one entry
    '0000000000000102', // producer id
    '0003', // epoch
    '00000006', // last sequence
    '000000000000006a', // last offset
    '00000001', // offset delta
    '00000000000007d0', // timestamp
    '00000009', // coordinator epoch
    '0000000000000069', // first offset of the open transaction
  ];
  expect(bytes.toString('hex', 0, ENTRIES_AT + ENTRY_BYTES)).toBe(fields.join(''));
  // Kafka sums from byte 6 to the end of the file, whatever that is.
  expect(bytes.readUInt32BE(2)).toBe(crc32c(bytes, 6));
});

test('a file that Kafka wrote has only the last batches', () => {
  const kafkas = Buffer.from(encodeProducerSnapshot([ONE]).subarray(0, ENTRIES_AT + ENTRY_BYTES));
  kafkas.writeUInt32BE(crc32c(kafkas, 6), 2);
  expect(parseProducerSnapshot(kafkas)).toEqual({
    ok: true,
    value: [{ ...ONE, batches: ONE.batches.slice(-1) }],
  });
});

test('a producer whose epoch has written nothing', () => {
  const entry = { ...ONE, batches: [], currentTransactionFirstOffset: -1 };
  expect(parseProducerSnapshot(encodeProducerSnapshot([entry]))).toEqual({ ok: true, value: [entry] });
});

test('mutated or cut bytes are refused, with a reason, and never throw', () => {
  fc.assert(
    fc.property(
      entries,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
      (written, place, flip, cut) => {
        const bytes = encodeProducerSnapshot(written);
        const at = place % bytes.length;
        if (!cut) bytes[at] = bytes[at]! ^ flip;
        const parsed = parseProducerSnapshot(cut ? bytes.subarray(0, at) : bytes);
        expect(parsed.ok).toBe(false);
      },
    ),
    { seed: SEED },
  );
});

test('bytes with a right checksum and anything inside never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 10, maxLength: 200 }), (random) => {
      const bytes = Buffer.from(random);
      bytes.writeInt16BE(1, 0);
      bytes.writeUInt32BE(crc32c(bytes, 6), 2);
      const parsed = parseProducerSnapshot(bytes);
      if (!parsed.ok) expect(parsed.reason).toMatch(/^its? /);
    }),
    { seed: SEED },
  );
});

test('older batches with numbers that no log has are left out: they could not be written again', () => {
  const bytes = encodeProducerSnapshot([ONE]);
  const lastOffsetOfFirstOlder = ENTRIES_AT + ENTRY_BYTES + 8 + 12;
  bytes.writeBigInt64BE(2n ** 60n, lastOffsetOfFirstOlder);
  bytes.writeUInt32BE(crc32c(bytes, 6), 2);
  const parsed = parseProducerSnapshot(bytes);
  expect(parsed).toEqual({ ok: true, value: [{ ...ONE, batches: ONE.batches.slice(-1) }] });
  if (parsed.ok) expect(() => encodeProducerSnapshot(parsed.value)).not.toThrow();
});
