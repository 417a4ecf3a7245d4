/**
 * One of the consumer processes: counts the departures of the partitions the group gives it. A batch is counted, saved
 * (checkpoints.ts), committed, in this order; it may be killed between any two instructions.
 */
import { type EachBatchPayload, Kafka, logLevel } from 'kafkajs';
import { Checkpoints } from './checkpoints.js';
import type { ConsumerOptions, FromConsumer, ToConsumer } from './conversation.js';
import { type AirportSums, addDeparture } from './departures.js';
import { readFlight } from './flight-message.js';

/** What the one who asked for this process must do before it goes on. */
class Parent {
  #resolve: (() => void) | null = null;
  #awaited: ToConsumer['kind'] | null = null;

  constructor() {
    process.on('message', (message: ToConsumer) => {
      if (message.kind !== this.#awaited) throw new Error(`not waiting for ${message.kind}`);
      this.#awaited = null;
      this.#resolve!();
    });
  }

  tell(message: FromConsumer): void {
    process.send!(message);
  }

  ask(message: FromConsumer, answer: ToConsumer['kind']): Promise<void> {
    return new Promise((resolve) => {
      this.#awaited = answer;
      this.#resolve = resolve;
      this.tell(message);
    });
  }
}

const parent = new Parent();
const options = JSON.parse(process.argv[2]!) as ConsumerOptions;
const checkpoints = new Checkpoints(options.checkpoints);
/** The partitions of this generation, as far as a batch of them has come. */
const counting = new Map<number, { nextOffset: number; sums: AirportSums }>();

const kafka = new Kafka({ clientId: options.name, brokers: [options.address], logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({
  groupId: options.group,
  sessionTimeout: options.sessionMs,
  heartbeatInterval: options.sessionMs / 10,
  // kafkajs sends heartbeats between fetches, so a fetch must not wait for long.
  maxWaitTimeInMs: 200,
  maxBytesPerPartition: options.batchBytesMax,
});
consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
  // Another member may have carried on with any of them: whatever we go on with is loaded again.
  counting.clear();
  const partitions = payload.memberAssignment[options.topic] ?? [];
  parent.tell({ kind: 'assigned', partitions });
});
consumer.on(consumer.events.CRASH, ({ payload }) => {
  // kafkajs comes back by itself from what it deems passing.
  if (payload.restart) return;
  console.error(payload.error);
  process.exit(1);
});

// Whoever started us is gone: nobody wants the answer.
process.once('disconnect', () => process.exit(1));
process.once('SIGTERM', () => void leave());
// Ctrl-C on a terminal reaches every process of it; the parent decides what becomes of us.
process.on('SIGINT', () => {});

async function leave(): Promise<void> {
  await consumer.disconnect();
  process.exit(0);
}

async function eachBatch(payload: EachBatchPayload): Promise<void> {
  const { topic, partition, messages } = payload.batch;
  let mine = counting.get(partition);
  if (mine === undefined) counting.set(partition, (mine = await checkpoints.load(partition)));

  const from = mine.nextOffset;
  let bytes = 0;
  for (const { offset, key, value } of messages) {
    // Saved by whoever had the partition before us, and perhaps killed before the commit.
    if (Number(offset) < mine.nextOffset) continue;
    if (Number(offset) > mine.nextOffset) {
      throw new Error(`partition ${partition}: expected offset ${mine.nextOffset}, read ${offset}`);
    }
    const { hour, delayMinutes } = readFlight(value!.toString());
    addDeparture(mine.sums, key!.toString(), hour, delayMinutes);
    bytes += key!.length + value!.length;
    mine.nextOffset += 1;
  }
  const to = mine.nextOffset;
  if (to > from) {
    await parent.ask({ kind: 'counted', partition, from, to, bytes }, 'go-on');
    await checkpoints.save(partition, mine);
  }
  const last = messages.at(-1);
  if (last !== undefined) payload.resolveOffset(last.offset);
  await payload.commitOffsetsIfNecessary({
    topics: [{ topic, partitions: [{ partition, offset: String(to) }] }],
  });
  parent.tell({ kind: 'saved', partition, nextOffset: to });
  await payload.heartbeat();
}

await consumer.connect();
await parent.ask({ kind: 'connected' }, 'join');
await consumer.subscribe({ topic: options.topic, fromBeginning: true });
await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch });
