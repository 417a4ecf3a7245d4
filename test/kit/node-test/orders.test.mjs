// oxlint-disable typescript/no-floating-promises -- node:test gathers its tests itself
/** `millrace/testing` in node:test, with kafkajs. Run by test/kit/vitest/node-test.test.ts, or by hand: node --test test/kit/node-test/ */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { startBroker } from 'millrace/testing';

let broker;
let producer;
before(async () => {
  broker = await startBroker({ topics: { orders: { partitions: 3 } } });
  const kafka = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING });
  producer = kafka.producer({ createPartitioner: () => () => 0 });
  await producer.connect();
});
afterEach(() => broker.reset());
after(async () => {
  await producer.disconnect();
  await broker.stop();
});

test('what is sent is there', async () => {
  await producer.send({ topic: 'orders', messages: [{ key: 'ada', value: '{"amount":3}' }] });
  const [record] = await broker.records('orders');
  assert.equal(record.key, 'ada');
  assert.deepEqual(record.json(), { amount: 3 });
});

test('reset has emptied the topic', async () => {
  await assert.rejects(broker.records('orders', { timeoutMs: 0 }), { code: 'RECORDS_MISSING' });
});

test('time that stands still for the test goes on for the broker', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'], now: 0 });
  await producer.send({ topic: 'orders', messages: [{ value: 'from 1970' }] });
  const [record] = await broker.records('orders');
  assert.equal(record.timestamp, 0);
  await assert.rejects(broker.records('orders', { count: 2, timeoutMs: 20 }), { code: 'RECORDS_MISSING' });
});
