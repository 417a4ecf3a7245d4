import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SLAB_BYTES_MAX, SLAB_BYTES_MIN, type Slab, SlabPool } from '../../../src/base/slabs.js';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);

test.each([
  [0, SLAB_BYTES_MIN],
  [1, SLAB_BYTES_MIN],
  [SLAB_BYTES_MIN, SLAB_BYTES_MIN],
  [SLAB_BYTES_MIN + 1, 1.25 * SLAB_BYTES_MIN],
  [2 * SLAB_BYTES_MIN, 2 * SLAB_BYTES_MIN],
  [65_536, 65_536],
  [65_537, 81_920],
  [130_000, 131_072],
  [SLAB_BYTES_MAX, SLAB_BYTES_MAX],
  [SLAB_BYTES_MAX + 1, SLAB_BYTES_MAX + 1],
])('room for %i bytes is %i bytes', (bytes, room) => {
  expect(new SlabPool().take(bytes).buffer.length).toBe(room);
});

test('bytes go round when the last hold is let go, not before', () => {
  const pool = new SlabPool();
  const slab = pool.take(5000);
  slab.hold();
  slab.release();
  expect(pool.take(5000).buffer).not.toBe(slab.buffer);
  slab.release();
  expect(pool.take(5000).buffer).toBe(slab.buffer);
  expect(pool.idleBytes).toBe(0);
});

test('letting go twice, or holding what was let go, is a bug', () => {
  const slab = new SlabPool().take(1);
  slab.release();
  expect(() => slab.release()).toThrow(/once for each hold/);
  expect(() => slab.hold()).toThrow(/not held again/);
});

test('an idle one of up to twice the size is taken rather than a new one made', () => {
  const pool = new SlabPool();
  const large = pool.take(11_000);
  large.release();
  expect(pool.take(4500).buffer.length).toBe(5120);
  expect(pool.take(6500).buffer).toBe(large.buffer);
  expect(pool.idleBytes).toBe(0);
});

test('what lies idle is bounded, and what is too large is never kept', () => {
  const pool = new SlabPool({ idleBytesMax: 3 * SLAB_BYTES_MIN });
  const slabs = Array.from({ length: 5 }, () => pool.take(1));
  for (const slab of slabs) slab.release();
  expect(pool.idleBytes).toBe(3 * SLAB_BYTES_MIN);
  pool.take(SLAB_BYTES_MAX + 1).release();
  expect(pool.idleBytes).toBe(3 * SLAB_BYTES_MIN);
});

test('sizes that nobody asks for any more make room for those in use', () => {
  const pool = new SlabPool({ idleBytesMax: 4 * SLAB_BYTES_MIN });
  const before = Array.from({ length: 2 }, () => pool.take(2 * SLAB_BYTES_MIN));
  for (const slab of before) slab.release();
  expect(pool.idleBytes).toBe(4 * SLAB_BYTES_MIN);
  const now = Array.from({ length: 5 }, () => pool.take(SLAB_BYTES_MIN + 1));
  for (const slab of now) slab.release();
  expect(pool.idleBytes).toBe(3 * 1.25 * SLAB_BYTES_MIN);
  const again = Array.from({ length: 3 }, () => pool.take(SLAB_BYTES_MIN + 1).buffer);
  expect(now.map(({ buffer }) => buffer)).toEqual(expect.arrayContaining(again));
  expect(pool.idleBytes).toBe(0);
});

test(`no two who hold share bytes, in any order of taking and letting go (seed ${seed})`, () => {
  const step = fc.oneof(
    fc.record({ take: fc.nat(3 * 65_536) }),
    fc.record({ hold: fc.nat() }),
    fc.record({ release: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const pool = new SlabPool({ idleBytesMax: 8 * 65_536 });
      const held: Slab[] = [];
      for (const each of steps) {
        if ('take' in each) held.push(pool.take(each.take));
        else if (held.length === 0) continue;
        else if ('hold' in each) {
          const slab = held[each.hold % held.length]!;
          slab.hold();
          held.push(slab);
        } else held.splice(each.release % held.length, 1)[0]!.release();
        const slabs = new Set(held);
        expect(new Set([...slabs].map(({ buffer }) => buffer)).size).toBe(slabs.size);
        expect(pool.idleBytes).toBeLessThanOrEqual(8 * 65_536);
      }
    }),
    { seed },
  );
});
