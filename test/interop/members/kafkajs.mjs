/**
 * A member of a group, by kafkajs: `node members/kafkajs.mjs BOOTSTRAP TOPIC GROUP`. It speaks as harness/group-of-three.mjs
 * wants it.
 */
import { Kafka, logLevel } from 'kafkajs';

const [bootstrap, topic, groupId] = process.argv.slice(2);
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

const kafka = new Kafka({ clientId: 'member', brokers: [bootstrap], logLevel: logLevel.ERROR });
const consumer = kafka.consumer({
  groupId,
  sessionTimeout: 6000,
  heartbeatInterval: 500,
  rebalanceTimeout: 6000,
  maxWaitTimeInMs: 200,
});
const { GROUP_JOIN, REBALANCING } = consumer.events;
consumer.on(GROUP_JOIN, ({ payload }) => say({ assigned: payload.memberAssignment[topic] ?? [] }));
consumer.on(REBALANCING, () => say({ assigned: [] }));

const leave = async () => {
  await consumer.disconnect();
  process.exit(0);
};
process.once('SIGTERM', () => void leave());

await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({
  autoCommitInterval: 200,
  eachMessage: async ({ partition, message }) =>
    say({ partition, offset: Number(message.offset), value: message.value.toString() }),
});
