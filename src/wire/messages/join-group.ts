/**
 * JoinGroup (key 11): enters a classic group, or comes back at a rebalance.
 *
 * 1 adds the rebalance timeout. 2 adds the throttle time, 3 changes when throttled answers leave. From 4 on a
 * new member is given an id first and joins again with it (KIP-394). 5 adds static members (KIP-345). 6 is
 * flexible. 7 answers with the protocol type, and may answer without a protocol name (KIP-559). 8 adds the
 * reason (KIP-800). 9 lets the leader skip the assignment.
 */
import { durationMs, generationId } from '../flavours.js';
import { api, array, boolean, bytes, type DraftOf, type Infer, int16, string } from '../schema.js';

export const JoinGroup = api(
  'JoinGroup',
  { key: 11, versions: '0-9', flexible: 6 },
  {
    request: {
      groupId: string,
      sessionTimeoutMs: durationMs,
      rebalanceTimeoutMs: durationMs.in('1+').default(-1).ignorable(), // in version 0 the session timeout serves
      memberId: string,
      groupInstanceId: string.in('5+').nullable('5+').default(null),
      protocolType: string,
      protocols: array({ name: string, metadata: bytes }),
      reason: string.in('8+').nullable('8+').default(null).ignorable(),
    },
    response: {
      throttleTimeMs: durationMs.in('2+').ignorable(),
      errorCode: int16,
      generationId: generationId.default(-1),
      protocolType: string.in('7+').nullable('7+').default(null).ignorable(),
      protocolName: string.nullable('7+'),
      leader: string,
      skipAssignment: boolean.in('9+'),
      memberId: string,
      members: array({
        memberId: string,
        groupInstanceId: string.in('5+').nullable('5+').default(null).ignorable(),
        metadata: bytes,
      }),
    },
  },
);

export type JoinGroupRequest = Infer<typeof JoinGroup.request>;
export type JoinGroupResponse = Infer<typeof JoinGroup.response>;
export type JoinGroupResponseDraft = DraftOf<typeof JoinGroup.response>;
