import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_UUID } from '../../../src/base/ids.js';
import { ClassicGroup } from '../../../src/coordinator/group/classic-group.js';
import { groupRecordFormat } from '../../../src/coordinator/group/records.js';
import type { GroupRecord, StoredClassicGroup } from '../../../src/coordinator/group/state.js';

const seed = Number(process.env['SEED'] ?? Date.now());
const { encode, decode } = groupRecordFormat;

const OFFSET: GroupRecord = {
  kind: 'offset',
  groupId: 'g',
  topic: 'orders',
  partition: 3,
  value: {
    offset: 42,
    leaderEpoch: 5,
    metadata: 'm',
    commitTimestampMs: 1_700_000_000_000,
    expireTimestampMs: -1,
    topicId: NO_UUID,
  },
};

const GROUP: GroupRecord = {
  kind: 'classic-group',
  groupId: 'g',
  value: {
    protocolType: 'consumer',
    generation: 7,
    protocol: 'range',
    leader: 'c-1',
    currentStateTimestampMs: 1_700_000_000_000,
    members: [
      {
        memberId: 'c-1',
        groupInstanceId: 'i',
        clientId: 'c',
        clientHost: '/127.0.0.1',
        rebalanceTimeoutMs: 60_000,
        sessionTimeoutMs: 10_000,
        subscription: Buffer.from('sub'),
        assignment: Buffer.from('assigned'),
      },
    ],
  },
};

const hex = (text: string) => Buffer.from(text.replace(/\s+/g, ''), 'hex');

describe('the bytes are those that Kafka writes', () => {
  test('an offset', () => {
    const { key, value } = encode(OFFSET);
    expect(key.toString('hex')).toBe(hex('0001 0001 67 0006 6f7264657273 00000003').toString('hex'));
    expect(value?.toString('hex')).toBe(
      hex('0003 000000000000002a 00000005 0001 6d 0000018bcfe56800').toString('hex'),
    );
  });

  test('an offset with a retention of its own is version 1, without a leader epoch', () => {
    const record = {
      ...OFFSET,
      value: { ...OFFSET.value, expireTimestampMs: 1_700_000_000_001 },
    } as GroupRecord;
    expect(encode(record).value?.toString('hex')).toBe(
      hex('0001 000000000000002a 0001 6d 0000018bcfe56800 0000018bcfe56801').toString('hex'),
    );
  });

  test('a group', () => {
    const { key, value } = encode(GROUP);
    expect(key.toString('hex')).toBe(hex('0002 0001 67').toString('hex'));
    expect(value?.toString('hex')).toBe(
      hex(`0003 0008 636f6e73756d6572 00000007 0005 72616e6765 0003 632d31 0000018bcfe56800 00000001
           0003 632d31 0001 69 0001 63 000a 2f3132372e302e302e31 0000ea60 00002710
           00000003 737562 00000008 61737369676e6564`).toString('hex'),
    );
  });

  test('a tombstone has no value', () => {
    expect(encode({ ...OFFSET, value: null })).toEqual({ key: encode(OFFSET).key, value: null });
    expect(encode({ ...GROUP, value: null }).value).toBeNull();
  });
});

describe('reading', () => {
  test.each([OFFSET, GROUP, { ...OFFSET, value: null }, { ...GROUP, value: null }] as GroupRecord[])(
    'what was written',
    (record) => {
      const { key, value } = encode(record);
      expect(decode(key, value)).toEqual({ kind: 'record', record });
    },
  );

  test('keeps nothing of the chunk that it reads', () => {
    const { key, value } = encode(GROUP);
    const decoded = decode(key, value);
    value?.fill(0);
    expect(decoded).toEqual({ kind: 'record', record: GROUP });
  });

  test.each([
    [
      '0000 0001 67 0001 74 00000000',
      '0000 0000000000000005 0000 0000018bcfe56800',
      { offset: 5, leaderEpoch: -1, metadata: '' },
    ],
    [
      '0001 0001 67 0001 74 00000000',
      '0002 0000000000000005 0001 6d 0000018bcfe56800',
      { offset: 5, leaderEpoch: -1, metadata: 'm' },
    ],
    [
      '0001 0001 67 0001 74 00000000',
      '0004 0000000000000005 00000002 02 6d 0000018bcfe56800 01 00 10 000102030405060708090a0b0c0d0e0f',
      { offset: 5, leaderEpoch: 2, metadata: 'm', topicId: 'AAECAwQFBgcICQoLDA0ODw' },
    ],
  ])('older and newer offsets: %s %s', (key, value, expected) => {
    expect(decode(hex(key), hex(value))).toMatchObject({
      kind: 'record',
      record: {
        kind: 'offset',
        groupId: 'g',
        topic: 't',
        value: { commitTimestampMs: 1_700_000_000_000, ...expected },
      },
    });
  });

  test('a group of version 0: no times, no rebalance timeout, no instance', () => {
    const value = hex(
      '0000 0008 636f6e73756d6572 00000007 ffff ffff 00000001 0003 632d31 0001 63 0001 68 00002710 00000000 00000000',
    );
    const decoded = decode(hex('0002 0001 67'), value);
    expect(decoded).toMatchObject({
      kind: 'record',
      record: { value: { generation: 7, protocol: null, leader: null, currentStateTimestampMs: -1 } },
    });
    if (decoded.kind !== 'record' || decoded.record.kind !== 'classic-group') throw new Error('a group');
    const group = ClassicGroup.fromStored('g', decoded.record.value as StoredClassicGroup, 0);
    expect([group.state, group.leaderId, group.rebalanceTimeoutMs]).toEqual(['Stable', 'c-1', 10_000]);
  });

  test('a key of a type to come is passed over, whatever its value', () => {
    expect(decode(hex('0003 0001 67'), hex('ffff'))).toEqual({ kind: 'unknown-key', keyVersion: 3 });
    expect(decode(hex('0100'), null)).toEqual({ kind: 'unknown-key', keyVersion: 256 });
  });

  test('a value of a version to come is refused, and so is damage', () => {
    const { key } = encode(OFFSET);
    expect(decode(key, hex('0005 00'))).toEqual({
      kind: 'unreadable',
      reason: 'OffsetCommitValue has version 5, from a newer release: 4 is the last known',
    });
    for (const [badKey, value] of [
      ['', '0003'],
      ['00', '0003'],
      ['0001 0001', '0003'],
      ['0001 0001 67 0001 74 00000000', 'ffff'],
      ['0001 0001 67 0001 74 00000000', '0003 00'],
      ['0002 0001 67', '0003 0008 636f6e73756d6572 00000007 ffff ffff 0000018bcfe56800 7fffffff'],
    ] as const) {
      expect(decode(hex(badKey), hex(value))).toMatchObject({ kind: 'unreadable' });
    }
  });

  test('a group that names a member twice is refused', () => {
    const [member] = GROUP.value?.members ?? [];
    if (member === undefined) throw new Error('a member');
    const twice = { ...GROUP, value: { ...GROUP.value, members: [member, member] } } as GroupRecord;
    const { key, value } = encode(twice);
    expect(decode(key, value)).toEqual({
      kind: 'unreadable',
      reason: 'GroupMetadataValue names a member twice',
    });
  });
});

test(`mutated records are read, refused, or passed over, and never throw (SEED=${seed})`, () => {
  const originals = [OFFSET, GROUP].map(encode);
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      fc.nat(1),
      fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }),
      fc.nat(3),
      (which, changes, cut) => {
        const { key, value } = originals[which] as (typeof originals)[number];
        const bytes = Buffer.concat([key, value ?? Buffer.alloc(0)]);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const decoded = decode(bytes.subarray(0, key.length), bytes.subarray(key.length, bytes.length - cut));
        seen.add(decoded.kind);
        // What is read can be written again, and be a group.
        if (decoded.kind !== 'record') return;
        encode(decoded.record);
        if (decoded.record.kind === 'classic-group' && decoded.record.value !== null) {
          ClassicGroup.fromStored('g', decoded.record.value, 0);
        }
      },
    ),
    { seed, numRuns: 2000 },
  );
  expect([...seen].sort()).toEqual(['record', 'unknown-key', 'unreadable']);
});
