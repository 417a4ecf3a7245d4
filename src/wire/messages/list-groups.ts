/**
 * ListGroups (key 16): the groups that a broker coordinates.
 *
 * 1 adds the throttle time, 2 changes when throttled answers leave, 3 is flexible, 4 adds states and a filter
 * by them (KIP-518), 5 types and a filter by them (KIP-848).
 */
import { durationMs } from '../flavours.js';
import { api, array, type DraftOf, type Infer, int16, string } from '../schema.js';

export const ListGroups = api(
  'ListGroups',
  { key: 16, versions: '0-5', flexible: 3 },
  {
    request: {
      statesFilter: array(string).in('4+'), // none: all states
      typesFilter: array(string).in('5+'), // none: all types
    },
    response: {
      throttleTimeMs: durationMs.in('1+').ignorable(),
      errorCode: int16,
      groups: array({
        groupId: string,
        protocolType: string,
        groupState: string.in('4+').ignorable(),
        groupType: string.in('5+').ignorable(),
      }),
    },
  },
);

export type ListGroupsRequest = Infer<typeof ListGroups.request>;
export type ListGroupsResponse = Infer<typeof ListGroups.response>;
export type ListGroupsResponseDraft = DraftOf<typeof ListGroups.response>;
