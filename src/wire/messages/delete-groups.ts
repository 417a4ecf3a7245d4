/**
 * DeleteGroups (key 42, KIP-229): forgets empty groups with their offsets.
 *
 * 1 changes when throttled answers leave, 2 is flexible.
 */
import { durationMs } from '../flavours.js';
import { api, array, type DraftOf, type Infer, int16, string } from '../schema.js';

export const DeleteGroups = api(
  'DeleteGroups',
  { key: 42, versions: '0-2', flexible: 2 },
  {
    request: {
      groupsNames: array(string),
    },
    response: {
      throttleTimeMs: durationMs,
      results: array({ groupId: string, errorCode: int16 }),
    },
  },
);

export type DeleteGroupsRequest = Infer<typeof DeleteGroups.request>;
export type DeleteGroupsResponse = Infer<typeof DeleteGroups.response>;
export type DeleteGroupsResponseDraft = DraftOf<typeof DeleteGroups.response>;
