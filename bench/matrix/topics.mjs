import { Kafka, logLevel } from 'kafkajs';

const client = ({ bootstrap }) =>
  new Kafka({
    clientId: 'bench',
    brokers: [bootstrap],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 20 },
  });

/** Creates a topic and waits until it can be written to. Not part of any measured time, but for the start's. */
export async function createTopic(broker, topic, numPartitions) {
  const admin = client(broker).admin();
  await admin.connect();
  try {
    await admin.createTopics({
      waitForLeaders: true,
      topics: [{ topic, numPartitions, replicationFactor: 1 }],
    });
  } finally {
    await admin.disconnect();
  }
}

/** One record into a new topic, acknowledged. */
export async function firstRecord(broker) {
  await createTopic(broker, 'first', 1);
  const producer = client(broker).producer();
  await producer.connect();
  await producer.send({ topic: 'first', acks: -1, messages: [{ value: 'hello' }] });
  await producer.disconnect();
}
