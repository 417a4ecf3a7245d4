/** The answers that more than one place gives. */
import { ErrorCode } from '../../wire/errors.js';
import { type ClassicGroup, type ClassicMember, NO_ASSIGNMENT } from './classic-group.js';
import type { GroupReply } from './events.js';
import type { SyncGroupResponse } from './requests.js';

type JoinReply = Extract<GroupReply, { kind: 'join' }>;

export function joinRefused(memberId: string, errorCode: ErrorCode): JoinReply {
  return {
    kind: 'join',
    response: {
      errorCode,
      generationId: -1,
      protocolType: null,
      protocolName: null,
      leader: '',
      skipAssignment: false,
      memberId,
      members: [],
    },
  };
}

/** The generation as it stands. Only the leader is told who is in it. */
export function joined(group: ClassicGroup, memberId: string): JoinReply {
  return {
    kind: 'join',
    response: {
      errorCode: ErrorCode.NONE,
      generationId: group.generationId,
      protocolType: group.protocolType,
      protocolName: group.protocolName,
      leader: group.leaderId ?? '',
      skipAssignment: false,
      memberId,
      members: group.isLeader(memberId) ? group.joinedMembers() : [],
    },
  };
}

export function syncRefused(errorCode: ErrorCode): GroupReply {
  return { kind: 'sync', response: syncError(errorCode) };
}

export function syncError(errorCode: ErrorCode): SyncGroupResponse {
  return { errorCode, protocolType: null, protocolName: null, assignment: NO_ASSIGNMENT };
}

export function synced(group: ClassicGroup, member: ClassicMember): GroupReply {
  const { protocolType, protocolName } = group;
  return {
    kind: 'sync',
    response: { errorCode: ErrorCode.NONE, protocolType, protocolName, assignment: member.assignment },
  };
}
