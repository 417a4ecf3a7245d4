/** SyncGroup and Heartbeat on a classic group. */
import { ErrorCode } from '../../wire/errors.js';
import { type ClassicGroup, NO_ASSIGNMENT } from './classic-group.js';
import { type Deciding, prepareRebalance, restartSession, syncReceived } from './classic-rebalance.js';
import { synced, syncRefused } from './classic-replies.js';
import { memberOfGenerationError } from './classic-validation.js';
import type { GroupRequestEvent } from './events.js';
import { storedGroupBytes } from './record-size.js';
import type { SyncGroupRequest } from './requests.js';

type Sync = Extract<GroupRequestEvent, { kind: 'sync' }>;
type Heartbeat = Extract<GroupRequestEvent, { kind: 'heartbeat' }>;

export function sync(group: ClassicGroup, { to, request }: Sync, on: Deciding): void {
  const error = syncGroupError(group, request);
  const member = group.member(request.memberId);
  if (error !== ErrorCode.NONE || member === undefined) {
    on.out.replyNow(to, syncRefused(error));
    return;
  }
  switch (group.state) {
    case 'Empty':
      on.out.replyNow(to, syncRefused(ErrorCode.UNKNOWN_MEMBER_ID));
      break;
    case 'PreparingRebalance':
      on.out.replyNow(to, syncRefused(ErrorCode.REBALANCE_IN_PROGRESS));
      break;
    case 'CompletingRebalance':
      // It asks again before it was answered: what it asked first, nobody listens for.
      if (member.syncing !== null)
        on.out.replyNow(member.syncing, syncRefused(ErrorCode.REBALANCE_IN_PROGRESS));
      member.syncing = to;
      syncReceived(group, member.memberId, on);
      if (group.isLeader(member.memberId)) assign(group, request, on);
      break;
    case 'Stable':
      // A read of the assignment: it may still be on its way into the log, and then this waits with the others.
      syncReceived(group, member.memberId, on);
      on.out.replyCommitted(to, synced(group, member));
      break;
  }
}

function syncGroupError(group: ClassicGroup, request: SyncGroupRequest): ErrorCode {
  const { memberId, groupInstanceId, generationId, protocolType, protocolName } = request;
  const error = memberOfGenerationError(group, memberId, groupInstanceId, generationId);
  if (error !== ErrorCode.NONE) return error;
  // Said since version 5 only (KIP-559).
  const consistent =
    (protocolType === null || protocolType === group.protocolType) &&
    (protocolName === null || protocolName === group.protocolName);
  return consistent ? ErrorCode.NONE : ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
}

/**
 * The leader's word. The group is Stable from here on, but nobody is told before the log has it: all answers, to those who wait now and to
 * those who ask in the meantime, are parked behind this record. If it does not make it, the whole machine goes, this state included.
 */
function assign(group: ClassicGroup, request: SyncGroupRequest, on: Deciding): void {
  const { out, nowMs } = on;
  const assignments = new Map(request.assignments.map(({ memberId, assignment }) => [memberId, assignment]));
  for (const member of group.members()) member.assignment = assignments.get(member.memberId) ?? NO_ASSIGNMENT;

  const stored = group.toStored();
  if (storedGroupBytes(group.groupId, stored) > on.facts.recordBytesMax()) {
    refuseAssignment(group, on);
    return;
  }
  group.transitionTo('Stable', nowMs);
  out.record({ kind: 'classic-group', groupId: group.groupId, value: group.toStored() });
  for (const member of group.members()) {
    if (member.syncing === null) continue;
    out.replyCommitted(member.syncing, synced(group, member));
    member.syncing = null;
    restartSession(group, member, on);
  }
}

/** It does not fit a batch, and would not the next time: the members hear of it, and may come back with less to say. */
function refuseAssignment(group: ClassicGroup, on: Deciding): void {
  for (const member of group.members()) {
    if (member.syncing === null) continue;
    on.out.replyNow(member.syncing, syncRefused(ErrorCode.UNKNOWN_SERVER_ERROR));
    member.syncing = null;
    restartSession(group, member, on);
  }
  prepareRebalance(group, on);
}

export function heartbeat(group: ClassicGroup, { to, request }: Heartbeat, on: Deciding): void {
  const { memberId, groupInstanceId, generationId } = request;
  let errorCode = memberOfGenerationError(group, memberId, groupInstanceId, generationId);
  const member = group.member(memberId);
  if (errorCode === ErrorCode.NONE && member !== undefined) {
    restartSession(group, member, on);
    if (group.state === 'PreparingRebalance') errorCode = ErrorCode.REBALANCE_IN_PROGRESS;
  }
  on.out.replyNow(to, { kind: 'heartbeat', response: { errorCode } });
}
