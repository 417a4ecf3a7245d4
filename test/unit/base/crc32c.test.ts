import { createRequire } from 'node:module';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c, portableCrc32c } from '../../../src/base/crc32c.js';

const seed = Number(process.env['SEED'] ?? Date.now());
const kafkajsCrc32c = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/crc32C') as (
  bytes: Buffer,
) => number;

// RFC 3720 (iSCSI), appendix B.4, and the check value of the CRC catalogue.
test.each<[string, Buffer, number]>([
  ['nothing', Buffer.alloc(0), 0x00000000],
  ['123456789', Buffer.from('123456789'), 0xe3069283],
  ['32 bytes of zeroes', Buffer.alloc(32), 0x8a9136aa],
  ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['32 bytes incrementing', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
  ['32 bytes decrementing', Buffer.from(Array.from({ length: 32 }, (_, i) => 31 - i)), 0x113fdb5c],
])('%s', (_label, bytes, sum) => {
  expect(crc32c(bytes)).toBe(sum);
  expect(portableCrc32c(bytes, 0, bytes.length)).toBe(sum);
});

describe('both implementations', () => {
  test('agree with each other and with another package, over any part of a buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700, size: 'max' }), fc.nat(), fc.nat(), (bytes, a, b) => {
        const buffer = Buffer.from(bytes);
        const [start, end] = [a % (buffer.length + 1), b % (buffer.length + 1)].sort((x, y) => x - y) as [
          number,
          number,
        ];
        const sum = crc32c(buffer, start, end);
        expect(sum).toBe(portableCrc32c(buffer, start, end));
        expect(sum).toBe(kafkajsCrc32c(buffer.subarray(start, end)));
      }),
      { seed, numRuns: 300 },
    );
  });
});
