import { Kafka, logLevel } from 'kafkajs';

const client = ({ bootstrap }) =>
  new Kafka({
    clientId: 'bench',
    brokers: [bootstrap],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 20 },
  });

/** Creates a topic and waits until it can be written to, in steps of 100 ms, which are KafkaJS's own. Not part of any measured time. */
export async function createTopic(broker, topic, numPartitions, waitForLeaders = true) {
  const admin = client(broker).admin();
  await admin.connect();
  try {
    await admin.createTopics({
      waitForLeaders,
      topics: [{ topic, numPartitions, replicationFactor: 1 }],
    });
  } finally {
    await admin.disconnect();
  }
}

/** One record into a new topic, acknowledged. The producer finds out by itself when the topic has a leader. */
export async function firstRecord(broker) {
  await createTopic(broker, 'first', 1, false);
  const producer = client(broker).producer();
  await producer.connect();
  await producer.send({ topic: 'first', acks: -1, messages: [{ value: 'hello' }] });
  await producer.disconnect();
}
