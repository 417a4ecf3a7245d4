import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { after, afterEach, before, test } from 'node:test';
import { promisify } from 'node:util';
import { startBroker } from 'millrace/testing';

const { placeOrders, totals } = createRequire(import.meta.url)('./orders.cjs');

let broker;

before(async () => {
  broker = await startBroker({ topics: { orders: { partitions: 3 } } });
});
afterEach(() => broker.reset());
after(() => broker.stop());

const ORDERS = [
  { customer: 'ada', amount: 3 },
  { customer: 'bob', amount: 4 },
  { customer: 'ada', amount: 5 },
];

test('what the service writes is in the broker', async () => {
  await placeOrders(broker.brokers, ORDERS);
  const records = await broker.records('orders', { count: 3 });
  assert.deepEqual(records.map(({ key, value }) => `${key}=${value}`).sort(), ['ada=3', 'ada=5', 'bob=4']);
});

test('what was written is read in a group', async () => {
  await placeOrders(broker.brokers, ORDERS);
  assert.deepEqual(await totals(broker.brokers, 3), { ada: 8, bob: 4 });
});

test('it runs on under fake timers', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'] });
  const [address] = broker.brokers;
  const script = createRequire(import.meta.url).resolve('./orders.cjs');
  const [records] = await Promise.all([
    broker.records('orders', { count: 1 }),
    promisify(execFile)(process.execPath, [script, address, 'zoe', '7']),
  ]);
  assert.equal(String(records[0].value), '7');
});

test('a broker that nobody stops does not keep a process alive, and prints nothing', async () => {
  const code =
    "import('millrace/testing').then(({ startBroker }) => startBroker({ topics: { orders: {} } }))";
  // It would be killed, and the promise rejected, if it stayed.
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', code], {
    cwd: import.meta.dirname,
    timeout: 30_000,
  });
  assert.equal(stdout + stderr, '');
});
