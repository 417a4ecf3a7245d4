/**
 * Starts, uses and stops a broker 50 times, run with --expose-gc. Prints what is left behind, as JSON: handles that keep the
 * event loop busy, addresses that still answer, bytes of heap and buffers per broker once the first ten have warmed everything up.
 */
import { connect } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { startBroker } from 'millrace/testing';

const WARM_UP = 10;
const ROUNDS = 50;

async function round() {
  const broker = await startBroker({ topics: { orders: { partitions: 3 } } });
  const kafka = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: () => () => 0 });
  await producer.connect();
  await producer.send({ topic: 'orders', messages: [{ value: 'x'.repeat(100_000) }] });
  await broker.records('orders');
  await producer.disconnect();
  await broker.stop();
  return broker.brokers[0];
}

function answers(address) {
  const [host, port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), host);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Sockets close over a turn or two of the event loop. */
async function settle() {
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  globalThis.gc();
  globalThis.gc();
}

function usedBytes() {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const handlesBefore = process.getActiveResourcesInfo();
for (let at = 0; at < WARM_UP; at++) await round();
await settle();
const bytesBefore = usedBytes();
const addresses = [];
for (let at = 0; at < ROUNDS; at++) addresses.push(await round());
await settle();
const bytesPerBroker = Math.round((usedBytes() - bytesBefore) / ROUNDS);
const answering = [];
for (const address of addresses) if (await answers(address)) answering.push(address);
await settle();
const handles = process.getActiveResourcesInfo().filter((name) => !handlesBefore.includes(name));
console.log(JSON.stringify({ handles, answering, bytesPerBroker }));
