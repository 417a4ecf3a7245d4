/**
 * LeaveGroup (key 13): removes members from a group.
 *
 * 1 adds the throttle time, 2 changes when throttled answers leave. 3 removes many at once, by member id or
 * instance id, and answers for each (KIP-345). 4 is flexible. 5 adds the reason (KIP-800).
 */
import { durationMs } from '../flavours.js';
import { api, array, type DraftOf, type Infer, int16, string } from '../schema.js';

export const LeaveGroup = api(
  'LeaveGroup',
  { key: 13, versions: '0-5', flexible: 4 },
  {
    request: {
      groupId: string,
      memberId: string.in('0-2'),
      members: array({
        memberId: string,
        groupInstanceId: string.nullable('3+').default(null),
        reason: string.in('5+').nullable('5+').default(null).ignorable(),
      }).in('3+'),
    },
    response: {
      throttleTimeMs: durationMs.in('1+').ignorable(),
      errorCode: int16,
      members: array({ memberId: string, groupInstanceId: string.nullable('3+'), errorCode: int16 }).in('3+'),
    },
  },
);

export type LeaveGroupRequest = Infer<typeof LeaveGroup.request>;
export type LeaveGroupResponse = Infer<typeof LeaveGroup.response>;
export type LeaveGroupResponseDraft = DraftOf<typeof LeaveGroup.response>;
