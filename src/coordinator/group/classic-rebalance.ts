/**
 * How a classic group gets from one generation to the next: everyone is asked to join again (PreparingRebalance), the leader assigns
 * (CompletingRebalance), the assignment is in the log and known to all (Stable).
 */
import type { GenerationId, Millis } from '../../base/ids.js';
import { ErrorCode } from '../../wire/errors.js';
import { type ClassicGroup, type ClassicMember, NO_ASSIGNMENT } from './classic-group.js';
import { joined, joinRefused, syncRefused } from './classic-replies.js';
import type { GroupConfig, GroupFacts } from './config.js';
import type { GroupDecision } from './events.js';

/** What every decision about a group has at hand. */
export interface Deciding {
  readonly config: GroupConfig;
  readonly facts: GroupFacts;
  readonly nowMs: Millis;
  readonly out: GroupDecision;
}

// ── sessions ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The member is alive: it has until then to show it again. */
export function restartSession(
  group: ClassicGroup,
  { memberId, sessionTimeoutMs }: ClassicMember,
  on: Deciding,
): void {
  startSession(group.groupId, memberId, sessionTimeoutMs, on);
}

export function startSession(groupId: string, memberId: string, timeoutMs: Millis, { out }: Deciding): void {
  out.setTimer(sessionKey(groupId, memberId), timeoutMs, { kind: 'session-timeout', groupId, memberId });
}

export function endSession(groupId: string, memberId: string, { out }: Deciding): void {
  out.cancelTimer(sessionKey(groupId, memberId));
}

export function sessionTimedOut(group: ClassicGroup, memberId: string, on: Deciding): void {
  if (group.pendingMembers.has(memberId)) {
    group.remove(memberId);
    completeJoinIfAllJoined(group, on);
    return;
  }
  const member = group.member(memberId);
  if (member === undefined) return;
  // Who waits for an answer of ours cannot send heartbeats; its session starts again with the answer. The first join of a
  // new member is different: whoever sent it may have given up and come back under another id, so it is not kept for ever.
  if (!member.isNew && (member.joining !== null || member.syncing !== null)) return;
  removeMember(group, member, on);
  memberGone(group, on);
}

// ── members that go ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Takes the member out; what it waits for is answered. The caller sees to the consequences. */
export function removeMember(group: ClassicGroup, member: ClassicMember, on: Deciding): void {
  answerWaiting(group, member, ErrorCode.UNKNOWN_MEMBER_ID, '', on);
  endSession(group.groupId, member.memberId, on);
  group.remove(member.memberId);
}

/** Answers the join and the sync that the member waits for, if any, with an error. */
export function answerWaiting(
  group: ClassicGroup,
  member: ClassicMember,
  error: ErrorCode,
  memberId: string,
  { out }: Deciding,
): void {
  if (member.joining !== null) out.replyNow(member.joining, joinRefused(memberId, error));
  if (member.syncing !== null) out.replyNow(member.syncing, syncRefused(error));
  group.setJoining(member, null);
  member.syncing = null;
}

/** Those who are left share out what it had; or it was the one that they were waiting for. */
export function memberGone(group: ClassicGroup, on: Deciding): void {
  if (group.state === 'PreparingRebalance') completeJoinIfAllJoined(group, on);
  else prepareRebalance(group, on);
}

// ── the join phase ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** A member joined, or joined anew: begin a rebalance, or see whether the one in progress has been waiting for just that. */
export function rebalanceOrCompleteJoin(group: ClassicGroup, on: Deciding): void {
  if (group.state !== 'PreparingRebalance') prepareRebalance(group, on);
  else if (!group.isInitialRebalance) completeJoinIfAllJoined(group, on);
}

export function completeJoinIfAllJoined(group: ClassicGroup, on: Deciding): void {
  if (group.state === 'PreparingRebalance' && group.allJoined()) completeJoin(group, on);
}

export function prepareRebalance(group: ClassicGroup, on: Deciding): void {
  const { config, nowMs, out } = on;
  if (group.state === 'CompletingRebalance') {
    for (const member of group.members()) {
      member.assignment = NO_ASSIGNMENT;
      if (member.syncing === null) continue;
      out.replyNow(member.syncing, syncRefused(ErrorCode.REBALANCE_IN_PROGRESS));
      member.syncing = null;
      restartSession(group, member, on);
    }
  }
  endSyncPhase(group, on);
  group.transitionTo('PreparingRebalance', nowMs);
  const delayMs = config.initialRebalanceDelayMs;
  if (group.isInitialRebalance) {
    // When a service starts, its consumers come one by one: one rebalance for all of them beats one for each.
    if (delayMs === 0) completeJoin(group, on);
    else waitForInitialMembers(group, delayMs, Math.max(group.rebalanceTimeoutMs - delayMs, 0), on);
  } else if (group.allJoined()) {
    completeJoin(group, on);
  } else {
    waitForJoins(group, on);
  }
}

function waitForJoins(group: ClassicGroup, { out }: Deciding): void {
  out.setTimer(joinKey(group.groupId), group.rebalanceTimeoutMs, {
    kind: 'join-timeout',
    groupId: group.groupId,
  });
}

function waitForInitialMembers(
  group: ClassicGroup,
  delayMs: Millis,
  remainingMs: Millis,
  { out }: Deciding,
): void {
  const { groupId } = group;
  out.setTimer(joinKey(groupId), delayMs, {
    kind: 'initial-delay-over',
    groupId,
    waitedMs: delayMs,
    remainingMs,
  });
}

/** Waits once more while members keep coming, up to their rebalance timeout. */
export function initialDelayOver(
  group: ClassicGroup,
  waitedMs: Millis,
  remainingMs: Millis,
  on: Deciding,
): void {
  if (!group.isInitialRebalance) return;
  if (!group.newMemberAdded || remainingMs === 0) {
    completeJoin(group, on);
    return;
  }
  group.newMemberAdded = false;
  const delayMs = Math.min(on.config.initialRebalanceDelayMs, remainingMs);
  waitForInitialMembers(group, delayMs, Math.max(remainingMs - waitedMs, 0), on);
}

export function joinTimedOut(group: ClassicGroup, on: Deciding): void {
  if (group.state === 'PreparingRebalance') completeJoin(group, on);
}

/** The next generation: of those who joined, and of static members, who stay until their session ends (KIP-345). */
function completeJoin(group: ClassicGroup, on: Deciding): void {
  const { nowMs, out } = on;
  out.cancelTimer(joinKey(group.groupId));
  for (const member of [...group.members()]) {
    if (member.joining === null && member.groupInstanceId === null) removeMember(group, member, on);
  }
  if (!group.electLeader() && group.size > 0) {
    // Only static members are left, and none of them is there to lead. Wait until one comes back or all sessions end.
    waitForJoins(group, on);
    return;
  }
  group.beginGeneration(nowMs);
  if (group.state === 'Empty') {
    out.record({ kind: 'classic-group', groupId: group.groupId, value: group.toStored() });
    return;
  }
  for (const member of group.members()) {
    if (member.joining !== null) out.replyNow(member.joining, joined(group, member.memberId));
    group.setJoining(member, null);
    member.isNew = false;
    restartSession(group, member, on);
    group.pendingSyncs.add(member.memberId);
  }
  out.setTimer(syncKey(group.groupId), group.rebalanceTimeoutMs, {
    kind: 'sync-timeout',
    groupId: group.groupId,
    generationId: group.generationId,
  });
}

// ── the sync phase ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** The member has sent its SyncGroup; when all have, nobody is waited for any more. */
export function syncReceived(group: ClassicGroup, memberId: string, { out }: Deciding): void {
  group.pendingSyncs.delete(memberId);
  if (group.pendingSyncs.size === 0) out.cancelTimer(syncKey(group.groupId));
}

function endSyncPhase(group: ClassicGroup, { out }: Deciding): void {
  group.pendingSyncs.clear();
  out.cancelTimer(syncKey(group.groupId));
}

/** Who joined and never asked for its assignment would hold its partitions and not read them: it goes (Kafka 3.0). */
export function syncTimedOut(group: ClassicGroup, generationId: GenerationId, on: Deciding): void {
  if (generationId !== group.generationId || group.pendingSyncs.size === 0) return;
  if (group.state !== 'CompletingRebalance' && group.state !== 'Stable') return;
  for (const memberId of [...group.pendingSyncs]) {
    const member = group.member(memberId);
    if (member !== undefined) removeMember(group, member, on);
  }
  prepareRebalance(group, on);
}

/** A group that is deleted, or was never more than an id handed out, leaves no timers behind. */
export function cancelGroupTimers(group: ClassicGroup, on: Deciding): void {
  on.out.cancelTimer(joinKey(group.groupId));
  on.out.cancelTimer(syncKey(group.groupId));
  for (const memberId of group.pendingMembers) endSession(group.groupId, memberId, on);
}

// Any string may be a group id or a member id, so a length keeps the two apart.
function sessionKey(groupId: string, memberId: string): string {
  return `session ${groupId.length} ${groupId} ${memberId}`;
}

function joinKey(groupId: string): string {
  return `join ${groupId}`;
}

function syncKey(groupId: string): string {
  return `sync ${groupId}`;
}
