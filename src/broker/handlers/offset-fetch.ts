/**
 * OffsetFetch, 1 to 9: what a group has committed. An unknown group has committed nothing, which is no error.
 *
 * 2: null topics are all topics. 5: leader epochs. 6: flexible. 7: require stable (KIP-447). 8: several groups (KIP-709).
 * 9: member epochs (KIP-848).
 */
import type { OffsetFetchedGroup, OffsetFetchGroup } from '../../coordinator/group/requests.js';
import { ErrorCode } from '../../wire/errors.js';
import { OffsetFetch } from '../../wire/messages/offset-fetch.js';
import { handler } from '../handler.js';

export const offsetFetch = handler(
  OffsetFetch,
  {
    order: 'early',
    touches: [
      ['Describe', 'Group'],
      ['Describe', 'Topic'],
    ],
  },
  async (request, context, services) => {
    const batched = context.apiVersion >= 8;
    const asked: readonly OffsetFetchGroup[] = batched
      ? request.groups
      : [{ groupId: request.groupId, memberId: null, memberEpoch: -1, topics: request.topics }];
    const allowed = asked.filter(({ groupId }) => context.authorize('Describe', 'Group', groupId));
    const fetched = await services.groups.fetchOffsets({
      groups: allowed,
      requireStable: request.requireStable,
    });
    const byGroup = new Map(fetched.groups.map((group) => [group.groupId, group]));
    const groups = asked.map(({ groupId }) => {
      const group = byGroup.get(groupId);
      if (!group) return { groupId, topics: [], errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED };
      return visible(group, (topic) => context.authorize('Describe', 'Topic', topic));
    });
    if (batched) return { groups };
    const { topics, errorCode } = groups[0]!;
    return { topics, ...(context.apiVersion >= 2 && { errorCode }) };
  },
);

function visible(group: OffsetFetchedGroup, allowed: (topic: string) => boolean): OffsetFetchedGroup {
  return {
    ...group,
    topics: group.topics.map((topic) => {
      if (allowed(topic.name)) return topic;
      return {
        name: topic.name,
        partitions: topic.partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          committedOffset: -1,
          committedLeaderEpoch: -1,
          metadata: '',
          errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
        })),
      };
    }),
  };
}
