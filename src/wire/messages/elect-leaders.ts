/**
 * ElectLeaders (key 43): hands partitions to their preferred replicas, or to any living one where none is in sync.
 *
 * 1 adds the kind of election and an error of the whole answer (KIP-460), 2 is flexible.
 */
import { durationMs, partitionIndex } from '../flavours.js';
import { api, array, type DraftOf, type Infer, int16, int8, string } from '../schema.js';

export const ElectLeaders = api(
  'ElectLeaders',
  { key: 43, versions: '0-2', flexible: 2 },
  {
    request: {
      electionType: int8.in('1+'), // 0 preferred, 1 unclean
      topicPartitions: array({ topic: string, partitions: array(partitionIndex) }).nullable(), // null: all
      timeoutMs: durationMs.default(60_000),
    },
    response: {
      throttleTimeMs: durationMs,
      errorCode: int16.in('1+'),
      replicaElectionResults: array({
        topic: string,
        partitionResult: array({
          partitionId: partitionIndex,
          errorCode: int16,
          errorMessage: string.nullable(),
        }),
      }),
    },
  },
);

export type ElectLeadersRequest = Infer<typeof ElectLeaders.request>;
export type ElectLeadersResponse = Infer<typeof ElectLeaders.response>;
export type ElectLeadersResponseDraft = DraftOf<typeof ElectLeaders.response>;
