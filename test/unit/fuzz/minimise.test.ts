import { expect, test } from 'vitest';
import { minimise } from '../../fuzz/minimise.js';

test('all that does not matter goes, the rest becomes zero where it may', async () => {
  const input = Buffer.from('in front X between Y behind, and a long tail of other things');
  const small = await minimise(input, async (candidate) => {
    const x = candidate.indexOf('X');
    return x >= 0 && candidate.indexOf('Y') > x + 3;
  });
  expect(small).toEqual(Buffer.from('X\0\0\0Y'));
});

test('it stops after so many tries, with what it has', async () => {
  let tries = 0;
  const input = Buffer.alloc(1000, 1);
  const small = await minimise(
    input,
    async (candidate) => {
      tries++;
      return candidate.length >= 500;
    },
    20,
  );
  expect(tries).toBe(20);
  expect(small.length).toBeLessThan(1000);
  expect(small.length).toBeGreaterThanOrEqual(500);
});
