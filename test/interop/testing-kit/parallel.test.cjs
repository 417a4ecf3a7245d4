/** Runs in a worker beside jest.test.cjs: a broker of its own under the same topic name, with its own faults and its own clock. */
const { startBroker } = require('millrace/testing');
const { placeOrders } = require('./orders.cjs');

let broker;
beforeAll(async () => {
  broker = await startBroker({ topics: { orders: {} } });
});
afterEach(() => broker.reset());
afterAll(() => broker.stop());

test('sees its own orders and nobody else’s', async () => {
  for (let round = 1; round <= 5; round++) {
    await placeOrders(broker.brokers, [{ customer: 'only', amount: round }]);
    const records = await broker.topic('orders').records();
    expect(records.map(({ key, value }) => `${key}=${value}`)).toEqual([`only=${round}`]);
    await broker.reset();
  }
});

test('a retriable error is retried', async () => {
  const fault = broker.fail('Produce', { error: 'NOT_LEADER_OR_FOLLOWER', times: 1 });
  await placeOrders(broker.brokers, [{ customer: 'ada', amount: 3 }]);
  expect(fault.hits).toBe(1);
  expect(await broker.topic('orders').records()).toHaveLength(1);
});

test('time passes for this broker alone', async () => {
  await broker.topic('orders').configure({ 'retention.ms': 3_600_000 });
  await broker.topic('orders').produce({ value: 'old' });
  await broker.clock.advance('2 hours');
  expect(await broker.topic('orders').records()).toEqual([]);
  expect(broker.clock.now() - Date.now()).toBeGreaterThan(7_000_000);
});
