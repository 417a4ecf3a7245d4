/**
 * A producer as Kafka's clients are: several requests under way, each batch kept until it is acknowledged, and after a lost connection or a
 * retriable refusal sent again with the same sequence, the oldest first.
 */
import type { Offset, PartitionIndex, ProducerId, Sequence } from '../../../src/base/ids.js';
import { BatchBuilder } from '../../../src/records/builder.js';
import { ConnectionLost, type RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { ErrorCode, errorName, isRetriable } from '../../../src/wire/errors.js';
import { InitProducerId } from '../../../src/wire/messages/init-producer-id.js';
import { Produce } from '../../../src/wire/messages/produce.js';
import {
  type Delivery,
  type PartitionHistory,
  type ProducerHistory,
  recordName,
  recordValue,
  type Sent,
  type TopicLife,
} from '../history.js';
import { Violation } from '../world.js';
import { Actor, type Means } from './actor.js';

export interface ProducerOptions {
  readonly serial: number;
  readonly topic: TopicLife;
  readonly idempotent: boolean;
  readonly acks: -1 | 1;
  readonly inFlightMax: number;
  readonly partitionsPerRequestMax: number;
  readonly recordsPerBatchMax: number;
  readonly recordBytesMax: number;
  readonly thinkMsMax: number;
}

interface Batch {
  readonly firstNumber: number;
  readonly names: readonly string[];
  readonly bytes: Buffer;
  /** Whether it was alone on its way when it was last sent: nothing before it can explain a refusal. */
  sentFirst: boolean;
}

class Lane {
  readonly history: PartitionHistory;
  readonly sent: Sent;
  /** Unacknowledged, oldest first. */
  queue: Batch[] = [];
  /** Of the queue's first batches, how many are on their way. */
  inFlight = 0;
  /** Something failed: nothing is sent before all that is on its way has come back. */
  failed = false;
  /**
   * Whether the partition has answered as one that is there. Until then one batch waits for the other: of two that come to a partition
   * while it is being made the second may be let in alone, since a producer of whom a log knows nothing may begin anywhere.
   */
  isThere = false;
  nextSequence: Sequence = 0;
  lastAcknowledged: Offset = -1;

  constructor(history: PartitionHistory, sent: Sent) {
    this.history = history;
    this.sent = sent;
  }
}

export class Producer extends Actor implements ProducerHistory {
  readonly serial: number;
  readonly delivery: Delivery;
  readonly recordBytes: number;
  readonly topic: TopicLife;
  readonly sent: Map<PartitionIndex, Sent>;
  readonly #options: ProducerOptions;
  readonly #lanes: readonly Lane[];
  #producerId: ProducerId = -1;
  #requestsInFlight = 0;
  #wake: (() => void) | undefined;
  acknowledged = 0;

  constructor(options: ProducerOptions, means: Means) {
    super(means);
    const { serial, topic, idempotent, recordBytesMax } = options;
    this.serial = serial;
    this.topic = topic;
    this.delivery = idempotent ? 'once' : 'in order';
    this.recordBytes = recordBytesMax;
    this.#options = options;
    this.#lanes = topic.partitions.map(
      (partition) =>
        new Lane(partition, { producer: serial, topic: topic.name, partition: partition.index, count: 0 }),
    );
    this.sent = new Map(this.#lanes.map(({ sent }) => [sent.partition, sent]));
    this.history.producers.push(this);
  }

  /** In words, what is not acknowledged yet; undefined when nothing is. */
  get pending(): string | undefined {
    if (!this.#wanted) return undefined;
    const waiting = this.#lanes.filter(({ queue }) => queue.length > 0);
    if (waiting.length === 0) return undefined;
    const lanes = waiting.map(
      ({ sent, queue }) =>
        `${queue[0]!.names[0]} and on, ${queue.length} batches, to ${sent.topic}-${sent.partition}`,
    );
    return `producer ${this.serial} waits for ${lanes.join('; ')}`;
  }

  get #wanted(): boolean {
    return this.topic.state === 'there';
  }

  async run(): Promise<void> {
    while (this.#wanted) {
      if (this.delivery === 'once' && this.#producerId < 0 && !(await this.#takeProducerId())) continue;
      const connection = await this.client.connectionFor(this.pending === undefined ? 'the new' : 'the old');
      if (!this.#wanted) return;
      const batches = this.#nextBatches();
      if (batches.length > 0) this.#send(connection, batches);
      await this.#pause();
    }
  }

  async #pause(): Promise<void> {
    if (this.#requestsInFlight >= this.#options.inFlightMax) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    await this.world.sleep(this.prng.random() * this.#options.thinkMsMax);
  }

  async #takeProducerId(): Promise<boolean> {
    const answer = await this.client.ask(InitProducerId, { transactionalId: null, transactionTimeoutMs: 0 });
    if (answer === undefined || answer.errorCode !== ErrorCode.NONE) {
      await this.client.backOff();
      return false;
    }
    this.history.producerIdGiven(answer.producerId);
    this.#producerId = answer.producerId;
    return true;
  }

  /** Of some partitions, one batch each: the oldest that is not on its way, or a new one. */
  #nextBatches(): { lane: Lane; batch: Batch }[] {
    const { partitionsPerRequestMax, inFlightMax } = this.#options;
    const wanted = this.prng.between(1, partitionsPerRequestMax);
    const chosen = new Set<Lane>();
    for (let tries = 0; tries < wanted; tries++) chosen.add(this.prng.pick(this.#lanes));
    // What failed comes first: it holds up what is behind it.
    const overdue = this.#lanes.filter((lane) => lane.queue.length > lane.inFlight && !chosen.has(lane));
    for (const lane of overdue.slice(0, partitionsPerRequestMax)) chosen.add(lane);
    const batches: { lane: Lane; batch: Batch }[] = [];
    for (const lane of chosen) {
      if (lane.failed && lane.inFlight > 0) continue;
      lane.failed = false;
      if (lane.inFlight >= (lane.isThere ? inFlightMax : 1)) continue;
      if (lane.inFlight === lane.queue.length) {
        if (this.gate.allowed !== 'the new') continue;
        lane.queue.push(this.#newBatch(lane));
      }
      const batch = lane.queue[lane.inFlight]!;
      batch.sentFirst = lane.inFlight === 0;
      lane.inFlight++;
      batches.push({ lane, batch });
    }
    return batches;
  }

  #newBatch(lane: Lane): Batch {
    const { recordsPerBatchMax, recordBytesMax } = this.#options;
    const idempotent = this.delivery === 'once';
    const builder = new BatchBuilder(
      idempotent ? { producerId: this.#producerId, producerEpoch: 0, baseSequence: lane.nextSequence } : {},
    );
    const names: string[] = [];
    const firstNumber = lane.sent.count;
    for (let left = this.prng.between(1, recordsPerBatchMax); left > 0; left--) {
      const name = recordName(this.serial, lane.sent.partition, lane.sent.count++);
      names.push(name);
      builder.append({
        key: Buffer.from(name),
        value: recordValue(name, recordBytesMax),
        timestamp: this.world.wallMs - this.prng.between(0, 5),
      });
    }
    lane.nextSequence += names.length;
    return { firstNumber, names, bytes: builder.build(), sentFirst: false };
  }

  #send(connection: RpcConnection, batches: readonly { lane: Lane; batch: Batch }[]): void {
    const { acks } = this.#options;
    const partitionData = batches.map(({ lane, batch }) => ({
      index: lane.sent.partition,
      // The broker stamps batches where they lie: each attempt sends bytes of its own.
      records: Buffer.from(batch.bytes),
    }));
    this.note(
      `sends ${batches.map(({ lane, batch }) => `${batch.names[0]}+${batch.names.length - 1} to ${lane.sent.topic}-${lane.sent.partition}`).join(', ')}`,
    );
    this.#requestsInFlight++;
    connection
      .call(Produce, { acks, timeoutMs: 1500, topicData: [{ name: this.topic.name, partitionData }] })
      .then(
        (answer) => {
          const answers = new Map(answer.responses[0]?.partitionResponses.map((each) => [each.index, each]));
          for (const { lane, batch } of batches) {
            const own = answers.get(lane.sent.partition);
            if (own === undefined)
              throw new Violation(`no answer for ${lane.sent.topic}-${lane.sent.partition}`);
            this.#answered(lane, batch, own.errorCode, own.baseOffset);
          }
        },
        (error: unknown) => {
          if (!(error instanceof ConnectionLost)) throw error;
          for (const { lane } of batches) this.#failed(lane);
        },
      )
      .catch((error: unknown) => this.world.violated(error))
      .finally(() => {
        this.#requestsInFlight--;
        this.#wake?.();
        this.#wake = undefined;
      });
  }

  #answered(lane: Lane, batch: Batch, error: number, baseOffset: Offset): void {
    const where = `${lane.sent.topic}-${lane.sent.partition}`;
    const what = `${batch.names[0]}+${batch.names.length - 1}`;
    lane.isThere ||= error !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    if (error !== ErrorCode.NONE) {
      this.note(`${what} refused by ${where}: ${errorName(error)}`);
      this.#failed(lane);
      if (!this.#wanted) return;
      if (error === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER && !batch.sentFirst) return;
      if (!isRetriable(error)) throw new Violation(`${where} refused ${what}, its next: ${errorName(error)}`);
      return;
    }
    this.note(`${what} acknowledged by ${where}@${baseOffset}`);
    lane.inFlight--;
    const at = lane.queue.indexOf(batch);
    lane.queue.splice(at, 1);
    // Between the request and its answer the topic may have been deleted, and another made under its name.
    if (!this.#wanted) return;
    this.acknowledged += batch.names.length;
    for (const [delta, name] of batch.names.entries()) {
      lane.history.promise(baseOffset + delta, name, 'acknowledged');
    }
    if (at === 0 && baseOffset <= lane.lastAcknowledged) {
      throw new Violation(
        `${where}: ${what} is acknowledged at ${baseOffset}, before an older one at ${lane.lastAcknowledged}`,
      );
    }
    lane.lastAcknowledged = Math.max(lane.lastAcknowledged, baseOffset);
  }

  #failed(lane: Lane): void {
    lane.inFlight--;
    lane.failed = true;
  }
}
