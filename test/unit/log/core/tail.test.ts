import { describe, expect, test } from 'vitest';
import { type Slab, SlabPool } from '../../../../src/base/slabs.js';
import { Prng } from '../../../../src/base/prng.js';
import { PoisonedSlabs } from '../../../sim/poisoned-slabs.js';
import { Tail } from '../../../../src/log/tail.js';
import { TailBudget } from '../../../../src/log/tail-budget.js';
import { lastOffset, setBaseOffset } from '../../../../src/records/batch.js';
import { batchOf, SEED, split } from './harness.js';

const KiB = 1024;

/** A tail that is fed one batch after the other, one record each. */
function feeder(budget: TailBudget, slabs = new SlabPool()) {
  const tail = new Tail(budget, slabs);
  let offset = 0;
  let position = 0;
  const append = (valueBytes: number): Buffer => {
    const batch = batchOf({ valueBytes });
    setBaseOffset(batch, 0, offset);
    tail.append(batch, { segmentBaseOffset: 0, position, baseOffset: offset, endOffset: offset + 1 });
    offset++;
    position += batch.length;
    return batch;
  };
  return { tail, append };
}

const ALL = { maxBytes: Number.MAX_SAFE_INTEGER, upTo: Number.MAX_SAFE_INTEGER, atLeastOneBatch: true };

describe('budget', () => {
  test('a thousand logs with one small record each cost a thousand small chunks', () => {
    const budget = new TailBudget({ tailBytesMax: 64 * KiB * KiB });
    for (let at = 0; at < 1000; at++) feeder(budget).append(50);
    expect(budget.reservedBytes).toBe(1000 * KiB);
  });

  test('is kept by letting go of what is settled, the oldest first; what is not settled stays', () => {
    const budget = new TailBudget({ tailBytesMax: 100 * KiB });
    const { tail, append } = feeder(budget);
    for (let at = 0; at < 400; at++) append(1000);
    expect(budget.reservedBytes).toBeGreaterThan(400 * 1000);
    expect(tail.streamStart).toBe(0);
    tail.settle(tail.streamEnd);
    expect(budget.reservedBytes).toBeLessThanOrEqual(100 * KiB);
    expect(budget.unsettledBytes).toBe(0);
    expect(tail.read(0, ALL)).toBeNull();
  });

  test('a smaller limit takes effect at once, a larger one at the next append', () => {
    const budget = new TailBudget({ tailBytesMax: 1024 * KiB });
    const { tail, append } = feeder(budget);
    const fill = (): void => {
      for (let at = 0; at < 400; at++) append(1000);
      tail.settle(tail.streamEnd);
    };
    fill();
    expect(budget.reservedBytes).toBeGreaterThan(300 * KiB);
    budget.resize(100 * KiB);
    expect(budget.reservedBytes).toBeLessThanOrEqual(100 * KiB);
    budget.resize(1024 * KiB);
    fill();
    expect(budget.reservedBytes).toBeGreaterThan(300 * KiB);
  });

  test('logs that are read keep theirs longer than logs that are not', () => {
    const budget = new TailBudget({ tailBytesMax: 40 * KiB });
    const read = feeder(budget);
    const cold = feeder(budget);
    for (let round = 0; round < 300; round++) {
      for (const { tail, append } of [read, cold]) {
        append(500);
        tail.settle(tail.streamEnd);
      }
      read.tail.read(0, ALL);
      read.tail.read(round, ALL);
    }
    expect(read.tail.streamEnd - read.tail.streamStart).toBeGreaterThan(
      cold.tail.streamEnd - cold.tail.streamStart,
    );
    expect(budget.reservedBytes).toBeLessThanOrEqual(40 * KiB);
  });

  test('everything reserved is given back', () => {
    const budget = new TailBudget({ tailBytesMax: 20 * KiB });
    const prng = new Prng(SEED);
    const feeders = Array.from({ length: 5 }, () => feeder(budget));
    for (let step = 0; step < 500; step++) {
      const { tail, append } = prng.pick(feeders);
      if (prng.chance(0.7)) append(prng.between(0, 3000));
      else tail.settle(prng.between(tail.streamStart, tail.streamEnd));
    }
    expect(budget.reservedBytes).toBe(feeders.reduce((sum, { tail }) => sum + tail.reservedBytes, 0));
    for (const { tail } of feeders) tail.clear();
    expect([budget.reservedBytes, budget.unsettledBytes]).toEqual([0, 0]);
  });
});

describe('taking back', () => {
  test('gives up the newest, leaves the views that readers hold, and goes on', () => {
    const budget = new TailBudget();
    const { tail, append } = feeder(budget);
    const kept = [append(100), append(100)];
    const end = tail.streamEnd;
    append(100);
    const view = tail.read(2, ALL)!.parts[0]!;
    const before = Buffer.from(view);
    for (let at = 0; at < 50; at++) append(5000);
    tail.takeBack(end, 2);
    expect(tail.streamEnd).toBe(end);
    expect(budget.unsettledBytes).toBe(end);
    const next = batchOf({ valueBytes: 77 });
    setBaseOffset(next, 0, 2);
    tail.append(next, { segmentBaseOffset: 0, position: end, baseOffset: 2, endOffset: 3 });
    expect(view).toEqual(before);
    expect(split(Buffer.concat(tail.read(0, ALL)!.parts))).toEqual([...kept, next]);
  });
});

describe('bytes between two offsets', () => {
  test('are those that a read of them has, counted until they are enough', () => {
    const tail = new Tail(new TailBudget());
    const prng = new Prng(SEED);
    let position = 0;
    let offset = 10;
    while (offset < 300) {
      const batch = batchOf({ valueBytes: prng.between(0, 3000) });
      setBaseOffset(batch, 0, offset);
      const endOffset = offset + 1;
      tail.append(batch, { segmentBaseOffset: 10, position, baseOffset: offset, endOffset });
      position += batch.length;
      offset = endOffset;
    }
    for (let round = 0; round < 500; round++) {
      const from = prng.between(10, 300);
      const upTo = prng.between(from, 300);
      const { bytes } = tail.read(from, { ...ALL, upTo })!;
      expect(tail.bytesBetween(from, upTo, Infinity), `[${from}, ${upTo})`).toBe(bytes);
      const enough = prng.between(1, bytes + 1000);
      const counted = tail.bytesBetween(from, upTo, enough)!;
      expect(Math.min(counted, enough)).toBe(Math.min(bytes, enough));
      expect(counted).toBeLessThanOrEqual(bytes);
    }
    expect(tail.bytesBetween(9, 300, 1)).toBeNull();
  });
});

describe('runs for writing', () => {
  test('cover the stream once, in order, cut at segments and near the limit', () => {
    const tail = new Tail(new TailBudget());
    const prng = new Prng(SEED);
    const written: { segment: number; position: number; bytes: Buffer }[] = [];
    let segment = 0;
    let position = 0;
    for (let offset = 0; offset < 300; offset++) {
      if (prng.chance(0.03)) {
        segment = offset;
        position = 0;
      }
      const batch = batchOf({ valueBytes: prng.between(0, 4000) });
      setBaseOffset(batch, 0, offset);
      tail.append(batch, { segmentBaseOffset: segment, position, baseOffset: offset, endOffset: offset + 1 });
      written.push({ segment, position, bytes: Buffer.from(batch) });
      position += batch.length;
    }
    let at = 0;
    let runs = 0;
    for (let stream = 0; stream < tail.streamEnd; runs++) {
      const run = tail.runFrom(stream, 50_000)!;
      const batches = split(Buffer.concat(run.parts));
      expect([run.segmentBaseOffset, run.position]).toEqual([written[at]!.segment, written[at]!.position]);
      const expected = written.slice(at, at + batches.length).map(({ bytes }) => bytes);
      expect(Buffer.concat(batches).equals(Buffer.concat(expected))).toBe(true);
      expect(run.endOffset).toBe(lastOffset(batches.at(-1)!, 0) + 1);
      at += batches.length;
      stream = run.streamEnd;
    }
    expect(at).toBe(300);
    expect(runs).toBeGreaterThan(5);
    expect(tail.runFrom(tail.streamEnd, 1)).toBeNull();
    const all = tail.runsBetween(0, tail.streamEnd);
    expect(new Set(all.map((run) => run.segmentBaseOffset)).size).toBe(all.length);
  });
});

describe('memory that goes round', () => {
  test('what is evicted is used again', () => {
    const { tail, append } = feeder(new TailBudget({ tailBytesMax: 300 * KiB }));
    const seen = new Set<ArrayBufferLike>();
    for (let at = 0; at < 4000; at++) {
      append(1000);
      tail.settle(tail.streamEnd);
      const { parts, slabs: held } = tail.read(at, ALL)!;
      seen.add(parts[0]!.buffer);
      for (const slab of held) slab.release();
    }
    expect(seen.size).toBeLessThan(12);
  });

  test(`readers see their bytes until they let go, whatever is evicted, taken back or cleared (SEED=${SEED})`, () => {
    const prng = new Prng(SEED);
    const below = (limit: number): number => Math.floor(prng.random() * limit);
    const slabs = new PoisonedSlabs();
    const budget = new TailBudget({ tailBytesMax: 200 * KiB });
    const { tail, append } = feeder(budget, slabs);
    const stored: Buffer[] = [];
    const readers: {
      readonly slabs: readonly Slab[];
      readonly parts: readonly Buffer[];
      readonly bytes: Buffer;
    }[] = [];
    let offset = 0;
    for (let step = 0; step < 5000; step++) {
      const dice = below(100);
      if (dice < 55) {
        stored.push(append(below(10) === 0 ? 70_000 + below(100_000) : below(5000)));
        offset++;
      } else if (dice < 75) tail.settle(tail.streamEnd - below(2) * Math.min(3000, tail.streamEnd));
      else if (dice < 90 && offset > 0) {
        const from = Math.max(0, offset - 1 - below(40));
        const read = tail.read(from, { ...ALL, maxBytes: below(400_000) });
        if (read !== null) {
          const bytes = Buffer.concat(stored.slice(from)).subarray(0, read.bytes);
          expect(Buffer.concat(read.parts).equals(bytes)).toBe(true);
          readers.push({ ...read, bytes });
        }
      } else if (readers.length > 0) {
        const [reader] = readers.splice(below(readers.length), 1);
        expect(Buffer.concat(reader!.parts).equals(reader!.bytes)).toBe(true);
        for (const slab of reader!.slabs) slab.release();
      }
    }
    for (const reader of readers) expect(Buffer.concat(reader.parts).equals(reader.bytes)).toBe(true);
    expect(slabs.idleBytes).toBeGreaterThan(0);
  });
});
