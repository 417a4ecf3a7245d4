/**
 * OffsetFetch, 1 to 10: what groups have committed. An unknown group has committed nothing, which is no error.
 *
 * 2: null topics are all topics. 5: leader epochs. 6: flexible. 7: require stable (KIP-447). 8: several groups (KIP-709).
 * 9: member epochs (KIP-848). 10: topics by id.
 */
import { NO_UUID, type Uuid } from '../../base/ids.js';
import type { FetchedOffset, OffsetFetchedGroup } from '../../coordinator/group/requests.js';
import type { ClusterImage } from '../../metadata/image.js';
import { ErrorCode } from '../../wire/errors.js';
import { OffsetFetch } from '../../wire/messages/offset-fetch.js';
import type { Infer } from '../../wire/schema.js';
import { handler } from '../handler.js';

type Request = Infer<typeof OffsetFetch.request>;
type AskedTopic = NonNullable<Request['groups'][number]['topics']>[number];

const MANY_SINCE = 8;
const BY_ID_SINCE = 10;

/** A topic asked for: its name, or why the group's coordinator is not asked for it. */
interface Checked {
  readonly name: string;
  readonly topicId: Uuid;
  readonly partitionIndexes: readonly number[];
  readonly error: ErrorCode;
}

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
    const { apiVersion } = context;
    const byId = apiVersion >= BY_ID_SINCE;
    const image = services.image();
    const mayDescribe = (topic: string): boolean => context.authorize('Describe', 'Topic', topic);
    const check = (topic: AskedTopic): Checked => {
      const name = byId ? image.topicById(topic.topicId)?.name : topic.name;
      if (name === undefined) return { ...topic, error: ErrorCode.UNKNOWN_TOPIC_ID };
      const error = mayDescribe(name) ? ErrorCode.NONE : ErrorCode.TOPIC_AUTHORIZATION_FAILED;
      return { ...topic, name, error };
    };
    const asked = groupsOf(request, apiVersion).map((group) => ({
      ...group,
      topics: group.topics?.map(check) ?? null,
    }));
    const allowed = asked.filter(({ groupId }) => context.authorize('Describe', 'Group', groupId));
    // In the order asked: a group may be named twice, with other topics.
    const fetched = await services.groups.fetchOffsets({
      groups: allowed.map((group) => ({
        ...group,
        topics: group.topics?.filter(({ error }) => error === ErrorCode.NONE) ?? null,
      })),
      requireStable: request.requireStable,
    });
    const byGroup = new Map(allowed.map((group, at) => [group, fetched.groups[at]!]));
    const groups = asked.map((each) => {
      const { groupId, topics } = each;
      const group = byGroup.get(each);
      if (!group) return { groupId, topics: [], errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED };
      if (group.errorCode !== ErrorCode.NONE) return { ...group, topics: [] };
      return {
        ...group,
        topics: topics === null ? shown(group, image, byId, mayDescribe) : answered(topics, group, byId),
      };
    });
    if (apiVersion >= MANY_SINCE) return { groups };
    const { topics, errorCode } = groups[0]!;
    return {
      topics: topics.map(({ name, partitions }) => ({ name: name!, partitions })),
      ...(apiVersion >= 2 && { errorCode }),
    };
  },
);

/** Version 7 and older ask for one group, outside the list. */
function groupsOf(request: Request, apiVersion: number): Request['groups'] {
  if (apiVersion >= MANY_SINCE) return request.groups;
  const { groupId, topics } = request;
  const withoutIds = topics?.map((topic) => ({ ...topic, topicId: NO_UUID })) ?? null;
  return [{ groupId, memberId: null, memberEpoch: -1, topics: withoutIds }];
}

interface ShownTopic {
  readonly name?: string;
  readonly topicId?: Uuid;
  readonly partitions: FetchedOffset[];
}

/** All that a group has committed for topics that the client may see; by id, those that there still are. */
function shown(
  group: OffsetFetchedGroup,
  image: ClusterImage,
  byId: boolean,
  mayDescribe: (topic: string) => boolean,
): ShownTopic[] {
  const visible = group.topics.filter(({ name }) => mayDescribe(name));
  if (!byId) return visible;
  return visible.flatMap(({ name, partitions }) => {
    const topicId = image.topic(name)?.id;
    return topicId === undefined ? [] : [{ topicId, partitions }];
  });
}

/** Every topic in the order of the request, whether or not it could be asked for. */
function answered(topics: readonly Checked[], group: OffsetFetchedGroup, byId: boolean): ShownTopic[] {
  const found = group.topics.values();
  return topics.map(({ name, topicId, partitionIndexes, error }) => {
    const partitions =
      error === ErrorCode.NONE
        ? found.next().value!.partitions
        : partitionIndexes.map((partitionIndex) => withoutOffset(partitionIndex, error));
    return byId ? { topicId, partitions } : { name, partitions };
  });
}

function withoutOffset(partitionIndex: number, errorCode: ErrorCode): FetchedOffset {
  return { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode };
}
