import { expect, test } from 'vitest';
import * as batch from '../../../src/records/batch.js';
import { Compression } from '../../../src/records/compression/compression.js';
import {
  CONTROL_ABORT,
  CONTROL_COMMIT,
  type ControlType,
  controlBatch,
  decodeControlMarker,
  decodeControlType,
  encodeControlKey,
  encodeControlValue,
} from '../../../src/records/control.js';
import { recordsIn } from '../../../src/records/iterate.js';
import { decodeWithKafkajs } from './kafkajs-batches.js';

test('the bytes of Kafka', () => {
  expect(encodeControlKey(CONTROL_ABORT).toString('hex')).toBe('00000000');
  expect(encodeControlKey(CONTROL_COMMIT).toString('hex')).toBe('00000001');
  expect(encodeControlValue(258).toString('hex')).toBe('000000000102');
});

test.each<ControlType>([CONTROL_ABORT, CONTROL_COMMIT])(
  'a marker of type %i, alone in its batch',
  async (type) => {
    const marker = {
      type,
      producerId: 2 ** 40,
      producerEpoch: 4,
      coordinatorEpoch: 12,
      timestamp: 1700000000000,
      baseOffset: 7,
    };
    const bytes = controlBatch(marker);
    expect(batch.isControl(bytes, 0)).toBe(true);
    expect(batch.isTransactional(bytes, 0)).toBe(true);
    expect(batch.crcMatches(bytes, 0)).toBe(true);
    expect(batch.headerProblem(bytes, 0, bytes.length)).toBeNull();
    expect([batch.producerId(bytes, 0), batch.producerEpoch(bytes, 0), batch.baseSequence(bytes, 0)]).toEqual(
      [2 ** 40, 4, -1],
    );
    expect([batch.baseOffset(bytes, 0), batch.lastOffset(bytes, 0), batch.recordCount(bytes, 0)]).toEqual([
      7, 7, 1,
    ]);
    const [record] = [...recordsIn(bytes, 0, new Compression(), 0)];
    expect(decodeControlMarker(record!.key, record!.value)).toEqual({ type, coordinatorEpoch: 12 });
    expect(await decodeWithKafkajs(bytes)).toMatchObject({ isControlBatch: true, inTransaction: true });
  },
);

test.each<[string, string | null, string | null, object | null]>([
  ['a later version with more fields', '000100010000', '0001000000070000', { type: 1, coordinatorEpoch: 7 }],
  ['a type of the metadata quorum', '00000002', '000000000007', { type: 2, coordinatorEpoch: 7 }],
  ['no key', null, '000000000007', null],
  ['a short key', '0000', '000000000007', null],
  ['a negative version', 'ffff0000', '000000000007', null],
  ['no value', '00000001', null, null],
  ['a short value', '00000001', '00000000', null],
  ['a negative value version', '00000001', 'ffff00000000', null],
])('%s', (_label, key, value, marker) => {
  const bytes = (hex: string | null) => (hex === null ? null : Buffer.from(hex, 'hex'));
  expect(decodeControlMarker(bytes(key), bytes(value))).toEqual(marker);
  expect(decodeControlType(bytes(key)) === null).toBe(key === null || key.length < 8 || key.startsWith('f'));
});
