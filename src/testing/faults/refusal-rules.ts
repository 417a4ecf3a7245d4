/**
 * How an error looks in the answer of each API: one table. An answer has an error for the whole of it, one for each of the things that
 * were asked about, or both; `levels` leads from the outside in, from the request's lists to the answer's.
 *
 * The error stands as far out as the fault reaches: one that names no topic fails an OffsetDelete as a whole, one that names a topic fails
 * that topic's partitions and leaves the rest alone.
 */
import { ErrorCode } from '../../wire/errors.js';
import type { ApiName } from './api-names.js';

/** A struct of the wire, by field name. */
export type Entry = Readonly<Record<string, unknown>>;

export type LevelKind = 'topic' | 'partition' | 'group' | 'resource' | 'directory';

export interface Level {
  readonly of: LevelKind;
  /** The request's list; null: it has none, the answer tells of all there are. */
  readonly asked: string | null;
  readonly answered: string;
  /** The field that names an entry of the request; null: the entries are the names. */
  readonly askedName: string | null;
  readonly answeredName: string;
  /** Fields of the request's entry that its refusal repeats. */
  readonly repeated?: readonly string[];
  /** Fields of a refusal that do not stand at their type's default. */
  readonly fill?: Entry;
}

export interface RefusalRule {
  /** The field of the request that names the one group it is about. */
  readonly group?: (request: Entry) => string | null;
  readonly levels: (version: number, request: Entry) => readonly Level[];
  /** Whether an error of the whole answer says what the fault means, where the answer has room for one; unless told otherwise it does. */
  readonly wholeMeans?: (error: ErrorCode) => boolean;
  /** Of an answer that is an error as a whole. */
  readonly repeated?: readonly string[];
  readonly fill?: Entry;
  /** Of the request's lists, an empty one asks for everything, as null does elsewhere. */
  readonly emptyAsksAll?: (version: number) => boolean;
  /** The request is carried out even when nothing of its list is left: its answer tells more than that. */
  readonly alwaysHandled?: boolean;
  /** What is left of a request of which a part is refused. */
  readonly rest?: (request: Entry) => Entry;
  /** Errors are not answered: the connection ends. */
  readonly isUnanswered?: (request: Entry) => boolean;
}

const NO_LEVELS: readonly Level[] = [];

/** One error for the whole answer, and nothing to choose by but the group, if it is about one. */
const WHOLE: RefusalRule = { levels: () => NO_LEVELS };
const WHOLE_GROUP: RefusalRule = { ...WHOLE, group: ({ groupId }) => groupId as string };

function level(
  of: LevelKind,
  lists: string | null | readonly [asked: string | null, answered: string],
  names: string | readonly [asked: string | null, answered: string],
  more: Pick<Level, 'repeated' | 'fill'> = {},
): Level {
  const [asked, answered] = Array.isArray(lists) ? lists : [lists, lists];
  const [askedName, answeredName] = Array.isArray(names) ? names : [names, names];
  return { of, asked, answered, askedName, answeredName, ...more };
}

function always(...levels: readonly Level[]): RefusalRule {
  return { levels: () => levels };
}

const NO_RECORDS: readonly Uint8Array[] = [];

/** What says that the session, not a partition, is at fault. */
const SESSION_ERRORS: readonly ErrorCode[] = [
  ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
  ErrorCode.INVALID_FETCH_SESSION_EPOCH,
  ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR,
];

const TOPIC_BY_ID = { repeated: ['topicId'] };
const NOTHING_COMMITTED = { fill: { committedOffset: -1, metadata: '' } };
const FETCHED_OFFSETS = level(
  'partition',
  ['partitionIndexes', 'partitions'],
  [null, 'partitionIndex'],
  NOTHING_COMMITTED,
);
const NO_COORDINATOR = { nodeId: -1, host: '', port: -1 };
/** Groups are coordinators' business, transactional ids another's. */
const GROUP_KEY_TYPE = 0;
const FIND_SEVERAL_SINCE = 4;
const FETCH_OFFSETS_OF_SEVERAL_SINCE = 8;
const DELETE_BY_ID_SINCE = 6;
const METADATA_NULL_ASKS_ALL_SINCE = 1;

const RESOURCES = { repeated: ['resourceType'] };

export const REFUSAL_RULES: Readonly<Record<ApiName, RefusalRule>> = {
  Produce: {
    ...always(
      level('topic', ['topicData', 'responses'], 'name'),
      level('partition', ['partitionData', 'partitionResponses'], 'index', { fill: { baseOffset: -1 } }),
    ),
    isUnanswered: ({ acks }) => acks === 0,
  },
  Fetch: {
    ...always(
      level('topic', ['topics', 'responses'], 'topic', TOPIC_BY_ID),
      level('partition', 'partitions', ['partition', 'partitionIndex'], {
        fill: { highWatermark: -1, records: NO_RECORDS },
      }),
    ),
    wholeMeans: (error) => SESSION_ERRORS.includes(error),
    // An error is told at once: the others are not waited for.
    rest: (request) => ({ ...request, maxWaitMs: 0 }),
  },
  ListOffsets: always(level('topic', 'topics', 'name'), level('partition', 'partitions', 'partitionIndex')),
  Metadata: {
    ...always(
      level('topic', 'topics', 'name', TOPIC_BY_ID),
      level('partition', [null, 'partitions'], 'partitionIndex', { fill: { leaderId: -1 } }),
    ),
    emptyAsksAll: (version) => version < METADATA_NULL_ASKS_ALL_SINCE,
    alwaysHandled: true,
  },
  OffsetCommit: {
    ...WHOLE_GROUP,
    levels: () => [
      level('topic', 'topics', 'name', TOPIC_BY_ID),
      level('partition', 'partitions', 'partitionIndex'),
    ],
  },
  OffsetFetch: {
    group: ({ groupId }) => (groupId === '' ? null : (groupId as string)),
    levels: (version) =>
      version >= FETCH_OFFSETS_OF_SEVERAL_SINCE
        ? [
            level('group', 'groups', 'groupId'),
            level('topic', 'topics', 'name', TOPIC_BY_ID),
            FETCHED_OFFSETS,
          ]
        : [level('topic', 'topics', 'name'), FETCHED_OFFSETS],
  },
  FindCoordinator: {
    group: ({ key, keyType }) => (keyType === GROUP_KEY_TYPE ? (key as string) : null),
    levels: (version, { keyType }) =>
      version >= FIND_SEVERAL_SINCE
        ? [
            level(
              keyType === GROUP_KEY_TYPE ? 'group' : 'resource',
              ['coordinatorKeys', 'coordinators'],
              [null, 'key'],
              {
                fill: NO_COORDINATOR,
              },
            ),
          ]
        : NO_LEVELS,
    fill: NO_COORDINATOR,
  },
  JoinGroup: { ...WHOLE_GROUP, repeated: ['memberId'] },
  Heartbeat: WHOLE_GROUP,
  LeaveGroup: WHOLE_GROUP,
  SyncGroup: WHOLE_GROUP,
  DescribeGroups: always(level('group', 'groups', [null, 'groupId'])),
  ListGroups: WHOLE,
  ApiVersions: WHOLE,
  CreateTopics: always(level('topic', 'topics', 'name')),
  DeleteTopics: {
    levels: (version) =>
      version >= DELETE_BY_ID_SINCE
        ? [level('topic', ['topics', 'responses'], 'name', TOPIC_BY_ID)]
        : [level('topic', ['topicNames', 'responses'], [null, 'name'])],
  },
  DeleteRecords: always(
    level('topic', 'topics', 'name'),
    level('partition', 'partitions', 'partitionIndex', { fill: { lowWatermark: -1 } }),
  ),
  InitProducerId: { ...WHOLE, fill: { producerEpoch: -1 } },
  OffsetForLeaderEpoch: always(
    level('topic', 'topics', 'topic'),
    level('partition', 'partitions', 'partition'),
  ),
  DescribeConfigs: always(level('resource', ['resources', 'results'], 'resourceName', RESOURCES)),
  AlterConfigs: always(level('resource', ['resources', 'responses'], 'resourceName', RESOURCES)),
  DescribeLogDirs: always(level('directory', [null, 'results'], 'logDir')),
  CreatePartitions: always(level('topic', ['topics', 'results'], 'name')),
  DeleteGroups: always(level('group', ['groupsNames', 'results'], [null, 'groupId'])),
  ElectLeaders: always(
    level('topic', ['topicPartitions', 'replicaElectionResults'], 'topic'),
    level('partition', ['partitions', 'partitionResult'], [null, 'partitionId']),
  ),
  IncrementalAlterConfigs: always(level('resource', ['resources', 'responses'], 'resourceName', RESOURCES)),
  AlterPartitionReassignments: always(
    level('topic', ['topics', 'responses'], 'name'),
    level('partition', 'partitions', 'partitionIndex'),
  ),
  ListPartitionReassignments: WHOLE,
  OffsetDelete: {
    ...WHOLE_GROUP,
    levels: () => [level('topic', 'topics', 'name'), level('partition', 'partitions', 'partitionIndex')],
  },
  DescribeCluster: WHOLE,
  DescribeProducers: always(
    level('topic', 'topics', 'name'),
    level('partition', ['partitionIndexes', 'partitions'], [null, 'partitionIndex']),
  ),
  ListConfigResources: WHOLE,
  DescribeTopicPartitions: {
    ...always(
      level('topic', 'topics', 'name'),
      level('partition', [null, 'partitions'], 'partitionIndex', { fill: { leaderId: -1 } }),
    ),
    emptyAsksAll: () => true,
  },
};
