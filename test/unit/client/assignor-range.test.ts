import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignRange } from '../../../src/client/consumer/assignor-range.js';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../src/client/consumer/consumer-protocol.js';
import { SEED } from './in-process.js';

const member = (memberId: string, topics: string[], groupInstanceId: string | null = null) => ({
  memberId,
  groupInstanceId,
  topics,
});

function inWords(assigned: ReturnType<typeof assignRange>): Record<string, string> {
  return Object.fromEntries(
    [...assigned].map(([id, topics]) => [
      id,
      [...topics].map(([topic, all]) => `${topic}${all.join('')}`).join(' '),
    ]),
  );
}

describe('the range assignor', () => {
  test.each([
    ['one takes all', [member('a', ['t'])], { t: 3 }, { a: 't012' }],
    [
      'the first ones take the rest',
      [member('b', ['t']), member('a', ['t'])],
      { t: 3 },
      { a: 't01', b: 't2' },
    ],
    ['more members than partitions', [member('a', ['t']), member('b', ['t'])], { t: 1 }, { a: 't0', b: '' }],
    [
      'topics meet at one member',
      [member('a', ['t', 'u']), member('b', ['t', 'u'])],
      { t: 2, u: 2 },
      { a: 't0 u0', b: 't1 u1' },
    ],
    ['only subscribers', [member('a', ['t']), member('b', ['u'])], { t: 2, u: 1 }, { a: 't01', b: 'u0' }],
    [
      'static members by their name',
      [member('a', ['t'], 'z'), member('c', ['t'], 'y'), member('b', ['t'])],
      { t: 3 },
      { c: 't0', a: 't1', b: 't2' },
    ],
    ['a topic that is not there', [member('a', ['nope'])], {}, { a: '' }],
  ])('%s', (_, members, counts, expected) => {
    const assigned = assignRange(members, (topic) => (counts as Record<string, number>)[topic]);
    expect(inWords(assigned)).toEqual(expected);
  });

  test('every partition has one owner, who subscribed; shares differ by one at most', () => {
    const members = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(members, fc.integer({ min: 1, max: 50 }), (ids, count) => {
        const assigned = assignRange(
          ids.map((id) => member(id, ['t'])),
          () => count,
        );
        const shares = [...assigned.values()].map((topics) => topics.get('t') ?? []);
        expect(shares.flat().toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: count }, (_, index) => index),
        );
        const sizes = shares.map((share) => share.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
      { seed: SEED },
    );
  });
});

describe('what members tell each other', () => {
  test('subscriptions come back, and are Kafka’s version 0', () => {
    const bytes = encodeSubscription(['orders']);
    expect(bytes.toString('hex')).toBe(
      '0000' + '00000001' + '0006' + Buffer.from('orders').toString('hex') + 'ffffffff',
    );
    expect(decodeSubscription(bytes)).toEqual(['orders']);
  });

  test('a newer subscription is read as far as we know it', () => {
    const newer = Buffer.concat([
      Buffer.from('0003', 'hex'),
      encodeSubscription(['t']).subarray(2),
      Buffer.from('00000000ffffffffffff', 'hex'),
    ]);
    expect(decodeSubscription(newer)).toEqual(['t']);
  });

  test('assignments come back; none at all is an empty one', () => {
    const assigned = new Map([['t', [0, 2]]]);
    expect(decodeAssignment(encodeAssignment(assigned))).toEqual(assigned);
    expect(decodeAssignment(Buffer.alloc(0))).toEqual(new Map());
  });
});
