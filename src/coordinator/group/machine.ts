/**
 * The machine of one shard of groups: routes each event to its group, and does what concerns several groups. A group is of one type;
 * classic ones are decided in classic-*.ts, and those of the next protocol (KIP-848) will stand beside them in the same map.
 */
import { assert } from '../../base/assert.js';
import type { Millis } from '../../base/ids.js';
import { ErrorCode } from '../../wire/errors.js';
import type { Decision, Machine, RequestId } from '../machine.js';
import { ClassicGroup, metadataOf, NO_ASSIGNMENT } from './classic-group.js';
import { join } from './classic-join.js';
import { leave } from './classic-leave.js';
import {
  cancelGroupTimers,
  type Deciding,
  initialDelayOver,
  joinTimedOut,
  prepareRebalance,
  restartSession,
  sessionTimedOut,
  syncTimedOut,
} from './classic-rebalance.js';
import { joinRefused, syncRefused } from './classic-replies.js';
import { heartbeat, sync } from './classic-sync.js';
import type { GroupConfig, GroupFacts } from './config.js';
import { GroupDecision, type GroupEvent, type GroupReply, type GroupRequestEvent } from './events.js';
import {
  commitOffsets,
  commitResponse,
  deleteGroupOffsets,
  deleteOffsets,
  deleteTopicOffsets,
  expireOffsets,
  fetchOffsets,
  unknownGroupCommitError,
} from './offsets.js';
import type { DescribedGroup, ListedGroup, ListGroupsRequest, ListGroupsResponse } from './requests.js';
import {
  applyGroupRecord,
  type GroupEntryView,
  type GroupRecord,
  type GroupsState,
  type GroupsView,
} from './state.js';

/** All types of group; `type` tells them apart. */
export type Group = ClassicGroup;

const EXPIRE_OFFSETS = 'expire-offsets';

/** From here on DescribeGroups says that a group does not exist; before, that it is Dead (KIP-1043). */
const GROUP_ID_NOT_FOUND_SINCE = 6;

export class GroupMachine implements Machine<GroupsState, GroupsView, GroupEvent, GroupRecord, GroupReply> {
  readonly #config: GroupConfig;
  readonly #facts: GroupFacts;
  /**
   * Every group that has a record, and those that have none yet, with members or ids handed out. A group that only keeps offsets
   * (of a consumer that assigns its partitions itself) has no soft state: it is made up when it is asked for, since there may be very many.
   */
  readonly #groups = new Map<string, Group>();
  /** The pass of expiry that is under way, between two of its turns; `again` is a group that it has not finished with. */
  #expiring: { readonly groupIds: Iterator<string, undefined>; again: string | null } | null = null;

  constructor(config: GroupConfig, facts: GroupFacts) {
    this.#config = config;
    this.#facts = facts;
  }

  empty(): GroupsState {
    return new Map();
  }

  apply(state: GroupsState, record: GroupRecord): void {
    applyGroupRecord(state, record);
  }

  /**
   * Members get a fresh session timeout: how long they have been silent, the log does not say. Of a rebalance in progress it says
   * nothing either, so the group is as the last one left it; members who are further get errors that make them join again.
   *
   * A topic may have been deleted while nobody led this partition, or a crash have come before the tombstones were in the log: what was
   * committed for it goes now, before one of the same name can inherit it.
   */
  loaded(state: GroupsView, nowMs: Millis): Decision<GroupEvent, GroupRecord, GroupReply> {
    const on = this.#deciding(nowMs);
    on.out.appended = 'independently';
    for (const [groupId, { classic, offsets }] of state) {
      for (const topic of offsets.keys()) {
        if (!this.#facts.topicExists(topic)) deleteTopicOffsets(groupId, topic, offsets, on);
      }
      if (classic === null) continue;
      const group = ClassicGroup.fromStored(groupId, classic, nowMs);
      this.#groups.set(groupId, group);
      for (const member of group.members()) restartSession(group, member, on);
      if (group.size > this.#config.membersMax) prepareRebalance(group, on);
    }
    on.out.setTimer(EXPIRE_OFFSETS, this.#config.offsetsRetentionCheckIntervalMs, { kind: 'expire-offsets' });
    return on.out;
  }

  decide(state: GroupsView, event: GroupEvent, nowMs: Millis): Decision<GroupEvent, GroupRecord, GroupReply> {
    const on = this.#deciding(nowMs);
    switch (event.kind) {
      case 'join':
        this.#join(state, event, on);
        break;
      case 'sync': {
        const group = this.#groups.get(event.request.groupId);
        if (group === undefined) on.out.replyNow(event.to, syncRefused(ErrorCode.UNKNOWN_MEMBER_ID));
        else sync(group, event, on);
        break;
      }
      case 'heartbeat': {
        const group = this.#groups.get(event.request.groupId);
        if (group !== undefined) heartbeat(group, event, on);
        else
          on.out.replyNow(event.to, {
            kind: 'heartbeat',
            response: { errorCode: ErrorCode.UNKNOWN_MEMBER_ID },
          });
        break;
      }
      case 'leave':
        this.#leave(state, event, on);
        break;
      case 'commit-offsets':
        this.#commitOffsets(state, event, on);
        break;
      case 'fetch-offsets': {
        const groups = event.groups.map((group) => fetchOffsets(state, group));
        on.out.replyCommitted(event.to, { kind: 'fetch-offsets', response: { groups } });
        break;
      }
      case 'describe': {
        const groups = event.groupIds.map((groupId) =>
          this.#describe(state, groupId, event.apiVersion, nowMs),
        );
        on.out.replyCommitted(event.to, { kind: 'describe', response: { groups } });
        break;
      }
      case 'list':
        on.out.replyCommitted(event.to, { kind: 'list', response: this.#list(state, event.request) });
        break;
      case 'delete-groups':
        this.#deleteGroups(state, event.groupIds, event.to, on);
        break;
      case 'delete-offsets':
        this.#deleteOffsets(state, event, on);
        break;
      case 'topic-deleted':
        on.out.appended = 'independently';
        for (const [groupId, { offsets }] of state) deleteTopicOffsets(groupId, event.topic, offsets, on);
        on.out.replyCommitted(event.to, { kind: 'topic-deleted', response: { errorCode: ErrorCode.NONE } });
        break;
      case 'session-timeout':
        this.#withGroup(state, event.groupId, (group) => sessionTimedOut(group, event.memberId, on));
        break;
      case 'join-timeout':
        this.#withGroup(state, event.groupId, (group) => joinTimedOut(group, on));
        break;
      case 'initial-delay-over':
        this.#withGroup(state, event.groupId, (group) =>
          initialDelayOver(group, event.waitedMs, event.remainingMs, on),
        );
        break;
      case 'sync-timeout':
        this.#withGroup(state, event.groupId, (group) => syncTimedOut(group, event.generationId, on));
        break;
      case 'expire-offsets':
        this.#expireOffsets(state, on);
        break;
    }
    return on.out;
  }

  #deciding(nowMs: Millis): Deciding {
    return { config: this.#config, facts: this.#facts, nowMs, out: new GroupDecision() };
  }

  #withGroup(state: GroupsView, groupId: string, decide: (group: Group) => void): void {
    const group = this.#groups.get(groupId);
    if (group === undefined) return;
    decide(group);
    this.#keepOrForget(state, group);
  }

  /** A group, whether it has members or only keeps offsets; undefined if nobody knows of it. */
  #groupOf(state: GroupsView, groupId: string, nowMs: Millis): Group | undefined {
    return this.#groups.get(groupId) ?? (state.has(groupId) ? new ClassicGroup(groupId, nowMs) : undefined);
  }

  /** A group that never had a member, and has none on the way in, has no state but its offsets, if any. */
  #keepOrForget(state: GroupsView, group: Group): void {
    const { groupId, protocolType, pendingMembers } = group;
    const vacant = group.state === 'Empty' && pendingMembers.size === 0;
    const recorded = (state.get(groupId)?.classic ?? null) !== null;
    if (vacant && protocolType === null && !recorded) this.#groups.delete(groupId);
    else this.#groups.set(groupId, group);
  }

  #join(state: GroupsView, event: Extract<GroupRequestEvent, { kind: 'join' }>, on: Deciding): void {
    const { to, request } = event;
    const { groupId, memberId, sessionTimeoutMs } = request;
    const { sessionTimeoutMsMin, sessionTimeoutMsMax } = this.#config;
    if (sessionTimeoutMs < sessionTimeoutMsMin || sessionTimeoutMs > sessionTimeoutMsMax) {
      on.out.replyNow(to, joinRefused(memberId, ErrorCode.INVALID_SESSION_TIMEOUT));
    } else if (memberId !== '' && !this.#groups.has(groupId) && !state.has(groupId)) {
      on.out.replyNow(to, joinRefused(memberId, ErrorCode.UNKNOWN_MEMBER_ID));
    } else {
      const group = this.#groups.get(groupId) ?? new ClassicGroup(groupId, on.nowMs);
      join(group, event, on);
      this.#keepOrForget(state, group);
    }
  }

  #leave(state: GroupsView, event: Extract<GroupRequestEvent, { kind: 'leave' }>, on: Deciding): void {
    const group = this.#groups.get(event.groupId);
    if (group === undefined) {
      const errorCode = ErrorCode.UNKNOWN_MEMBER_ID;
      const members = event.members.map(({ memberId, groupInstanceId }) => ({
        memberId,
        groupInstanceId,
        errorCode,
      }));
      on.out.replyNow(event.to, { kind: 'leave', response: { errorCode: ErrorCode.NONE, members } });
      return;
    }
    leave(group, event, on);
    this.#keepOrForget(state, group);
  }

  #commitOffsets(
    state: GroupsView,
    event: Extract<GroupRequestEvent, { kind: 'commit-offsets' }>,
    on: Deciding,
  ): void {
    const { to, request, client } = event;
    const group = this.#groupOf(state, request.groupId, on.nowMs);
    if (group === undefined && request.generationIdOrMemberEpoch >= 0) {
      const response = commitResponse(request, unknownGroupCommitError(client.apiVersion));
      on.out.replyNow(to, { kind: 'commit-offsets', response });
      return;
    }
    commitOffsets(group ?? new ClassicGroup(request.groupId, on.nowMs), event, on);
  }

  // ── admin ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #describe(state: GroupsView, groupId: string, apiVersion: number, nowMs: Millis): DescribedGroup {
    const group = this.#groupOf(state, groupId, nowMs);
    if (group === undefined) {
      const tells = apiVersion >= GROUP_ID_NOT_FOUND_SINCE;
      return {
        errorCode: tells ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.NONE,
        errorMessage: tells ? `Group ${groupId} not found.` : null,
        groupId,
        groupState: 'Dead',
        protocolType: '',
        protocolData: '',
        members: [],
      };
    }
    const stable = group.state === 'Stable';
    return {
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      groupId,
      groupState: group.state,
      protocolType: group.protocolType ?? '',
      // What the next generation will agree on is not known before it is stable.
      protocolData: stable ? (group.protocolName ?? '') : '',
      members: Array.from(group.members(), (member) => ({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        memberMetadata: stable ? metadataOf(member, group.protocolName) : NO_ASSIGNMENT,
        memberAssignment: member.assignment,
      })),
    };
  }

  #list(state: GroupsView, { statesFilter, typesFilter }: ListGroupsRequest): ListGroupsResponse {
    const states = new Set(statesFilter.map((name) => name.toLowerCase()));
    const types = new Set(typesFilter.map((name) => name.toLowerCase()));
    const groups: ListedGroup[] = [];
    const list = (listed: ListedGroup): void => {
      if (states.size > 0 && !states.has(listed.groupState.toLowerCase())) return;
      if (types.size > 0 && !types.has(listed.groupType)) return;
      groups.push(listed);
    };
    for (const group of this.#groups.values()) {
      const { groupId, protocolType, state: groupState, type: groupType } = group;
      list({ groupId, protocolType: protocolType ?? '', groupState, groupType });
    }
    for (const groupId of state.keys()) {
      if (this.#groups.has(groupId)) continue;
      list({ groupId, protocolType: '', groupState: 'Empty', groupType: 'classic' });
    }
    return { errorCode: ErrorCode.NONE, groups };
  }

  #deleteGroups(state: GroupsView, groupIds: readonly string[], to: RequestId, on: Deciding): void {
    on.out.appended = 'independently';
    const results = groupIds.map((groupId) => {
      const group = this.#groupOf(state, groupId, on.nowMs);
      if (group === undefined) return { groupId, errorCode: ErrorCode.GROUP_ID_NOT_FOUND };
      if (group.state !== 'Empty') return { groupId, errorCode: ErrorCode.NON_EMPTY_GROUP };
      this.#deleteGroup(state, group, on);
      return { groupId, errorCode: ErrorCode.NONE };
    });
    on.out.replyCommitted(to, { kind: 'delete-groups', response: { results } });
  }

  /** Of an Empty group. Its offsets go first, so that a cut between the batches leaves a group without offsets, never the reverse. */
  #deleteGroup(state: GroupsView, group: Group, on: Deciding): void {
    const entry = state.get(group.groupId);
    if (entry !== undefined) {
      deleteGroupOffsets(group.groupId, entry, on);
      if (entry.classic !== null)
        on.out.record({ kind: 'classic-group', groupId: group.groupId, value: null });
    }
    cancelGroupTimers(group, on);
    this.#groups.delete(group.groupId);
  }

  #deleteOffsets(
    state: GroupsView,
    event: Extract<GroupRequestEvent, { kind: 'delete-offsets' }>,
    on: Deciding,
  ): void {
    const { to, request } = event;
    const group = this.#groupOf(state, request.groupId, on.nowMs);
    on.out.appended = 'independently';
    const response =
      group === undefined
        ? { errorCode: ErrorCode.GROUP_ID_NOT_FOUND, topics: [] }
        : deleteOffsets(group, state.get(request.groupId)?.offsets, request, on);
    on.out.replyCommitted(to, { kind: 'delete-offsets', response });
  }

  /**
   * A pass over all groups, in turns: each looks at a bounded number of offsets, drops a bounded number of them, and leaves the rest to the next.
   * Groups that nothing is left of go as well.
   */
  #expireOffsets(state: GroupsView, on: Deciding): void {
    const { out, config } = on;
    out.appended = 'independently';
    this.#expiring ??= { groupIds: state.keys(), again: null };
    const pass = this.#expiring;
    let looked = 0;
    while (looked < config.expiryLooksPerTurnMax && out.records.length < config.tombstonesPerTurnMax) {
      const groupId = pass.again ?? pass.groupIds.next().value;
      pass.again = null;
      if (groupId === undefined) {
        this.#expiring = null;
        out.setTimer(EXPIRE_OFFSETS, config.offsetsRetentionCheckIntervalMs, { kind: 'expire-offsets' });
        return;
      }
      const entry = state.get(groupId);
      if (entry === undefined) continue;
      const { looks, kept } = expireOffsets(groupId, this.#groups.get(groupId) ?? null, entry, on);
      looked += looks;
      if (out.records.length >= config.tombstonesPerTurnMax) pass.again = groupId;
      else if (kept === 0) this.#forgetIfEmpty(groupId, entry, on);
    }
    out.setTimer(EXPIRE_OFFSETS, 0, { kind: 'expire-offsets' });
  }

  /** Of a group without offsets. */
  #forgetIfEmpty(groupId: string, { classic }: GroupEntryView, { out }: Deciding): void {
    if (classic === null) return;
    const group = this.#groups.get(groupId);
    assert(group !== undefined, 'a group that has a record is known');
    if (group.state !== 'Empty' || group.pendingMembers.size > 0) return;
    out.record({ kind: 'classic-group', groupId, value: null });
    this.#groups.delete(groupId);
  }
}
