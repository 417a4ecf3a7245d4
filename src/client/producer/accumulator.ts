/**
 * Records on their way to becoming batches: for each partition one batch that is being filled and a queue of full ones, oldest
 * first. It counts the bytes of all of them, and says when there are enough.
 */
import { assert } from '../../base/assert.js';
import type { Millis, Offset, PartitionIndex, Sequence } from '../../base/ids.js';
import { INT32_MAX } from '../../base/ids.js';
import { AT } from '../../records/batch.js';
import { BatchBuilder, type NewRecord } from '../../records/builder.js';
import type { Compression } from '../../records/compression/compression.js';
import type { CodecId } from '../../records/compression/compressor.js';

export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

export interface AccumulatorOptions {
  /** A batch takes no more records from this size on, before compression. */
  readonly batchBytes: number;
  /** Bytes of records not yet acknowledged at which `append` asks to wait. */
  readonly bufferBytes: number;
  /** Loaded. */
  readonly codec: CodecId;
  readonly compression: Compression;
  /** Null: not idempotent. */
  readonly identity: ProducerIdentity | null;
}

/** What a partition was sent, or will be. Its bytes never change: a resend is the same batch to the broker's eye. */
export interface FinishedBatch {
  readonly bytes: Buffer;
  readonly recordCount: number;
  /** As counted against `bufferBytes`: before compression. */
  readonly countedBytes: number;
  /** Monotonic time of its first record. */
  readonly bornAt: Millis;
}

/** One partition's share: what is being filled, what is full, and what the sender is doing about it. */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: PartitionIndex;
  readonly full: FinishedBatch[] = [];
  open: BatchBuilder | null = null;
  openBornAt: Millis = 0;
  /** Of the next batch: counts records, and wraps at 2^31 (KIP-98). */
  nextSequence: Sequence = 0;
  /** Its open batch need not wait for more records. */
  due = false;
  /** The head of `full` is on the wire. */
  inFlight = false;
  /** Failed sends of the head so far. */
  failures = 0;
  /** Offset of the last acknowledged batch; −1 before the first, or where the broker does not tell. */
  lastBaseOffset: Offset = -1;

  constructor(topic: string, partition: PartitionIndex) {
    this.topic = topic;
    this.partition = partition;
  }

  get isEmpty(): boolean {
    return this.open === null && this.full.length === 0;
  }
}

export class Accumulator {
  readonly #options: AccumulatorOptions;
  readonly #queues = new Map<string, PartitionQueue[]>();
  #bufferedBytes = 0;

  constructor(options: AccumulatorOptions) {
    this.#options = options;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  get isFull(): boolean {
    return this.#bufferedBytes >= this.#options.bufferBytes;
  }

  /** Grows with the topic; partitions are never taken away. */
  queuesOf(topic: string, partitionCount: number): readonly PartitionQueue[] {
    const queues = this.#queues.get(topic) ?? [];
    this.#queues.set(topic, queues);
    while (queues.length < partitionCount) queues.push(new PartitionQueue(topic, queues.length));
    return queues;
  }

  *all(): Generator<PartitionQueue, void, void> {
    for (const queues of this.#queues.values()) yield* queues;
  }

  /** True: that filled the batch, and it lies with the full ones now. */
  append(queue: PartitionQueue, record: NewRecord, now: Millis): boolean {
    if (queue.open === null) {
      queue.open = this.#newBatch(queue);
      queue.openBornAt = now;
    }
    const before = queue.open.estimatedBytes;
    queue.open.append(record);
    this.#bufferedBytes += queue.open.estimatedBytes - before;
    if (queue.open.estimatedBytes < this.#options.batchBytes) return false;
    this.finish(queue);
    return true;
  }

  /** Closes the batch that is being filled, if there is one. */
  finish(queue: PartitionQueue): void {
    const { open } = queue;
    if (open === null) return;
    queue.open = null;
    queue.due = false;
    const countedBytes = open.estimatedBytes - EMPTY_BATCH_BYTES;
    const recordCount = open.count;
    queue.full.push({ bytes: open.build(), recordCount, countedBytes, bornAt: queue.openBornAt });
    queue.nextSequence = sequenceAfter(queue.nextSequence, recordCount);
  }

  /** The head is acknowledged: its memory is free. */
  release(queue: PartitionQueue): FinishedBatch {
    const batch = queue.full.shift();
    assert(batch, 'only a batch that was sent is acknowledged');
    this.#bufferedBytes -= batch.countedBytes;
    assert(this.#bufferedBytes >= 0, 'no more is given back than was taken');
    return batch;
  }

  #newBatch(queue: PartitionQueue): BatchBuilder {
    const { codec, compression, identity } = this.#options;
    return new BatchBuilder({
      codec,
      compression,
      ...(identity && { ...identity, baseSequence: queue.nextSequence }),
    });
  }
}

/** A builder without a record. */
const EMPTY_BATCH_BYTES = AT.recordCount + 4;

/** Sequences are int32 and go on at 0 after 2^31 − 1. */
export function sequenceAfter(sequence: Sequence, recordCount: number): Sequence {
  const sum = sequence + recordCount;
  return sum <= INT32_MAX ? sum : sum - INT32_MAX - 1;
}
