/**
 * CreatePartitions (key 37): raises a topic's number of partitions.
 *
 * 1 changes when throttled answers leave, 2 is flexible, 3 may answer THROTTLING_QUOTA_EXCEEDED (KIP-599).
 */
import { brokerId, durationMs } from '../flavours.js';
import { api, array, boolean, type DraftOf, type Infer, int16, int32, string } from '../schema.js';

export const CreatePartitions = api(
  'CreatePartitions',
  { key: 37, versions: '0-3', flexible: 2 },
  {
    request: {
      topics: array({
        name: string,
        count: int32, // of all partitions, the present ones included
        assignments: array({ brokerIds: array(brokerId) }).nullable(),
      }),
      timeoutMs: durationMs,
      validateOnly: boolean,
    },
    response: {
      throttleTimeMs: durationMs,
      results: array({ name: string, errorCode: int16, errorMessage: string.nullable().default(null) }),
    },
  },
);

export type CreatePartitionsRequest = Infer<typeof CreatePartitions.request>;
export type CreatePartitionsResponse = Infer<typeof CreatePartitions.response>;
export type CreatePartitionsResponseDraft = DraftOf<typeof CreatePartitions.response>;
