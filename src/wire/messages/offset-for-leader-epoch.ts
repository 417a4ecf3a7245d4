/**
 * OffsetForLeaderEpoch (key 23): where an epoch's records end, for followers to truncate by (KIP-101,
 * KIP-279) and consumers to notice truncation (KIP-320).
 *
 * 2 lets the reader name the epoch it believes in, and adds the throttle time. 3 adds the replica id. 4 is
 * flexible.
 */
import { brokerId, durationMs, leaderEpoch, offset, partitionIndex } from '../flavours.js';
import { api, array, type DraftOf, type Infer, int16, string } from '../schema.js';

export const OffsetForLeaderEpoch = api(
  'OffsetForLeaderEpoch',
  { key: 23, versions: '2-4', flexible: 4 },
  {
    request: {
      replicaId: brokerId.in('3+').default(-2).ignorable(), // -1: a consumer; -2: one that may see past the high watermark
      topics: array({
        topic: string,
        partitions: array({
          partition: partitionIndex,
          currentLeaderEpoch: leaderEpoch.in('2+').default(-1).ignorable(),
          leaderEpoch,
        }),
      }),
    },
    response: {
      throttleTimeMs: durationMs.in('2+').ignorable(),
      topics: array({
        topic: string,
        partitions: array({
          errorCode: int16,
          partition: partitionIndex,
          leaderEpoch: leaderEpoch.in('1+').default(-1).ignorable(),
          endOffset: offset.default(-1),
        }),
      }),
    },
  },
);

export type OffsetForLeaderEpochRequest = Infer<typeof OffsetForLeaderEpoch.request>;
export type OffsetForLeaderEpochResponse = Infer<typeof OffsetForLeaderEpoch.response>;
export type OffsetForLeaderEpochResponseDraft = DraftOf<typeof OffsetForLeaderEpoch.response>;
