/**
 * A member of a group, by @platformatic/kafka: `node members/platformatic.mjs PACKAGE BOOTSTRAP TOPIC GROUP ASSIGNOR [INSTANCE]`.
 * It speaks as harness/group-of-three.mjs wants it.
 */
const [packageName, bootstrap, topic, groupId, assignor, groupInstanceId] = process.argv.slice(2);
const { Consumer, MessagesStreamFallbackModes, MessagesStreamModes, stringDeserializers } = await import(
  packageName
);
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

const timeout = groupInstanceId === undefined ? 6000 : 30_000;
const consumer = new Consumer({
  clientId: 'member',
  bootstrapBrokers: [bootstrap],
  groupId,
  sessionTimeout: timeout,
  rebalanceTimeout: timeout,
  heartbeatInterval: 500,
  maxWaitTime: 200,
  deserializers: stringDeserializers,
  protocols: [{ name: assignor, version: 1 }],
  ...(groupInstanceId === undefined ? {} : { groupInstanceId }),
});
consumer.on('consumer:group:join', ({ assignments }) => {
  if (assignments !== undefined)
    say({ assigned: assignments.find((each) => each.topic === topic)?.partitions ?? [] });
});
// Eager members have given everything up when they rejoin; a cooperative one says what it still has when it has joined.
if (assignor !== 'cooperative-sticky') consumer.on('consumer:group:rebalance', () => say({ assigned: [] }));

const stream = await consumer.consume({
  topics: [topic],
  mode: MessagesStreamModes.COMMITTED,
  fallbackMode: MessagesStreamFallbackModes.EARLIEST,
  autocommit: 200,
});
const leave = async () => {
  await stream.close();
  await consumer.close(true);
  process.exit(0);
};
process.once('SIGTERM', () => void leave());
for await (const { partition, offset, value } of stream) say({ partition, offset: Number(offset), value });
