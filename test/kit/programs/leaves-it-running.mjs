/** Uses a broker and forgets to stop it: the process must end by itself, and say nothing but what it says here. */
import { Kafka, logLevel } from 'kafkajs';
import { startBroker } from 'millrace/testing';

const broker = await startBroker({ topics: { orders: { partitions: 3 } } });
const kafka = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING });

const producer = kafka.producer({ createPartitioner: () => () => 0 });
await producer.connect();
await producer.send({ topic: 'orders', messages: [{ value: 'one' }] });
await producer.disconnect();

const consumer = kafka.consumer({ groupId: 'shop', maxWaitTimeInMs: 100 });
await consumer.connect();
await consumer.subscribe({ topic: 'orders', fromBeginning: true });
const read = await new Promise((resolve, reject) => {
  consumer.run({ eachMessage: async ({ message }) => resolve(message.value.toString()) }).catch(reject);
});
await consumer.disconnect();

console.log(`read ${read}`);
