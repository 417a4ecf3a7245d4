/** Records: produced, fetched, deleted; where they are; what keeps them. `orders` has ten in partition 0, `compacted` is only compacted. */
import { NO_UUID, type Uuid } from '../../src/base/ids.js';
import { AT, writeCrc } from '../../src/records/batch.js';
import { BatchBuilder, type BatchBuilderOptions } from '../../src/records/builder.js';
import { AlterPartitionReassignments } from '../../src/wire/messages/alter-partition-reassignments.js';
import { ApiVersions } from '../../src/wire/messages/api-versions.js';
import { DeleteRecords } from '../../src/wire/messages/delete-records.js';
import { DescribeLogDirs } from '../../src/wire/messages/describe-log-dirs.js';
import { DescribeProducers } from '../../src/wire/messages/describe-producers.js';
import { ElectLeaders } from '../../src/wire/messages/elect-leaders.js';
import { Fetch, type FetchRequest } from '../../src/wire/messages/fetch.js';
import { InitProducerId } from '../../src/wire/messages/init-producer-id.js';
import { ListOffsets } from '../../src/wire/messages/list-offsets.js';
import { ListPartitionReassignments } from '../../src/wire/messages/list-partition-reassignments.js';
import { OffsetForLeaderEpoch } from '../../src/wire/messages/offset-for-leader-epoch.js';
import { Produce } from '../../src/wire/messages/produce.js';
import { type Difference, type Row, type RowOptions, row, type Stage } from './row.js';

const TIMEOUT_MS = 10_000;
const NOBODYS: Uuid = 'AAAAAAAAAAAAAAAAAAAAEQ';

function batch(
  timestamp: number,
  options: BatchBuilderOptions & { readonly keyless?: boolean; readonly bytes?: number } = {},
): Buffer {
  const { keyless = false, bytes = 1, ...rest } = options;
  const builder = new BatchBuilder(rest);
  builder.append({ key: keyless ? null : Buffer.from('k'), value: Buffer.alloc(bytes, 'v'), timestamp });
  return builder.build();
}

/** A copy with some of its header changed, and the checksum right again. */
function altered(original: Buffer, change: (batch: Buffer) => void): Buffer {
  change(original);
  writeCrc(original, 0);
  return original;
}

interface Sent {
  readonly topic?: string;
  readonly partition?: number;
  readonly acks?: number;
  readonly records?: Buffer | null;
  readonly transactionalId?: string | null;
}

function produce(wrong: string, sent: (stage: Stage) => Sent, options: RowOptions = {}): Row {
  const { version = 11 } = options;
  return row(
    Produce,
    wrong,
    (stage) => {
      const { topic = 'scratch', partition = 0, acks = -1, transactionalId = null, ...rest } = sent(stage);
      const { records = batch(stage.nowMs) } = rest;
      return {
        transactionalId,
        acks,
        timeoutMs: TIMEOUT_MS,
        topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
      };
    },
    { ...options, version },
  );
}

export const PRODUCE: readonly Row[] = [
  produce('a topic that there is not', () => ({ topic: 'nowhere' })),
  produce('an impossible topic name', () => ({ topic: 'a b' })),
  produce('a partition that there is not', () => ({ partition: 9 })),
  produce('partition −1', () => ({ partition: -1 })),
  produce('acks of 2', () => ({ acks: 2 })),
  produce('acks of −2', () => ({ acks: -2 })),
  produce('no records', () => ({ records: null }), {
    differs: { ours: 'INVALID_RECORD', because: 'Kafka fails on it, and never answers.' },
  }),
  produce('records of no bytes', () => ({ records: Buffer.alloc(0) })),
  produce('a wrong checksum', ({ nowMs }) => {
    const records = batch(nowMs);
    records.writeUInt32BE(1, AT.crc);
    return { records };
  }),
  produce('message format 1', ({ nowMs }) => ({
    records: altered(batch(nowMs), (copy) => copy.writeInt8(1, AT.magic)),
  })),
  produce(
    'message format 3',
    ({ nowMs }) => ({
      records: altered(batch(nowMs), (copy) => copy.writeInt8(3, AT.magic)),
    }),
    {
      differs: {
        ours: 'INVALID_RECORD',
        because:
          'A format that there is not is no damage on the way: with CORRUPT_MESSAGE the client would send it again and again.',
      },
    },
  ),
  produce('half a batch', ({ nowMs }) => ({ records: batch(nowMs).subarray(0, 40) })),
  produce('two batches for one partition', ({ nowMs }) => ({
    records: Buffer.concat([batch(nowMs), batch(nowMs)]),
  })),
  produce('a control batch', ({ nowMs }) => ({
    records: altered(batch(nowMs), (copy) =>
      copy.writeInt16BE(copy.readInt16BE(AT.attributes) | 0x20, AT.attributes),
    ),
  })),
  produce(
    'a codec that there is not',
    ({ nowMs }) => ({
      records: altered(batch(nowMs), (copy) => copy.writeInt16BE(7, AT.attributes)),
    }),
    {
      differs: {
        ours: 'UNSUPPORTED_COMPRESSION_TYPE',
        because: 'Kafka meets an error that it does not expect; ours says what is wrong.',
      },
    },
  ),
  produce(
    'zstd before version 7',
    ({ nowMs }) => ({ records: altered(batch(nowMs), (copy) => copy.writeInt16BE(4, AT.attributes)) }),
    { version: 6 },
  ),
  produce('a last offset delta that contradicts the count', ({ nowMs }) => ({
    records: altered(batch(nowMs), (copy) => copy.writeInt32BE(5, AT.lastOffsetDelta)),
  })),
  produce('a count that contradicts the records', ({ nowMs }) => ({
    records: altered(batch(nowMs), (copy) => {
      copy.writeInt32BE(2, AT.recordCount);
      copy.writeInt32BE(1, AT.lastOffsetDelta);
    }),
  })),
  produce('a batch above max.message.bytes', ({ nowMs }) => ({
    topic: 'small',
    records: batch(nowMs, { bytes: 2000 }),
  })),
  produce('a record without a key, for a compacted topic', ({ nowMs }) => ({
    topic: 'compacted',
    records: batch(nowMs, { keyless: true }),
  })),
  produce('a timestamp two hours in the future', ({ nowMs }) => ({ records: batch(nowMs + 7_200_000) })),
  produce('a sequence that skips one', ({ nowMs }) => ({
    topic: 'sequenced',
    records: batch(nowMs, { producerId: 4242, producerEpoch: 1, baseSequence: 5 }),
  })),
  produce('a sequence that was sent before: told as done', ({ nowMs }) => ({
    topic: 'sequenced',
    records: batch(nowMs, { producerId: 4242, producerEpoch: 1, baseSequence: 0 }),
  })),
  produce('a producer epoch that is over', ({ nowMs }) => ({
    topic: 'sequenced',
    records: batch(nowMs, { producerId: 4242, producerEpoch: 0, baseSequence: 1 }),
  })),
  produce('a new producer epoch that does not begin at 0', ({ nowMs }) => ({
    topic: 'sequenced',
    records: batch(nowMs, { producerId: 4242, producerEpoch: 2, baseSequence: 3 }),
  })),
  produce('min.insync.replicas above the number of replicas', () => ({ topic: 'strict' }), {
    differs: {
      ours: 'NOT_ENOUGH_REPLICAS',
      because:
        'Kafka takes the number of replicas where it is the smaller. Ours keeps to the setting: acknowledged with acks=all is on that many.',
    },
  }),
  produce('one partition of the broker’s own topic', () => ({ topic: '__consumer_offsets' })),
];

type Asked = FetchRequest['topics'][number]['partitions'][number];

function fetch(
  wrong: string,
  change: (
    stage: Stage,
  ) => Partial<Asked> & { readonly topic?: string; readonly more?: Partial<FetchRequest> },
  options: RowOptions = {},
): Row {
  const { version = 12 } = options;
  return row(
    Fetch,
    wrong,
    (stage) => {
      const { topic = 'orders', more = {}, ...asked } = change(stage);
      const partition = { partition: 0, fetchOffset: 0, partitionMaxBytes: 1000, ...asked };
      return {
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes: 100_000,
        topics: [{ topic, partitions: [partition] }],
        forgottenTopicsData: [],
        ...more,
      };
    },
    { ...options, version },
  );
}

function fetchById(wrong: string, topicId: (stage: Stage) => Uuid, partition = 0): Row {
  return row(
    Fetch,
    wrong,
    (stage) => ({
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 100_000,
      topics: [
        { topicId: topicId(stage), partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 1000 }] },
      ],
      forgottenTopicsData: [],
    }),
    { version: 13 },
  );
}

const NO_BYTES: Difference = {
  ours: '2 × NONE',
  because:
    'Kafka meets an error that it does not expect; ours takes it for none, and the first batch comes all the same (KIP-74).',
};

export const FETCH: readonly Row[] = [
  fetch('a topic that there is not', () => ({ topic: 'nowhere' })),
  fetch('an impossible topic name', () => ({ topic: 'a b' })),
  fetch('a partition that there is not', () => ({ partition: 9 })),
  fetch('partition −1', () => ({ partition: -1 })),
  fetch('an offset beyond the end', () => ({ fetchOffset: 11 })),
  fetch('the end, which is empty', () => ({ fetchOffset: 10 })),
  fetch('offset −1', () => ({ fetchOffset: -1 })),
  fetch('an epoch that is over', ({ ordersEpoch }) => ({ currentLeaderEpoch: ordersEpoch - 1 })),
  fetch('an epoch that is yet to come', ({ ordersEpoch }) => ({ currentLeaderEpoch: ordersEpoch + 1 })),
  fetch('a session that there is not', () => ({ more: { sessionId: 4242, sessionEpoch: 1 } })),
  fetch('a new session under a number', () => ({ more: { sessionId: 4242, sessionEpoch: 0 } })),
  fetch('the end of a session that there is not', () => ({ more: { sessionId: 4242, sessionEpoch: -1 } })),
  fetch('session 0 in its second epoch', () => ({ more: { sessionId: 0, sessionEpoch: 1 } })),
  fetch('at most −1 bytes', () => ({ more: { maxBytes: -1 } }), { differs: NO_BYTES }),
  fetch('at most −1 bytes of the partition', () => ({ partitionMaxBytes: -1 }), { differs: NO_BYTES }),
  fetchById('an id that there is not', () => NOBODYS),
  fetchById('no id', () => NO_UUID),
  fetchById('a partition that there is not, by id', ({ ordersId }) => ordersId, 9),
];

interface Where {
  readonly topic?: string;
  readonly partition?: number;
  readonly epoch?: number;
  readonly timestamp?: number;
}

function where(wrong: string, change: (stage: Stage) => Where, options: RowOptions = {}): Row {
  const { version = 8 } = options;
  return row(
    ListOffsets,
    wrong,
    (stage) => {
      const { topic = 'orders', partition = 0, epoch = -1, timestamp = -1 } = change(stage);
      return {
        replicaId: -1,
        topics: [
          {
            name: topic,
            partitions: [
              { partitionIndex: partition, ...(epoch !== -1 && { currentLeaderEpoch: epoch }), timestamp },
            ],
          },
        ],
      };
    },
    { ...options, version },
  );
}

export const LIST_OFFSETS: readonly Row[] = [
  where('a topic that there is not', () => ({ topic: 'nowhere' })),
  where('an impossible topic name', () => ({ topic: 'a b' })),
  where('a partition that there is not', () => ({ partition: 9 })),
  where('partition −1', () => ({ partition: -1 })),
  where('an epoch that is over', ({ ordersEpoch }) => ({ epoch: ordersEpoch - 1 })),
  where('an epoch that is yet to come', ({ ordersEpoch }) => ({ epoch: ordersEpoch + 1 })),
  where('a time after all records', () => ({ timestamp: 2 ** 52 })),
  where('the greatest timestamp, before version 7', () => ({ timestamp: -3 }), { version: 6 }),
  where('the earliest local offset, before version 8', () => ({ timestamp: -4 }), { version: 7 }),
  where('the latest tiered offset, before version 9', () => ({ timestamp: -5 })),
  where('timestamp −7', () => ({ timestamp: -7 })),
  where('timestamp −100', () => ({ timestamp: -100 })),
  row(
    ListOffsets,
    'one partition twice',
    {
      replicaId: -1,
      topics: [
        {
          name: 'orders',
          partitions: [
            { partitionIndex: 0, timestamp: -1 },
            { partitionIndex: 0, timestamp: -2 },
          ],
        },
      ],
    },
    {
      version: 8,
      differs: { ours: '2 × INVALID_REQUEST', because: 'Ours answers each of the two, Kafka both with one.' },
    },
  ),
  row(
    ListOffsets,
    'a follower that there is not',
    { replicaId: 9, topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp: -1 }] }] },
    { version: 8 },
  ),
  row(
    ListOffsets,
    'an isolation level that there is not',
    {
      replicaId: -1,
      isolationLevel: 7,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
    },
    {
      version: 8,
      differs: {
        ours: 'NONE',
        because:
          'Kafka meets an error that it does not expect; ours takes every level but read_committed for the lower one.',
      },
    },
  ),
];

function ending(
  wrong: string,
  change: (stage: Stage) => {
    readonly topic?: string;
    readonly partition?: number;
    readonly currentLeaderEpoch?: number;
    readonly leaderEpoch?: number;
  },
): Row {
  return row(OffsetForLeaderEpoch, wrong, (stage) => {
    const { topic = 'orders', partition = 0, currentLeaderEpoch = -1, leaderEpoch = 0 } = change(stage);
    return {
      replicaId: -1,
      topics: [{ topic, partitions: [{ partition, currentLeaderEpoch, leaderEpoch }] }],
    };
  });
}

export const OFFSET_FOR_LEADER_EPOCH: readonly Row[] = [
  ending('a topic that there is not', () => ({ topic: 'nowhere' })),
  ending('a partition that there is not', () => ({ partition: 9 })),
  ending('a current epoch that is over', ({ ordersEpoch }) => ({ currentLeaderEpoch: ordersEpoch - 1 })),
  ending('a current epoch that is yet to come', ({ ordersEpoch }) => ({
    currentLeaderEpoch: ordersEpoch + 1,
  })),
  ending('an epoch that never was', () => ({ leaderEpoch: 999 })),
  ending('epoch −1', () => ({ leaderEpoch: -1 })),
];

function trim(
  wrong: string,
  topic: string,
  partition: number,
  offset: number,
  options: RowOptions = {},
): Row {
  return row(
    DeleteRecords,
    wrong,
    { topics: [{ name: topic, partitions: [{ partitionIndex: partition, offset }] }], timeoutMs: TIMEOUT_MS },
    options,
  );
}

export const DELETE_RECORDS: readonly Row[] = [
  trim('nothing wrong: nothing to delete', 'orders', 0, 0),
  trim('an offset beyond the high watermark', 'orders', 0, 11),
  trim('an offset far beyond it', 'orders', 0, 2 ** 52),
  trim('offset −2', 'orders', 0, -2),
  trim('an offset of an empty partition', 'orders', 1, 1),
  trim('a topic that there is not', 'nowhere', 0, 0),
  trim('an impossible topic name', 'a b', 0, 0),
  trim('a partition that there is not', 'orders', 9, 0),
  trim('partition −1', 'orders', -1, 0),
  trim('a topic that is only compacted', 'compacted', 0, 0),
  trim('a topic that is only compacted, and an offset beyond its end', 'compacted', 0, 99),
  trim('the offsets topic', '__consumer_offsets', 0, 0),
  trim('a topic that there is not', 'nowhere', 0, 0, { version: 0 }),
];

const logs = (wrong: string, topic: string, partition: number): Row =>
  row(DescribeLogDirs, wrong, { topics: [{ topic, partitions: [partition] }] });

export const DESCRIBE_LOG_DIRS: readonly Row[] = [
  logs('a topic that there is not', 'nowhere', 0),
  logs('an impossible topic name', 'a b', 0),
  logs('a partition that there is not', 'orders', 9),
  row(DescribeLogDirs, 'no topic', { topics: [] }),
];

const producers = (wrong: string, name: string, partition: number): Row =>
  row(DescribeProducers, wrong, { topics: [{ name, partitionIndexes: [partition] }] });

export const DESCRIBE_PRODUCERS: readonly Row[] = [
  producers('nothing wrong: nobody has written', 'empty', 0),
  producers('a topic that there is not', 'nowhere', 0),
  producers('an impossible topic name', 'a b', 0),
  producers('an empty topic name', '', 0),
  producers('a partition that there is not', 'orders', 9),
  producers('partition −1', 'orders', -1),
];

const PREFERRED = 0;
const UNCLEAN = 1;

function elect(
  wrong: string,
  electionType: number,
  asked: readonly [topic: string, partition: number] | null,
  options: RowOptions = {},
): Row {
  const { version = 2 } = options;
  return row(
    ElectLeaders,
    wrong,
    {
      ...(version >= 1 && { electionType }),
      topicPartitions: asked && [{ topic: asked[0], partitions: [asked[1]] }],
      timeoutMs: TIMEOUT_MS,
    },
    options,
  );
}

export const ELECT_LEADERS: readonly Row[] = [
  elect('a leader that is the preferred one', PREFERRED, ['orders', 0]),
  elect('a leader that is the preferred one', PREFERRED, ['orders', 0], { version: 0 }),
  elect('an unclean election where somebody leads', UNCLEAN, ['orders', 0]),
  elect('all partitions, none of which needs it', PREFERRED, null),
  elect('a topic that there is not', PREFERRED, ['nowhere', 0]),
  elect('a partition that there is not', PREFERRED, ['orders', 9]),
  elect('partition −1', UNCLEAN, ['orders', -1]),
  elect('a kind of election that there is not', 7, ['orders', 0]),
  elect('a kind of election that there is not, for all partitions', 7, null),
];

function move(
  wrong: string,
  replicas: number[] | null,
  options: RowOptions & {
    readonly topic?: string;
    readonly partition?: number;
    readonly fixed?: boolean;
  } = {},
): Row {
  const { topic = 'orders', partition = 0, fixed = false } = options;
  return row(
    AlterPartitionReassignments,
    wrong,
    {
      timeoutMs: TIMEOUT_MS,
      ...(fixed && { allowReplicationFactorChange: false }),
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, replicas }] }],
    },
    options,
  );
}

export const REASSIGNMENTS: readonly Row[] = [
  move('where the partition is', [1]),
  move('where the partition is', [1], { version: 0 }),
  move('a broker that there is not', [9]),
  move('more brokers than there are', [1, 2]),
  move('more brokers than there are, where the number may not change', [1, 2], { fixed: true }),
  move('one broker twice', [1, 1]),
  move('one broker twice, where the number may not change', [1, 1], { fixed: true }),
  move('no broker', []),
  move('no broker, where the number may not change', [], { fixed: true }),
  move('broker −1', [-1]),
  move('a stop where nothing moves', null),
  move('a topic that there is not', [1], { topic: 'nowhere' }),
  move('a partition that there is not', [1], { partition: 9 }),
  move('partition −1', [1], { partition: -1 }),
  move('a stop of a topic that there is not', null, { topic: 'nowhere' }),
  row(ListPartitionReassignments, 'a topic that there is not', {
    timeoutMs: TIMEOUT_MS,
    topics: [{ name: 'nowhere', partitionIndexes: [0] }],
  }),
  row(ListPartitionReassignments, 'a partition that there is not', {
    timeoutMs: TIMEOUT_MS,
    topics: [{ name: 'orders', partitionIndexes: [9] }],
  }),
  row(ListPartitionReassignments, 'all, of which there is none', { timeoutMs: TIMEOUT_MS, topics: null }),
];

const NO_TRANSACTIONS: Difference = {
  ours: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  because: 'Transactions are not served yet, and every other code would make clients ask again for ever.',
};

export const INIT_PRODUCER_ID: readonly Row[] = [
  row(InitProducerId, 'an empty transactional id', { transactionalId: '', transactionTimeoutMs: 1000 }),
  row(InitProducerId, 'a producer id without an epoch', {
    transactionalId: null,
    transactionTimeoutMs: 1000,
    producerId: 5,
    producerEpoch: -1,
  }),
  row(InitProducerId, 'an epoch without a producer id', {
    transactionalId: null,
    transactionTimeoutMs: 1000,
    producerId: -1,
    producerEpoch: 5,
  }),
  row(InitProducerId, 'nothing wrong: a timeout of 0 without a transaction', {
    transactionalId: null,
    transactionTimeoutMs: 0,
  }),
  row(
    InitProducerId,
    'a transaction of no time',
    { transactionalId: 'payments', transactionTimeoutMs: 0 },
    { differs: NO_TRANSACTIONS },
  ),
];

export const API_VERSIONS: readonly Row[] = [
  row(ApiVersions, 'a client without a name', { clientSoftwareName: '', clientSoftwareVersion: '1' }),
  row(ApiVersions, 'a client without a version', { clientSoftwareName: 'a', clientSoftwareVersion: '' }),
  row(ApiVersions, 'a client whose name has a space', {
    clientSoftwareName: 'a b',
    clientSoftwareVersion: '1',
  }),
  row(ApiVersions, 'a client whose version ends in a dash', {
    clientSoftwareName: 'a',
    clientSoftwareVersion: '1-',
  }),
];
