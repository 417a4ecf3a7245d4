/**
 * OffsetFetch (key 9): a group's positions.
 *
 * 1 asks the group's coordinator. 2 takes a null list for all topics and adds an error for the whole. 3 adds
 * the throttle time, 4 changes when throttled answers leave, 5 adds leader epochs, 6 is flexible. 7 may wait
 * for pending transactions (requireStable). 8 asks for many groups at once (KIP-709). 9 may come from members
 * of the consumer protocol (KIP-848). 10 names topics by id; our own clients go up to 9.
 */
import { durationMs, leaderEpoch, offset, partitionIndex } from '../flavours.js';
import { api, array, boolean, type DraftOf, type Infer, int16, int32, string, uuid } from '../schema.js';

export const OffsetFetch = api(
  'OffsetFetch',
  { key: 9, versions: '1-10', askedMax: 9, flexible: 6 },
  {
    request: {
      groupId: string.in('0-7'),
      topics: array({ name: string, partitionIndexes: array(partitionIndex) })
        .in('0-7')
        .nullable('2-7'),
      groups: array({
        groupId: string,
        memberId: string.in('9+').nullable('9+').default(null).ignorable(),
        memberEpoch: int32.in('9+').default(-1).ignorable(),
        topics: array({
          name: string.in('8-9').ignorable(),
          topicId: uuid.in('10+').ignorable(),
          partitionIndexes: array(partitionIndex),
        }).nullable('8+'),
      }).in('8+'),
      requireStable: boolean.in('7+'),
    },
    response: {
      throttleTimeMs: durationMs.in('3+').ignorable(),
      topics: array({
        name: string,
        partitions: array({
          partitionIndex,
          committedOffset: offset,
          committedLeaderEpoch: leaderEpoch.in('5-7').default(-1).ignorable(),
          metadata: string.nullable('0-7'),
          errorCode: int16,
        }),
      }).in('0-7'),
      errorCode: int16.in('2-7').ignorable(),
      groups: array({
        groupId: string,
        topics: array({
          name: string.in('8-9').ignorable(),
          topicId: uuid.in('10+').ignorable(),
          partitions: array({
            partitionIndex,
            committedOffset: offset,
            committedLeaderEpoch: leaderEpoch.default(-1).ignorable(),
            metadata: string.nullable('8+'),
            errorCode: int16,
          }),
        }),
        errorCode: int16,
      }).in('8+'),
    },
  },
);

export type OffsetFetchRequest = Infer<typeof OffsetFetch.request>;
export type OffsetFetchResponse = Infer<typeof OffsetFetch.response>;
export type OffsetFetchResponseDraft = DraftOf<typeof OffsetFetch.response>;
