import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../../../src/base/crc32c.js';
import { Prng } from '../../../../src/base/prng.js';
import {
  decodeJournalHeader,
  decodeJournalRecord,
  encodeJournalHeader,
  encodeJournalRecord,
  JOURNAL_BLOCK_BYTES,
  type JournalEntry,
  type JournaledLog,
  journalRecordBytes,
  uncover,
  wholeBlocks,
} from '../../../../src/log/journal.js';
import { readJournal } from '../../../../src/log/journal-reader.js';
import { memoryDisk } from '../../../../src/ports/memory/disk.js';
import type { DiskFile } from '../../../../src/ports/disk.js';
import { SEED } from './seed.js';

const GENERATION = 5;

const logs = fc.record({
  directoryName: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  topicId: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((id) => Buffer.from(id).toString('base64url')),
});
const parts = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.uint8Array({ maxLength: 300 }) },
    fc.integer({ min: 4000, max: 20_000 }).map((length) => Buffer.alloc(length, length)),
  ),
  { maxLength: 3 },
);
const entries = fc.array(
  fc.record({
    log: logs,
    ranges: fc.array(
      fc.record({ segmentBaseOffset: fc.maxSafeNat(), position: fc.nat(), parts }).map((range) => ({
        ...range,
        bytes: range.parts.reduce((sum, part) => sum + part.length, 0),
      })),
      { maxLength: 4 },
    ),
  }),
  { maxLength: 6 },
);
const discards = fc.array(logs, { maxLength: 3 });

function encode(
  sequence: number,
  discards: readonly JournaledLog[],
  entries: readonly JournalEntry[],
  generation = GENERATION,
): Buffer {
  const record = Buffer.alloc(wholeBlocks(journalRecordBytes(discards, entries)), 0xee);
  expect(encodeJournalRecord(record, { generation, sequence }, discards, entries)).toBe(record.length);
  return record;
}

/** A log with one range of these bytes. */
function entry(bytes: Buffer, directoryName = 't-0'): JournalEntry {
  const range = { segmentBaseOffset: 0, position: 7, parts: [bytes], bytes: bytes.length };
  return { log: { directoryName, topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' }, ranges: [range] };
}

test('a record says again what it was told, byte for byte', () => {
  fc.assert(
    fc.property(discards, entries, fc.nat(1000), (discards, entries, sequence) => {
      const written = encode(sequence, discards, entries);
      const asWritten = Buffer.from(written);
      const record = decodeJournalRecord(written, { generation: GENERATION, sequence });
      expect(record?.discards).toEqual(discards);
      const expected = entries.flatMap(({ log, ranges }) => ranges.map((range) => ({ log, range })));
      expect(record?.ranges.length).toBe(expected.length);
      for (const [at, found] of (record?.ranges ?? []).entries()) {
        const { log, range } = expected[at]!;
        expect(found).toMatchObject({
          log,
          segmentBaseOffset: range.segmentBaseOffset,
          position: range.position,
          bytes: range.bytes,
        });
        const bytes = Buffer.from(asWritten.subarray(found.at, found.at + found.bytes));
        uncover(bytes, found.at, record!.covered);
        expect(bytes.equals(Buffer.concat(range.parts))).toBe(true);
      }
    }),
    { seed: SEED },
  );
});

test('a record of several mebibytes, whose covered bytes reach into its own blocks', () => {
  const bytes = new Prng(SEED).fill(Buffer.alloc(9 * 1024 * 1024 + 17));
  const written = encode(0, [], [entry(bytes)]);
  const asWritten = Buffer.from(written);
  const record = decodeJournalRecord(written, { generation: GENERATION, sequence: 0 });
  const range = record!.ranges[0]!;
  const found = Buffer.from(asWritten.subarray(range.at, range.at + range.bytes));
  uncover(found, range.at, record!.covered);
  expect(found.equals(bytes)).toBe(true);
});

test('every byte counts: a record with any bit changed, or cut, is no record', () => {
  const place = { generation: GENERATION, sequence: 3 };
  fc.assert(
    fc.property(
      discards,
      entries,
      fc.nat(),
      fc.nat(7),
      fc.boolean(),
      (discards, entries, where, bit, cut) => {
        const record = encode(3, discards, entries);
        const length = journalRecordBytes(discards, entries);
        const at = where % length;
        if (cut) expect(decodeJournalRecord(record.subarray(0, at), place)).toBeUndefined();
        record[at] = record[at]! ^ (1 << bit);
        expect(decodeJournalRecord(record, place)).toBeUndefined();
      },
    ),
    { seed: SEED, numRuns: 300 },
  );
});

test('mutations under a right checksum never throw', () => {
  fc.assert(
    fc.property(
      discards,
      entries,
      fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { minLength: 1 }),
      (discards, entries, changes) => {
        const record = encode(0, discards, entries);
        const length = journalRecordBytes(discards, entries);
        for (const [at, value] of changes) if (at >= 24 && at < length) record[at] = value;
        record.writeUInt32BE(crc32c(record, 8, length), 4);
        const decoded = decodeJournalRecord(record, { generation: GENERATION, sequence: 0 });
        const last = decoded?.ranges.at(-1);
        if (last !== undefined) expect(last.at + last.bytes).toBe(length);
      },
    ),
    { seed: SEED, numRuns: 300 },
  );
});

describe('a whole record in the wrong place', () => {
  const record = encode(3, [], [entry(Buffer.from('bytes'))]);
  const rows = [
    { name: 'its own place', place: { generation: 5, sequence: 3 }, found: true },
    { name: 'an earlier generation', place: { generation: 6, sequence: 3 }, found: false },
    { name: 'a later generation', place: { generation: 4, sequence: 3 }, found: false },
    { name: 'before its turn', place: { generation: 5, sequence: 2 }, found: false },
    { name: 'after its turn', place: { generation: 5, sequence: 4 }, found: false },
  ];
  test.each(rows)('$name', ({ place, found }) => {
    expect(decodeJournalRecord(Buffer.from(record), place) !== undefined).toBe(found);
  });
});

describe('the header', () => {
  const newer = encodeJournalHeader(9);
  const older = encodeJournalHeader(8);
  /** A block that got the first `bytes` of the newer header, or all but those. */
  const torn = (first: Buffer, second: Buffer, bytes: number): Buffer =>
    Buffer.concat([first.subarray(0, bytes), second.subarray(bytes)]);

  test('torn anywhere, it is the old or the new one', () => {
    for (let at = 0; at <= JOURNAL_BLOCK_BYTES; at++) {
      for (const block of [torn(newer, older, at), torn(older, newer, at)]) {
        const header = decodeJournalHeader(block);
        expect(header.kind === 'journal' ? [8, 9].includes(header.generation) : header.kind).toBe(true);
      }
    }
  });

  test('one copy lost', () => {
    for (const at of [0, JOURNAL_BLOCK_BYTES / 2]) {
      const block = Buffer.from(newer);
      block.fill(0, at, at + 100);
      expect(decodeJournalHeader(block)).toEqual({ kind: 'journal', generation: 9 });
    }
  });

  test('of a newer version of the program', () => {
    const block = Buffer.from(newer);
    block.writeUInt32BE(2, 8);
    block.writeUInt32BE(crc32c(block, 0, 20), 20);
    expect(decodeJournalHeader(block)).toEqual({ kind: 'newer', version: 2 });
  });

  test('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: JOURNAL_BLOCK_BYTES }), (bytes) => {
        expect(decodeJournalHeader(Buffer.from(bytes))).toEqual({ kind: 'none' });
      }),
      { seed: SEED },
    );
  });
});

async function fileOf(...blocks: Buffer[]): Promise<DiskFile> {
  const disk = memoryDisk();
  await disk.makeDir('/d');
  const file = await disk.open('/d/journal', { create: true });
  await file.write([encodeJournalHeader(GENERATION), ...blocks, Buffer.alloc(64 * 1024)], 0);
  return file;
}

describe('reading a file', () => {
  const records = [0, 1, 2, 3].map((sequence) =>
    encode(sequence, [], [entry(Buffer.alloc(3000 + 3000 * sequence, 9), `t-${sequence}`)]),
  );
  const namesIn = async (file: DiskFile): Promise<string[]> =>
    (await readJournal(file, GENERATION)).records.map(({ record }) => record.ranges[0]!.log.directoryName);

  test('nothing written', async () => {
    expect(await readJournal(await fileOf(), GENERATION)).toMatchObject({
      records: [],
      untouched: true,
      lostBefore: null,
    });
  });

  test('all records, in order', async () => {
    expect(await namesIn(await fileOf(...records))).toEqual(['t-0', 't-1', 't-2', 't-3']);
  });

  test('up to one that is torn at any block', async () => {
    const torn = records[2]!;
    for (let at = 0; at < torn.length; at += JOURNAL_BLOCK_BYTES) {
      const half = Buffer.concat([torn.subarray(0, at), Buffer.alloc(torn.length - at)]);
      const file = await fileOf(records[0]!, records[1]!, half);
      expect(await namesIn(file)).toEqual(['t-0', 't-1']);
      expect(await readJournal(file, GENERATION)).toMatchObject({ lostBefore: null, untouched: false });
    }
  });

  test('a torn first record leaves no record, and the file is not taken for an untouched one', async () => {
    const content = await readJournal(await fileOf(records[0]!.subarray(0, 100)), GENERATION);
    expect(content).toMatchObject({ records: [], untouched: false, lostBefore: null });
  });

  test('what an earlier generation left behind is not read', async () => {
    const stale = [1, 2].map((sequence) =>
      encode(sequence, [], [entry(Buffer.alloc(100, 1), 'stale')], GENERATION - 2),
    );
    const content = await readJournal(await fileOf(records[0]!, ...stale), GENERATION);
    expect(content.records.length).toBe(1);
    expect(content.lostBefore).toBeNull();
  });

  test('a whole record behind a damaged one is noticed, and not read', async () => {
    const damaged = Buffer.from(records[1]!);
    damaged[2000] = damaged[2000]! ^ 1;
    const content = await readJournal(await fileOf(records[0]!, damaged, records[2]!), GENERATION);
    expect(content.records.length).toBe(1);
    expect(content.lostBefore).toBe(JOURNAL_BLOCK_BYTES + records[0]!.length + damaged.length);
  });

  test('a lying length ends the reading', async () => {
    const lying = Buffer.from(records[1]!);
    lying.writeUInt32BE(0x00ff_ffff, 20);
    expect(await namesIn(await fileOf(records[0]!, lying))).toEqual(['t-0']);
  });

  test('mutated bytes anywhere: a prefix of what was written, never an error', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }),
        async (changes) => {
          const all = Buffer.concat(records);
          for (const [at, value] of changes) all[at % all.length] = value;
          const names = await namesIn(await fileOf(all));
          expect(['t-0', 't-1', 't-2', 't-3'].slice(0, names.length)).toEqual(names);
        },
      ),
      { seed: SEED },
    );
  });
});

test('a record that a client hides in what it produces never stands where a record could begin', async () => {
  const forged = encode(1, [], [entry(Buffer.from('forged'), 'victim')]);
  // At every distance from the block's start, so at the right one too.
  for (let shift = 0; shift < JOURNAL_BLOCK_BYTES; shift += 1) {
    const carrier = encode(0, [], [entry(Buffer.concat([Buffer.alloc(shift), forged]))]);
    for (let at = JOURNAL_BLOCK_BYTES; at < carrier.length; at += JOURNAL_BLOCK_BYTES) {
      // As when the carrier is torn and a shorter record 0 is written over its front.
      expect(
        decodeJournalRecord(carrier.subarray(at), { generation: GENERATION, sequence: 1 }),
      ).toBeUndefined();
    }
  }
});
