/**
 * The soft state of one classic group: its members as they are now, ahead of what the log has of them. It only keeps itself
 * consistent; what happens when is decided in classic-*.ts.
 */
import { assert } from '../../base/assert.js';
import type { GenerationId, Millis } from '../../base/ids.js';
import type { RequestId } from '../machine.js';
import type { JoinGroupRequest, JoinGroupResponseMember, MemberProtocol } from './requests.js';
import type { StoredClassicGroup, StoredMember } from './state.js';
import { CONSUMER_PROTOCOL_TYPE, subscribedTopicsOf } from './subscription.js';

/**
 *     Empty ──────────► PreparingRebalance ──► CompletingRebalance ──► Stable
 *       ▲                  │     ▲   ▲               │                   │
 *       └── nobody joined ─┘     │   └───────────────┴── someone joins, ─┘
 *                                │                       leaves, dies
 *
 * A group that is deleted is Dead: it is not kept, and shows as such only to those who ask for it by name.
 */
export type ClassicGroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable';

export const NO_ASSIGNMENT: Buffer = Buffer.alloc(0);

export interface ClassicMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  clientId: string;
  clientHost: string;
  rebalanceTimeoutMs: Millis;
  sessionTimeoutMs: Millis;
  /** In the member's order of preference. */
  protocols: readonly MemberProtocol[];
  assignment: Buffer;
  /** The JoinGroup that waits for the others, if one does. */
  joining: RequestId | null;
  /** The SyncGroup that waits for the leader's assignment, if one does. */
  syncing: RequestId | null;
  /** Joined for the first time and not answered yet: it has no session to keep up, so its join is bounded instead. */
  isNew: boolean;
}

export class ClassicGroup {
  readonly type = 'classic';
  readonly groupId: string;
  #state: ClassicGroupState = 'Empty';
  /** Whether the rebalance being prepared is the first of an empty group, which waits for more members to come. */
  #initialRebalance = false;
  stateTimestampMs: Millis;
  /** Null: nobody has ever joined, the group only keeps offsets. */
  protocolType: string | null = null;
  protocolName: string | null = null;
  generationId: GenerationId = 0;
  leaderId: string | null = null;
  readonly #members = new Map<string, ClassicMember>();
  /** Member ids by group instance id. */
  readonly #staticMembers = new Map<string, string>();
  /** Ids handed out with MEMBER_ID_REQUIRED whose owners have not come back with them yet. */
  readonly pendingMembers = new Set<string>();
  /** Members of this generation that have not sent their SyncGroup yet. */
  readonly pendingSyncs = new Set<string>();
  /** How many members support each protocol. */
  readonly #supporters = new Map<string, number>();
  #joiningCount = 0;
  /** Of these, the ones that are not static. */
  #joiningDynamic = 0;
  /** A member came while the initial rebalance was waiting: wait on. */
  newMemberAdded = false;
  /** Null: not known, because there is no protocol yet or the members' metadata is not readable. */
  subscribedTopics: ReadonlySet<string> | null = null;

  constructor(groupId: string, nowMs: Millis) {
    this.groupId = groupId;
    this.stateTimestampMs = nowMs;
  }

  /** What a record says of a group: Stable with its members, Empty without. */
  static fromStored(groupId: string, stored: StoredClassicGroup, nowMs: Millis): ClassicGroup {
    const group = new ClassicGroup(groupId, nowMs);
    group.protocolType = stored.protocolType === '' ? null : stored.protocolType;
    group.protocolName = stored.protocol;
    group.generationId = stored.generation;
    group.stateTimestampMs = stored.currentStateTimestampMs;
    for (const member of stored.members) group.add(memberFromStored(member, stored.protocol ?? ''));
    if (stored.leader !== null && group.#members.has(stored.leader)) group.leaderId = stored.leader;
    if (stored.members.length > 0) group.#state = 'Stable';
    group.subscribedTopics = group.#computeSubscribedTopics();
    return group;
  }

  get state(): ClassicGroupState {
    return this.#state;
  }

  get isInitialRebalance(): boolean {
    return this.#initialRebalance;
  }

  transitionTo(state: ClassicGroupState, nowMs: Millis): void {
    assert(LEGAL_MOVES[this.#state].includes(state), `a group does not move from ${this.#state} to ${state}`);
    const fits = state === 'PreparingRebalance' || (state === 'Empty') === (this.#members.size === 0);
    assert(fits, `a group of ${this.#members.size} members is not ${state}`);
    this.#initialRebalance = state === 'PreparingRebalance' && this.#state === 'Empty';
    this.#state = state;
    this.stateTimestampMs = nowMs;
  }

  // ── members ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  get size(): number {
    return this.#members.size;
  }

  /** Of those who have joined, and of static members, whose places are kept for them. */
  get placesTaken(): number {
    return this.#joiningDynamic + this.#staticMembers.size;
  }

  /** In the order in which they came. */
  members(): IterableIterator<ClassicMember> {
    return this.#members.values();
  }

  member(memberId: string): ClassicMember | undefined {
    return this.#members.get(memberId);
  }

  staticMemberId(groupInstanceId: string): string | undefined {
    return this.#staticMembers.get(groupInstanceId);
  }

  isLeader(memberId: string): boolean {
    return this.leaderId === memberId;
  }

  /** The first member leads until a rebalance finds that it did not come back. */
  add(member: ClassicMember): void {
    assert(!this.#members.has(member.memberId), 'a member joins a group once');
    this.#members.set(member.memberId, member);
    if (member.groupInstanceId !== null) this.#staticMembers.set(member.groupInstanceId, member.memberId);
    this.leaderId ??= member.memberId;
    this.#countProtocols(member.protocols, 1);
    if (member.joining !== null) this.#countJoining(member, 1);
    this.pendingMembers.delete(member.memberId);
  }

  /** Its parked requests must have been answered. */
  remove(memberId: string): void {
    this.pendingMembers.delete(memberId);
    this.pendingSyncs.delete(memberId);
    const member = this.#members.get(memberId);
    if (member === undefined) return;
    assert(
      member.joining === null && member.syncing === null,
      'a member is removed once its requests are answered',
    );
    this.#members.delete(memberId);
    this.#countProtocols(member.protocols, -1);
    if (member.groupInstanceId !== null) this.#staticMembers.delete(member.groupInstanceId);
    if (this.leaderId === memberId) this.leaderId = firstOf(this.#members.keys());
  }

  /**
   * The same static member under a new id (KIP-345). Its requests must have been answered. It keeps its place in line: whether it leads,
   * its assignment, and whether its SyncGroup is awaited.
   */
  replaceStatic(oldMemberId: string, newMemberId: string): ClassicMember {
    const old = this.#members.get(oldMemberId);
    assert(old !== undefined && old.groupInstanceId !== null, 'only a static member is replaced');
    const wasLeader = this.isLeader(oldMemberId);
    const syncPending = this.pendingSyncs.has(oldMemberId);
    this.remove(oldMemberId);
    const member: ClassicMember = { ...old, memberId: newMemberId, isNew: false };
    this.add(member);
    if (wasLeader) this.leaderId = newMemberId;
    if (syncPending) this.pendingSyncs.add(newMemberId);
    return member;
  }

  /** Takes over what a JoinGroup says of its member. */
  update(
    member: ClassicMember,
    said: Pick<
      ClassicMember,
      'clientId' | 'clientHost' | 'rebalanceTimeoutMs' | 'sessionTimeoutMs' | 'protocols'
    >,
  ): void {
    this.#countProtocols(member.protocols, -1);
    this.#countProtocols(said.protocols, 1);
    member.clientId = said.clientId;
    member.clientHost = said.clientHost;
    member.rebalanceTimeoutMs = said.rebalanceTimeoutMs;
    member.sessionTimeoutMs = said.sessionTimeoutMs;
    member.protocols = said.protocols;
  }

  setJoining(member: ClassicMember, joining: RequestId | null): void {
    if (member.joining !== null) this.#countJoining(member, -1);
    member.joining = joining;
    if (joining !== null) this.#countJoining(member, 1);
  }

  #countJoining({ groupInstanceId }: ClassicMember, by: 1 | -1): void {
    this.#joiningCount += by;
    if (groupInstanceId === null) this.#joiningDynamic += by;
  }

  allJoined(): boolean {
    return this.#joiningCount === this.#members.size && this.pendingMembers.size === 0;
  }

  /** The longest that any member asks for. */
  get rebalanceTimeoutMs(): Millis {
    let longestMs = 0;
    for (const { rebalanceTimeoutMs } of this.#members.values())
      longestMs = Math.max(longestMs, rebalanceTimeoutMs);
    return longestMs;
  }

  /** Makes sure that the leader is one who joined. False: nobody did. */
  electLeader(): boolean {
    const leader = this.leaderId === null ? undefined : this.#members.get(this.leaderId);
    if (leader !== undefined && leader.joining !== null) return true;
    for (const { memberId, joining } of this.#members.values()) {
      if (joining === null) continue;
      this.leaderId = memberId;
      return true;
    }
    return false;
  }

  // ── protocols ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Whether a member that speaks these could be in the group beside the others. */
  supports(protocolType: string, protocols: readonly MemberProtocol[]): boolean {
    if (this.#members.size === 0) return protocolType !== '' && protocols.length > 0;
    return this.protocolType === protocolType && protocols.some(({ name }) => this.#isCommon(name));
  }

  /** Each member votes for the first of its protocols that all support. The first to reach the most votes wins. */
  selectProtocol(): string {
    const votes = new Map<string, number>();
    for (const { protocols } of this.#members.values()) {
      const choice = protocols.find(({ name }) => this.#isCommon(name));
      assert(choice !== undefined, 'members of a group have a protocol in common');
      votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1);
    }
    let selected: string | null = null;
    for (const [name, count] of votes) {
      if (selected === null || count > (votes.get(selected) ?? 0)) selected = name;
    }
    assert(selected !== null, 'a group that selects a protocol has members');
    return selected;
  }

  #isCommon(protocolName: string): boolean {
    return this.#supporters.get(protocolName) === this.#members.size;
  }

  #countProtocols(protocols: readonly MemberProtocol[], by: 1 | -1): void {
    for (const name of new Set(protocols.map((protocol) => protocol.name))) {
      const count = (this.#supporters.get(name) ?? 0) + by;
      if (count === 0) this.#supporters.delete(name);
      else this.#supporters.set(name, count);
    }
  }

  // ── generations ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The join phase is over: one more generation, of those who are in the group now. */
  beginGeneration(nowMs: Millis): void {
    this.generationId++;
    this.pendingSyncs.clear();
    this.newMemberAdded = false;
    this.protocolName = this.#members.size === 0 ? null : this.selectProtocol();
    this.subscribedTopics = this.#computeSubscribedTopics();
    this.transitionTo(this.#members.size === 0 ? 'Empty' : 'CompletingRebalance', nowMs);
  }

  /** A member came back with other metadata, and no generation was begun for it. */
  refreshSubscribedTopics(): void {
    this.subscribedTopics = this.#computeSubscribedTopics();
  }

  #computeSubscribedTopics(): ReadonlySet<string> | null {
    if (!this.usesConsumerProtocol) return null;
    const topics = new Set<string>();
    for (const member of this.#members.values()) {
      const subscribed = subscribedTopicsOf(metadataOf(member, this.protocolName));
      if (subscribed === null) return null;
      for (const topic of subscribed) topics.add(topic);
    }
    return topics;
  }

  get usesConsumerProtocol(): boolean {
    return this.protocolType === CONSUMER_PROTOCOL_TYPE;
  }

  /** As far as is known: a group of consumers whose subscriptions cannot be read may subscribe to anything. */
  isSubscribedTo(topic: string): boolean {
    return this.subscribedTopics?.has(topic) ?? this.usesConsumerProtocol;
  }

  /** What the leader needs to assign. */
  joinedMembers(): JoinGroupResponseMember[] {
    return Array.from(this.#members.values(), (member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      metadata: metadataOf(member, this.protocolName),
    }));
  }

  /** What the log is to say of the group as it is now. */
  toStored(): StoredClassicGroup {
    return {
      protocolType: this.protocolType ?? '',
      generation: this.generationId,
      protocol: this.protocolName,
      leader: this.leaderId,
      currentStateTimestampMs: this.stateTimestampMs,
      members: Array.from(this.#members.values(), (member) => ({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeoutMs: member.rebalanceTimeoutMs,
        sessionTimeoutMs: member.sessionTimeoutMs,
        subscription: metadataOf(member, this.protocolName),
        assignment: member.assignment,
      })),
    };
  }
}

const LEGAL_MOVES: Readonly<Record<ClassicGroupState, readonly ClassicGroupState[]>> = {
  Empty: ['PreparingRebalance'],
  PreparingRebalance: ['CompletingRebalance', 'Empty'],
  CompletingRebalance: ['Stable', 'PreparingRebalance'],
  Stable: ['PreparingRebalance'],
};

/** What the member said under that protocol. */
export function metadataOf(member: ClassicMember, protocolName: string | null): Buffer {
  return member.protocols.find(({ name }) => name === protocolName)?.metadata ?? NO_ASSIGNMENT;
}

/** Whether a JoinGroup says the same as the member's last one. */
export function sameProtocols(member: ClassicMember, request: JoinGroupRequest): boolean {
  return (
    member.protocols.length === request.protocols.length &&
    member.protocols.every(({ name, metadata }, at) => {
      const other = request.protocols[at];
      return other !== undefined && other.name === name && other.metadata.equals(metadata);
    })
  );
}

function memberFromStored(stored: StoredMember, protocolName: string): ClassicMember {
  return {
    memberId: stored.memberId,
    groupInstanceId: stored.groupInstanceId,
    clientId: stored.clientId,
    clientHost: stored.clientHost,
    rebalanceTimeoutMs: stored.rebalanceTimeoutMs > 0 ? stored.rebalanceTimeoutMs : stored.sessionTimeoutMs,
    sessionTimeoutMs: stored.sessionTimeoutMs,
    protocols: [{ name: protocolName, metadata: stored.subscription }],
    assignment: stored.assignment,
    joining: null,
    syncing: null,
    isNew: false,
  };
}

function firstOf<T>(values: Iterable<T>): T | null {
  for (const value of values) return value;
  return null;
}
