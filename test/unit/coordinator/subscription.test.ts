import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  subscribedTopicsOf,
} from '../../../src/coordinator/group/subscription.js';
import { codec } from '../../../src/wire/codec.js';
import { Reader } from '../../../src/wire/reader.js';
import { Writer } from '../../../src/wire/writer.js';

const seed = Number(process.env['SEED'] ?? Date.now());

describe('consumer protocol subscription', () => {
  test.each([0, 1, 2, 3])('topics of version %i', (version) => {
    const writer = new Writer();
    writer.int16(version);
    codec(ConsumerProtocolSubscription, version).encode(writer, {
      topics: ['orders', 'payments'],
      userData: Buffer.from('mine'),
      ...(version >= 1 && { ownedPartitions: [{ topic: 'orders', partitions: [1, 2] }] }),
      ...(version >= 2 && { generationId: 7 }),
      ...(version >= 3 && { rackId: 'r1' }),
    });
    const bytes = Buffer.concat(writer.parts());
    expect(subscribedTopicsOf(bytes)).toEqual(['orders', 'payments']);
    const decoded = codec(ConsumerProtocolSubscription, version).decode(new Reader(bytes, 2));
    expect(decoded.ownedPartitions).toEqual(version >= 1 ? [{ topic: 'orders', partitions: [1, 2] }] : []);
    expect(decoded.rackId).toBe(version >= 3 ? 'r1' : null);
    // A version to come begins in the same way.
    bytes.writeInt16BE(99, 0);
    expect(subscribedTopicsOf(Buffer.concat([bytes, Buffer.from('more')]))).toEqual(['orders', 'payments']);
  });

  test('bytes as the Java consumer writes them', () => {
    // version 1, topics ["t"], no user data, no owned partitions
    expect(subscribedTopicsOf(Buffer.from('000100000001000174ffffffff00000000', 'hex'))).toEqual(['t']);
  });

  test('an assignment', () => {
    // version 0, [{t: [0, 1]}], no user data
    const bytes = Buffer.from('000000000001000174000000020000000000000001ffffffff', 'hex');
    const { assignedPartitions } = codec(ConsumerProtocolAssignment, 0).decode(new Reader(bytes, 2));
    expect(assignedPartitions).toEqual([{ topic: 't', partitions: [0, 1] }]);
  });

  test(`anything else is not readable, and no error (SEED=${seed})`, () => {
    expect(subscribedTopicsOf(Buffer.alloc(0))).toBeNull();
    expect(subscribedTopicsOf(Buffer.from('0000ffffffff', 'hex'))).toBeNull();
    expect(subscribedTopicsOf(Buffer.from('00007fffffff', 'hex'))).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        subscribedTopicsOf(Buffer.from(bytes));
      }),
      { seed, numRuns: 500 },
    );
  });
});
