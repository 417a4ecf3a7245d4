/**
 * ListPartitionReassignments (key 46, KIP-455): which partitions are moving between brokers.
 */
import { brokerId, durationMs, partitionIndex } from '../flavours.js';
import { api, array, type DraftOf, type Infer, int16, string } from '../schema.js';

export const ListPartitionReassignments = api(
  'ListPartitionReassignments',
  { key: 46, versions: '0', flexible: 0 },
  {
    request: {
      timeoutMs: durationMs.default(60_000),
      topics: array({ name: string, partitionIndexes: array(partitionIndex) })
        .nullable()
        .default(null), // null: all
    },
    response: {
      throttleTimeMs: durationMs,
      errorCode: int16,
      errorMessage: string.nullable(),
      topics: array({
        name: string,
        partitions: array({
          partitionIndex,
          replicas: array(brokerId),
          addingReplicas: array(brokerId),
          removingReplicas: array(brokerId),
        }),
      }),
    },
  },
);

export type ListPartitionReassignmentsRequest = Infer<typeof ListPartitionReassignments.request>;
export type ListPartitionReassignmentsResponse = Infer<typeof ListPartitionReassignments.response>;
export type ListPartitionReassignmentsResponseDraft = DraftOf<typeof ListPartitionReassignments.response>;
