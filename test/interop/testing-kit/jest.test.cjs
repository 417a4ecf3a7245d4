const { execFile } = require('node:child_process');
const { startBroker } = require('millrace/testing');
const { placeOrders, totals } = require('./orders.cjs');

let broker;

beforeAll(async () => {
  broker = await startBroker({ topics: { orders: { partitions: 3 } } });
});
afterEach(() => broker.reset());
afterAll(() => broker.stop());

const ORDERS = [
  { customer: 'ada', amount: 3 },
  { customer: 'bob', amount: 4 },
  { customer: 'ada', amount: 5 },
];

test('what the service writes is in the broker', async () => {
  await placeOrders(broker.brokers, ORDERS);
  const records = await broker.records('orders', { count: 3 });
  expect(records.map(({ key, value }) => `${key}=${value}`).sort()).toEqual(['ada=3', 'ada=5', 'bob=4']);
});

test('what was written is read in a group', async () => {
  await placeOrders(broker.brokers, ORDERS);
  expect(await totals(broker.brokers, 3)).toEqual({ ada: 8, bob: 4 });
});

test('reset has emptied the topic and forgotten the group', async () => {
  await placeOrders(broker.brokers, [{ customer: 'eve', amount: 1 }]);
  expect(await totals(broker.brokers, 1)).toEqual({ eve: 1 });
});

test('it runs on under fake timers', async () => {
  jest.useFakeTimers();
  try {
    const [address] = broker.brokers;
    const writing = new Promise((resolve, reject) => {
      const args = [require.resolve('./orders.cjs'), address, 'zoe', '7'];
      execFile(process.execPath, args, (error) => (error === null ? resolve() : reject(error)));
    });
    const records = await broker.records('orders', { count: 1 });
    expect(String(records[0].value)).toBe('7');
    await writing;
  } finally {
    jest.useRealTimers();
  }
});

test('two brokers in one process know nothing of each other', async () => {
  const other = await startBroker({ topics: { orders: {} } });
  try {
    await placeOrders(broker.brokers, ORDERS);
    await placeOrders(other.brokers, [{ customer: 'kim', amount: 9 }]);
    expect(await totals(other.brokers, 1)).toEqual({ kim: 9 });
  } finally {
    await other.stop();
  }
});
