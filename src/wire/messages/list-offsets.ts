/**
 * ListOffsets (key 2): the offset of a time, or of one of the named places (−1 latest, −2 earliest, −3 the
 * largest timestamp, …).
 *
 * 1 answers with one offset and its timestamp. 2 adds the isolation level and the throttle time, 3 changes
 * when throttled answers leave, 4 adds leader epochs, 5 may answer OFFSET_NOT_AVAILABLE, 6 is flexible, 7
 * knows −3 (KIP-734), 8 knows −4, the earliest local offset (KIP-405), 9 knows −5, the last tiered one (KIP-1005).
 * 10 adds how long to wait for remote storage (KIP-1075). 11 knows −6, the earliest that waits for its upload (KIP-1023).
 */
import { brokerId, durationMs, leaderEpoch, offset, partitionIndex, timestampMs } from '../flavours.js';
import { api, array, type DraftOf, type Infer, int8, int16, string } from '../schema.js';

export const ListOffsets = api(
  'ListOffsets',
  { key: 2, versions: '1-11', flexible: 6 },
  {
    request: {
      replicaId: brokerId,
      isolationLevel: int8.in('2+'),
      topics: array({
        name: string,
        partitions: array({
          partitionIndex,
          currentLeaderEpoch: leaderEpoch.in('4+').default(-1).ignorable(),
          timestamp: timestampMs,
        }),
      }),
      timeoutMs: durationMs.in('10+').ignorable(),
    },
    response: {
      throttleTimeMs: durationMs.in('2+').ignorable(),
      topics: array({
        name: string,
        partitions: array({
          partitionIndex,
          errorCode: int16,
          timestamp: timestampMs.in('1+').default(-1),
          offset: offset.in('1+').default(-1),
          leaderEpoch: leaderEpoch.in('4+').default(-1),
        }),
      }),
    },
  },
);

export type ListOffsetsRequest = Infer<typeof ListOffsets.request>;
export type ListOffsetsResponse = Infer<typeof ListOffsets.response>;
export type ListOffsetsResponseDraft = DraftOf<typeof ListOffsets.response>;
