/** The broker's clock put forward, under kafkajs. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startBroker, type TestBroker } from 'millrace/testing';
import { Reader, send, withProducer } from './client.js';

let broker: TestBroker;
beforeAll(async () => {
  broker = await startBroker({
    topics: {
      orders: { partitions: 2 },
      'short-lived': { configs: { 'retention.ms': 60_000 } },
      stamped: { configs: { 'retention.ms': 60_000, 'message.timestamp.type': 'LogAppendTime' } },
    },
  });
});
afterEach(() => broker.reset());
afterAll(() => broker.stop());

test('now is real time and what has been added to it', async () => {
  const before = broker.clock.now();
  await broker.clock.advance('1.5 hours');
  await broker.clock.advance(250);
  const added = broker.clock.now() - before;
  expect(added).toBeGreaterThanOrEqual(5_400_250);
  expect(added, 'real time flows underneath').toBeLessThan(5_400_250 + 600_000);
});

test('reset shows real time again', async () => {
  await broker.clock.advance('10 days');
  await broker.reset();
  expect(Math.abs(broker.clock.now() - Date.now())).toBeLessThan(600_000);
});

test('records older than their topic keeps them are gone', async () => {
  await send(broker, 'short-lived', { value: 'old' });
  await send(broker, 'orders', { value: 'kept for ever', partition: 0 });
  await broker.clock.advance('59 seconds');
  expect(await broker.topic('short-lived').records()).toHaveLength(1);
  await broker.clock.advance('2 seconds');
  expect(await broker.topic('short-lived').records()).toEqual([]);
  expect(await broker.topic('short-lived').offsets()).toEqual([{ partition: 0, start: 1, end: 1 }]);
  expect(await broker.records('orders')).toHaveLength(1);
});

test('a week is as good as a minute', async () => {
  await broker.topic('stamped').produce({ value: 'old' });
  await broker.clock.advance('8 days');
  expect(await broker.topic('stamped').records()).toEqual([]);
  // Stamped by the broker, so not old at all.
  await send(broker, 'stamped', { value: 'new' });
  await broker.clock.advance('50 seconds');
  expect((await broker.records('stamped')).map(({ value }) => value)).toEqual(['new']);
});

test('a session ends without waiting, and kafkajs goes on', async () => {
  const reader = new Reader(broker, 'shop');
  await reader.start('orders');
  const group = broker.group('shop');
  const [before] = await group.stable({ members: 1 });
  await broker.clock.advance('1 minute');
  // Nobody was heard of meanwhile; it learns so at its next heartbeat, and comes back.
  const [after] = await group.stable({ members: 1 });
  expect(after?.memberId).not.toBe(before?.memberId);
  await send(broker, 'orders', { value: 'after', partition: 1 });
  expect(await reader.values(1)).toEqual(['after']);
  await reader.stop();
});

test('offsets of a group without members expire', async () => {
  const group = broker.group('shop');
  const reader = new Reader(broker, 'shop');
  await reader.start('orders');
  await send(broker, 'orders', { value: 'read', partition: 0 });
  await group.caughtUp();
  await reader.stop();
  await broker.clock.advance('6 days');
  expect(await group.offsets()).toHaveLength(1);
  await broker.clock.advance('2 days');
  expect(await group.offsets()).toEqual([]);
  expect(await group.state()).toBe('Dead');
});

test('clients stay connected, and the broker in its cluster', async () => {
  await withProducer(broker, async (producer) => {
    await producer.send({ topic: 'orders', messages: [{ value: '1', partition: 0 }] });
    const connected = broker.connections().length;
    await broker.clock.advance('30 days');
    expect(broker.connections()).toHaveLength(connected);
    await producer.send({ topic: 'orders', messages: [{ value: '2', partition: 0 }] });
  });
  expect((await broker.records('orders', { count: 2 })).map(({ value }) => value)).toEqual(['1', '2']);
});

test('two brokers have two clocks', async () => {
  const other = await startBroker();
  await other.clock.advance('365 days');
  expect(other.clock.now() - broker.clock.now()).toBeGreaterThan(300 * 86_400_000);
  await other.stop();
});

test('advances at once are one after the other', async () => {
  const before = broker.clock.now();
  await Promise.all(['1 hour', '2 hours', '3 hours'].map((each) => broker.clock.advance(each as '1 hour')));
  expect(broker.clock.now() - before).toBeGreaterThanOrEqual(6 * 3_600_000);
});

test.each([
  'ten minutes',
  '10',
  '10 fortnights',
  '-1 day',
  '5minutes',
  Number.NaN,
  -1,
  Number.POSITIVE_INFINITY,
])('%s is no duration', async (duration) => {
  await expect(broker.clock.advance(duration as number)).rejects.toMatchObject({ code: 'DURATION_INVALID' });
});

test('a broker that is stopped has no time left', async () => {
  const other = await startBroker();
  await other.stop();
  await expect(other.clock.advance(1)).rejects.toMatchObject({ code: 'BROKER_STOPPED' });
});
