/**
 * Reads assigned partitions: one fetch in flight to each leader, and of each leader at most one answer that nobody has taken yet. Taking
 * the last part of it sends the next fetch, so that the network works while the records are being looked at, and memory stays within
 * two answers a leader.
 */
import {
  type BrokerId,
  type Millis,
  type Offset,
  type PartitionIndex,
  partitionName,
} from '../../base/ids.js';
import { batchBytes, crcMatches, lastOffset } from '../../records/batch.js';
import { batchesIn, CorruptBatchError } from '../../records/iterate.js';
import { ErrorCode } from '../../wire/errors.js';
import { Fetch, type FetchResponse } from '../../wire/messages/fetch.js';
import type { Cluster } from '../cluster.js';
import { KafkaError } from '../kafka-error.js';
import { EARLIEST, LATEST, listOffsets } from '../offsets.js';
import { isTransient } from '../retry.js';

export interface FetcherOptions {
  /** How long the broker may wait for the first byte. */
  readonly maxWaitMs?: Millis;
  /** An answer's size, and of it one partition's share. A single larger batch comes all the same. */
  readonly maxBytes?: number;
  readonly partitionMaxBytes?: number;
  /** Where to go on when the log has moved past the position, or was cut below it. */
  readonly onOutOfRange?: 'earliest' | 'latest' | 'fail';
  /** Hears of what is tried again by itself: a broker that went away, a leader that moved. */
  readonly onTrouble?: (error: Error) => void;
}

export interface Position {
  readonly topic: string;
  readonly partition: PartitionIndex;
  /** The next record to read. */
  readonly offset: Offset;
}

/** Whole batches of one partition, as they lay in the log. */
export interface FetchedBatches {
  readonly topic: string;
  readonly partition: PartitionIndex;
  readonly batches: Buffer;
  /** Records before this one are in the first batch only because batches are fetched whole. */
  readonly from: Offset;
  /** Where reading goes on after these. */
  readonly nextOffset: Offset;
  readonly highWatermark: Offset;
}

const MAX_WAIT_MS: Millis = 500;
const MAX_BYTES = 16 * 1024 * 1024;
const PARTITION_MAX_BYTES = 1024 * 1024;
const READ_UNCOMMITTED = 0;
/** After so many times in a row an unknown topic is gone, and no longer new to this broker. */
const UNKNOWN_TOPIC_MAX = 10;

interface Reading {
  readonly topic: string;
  readonly partition: PartitionIndex;
  next: Offset;
  /** Failed attempts in a row. */
  failures: number;
}

export class Fetcher {
  readonly #cluster: Cluster;
  readonly #options: FetcherOptions;
  /** In the order of the next request: a partition that gave something goes to the end, so that none starves. */
  #readings = new Map<string, Reading>();
  readonly #inFlight = new Set<BrokerId>();
  readonly #buffered: { readonly from: BrokerId; readonly fetched: FetchedBatches }[] = [];
  readonly #troubled = new Set<Reading>();
  #recovering = false;
  #closing = new AbortController();
  #failure: Error | null = null;
  #woken = false;
  #waiter: (() => void) | null = null;

  constructor(cluster: Cluster, options: FetcherOptions = {}) {
    this.#cluster = cluster;
    this.#options = options;
  }

  /** Replaces what is read. What was fetched for the old assignment and not taken is dropped. */
  assign(positions: readonly Position[]): void {
    this.#readings = new Map(
      positions.map(({ topic, partition, offset }) => [
        partitionName(topic, partition),
        { topic, partition, next: offset, failures: 0 },
      ]),
    );
    this.#buffered.length = 0;
    this.#troubled.clear();
    this.#pump();
  }

  /** Stops reading one partition. */
  release(topic: string, partition: PartitionIndex): void {
    this.#readings.delete(partitionName(topic, partition));
  }

  /**
   * The next batches of any partition; null after `wake`. One caller at a time.
   * @throws KafkaError, UserError: a partition can not be read, and reading on would leave a gap
   */
  async next(): Promise<FetchedBatches | null> {
    for (;;) {
      if (this.#failure) throw this.#failure;
      if (this.#woken) {
        this.#woken = false;
        return null;
      }
      const taken = this.#buffered.shift();
      if (!taken) {
        await new Promise<void>((resolve) => {
          this.#waiter = resolve;
        });
        continue;
      }
      if (!this.#buffered.some(({ from }) => from === taken.from)) this.#pump();
      const { topic, partition } = taken.fetched;
      if (this.#readings.has(partitionName(topic, partition))) return taken.fetched;
    }
  }

  /** Lets a waiting `next`, or the following one, return null. */
  wake(): void {
    this.#woken = true;
    this.#stir();
  }

  close(): void {
    this.#closing.abort();
    this.#readings.clear();
    this.#buffered.length = 0;
    this.wake();
  }

  #stir(): void {
    this.#waiter?.();
    this.#waiter = null;
  }

  #pump(): void {
    if (this.#closing.signal.aborted || this.#failure) return;
    const byLeader = new Map<BrokerId, Reading[]>();
    for (const reading of this.#readings.values()) {
      if (this.#troubled.has(reading)) continue;
      const leader = this.#cluster.topic(reading.topic)?.partitions[reading.partition]?.leaderId ?? -1;
      if (leader < 0) {
        this.#trouble(reading, new KafkaError(ErrorCode.LEADER_NOT_AVAILABLE, nameOf(reading)));
        continue;
      }
      const others = byLeader.get(leader);
      if (others) others.push(reading);
      else byLeader.set(leader, [reading]);
    }
    for (const [leader, readings] of byLeader) {
      if (this.#inFlight.has(leader) || this.#buffered.some(({ from }) => from === leader)) continue;
      void this.#fetch(leader, readings);
    }
  }

  async #fetch(leader: BrokerId, readings: readonly Reading[]): Promise<void> {
    this.#inFlight.add(leader);
    const asked = readings.map((reading) => ({ reading, offset: reading.next }));
    const outcome = await this.#ask(leader, asked).catch((error: unknown) => error as Error);
    this.#inFlight.delete(leader);
    if (this.#closing.signal.aborted) return;
    if (outcome instanceof Error) {
      for (const reading of readings) this.#failed(reading, outcome);
    } else if (outcome.errorCode !== ErrorCode.NONE) {
      const error = new KafkaError(outcome.errorCode, `fetching from broker ${leader}`);
      for (const reading of readings) this.#failed(reading, error);
    } else {
      this.#answered(leader, asked, outcome);
    }
    this.#pump();
  }

  async #ask(leader: BrokerId, asked: readonly Asked[]): Promise<FetchResponse> {
    const {
      maxWaitMs = MAX_WAIT_MS,
      maxBytes = MAX_BYTES,
      partitionMaxBytes = PARTITION_MAX_BYTES,
    } = this.#options;
    const topics = new Map<string, Asked[]>();
    for (const each of asked) {
      const others = topics.get(each.reading.topic);
      if (others) others.push(each);
      else topics.set(each.reading.topic, [each]);
    }
    const connection = await this.#cluster.connectionTo(leader, 'fetch');
    return connection.call(Fetch, {
      maxWaitMs,
      minBytes: 1,
      maxBytes,
      isolationLevel: READ_UNCOMMITTED,
      topics: [...topics].map(([topic, each]) => ({
        topic,
        partitions: each.map(({ reading, offset }) => ({
          partition: reading.partition,
          currentLeaderEpoch: this.#cluster.topic(topic)?.partitions[reading.partition]?.leaderEpoch ?? -1,
          fetchOffset: offset,
          partitionMaxBytes,
        })),
      })),
      forgottenTopicsData: [],
    });
  }

  #answered(leader: BrokerId, asked: readonly Asked[], response: FetchResponse): void {
    const answers = new Map(
      response.responses.flatMap(({ topic, partitions }) =>
        partitions.map((answer) => [partitionName(topic, answer.partitionIndex), answer]),
      ),
    );
    for (const { reading, offset } of asked) {
      const name = nameOf(reading);
      const answer = answers.get(name);
      // Released or assigned anew while the answer was on its way.
      if (!answer || this.#readings.get(name) !== reading) continue;
      if (answer.errorCode !== ErrorCode.NONE) {
        this.#failed(reading, new KafkaError(answer.errorCode, name));
        continue;
      }
      reading.failures = 0;
      try {
        const { batches, nextOffset } = wholeBatches(answer.records ?? NO_BYTES, offset, name);
        if (batches.length === 0) continue;
        reading.next = nextOffset;
        this.#readings.delete(name);
        this.#readings.set(name, reading);
        const { topic, partition } = reading;
        const { highWatermark } = answer;
        this.#buffered.push({
          from: leader,
          fetched: { topic, partition, batches, from: offset, nextOffset, highWatermark },
        });
      } catch (error) {
        this.#fail(error as Error);
      }
    }
    if (this.#buffered.length > 0) this.#stir();
  }

  #failed(reading: Reading, error: Error): void {
    if (this.#readings.get(nameOf(reading)) !== reading) return;
    const code = error instanceof KafkaError ? error.code : null;
    if (code === ErrorCode.OFFSET_OUT_OF_RANGE && (this.#options.onOutOfRange ?? 'fail') !== 'fail') {
      this.#trouble(reading, error);
      return;
    }
    const gone = code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION && reading.failures >= UNKNOWN_TOPIC_MAX;
    if (gone || !isTransient(error)) this.#fail(error);
    else this.#trouble(reading, error);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#stir();
  }

  #trouble(reading: Reading, error: Error): void {
    reading.failures++;
    this.#troubled.add(reading);
    if (reading.failures === 1) this.#options.onTrouble?.(error);
    if (!this.#recovering) void this.#recover(error);
  }

  /** Waits, asks who leads, and where the log begins or ends for those that have left it; then all are read again. */
  async #recover(cause: Error): Promise<void> {
    this.#recovering = true;
    const { signal } = this.#closing;
    await this.#cluster.backOff(Math.max(...[...this.#troubled].map(({ failures }) => failures)), signal);
    const readings = [...this.#troubled];
    try {
      if (!signal.aborted && readings.length > 0) {
        await this.#cluster.metadata([...new Set(readings.map(({ topic }) => topic))]);
        if (isOutOfRange(cause)) await this.#reset(readings);
      }
    } catch (error) {
      // Nobody to ask: the next fetch will fail, and come back here after a longer wait.
      if (!isTransient(error)) this.#fail(error as Error);
    }
    this.#recovering = false;
    for (const reading of readings) this.#troubled.delete(reading);
    this.#pump();
    const [left] = this.#troubled;
    if (left && !this.#recovering && !signal.aborted) void this.#recover(cause);
  }

  /** Positions outside the log go to its start or its end; the others stay. */
  async #reset(readings: readonly Reading[]): Promise<void> {
    const both = (at: Millis) => readings.map(({ topic, partition }) => ({ topic, partition, at }));
    const [starts, ends] = await Promise.all([
      listOffsets(this.#cluster, both(EARLIEST), RESET_TIMEOUT_MS),
      listOffsets(this.#cluster, both(LATEST), RESET_TIMEOUT_MS),
    ]);
    readings.forEach((reading, at) => {
      const start = starts[at]!.offset;
      const end = ends[at]!.offset;
      if (reading.next >= start && reading.next <= end) return;
      reading.next = this.#options.onOutOfRange === 'latest' ? end : start;
    });
  }
}

interface Asked {
  readonly reading: Reading;
  readonly offset: Offset;
}

const RESET_TIMEOUT_MS: Millis = 30_000;
const NO_BYTES = Buffer.alloc(0);

function nameOf({ topic, partition }: Reading): string {
  return partitionName(topic, partition);
}

function isOutOfRange(error: Error): boolean {
  return error instanceof KafkaError && error.code === ErrorCode.OFFSET_OUT_OF_RANGE;
}

/** Without the last one where it is cut short. @throws KafkaError CORRUPT_MESSAGE */
function wholeBatches(records: Buffer, from: Offset, name: string): { batches: Buffer; nextOffset: Offset } {
  let end = 0;
  let nextOffset = from;
  try {
    for (const at of batchesIn(records)) {
      if (!crcMatches(records, at)) throw new CorruptBatchError('a checksum does not match');
      end = at + batchBytes(records, at);
      nextOffset = Math.max(nextOffset, lastOffset(records, at) + 1);
    }
  } catch (error) {
    if (!(error instanceof CorruptBatchError)) throw error;
    throw new KafkaError(ErrorCode.CORRUPT_MESSAGE, `${name} at offset ${nextOffset}`, error.message);
  }
  return { batches: records.subarray(0, end), nextOffset };
}
