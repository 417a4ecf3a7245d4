/** Topics and partitions: made, grown, deleted, described. */
import { NO_UUID, type Uuid } from '../../src/base/ids.js';
import { CreatePartitions } from '../../src/wire/messages/create-partitions.js';
import { CreateTopics, type CreateTopicsRequest } from '../../src/wire/messages/create-topics.js';
import { DeleteTopics } from '../../src/wire/messages/delete-topics.js';
import { DescribeCluster } from '../../src/wire/messages/describe-cluster.js';
import { DescribeTopicPartitions } from '../../src/wire/messages/describe-topic-partitions.js';
import { Metadata } from '../../src/wire/messages/metadata.js';
import { type Difference, type Row, type RowOptions, row, type Stage } from './row.js';

const TIMEOUT_MS = 10_000;
const NOBODYS: Uuid = 'AAAAAAAAAAAAAAAAAAAAEQ';

type Topic = Partial<CreateTopicsRequest['topics'][number]>;

/** Each its own: what Kafka lets through must not stand in the way of the next. */
const nameFor = (wrong: string): string => `made-${wrong.replaceAll(/[^a-zA-Z0-9]/g, '-')}`;

function create(wrong: string, topics: Topic | readonly Topic[], options: RowOptions = {}): Row {
  const asked = 'length' in topics ? topics : [topics];
  return row(
    CreateTopics,
    wrong,
    {
      topics: asked.map((topic) => ({
        name: nameFor(wrong),
        numPartitions: 1,
        replicationFactor: 1,
        assignments: [],
        configs: [],
        ...topic,
      })),
      timeoutMs: TIMEOUT_MS,
      validateOnly: false,
    },
    options,
  );
}

function byHand(...partitions: readonly (readonly [index: number, brokers: number[]])[]): Topic {
  return {
    numPartitions: -1,
    replicationFactor: -1,
    assignments: partitions.map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds })),
  };
}

const set = (name: string, value: string | null): Topic => ({ configs: [{ name, value }] });

export const CREATE_TOPICS: readonly Row[] = [
  create('a name that is taken', { name: 'orders' }),
  create('an empty name', { name: '' }),
  create('the name "."', { name: '.' }),
  create('the name ".."', { name: '..' }),
  create('a name with a slash', { name: 'a/b' }),
  create('a name with a space', { name: 'a b' }),
  create('a name with a letter outside ASCII', { name: 'naïve' }),
  create('a name of 250 characters', { name: 'x'.repeat(250) }),
  create('a name that collides with another in metrics', { name: 'dotted_name' }),
  create('the name of the offsets topic, which is there', { name: '__consumer_offsets' }),
  create('the name of the metadata log', { name: '__cluster_metadata' }),
  create('0 partitions', { numPartitions: 0 }),
  create('−2 partitions', { numPartitions: -2 }),
  create('10,001 partitions', { numPartitions: 10_001 }),
  create('replication factor 0', { replicationFactor: 0 }),
  create('replication factor −2', { replicationFactor: -2 }),
  create('a replica more than there are brokers', { replicationFactor: 2 }),
  create('replication factor 32767', { replicationFactor: 32_767 }),
  create('a setting that there is not', set('no.such.setting', '1')),
  create('a setting without a value', set('retention.ms', null)),
  create('retention.ms that is no number', set('retention.ms', 'soon')),
  create('retention.ms of −2', set('retention.ms', '-2')),
  create('segment.bytes that are too few', set('segment.bytes', '3')),
  create('segment.bytes beyond 32 bits', set('segment.bytes', '99999999999')),
  create('a cleanup.policy that there is not', set('cleanup.policy', 'shred')),
  create('an empty cleanup.policy', set('cleanup.policy', '')),
  create('a compression.type that there is not', set('compression.type', 'zip')),
  create('min.insync.replicas of 0', set('min.insync.replicas', '0')),
  create('a message.timestamp.type that there is not', set('message.timestamp.type', 'Never')),
  create('max.message.bytes of −1', set('max.message.bytes', '-1')),
  create('a setting that is the broker’s alone', set('num.partitions', '3')),
  create('replicas by hand, and a number of partitions', { ...byHand([0, [1]]), numPartitions: 1 }),
  create('replicas by hand, and a replication factor', { ...byHand([0, [1]]), replicationFactor: 1 }),
  create('replicas by hand on a broker that there is not', byHand([0, [9]])),
  create('replicas by hand on broker −1', byHand([0, [-1]])),
  create('replicas by hand without partition 0', byHand([1, [1]])),
  create('replicas by hand, one partition twice', byHand([0, [1]], [0, [1]])),
  create('replicas by hand on no broker', byHand([0, []])),
  create('replicas by hand on one broker twice', byHand([0, [1, 1]])),
  create('replicas by hand, more in one partition than in another', byHand([0, [1]], [1, [1, 9]])),
  create('one name twice', [{ name: 'twice' }, { name: 'twice' }]),
  create('a good topic beside a bad one', [{ name: 'good' }, { name: 'b a d' }]),
  row(CreateTopics, 'only validated: a name that is taken', {
    topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: TIMEOUT_MS,
    validateOnly: true,
  }),
  row(CreateTopics, 'only validated: nothing wrong', {
    topics: [{ name: 'never', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: TIMEOUT_MS,
    validateOnly: true,
  }),
  create('the oldest version: −1 partitions', { name: 'oldest', numPartitions: -1 }, { version: 2 }),
  create('no topic', []),
];

type Doomed = { readonly name?: string; readonly topicId?: Uuid };

function remove(wrong: string, topics: (stage: Stage) => readonly Doomed[], options: RowOptions = {}): Row {
  return row(
    DeleteTopics,
    wrong,
    (stage) => ({
      topics: topics(stage).map(({ name = null, topicId = NO_UUID }) => ({ name, topicId })),
      timeoutMs: TIMEOUT_MS,
    }),
    options,
  );
}

export const DELETE_TOPICS: readonly Row[] = [
  remove('a name that there is not', () => [{ name: 'nowhere' }]),
  remove('an impossible name', () => [{ name: 'a b' }]),
  remove('an empty name', () => [{ name: '' }]),
  remove('an id that there is not', () => [{ topicId: NOBODYS }]),
  remove('neither name nor id', () => [{}]),
  remove('name and id of one topic', ({ ordersId }) => [{ name: 'orders', topicId: ordersId }]),
  remove('one name twice', () => [{ name: 'orders' }, { name: 'orders' }]),
  remove('one name that there is not, twice', () => [{ name: 'nowhere' }, { name: 'nowhere' }]),
  remove('one id twice', ({ ordersId }) => [{ topicId: ordersId }, { topicId: ordersId }]),
  remove('one topic by name and by id', ({ ordersId }) => [{ name: 'orders' }, { topicId: ordersId }]),
  row(
    DeleteTopics,
    'a name that there is not',
    { topicNames: ['nowhere'], timeoutMs: TIMEOUT_MS },
    { version: 1 },
  ),
  row(
    DeleteTopics,
    'one name twice',
    { topicNames: ['orders', 'orders'], timeoutMs: TIMEOUT_MS },
    { version: 5 },
  ),
];

/** Kafka carries it out: it stands at the end of the table. */
export const DELETE_OFFSETS_TOPIC: readonly Row[] = [
  remove('the offsets topic', () => [{ name: '__consumer_offsets' }], {
    differs: {
      ours: 'INVALID_TOPIC_EXCEPTION',
      because: 'It would take the committed offsets of every group with it.',
    },
  }),
];

type Growth = { readonly name?: string; readonly count?: number; readonly brokers?: readonly number[][] };

function grow(
  wrong: string,
  topics: readonly Growth[],
  options: RowOptions & { readonly validateOnly?: boolean } = {},
): Row {
  const { validateOnly = false } = options;
  return row(
    CreatePartitions,
    wrong,
    {
      topics: topics.map(({ name = 'orders', count = 4, brokers }) => ({
        name,
        count,
        assignments: brokers?.map((brokerIds) => ({ brokerIds })) ?? null,
      })),
      timeoutMs: TIMEOUT_MS,
      validateOnly,
    },
    options,
  );
}

const TOO_MANY: Difference = {
  ours: 'POLICY_VIOLATION',
  because:
    'Kafka meets an error that it does not expect. Ours is the code by which it refuses the same number in CreateTopics.',
};

const OFFSETS_TOPIC: Difference = {
  ours: 'INVALID_TOPIC_EXCEPTION',
  because:
    'With more partitions, or without its old ones, groups would be looked for where they never were, and committed offsets would be lost.',
};

export const CREATE_PARTITIONS: readonly Row[] = [
  grow('a topic that there is not', [{ name: 'nowhere' }]),
  grow('an impossible name', [{ name: 'a b' }]),
  grow('as many as there are', [{ count: 3 }]),
  grow('fewer than there are', [{ count: 1 }]),
  grow('0 partitions', [{ count: 0 }]),
  grow('−1 partitions', [{ count: -1 }]),
  grow('fewer assigned by hand than are added', [{ count: 5, brokers: [[1]] }]),
  grow('more assigned by hand than are added', [{ count: 4, brokers: [[1], [1]] }]),
  grow('none assigned by hand', [{ count: 4, brokers: [] }]),
  grow('assigned to a broker that there is not', [{ brokers: [[9]] }]),
  grow('assigned to no broker', [{ brokers: [[]] }]),
  grow('assigned to one broker twice', [{ brokers: [[1, 1]] }]),
  grow('one topic twice', [{ count: 4 }, { count: 5 }]),
  grow('only validated: nothing wrong', [{ count: 4 }], { validateOnly: true }),
  // Kafka answers the two that follow with an error, and if it is to carry the first one out, does so all the same.
  grow('only validated: 10,001 partitions more', [{ count: 10_004 }], {
    validateOnly: true,
    differs: TOO_MANY,
  }),
  grow('only validated: 2^31 − 1 partitions', [{ count: 0x7fff_ffff }], {
    validateOnly: true,
    differs: TOO_MANY,
  }),
  grow('only validated: fewer than there are', [{ count: 1 }], { validateOnly: true }),
  grow('only validated: the offsets topic', [{ name: '__consumer_offsets', count: 99 }], {
    validateOnly: true,
    differs: OFFSETS_TOPIC,
  }),
];

type Named = { readonly name?: string | null; readonly topicId?: Uuid };

function look(wrong: string, topics: readonly Named[], options: RowOptions = {}): Row {
  return row(
    Metadata,
    wrong,
    {
      topics: topics.map(({ name = null, topicId = NO_UUID }) => ({ name, topicId })),
      allowAutoTopicCreation: false,
    },
    options,
  );
}

export const METADATA: readonly Row[] = [
  look('a name that there is not', [{ name: 'nowhere' }]),
  look('a name that there is not', [{ name: 'nowhere' }], { version: 9 }),
  look('an impossible name', [{ name: 'a b' }]),
  look('an empty name', [{ name: '' }]),
  look('a name of 250 characters', [{ name: 'x'.repeat(250) }]),
  look('an id that there is not', [{ topicId: NOBODYS }]),
  look('an id that there is not, and a name', [{ topicId: NOBODYS, name: 'orders' }]),
  look('neither name nor id', [{}], {
    differs: {
      ours: 'INVALID_REQUEST, NONE',
      because: 'Kafka meets an error that it does not expect; ours says that the request is wrong.',
    },
  }),
  look('neither name nor id, in version 11', [{}], { version: 11 }),
  look('an id in version 11', [{ topicId: NOBODYS, name: 'orders' }], { version: 11 }),
  look('the name of the metadata log', [{ name: '__cluster_metadata' }]),
  row(Metadata, 'an impossible name that is to be made', {
    topics: [{ name: 'a b', topicId: NO_UUID }],
    allowAutoTopicCreation: true,
  }),
];

const describeCluster = (wrong: string, endpointType: number): Row =>
  row(DescribeCluster, wrong, { includeClusterAuthorizedOperations: false, endpointType });

export const DESCRIBE_CLUSTER: readonly Row[] = [
  describeCluster('nothing wrong', 1),
  describeCluster('controllers, asked of a broker', 2),
  describeCluster('a kind of endpoint that there is not', 3),
  describeCluster('kind of endpoint 0', 0),
];

interface Page {
  readonly differs?: Difference;
  readonly names?: readonly string[];
  readonly cursor?: readonly [topicName: string, partitionIndex: number];
  readonly limit?: number;
}

function page(wrong: string, { names = [], cursor, limit = 2000, ...options }: Page): Row {
  const request = {
    topics: names.map((name) => ({ name })),
    responsePartitionLimit: limit,
    cursor: cursor ? { topicName: cursor[0], partitionIndex: cursor[1] } : null,
  };
  return row(DescribeTopicPartitions, wrong, request, options);
}

export const DESCRIBE_TOPIC_PARTITIONS: readonly Row[] = [
  page('a topic that there is not', { names: ['nowhere'] }),
  page('an impossible name', { names: ['a b'] }),
  page('an empty name', {
    names: [''],
    differs: {
      ours: 'INVALID_TOPIC_EXCEPTION',
      because: 'Kafka meets an error that it does not expect; an empty name is as impossible as any other.',
    },
  }),
  page('one topic twice', { names: ['orders', 'orders'] }),
  page('a topic that there is not, beside one that there is', { names: ['nowhere', 'orders'] }),
  page('a limit of 0 partitions', { names: ['orders'], limit: 0 }),
  page('a limit of −1 partitions', { names: ['orders'], limit: -1 }),
  page('a cursor at partition −1', { names: ['orders'], cursor: ['orders', -1] }),
  page('a cursor at a topic that was not asked for', { names: ['orders'], cursor: ['empty', 0] }),
  page('a cursor at a partition that there is not', { names: ['orders'], cursor: ['orders', 99] }),
  page('a cursor behind all topics', { cursor: ['zzz', 0] }),
];
