/** One of two files that run at the same time, each with a broker of its own under the same topic name. */
import { Kafka, logLevel } from 'kafkajs';
import { startBroker } from 'millrace/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

const MINE = 'payments';

let broker;
let producer;
beforeAll(async () => {
  broker = await startBroker({ topics: { events: {} } });
  producer = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
});
afterEach(() => broker.reset());
afterAll(async () => {
  await producer.disconnect();
  await broker.stop();
});

test.each([1, 2, 3])('reads what this file wrote, and nothing else: %i', async (round) => {
  const value = `${MINE} ${round}`;
  await producer.send({ topic: 'events', messages: [{ value }] });
  expect((await broker.topic('events').records()).map((record) => record.value)).toEqual([value]);
});

test('has faults and a clock of its own', async () => {
  const fault = broker.fail('Metadata', { topic: 'events', error: 'LEADER_NOT_AVAILABLE' });
  await broker.clock.advance('1 day');
  expect(broker.clock.now() - Date.now()).toBeGreaterThan(80_000_000);
  expect(fault.remaining).toBe(Number.POSITIVE_INFINITY);
});
