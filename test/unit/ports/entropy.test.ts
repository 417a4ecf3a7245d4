import { expect, test, vi } from 'vitest';
import { seededEntropy } from '../../../src/ports/memory/entropy.js';
import { nodeEntropy } from '../../../src/ports/node/entropy.js';

test('seeded: the same seed gives the same bytes and numbers, another seed others', () => {
  const draw = (seed: number): string => {
    const entropy = seededEntropy(seed);
    return `${entropy.bytes(16).toString('hex')} ${entropy.random()} ${entropy.bytes(3).toString('hex')}`;
  };
  expect(draw(1)).toBe(draw(1));
  expect(draw(1)).not.toBe(draw(2));
});

test('node: bytes of the length asked for, never twice the same; numbers in [0, 1), whatever a user does to Math.random', () => {
  const entropy = nodeEntropy();
  expect(entropy.bytes(0).length).toBe(0);
  expect(entropy.bytes(16).equals(entropy.bytes(16))).toBe(false);
  vi.spyOn(Math, 'random').mockReturnValue(7);
  for (let each = 0; each < 100; each++) {
    const number = entropy.random();
    expect(number >= 0 && number < 1).toBe(true);
  }
  vi.restoreAllMocks();
});
