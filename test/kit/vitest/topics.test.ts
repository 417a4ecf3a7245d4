/** Topics and faults from inside the broker, with kafkajs as the client. */
import { CompressionTypes, type RecordMetadata } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startBroker, type TestBroker } from 'millrace/testing';
import { kafkaOf, Reader, send, withProducer } from './client.js';

let broker: TestBroker;
beforeAll(async () => {
  broker = await startBroker({
    topics: { orders: { partitions: 3 }, compacted: { configs: { 'cleanup.policy': 'compact' } } },
  });
});
afterEach(() => broker.reset());
afterAll(() => broker.stop());

describe('a topic', () => {
  test('takes records where a client would have put them, and shows them', async () => {
    const keys = ['ada', 'bob', 'eve', 'kim', 'zoe'];
    const places = await broker
      .topic('orders')
      .produce(...keys.map((key) => ({ key, value: `of ${key}`, headers: { by: 'kit' } })), {
        value: null,
        partition: 2,
      });
    const own = await broker.topic('orders').records();
    await broker.topic('orders').truncate();
    // The same by kafkajs, whose default partitioner is Java's.
    await send(broker, 'orders', ...keys.map((key) => ({ key, value: `of ${key}` })));
    const theirs = await broker.records('orders', { count: keys.length });
    const partitionsOf = (records: typeof own): unknown =>
      Object.fromEntries(
        records.filter(({ key }) => key !== null).map(({ key, partition }) => [key, partition]),
      );
    expect(partitionsOf(own)).toEqual(partitionsOf(theirs));
    expect(own[0]?.headers).toEqual({ by: 'kit' });
    expect(places.at(-1)?.partition).toBe(2);
    for (const [at, { partition, offset }] of places.slice(0, -1).entries())
      expect(own.find((record) => record.partition === partition && record.offset === offset)?.key).toBe(
        keys[at],
      );
  });

  test('is read by consumers when the kit wrote it', async () => {
    const reader = new Reader(broker, 'shop');
    await reader.start('orders');
    await broker.topic('orders').produce({ key: 'ada', value: '{ this is not json' });
    expect(await reader.values(1)).toEqual(['{ this is not json']);
    await reader.stop();
  });

  test('records of one partition, and compressed', async () => {
    await withProducer(broker, (producer) =>
      producer.send({
        topic: 'orders',
        compression: CompressionTypes.GZIP,
        messages: [
          { value: '0', partition: 0 },
          { value: '1', partition: 1 },
        ],
      }),
    );
    const values = async (partition?: number): Promise<unknown> =>
      (await broker.topic('orders').records(partition === undefined ? {} : { partition })).map(
        ({ value }) => value,
      );
    expect([await values(), await values(1), await values(2)]).toEqual([['0', '1'], ['1'], []]);
    expect(await broker.topic('absent').records()).toEqual([]);
    const waited = broker.topic('orders').waitForRecords(1, { partition: 2 });
    await send(broker, 'orders', { value: '2', partition: 2 });
    expect((await waited).map(({ value }) => value)).toEqual(['2']);
    await expect(broker.topic('orders').waitForRecords(1, { partition: 7, timeoutMs: 1 })).rejects.toThrow(
      'waited 1 ms for 1 record of orders-7, but orders has 3 partitions.',
    );
  });

  test('is truncated: all of it, or what lies before an offset of one partition', async () => {
    const topic = broker.topic('orders');
    await topic.produce(...[0, 0, 0, 1].map((partition) => ({ value: 'x', partition })));
    await topic.truncate({ partition: 0, before: 2 });
    expect(await topic.offsets()).toEqual([
      { partition: 0, start: 2, end: 3 },
      { partition: 1, start: 0, end: 1 },
      { partition: 2, start: 0, end: 0 },
    ]);
    await topic.truncate();
    expect(await topic.records()).toEqual([]);
    await topic.produce({ value: 'next', partition: 0 });
    expect((await topic.records()).map(({ offset }) => offset)).toEqual([3]);
    await broker.topic('compacted').produce({ key: 'k', value: 'v' });
    await broker.topic('compacted').truncate();
    expect(await broker.topic('compacted').records()).toEqual([]);
  });

  test('is configured while it runs, and reset takes that back', async () => {
    const topic = broker.topic('orders');
    await topic.configure({ 'max.message.bytes': 200 });
    const large = { value: 'x'.repeat(500) };
    await expect(topic.produce(large)).rejects.toMatchObject({ code: 'RECORDS_REFUSED' });
    await expect(send(broker, 'orders', large)).rejects.toThrow();
    await topic.configure({ 'max.message.bytes': null });
    await topic.produce(large);
    await topic.configure({ 'max.message.bytes': 200 });
    await broker.reset();
    await topic.produce(large);
    await expect(topic.configure({ 'max.message.byte': 1 })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });

  test('is deleted, and the list of topics says so', async () => {
    expect(broker.topics()).toEqual(['compacted', 'orders']);
    await broker.topic('orders').delete();
    await broker.topic('orders').delete();
    expect(broker.topics()).toEqual(['compacted']);
    for (const act of [
      () => broker.topic('orders').produce({ value: 'x' }),
      () => broker.topic('orders').truncate(),
      () => broker.topic('orders').offsets(),
      () => broker.topic('orders').configure({ 'retention.ms': 1 }),
    ])
      await expect(act()).rejects.toMatchObject({ code: 'TOPIC_UNKNOWN' });
  });
});

describe('faults, as kafkajs meets them', () => {
  /** Retries soon: the default waits for 300 ms and more. */
  const impatient = { retry: { initialRetryTime: 1, maxRetryTime: 10, retries: 5 } };

  test('a retriable error is retried until it goes away', async () => {
    const fault = broker.fail('Produce', { topic: 'orders', error: 'NOT_LEADER_OR_FOLLOWER', times: 2 });
    const producer = kafkaOf(broker).producer(impatient);
    await producer.connect();
    const sent: RecordMetadata[] = await producer.send({
      topic: 'orders',
      messages: [{ value: 'x', partition: 0 }],
    });
    expect([sent[0]?.baseOffset, fault.hits]).toEqual(['0', 2]);
    await producer.disconnect();
  });

  test('a lost answer makes a duplicate, unless the producer is idempotent', async () => {
    for (const idempotent of [false, true]) {
      const fault = broker.dropConnections({ api: 'Produce', after: 'work', times: 1 });
      const producer = kafkaOf(broker).producer({ ...impatient, idempotent });
      await producer.connect();
      await producer.send({
        topic: 'orders',
        messages: [{ value: `idempotent ${idempotent}`, partition: 0 }],
      });
      expect(fault.hits).toBe(1);
      await producer.disconnect();
    }
    const values = (await broker.topic('orders').records()).map(({ value }) => value);
    expect(values).toEqual(['idempotent false', 'idempotent false', 'idempotent true']);
  });

  test('a broker that is out of reach, and comes back', async () => {
    const refusal = broker.refuseConnections();
    const producer = kafkaOf(broker).producer({
      retry: { initialRetryTime: 1, maxRetryTime: 10, retries: 500 },
    });
    const connected = producer.connect();
    await refusal.hit({ count: 2 });
    refusal.allow();
    await connected;
    await producer.send({ topic: 'orders', messages: [{ value: 'x' }] });
    await broker.records('orders');
    await producer.disconnect();
  });

  test('one topic fails, the other is written', async () => {
    broker.fail('Produce', { topic: 'orders', error: 'MESSAGE_TOO_LARGE' });
    await withProducer(broker, async (producer) => {
      const batch = {
        topicMessages: ['orders', 'compacted'].map((topic) => ({
          topic,
          messages: [{ key: 'k', value: 'v' }],
        })),
      };
      await expect(producer.sendBatch(batch)).rejects.toThrow();
    });
    expect([
      await broker.topic('orders').records(),
      (await broker.topic('compacted').records()).length,
    ]).toEqual([[], 1]);
  });

  test('a consumer that loses its connection over and over reads everything once it holds', async () => {
    await broker.topic('orders').produce(...[1, 2, 3].map((at) => ({ value: `${at}`, partition: 0 })));
    const fault = broker.dropConnections({ api: 'Fetch', after: 'work', times: 3 });
    const reader = new Reader(broker, 'shop');
    await reader.start('orders');
    expect(await reader.values(3)).toEqual(['1', '2', '3']);
    expect(fault.remaining).toBe(0);
    await reader.stop();
  });
});
