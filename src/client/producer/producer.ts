/**
 * Appends records to topics: `append` takes one at a time and never waits, batches leave by themselves, `flush` waits for all of
 * them. Idempotent unless told otherwise (KIP-98): what is resent after a lost answer is stored once, in order.
 *
 * A batch that can never be stored fails the whole producer. Going on behind it would break the order that was promised.
 */
import { assert } from '../../base/assert.js';
import { INT32_MAX, type Millis, type Offset, type PartitionIndex } from '../../base/ids.js';
import type { TimerHandle } from '../../ports/clock.js';
import type { Header, NewRecord } from '../../records/builder.js';
import { Compression } from '../../records/compression/compression.js';
import { CODEC_NAMES, type CodecId } from '../../records/compression/compressor.js';
import { ErrorCode } from '../../wire/errors.js';
import { InitProducerId } from '../../wire/messages/init-producer-id.js';
import type { Cluster } from '../cluster.js';
import { KafkaError } from '../kafka-error.js';
import { retry } from '../retry.js';
import { Accumulator, type PartitionQueue, type ProducerIdentity } from './accumulator.js';
import { partitionOfKey, StickyPartition } from './partitioner.js';
import { type Acks, Sender } from './sender.js';

export interface ProducerOptions {
  readonly acks?: Acks;
  /** Default: true with acks −1, which it needs. */
  readonly idempotent?: boolean;
  readonly codec?: CodecId;
  /** How long a batch waits for more records before it is sent though not full. */
  readonly lingerMs?: Millis;
  readonly batchBytes?: number;
  readonly bufferBytes?: number;
  readonly requestTimeoutMs?: Millis;
  readonly deliveryTimeoutMs?: Millis;
  readonly onDelivered?: (delivery: Delivery) => void;
}

/** A batch that the broker has acknowledged as `acks` asks. */
export interface Delivery {
  readonly topic: string;
  readonly partition: PartitionIndex;
  /** −1 where the broker does not tell: acks 0, or a duplicate it no longer remembers. */
  readonly baseOffset: Offset;
  readonly recordCount: number;
}

export interface ProducerRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: readonly Header[];
  /** Default: now. */
  readonly timestamp?: Millis;
  /** Default: by the key. */
  readonly partition?: PartitionIndex;
}

const BATCH_BYTES = 256 * 1024;
const BUFFER_BYTES = 32 * 1024 * 1024;
const REQUEST_BYTES = 1024 * 1024;
const REQUESTS_IN_FLIGHT = 5;

interface Target {
  readonly queues: readonly PartitionQueue[];
  readonly sticky: StickyPartition;
}

export class Producer {
  readonly #cluster: Cluster;
  readonly #options: ProducerOptions;
  readonly #accumulator: Accumulator;
  readonly #sender: Sender;
  readonly #targets = new Map<string, Target>();
  /** Called when a batch was acknowledged, or the producer failed. */
  readonly #waiters = new Set<() => void>();
  #lingerTimer: TimerHandle | null = null;
  #failure: Error | null = null;

  /** @throws KafkaError, ConnectionLost, when no producer id can be had */
  static async open(cluster: Cluster, options: ProducerOptions = {}): Promise<Producer> {
    const { acks = -1, idempotent = acks === -1, codec = 0, requestTimeoutMs = 30_000 } = options;
    assert(
      !idempotent || acks === -1,
      'idempotence needs acks=all: a lost acknowledged batch would leave a gap',
    );
    const compression = new Compression();
    await compression.load(codec);
    const identity = idempotent ? await producerIdentity(cluster, requestTimeoutMs) : null;
    return new Producer(cluster, options, compression, identity);
  }

  private constructor(
    cluster: Cluster,
    options: ProducerOptions,
    compression: Compression,
    identity: ProducerIdentity | null,
  ) {
    this.#cluster = cluster;
    this.#options = options;
    this.#accumulator = new Accumulator({
      batchBytes: options.batchBytes ?? BATCH_BYTES,
      bufferBytes: options.bufferBytes ?? BUFFER_BYTES,
      codec: options.codec ?? 0,
      compression,
      identity,
    });
    this.#sender = new Sender(cluster, this.#accumulator, {
      acks: options.acks ?? -1,
      requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
      deliveryTimeoutMs: options.deliveryTimeoutMs ?? 120_000,
      requestBytes: REQUEST_BYTES,
      requestsInFlightPerBroker: REQUESTS_IN_FLIGHT,
      onAcknowledged: (queue, { recordCount }) => {
        const { topic, partition, lastBaseOffset: baseOffset } = queue;
        this.#options.onDelivered?.({ topic, partition, baseOffset, recordCount });
        this.#wake();
      },
      onFailed: (error) => {
        this.#failure = error;
        this.#wake();
      },
    });
  }

  /**
   * Looks a topic up; `append` takes records for it from then on.
   * @throws KafkaError when there is no such topic, and none was made within `timeoutMs`
   */
  async prepare(topic: string, { autoCreate = true, timeoutMs = 60_000 } = {}): Promise<void> {
    const { partitions } = await this.#cluster.awaitTopic(topic, autoCreate, timeoutMs);
    this.#targets.set(topic, {
      queues: this.#accumulator.queuesOf(topic, partitions.length),
      sticky: new StickyPartition(partitions.length, this.#cluster.entropy.random()),
    });
  }

  /**
   * Takes a record. False: enough is waiting, call no more before `room` has resolved.
   * @throws the error that failed the producer; KafkaError when the record names a partition that does not exist
   */
  append(topic: string, record: ProducerRecord): boolean {
    if (this.#failure) throw this.#failure;
    const target = this.#targets.get(topic);
    assert(target, 'a topic is prepared before records are appended to it');
    const { queues, sticky } = target;
    const { key, partition } = record;
    const chosen = partition ?? (key === null ? sticky.current : partitionOfKey(key, queues.length));
    const queue = queues[chosen];
    if (!queue) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `${topic}-${chosen}`);
    const { clock } = this.#cluster;
    const taken: NewRecord = {
      key,
      value: record.value,
      headers: record.headers ?? NO_HEADERS,
      timestamp: record.timestamp ?? clock.now(),
    };
    if (this.#accumulator.append(queue, taken, clock.monotonic())) {
      if (key === null && partition === undefined) sticky.moveOn(queues.length);
      this.#sender.offer(queue);
    } else {
      this.#linger(queue);
    }
    return !this.#accumulator.isFull;
  }

  /** Resolves when `append` may be called again. @throws the error that failed the producer */
  async room(): Promise<void> {
    while (this.#accumulator.isFull && !this.#failure) await this.#moved();
    if (this.#failure) throw this.#failure;
  }

  /**
   * Sends what is there, and resolves when all of it is acknowledged, and whatever was appended meanwhile.
   * @throws the error that failed the producer
   */
  async flush(): Promise<void> {
    for (const queue of this.#accumulator.all()) if (!queue.isEmpty) this.#sender.offer(queue);
    while (this.#accumulator.bufferedBytes > 0 && !this.#failure) await this.#moved();
    if (this.#failure) throw this.#failure;
  }

  /** Ends it. What was not flushed is not sent; what was sent may still be stored. */
  close(): void {
    this.#failure ??= new Error('the producer is closed');
    this.#sender.stop();
    if (this.#lingerTimer) this.#cluster.clock.clearTimer(this.#lingerTimer);
    this.#lingerTimer = null;
    this.#wake();
  }

  /** One timer for all: it was set for the oldest open batch, and takes younger ones along. */
  #linger(queue: PartitionQueue): void {
    const { lingerMs = 0 } = this.#options;
    if (lingerMs === 0) {
      this.#sender.offer(queue);
      return;
    }
    this.#lingerTimer ??= this.#cluster.clock.setTimer(lingerMs, () => {
      this.#lingerTimer = null;
      for (const each of this.#accumulator.all()) if (each.open) this.#sender.offer(each);
    });
  }

  #moved(): Promise<void> {
    return new Promise((resolve) => this.#waiters.add(resolve));
  }

  #wake(): void {
    const woken = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of woken) wake();
  }
}

const NO_HEADERS: readonly Header[] = [];

/** By its name on a command line: none, gzip, snappy, lz4, zstd. */
export function codecByName(name: string): CodecId | undefined {
  const id = Object.values(CODEC_NAMES).indexOf(name as never);
  return id < 0 ? undefined : (id as CodecId);
}

async function producerIdentity(cluster: Cluster, timeoutMs: Millis): Promise<ProducerIdentity> {
  return retry(cluster, timeoutMs, async () => {
    const connection = await cluster.anyConnection();
    const answer = await connection.call(InitProducerId, {
      transactionalId: null,
      transactionTimeoutMs: INT32_MAX,
    });
    if (answer.errorCode !== ErrorCode.NONE)
      throw new KafkaError(answer.errorCode, 'asking for a producer id');
    return { producerId: answer.producerId, producerEpoch: answer.producerEpoch };
  });
}
