/**
 * OffsetDelete (key 47, KIP-496): forgets a group's offsets of partitions that none of its members subscribes to.
 * Never flexible.
 */
import { durationMs, partitionIndex } from '../flavours.js';
import { api, array, type DraftOf, type Infer, int16, string } from '../schema.js';

export const OffsetDelete = api(
  'OffsetDelete',
  { key: 47, versions: '0', flexible: null },
  {
    request: {
      groupId: string,
      topics: array({ name: string, partitions: array({ partitionIndex }) }),
    },
    response: {
      errorCode: int16,
      throttleTimeMs: durationMs.ignorable(),
      topics: array({ name: string, partitions: array({ partitionIndex, errorCode: int16 }) }),
    },
  },
);

export type OffsetDeleteRequest = Infer<typeof OffsetDelete.request>;
export type OffsetDeleteResponse = Infer<typeof OffsetDelete.response>;
export type OffsetDeleteResponseDraft = DraftOf<typeof OffsetDelete.response>;
