/** Awaits the broker and nothing else: the process must not end in the middle of it. */
import { startBroker } from 'millrace/testing';

const broker = await startBroker({ topics: { orders: {} } });
const missing = await broker.records('orders', { timeoutMs: 200 }).catch(({ code }) => code);
await broker.reset();
await broker.stop();
console.log(missing);
