/** Metadata and DescribeCluster over the wire: which topics are meant, what is created, and what clients are told of them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NO_UUID } from '../../../src/base/ids.js';
import type { RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { ErrorCode, errorName } from '../../../src/wire/errors.js';
import { DescribeCluster } from '../../../src/wire/messages/describe-cluster.js';
import { FindCoordinator } from '../../../src/wire/messages/find-coordinator.js';
import {
  Metadata,
  type MetadataRequest,
  type MetadataResponse,
} from '../../../src/wire/messages/metadata.js';
import { createTopic, produce } from './parts/asks.js';
import { batch } from './parts/batches.js';
import { World } from './parts/world.js';

const NOT_ASKED = -0x80000000;
const VERSIONS = Array.from({ length: 13 }, (_, version) => version);

let world: World;
let client: RpcConnection;
beforeAll(async () => {
  world = await World.start({ settings: { 'num.partitions': '3' } });
  client = await world.client();
  await createTopic(client, 'one');
  await createTopic(client, 'two', { partitions: 2 });
});
afterAll(() => world.stop());

async function ask(version: number, request: Partial<MetadataRequest>) {
  const topics = request.topics === undefined ? [] : request.topics;
  return client.call(Metadata, { ...request, topics }, { version });
}

/** In the order of the alphabet: a broker lists its topics in any. */
function namesIn({ topics }: MetadataResponse): (string | null)[] {
  return topics.map(({ name }) => name).sort((a, b) => (a! < b! ? -1 : 1));
}

const named = (...names: string[]): MetadataRequest['topics'] =>
  names.map((name) => ({ name, topicId: NO_UUID }));

describe('which topics are meant', () => {
  test('version 0: an empty list is all of them', async () => {
    expect(namesIn(await ask(0, {}))).toEqual(['one', 'two']);
  });

  test.each(VERSIONS.slice(1))('version %i: null is all, an empty list is none', async (version) => {
    expect(namesIn(await ask(version, { topics: null }))).toEqual(['one', 'two']);
    expect((await ask(version, { topics: [] })).topics).toEqual([]);
  });

  test.each(VERSIONS)('version %i: what each topic is made of', async (version) => {
    const { topics } = await ask(version, { topics: named('two') });
    const { leaderEpoch } = world.broker.partitions.get('two', 0)!;
    const partition = (partitionIndex: number) => ({
      errorCode: ErrorCode.NONE,
      partitionIndex,
      leaderId: 1,
      leaderEpoch: version >= 7 ? leaderEpoch : -1,
      replicaNodes: [1],
      isrNodes: [1],
      offlineReplicas: [],
    });
    expect(topics).toEqual([
      {
        errorCode: ErrorCode.NONE,
        name: 'two',
        topicId: version >= 10 ? world.broker.image.topic('two')!.id : NO_UUID,
        isInternal: false,
        partitions: [partition(0), partition(1)],
        topicAuthorizedOperations: NOT_ASKED,
      },
    ]);
  });

  test.each(VERSIONS)('version %i: the cluster around them', async (version) => {
    const answer = await ask(version, {});
    expect(answer.brokers).toEqual([{ nodeId: 1, host: '127.0.0.1', port: 9092, rack: null }]);
    expect(answer.clusterId).toBe(version >= 2 ? world.broker.clusterId : null);
    expect(answer.controllerId).toBe(version >= 1 ? 1 : -1);
  });

  test.each([[null], ['']])('version 12: by id, the name left %j', async (name) => {
    const { id } = world.broker.image.topic('one')!;
    const { topics } = await ask(12, { topics: [{ name, topicId: id }] });
    expect(topics).toMatchObject([{ errorCode: ErrorCode.NONE, name: 'one', topicId: id }]);
  });

  test('version 12: an id that is nobody’s', async () => {
    const topicId = 'AAAAAAAAAAAAAAAAAAAAEQ';
    const { topics } = await ask(12, { topics: [{ name: null, topicId }] });
    expect(topics).toMatchObject([
      { errorCode: ErrorCode.UNKNOWN_TOPIC_ID, name: null, topicId, partitions: [] },
    ]);
  });

  test.each([10, 11])(
    'version %i has ids in answers, and does not take them in requests',
    async (version) => {
      const { id } = world.broker.image.topic('one')!;
      const { topics } = await ask(version, {
        topics: [{ name: '', topicId: id }],
        allowAutoTopicCreation: false,
      });
      expect(topics[0]!.errorCode).not.toBe(ErrorCode.NONE);
    },
  );

  test.each([10, 11])(
    'version %i: a topic without a name makes the whole request wrong, and the connection goes on',
    async (version) => {
      const { id } = world.broker.image.topic('one')!;
      const { topics } = await ask(version, { topics: [{ name: null, topicId: id }, ...named('one')!] });
      expect(topics.map(({ name, errorCode }) => [name, errorName(errorCode)])).toEqual([
        ['', 'INVALID_REQUEST'],
        ['one', 'INVALID_REQUEST'],
      ]);
    },
  );

  test('ids survive a restart; a topic made again under its name has another', async () => {
    const own = await World.start();
    await createTopic(await own.client(), 'again');
    const { id } = own.broker.image.topic('again')!;
    await own.restart();
    expect(own.broker.image.topic('again')!.id).toBe(id);
    const [deleted] = await own.broker.topics.delete([{ name: 'again' }]);
    expect(deleted!.error).toBe(ErrorCode.NONE);
    const rpc = await own.client();
    await createTopic(rpc, 'again');
    expect(own.broker.image.topic('again')!.id).not.toBe(id);
    expect((await produce(rpc, 'again', batch(['new']))).baseOffset).toBe(0);
    await own.stop();
  });
});

describe('creation on asking', () => {
  test.each([0, 3, 4, 9, 12])(
    'version %i: a missing topic is made with num.partitions, and led',
    async (version) => {
      const name = `auto-${version}`;
      const { topics } = await ask(version, { topics: named(name) });
      expect(topics).toMatchObject([{ errorCode: ErrorCode.NONE, name }]);
      expect(topics[0]!.partitions.map(({ leaderId }) => leaderId)).toEqual([1, 1, 1]);
      expect((await produce(client, name, batch(['x']))).errorCode).toBe(ErrorCode.NONE);
    },
  );

  test('not when the client does not want it (version 4 on)', async () => {
    const { topics } = await ask(4, { topics: named('unwanted'), allowAutoTopicCreation: false });
    expect(topics).toMatchObject([{ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, name: 'unwanted' }]);
    expect(world.broker.image.topic('unwanted')).toBeUndefined();
  });

  test('not when the broker may not', async () => {
    const own = await World.start({ settings: { 'auto.create.topics.enable': 'false' } });
    const { topics } = await (await own.client()).call(Metadata, { topics: named('unwanted') });
    expect(topics.map(({ errorCode }) => errorName(errorCode))).toEqual(['UNKNOWN_TOPIC_OR_PARTITION']);
    await own.stop();
  });

  test.each(['', '.', '..', 'a b', 'ü', 'a/b', 'x'.repeat(250)])('not under the name %j', async (name) => {
    const { topics } = await ask(9, { topics: named(name) });
    expect(topics.map((topic) => [topic.name, errorName(topic.errorCode)])).toEqual([
      [name, 'INVALID_TOPIC_EXCEPTION'],
    ]);
  });

  test('good and bad names in one request, each with its own answer in its own place', async () => {
    const { topics } = await ask(9, { topics: named('good-1', 'b a d', 'one', 'good-2', 'good-1') });
    expect(topics.map(({ name, errorCode }) => [name, errorName(errorCode)])).toEqual([
      ['good-1', 'NONE'],
      ['b a d', 'INVALID_TOPIC_EXCEPTION'],
      ['one', 'NONE'],
      ['good-2', 'NONE'],
      ['good-1', 'NONE'],
    ]);
  });

  test('twenty clients that ask at once for one topic get one topic', async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => world.client()));
    const answers = await Promise.all(
      clients.map((each) => each.call(Metadata, { topics: named('popular') })),
    );
    expect(new Set(answers.map(({ topics }) => topics[0]!.topicId)).size).toBe(1);
    expect(answers.every(({ topics }) => topics[0]!.errorCode === ErrorCode.NONE)).toBe(true);
    for (const each of clients) each.close();
  });

  test('the broker’s own topics: __consumer_offsets is made and marked internal, the reserved names are not made', async () => {
    const own = await World.start();
    const rpc = await own.client();
    const { topics } = await rpc.call(Metadata, {
      topics: named('__consumer_offsets', '__transaction_state'),
    });
    expect(topics.map(({ name, errorCode, isInternal }) => [name, errorName(errorCode), isInternal])).toEqual(
      [
        ['__consumer_offsets', 'NONE', true],
        ['__transaction_state', 'UNKNOWN_TOPIC_OR_PARTITION', false],
      ],
    );
    await own.stop();
  });
});

describe('addresses', () => {
  test('advertised.listeners is what everybody is told', async () => {
    const own = await World.start({
      settings: { 'advertised.listeners': 'PLAINTEXT://kafka.example:19092' },
    });
    const rpc = await own.client();
    expect((await rpc.call(Metadata, { topics: [] })).brokers).toMatchObject([
      { host: 'kafka.example', port: 19092 },
    ]);
    expect(
      (await rpc.call(DescribeCluster, { includeClusterAuthorizedOperations: false })).brokers,
    ).toMatchObject([{ host: 'kafka.example', port: 19092 }]);
    const { coordinators } = await rpc.call(FindCoordinator, { coordinatorKeys: ['g'] });
    expect(coordinators).toMatchObject([{ host: 'kafka.example', port: 19092 }]);
    await own.stop();
  });

  test('else each client is told the address it connected to', async () => {
    const own = await World.start({ settings: { listeners: 'PLAINTEXT://0.0.0.0:9092' } });
    const rpc = await own.clientAt('127.0.0.7');
    expect((await rpc.call(Metadata, { topics: [] })).brokers).toMatchObject([
      { host: '127.0.0.7', port: 9092 },
    ]);
    await own.stop();
  });
});

describe('what a client may do (KIP-430)', () => {
  test('is told when asked, and not otherwise', async () => {
    const { topics } = await ask(8, { topics: named('one'), includeTopicAuthorizedOperations: true });
    // Read, write, create, delete, alter, describe, describe and alter configs.
    expect(topics[0]!.topicAuthorizedOperations).toBe(0b1101_1111_1000);
    const cluster = await ask(8, { includeClusterAuthorizedOperations: true });
    expect(cluster.clusterAuthorizedOperations).toBeGreaterThan(0);
    expect((await ask(8, {})).clusterAuthorizedOperations).toBe(NOT_ASKED);
  });
});

describe('DescribeCluster', () => {
  test.each([0, 1, 2])('version %i', async (version) => {
    const answer = await client.call(
      DescribeCluster,
      { includeClusterAuthorizedOperations: true },
      { version },
    );
    expect(answer).toMatchObject({
      errorCode: ErrorCode.NONE,
      endpointType: 1,
      clusterId: world.broker.clusterId,
      controllerId: 1,
      brokers: [{ brokerId: 1, host: '127.0.0.1', port: 9092, rack: null }],
    });
    expect(answer.clusterAuthorizedOperations).toBeGreaterThan(0);
  });

  test('controllers have no endpoints here', async () => {
    const answer = await client.call(DescribeCluster, {
      includeClusterAuthorizedOperations: false,
      endpointType: 2,
    });
    expect(answer).toMatchObject({ errorCode: ErrorCode.MISMATCHED_ENDPOINT_TYPE, brokers: [] });
    expect(answer.errorMessage).not.toBe(null);
  });
});
