/** Produce over the wire: what a leader refuses and with which code, what it does to a batch, and when it answers. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AT,
  attributes,
  BATCH_HEADER_BYTES,
  baseOffset,
  CONTROL_BIT,
  crcMatches,
  DELETE_HORIZON_BIT,
  isLogAppendTime,
  LOG_APPEND_TIME_BIT,
  maxTimestamp,
  TRANSACTIONAL_BIT,
} from '../../../src/records/batch.js';
import type { RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { ErrorCode, errorName } from '../../../src/wire/errors.js';
import { FindCoordinator } from '../../../src/wire/messages/find-coordinator.js';
import { Produce } from '../../../src/wire/messages/produce.js';
import { createTopic, fetch, LATEST, listOffset, produce, produceRequest } from './parts/asks.js';
import { altered, batch, compression, recordsOf, valuesOf, withAttributeBits } from './parts/batches.js';
import { SyncGate } from './parts/gated-disk.js';
import { isPending, settled, START_MS, World } from './parts/world.js';

const HOUR_MS = 3_600_000;
const MAX_MESSAGE_BYTES = 2000;

let world: World;
let client: RpcConnection;
beforeAll(async () => {
  world = await World.start();
  client = await world.client();
  await createTopic(client, 'plain', { partitions: 3 });
  await createTopic(client, 'small', { configs: { 'max.message.bytes': String(MAX_MESSAGE_BYTES) } });
  await createTopic(client, 'compacted', { configs: { 'cleanup.policy': 'compact' } });
  await createTopic(client, 'strict', { configs: { 'produce.validation': 'strict' } });
  await createTopic(client, 'stamped', { configs: { 'message.timestamp.type': 'LogAppendTime' } });
  await createTopic(client, 'punctual', {
    configs: {
      'message.timestamp.before.max.ms': String(HOUR_MS),
      'message.timestamp.after.max.ms': String(HOUR_MS),
    },
  });
});
afterAll(() => world.stop());

const good = batch(['a', 'b']);
const idempotent = { producerId: 4000, producerEpoch: 0, baseSequence: 0 };
const two = Buffer.concat([good, good]);

function gzipBatch(content: Buffer, count: number): Buffer {
  const whole = Buffer.concat([
    batch(Array.from({ length: count }, () => 'x')).subarray(0, BATCH_HEADER_BYTES),
    gzipSync(content),
  ]);
  whole.writeInt32BE(whole.length - 12, AT.length);
  return withAttributeBits(whole, 1);
}

interface Case {
  readonly what: string;
  readonly records: Buffer | null;
  readonly code: keyof typeof ErrorCode;
  readonly topic?: string;
  readonly version?: number;
  readonly acks?: number;
}

const REFUSED: readonly Case[] = [
  { what: 'no records field', records: null, code: 'INVALID_RECORD' },
  { what: 'no batch', records: Buffer.alloc(0), code: 'INVALID_RECORD' },
  { what: 'two batches for one partition', records: two, code: 'INVALID_RECORD' },
  { what: 'a batch and a rest', records: Buffer.concat([good, Buffer.alloc(3)]), code: 'INVALID_RECORD' },
  { what: 'a batch cut short', records: good.subarray(0, good.length - 1), code: 'INVALID_RECORD' },
  { what: 'magic 0', records: altered(good, (b) => b.writeInt8(0, AT.magic)), code: 'INVALID_RECORD' },
  { what: 'magic 1', records: altered(good, (b) => b.writeInt8(1, AT.magic)), code: 'INVALID_RECORD' },
  { what: 'magic 3', records: altered(good, (b) => b.writeInt8(3, AT.magic)), code: 'INVALID_RECORD' },
  {
    what: 'count 0',
    records: altered(good, (b) => b.writeInt32BE(0, AT.recordCount)),
    code: 'INVALID_RECORD',
  },
  {
    what: 'count −1',
    records: altered(good, (b) => b.writeInt32BE(-1, AT.recordCount)),
    code: 'INVALID_RECORD',
  },
  {
    what: 'a count above the last delta',
    records: altered(good, (b) => b.writeInt32BE(3, AT.recordCount)),
    code: 'INVALID_RECORD',
  },
  {
    what: 'a last delta above the count',
    records: altered(good, (b) => b.writeInt32BE(2, AT.lastOffsetDelta)),
    code: 'INVALID_RECORD',
  },
  {
    what: 'count and delta that agree on a lie',
    records: altered(good, (b) => {
      b.writeInt32BE(2, AT.lastOffsetDelta);
      b.writeInt32BE(3, AT.recordCount);
    }),
    code: 'INVALID_RECORD',
  },
  { what: 'the control bit', records: withAttributeBits(good, CONTROL_BIT), code: 'INVALID_RECORD' },
  {
    what: 'the control bit of a transaction',
    records: withAttributeBits(batch(['a'], idempotent), CONTROL_BIT | TRANSACTIONAL_BIT),
    code: 'INVALID_RECORD',
  },
  { what: 'a delete horizon', records: withAttributeBits(good, DELETE_HORIZON_BIT), code: 'INVALID_RECORD' },
  {
    what: 'a transactional batch, which nobody could end',
    records: batch(['a'], { ...idempotent, transactional: true }),
    code: 'INVALID_TXN_STATE',
  },
  {
    what: 'a producer id without a sequence',
    records: batch(['a'], { ...idempotent, baseSequence: -1 }),
    code: 'INVALID_RECORD',
  },
  {
    what: 'a producer id without an epoch',
    records: batch(['a'], { ...idempotent, producerEpoch: -1 }),
    code: 'INVALID_RECORD',
  },
  {
    what: 'a transaction without a producer id',
    records: withAttributeBits(good, TRANSACTIONAL_BIT),
    code: 'INVALID_RECORD',
  },
  {
    what: 'a record that claims more than its batch',
    records: altered(good, (b) => b.writeUInt8(0x7e, BATCH_HEADER_BYTES)),
    code: 'INVALID_RECORD',
  },
  { what: 'a wrong checksum', records: flipped(good, AT.crc), code: 'CORRUPT_MESSAGE' },
  { what: 'a flipped bit in a value', records: flipped(good, good.length - 3), code: 'CORRUPT_MESSAGE' },
  { what: 'codec 5', records: withAttributeBits(good, 5), code: 'UNSUPPORTED_COMPRESSION_TYPE' },
  { what: 'codec 7', records: withAttributeBits(good, 7), code: 'UNSUPPORTED_COMPRESSION_TYPE' },
  {
    what: 'zstd before Produce 7',
    records: withAttributeBits(good, 4),
    version: 6,
    code: 'UNSUPPORTED_COMPRESSION_TYPE',
  },
  {
    what: 'a batch above max.message.bytes',
    records: batch(['x'.repeat(MAX_MESSAGE_BYTES)]),
    topic: 'small',
    code: 'MESSAGE_TOO_LARGE',
  },
  {
    what: 'log append time from a client',
    records: withAttributeBits(good, LOG_APPEND_TIME_BIT),
    code: 'INVALID_TIMESTAMP',
  },
  {
    what: 'a record from too far in the future',
    records: batch([{ timestamp: START_MS + HOUR_MS + 1 }]),
    topic: 'punctual',
    code: 'INVALID_TIMESTAMP',
  },
  {
    what: 'a record from too far in the past',
    records: batch([{ timestamp: START_MS - HOUR_MS - 1 }]),
    topic: 'punctual',
    code: 'INVALID_TIMESTAMP',
  },
  {
    what: 'a compressed batch whose header is from the future',
    records: batch([{ timestamp: START_MS + 2 * HOUR_MS }], { codec: 1, compression }),
    topic: 'punctual',
    code: 'INVALID_TIMESTAMP',
  },
  {
    what: 'no key in a compacted topic',
    records: batch([{ key: null }]),
    topic: 'compacted',
    code: 'INVALID_RECORD',
  },
  {
    what: 'gzip that is not gzip, strict',
    records: withAttributeBits(good, 1),
    topic: 'strict',
    code: 'INVALID_RECORD',
  },
  {
    what: 'gzip of something that is no record, strict',
    records: gzipBatch(Buffer.from('no records in here'), 2),
    topic: 'strict',
    code: 'INVALID_RECORD',
  },
  { what: 'an unknown topic', records: good, topic: 'nowhere', code: 'UNKNOWN_TOPIC_OR_PARTITION' },
  {
    what: "the broker's own topic",
    records: good,
    topic: '__consumer_offsets',
    code: 'INVALID_TOPIC_EXCEPTION',
  },
  { what: 'a reserved name', records: good, topic: '__transaction_state', code: 'INVALID_TOPIC_EXCEPTION' },
  { what: 'acks 2', records: good, acks: 2, code: 'INVALID_REQUIRED_ACKS' },
  { what: 'acks −2', records: good, acks: -2, code: 'INVALID_REQUIRED_ACKS' },
];

function flipped(original: Buffer, at: number): Buffer {
  const copy = Buffer.from(original);
  copy[at]! ^= 0x10;
  return copy;
}

describe('refused, and nothing stored', () => {
  test.each(REFUSED)('$what: $code', async ({ records, code, topic = 'plain', version = 11, acks = -1 }) => {
    const before = await listOffset(client, topic, LATEST);
    const answer = await produce(client, topic, records, { version, acks });
    expect(errorName(answer.errorCode)).toBe(code);
    expect(answer.baseOffset).toBe(-1);
    expect(await listOffset(client, topic, LATEST)).toEqual(before);
  });

  test('a length below a header: CORRUPT_MESSAGE', async () => {
    const short = Buffer.from(good);
    short.writeInt32BE(48, AT.length);
    expect((await produce(client, 'plain', short)).errorCode).toBe(ErrorCode.CORRUPT_MESSAGE);
  });

  test('a transactional id, until transactions arrive', async () => {
    const { responses } = await client.call(Produce, {
      ...produceRequest('plain', good),
      transactionalId: 't',
    });
    expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(
      ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    );
  });

  test('the rejection says which record and why from version 8 on, and not before', async () => {
    const records = batch(['a', { key: null }, 'c', { key: null }]);
    const told = await produce(client, 'compacted', records, { version: 8 });
    expect(told.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([1, 3]);
    expect(told.recordErrors[0]!.batchIndexErrorMessage).toMatch(/key/);
    expect(told.errorMessage).toMatch(/key/);
    const bare = await produce(client, 'compacted', records, { version: 7 });
    expect(bare).toMatchObject({ errorCode: ErrorCode.INVALID_RECORD, recordErrors: [], errorMessage: null });
  });

  test('one partition that fails fails no other, and every one has its own code', async () => {
    await client.call(FindCoordinator, { coordinatorKeys: ['g'] });
    const { responses } = await client.call(Produce, {
      acks: -1,
      timeoutMs: 1000,
      topicData: [
        {
          name: 'plain',
          partitionData: [
            { index: 0, records: good },
            { index: 1, records: flipped(good, AT.crc) },
            { index: 7, records: good },
            { index: 2, records: good },
          ],
        },
        { name: 'nowhere', partitionData: [{ index: 0, records: good }] },
        { name: '__consumer_offsets', partitionData: [{ index: 0, records: good }] },
        { name: 'small', partitionData: [{ index: 0, records: good }] },
      ],
    });
    const codes = responses.map(({ name, partitionResponses }) => [
      name,
      partitionResponses.map(({ index, errorCode }) => `${index} ${errorName(errorCode)}`),
    ]);
    expect(codes).toEqual([
      ['plain', ['0 NONE', '1 CORRUPT_MESSAGE', '7 UNKNOWN_TOPIC_OR_PARTITION', '2 NONE']],
      ['nowhere', ['0 UNKNOWN_TOPIC_OR_PARTITION']],
      ['__consumer_offsets', ['0 INVALID_TOPIC_EXCEPTION']],
      ['small', ['0 NONE']],
    ]);
  });
});

describe('accepted', () => {
  test('offset and leader epoch are set in place, and not a byte of the rest changes', async () => {
    const sent = batch(['one', 'two', 'three'], { baseOffset: 77, leaderEpoch: 5 });
    const original = Buffer.from(sent);
    const {
      baseOffset: at,
      errorCode,
      logAppendTimeMs,
      logStartOffset,
    } = await produce(client, 'plain', sent);
    expect({ errorCode, logAppendTimeMs, logStartOffset }).toEqual({
      errorCode: ErrorCode.NONE,
      logAppendTimeMs: -1,
      logStartOffset: 0,
    });
    const { records } = await fetch(client, 'plain', at);
    expect(baseOffset(records!, 0)).toBe(at);
    expect(records!.readInt32BE(AT.leaderEpoch)).toBe(world.broker.partitions.get('plain', 0)!.leaderEpoch);
    expect(records!.subarray(AT.magic).equals(original.subarray(AT.magic))).toBe(true);
  });

  test('a client that sends epoch 0 and sequence 0 without a producer id is not idempotent: it may repeat itself', async () => {
    const kafkaJs = { producerId: -1, producerEpoch: 0, baseSequence: 0 };
    const first = await produce(client, 'plain', batch(['k'], kafkaJs));
    const second = await produce(client, 'plain', batch(['k'], kafkaJs));
    expect([first.errorCode, second.errorCode]).toEqual([ErrorCode.NONE, ErrorCode.NONE]);
    expect(second.baseOffset).toBe(first.baseOffset + 1);
  });

  test('zstd from Produce 7 on, unread under relaxed validation', async () => {
    expect((await produce(client, 'plain', withAttributeBits(good, 4), { version: 7 })).errorCode).toBe(
      ErrorCode.NONE,
    );
  });

  test('gzip under strict validation', async () => {
    const records = batch(['a', 'b'], { codec: 1, compression });
    const { baseOffset: at, errorCode } = await produce(client, 'strict', records);
    expect(errorCode).toBe(ErrorCode.NONE);
    expect(valuesOf((await fetch(client, 'strict', at)).records)).toEqual(['a', 'b']);
  });

  test('a largest timestamp that is not that of the records is corrected, and its checksum with it', async () => {
    const lying = altered(batch([{ timestamp: START_MS }, { timestamp: START_MS + 5 }]), (b) =>
      b.writeBigInt64BE(BigInt(START_MS + 999_999), AT.maxTimestamp),
    );
    const { baseOffset: at } = await produce(client, 'plain', lying);
    const { records } = await fetch(client, 'plain', at);
    expect(maxTimestamp(records!, 0)).toBe(START_MS + 5);
    expect(crcMatches(records!, 0)).toBe(true);
  });

  test('LogAppendTime: the broker’s time in the answer and in the batch, with a right checksum', async () => {
    world.clock.advance(1234);
    const answer = await produce(client, 'stamped', batch([{ timestamp: 17 }]));
    expect(answer.logAppendTimeMs).toBe(START_MS + 1234);
    const { records } = await fetch(client, 'stamped', 0);
    expect(isLogAppendTime(records!, 0)).toBe(true);
    expect(crcMatches(records!, 0)).toBe(true);
    expect(recordsOf(records).map(({ timestamp }) => timestamp)).toEqual([START_MS + 1234]);
  });

  test('null keys, null values and headers come back as they went', async () => {
    const sent = batch([{ key: null, value: null }, { headers: [{ key: 'h', value: null }] }]);
    const { baseOffset: at } = await produce(client, 'plain', sent);
    const { records } = await fetch(client, 'plain', at);
    expect(recordsOf(records)[0]).toMatchObject({ key: null, value: null });
    expect(attributes(records!, 0)).toBe(0);
  });
});

describe('acks', () => {
  test('0: no answer at all, and what follows on the connection is answered', async () => {
    const raw = await world.raw();
    raw.request(Produce, 9, 1, produceRequest('small', batch(['quiet']), { acks: 0 }));
    raw.request(Produce, 9, 2, produceRequest('small', batch(['loud']), { acks: 1 }));
    const first = await raw.frame(0);
    expect(first!.readInt32BE(0)).toBe(2);
    expect(raw.frames).toHaveLength(1);
    expect(valuesOf((await fetch(client, 'small', 0)).records).slice(-2)).toEqual(['quiet', 'loud']);
    raw.destroy();
  });

  test.each([
    ['an unknown topic', 'nowhere', good],
    ['a bad checksum', 'plain', flipped(good, AT.crc)],
    ["the broker's own topic", '__consumer_offsets', good],
  ])('0: %s ends the connection, after what was asked before is answered', async (_, topic, records) => {
    const raw = await world.raw();
    raw.request(Produce, 9, 1, produceRequest('plain', good, { acks: -1 }));
    raw.request(Produce, 9, 2, produceRequest(topic, records, { acks: 0 }));
    await raw.whenClosed();
    expect(raw.frames.map((frame) => frame.readInt32BE(0))).toEqual([1]);
  });
});

describe('durability', () => {
  const gate = new SyncGate();
  let slow: World;
  let producer: RpcConnection;
  beforeAll(async () => {
    slow = await World.start({ wrapDisk: (disk) => gate.wrap(disk) });
    producer = await slow.client();
    await createTopic(producer, 'slow');
    await createTopic(producer, 'loose', { configs: { 'flush.policy': 'os' } });
  });
  afterAll(async () => {
    gate.open();
    await slow.stop();
  });

  test('acks=all and acks=1 wait for the sync; no reader sees what is not durable', async () => {
    gate.close();
    const reader = await slow.client();
    const one = produce(producer, 'slow', batch(['one']), { acks: 1 });
    const all = produce(producer, 'slow', batch(['all']));
    expect(await isPending(one)).toBe(true);
    expect(await isPending(all)).toBe(true);
    expect(gate.waiting).toBeGreaterThan(0);
    expect(await fetch(reader, 'slow', 0)).toMatchObject({ highWatermark: 0, records: Buffer.alloc(0) });
    expect((await listOffset(reader, 'slow', LATEST)).offset).toBe(0);
    // Between the high watermark and the end: there, but not readable yet, and no error.
    expect(await fetch(reader, 'slow', 2)).toMatchObject({ errorCode: ErrorCode.NONE, highWatermark: 0 });
    gate.open();
    expect(await one).toMatchObject({ errorCode: ErrorCode.NONE, baseOffset: 0 });
    expect(await all).toMatchObject({ errorCode: ErrorCode.NONE, baseOffset: 1 });
    expect(valuesOf((await fetch(reader, 'slow', 0)).records)).toEqual(['one', 'all']);
  });

  test('a duplicate is answered only when its original is durable', async () => {
    const records = (): Buffer => batch(['once'], { producerId: 9, producerEpoch: 0, baseSequence: 0 });
    gate.close();
    const original = produce(producer, 'slow', records());
    const other = await slow.client();
    const duplicate = produce(other, 'slow', records());
    expect(await isPending(duplicate)).toBe(true);
    gate.open();
    expect((await duplicate).baseOffset).toBe((await original).baseOffset);
  });

  test('what is not acknowledged in time answers REQUEST_TIMED_OUT, and may be stored all the same', async () => {
    gate.close();
    const answer = produce(producer, 'slow', batch(['late']), { timeoutMs: 700 });
    await settled();
    slow.clock.advance(699);
    expect(await isPending(answer)).toBe(true);
    slow.clock.advance(1);
    expect((await answer).errorCode).toBe(ErrorCode.REQUEST_TIMED_OUT);
    gate.open();
    await settled();
    expect(valuesOf((await fetch(producer, 'slow', 0)).records).at(-1)).toBe('late');
  });

  test('a negative timeout has run out at once, and is no failure of ours', async () => {
    gate.close();
    const answer = produce(producer, 'slow', batch(['impatient']), { timeoutMs: -1 });
    await settled();
    slow.clock.advance(0);
    expect((await answer).errorCode).toBe(ErrorCode.REQUEST_TIMED_OUT);
    gate.open();
    await settled();
    expect(valuesOf((await fetch(producer, 'slow', 0)).records).at(-1)).toBe('impatient');
  });

  test('flush.policy=os acknowledges what is written', async () => {
    gate.close();
    expect((await produce(producer, 'loose', batch(['x']))).errorCode).toBe(ErrorCode.NONE);
    expect(valuesOf((await fetch(producer, 'loose', 0)).records)).toEqual(['x']);
    gate.open();
  });
});
