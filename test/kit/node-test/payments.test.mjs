// oxlint-disable typescript/no-floating-promises -- node:test gathers its tests itself
/** A second file, which node:test runs beside the first: a broker of its own, and several in one process. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBroker } from 'millrace/testing';

let broker;
before(async () => {
  broker = await startBroker({ topics: { payments: {} } });
});
after(() => broker.stop());

test('knows nothing of the other file', async () => {
  assert.deepEqual(broker.topics(), ['payments']);
});

test('several in one process have ports and clocks of their own', async () => {
  const others = await Promise.all([startBroker(), startBroker()]);
  assert.equal(new Set([broker, ...others].map(({ brokers }) => brokers[0])).size, 3);
  await others[0].clock.advance('1 day');
  assert.ok(others[0].clock.now() - others[1].clock.now() > 80_000_000);
  await Promise.all(others.map((other) => other.stop()));
});
