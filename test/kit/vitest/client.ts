/** kafkajs as most people have it, silent. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { type Consumer, Kafka, logLevel, type Message, Partitioners, type Producer } from 'kafkajs';
import type { TestBroker } from 'millrace/testing';

export function kafkaOf(broker: TestBroker, clientId = 'test'): Kafka {
  return new Kafka({ clientId, brokers: broker.brokers, logLevel: logLevel.NOTHING });
}

export async function withProducer<T>(
  broker: TestBroker,
  work: (producer: Producer) => Promise<T>,
): Promise<T> {
  const producer = kafkaOf(broker).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    return await work(producer);
  } finally {
    await producer.disconnect();
  }
}

export function send(broker: TestBroker, topic: string, ...messages: Message[]): Promise<unknown> {
  return withProducer(broker, (producer) => producer.send({ topic, messages }));
}

/** A consumer of a group, and the values it has read so far. */
export class Reader {
  readonly #consumer: Consumer;
  readonly #values: string[] = [];
  #wanted: { readonly count: number; readonly resolve: (values: string[]) => void } | null = null;

  /** How often it has been told to join anew. */
  rebalances = 0;

  constructor(broker: TestBroker, groupId: string, clientId?: string) {
    this.#consumer = kafkaOf(broker, clientId).consumer({
      groupId,
      maxWaitTimeInMs: 50,
      heartbeatInterval: 50,
      retry: { initialRetryTime: 10, maxRetryTime: 100 },
    });
    this.#consumer.on(this.#consumer.events.REBALANCING, () => {
      this.rebalances++;
    });
  }

  async start(topic: string): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topic, fromBeginning: true });
    await this.#consumer.run({
      eachMessage: async ({ message }) => {
        this.#values.push(message.value?.toString() ?? '');
        this.#settle();
      },
    });
  }

  /** The first `count` values, once they have come; the values are then forgotten. */
  values(count: number): Promise<string[]> {
    return new Promise((resolve) => {
      this.#wanted = { count, resolve };
      this.#settle();
    });
  }

  #settle(): void {
    if (this.#wanted === null || this.#values.length < this.#wanted.count) return;
    const { count, resolve } = this.#wanted;
    this.#wanted = null;
    resolve(this.#values.splice(0, count));
  }

  stop(): Promise<void> {
    return this.#consumer.disconnect();
  }
}

/** Connects and disconnects, without the patience of a client. @throws the system's error */
export async function connectTo(address: string): Promise<void> {
  const [host, port] = address.split(':') as [string, string];
  const socket = connect(Number(port), host);
  await once(socket, 'connect');
  socket.destroy();
}
