/** LeaveGroup on a classic group: by member id, by group instance id (an operator removes static members), one or many. */
import { ErrorCode } from '../../wire/errors.js';
import type { ClassicGroup } from './classic-group.js';
import {
  type Deciding,
  endSession,
  prepareRebalance,
  rebalanceOrCompleteJoin,
  removeMember,
} from './classic-rebalance.js';
import { memberError } from './classic-validation.js';
import type { GroupRequestEvent } from './events.js';
import type { LeavingMember } from './requests.js';

type Leave = Extract<GroupRequestEvent, { kind: 'leave' }>;

export function leave(group: ClassicGroup, { to, members }: Leave, on: Deciding): void {
  const { out } = on;
  const answers = members.map((leaving) => ({
    memberId: leaving.memberId,
    groupInstanceId: leaving.groupInstanceId,
    errorCode: leaveOne(group, leaving, on),
  }));
  if (answers.some(({ errorCode }) => errorCode === ErrorCode.NONE)) {
    // One rebalance, however many left.
    if (group.state === 'Stable' || group.state === 'CompletingRebalance') prepareRebalance(group, on);
    else if (group.state === 'PreparingRebalance') rebalanceOrCompleteJoin(group, on);
  }
  const reply = { kind: 'leave', response: { errorCode: ErrorCode.NONE, members: answers } } as const;
  // The last one out leaves an empty generation in the log; else a reload would bring it back until its session ends.
  if (out.records.length > 0) out.replyCommitted(to, reply);
  else out.replyNow(to, reply);
}

function leaveOne(
  group: ClassicGroup,
  { memberId, groupInstanceId }: LeavingMember,
  on: Deciding,
): ErrorCode {
  if (group.pendingMembers.has(memberId)) {
    group.remove(memberId);
    endSession(group.groupId, memberId, on);
    return ErrorCode.NONE;
  }
  const leaving =
    memberId === '' && groupInstanceId !== null ? group.staticMemberId(groupInstanceId) : memberId;
  const error = memberError(group, leaving ?? '', groupInstanceId);
  const member = group.member(leaving ?? '');
  if (error !== ErrorCode.NONE || member === undefined) return error;
  removeMember(group, member, on);
  return ErrorCode.NONE;
}
