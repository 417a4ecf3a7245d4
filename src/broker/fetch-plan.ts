/**
 * One fetch over many partitions, from the question to the bytes: look, wait until there is enough, read.
 *
 * Waiting costs nothing while nothing moves: a parked fetch is a listener on each of its partitions, and each move adds only what
 * that partition gained. Nothing is read while waiting; reading happens once, at the head of the connection's pipeline.
 */
import {
  type LeaderEpoch,
  type Millis,
  NO_UUID,
  type Offset,
  type PartitionIndex,
  type Uuid,
} from '../base/ids.js';
import type { Clock } from '../ports/clock.js';
import type { Bounds, Isolation, Partition } from '../replication/partition.js';
import type { Waiting } from '../replication/waiters.js';
import { ErrorCode } from '../wire/errors.js';
import type { Found, Partitions } from './partitions.js';

export interface FetchPart {
  readonly topic: string;
  /** Which topic of that name; NO_UUID: whichever has it. */
  readonly topicId: Uuid;
  readonly partition: PartitionIndex;
  readonly currentLeaderEpoch: LeaderEpoch;
  readonly fetchOffset: Offset;
  /** The last epoch the consumer saw records of; −1: does not say (KIP-595's divergence check, sent by Fetch 12). */
  readonly lastFetchedEpoch: LeaderEpoch;
  readonly maxBytes: number;
}

export interface FetchedPart {
  readonly error: ErrorCode;
  readonly bounds: Bounds | null;
  readonly parts: readonly Buffer[];
  readonly divergingEpoch: { readonly epoch: LeaderEpoch; readonly endOffset: Offset } | null;
}

const NOTHING: readonly Buffer[] = [];

export class FetchPlan {
  readonly #parts: readonly FetchPart[];
  readonly #partitions: Partitions;
  readonly #isolation: Isolation;

  constructor(parts: readonly FetchPart[], isolation: Isolation, partitions: Partitions) {
    this.#parts = parts;
    this.#isolation = isolation;
    this.#partitions = partitions;
  }

  /**
   * Resolves when at least `minBytes` can be read, when any partition has an error or a divergence to report, after
   * `maxWaitMs`, or when `gone` says that nobody waits any more.
   */
  ready(
    minBytes: number,
    maxWaitMs: Millis,
    clock: Clock,
    gone: (listener: () => void) => Waiting,
  ): Promise<void> {
    const available = this.#parts.map((part) => this.#available(part));
    let total = sum(available);
    if (total >= minBytes || maxWaitMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const waits: Waiting[] = [];
      const finish = (): void => {
        clock.clearTimer(timer);
        for (const wait of waits) wait.cancel();
        resolve();
      };
      const timer = clock.setTimer(maxWaitMs, finish);
      waits.push(gone(finish));
      for (const [at, part] of this.#parts.entries()) {
        const partition = this.#partitions.get(part.topic, part.partition);
        if (!partition) continue;
        const moved = (): void => {
          const now = this.#available(part);
          total += now - available[at]!;
          available[at] = now;
          if (total >= minBytes) finish();
        };
        waits.push(partition.onMove(moved));
      }
    });
  }

  /** Reads each partition in order within `maxBytes` over all; the first batch of the first that has data is returned whole whatever its size (KIP-74). */
  async read(maxBytes: number): Promise<FetchedPart[]> {
    const fetched: FetchedPart[] = [];
    let left = maxBytes;
    let any = false;
    for (const part of this.#parts) {
      const answer = await this.#readPart(part, Math.min(left, part.maxBytes), !any);
      const bytes = answer.parts.reduce((size, slice) => size + slice.length, 0);
      if (bytes > 0) any = true;
      left = Math.max(0, left - bytes);
      fetched.push(answer);
    }
    return fetched;
  }

  async #readPart(part: FetchPart, maxBytes: number, atLeastOneBatch: boolean): Promise<FetchedPart> {
    const { error, partition } = this.#find(part);
    if (!partition) return failed(error, null);
    const diverging = divergence(part, partition);
    const bounds = partition.bounds();
    if (diverging) return { error: ErrorCode.NONE, bounds, parts: NOTHING, divergingEpoch: diverging };
    const outside = partition.rangeError(part.fetchOffset);
    if (outside !== ErrorCode.NONE) return failed(outside, bounds);
    if (maxBytes <= 0 && !atLeastOneBatch)
      return { error: ErrorCode.NONE, bounds, parts: NOTHING, divergingEpoch: null };
    const read = partition.read(part.fetchOffset, { maxBytes, atLeastOneBatch, isolation: this.#isolation });
    // The tail answers at once; only a read from disk is worth a turn of the queue.
    const { parts } = read instanceof Promise ? await read : read;
    return { error: ErrorCode.NONE, bounds, parts, divergingEpoch: null };
  }

  /** While a fetch by id was parked its topic may have gone, and another have come under the name: that one was not asked for. */
  #find(part: FetchPart): Found {
    const found = this.#partitions.find(part);
    const isAnother =
      part.topicId !== NO_UUID && found.partition && found.partition.identity.topicId !== part.topicId;
    return isAnother ? { error: ErrorCode.UNKNOWN_TOPIC_ID, partition: null } : found;
  }

  /** Bytes worth answering for; anything to report that is no data counts as more than anyone asks for. */
  #available(part: FetchPart): number {
    const { partition } = this.#find(part);
    if (!partition || partition.rangeError(part.fetchOffset) !== ErrorCode.NONE)
      return Number.POSITIVE_INFINITY;
    if (divergence(part, partition)) return Number.POSITIVE_INFINITY;
    const end = partition.readableEnd(this.#isolation);
    if (part.fetchOffset >= end) return 0;
    return Math.min(part.maxBytes, Math.max(1, partition.log.bytesBetween(part.fetchOffset, end)));
  }
}

function divergence(part: FetchPart, partition: Partition): { epoch: LeaderEpoch; endOffset: Offset } | null {
  if (part.lastFetchedEpoch < 0) return null;
  const { epoch, endOffset } = partition.log.epochEndOffset(part.lastFetchedEpoch);
  if (epoch < 0 || endOffset < 0) return null;
  return epoch < part.lastFetchedEpoch || endOffset < part.fetchOffset ? { epoch, endOffset } : null;
}

function failed(error: ErrorCode, bounds: Bounds | null): FetchedPart {
  return { error, bounds, parts: NOTHING, divergingEpoch: null };
}

function sum(numbers: readonly number[]): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
