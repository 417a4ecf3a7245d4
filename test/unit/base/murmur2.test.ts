import { createRequire } from 'node:module';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { murmur2, toPositive } from '../../../src/base/murmur2.js';

const seed = Number(process.env['SEED'] ?? Date.now());
const kafkajsMurmur2 = createRequire(import.meta.url)(
  'kafkajs/src/producer/partitioners/default/murmur2',
) as (key: Buffer) => number;

// The vectors of Kafka's own UtilsTest.
test.each<[string, number]>([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('%s', (key, hash) => {
  expect(murmur2(Buffer.from(key))).toBe(hash);
});

test('agrees with another implementation on any key', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (key) => {
      expect(murmur2(key)).toBe(kafkajsMurmur2(Buffer.from(key)));
    }),
    { seed, numRuns: 300 },
  );
});

test('toPositive masks the sign, it does not negate', () => {
  expect(toPositive(-1)).toBe(0x7fffffff);
  expect(toPositive(-2147483648)).toBe(0);
  expect(toPositive(-973932308)).toBe(1173551340);
  expect(toPositive(5)).toBe(5);
});
