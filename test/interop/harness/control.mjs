/**
 * What a suite needs beside the client under test: topics, records to read, offsets to look at. Through kafkajs, which has
 * a suite of its own.
 */
import { randomUUID } from 'node:crypto';
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import { until } from './until.mjs';

export class Control {
  #admin;
  #producer;

  constructor(bootstrap) {
    const kafka = new Kafka({
      clientId: 'control',
      brokers: [bootstrap],
      logLevel: logLevel.NOTHING,
      retry: { retries: 10 },
    });
    this.#admin = kafka.admin();
    this.#producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  }

  async connect() {
    await this.#admin.connect();
    await this.#producer.connect();
  }

  async disconnect() {
    await this.#producer.disconnect();
    await this.#admin.disconnect();
  }

  /** A new topic with a name of its own. */
  async topic(label, partitions = 1, configEntries = []) {
    const topic = unique(label);
    await this.#admin.createTopics({
      topics: [{ topic, numPartitions: partitions, replicationFactor: 1, configEntries }],
      waitForLeaders: false,
    });
    await until(`${topic} to be led`, () => this.#isLed(topic));
    return topic;
  }

  /** Apache Kafka's broker may hear of a topic later than its controller has answered. */
  async #isLed(topic) {
    try {
      const { topics } = await this.#admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0].partitions.every(({ leader }) => leader >= 0);
    } catch (error) {
      if (error.type === 'UNKNOWN_TOPIC_OR_PARTITION' || error.type === 'LEADER_NOT_AVAILABLE') return false;
      throw error;
    }
  }

  /** Values `from` to `to` (exclusive), one behind the other over the partitions. */
  async fill(topic, partitions, from, to) {
    const messages = [];
    for (let n = from; n < to; n++)
      messages.push({ partition: n % partitions, key: `key-${n}`, value: String(n) });
    await this.#producer.send({ topic, messages, acks: -1 });
  }

  /** `[{ low, high }]` by partition. */
  async offsets(topic) {
    const offsets = await this.#admin.fetchTopicOffsets(topic);
    return offsets
      .sort((a, b) => a.partition - b.partition)
      .map(({ low, high }) => ({ low: Number(low), high: Number(high) }));
  }

  /** Committed offsets by partition, -1 for none. */
  async committed(groupId, topic) {
    const [found] = await this.#admin.fetchOffsets({ groupId, topics: [topic] });
    return found.partitions.sort((a, b) => a.partition - b.partition).map(({ offset }) => Number(offset));
  }
}

/** A name nobody else has. */
export function unique(label) {
  return `${label}-${randomUUID().slice(0, 8)}`;
}
