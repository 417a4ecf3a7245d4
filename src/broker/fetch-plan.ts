/**
 * One fetch over the partitions of a session, from the question to the bytes: look, wait until there is enough, read.
 *
 * Waiting costs nothing while nothing moves: the session hears of its partitions' moves, and each move adds only what that partition
 * gained. Nothing is read while waiting; reading happens once, at the head of the connection's pipeline.
 *
 * The budget is shared out in the session's order. Without a session that is the order of the request, as Kafka has it: those
 * clients turn it themselves from one request to the next (librdkafka, KafkaJS).
 */
import type { LeaderEpoch, Millis, Offset, Uuid } from '../base/ids.js';
import { NO_OFFSET } from '../base/ids.js';
import type { LogRead } from '../log/segment-read.js';
import { StorageError } from '../log/storage-error.js';
import type { Clock } from '../ports/clock.js';
import { BATCH_HEADER_BYTES } from '../records/batch.js';
import { ZSTD } from '../records/compression/compressor.js';
import type { Bounds, Isolation, Partition } from '../replication/partition.js';
import type { Waiting } from '../replication/waiters.js';
import { ErrorCode } from '../wire/errors.js';
import type { FetchSession, Said, SessionPartition } from './fetch-session.js';
import type { Found, Partitions } from './partitions.js';

/** What the broker knows and lets this reader see. */
export interface FetchSources {
  readonly partitions: Partitions;
  /** undefined: no topic has this id. */
  topicName(id: Uuid): string | undefined;
  mayRead(topic: string): boolean;
}

export interface EpochEnd {
  readonly epoch: LeaderEpoch;
  readonly endOffset: Offset;
}

export interface FetchedPart {
  readonly asked: SessionPartition;
  readonly look: Look;
  /** The reader has not been told of it: an incremental answer holds these alone. */
  readonly isNews: boolean;
}

/** Whoever sends them lets go of the slabs they lie in: see LogRead. */
type Records = Pick<LogRead, 'parts' | 'slabs' | 'bytes'>;

/** What there is to say of a partition, and the records. */
export interface Look extends Said, Records {
  readonly lastStableOffset: Offset;
  readonly divergingEpoch: EpochEnd | null;
}

/** More than `min_bytes` can ask for, and still a number to count with. */
const WORTH_AN_ANSWER = 2 ** 31;
const NOTHING: Records = { parts: [], slabs: [], bytes: 0 };

export class FetchPlan {
  readonly #session: FetchSession;
  readonly #sources: FetchSources;
  readonly #isolation: Isolation;
  readonly #knowsZstd: boolean;
  /** Of the session: whether another request has taken its place. */
  readonly #round: number;
  /** Whether the session is to hear of moves after this request. */
  readonly #keeps: boolean;
  /** The topic that was asked about last, and whether this reader may read it: partitions of one topic come together. */
  #judged: string | null = null;
  #mayReadJudged = false;

  constructor(options: {
    readonly session: FetchSession;
    readonly isolation: Isolation;
    /** Whether the reader can be given the batches of a topic whose `compression.type` is zstd. */
    readonly knowsZstd: boolean;
    readonly sources: FetchSources;
    readonly keeps: boolean;
  }) {
    this.#session = options.session;
    this.#isolation = options.isolation;
    this.#knowsZstd = options.knowsZstd;
    this.#sources = options.sources;
    this.#keeps = options.keeps;
    this.#round = options.session.beginRound(options.isolation);
  }

  /**
   * Resolves when at least `minBytes` can be read, when any partition has an error or a divergence to report, after
   * `maxWaitMs`, when the session ends or another request speaks for it, or when `gone` says that nobody waits any more.
   */
  ready(
    minBytes: number,
    maxWaitMs: Millis,
    clock: Clock,
    gone: (listener: () => void) => Waiting,
  ): Promise<void> {
    const session = this.#session;
    let total = 0;
    for (const asked of session.active()) total += asked.availableBytes = this.#available(asked, minBytes);
    if (total >= minBytes || maxWaitMs <= 0 || session.size === 0 || session.isClosed)
      return Promise.resolve();
    // No partition has an error, or the total would be enough: all of them are there.
    for (const asked of session.active()) asked.follow(this.#find(asked).partition);
    return new Promise((resolve) => {
      let leaving: Waiting | null = null;
      const finish = (): void => {
        clock.clearTimer(timer);
        leaving?.cancel();
        session.wait(null);
        resolve();
      };
      const timer = clock.setTimer(maxWaitMs, finish);
      session.wait({
        moved: (asked) => {
          const now = this.#available(asked, minBytes);
          total += now - asked.availableBytes;
          asked.availableBytes = now;
          if (total >= minBytes) finish();
        },
        ended: finish,
      });
      // Last, since it runs at once when nobody waits any more already.
      leaving = gone(finish);
    });
  }

  /**
   * Reads what may have something to say, in the session's order, within `maxBytes` over all; the first batch of the first that has
   * data is returned whole whatever its size (KIP-74). Null: another request speaks for the session meanwhile.
   */
  async read(maxBytes: number): Promise<FetchedPart[] | null> {
    const session = this.#session;
    if (!session.isCurrent(this.#round)) return null;
    const fetched: FetchedPart[] = [];
    let left = maxBytes;
    let any = false;
    let memoryOnly = false;
    for (const asked of session.takeActive()) {
      const limits = { maxBytes: Math.min(left, asked.maxBytes), atLeastOneBatch: !any, memoryOnly };
      const looked = this.#look(asked, limits);
      // The tail answers at once; only a read from disk is worth a turn of the queue.
      const look = looked instanceof Promise ? await looked : looked;
      if (!session.isCurrent(this.#round)) return null;
      if (look.bytes > 0) {
        any = true;
        left = Math.max(0, left - look.bytes);
      } else if (look.hadRecords && left < asked.maxBytes) {
        // The next batch did not fit. To find out for each of the others would be a read from disk each, for nothing most of the time.
        memoryOnly = true;
      }
      fetched.push({ asked, look, isNews: session.served(asked, look) });
    }
    return fetched;
  }

  /** The session may be spoken for again. */
  end(): void {
    this.#session.endRound(this.#round);
  }

  #look(
    asked: SessionPartition,
    limits: { readonly maxBytes: number; readonly atLeastOneBatch: boolean; readonly memoryOnly: boolean },
  ): Look | Promise<Look> {
    const { error, partition } = this.#find(asked);
    // Before looking: what moves from here on is heard.
    if (this.#keeps) asked.follow(partition);
    if (!partition) return failed(error, null);
    const bounds = partition.bounds();
    const divergingEpoch = divergence(asked, partition);
    const outside = partition.rangeError(asked.fetchOffset);
    if (divergingEpoch === null && outside !== ErrorCode.NONE) return failed(outside, bounds);
    const end = this.#isolation === 'read_committed' ? bounds.lastStableOffset : bounds.highWatermark;
    const hadRecords = asked.fetchOffset < end;
    const isFull = limits.maxBytes < BATCH_HEADER_BYTES && !limits.atLeastOneBatch;
    if (divergingEpoch !== null || !hadRecords || isFull)
      return found(bounds, NOTHING, divergingEpoch, hadRecords);
    const withRead = (read: LogRead): Look => found(bounds, read, null, true);
    const read = partition.read(asked.fetchOffset, { ...limits, isolation: this.#isolation });
    if (!(read instanceof Promise)) return withRead(read);
    return read.then(withRead, (cause: unknown) => {
      if (cause instanceof StorageError) return failed(cause.error, bounds);
      throw cause;
    });
  }

  /** The partition now, or why it cannot be read. By id: of a topic made anew under the name, it is not the one that was asked for. */
  #find(asked: SessionPartition): Found {
    const { topic: named, topicId } = asked.topic;
    const byId = this.#session.usesTopicIds;
    const topic = byId ? this.#sources.topicName(topicId) : named;
    if (topic === undefined) return { error: ErrorCode.UNKNOWN_TOPIC_ID, partition: null };
    if (!this.#mayRead(topic)) return { error: ErrorCode.TOPIC_AUTHORIZATION_FAILED, partition: null };
    const { currentLeaderEpoch, index } = asked;
    const found = this.#sources.partitions.find({ topic, partition: index, currentLeaderEpoch });
    if (byId && found.partition && found.partition.identity.topicId !== topicId)
      return { error: ErrorCode.INCONSISTENT_TOPIC_ID, partition: null };
    if (!this.#knowsZstd && found.partition?.log.config.recompressTo === ZSTD)
      return { error: ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, partition: null };
    return found;
  }

  #mayRead(topic: string): boolean {
    if (topic !== this.#judged) {
      this.#mayReadJudged = this.#sources.mayRead(topic);
      this.#judged = topic;
    }
    return this.#mayReadJudged;
  }

  /** Bytes worth answering for, counted up to `enough`; anything to report that is no data counts as more than anyone asks for. */
  #available(asked: SessionPartition, enough: number): number {
    const { partition } = this.#find(asked);
    if (!partition || partition.rangeError(asked.fetchOffset) !== ErrorCode.NONE) return WORTH_AN_ANSWER;
    if (divergence(asked, partition)) return WORTH_AN_ANSWER;
    const end = partition.readableEnd(this.#isolation);
    if (asked.fetchOffset >= end) return 0;
    // Something is there, whatever the limits: the first batch comes whole.
    const wanted = Math.min(asked.maxBytes, enough);
    return wanted <= 1
      ? 1
      : Math.max(1, Math.min(wanted, partition.log.bytesBetween(asked.fetchOffset, end, wanted)));
  }
}

function divergence(asked: SessionPartition, partition: Partition): EpochEnd | null {
  if (asked.lastFetchedEpoch < 0) return null;
  const { epoch, endOffset } = partition.log.epochEndOffset(asked.lastFetchedEpoch);
  if (epoch < 0 || endOffset < 0) return null;
  return epoch < asked.lastFetchedEpoch || endOffset < asked.fetchOffset ? { epoch, endOffset } : null;
}

function found(
  { highWatermark, lastStableOffset, logStartOffset }: Bounds,
  { parts, slabs, bytes }: Records,
  divergingEpoch: EpochEnd | null,
  hadRecords: boolean,
): Look {
  return {
    error: ErrorCode.NONE,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    parts,
    slabs,
    bytes,
    divergingEpoch,
    hadRecords,
  };
}

function failed(error: ErrorCode, bounds: Bounds | null): Look {
  return {
    error,
    highWatermark: bounds?.highWatermark ?? NO_OFFSET,
    lastStableOffset: bounds?.lastStableOffset ?? NO_OFFSET,
    logStartOffset: bounds?.logStartOffset ?? NO_OFFSET,
    ...NOTHING,
    divergingEpoch: null,
    hadRecords: false,
  };
}
