/** Consumer groups from inside the broker, with kafkajs as their members. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startBroker, type TestBroker } from 'millrace/testing';
import { Reader, send } from './client.js';

let broker: TestBroker;
const readers: Reader[] = [];
beforeAll(async () => {
  broker = await startBroker({ topics: { orders: { partitions: 2 }, payments: {} } });
});
afterEach(async () => {
  await Promise.all(readers.splice(0).map((reader) => reader.stop()));
  await broker.reset();
});
afterAll(() => broker.stop());

async function reading(groupId: string, clientId?: string): Promise<Reader> {
  const reader = new Reader(broker, groupId, clientId);
  readers.push(reader);
  await reader.start('orders');
  return reader;
}

test('shows members, state, offsets and lag', async () => {
  const group = broker.group('shop');
  expect([await group.state(), await group.members(), await group.offsets(), await group.lag()]).toEqual([
    'Dead',
    [],
    [],
    0,
  ]);
  await reading('shop', 'reader');
  await group.stable();
  expect(await group.state()).toBe('Stable');
  expect(await group.members()).toEqual([
    {
      memberId: expect.stringContaining('reader'),
      groupInstanceId: null,
      clientId: 'reader',
      partitions: [
        { topic: 'orders', partition: 0 },
        { topic: 'orders', partition: 1 },
      ],
    },
  ]);
  await send(broker, 'orders', { value: '1', partition: 0 }, { value: '2', partition: 0 });
  await group.caughtUp();
  expect(await group.offsets()).toEqual([
    { topic: 'orders', partition: 0, offset: 2, metadata: expect.any(String), lag: 0 },
  ]);
  expect(await broker.groups()).toEqual([{ id: 'shop', state: 'Stable', protocolType: 'consumer' }]);
});

test('caughtUp waits for the last record, without polling', async () => {
  const waiting = broker.group('shop').caughtUp({ topic: 'orders' });
  await send(broker, 'orders', { value: 'a', partition: 0 }, { value: 'b', partition: 1 });
  let isDone = false;
  const done = waiting.then(() => {
    isDone = true;
  });
  expect(isDone, 'nobody has read it').toBe(false);
  const reader = await reading('shop');
  await done;
  expect((await reader.values(2)).sort()).toEqual(['a', 'b']);
});

test('caughtUp says what lags', async () => {
  const reader = await reading('shop');
  await send(broker, 'orders', { value: '1', partition: 0 });
  await broker.group('shop').caughtUp();
  await reader.stop();
  readers.splice(0);
  await send(broker, 'orders', { value: '2', partition: 0 }, { value: '3', partition: 1 });
  const group = broker.group('shop');
  await expect(group.caughtUp({ timeoutMs: 1 })).rejects.toMatchObject({
    code: 'GROUP_LAGS',
    message: [
      'waited 1 ms for group shop to catch up, but it lags:',
      '  orders-0: committed 1, the log ends at 2, lag 1',
      '  orders-1: nothing is committed, the log ends at 1, lag 1',
    ].join('\n'),
  });
  expect(await group.lag()).toBe(2);
  await expect(broker.group('nobody').caughtUp({ timeoutMs: 1 })).rejects.toThrow(
    'it has neither committed offsets nor members that subscribe to a topic',
  );
  await expect(group.caughtUp({ topic: 'absent', timeoutMs: 1 })).rejects.toThrow('there is no such topic');
});

test('records that are gone are no lag', async () => {
  await send(broker, 'orders', { value: '1', partition: 0 });
  const reader = await reading('shop');
  await reader.values(1);
  await broker.group('shop').caughtUp();
  await reader.stop();
  readers.splice(0);
  await send(broker, 'orders', { value: '2', partition: 0 });
  expect(await broker.group('shop').lag()).toBe(1);
  await broker.topic('orders').truncate();
  expect(await broker.group('shop').lag()).toBe(0);
});

test('a rebalance is what members see of one that comes and goes', async () => {
  await reading('shop', 'first');
  await reading('shop', 'second');
  const group = broker.group('shop');
  const before = await group.stable({ members: 2 });
  await group.rebalance();
  const after = await group.members();
  expect(after.map(({ memberId }) => memberId).sort()).toEqual(before.map(({ memberId }) => memberId).sort());
  expect(after.flatMap(({ partitions }) => partitions)).toHaveLength(2);
  expect(readers.map(({ rebalances }) => rebalances >= 1)).toEqual([true, true]);
  await expect(broker.group('nobody').rebalance()).rejects.toMatchObject({ code: 'GROUP_EMPTY' });
});

test('who is evicted is out, and comes back', async () => {
  await reading('shop', 'first');
  await reading('shop', 'second');
  const group = broker.group('shop');
  const before = await group.stable({ members: 2 });
  await group.evict('first');
  expect((await group.members()).map(({ clientId }) => clientId)).not.toContain('first');
  const after = await group.stable({ members: 2 });
  const idOf = (members: typeof before, client: string): string | undefined =>
    members.find(({ clientId }) => clientId === client)?.memberId;
  expect(idOf(after, 'first')).not.toBe(idOf(before, 'first'));
  await expect(group.evict('third')).rejects.toMatchObject({ code: 'MEMBER_UNKNOWN' });
});

test('stable says how it stands instead', async () => {
  await expect(broker.group('shop').stable({ timeoutMs: 1 })).rejects.toMatchObject({
    code: 'GROUP_NOT_STABLE',
    message: expect.stringContaining('but there is no such group'),
  });
  await reading('shop');
  await broker.group('shop').stable();
  await expect(broker.group('shop').stable({ members: 2, timeoutMs: 1 })).rejects.toThrow(
    'waited 1 ms for group shop to be stable with 2 members, but it is Stable with 1 member.',
  );
});

test('delete takes a group without members, and its offsets', async () => {
  const reader = await reading('shop');
  const group = broker.group('shop');
  await send(broker, 'orders', { value: '1', partition: 0 });
  await group.caughtUp();
  await expect(group.delete()).rejects.toMatchObject({ code: 'GROUP_NOT_EMPTY' });
  await reader.stop();
  readers.splice(0);
  expect(await group.state()).toBe('Empty');
  await group.delete();
  await group.delete();
  expect([await group.state(), await group.offsets()]).toEqual(['Dead', []]);
});
