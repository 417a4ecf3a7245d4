/** Elections and moves of partitions over the wire, as one broker answers them; and the producers that a partition remembers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerElection } from '../../../src/metadata/controller/asked-elections.js';
import { answerReassignment } from '../../../src/metadata/controller/reassignments.js';
import { ClusterImage, type PartitionImage } from '../../../src/metadata/image.js';
import type { RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { errorName } from '../../../src/wire/errors.js';
import { AlterPartitionReassignments } from '../../../src/wire/messages/alter-partition-reassignments.js';
import { DescribeProducers } from '../../../src/wire/messages/describe-producers.js';
import { ElectLeaders } from '../../../src/wire/messages/elect-leaders.js';
import { ListPartitionReassignments } from '../../../src/wire/messages/list-partition-reassignments.js';
import { createTopic, produce } from './parts/asks.js';
import { batch } from './parts/batches.js';
import { START_MS, World } from './parts/world.js';

const PREFERRED = 0;
const UNCLEAN = 1;

let world: World;
let client: RpcConnection;
beforeAll(async () => {
  world = await World.start();
  client = await world.client();
  await createTopic(client, 'orders', { partitions: 2 });
});
afterAll(() => world.stop());

describe('ElectLeaders', () => {
  async function elect(
    topicPartitions: readonly { readonly topic: string; readonly partitions: readonly number[] }[] | null,
    electionType = PREFERRED,
    version = 2,
  ) {
    const { errorCode, replicaElectionResults } = await client.call(
      ElectLeaders,
      {
        topicPartitions: topicPartitions as never,
        ...(version >= 1 && { electionType }),
        timeoutMs: 1000,
      },
      { version },
    );
    return [
      errorName(errorCode),
      ...replicaElectionResults.flatMap(({ topic, partitionResult }) =>
        partitionResult.map((each) => {
          expect(each.errorMessage).toMatch(/.{10}/);
          return `${topic}-${each.partitionId}: ${errorName(each.errorCode)}`;
        }),
      ),
    ];
  }
  const asked = [
    { topic: 'orders', partitions: [1, 9] },
    { topic: 'nowhere', partitions: [0] },
  ];
  const answers = [
    'NONE',
    'orders-1: ELECTION_NOT_NEEDED',
    'orders-9: UNKNOWN_TOPIC_OR_PARTITION',
    'nowhere-0: UNKNOWN_TOPIC_OR_PARTITION',
  ];

  test.each([0, 1, 2])('version %i: who leads already need not be elected', async (version) => {
    expect(await elect(asked, PREFERRED, version)).toEqual(answers);
  });

  test('nor uncleanly', async () => {
    expect(await elect(asked, UNCLEAN)).toEqual(answers);
  });

  test('asked for all partitions, it tells of those alone that changed: none', async () => {
    expect(await elect(null)).toEqual(['NONE']);
    expect(await elect(null, UNCLEAN)).toEqual(['NONE']);
  });

  test.each([2, -1, 127])('a kind of election that is none: %i', async (kind) => {
    expect(await elect(asked, kind)).toEqual([
      'INVALID_REQUEST',
      'orders-1: INVALID_REQUEST',
      'orders-9: INVALID_REQUEST',
      'nowhere-0: INVALID_REQUEST',
    ]);
    expect(await elect(null, kind)).toEqual(['INVALID_REQUEST']);
  });

  /** What one broker alone never shows. */
  test.each([
    ['preferred', { leader: 2, replicas: [1, 2] }, 'PREFERRED_LEADER_NOT_AVAILABLE'],
    ['preferred', { leader: -1, replicas: [1, 2] }, 'PREFERRED_LEADER_NOT_AVAILABLE'],
    ['preferred', { leader: 1, replicas: [1, 2] }, 'ELECTION_NOT_NEEDED'],
    ['unclean', { leader: 2, replicas: [1, 2] }, 'ELECTION_NOT_NEEDED'],
    ['unclean', { leader: -1, replicas: [1, 2] }, 'ELIGIBLE_LEADERS_NOT_AVAILABLE'],
  ] as const)('%s of %o: %s', (kind, { leader, replicas }, code) => {
    const image = imageWith({
      leader,
      replicas: replicas.map((brokerId) => ({ brokerId, directoryId: '' })),
    });
    expect(errorName(answerElection(image, 'orders', 0, kind).error)).toBe(code);
  });
});

describe('reassignments', () => {
  async function reassign(
    replicas: readonly number[] | null,
    options: {
      readonly topic?: string;
      readonly partition?: number;
      readonly version?: number;
      readonly fixedFactor?: boolean;
    } = {},
  ) {
    const { topic = 'orders', partition = 0, version = 1, fixedFactor = false } = options;
    const answer = await client.call(
      AlterPartitionReassignments,
      {
        topics: [{ name: topic, partitions: [{ partitionIndex: partition, replicas: replicas as never }] }],
        ...(fixedFactor && { allowReplicationFactorChange: false }),
      },
      { version },
    );
    expect(answer).toMatchObject({ errorCode: 0, allowReplicationFactorChange: !fixedFactor });
    const { errorCode, errorMessage } = answer.responses[0]!.partitions[0]!;
    if (errorCode !== 0) expect(errorMessage).toMatch(/.{10}/);
    return errorName(errorCode);
  }

  test.each([0, 1])('version %i: a partition may be assigned where it is', async (version) => {
    expect(await reassign([1], { version })).toBe('NONE');
  });

  test.each([
    ['a broker that is not there', [9], {}, 'INVALID_REPLICA_ASSIGNMENT'],
    ['more brokers than there are', [1, 2], {}, 'INVALID_REPLICA_ASSIGNMENT'],
    [
      'the same, where the number may not change',
      [1, 2],
      { fixedFactor: true },
      'INVALID_REPLICA_ASSIGNMENT',
    ],
    ['a broker twice', [1, 1], {}, 'INVALID_REPLICA_ASSIGNMENT'],
    ['no broker', [], {}, 'INVALID_REPLICA_ASSIGNMENT'],
    ['a broker below zero', [-1], {}, 'INVALID_REPLICA_ASSIGNMENT'],
    ['a stop where nothing moves', null, {}, 'NO_REASSIGNMENT_IN_PROGRESS'],
    ['a topic that is not there', [1], { topic: 'nowhere' }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['a stop of a topic that is not there', null, { topic: 'nowhere' }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['a partition that is not there', [1], { partition: 2 }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['a partition below zero', [1], { partition: -1 }, 'UNKNOWN_TOPIC_OR_PARTITION'],
  ])('%s', async (_, replicas, options, code) => {
    expect(await reassign(replicas, options)).toBe(code);
  });

  test.each([
    null,
    [{ name: 'orders', partitionIndexes: [0, 9] }],
    [{ name: 'nowhere', partitionIndexes: [0] }],
  ])('none is under way: %o', async (topics) => {
    const answer = await client.call(ListPartitionReassignments, { topics });
    expect(answer).toMatchObject({ errorCode: 0, errorMessage: null, topics: [] });
  });

  /** What one broker alone never shows. */
  test.each([
    ['other brokers', [2, 1], true, 'INVALID_REPLICA_ASSIGNMENT'],
    ['fewer', [1], false, 'INVALID_REPLICATION_FACTOR'],
    ['fewer, which may be', [1], true, 'INVALID_REPLICA_ASSIGNMENT'],
    ['the same', [1, 2], false, 'NONE'],
  ])('of two replicas: %s', (_, replicas, mayChangeReplicationFactor, code) => {
    const image = imageWith({
      leader: 1,
      replicas: [1, 2].map((brokerId) => ({ brokerId, directoryId: '' })),
    });
    const wanted = { topic: 'orders', index: 0, replicas };
    const { error } = answerReassignment(image, wanted, { mayChangeReplicationFactor });
    expect(errorName(error)).toBe(code);
  });
});

/** The image as it is, with partition 0 of `orders` changed, and a second broker like the first. */
function imageWith(change: Partial<PartitionImage>): ClusterImage {
  const { image } = world.broker;
  const orders = image.topic('orders')!;
  const changed = { ...orders, partitions: [{ ...orders.partitions[0]!, ...change }] };
  const broker = image.brokers.get(1)!;
  return new ClusterImage({
    revision: image.revision,
    clusterId: image.clusterId,
    controller: image.controller,
    brokers: new Map([
      [1, broker],
      [2, { ...broker, brokerId: 2 }],
    ]),
    brokerConfigs: image.brokerConfigs,
    topics: new Map([['orders', changed]]),
    topicsById: new Map([[changed.id, changed]]),
  });
}

describe('DescribeProducers', () => {
  async function producers(topic: string, partition: number) {
    const { topics } = await client.call(DescribeProducers, {
      topics: [{ name: topic, partitionIndexes: [partition] }],
    });
    return topics[0]!.partitions[0]!;
  }

  test('each producer with its newest sequence and time; without one, none', async () => {
    const send = (producerId: number, baseSequence: number, values: string[], producerEpoch = 0) =>
      produce(client, 'orders', batch(values, { producerId, producerEpoch, baseSequence }), { partition: 1 });
    await send(7, 0, ['a', 'b']);
    await send(7, 2, ['c']);
    await send(8, 0, ['d'], 3);
    const { errorCode, errorMessage, activeProducers } = await producers('orders', 1);
    expect([errorCode, errorMessage]).toEqual([0, null]);
    const common = { lastTimestamp: START_MS, coordinatorEpoch: -1, currentTxnStartOffset: -1 };
    expect(activeProducers.toSorted((a, b) => a.producerId - b.producerId)).toEqual([
      { producerId: 7, producerEpoch: 0, lastSequence: 2, ...common },
      { producerId: 8, producerEpoch: 3, lastSequence: 0, ...common },
    ]);
    expect((await producers('orders', 0)).activeProducers).toEqual([]);
  });

  test.each([
    ['a topic that is not there', 'nowhere', 0, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['a partition that is not there', 'orders', 2, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['a partition below zero', 'orders', -1, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['an impossible name', 'a b', 0, 'INVALID_TOPIC_EXCEPTION'],
    ['an empty name', '', 0, 'INVALID_TOPIC_EXCEPTION'],
  ])('%s', async (_, topic, partition, code) => {
    const { errorCode, errorMessage, activeProducers } = await producers(topic, partition);
    expect([errorName(errorCode), activeProducers]).toEqual([code, []]);
    expect(errorMessage).toMatch(/.{10}/);
  });
});
