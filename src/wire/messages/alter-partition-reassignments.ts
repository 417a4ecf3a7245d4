/**
 * AlterPartitionReassignments (key 45, KIP-455): moves partitions to other brokers, or stops such moves.
 *
 * 1 adds whether the number of replicas may change.
 */
import { brokerId, durationMs, partitionIndex } from '../flavours.js';
import { api, array, boolean, type DraftOf, type Infer, int16, string } from '../schema.js';

export const AlterPartitionReassignments = api(
  'AlterPartitionReassignments',
  { key: 45, versions: '0-1', flexible: 0 },
  {
    request: {
      timeoutMs: durationMs.default(60_000),
      allowReplicationFactorChange: boolean.in('1+').default(true),
      topics: array({
        name: string,
        partitions: array({
          partitionIndex,
          replicas: array(brokerId).nullable().default(null), // null: stop the move that is under way
        }),
      }),
    },
    response: {
      throttleTimeMs: durationMs,
      allowReplicationFactorChange: boolean.in('1+').default(true).ignorable(),
      errorCode: int16,
      errorMessage: string.nullable(),
      responses: array({
        name: string,
        partitions: array({ partitionIndex, errorCode: int16, errorMessage: string.nullable() }),
      }),
    },
  },
);

export type AlterPartitionReassignmentsRequest = Infer<typeof AlterPartitionReassignments.request>;
export type AlterPartitionReassignmentsResponse = Infer<typeof AlterPartitionReassignments.response>;
export type AlterPartitionReassignmentsResponseDraft = DraftOf<typeof AlterPartitionReassignments.response>;
