/**
 * DescribeGroups (key 15): state and members of classic groups.
 *
 * 1 adds the throttle time, 2 changes when throttled answers leave, 3 adds authorized operations, 4 static
 * members (KIP-345), 5 is flexible, 6 tells of an unknown group by an error (KIP-1043). librdkafka's group listing asks in version 0 to this day.
 */
import { durationMs } from '../flavours.js';
import { api, array, boolean, bytes, type DraftOf, type Infer, int16, int32, string } from '../schema.js';

/** Authorized operations that nobody asked for. */
const NOT_ASKED = -0x8000_0000;

export const DescribeGroups = api(
  'DescribeGroups',
  { key: 15, versions: '0-6', flexible: 5 },
  {
    request: {
      groups: array(string),
      includeAuthorizedOperations: boolean.in('3+'),
    },
    response: {
      throttleTimeMs: durationMs.in('1+').ignorable(),
      groups: array({
        errorCode: int16,
        errorMessage: string.in('6+').nullable('6+').default(null),
        groupId: string,
        groupState: string,
        protocolType: string,
        protocolData: string, // the chosen protocol; only of a stable group
        members: array({
          memberId: string,
          groupInstanceId: string.in('4+').nullable('4+').default(null).ignorable(),
          clientId: string,
          clientHost: string,
          memberMetadata: bytes, // only of a stable group
          memberAssignment: bytes, // only of a stable group
        }),
        authorizedOperations: int32.in('3+').default(NOT_ASKED),
      }),
    },
  },
);

export type DescribeGroupsRequest = Infer<typeof DescribeGroups.request>;
export type DescribeGroupsResponse = Infer<typeof DescribeGroups.response>;
export type DescribeGroupsResponseDraft = DraftOf<typeof DescribeGroups.response>;
