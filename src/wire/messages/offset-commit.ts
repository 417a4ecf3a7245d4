/**
 * OffsetCommit (key 8): stores a group's positions.
 *
 * 2 has a retention time, which 5 drops in favour of the broker's. 3 adds the throttle time, 4 changes when
 * throttled answers leave, 6 adds the leader epoch, 7 static members (KIP-345). 8 is flexible. 9 may come
 * from members of the consumer protocol (KIP-848), with their epoch where the generation stood. 10 names topics by
 * id; our own clients go up to 9.
 */
import { durationMs, leaderEpoch, offset, partitionIndex } from '../flavours.js';
import { api, array, type DraftOf, type Infer, int16, int32, int64, string, uuid } from '../schema.js';

export const OffsetCommit = api(
  'OffsetCommit',
  { key: 8, versions: '2-10', askedMax: 9, flexible: 8 },
  {
    request: {
      groupId: string,
      generationIdOrMemberEpoch: int32.in('1+').default(-1).ignorable(),
      memberId: string.in('1+').ignorable(),
      groupInstanceId: string.in('7+').nullable('7+').default(null),
      retentionTimeMs: int64.in('2-4').default(-1).ignorable(),
      topics: array({
        name: string.in('0-9').ignorable(),
        topicId: uuid.in('10+').ignorable(),
        partitions: array({
          partitionIndex,
          committedOffset: offset,
          committedLeaderEpoch: leaderEpoch.in('6+').default(-1).ignorable(),
          committedMetadata: string.nullable(),
        }),
      }),
    },
    response: {
      throttleTimeMs: durationMs.in('3+').ignorable(),
      topics: array({
        name: string.in('0-9').ignorable(),
        topicId: uuid.in('10+').ignorable(),
        partitions: array({ partitionIndex, errorCode: int16 }),
      }),
    },
  },
);

export type OffsetCommitRequest = Infer<typeof OffsetCommit.request>;
export type OffsetCommitResponse = Infer<typeof OffsetCommit.response>;
export type OffsetCommitResponseDraft = DraftOf<typeof OffsetCommit.response>;
