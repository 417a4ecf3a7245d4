/**
 * A fetch session (KIP-227): which partitions a reader follows, where it stands in each, and what it was last told of each. So the
 * reader sends only what changes, and gets back only what changed.
 *
 * A request costs what has changed, not what the session holds: a partition is *active* while it may have something to say (it was
 * asked for anew, it moved, it has more than was sent, its answer was an error), and only active ones are looked at. That is exact
 * because an idle partition has nothing below its readable end and was told of as it is, and whatever ends that is a move, of which
 * the session hears at once. So a parked session costs nothing while nothing moves.
 *
 * Fairness is an order: partitions are served by rank, and one that returned records goes to the back. However small the answers,
 * each partition with records comes to the front in the end.
 *
 * Pure: no clock, no disk. A fetch without a session is one that is thrown away after its first request.
 */
import type { LeaderEpoch, Offset, PartitionIndex, Uuid } from '../base/ids.js';
import { NO_EPOCH, NO_OFFSET } from '../base/ids.js';
import type { Isolation } from '../replication/partition.js';
import type { MoveListener, MoveSource } from '../replication/waiters.js';
import { ErrorCode } from '../wire/errors.js';

/** Where a reader stands in a partition, and how much of it it takes at once. */
export interface PartitionAsk {
  readonly partition: PartitionIndex;
  readonly currentLeaderEpoch: LeaderEpoch;
  readonly fetchOffset: Offset;
  /** The last epoch the reader saw records of; −1: does not say (KIP-595's divergence check, sent by Fetch 12). */
  readonly lastFetchedEpoch: LeaderEpoch;
  readonly partitionMaxBytes: number;
}

/** A topic as a request names it: by name or, from version 13 on, by id; the other one is empty. */
export interface AskedTopic {
  readonly topic: string;
  readonly topicId: Uuid;
}

/** What an answer says of a partition. */
export interface Said {
  readonly error: ErrorCode;
  readonly highWatermark: Offset;
  readonly logStartOffset: Offset;
  readonly bytes: number;
  /** Where the reader's log and ours part; null: nowhere. */
  readonly divergingEpoch: object | null;
  /** At the moment of reading, something to read lay at or behind the fetch offset. */
  readonly hadRecords: boolean;
}

/** Waits for a session's partitions. */
export interface SessionWaiter {
  moved(partition: SessionPartition): void;
  /** The session ends, or another request speaks for it. */
  ended(): void;
}

/** Shared by its partitions. */
class SessionTopic implements AskedTopic {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly partitions = new Map<PartitionIndex, SessionPartition>();

  constructor({ topic, topicId }: AskedTopic) {
    this.topic = topic;
    this.topicId = topicId;
  }
}

export class SessionPartition implements MoveListener {
  readonly topic: AskedTopic;
  readonly index: PartitionIndex;
  currentLeaderEpoch: LeaderEpoch = NO_EPOCH;
  fetchOffset: Offset = NO_OFFSET;
  lastFetchedEpoch: LeaderEpoch = NO_EPOCH;
  maxBytes = 0;
  /** As far as a waiting request has counted. 0 while idle. */
  availableBytes = 0;
  /** The lower, the sooner it is served. */
  rank: number;
  isActive = false;
  #toldHighWatermark: Offset = NO_OFFSET;
  #toldLogStartOffset: Offset = NO_OFFSET;
  #source: MoveSource | null = null;
  readonly #session: FetchSession;

  constructor(session: FetchSession, topic: AskedTopic, index: PartitionIndex, rank: number) {
    this.#session = session;
    this.topic = topic;
    this.index = index;
    this.rank = rank;
  }

  update(ask: PartitionAsk): void {
    this.currentLeaderEpoch = ask.currentLeaderEpoch;
    this.fetchOffset = ask.fetchOffset;
    this.lastFetchedEpoch = ask.lastFetchedEpoch;
    this.maxBytes = ask.partitionMaxBytes;
  }

  /** Hears of the moves of `source` from now on, and of no other's. */
  follow(source: MoveSource | null): void {
    if (this.#source === source) return;
    this.#source?.unfollow(this);
    this.#source = source;
    source?.follow(this);
  }

  moved(): void {
    this.#session.activate(this);
  }

  /** Remembers what is said; whether an incremental answer must say it. Errors are said every time, until they are gone. */
  remember({ error, highWatermark, logStartOffset, bytes, divergingEpoch }: Said): boolean {
    const isFailing = error !== ErrorCode.NONE || divergingEpoch !== null;
    const isNews =
      isFailing ||
      bytes > 0 ||
      highWatermark !== this.#toldHighWatermark ||
      logStartOffset !== this.#toldLogStartOffset;
    // When the error is gone, the partition is told of even if nothing else has changed.
    this.#toldHighWatermark = isFailing ? NO_OFFSET : highWatermark;
    this.#toldLogStartOffset = logStartOffset;
    return isNews;
  }
}

export class FetchSession {
  /** A session keeps to names or to ids. */
  readonly usesTopicIds: boolean;
  readonly #topics = new Map<string, SessionTopic>();
  /** In no order. May hold what was forgotten since. */
  #active: SessionPartition[] = [];
  #size = 0;
  #nextRank = 0;
  #isolation: Isolation = 'read_uncommitted';
  #waiter: SessionWaiter | null = null;
  #rounds = 0;
  #inRound = false;
  #isClosed = false;

  constructor(naming: 'by name' | 'by id') {
    this.usesTopicIds = naming === 'by id';
  }

  /** Partitions. */
  get size(): number {
    return this.#size;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  // ---- What the reader asks

  /** Adds a partition or, when it is there, moves the reader in it; of two in one request the last counts. */
  ask(named: AskedTopic, ask: PartitionAsk): void {
    const key = this.#keyOf(named);
    let topic = this.#topics.get(key);
    if (!topic) this.#topics.set(key, (topic = new SessionTopic(named)));
    let partition = topic.partitions.get(ask.partition);
    if (!partition) {
      partition = new SessionPartition(this, topic, ask.partition, this.#nextRank++);
      topic.partitions.set(ask.partition, partition);
      this.#size += 1;
    }
    partition.update(ask);
    this.activate(partition);
  }

  /** What is not there is forgotten already. */
  forget(named: AskedTopic, index: PartitionIndex): void {
    const key = this.#keyOf(named);
    const topic = this.#topics.get(key);
    const partition = topic?.partitions.get(index);
    if (!topic || !partition) return;
    partition.follow(null);
    partition.isActive = false;
    topic.partitions.delete(index);
    if (topic.partitions.size === 0) this.#topics.delete(key);
    this.#size -= 1;
  }

  #keyOf({ topic, topicId }: AskedTopic): string {
    return this.usesTopicIds ? topicId : topic;
  }

  // ---- What may have something to say

  activate(partition: SessionPartition): void {
    if (this.#isClosed) return;
    if (!partition.isActive) {
      partition.isActive = true;
      this.#active.push(partition);
    }
    this.#waiter?.moved(partition);
  }

  /** To be looked at, in no order. They stay active. */
  active(): readonly SessionPartition[] {
    this.#active = this.#active.filter((partition) => partition.isActive);
    return this.#active;
  }

  /** To be served, in the order of their ranks. They are idle then, unless they move or `served` finds otherwise. */
  takeActive(): SessionPartition[] {
    const taken = this.#active.filter((partition) => partition.isActive);
    for (const partition of taken) partition.isActive = false;
    this.#active = [];
    return taken.sort((a, b) => a.rank - b.rank);
  }

  /** Notes what the answer says of `partition`; whether an incremental one must say it. */
  served(partition: SessionPartition, said: Said): boolean {
    partition.availableBytes = 0;
    if (said.bytes > 0) partition.rank = this.#nextRank++;
    // With records sent, it stays until the reader has moved on: else they would be lost with an answer that it could not use.
    if (said.error !== ErrorCode.NONE || said.divergingEpoch !== null || said.hadRecords)
      this.activate(partition);
    return partition.remember(said);
  }

  // ---- One request after the other

  /**
   * A request begins to speak for the session; the number is for `isCurrent`. One that spoke before and has not been answered is
   * over: what it took from the active ones is active again.
   */
  beginRound(isolation: Isolation): number {
    if (this.#inRound) {
      this.#activateAll();
      this.#waiter?.ended();
    }
    // The readable ends are others now.
    if (isolation !== this.#isolation) this.#activateAll();
    this.#isolation = isolation;
    this.#inRound = true;
    return ++this.#rounds;
  }

  /** No other request speaks for the session since. */
  isCurrent(round: number): boolean {
    return round === this.#rounds;
  }

  endRound(round: number): void {
    if (this.isCurrent(round)) this.#inRound = false;
  }

  /** Told of moves until `null` takes its place. */
  wait(waiter: SessionWaiter | null): void {
    this.#waiter = waiter;
  }

  /** Hears of nothing any more. Whoever waits is answered with what there is. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { partitions } of this.#topics.values())
      for (const partition of partitions.values()) partition.follow(null);
    this.#waiter?.ended();
  }

  #activateAll(): void {
    for (const { partitions } of this.#topics.values())
      for (const partition of partitions.values()) this.activate(partition);
  }
}
