import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvariantError } from '../../../src/base/assert.js';
import { UserError } from '../../../src/base/errors.js';
import { version } from '../../../src/base/version.js';
import { millrace } from '../../../src/metadata/generated/metadata.js';
import { fromStoredInt64, toStoredInt64 } from '../../../src/metadata/int64.js';
import { decodeValue, encodeValue, type Records } from '../../../src/metadata/values.js';
import {
  ARBITRARY,
  brokerRecord,
  KINDS,
  partitionRecord,
  storedRecord,
  topicRecord,
  uuidOf,
} from './arbitrary-records.js';

const SEED = Number(process.env['SEED'] ?? Date.now());
const proto = millrace.metadata;

const SAMPLES: Records = {
  cluster: { clusterId: uuidOf(1), formatVersion: 1, createdMs: 2 ** 53 - 1 },
  controller: { brokerId: 1, incarnation: uuidOf(2) },
  topic: topicRecord('orders', uuidOf(3), 2),
  partition: partitionRecord(uuidOf(3), 1, [1, 2]),
  broker: brokerRecord(1),
  brokerConfig: { configs: new Map([['a', 'b']]) },
  producerIds: { next: 1000 },
};

describe('stored values', () => {
  test.each(KINDS)('a %s record comes back as it went', (kind) => {
    fc.assert(
      fc.property(ARBITRARY[kind] as fc.Arbitrary<Records[typeof kind]>, (record) => {
        expect(decodeValue(kind, 'key', encodeValue(kind, record as never))).toEqual(record);
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  test('the same record gives the same bytes, however its settings were ordered', () => {
    const one = {
      configs: new Map([
        ['a', '1'],
        ['b', '2'],
      ]),
    };
    const other = {
      configs: new Map([
        ['b', '2'],
        ['a', '1'],
      ]),
    };
    expect(encodeValue('brokerConfig', one)).toEqual(encodeValue('brokerConfig', other));
  });

  test('a setting may be called as a property of every object', () => {
    const configs = new Map([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(decodeValue('brokerConfig', 'key', encodeValue('brokerConfig', { configs }))).toEqual({ configs });
  });

  test.each(KINDS)('a %s record of a newer schema is refused: who wrote it, and what to do', (kind) => {
    const envelope = proto.StoredValue.decode(encodeValue(kind, SAMPLES[kind] as never));
    envelope.schemaVersion = 2;
    envelope.writtenBy = '9.8.7';
    const newer = proto.StoredValue.encode(envelope).finish();
    expect(() => decodeValue(kind, 'the/key', newer)).toThrow(
      expect.objectContaining({
        name: 'UserError',
        code: 'METADATA_NEWER',
        message: expect.stringMatching(
          new RegExp(`"the/key".*9\\.8\\.7.*schema version 2.*${version}.*up to 1`, 's'),
        ),
        hint: expect.stringContaining('9.8.7 or newer'),
      }),
    );
  });

  test('a newer schema of a record that this version has no name for is refused the same way', () => {
    // Field 99 of the envelope: a kind of record to come.
    const future = Buffer.concat([
      proto.StoredValue.encode({ schemaVersion: 5, writtenBy: '2.0.0' }).finish(),
      Buffer.from([0x9a, 0x06, 0x01, 0x00]),
    ]);
    expect(() => decodeValue('topic', 'key', future)).toThrow(
      expect.objectContaining({ code: 'METADATA_NEWER' }),
    );
  });

  test('a field that this version does not know, of the same schema, is passed over', () => {
    const value = Buffer.concat([encodeValue('producerIds', { next: 7 }), Buffer.from([0x20, 0x05])]);
    expect(decodeValue('producerIds', 'key', value)).toEqual({ next: 7 });
  });

  test('bytes pinned: what 0.1.0 wrote is read for ever', () => {
    const pinned: readonly [keyof Records, string][] = [
      [
        'cluster',
        '08011205302e312e3052230a1641414141415141414141414141414141414141416741100118ffffffffffffff0f',
      ],
      ['controller', '08011205302e312e308201140801121000000002000000000000000000000080'],
      ['producerIds', '08011205302e312e307a0308e807'],
      ['brokerConfig', '08011205302e312e3072080a060a0161120162'],
      ['topic', '08011205302e312e305a1e0a100000000300000000000000000000008012066f726465727318022801'],
    ];
    for (const [kind, hex] of pinned) {
      const value = Buffer.from(hex, 'hex');
      expect(Buffer.from(encodeValue(kind, SAMPLES[kind] as never)).toString('hex')).toBe(
        value.toString('hex'),
      );
      expect(decodeValue(kind, 'key', value)).toEqual(SAMPLES[kind]);
    }
  });

  test('a value of another kind is refused', () => {
    for (const kind of KINDS) {
      const other = KINDS.find((each) => each !== kind)!;
      expect(() => decodeValue(kind, 'key', encodeValue(other, SAMPLES[other] as never))).toThrow(
        expect.objectContaining({ code: 'METADATA_CORRUPT' }),
      );
    }
  });

  test('random and mutated bytes give the declared errors or a record, and nothing else', () => {
    const mutated = fc
      .tuple(storedRecord, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 6 }), fc.nat())
      .map(([{ kind, value }, edits, cut]) => {
        const bytes = Buffer.from(value);
        for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
        return { kind, value: bytes.subarray(0, bytes.length - (cut % 4 === 0 ? cut % bytes.length : 0)) };
      });
    const random = fc.record({ kind: fc.constantFrom(...KINDS), value: fc.uint8Array({ maxLength: 200 }) });
    fc.assert(
      fc.property(fc.oneof(mutated, random), ({ kind, value }) => {
        try {
          decodeValue(kind, 'key', value);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          expect(['METADATA_CORRUPT', 'METADATA_NEWER']).toContain((error as UserError).code);
        }
      }),
      { seed: SEED, numRuns: 1500 },
    );
  });
});

describe('int64', () => {
  test.each([0, 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, -1])('%d is stored and read exactly', (value) => {
    const stored = proto.ProducerIdBlock.encode({ next: toStoredInt64(value) }).finish();
    expect(fromStoredInt64(proto.ProducerIdBlock.decode(stored).next)).toBe(value);
  });

  test.each([2 ** 53, 0.5, Number.NaN, 5n as unknown as number])(
    '%s is refused before it is stored',
    (value) => {
      expect(() => toStoredInt64(value)).toThrow(InvariantError);
    },
  );

  test('a stored number beyond 2^53 is damage, not a rounded number', () => {
    const stored = Buffer.from([0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
    expect(() => fromStoredInt64(proto.ProducerIdBlock.decode(stored).next)).toThrow(RangeError);
  });
});
