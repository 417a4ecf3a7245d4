/**
 * SyncGroup (key 14): the leader hands in the assignments, every member collects its own.
 *
 * 1 adds the throttle time, 2 changes when throttled answers leave, 3 adds static members (KIP-345), 4 is
 * flexible, 5 adds protocol type and name on both sides (KIP-559).
 */
import { durationMs, generationId } from '../flavours.js';
import { api, array, bytes, type DraftOf, type Infer, int16, string } from '../schema.js';

export const SyncGroup = api(
  'SyncGroup',
  { key: 14, versions: '0-5', flexible: 4 },
  {
    request: {
      groupId: string,
      generationId,
      memberId: string,
      groupInstanceId: string.in('3+').nullable('3+').default(null),
      protocolType: string.in('5+').nullable('5+').default(null).ignorable(),
      protocolName: string.in('5+').nullable('5+').default(null).ignorable(),
      assignments: array({ memberId: string, assignment: bytes }),
    },
    response: {
      throttleTimeMs: durationMs.in('1+').ignorable(),
      errorCode: int16,
      protocolType: string.in('5+').nullable('5+').default(null).ignorable(),
      protocolName: string.in('5+').nullable('5+').default(null).ignorable(),
      assignment: bytes,
    },
  },
);

export type SyncGroupRequest = Infer<typeof SyncGroup.request>;
export type SyncGroupResponse = Infer<typeof SyncGroup.response>;
export type SyncGroupResponseDraft = DraftOf<typeof SyncGroup.response>;
