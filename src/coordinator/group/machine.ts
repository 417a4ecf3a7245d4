/**
 * The machine of one shard of groups: routes each event to its group, and does what concerns several groups. A group is of one type;
 * classic ones are decided in classic-*.ts, and those of the next protocol (KIP-848) will stand beside them in the same map.
 */
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
import type { GroupConfig } from './config.js';
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
import type { DescribedGroup, ListGroupsRequest, ListGroupsResponse } from './requests.js';
import { applyGroupRecord, type GroupRecord, type GroupsState, type GroupsView } from './state.js';

/** All types of group; `type` tells them apart. */
export type Group = ClassicGroup;

const EXPIRE_OFFSETS = 'expire-offsets';

/** From here on DescribeGroups says that a group does not exist; before, that it is Dead (KIP-1043). */
const GROUP_ID_NOT_FOUND_SINCE = 6;

export class GroupMachine implements Machine<GroupsState, GroupsView, GroupEvent, GroupRecord, GroupReply> {
  readonly #config: GroupConfig;
  /**
   * Every group of the hard state, and those without a record: not yet, with new members on their way in, or no more, since the last
   * offset was deleted; these go with the next pass of expiry.
   */
  readonly #groups = new Map<string, Group>();

  constructor(config: GroupConfig) {
    this.#config = config;
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
   */
  loaded(state: GroupsView, nowMs: Millis): Decision<GroupEvent, GroupRecord, GroupReply> {
    const on = this.#deciding(nowMs);
    for (const [groupId, { classic }] of state) {
      const group =
        classic === null
          ? new ClassicGroup(groupId, nowMs)
          : ClassicGroup.fromStored(groupId, classic, nowMs);
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
        const groups = event.groupIds.map((groupId) => this.#describe(groupId, event.apiVersion));
        on.out.replyCommitted(event.to, { kind: 'describe', response: { groups } });
        break;
      }
      case 'list':
        on.out.replyCommitted(event.to, { kind: 'list', response: this.#list(event.request) });
        break;
      case 'delete-groups':
        this.#deleteGroups(state, event.groupIds, event.to, on);
        break;
      case 'delete-offsets':
        this.#deleteOffsets(state, event, on);
        break;
      case 'topic-deleted':
        on.out.appended = 'independently';
        deleteTopicOffsets(state, event.topic, on);
        on.out.replyCommitted(event.to, { kind: 'topic-deleted', response: { errorCode: ErrorCode.NONE } });
        break;
      case 'session-timeout':
        this.#withGroup(state, event.groupId, on, (group) => sessionTimedOut(group, event.memberId, on));
        break;
      case 'join-timeout':
        this.#withGroup(state, event.groupId, on, (group) => joinTimedOut(group, on));
        break;
      case 'initial-delay-over':
        this.#withGroup(state, event.groupId, on, (group) =>
          initialDelayOver(group, event.waitedMs, event.remainingMs, on),
        );
        break;
      case 'sync-timeout':
        this.#withGroup(state, event.groupId, on, (group) => syncTimedOut(group, event.generationId, on));
        break;
      case 'expire-offsets':
        this.#expireOffsets(state, on);
        break;
    }
    return on.out;
  }

  #deciding(nowMs: Millis): Deciding {
    return { config: this.#config, nowMs, out: new GroupDecision() };
  }

  #withGroup(state: GroupsView, groupId: string, on: Deciding, decide: (group: Group) => void): void {
    const group = this.#groups.get(groupId);
    if (group === undefined) return;
    decide(group);
    this.#keepOrForget(state, group, on);
  }

  /** A group of which neither the log nor anyone on the way in knows is none. */
  #keepOrForget(state: GroupsView, group: Group, { out }: Deciding): void {
    const vacant = group.state === 'Empty' && group.pendingMembers.size === 0;
    if (vacant && !state.has(group.groupId) && out.records.length === 0) this.#groups.delete(group.groupId);
    else this.#groups.set(group.groupId, group);
  }

  #join(state: GroupsView, event: Extract<GroupRequestEvent, { kind: 'join' }>, on: Deciding): void {
    const { to, request } = event;
    const { groupId, memberId, sessionTimeoutMs } = request;
    const { sessionTimeoutMsMin, sessionTimeoutMsMax } = this.#config;
    if (sessionTimeoutMs < sessionTimeoutMsMin || sessionTimeoutMs > sessionTimeoutMsMax) {
      on.out.replyNow(to, joinRefused(memberId, ErrorCode.INVALID_SESSION_TIMEOUT));
    } else if (memberId !== '' && !this.#groups.has(groupId)) {
      on.out.replyNow(to, joinRefused(memberId, ErrorCode.UNKNOWN_MEMBER_ID));
    } else {
      const group = this.#groups.get(groupId) ?? new ClassicGroup(groupId, on.nowMs);
      join(group, event, on);
      this.#keepOrForget(state, group, on);
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
    this.#keepOrForget(state, group, on);
  }

  #commitOffsets(
    state: GroupsView,
    event: Extract<GroupRequestEvent, { kind: 'commit-offsets' }>,
    on: Deciding,
  ): void {
    const { to, request, client } = event;
    const group = this.#groups.get(request.groupId);
    if (group === undefined && request.generationIdOrMemberEpoch >= 0) {
      const response = commitResponse(request, unknownGroupCommitError(client.apiVersion));
      on.out.replyNow(to, { kind: 'commit-offsets', response });
      return;
    }
    const committing = group ?? new ClassicGroup(request.groupId, on.nowMs);
    commitOffsets(committing, event, on);
    this.#keepOrForget(state, committing, on);
  }

  // ── admin ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #describe(groupId: string, apiVersion: number): DescribedGroup {
    const group = this.#groups.get(groupId);
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
        memberAssignment: stable ? member.assignment : NO_ASSIGNMENT,
      })),
    };
  }

  #list({ statesFilter, typesFilter }: ListGroupsRequest): ListGroupsResponse {
    const states = new Set(statesFilter.map((state) => state.toLowerCase()));
    const types = new Set(typesFilter.map((type) => type.toLowerCase()));
    const groups = [];
    for (const group of this.#groups.values()) {
      if (states.size > 0 && !states.has(group.state.toLowerCase())) continue;
      if (types.size > 0 && !types.has(group.type)) continue;
      const { groupId, protocolType, state, type } = group;
      groups.push({ groupId, protocolType: protocolType ?? '', groupState: state, groupType: type });
    }
    return { errorCode: ErrorCode.NONE, groups };
  }

  #deleteGroups(state: GroupsView, groupIds: readonly string[], to: RequestId, on: Deciding): void {
    on.out.appended = 'independently';
    const results = groupIds.map((groupId) => {
      const group = this.#groups.get(groupId);
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
    const group = this.#groups.get(request.groupId);
    on.out.appended = 'independently';
    const response =
      group === undefined
        ? { errorCode: ErrorCode.GROUP_ID_NOT_FOUND, topics: [] }
        : deleteOffsets(group, state.get(request.groupId)?.offsets, request, on);
    on.out.replyCommitted(to, { kind: 'delete-offsets', response });
  }

  /** A pass over all groups; cut short when it has found much, and then begun again at once. Drops groups that nothing is left of. */
  #expireOffsets(state: GroupsView, on: Deciding): void {
    const { out, config } = on;
    out.appended = 'independently';
    let nextAfterMs = config.offsetsRetentionCheckIntervalMs;
    for (const [groupId, group] of this.#groups) {
      if (out.records.length >= config.tombstonesPerTurnMax) {
        nextAfterMs = 0;
        break;
      }
      const entry = state.get(groupId);
      const remaining = entry === undefined ? 0 : expireOffsets(group, entry, on);
      if (remaining > 0 || group.state !== 'Empty' || group.pendingMembers.size > 0) continue;
      if (entry !== undefined && entry.classic !== null)
        out.record({ kind: 'classic-group', groupId, value: null });
      this.#groups.delete(groupId);
    }
    out.setTimer(EXPIRE_OFFSETS, nextAfterMs, { kind: 'expire-offsets' });
  }
}
