import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Prng } from '../../../src/base/prng.js';

const seed = Number(process.env['SEED'] ?? Date.now());

function draws(prng: Prng, count = 8): number[] {
  return Array.from({ length: count }, () => prng.uint32());
}

test('the sequence is fixed for ever: a seed in a bug report must still mean the same run', () => {
  expect(draws(new Prng(1), 4)).toEqual([1348811757, 3428229867, 2634278455, 325254931]);
  expect(draws(new Prng(1).split('disk'), 2)).toEqual([409926645, 3450881419]);
});

test('the same seed gives the same numbers, another seed others, wall clocks included', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b) => {
      fc.pre(a !== b);
      expect(draws(new Prng(a))).toEqual(draws(new Prng(a)));
      expect(draws(new Prng(a))).not.toEqual(draws(new Prng(b)));
    }),
    { seed },
  );
});

test('splitting draws nothing, and what one stream draws does not shift another', () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(20), (value, extra) => {
      const quiet = new Prng(value);
      const busy = new Prng(value);
      const quietDisk = quiet.split('disk');
      const busyDisk = busy.split('disk');
      draws(busy.split('net'), extra);
      draws(busyDisk, extra);
      expect(draws(busy)).toEqual(draws(quiet));
      draws(quietDisk, extra);
      expect(draws(busyDisk)).toEqual(draws(quietDisk));
      expect(draws(new Prng(value).split('disk'))).not.toEqual(draws(new Prng(value).split('net')));
      expect(draws(new Prng(value).split('disk'))).not.toEqual(draws(new Prng(value)));
    }),
    { seed },
  );
});

test('between covers both ends and nothing outside, evenly', () => {
  const prng = new Prng(7);
  const counts = new Map<number, number>();
  for (let draw = 0; draw < 6000; draw++) {
    const face = prng.between(-2, 3);
    counts.set(face, (counts.get(face) ?? 0) + 1);
  }
  expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3]);
  // Six standard deviations of a binomial with n = 6000, p = 1/6.
  for (const count of counts.values())
    expect(Math.abs(count - 1000)).toBeLessThan(6 * Math.sqrt(6000 * (1 / 6) * (5 / 6)));
});

test('every bit of uint32 and random comes up about half the time', () => {
  const prng = new Prng(11);
  const ones = new Array<number>(32).fill(0);
  let sum = 0;
  for (let draw = 0; draw < 4096; draw++) {
    const value = prng.uint32();
    for (let bit = 0; bit < 32; bit++) ones[bit]! += (value >>> bit) & 1;
    const real = prng.random();
    expect(real).toBeGreaterThanOrEqual(0);
    expect(real).toBeLessThan(1);
    sum += real;
  }
  for (const count of ones) expect(Math.abs(count - 2048)).toBeLessThan(6 * 32);
  expect(Math.abs(sum / 4096 - 0.5)).toBeLessThan(6 * Math.sqrt(1 / 12 / 4096));
});

test('chance, pick and fill', () => {
  const prng = new Prng(3);
  expect(prng.chance(0)).toBe(false);
  expect(prng.chance(1)).toBe(true);
  const picked = new Set(Array.from({ length: 100 }, () => prng.pick(['a', 'b', 'c'])));
  expect([...picked].sort()).toEqual(['a', 'b', 'c']);
  const bytes = prng.fill(Buffer.alloc(2000));
  expect(new Set(bytes).size).toBeGreaterThan(200);
});
