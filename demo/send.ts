/** Sends the flights over the wire, by kafkajs as an idempotent producer: a request that has to be repeated stores nothing twice. */
import { type ICustomPartitioner, type Kafka, Partitioners } from 'kafkajs';
import { type FlightMessage, flightMessage, LocalTimes } from './flight-message.js';
import type { FlightBlock, FlightFile } from './flights.js';

/**
 * Flights in one call of `send`, which kafkajs turns into one request with one batch for each partition. Not more: it copies the
 * list of a partition for each message it adds, so its time per message grows with the number of messages.
 */
const FLIGHTS_PER_REQUEST = 2_000;

export interface Sent {
  readonly records: number;
  /** Of keys and values. */
  readonly bytes: number;
  readonly ms: number;
}

/** @throws KafkaJSError when the broker refuses records, or cannot be reached for longer than kafkajs tries */
export async function sendFlights(
  kafka: Kafka,
  topic: string,
  file: FlightFile,
  rowLimit: number,
  onProgress: (sent: number) => void,
): Promise<Sent> {
  const producer = kafka.producer({ idempotent: true, createPartitioner: rememberingPartitioner });
  await producer.connect();
  try {
    const startedAtMs = performance.now();
    let records = 0;
    let bytes = 0;
    let underWay = Promise.resolve();
    for await (const messages of requests(file, rowLimit)) {
      // One request is on its way while the next flights are put into words.
      await underWay;
      onProgress(records);
      underWay = producer.send({ topic, messages, acks: -1 }).then(() => {
        records += messages.length;
        // All of it is ASCII.
        for (const { key, value } of messages) bytes += key.length + value.length;
      });
    }
    await underWay;
    onProgress(records);
    return { records, bytes, ms: performance.now() - startedAtMs };
  } finally {
    await producer.disconnect();
  }
}

async function* requests(file: FlightFile, rowLimit: number): AsyncGenerator<FlightMessage[]> {
  const clock = new LocalTimes();
  for await (const block of file.blocks(rowLimit)) {
    for (let start = 0; start < block.count; start += FLIGHTS_PER_REQUEST) {
      yield messagesOf(block, start, Math.min(start + FLIGHTS_PER_REQUEST, block.count), clock);
    }
  }
}

function messagesOf(block: FlightBlock, start: number, end: number, clock: LocalTimes): FlightMessage[] {
  return Array.from({ length: end - start }, (_, at) => flightMessage(block, start + at, clock));
}

/** Kafka's own partitioner, asked once per airport: there are 229 of them and millions of flights. */
const rememberingPartitioner: ICustomPartitioner = () => {
  const partitionOf = Partitioners.DefaultPartitioner();
  const known = new Map<string, number>();
  return (question) => {
    const airport = String(question.message.key);
    let partition = known.get(airport);
    if (partition === undefined) known.set(airport, (partition = partitionOf(question)));
    return partition;
  };
};
