/**
 * Reads topics as a member of a group: takes the partitions it is given, goes on where the group stopped, and stores how far it got.
 *
 * `poll` gives batches, and says with the next call that it is done with them. So what is committed was always worked off, and a member
 * that dies leaves its successor at most what it had not finished: at least once. For the same reason partitions change hands only
 * inside `poll`; heartbeats go on beside it.
 */
import { assert } from '../../base/assert.js';
import { type BrokerId, type Millis, type Offset, partitionName } from '../../base/ids.js';
import type { TimerHandle } from '../../ports/clock.js';
import { ErrorCode } from '../../wire/errors.js';
import { Heartbeat } from '../../wire/messages/heartbeat.js';
import { JoinGroup, type JoinGroupResponse } from '../../wire/messages/join-group.js';
import { LeaveGroup } from '../../wire/messages/leave-group.js';
import { SyncGroup } from '../../wire/messages/sync-group.js';
import type { Cluster } from '../cluster.js';
import { KafkaError } from '../kafka-error.js';
import { EARLIEST, LATEST, listOffsets } from '../offsets.js';
import { isTransient } from '../retry.js';
import { assignRange } from './assignor-range.js';
import { commitOffsets, fetchCommitted } from './committed-offsets.js';
import {
  type Assigned,
  CONSUMER_PROTOCOL,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './consumer-protocol.js';
import { Fetcher, type FetchedBatches, type FetcherOptions, type Position } from './fetcher.js';
import {
  decide,
  DETACHED,
  type Membership,
  type MembershipAction,
  type MembershipEvent,
} from './membership-classic.js';

export interface GroupConsumerOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Where to begin in a partition of which the group has no position, or one that the log no longer has. */
  readonly startAt?: 'earliest' | 'latest';
  readonly sessionTimeoutMs?: Millis;
  readonly heartbeatIntervalMs?: Millis;
  /** How long the others wait for this member at a rebalance; also the longest time between two polls. */
  readonly rebalanceTimeoutMs?: Millis;
  readonly commitIntervalMs?: Millis;
  readonly fetch?: Omit<FetcherOptions, 'onOutOfRange'>;
  /** After each rebalance, with the positions reading starts from. */
  readonly onAssigned?: (positions: readonly Position[]) => void;
}

const SESSION_TIMEOUT_MS: Millis = 45_000;
const REBALANCE_TIMEOUT_MS: Millis = 300_000;
const COMMIT_INTERVAL_MS: Millis = 5_000;
const REQUEST_TIMEOUT_MS: Millis = 30_000;
/** What a coordinator that waits for the last member may need beyond the time it allows. */
const JOIN_GRACE_MS: Millis = 10_000;
/** How often the leader looks whether the topics have other partitions than those it dealt out. */
const METADATA_MAX_AGE_MS: Millis = 300_000;
const RANGE = 'range';

export class GroupConsumer {
  readonly #cluster: Cluster;
  readonly #options: GroupConsumerOptions;
  readonly #fetcher: Fetcher;
  readonly #ending = new AbortController();
  #membership: Membership = DETACHED;
  /** What the machine wants done at the next poll. */
  readonly #todo: MembershipAction[] = [];
  #coordinator: BrokerId = -1;
  #joined: JoinGroupResponse | null = null;
  #assignment: Assigned = new Map();
  /** Handed out by the last poll, so not done with yet. */
  #handedOut: FetchedBatches | null = null;
  /** Done with, not committed yet; by partition. */
  readonly #done = new Map<string, Position>();
  #failure: Error | null = null;
  /** As leader: partitions by topic when they were dealt out; null for a follower. */
  #dealtOut: ReadonlyMap<string, number> | null = null;
  #metadataTimer: TimerHandle | null = null;
  #heartbeat: TimerHandle | null = null;
  #sessionEndsAt: Millis = 0;
  #commitDueAt: Millis = 0;
  #polling = false;

  constructor(cluster: Cluster, options: GroupConsumerOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#fetcher = new Fetcher(cluster, { ...options.fetch, onOutOfRange: options.startAt ?? 'latest' });
    this.#tell({ type: 'begin' });
  }

  /**
   * The next batches of any of this member's partitions; null after `wake`. Takes part in rebalances on the way.
   * @throws KafkaError, UserError: the group or a partition is not for us
   */
  async poll(): Promise<FetchedBatches | null> {
    assert(!this.#polling, 'one poll at a time');
    this.#polling = true;
    try {
      this.#finishHandedOut();
      for (;;) {
        await this.#catchUp();
        if (this.#ending.signal.aborted) return null;
        if (this.#cluster.clock.monotonic() >= this.#commitDueAt) await this.#commit();
        if (this.#todo.length > 0) continue;
        this.#handedOut = await this.#fetcher.next();
        if (this.#handedOut || this.#todo.length === 0) return this.#handedOut;
      }
    } finally {
      this.#polling = false;
    }
  }

  /** Lets a waiting `poll`, or the following one, return null. */
  wake(): void {
    this.#fetcher.wake();
  }

  /** Of what the last poll gave, only records before `offset` are done with. */
  doneUpTo(offset: Offset): void {
    assert(this.#handedOut, 'something was handed out');
    this.#handedOut = { ...this.#handedOut, nextOffset: offset };
  }

  /** Stores how far it got, what the last poll gave included. @throws as `poll` */
  async commit(): Promise<void> {
    this.#finishHandedOut();
    await this.#commit();
    if (this.#failure) throw this.#failure;
  }

  /** Commits what is done, leaves the group, and stops reading. The last poll's batches count as done only after `commit`. */
  async close(): Promise<void> {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.#stopBeating();
    this.#stopLooking();
    if (this.#membership.phase === 'stable') await this.#commit();
    this.#tell({ type: 'leave' });
    const leaving = this.#todo.some((action) => action.do === 'leave');
    this.#todo.length = 0;
    this.#fetcher.close();
    if (leaving) await this.#leave();
  }

  #tell(event: MembershipEvent): void {
    const { state, actions } = decide(this.#membership, event);
    this.#membership = state;
    for (const action of actions) {
      if (action.do === 'keep-beating') this.#beatLater();
      else this.#todo.push(action);
    }
    // A poll that waits for records has to come back and see to it.
    if (this.#todo.length > 0) this.#fetcher.wake();
  }

  /** Does what the machine asks, until it asks for nothing more. */
  async #catchUp(): Promise<void> {
    for (;;) {
      if (this.#failure) throw this.#failure;
      const action = this.#todo.shift();
      if (!action || this.#ending.signal.aborted) return;
      try {
        await this.#act(action);
      } catch (error) {
        if (!isTransient(error)) throw error;
        this.#tell({ type: 'unreachable' });
        // The generation stands; what failed was finding out where to begin in it.
        if (action.do === 'take-assignment') this.#todo.push(action);
      }
    }
  }

  async #act(action: MembershipAction): Promise<void> {
    switch (action.do) {
      case 'find-coordinator':
        this.#coordinator = await this.#cluster.findCoordinator(this.#options.groupId);
        return this.#tell({ type: 'coordinator-found' });
      case 'back-off':
        return this.#cluster.backOff(action.attempt, this.#ending.signal);
      case 'join':
        return this.#join();
      case 'sync':
        return this.#sync(action.leads);
      case 'take-assignment':
        return this.#takeAssignment();
      case 'release':
        return this.#release(action.commit);
      case 'fail':
        throw (this.#failure = new KafkaError(action.errorCode, `group ${this.#options.groupId}`));
      case 'keep-beating':
        return this.#beatLater();
      case 'leave':
        return this.#leave();
    }
  }

  async #join(): Promise<void> {
    const { groupId, topics } = this.#options;
    const rebalanceTimeoutMs = this.#options.rebalanceTimeoutMs ?? REBALANCE_TIMEOUT_MS;
    const connection = await this.#cluster.connectionTo(this.#coordinator, 'group');
    const answer = await connection.call(
      JoinGroup,
      {
        groupId,
        sessionTimeoutMs: this.#sessionTimeoutMs,
        rebalanceTimeoutMs,
        memberId: this.#membership.memberId,
        protocolType: CONSUMER_PROTOCOL,
        protocols: [{ name: RANGE, metadata: encodeSubscription(topics) }],
      },
      { timeoutMs: rebalanceTimeoutMs + JOIN_GRACE_MS },
    );
    this.#joined = answer;
    const { errorCode, memberId, generationId, leader, skipAssignment } = answer;
    this.#tell({
      type: 'joined',
      errorCode,
      memberId,
      generationId,
      leads: leader === memberId && !skipAssignment,
    });
  }

  async #sync(leads: boolean): Promise<void> {
    const { memberId, generationId } = this.#membership;
    const assignments = leads ? await this.#assign(this.#joined!) : [];
    const connection = await this.#cluster.connectionTo(this.#coordinator, 'group');
    const answer = await connection.call(
      SyncGroup,
      {
        groupId: this.#options.groupId,
        generationId,
        memberId,
        protocolType: CONSUMER_PROTOCOL,
        protocolName: RANGE,
        assignments,
      },
      { timeoutMs: (this.#options.rebalanceTimeoutMs ?? REBALANCE_TIMEOUT_MS) + JOIN_GRACE_MS },
    );
    if (answer.errorCode === ErrorCode.NONE) this.#assignment = decodeAssignment(answer.assignment);
    this.#tell({ type: 'synced', errorCode: answer.errorCode });
  }

  /** As leader: who reads what. A topic that does not exist (yet) is nobody's. */
  async #assign({ members }: JoinGroupResponse): Promise<{ memberId: string; assignment: Buffer }[]> {
    const subscribed = members.map(({ memberId, groupInstanceId, metadata }) => ({
      memberId,
      groupInstanceId,
      topics: decodeSubscription(metadata),
    }));
    const { topics } = await this.#cluster.metadata([...new Set(subscribed.flatMap((each) => each.topics))]);
    const counts = new Map([...topics].map(([name, { partitions }]) => [name, partitions.length]));
    const assigned = assignRange(subscribed, (topic) => counts.get(topic));
    this.#dealtOut = counts;
    return [...assigned].map(([memberId, partitions]) => ({
      memberId,
      assignment: encodeAssignment(partitions),
    }));
  }

  async #takeAssignment(): Promise<void> {
    if (this.#membership.phase !== 'stable') return;
    const { clock } = this.#cluster;
    this.#extendSession();
    this.#commitDueAt = clock.monotonic() + (this.#options.commitIntervalMs ?? COMMIT_INTERVAL_MS);
    this.#beatLater();
    const positions = await this.#startingPositions();
    // Heartbeats go on meanwhile: the assignment may be over before it began.
    if (this.#membership.phase !== 'stable') return;
    this.#fetcher.assign(positions);
    this.#options.onAssigned?.(positions);
    if (this.#dealtOut) this.#lookLater();
  }

  /** The committed positions; where there are none, the log's start or end. */
  async #startingPositions(): Promise<Position[]> {
    const { groupId, startAt } = this.#options;
    const assigned = [...this.#assignment].flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    if (assigned.length === 0) return [];
    const committed = await fetchCommitted(this.#cluster, this.#coordinator, groupId, this.#assignment);
    await this.#cluster.metadata([...this.#assignment.keys()]);
    const open = assigned.filter(({ topic, partition }) => !committed.has(partitionName(topic, partition)));
    const at = startAt === 'earliest' ? EARLIEST : LATEST;
    const found = await listOffsets(
      this.#cluster,
      open.map((each) => ({ ...each, at })),
      REQUEST_TIMEOUT_MS,
    );
    return [...committed.values(), ...found];
  }

  async #release(commit: boolean): Promise<void> {
    this.#stopBeating();
    this.#stopLooking();
    this.#dealtOut = null;
    if (commit) await this.#commit();
    this.#done.clear();
    this.#fetcher.assign([]);
    this.#assignment = new Map();
    this.#tell({ type: 'given-up' });
  }

  #finishHandedOut(): void {
    const fetched = this.#handedOut;
    if (!fetched) return;
    this.#handedOut = null;
    const { topic, partition, nextOffset: offset } = fetched;
    // Of an assignment that is over: whoever has the partition now commits for it.
    if (this.#assignment.get(topic)?.includes(partition)) {
      this.#done.set(partitionName(topic, partition), { topic, partition, offset });
    }
  }

  /** One attempt: what does not get through is committed with the next, or done again by a successor. */
  async #commit(): Promise<void> {
    this.#commitDueAt =
      this.#cluster.clock.monotonic() + (this.#options.commitIntervalMs ?? COMMIT_INTERVAL_MS);
    if (this.#done.size === 0) return;
    const positions = [...this.#done.values()];
    const { memberId, generationId } = this.#membership;
    try {
      const as = { groupId: this.#options.groupId, memberId, generationId };
      const errorCode = await commitOffsets(this.#cluster, this.#coordinator, as, positions);
      if (errorCode === ErrorCode.NONE) {
        for (const { topic, partition, offset } of positions) {
          const name = partitionName(topic, partition);
          if (this.#done.get(name)?.offset === offset) this.#done.delete(name);
        }
      } else if (!this.#ending.signal.aborted) {
        this.#answered(errorCode);
      }
    } catch (error) {
      if (!isTransient(error)) throw error;
      if (!this.#ending.signal.aborted) this.#tell({ type: 'unreachable' });
    }
  }

  /** Of a heartbeat or a commit that was refused. */
  #answered(errorCode: number): void {
    this.#stopBeating();
    this.#tell({ type: 'answered', errorCode });
  }

  get #sessionTimeoutMs(): Millis {
    return this.#options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS;
  }

  #extendSession(): void {
    this.#sessionEndsAt = this.#cluster.clock.monotonic() + this.#sessionTimeoutMs;
  }

  #beatLater(): void {
    this.#stopBeating();
    if (this.#ending.signal.aborted) return;
    const intervalMs = this.#options.heartbeatIntervalMs ?? Math.min(3000, this.#sessionTimeoutMs / 3);
    this.#heartbeat = this.#cluster.clock.setTimer(intervalMs, () => void this.#beat());
  }

  #stopBeating(): void {
    if (this.#heartbeat) this.#cluster.clock.clearTimer(this.#heartbeat);
    this.#heartbeat = null;
  }

  async #beat(): Promise<void> {
    this.#heartbeat = null;
    const { memberId, generationId, phase } = this.#membership;
    if (phase !== 'stable' || this.#ending.signal.aborted) return;
    const sentAt = this.#cluster.clock.monotonic();
    if (sentAt >= this.#sessionEndsAt) return this.#tell({ type: 'session-expired' });
    try {
      const connection = await this.#cluster.connectionTo(this.#coordinator, 'group');
      const { errorCode } = await connection.call(Heartbeat, {
        groupId: this.#options.groupId,
        generationId,
        memberId,
      });
      if (this.#ending.signal.aborted || generationId !== this.#membership.generationId) return;
      // From the moment it was sent: that is when the coordinator may have counted from.
      if (errorCode === ErrorCode.NONE) this.#sessionEndsAt = sentAt + this.#sessionTimeoutMs;
      this.#answered(errorCode);
    } catch (error) {
      if (this.#ending.signal.aborted || generationId !== this.#membership.generationId) return;
      if (isTransient(error)) this.#tell({ type: 'unreachable' });
      else {
        this.#failure = error as Error;
        this.#fetcher.wake();
      }
    }
  }

  #lookLater(): void {
    this.#stopLooking();
    this.#metadataTimer = this.#cluster.clock.setTimer(
      METADATA_MAX_AGE_MS,
      () => void this.#lookForPartitions(),
    );
  }

  #stopLooking(): void {
    if (this.#metadataTimer) this.#cluster.clock.clearTimer(this.#metadataTimer);
    this.#metadataTimer = null;
  }

  /** Topics grow, come and go: the group meets anew when the leader sees it. */
  async #lookForPartitions(): Promise<void> {
    const before = this.#dealtOut;
    if (!before) return;
    // Whoever cannot be asked now is asked the next time.
    const answer = await this.#cluster
      .metadata([...before.keys(), ...this.#options.topics])
      .catch(() => null);
    if (this.#dealtOut !== before || this.#ending.signal.aborted) return;
    const changed = [...(answer?.topics ?? [])].some(
      ([name, { partitions }]) => before.get(name) !== partitions.length,
    );
    if (changed) this.#tell({ type: 'subscription-changed' });
    else this.#lookLater();
  }

  /** Politeness: the others need not wait for our session to end. Who cannot be told will notice. */
  async #leave(): Promise<void> {
    const { groupId } = this.#options;
    const { memberId } = this.#membership;
    try {
      // Not behind a JoinGroup that still waits for others.
      const connection = await this.#cluster.connectionTo(this.#coordinator, 'control');
      const many = (connection.versionOf(LeaveGroup) ?? 0) >= 3;
      await connection.call(LeaveGroup, many ? { groupId, members: [{ memberId }] } : { groupId, memberId });
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
  }
}
