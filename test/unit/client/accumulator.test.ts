import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { murmur2, toPositive } from '../../../src/base/murmur2.js';
import { Accumulator, sequenceAfter } from '../../../src/client/producer/accumulator.js';
import { partitionOfKey, StickyPartition } from '../../../src/client/producer/partitioner.js';
import { baseSequence, producerId, recordCount } from '../../../src/records/batch.js';
import { Compression } from '../../../src/records/compression/compression.js';
import { SEED } from './in-process.js';

const record = (bytes: number) => ({ key: null, value: Buffer.alloc(bytes), timestamp: 1 });

function accumulator(batchBytes: number, bufferBytes = 1e9) {
  const identity = { producerId: 7, producerEpoch: 0 };
  return new Accumulator({ batchBytes, bufferBytes, codec: 0, compression: new Compression(), identity });
}

describe('the accumulator', () => {
  test('sequences go on without a gap from batch to batch, and all memory is given back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(300), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 100, max: 900 }),
        (sizes, batchBytes) => {
          const all = accumulator(batchBytes);
          const queue = all.queuesOf('t', 1)[0]!;
          for (const size of sizes) all.append(queue, record(size), 0);
          all.finish(queue);
          let expected = 0;
          while (queue.full.length > 0) {
            const { bytes, recordCount: count } = all.release(queue);
            expect([baseSequence(bytes, 0), producerId(bytes, 0), recordCount(bytes, 0)]).toEqual([
              expected,
              7,
              count,
            ]);
            expected += count;
          }
          expect(expected).toBe(sizes.length);
          expect(all.bufferedBytes).toBe(0);
        },
      ),
      { seed: SEED },
    );
  });

  test('is full from its limit on', () => {
    const all = accumulator(10_000, 1000);
    const queue = all.queuesOf('t', 1)[0]!;
    while (!all.isFull) all.append(queue, record(90), 0);
    expect(all.bufferedBytes).toBeGreaterThanOrEqual(1000);
    expect(all.bufferedBytes).toBeLessThan(1100);
  });

  test('a topic that grows keeps the queues it has', () => {
    const all = accumulator(100);
    const [first] = all.queuesOf('t', 1);
    expect(all.queuesOf('t', 3)[0]).toBe(first);
    expect([...all.all()]).toHaveLength(3);
  });

  test.each([
    [0, 5, 5],
    [0x7fff_fffe, 1, 0x7fff_ffff],
    [0x7fff_ffff, 1, 0],
    [0x7fff_fffe, 5, 3],
  ])('after %i, and %i records, comes %i', (sequence, count, next) =>
    expect(sequenceAfter(sequence, count)).toBe(next),
  );
});

describe('the partitioner', () => {
  test('agrees with Java’s for keys', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 100 }), (key, partitions) => {
        expect(partitionOfKey(key, partitions)).toBe(toPositive(murmur2(key)) % partitions);
      }),
      { seed: SEED },
    );
    // From Kafka's own tests of Utils.murmur2: "21" hashes to −973932308.
    expect(partitionOfKey(Buffer.from('21'), 100)).toBe((-973932308 & 0x7fffffff) % 100);
  });

  test('stays on a partition until its batch is full, and visits all', () => {
    const sticky = new StickyPartition(3, 0.99);
    const visited = [sticky.current];
    for (let step = 0; step < 3; step++) {
      sticky.moveOn(3);
      visited.push(sticky.current);
    }
    expect(visited).toEqual([2, 0, 1, 2]);
  });
});
