/**
 * The broker's partitions, looked up by topic and index. Handlers come through here only, and only asynchronously, so that a
 * partition may live elsewhere than on the handler's event loop.
 */
import type { LeaderEpoch, Millis, Offset, PartitionIndex } from '../base/ids.js';
import { NO_EPOCH, NO_OFFSET } from '../base/ids.js';
import type { ProducerEntry } from '../log/producers.js';
import type { Clock, TimerHandle } from '../ports/clock.js';
import {
  type AppendAnswer,
  type AppendRules,
  type Bounds,
  type DeletedRecords,
  type Partition,
  refusal,
} from '../replication/partition.js';
import { MoveListeners, type Waiting } from '../replication/waiters.js';
import { ErrorCode } from '../wire/errors.js';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: PartitionIndex;
}

export interface Lookup {
  readonly topic: string;
  readonly partition: PartitionIndex;
  /** −1: the client names none. */
  readonly currentLeaderEpoch: LeaderEpoch;
}

export type Found = { readonly error: ErrorCode; readonly partition: Partition | null };

/** How a ListOffsets timestamp is meant. */
export type OffsetQuestion = 'latest' | 'earliest' | 'max-timestamp' | { readonly timestampMs: Millis };

export interface OffsetAnswer {
  readonly error: ErrorCode;
  readonly offset: Offset;
  readonly timestampMs: Millis;
  readonly leaderEpoch: LeaderEpoch;
}

export class Partitions {
  readonly #byTopic = new Map<string, Map<PartitionIndex, Partition>>();
  /** Assigned to this broker, and without a log: the disk would not have it. */
  readonly #unopened = new Map<string, Set<PartitionIndex>>();
  readonly #clock: Clock;
  readonly #changes = new MoveListeners();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(partition: Partition): void {
    const { topic, index } = partition.identity;
    let partitions = this.#byTopic.get(topic);
    if (!partitions) this.#byTopic.set(topic, (partitions = new Map()));
    partitions.set(index, partition);
    this.#unopened.get(topic)?.delete(index);
    this.#changes.moved();
  }

  /** Until it is added, who asks for it is told of the disk, not that it does not exist. */
  cannotOpen(topic: string, index: PartitionIndex): void {
    let indexes = this.#unopened.get(topic);
    if (!indexes) this.#unopened.set(topic, (indexes = new Set()));
    indexes.add(index);
  }

  /** Forgets the topic's partitions and hands them back, resigned. */
  removeTopic(topic: string): Partition[] {
    const removed = [...(this.#byTopic.get(topic)?.values() ?? [])];
    this.#byTopic.delete(topic);
    this.#unopened.delete(topic);
    for (const partition of removed) partition.resign(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    this.#changes.moved();
    return removed;
  }

  /** `listener` runs whenever a partition has come or gone. */
  onChange(listener: () => void): Waiting {
    return this.#changes.add(listener);
  }

  *all(): Iterable<Partition> {
    for (const partitions of this.#byTopic.values()) yield* partitions.values();
  }

  /** The partition if this broker leads it in the epoch the client names, else why not. */
  find({ topic, partition: index, currentLeaderEpoch }: Lookup): Found {
    const partition = this.#byTopic.get(topic)?.get(index);
    if (!partition) {
      const isUnopened = this.#unopened.get(topic)?.has(index) ?? false;
      const error = isUnopened ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      return { error, partition: null };
    }
    const error = partition.unavailable(currentLeaderEpoch);
    return error === ErrorCode.NONE ? { error, partition } : { error, partition: null };
  }

  get(topic: string, index: PartitionIndex): Partition | undefined {
    return this.#byTopic.get(topic)?.get(index);
  }

  /**
   * Appends to many partitions and resolves when every one has its answer, at the latest after `timeoutMs`: what is not
   * acknowledged by then answers REQUEST_TIMED_OUT (and may yet be stored). The order is fixed before this first awaits.
   */
  append(
    parts: readonly (TopicPartition & { readonly records: Buffer | null })[],
    rules: AppendRules,
    timeoutMs: Millis,
  ): Promise<AppendAnswer[]> {
    const answers = new Array<AppendAnswer | undefined>(parts.length);
    let open = parts.length;
    return new Promise((resolve) => {
      // A duplicate below the high watermark and every refusal settle while the parts are still being handed out: no timer is needed then.
      let timer: TimerHandle | null = null;
      const finish = (): void => resolve(answers as AppendAnswer[]);
      const waits = parts.map(({ topic, partition, records }, at) => {
        const settle = (answer: AppendAnswer): void => {
          answers[at] = answer;
          open -= 1;
          if (open === 0 && timer !== null) {
            this.#clock.clearTimer(timer);
            finish();
          }
        };
        const found = this.find({ topic, partition, currentLeaderEpoch: NO_EPOCH });
        if (found.partition) return found.partition.append(records, rules, settle);
        settle(refusal(found.error));
        return null;
      });
      if (open === 0) return finish();
      // As for Kafka, a negative one has run out by the time that it is looked at.
      timer = this.#clock.setTimer(Math.max(0, timeoutMs), () => {
        for (const [at, wait] of waits.entries()) {
          if (answers[at] !== undefined) continue;
          wait?.cancel();
          answers[at] = refusal(ErrorCode.REQUEST_TIMED_OUT);
        }
        finish();
      });
    });
  }

  async offsetFor(
    lookup: Lookup,
    question: OffsetQuestion,
    isolation: 'read_uncommitted' | 'read_committed',
  ): Promise<OffsetAnswer> {
    const { error, partition } = this.find(lookup);
    if (!partition) return noOffset(error);
    const { logStartOffset } = partition.bounds();
    const end = partition.readableEnd(isolation);
    if (question === 'latest') return plainOffset(end, partition.leaderEpoch);
    if (question === 'earliest') {
      return plainOffset(
        logStartOffset,
        partition.log.epochs.epochAt(logStartOffset) ?? partition.leaderEpoch,
      );
    }
    const found =
      question === 'max-timestamp'
        ? await partition.log.maxTimestamp()
        : await partition.log.offsetForTimestamp(question.timestampMs);
    // What a log that failed or lost its leadership meanwhile did not find may be there all the same.
    const gone = partition.unavailable(lookup.currentLeaderEpoch);
    if (gone !== ErrorCode.NONE) return noOffset(gone);
    // A record above the readable end is not there yet for this reader.
    if (found === null || found.offset >= partition.readableEnd(isolation)) return noOffset(ErrorCode.NONE);
    return {
      error: ErrorCode.NONE,
      offset: found.offset,
      timestampMs: found.timestamp,
      leaderEpoch: found.epoch,
    };
  }

  /** Where a leader epoch ended (KIP-101, KIP-320): −1/−1 when this leader never knew it. */
  async epochEnd(
    lookup: Lookup,
    epoch: LeaderEpoch,
  ): Promise<{ error: ErrorCode; epoch: LeaderEpoch; endOffset: Offset }> {
    const { error, partition } = this.find(lookup);
    if (!partition) return { error, epoch: NO_EPOCH, endOffset: -1 };
    return { error, ...partition.log.epochEndOffset(epoch) };
  }

  /** See Partition.deleteRecords. */
  async deleteRecords(
    { topic, partition: index }: TopicPartition,
    before: Offset | 'high-watermark',
  ): Promise<DeletedRecords> {
    const { error, partition } = this.find({ topic, partition: index, currentLeaderEpoch: NO_EPOCH });
    if (!partition) return { error, lowWatermark: NO_OFFSET };
    return partition.deleteRecords(before);
  }

  /** The producers whose sequences the partition remembers, as they are now. */
  async producers({
    topic,
    partition: index,
  }: TopicPartition): Promise<{ error: ErrorCode; producers: readonly ProducerEntry[] }> {
    const { error, partition } = this.find({ topic, partition: index, currentLeaderEpoch: NO_EPOCH });
    return { error, producers: partition ? [...partition.log.producers.entries()] : [] };
  }

  async bounds(lookup: Lookup): Promise<{ error: ErrorCode; bounds: Bounds | null }> {
    const { error, partition } = this.find(lookup);
    return { error, bounds: partition?.bounds() ?? null };
  }
}

function plainOffset(offset: Offset, leaderEpoch: LeaderEpoch): OffsetAnswer {
  return { error: ErrorCode.NONE, offset, timestampMs: -1, leaderEpoch };
}

function noOffset(error: ErrorCode): OffsetAnswer {
  return { error, offset: -1, timestampMs: -1, leaderEpoch: NO_EPOCH };
}
