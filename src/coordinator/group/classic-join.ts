/** JoinGroup on a classic group: who is let in, under which id, and whether that calls for a rebalance. */
import { ErrorCode } from '../../wire/errors.js';
import { type ClassicGroup, type ClassicMember, NO_ASSIGNMENT, sameProtocols } from './classic-group.js';
import {
  answerWaiting,
  completeJoinIfAllJoined,
  type Deciding,
  endSession,
  prepareRebalance,
  rebalanceOrCompleteJoin,
  restartSession,
  startSession,
} from './classic-rebalance.js';
import { joined, joinRefused } from './classic-replies.js';
import { memberError } from './classic-validation.js';
import type { GroupRequestEvent } from './events.js';
import { storedGroupBytes } from './record-size.js';

type Join = Extract<GroupRequestEvent, { kind: 'join' }>;

/** From here on a new dynamic member is first given its id, and joins with it in a second request (KIP-394). */
const MEMBER_ID_REQUIRED_SINCE = 4;
/** From here on a leader can be told that its group's assignment stands (KIP-814). */
const SKIP_ASSIGNMENT_SINCE = 9;
/** Of the client's part of a member id: with its uuid it must fit a string of the wire, and people read it. */
const MEMBER_ID_PREFIX_LENGTH_MAX = 1024;

/** @param group may be new, and is then kept only if it gets a member, or a pending one */
export function join(group: ClassicGroup, event: Join, on: Deciding): void {
  const { to, request } = event;
  const member = memberBehind(group, request);
  if (!acceptsOneMore(group, member, on)) {
    refuseFull(group, request.memberId === '' ? member?.memberId : request.memberId, event, on);
  } else if (!group.supports(request.protocolType, request.protocols)) {
    on.out.replyNow(to, joinRefused(request.memberId, ErrorCode.INCONSISTENT_GROUP_PROTOCOL));
  } else if (request.memberId === '') {
    joinNewMember(group, event, on);
  } else if (group.pendingMembers.has(request.memberId) && request.groupInstanceId === null) {
    addMember(group, request.memberId, event, on);
  } else {
    joinAgain(group, event, on);
  }
}

/** A static member that was restarted does not know its id, or its former self does not know the new one: neither would be one more. */
function memberBehind(
  group: ClassicGroup,
  { memberId, groupInstanceId }: Join['request'],
): ClassicMember | undefined {
  const staticId = groupInstanceId === null ? undefined : group.staticMemberId(groupInstanceId);
  return group.member(memberId) ?? (staticId === undefined ? undefined : group.member(staticId));
}

/**
 * `group.max.size`. While members rejoin, places are taken by those who are back and by the static ones, who keep theirs while they are
 * away (KIP-345). So of a group that has become too large (the setting was lowered) some who come back are turned away.
 */
function acceptsOneMore(
  group: ClassicGroup,
  member: ClassicMember | undefined,
  { config }: Deciding,
): boolean {
  switch (group.state) {
    case 'Empty':
      return true;
    case 'PreparingRebalance': {
      if (member !== undefined && member.joining !== null) return true;
      const hasItsPlace = member !== undefined && member.groupInstanceId !== null;
      return group.placesTaken - (hasItsPlace ? 1 : 0) < config.membersMax;
    }
    case 'CompletingRebalance':
    case 'Stable':
      return member !== undefined || group.size < config.membersMax;
  }
}

/** @param memberId of the one that is turned away, if it has one */
function refuseFull(group: ClassicGroup, memberId: string | undefined, { to }: Join, on: Deciding): void {
  on.out.replyNow(to, joinRefused('', ErrorCode.GROUP_MAX_SIZE_REACHED));
  if (memberId === undefined) return;
  if (group.member(memberId) === undefined && !group.pendingMembers.has(memberId)) return;
  // It is not in the group any more, so nobody should wait for it.
  endSession(group.groupId, memberId, on);
  group.remove(memberId);
  completeJoinIfAllJoined(group, on);
}

function joinNewMember(group: ClassicGroup, event: Join, on: Deciding): void {
  const { to, request, client, memberUuid } = event;
  const { groupInstanceId } = request;
  const memberId = `${memberIdPrefix(groupInstanceId ?? client.clientId)}-${memberUuid}`;
  if (groupInstanceId !== null) {
    const oldMemberId = group.staticMemberId(groupInstanceId);
    if (oldMemberId === undefined) addMember(group, memberId, event, on);
    else replaceStaticMember(group, oldMemberId, memberId, event, on);
  } else if (client.apiVersion < MEMBER_ID_REQUIRED_SINCE) {
    addMember(group, memberId, event, on);
  } else if (group.pendingMembers.size >= on.config.pendingMembersMax) {
    on.out.replyNow(to, joinRefused('', ErrorCode.GROUP_MAX_SIZE_REACHED));
  } else {
    // A client whose first answer is lost asks again, and would be in the group twice. So the id comes first, and only who comes back
    // with it is a member. A rebalance waits for it as for a member.
    group.pendingMembers.add(memberId);
    startSession(group.groupId, memberId, request.sessionTimeoutMs, on);
    on.out.replyNow(to, joinRefused(memberId, ErrorCode.MEMBER_ID_REQUIRED));
  }
}

function memberIdPrefix(name: string): string {
  // Half of a surrogate pair would come back from the wire as something else.
  return name.slice(0, MEMBER_ID_PREFIX_LENGTH_MAX).replace(/[\ud800-\udbff]$/, '');
}

function addMember(group: ClassicGroup, memberId: string, event: Join, on: Deciding): void {
  const { to, request } = event;
  if (group.size === 0) group.protocolType = request.protocolType;
  if (group.isInitialRebalance) group.newMemberAdded = true;
  group.add({
    memberId,
    groupInstanceId: request.groupInstanceId,
    ...said(event),
    assignment: NO_ASSIGNMENT,
    joining: to,
    syncing: null,
    isNew: true,
  });
  startSession(group.groupId, memberId, on.config.newMemberJoinTimeoutMs, on);
  rebalanceOrCompleteJoin(group, on);
}

function said({
  request,
  client,
}: Join): Pick<
  ClassicMember,
  'clientId' | 'clientHost' | 'rebalanceTimeoutMs' | 'sessionTimeoutMs' | 'protocols'
> {
  const { sessionTimeoutMs, rebalanceTimeoutMs, protocols } = request;
  return {
    clientId: client.clientId,
    clientHost: client.clientHost,
    sessionTimeoutMs,
    rebalanceTimeoutMs: rebalanceTimeoutMs > 0 ? rebalanceTimeoutMs : sessionTimeoutMs,
    protocols,
  };
}

/** A member comes back, or asks again because the answer to its last JoinGroup was lost. */
function joinAgain(group: ClassicGroup, event: Join, on: Deciding): void {
  const { to, request } = event;
  const error = memberError(group, request.memberId, request.groupInstanceId);
  const member = group.member(request.memberId);
  if (error !== ErrorCode.NONE || member === undefined) {
    on.out.replyNow(to, joinRefused(request.memberId, error));
    return;
  }
  switch (group.state) {
    case 'PreparingRebalance':
      rejoin(group, member, event, on);
      break;
    case 'CompletingRebalance':
      if (sameProtocols(member, request)) on.out.replyNow(to, joined(group, member.memberId));
      else rejoin(group, member, event, on);
      break;
    case 'Stable':
      // The leader rejoins when it has seen something that changes the assignment, such as a topic that has grown.
      if (!group.isLeader(member.memberId) && sameProtocols(member, request)) {
        on.out.replyNow(to, joined(group, member.memberId));
      } else {
        rejoin(group, member, event, on);
      }
      break;
    case 'Empty':
      on.out.replyNow(to, joinRefused(member.memberId, ErrorCode.UNKNOWN_MEMBER_ID));
      break;
  }
}

function rejoin(group: ClassicGroup, member: ClassicMember, event: Join, on: Deciding): void {
  // Its earlier join still waits: that connection is gone, or its client does not want it any more.
  if (member.joining !== null) {
    on.out.replyNow(member.joining, joinRefused(member.memberId, ErrorCode.REBALANCE_IN_PROGRESS));
  }
  group.update(member, said(event));
  group.setJoining(member, event.to);
  rebalanceOrCompleteJoin(group, on);
}

/**
 * A static member is back without its member id: it was restarted (KIP-345). It takes the place of its former self, which is fenced.
 */
function replaceStaticMember(
  group: ClassicGroup,
  oldMemberId: string,
  newMemberId: string,
  event: Join,
  on: Deciding,
): void {
  const { to } = event;
  const old = group.member(oldMemberId);
  const { leaderId: oldLeaderId } = group;
  if (old === undefined) return;
  if (group.state === 'Stable' && newSizeOf(group, event) > on.facts.recordBytesMax()) {
    on.out.replyNow(to, joinRefused('', ErrorCode.UNKNOWN_SERVER_ERROR));
    return;
  }
  answerWaiting(group, old, ErrorCode.FENCED_INSTANCE_ID, oldMemberId, on);
  endSession(group.groupId, oldMemberId, on);
  const member = group.replaceStatic(oldMemberId, newMemberId);
  group.update(member, said(event));
  restartSession(group, member, on);

  if (group.state === 'Stable' && group.selectProtocol() === group.protocolName) {
    resume(group, member, oldLeaderId ?? '', event, on);
    return;
  }
  group.setJoining(member, to);
  // In CompletingRebalance the leader may be assigning to the old id right now, and the new one would get nothing.
  if (group.state === 'CompletingRebalance') prepareRebalance(group, on);
  else rebalanceOrCompleteJoin(group, on);
}

/**
 * The restarted member goes on with the partitions that it had; nobody else notices. It is told once the log knows its new id, or
 * else a reload would fence it.
 */
function resume(
  group: ClassicGroup,
  member: ClassicMember,
  oldLeaderId: string,
  { to, client }: Join,
  on: Deciding,
): void {
  group.refreshSubscribedTopics();
  on.out.record({ kind: 'classic-group', groupId: group.groupId, value: group.toStored() });
  const reply = joined(group, member.memberId);
  if (client.apiVersion >= SKIP_ASSIGNMENT_SINCE) {
    reply.response.skipAssignment = group.isLeader(member.memberId);
  } else {
    // A leader of old would assign, and its answer would be ignored in Stable. Told that another leads, it does not.
    reply.response.leader = oldLeaderId;
    reply.response.members = [];
  }
  on.out.replyCommitted(to, reply);
}

function newSizeOf(group: ClassicGroup, { request }: Join): number {
  let bytes = storedGroupBytes(group.groupId, group.toStored());
  for (const { metadata } of request.protocols) bytes += metadata.length;
  return bytes;
}
