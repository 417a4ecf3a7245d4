/** CreateTopics, DeleteTopics, CreatePartitions and DescribeConfigs over the wire, with every kind of wrong argument. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NO_UUID } from '../../../src/base/ids.js';
import { BROKER_SETTINGS } from '../../../src/broker/settings/broker-settings.js';
import { TOPIC_SETTINGS } from '../../../src/broker/settings/topic-settings.js';
import type { RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { ErrorCode, errorName } from '../../../src/wire/errors.js';
import { CreatePartitions } from '../../../src/wire/messages/create-partitions.js';
import { CreateTopics, type CreateTopicsRequest } from '../../../src/wire/messages/create-topics.js';
import { DeleteTopics } from '../../../src/wire/messages/delete-topics.js';
import { DescribeConfigs } from '../../../src/wire/messages/describe-configs.js';
import { FindCoordinator } from '../../../src/wire/messages/find-coordinator.js';
import { createTopic, fetch, produce } from './parts/asks.js';
import { batch } from './parts/batches.js';
import { World } from './parts/world.js';

const ALL_CREATE_VERSIONS = [2, 3, 4, 5, 6, 7];

let world: World;
let client: RpcConnection;
beforeAll(async () => {
  world = await World.start({ settings: { 'num.partitions': '4', 'log.retention.ms': '1111' } });
  client = await world.client();
  await createTopic(client, 'there', { partitions: 2 });
  await client.call(FindCoordinator, { coordinatorKeys: ['g'] });
});
afterAll(() => world.stop());

type Asked = CreateTopicsRequest['topics'][number];

function asked(name: string, more: Partial<Asked> = {}): Asked {
  return { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...more };
}

async function create(
  topics: Asked[],
  options: { readonly version?: number; readonly validateOnly?: boolean } = {},
) {
  const { version = 7, validateOnly = false } = options;
  return (await client.call(CreateTopics, { topics, validateOnly }, { version })).topics;
}

const long = 'x'.repeat(250);
const config = (name: string, value: string | null): Asked['configs'] => [{ name, value }];

describe('CreateTopics refuses', () => {
  const REFUSED: readonly (readonly [what: string, topic: Asked, code: keyof typeof ErrorCode])[] = [
    ['a name that is taken', asked('there'), 'TOPIC_ALREADY_EXISTS'],
    ['an empty name', asked(''), 'INVALID_TOPIC_EXCEPTION'],
    ['the name .', asked('.'), 'INVALID_TOPIC_EXCEPTION'],
    ['the name ..', asked('..'), 'INVALID_TOPIC_EXCEPTION'],
    ['a name with a slash', asked('a/b'), 'INVALID_TOPIC_EXCEPTION'],
    ['a name with a space', asked('a b'), 'INVALID_TOPIC_EXCEPTION'],
    ['a name with a letter outside ASCII', asked('naïve'), 'INVALID_TOPIC_EXCEPTION'],
    ['a name of 250 characters', asked(long), 'INVALID_TOPIC_EXCEPTION'],
    ['a reserved name', asked('__transaction_state'), 'INVALID_TOPIC_EXCEPTION'],
    ["the broker's own topic, which is there", asked('__consumer_offsets'), 'TOPIC_ALREADY_EXISTS'],
    ['the name of the metadata log', asked('__cluster_metadata'), 'INVALID_REQUEST'],
    ['0 partitions', asked('t', { numPartitions: 0 }), 'INVALID_PARTITIONS'],
    ['−2 partitions', asked('t', { numPartitions: -2 }), 'INVALID_PARTITIONS'],
    ['more partitions than one request may', asked('t', { numPartitions: 1_000_000 }), 'POLICY_VIOLATION'],
    ['replication factor 0', asked('t', { replicationFactor: 0 }), 'INVALID_REPLICATION_FACTOR'],
    ['replication factor −2', asked('t', { replicationFactor: -2 }), 'INVALID_REPLICATION_FACTOR'],
    ['more replicas than brokers', asked('t', { replicationFactor: 2 }), 'INVALID_REPLICATION_FACTOR'],
    ['an unknown config', asked('t', { configs: config('no.such.thing', '1') }), 'INVALID_CONFIG'],
    ['a config of the wrong type', asked('t', { configs: config('retention.ms', 'soon') }), 'INVALID_CONFIG'],
    ['a config out of bounds', asked('t', { configs: config('segment.bytes', '3') }), 'INVALID_CONFIG'],
    [
      'a config that is none of its choices',
      asked('t', { configs: config('cleanup.policy', 'shred') }),
      'INVALID_CONFIG',
    ],
    ['a config without a value', asked('t', { configs: config('retention.ms', null) }), 'INVALID_CONFIG'],
    [
      'replicas by hand and a number of partitions',
      asked('t', { assignments: [{ partitionIndex: 0, brokerIds: [1] }] }),
      'INVALID_REQUEST',
    ],
    [
      'replicas by hand on a broker that is not there',
      asked('t', {
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [{ partitionIndex: 0, brokerIds: [9] }],
      }),
      'INVALID_REPLICA_ASSIGNMENT',
    ],
    [
      'replicas by hand with a gap',
      asked('t', {
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [{ partitionIndex: 1, brokerIds: [1] }],
      }),
      'INVALID_REPLICA_ASSIGNMENT',
    ],
  ];

  test.each(REFUSED)('%s: %o → %s', async (_, topic, code) => {
    const before = [...world.broker.image.topics.keys()];
    const [answer] = await create([topic]);
    expect(errorName(answer!.errorCode)).toBe(code);
    expect(answer).toMatchObject({
      name: topic.name,
      topicId: NO_UUID,
      numPartitions: -1,
      replicationFactor: -1,
    });
    expect(answer!.errorMessage).toMatch(/.{10}/);
    expect([...world.broker.image.topics.keys()]).toEqual(before);
  });

  test.each(REFUSED)('the same when it is only to be validated: %s', async (_, topic, code) => {
    const [answer] = await create([topic], { validateOnly: true });
    expect(errorName(answer!.errorCode)).toBe(code);
  });

  test('a name given twice, once for both, and nothing is made', async () => {
    const answers = await create([asked('double'), asked('single'), asked('double')]);
    expect(answers.map(({ name, errorCode }) => [name, errorName(errorCode)])).toEqual([
      ['double', 'INVALID_REQUEST'],
      ['single', 'NONE'],
    ]);
    expect(world.broker.image.topic('double')).toBeUndefined();
  });

  test('names that differ in . and _ only', async () => {
    const answers = await create([asked('met.ric'), asked('met_ric')]);
    expect(answers.map(({ errorCode }) => errorName(errorCode))).toEqual(['NONE', 'INVALID_TOPIC_EXCEPTION']);
  });

  test('one topic of a request without failing the others', async () => {
    const answers = await create([asked('ok-1'), asked('there'), asked('ok-2'), asked('bad name')]);
    expect(answers.map(({ name, errorCode }) => [name, errorName(errorCode)])).toEqual([
      ['ok-1', 'NONE'],
      ['there', 'TOPIC_ALREADY_EXISTS'],
      ['ok-2', 'NONE'],
      ['bad name', 'INVALID_TOPIC_EXCEPTION'],
    ]);
  });
});

describe('CreateTopics makes', () => {
  test.each(ALL_CREATE_VERSIONS)(
    'version %i: a topic that takes records when the answer leaves',
    async (version) => {
      const name = `made-${version}`;
      const [answer] = await create(
        [asked(name, { numPartitions: 2, configs: config('retention.ms', '60000') })],
        {
          version,
        },
      );
      expect(answer).toMatchObject({ name, errorCode: ErrorCode.NONE });
      expect((await produce(client, name, batch(['x']), { partition: 1 })).errorCode).toBe(ErrorCode.NONE);
      // Version 5 on: the topic as it was made, with all its configs; 7: its id.
      expect([answer!.numPartitions, answer!.replicationFactor]).toEqual(version >= 5 ? [2, 1] : [-1, -1]);
      expect(answer!.topicId).toBe(version >= 7 ? world.broker.image.topic(name)!.id : NO_UUID);
      if (version >= 5) {
        expect(answer!.configs).toHaveLength(TOPIC_SETTINGS.length);
        expect(answer!.configs!.find(({ name: key }) => key === 'retention.ms')).toMatchObject({
          value: '60000',
          configSource: 1,
        });
      }
    },
  );

  test('−1 and −1: the broker’s defaults', async () => {
    const [answer] = await create([asked('defaults', { numPartitions: -1, replicationFactor: -1 })]);
    expect(answer).toMatchObject({ errorCode: ErrorCode.NONE, numPartitions: 4, replicationFactor: 1 });
  });

  test('replicas by hand', async () => {
    const assignments = [1, 0, 2].map((partitionIndex) => ({ partitionIndex, brokerIds: [1] }));
    const [answer] = await create([
      asked('by-hand', { numPartitions: -1, replicationFactor: -1, assignments }),
    ]);
    expect(answer).toMatchObject({ errorCode: ErrorCode.NONE, numPartitions: 3, replicationFactor: 1 });
  });

  test('a name of 249 characters', async () => {
    const name = 'x'.repeat(249);
    expect((await create([asked(name)]))[0]!.errorCode).toBe(ErrorCode.NONE);
    expect((await produce(client, name, batch(['x']))).errorCode).toBe(ErrorCode.NONE);
  });

  test('nothing when it is only to be validated, but says what it would', async () => {
    const [answer] = await create([asked('would-be', { numPartitions: -1 })], { validateOnly: true });
    expect(answer).toMatchObject({ errorCode: ErrorCode.NONE, numPartitions: 4 });
    expect(world.broker.image.topic('would-be')).toBeUndefined();
  });

  test('what the settings say comes into force: max.message.bytes', async () => {
    await create([asked('tiny', { configs: config('max.message.bytes', '100') })]);
    expect((await produce(client, 'tiny', batch(['x'.repeat(200)]))).errorCode).toBe(
      ErrorCode.MESSAGE_TOO_LARGE,
    );
  });
});

describe('DeleteTopics', () => {
  async function deleteThem(
    topics: readonly { readonly name?: string | null; readonly topicId?: string }[],
    version: number,
  ) {
    const request =
      version >= 6
        ? { topics: topics.map(({ name = null, topicId = NO_UUID }) => ({ name, topicId })), timeoutMs: 1000 }
        : { topicNames: topics.map(({ name }) => name!), timeoutMs: 1000 };
    const { responses } = await client.call(DeleteTopics, request, { version });
    return responses.map(({ name, errorCode }) => [name, errorName(errorCode)]);
  }

  test.each([1, 2, 3, 4, 5, 6])(
    'version %i: by name; the topic is gone when the answer leaves',
    async (version) => {
      const name = `doomed-${version}`;
      await createTopic(client, name);
      expect(await deleteThem([{ name }, { name: 'nowhere' }], version)).toEqual([
        [name, 'NONE'],
        ['nowhere', 'UNKNOWN_TOPIC_OR_PARTITION'],
      ]);
      expect((await produce(client, name, batch(['x']))).errorCode).toBe(
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      );
      await createTopic(client, name);
      expect((await fetch(client, name, 0)).highWatermark).toBe(0);
    },
  );

  test('version 6: by id', async () => {
    await createTopic(client, 'by-id');
    const { id } = world.broker.image.topic('by-id')!;
    expect(await deleteThem([{ topicId: id }], 6)).toEqual([['by-id', 'NONE']]);
    expect((await deleteThem([{ topicId: id }], 6)).map(([, code]) => code)).toEqual(['UNKNOWN_TOPIC_ID']);
  });

  test('neither name nor id, or both', async () => {
    const { id } = world.broker.image.topic('there')!;
    const codes = (await deleteThem([{}, { name: 'there', topicId: id }], 6)).map(([, code]) => code);
    expect(codes).toEqual(['INVALID_REQUEST', 'INVALID_REQUEST']);
    expect(world.broker.image.topic('there')).toBeDefined();
  });

  test('twice in one request, and the broker’s own topics: refused', async () => {
    expect(
      await deleteThem([{ name: 'there' }, { name: 'there' }, { name: '__consumer_offsets' }], 5),
    ).toEqual([
      ['there', 'INVALID_REQUEST'],
      ['__consumer_offsets', 'INVALID_TOPIC_EXCEPTION'],
    ]);
    expect(world.broker.image.topic('there')).toBeDefined();
  });

  test('twice in one request, by id or by both, is one answer, whether or not there is such a topic', async () => {
    const { id } = world.broker.image.topic('there')!;
    const nobodys = 'AAAAAAAAAAAAAAAAAAAAEQ';
    expect(await deleteThem([{ topicId: id }, { topicId: id }], 6)).toEqual([[null, 'INVALID_REQUEST']]);
    expect(await deleteThem([{ topicId: id }, { name: 'there' }], 6)).toEqual([['there', 'INVALID_REQUEST']]);
    expect(await deleteThem([{ name: 'absent' }, { name: 'absent' }], 6)).toEqual([
      ['absent', 'INVALID_REQUEST'],
    ]);
    expect(await deleteThem([{ topicId: nobodys }, { topicId: nobodys }], 6)).toEqual([
      [null, 'INVALID_REQUEST'],
    ]);
    expect(world.broker.image.topic('there')).toBeDefined();
  });
});

describe('CreatePartitions', () => {
  async function grow(
    topics: readonly { readonly name: string; readonly count: number; readonly assignments?: number[][] }[],
    options: { readonly version?: number; readonly validateOnly?: boolean } = {},
  ) {
    const { version = 3, validateOnly = false } = options;
    const { results } = await client.call(
      CreatePartitions,
      {
        topics: topics.map(({ name, count, assignments = null }) => ({
          name,
          count,
          assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null,
        })),
        timeoutMs: 1000,
        validateOnly,
      },
      { version },
    );
    return results.map(({ name, errorCode }) => [name, errorName(errorCode)]);
  }

  test.each([0, 1, 2, 3])(
    'version %i: more, and they take records; what was there stays',
    async (version) => {
      const name = `growing-${version}`;
      await createTopic(client, name);
      await produce(client, name, batch(['x']));
      expect(await grow([{ name, count: 3 }], { version })).toEqual([[name, 'NONE']]);
      expect((await produce(client, name, batch(['y']), { partition: 2 })).errorCode).toBe(ErrorCode.NONE);
      expect((await fetch(client, name, 0)).highWatermark).toBe(1);
    },
  );

  test('each wrong argument has its own answer', async () => {
    await createTopic(client, 'grows', { partitions: 2 });
    await createTopic(client, 'ungrown', { partitions: 2 });
    const answers = await grow([
      { name: 'grows', count: 3 },
      { name: 'ungrown', count: 1 },
      { name: 'nowhere', count: 3 },
      { name: 'there', count: 3, assignments: [[1], [1]] },
      { name: '__consumer_offsets', count: 99 },
      { name: 'ok-1', count: 2, assignments: [[9]] },
    ]);
    expect(answers).toEqual([
      ['grows', 'NONE'],
      ['ungrown', 'INVALID_PARTITIONS'],
      ['nowhere', 'UNKNOWN_TOPIC_OR_PARTITION'],
      ['there', 'INVALID_REPLICA_ASSIGNMENT'],
      ['__consumer_offsets', 'INVALID_TOPIC_EXCEPTION'],
      ['ok-1', 'INVALID_REPLICA_ASSIGNMENT'],
    ]);
  });

  test('the same number again, and one that is absurd', async () => {
    expect(await grow([{ name: 'there', count: 2 }])).toEqual([['there', 'INVALID_PARTITIONS']]);
    expect(await grow([{ name: 'there', count: 0x7fffffff }])).toEqual([['there', 'POLICY_VIOLATION']]);
  });

  test('a name twice', async () => {
    const twice = await grow([
      { name: 'there', count: 3 },
      { name: 'there', count: 4 },
    ]);
    expect(twice).toEqual([['there', 'INVALID_REQUEST']]);
    expect(world.broker.image.topic('there')!.partitions).toHaveLength(2);
  });

  test('only validated', async () => {
    expect(await grow([{ name: 'there', count: 5 }], { validateOnly: true })).toEqual([['there', 'NONE']]);
    expect(world.broker.image.topic('there')!.partitions).toHaveLength(2);
  });
});

describe('DescribeConfigs', () => {
  const TOPIC = 2;
  const BROKER = 4;

  interface Resource {
    readonly resourceType: number;
    readonly resourceName: string;
    readonly configurationKeys?: string[] | null;
  }
  async function describeThem(resources: readonly Resource[], version = 4, more = {}) {
    const { results } = await client.call(
      DescribeConfigs,
      { resources: resources.map((each) => ({ configurationKeys: null, ...each })), ...more },
      { version },
    );
    return results;
  }

  test.each([1, 2, 3, 4])('version %i: every setting of a topic, once, with its source', async (version) => {
    await createTopic(client, `described-${version}`, { configs: { 'segment.ms': '7777' } });
    const [result] = await describeThem(
      [{ resourceType: TOPIC, resourceName: `described-${version}` }],
      version,
      {
        includeSynonyms: true,
      },
    );
    expect(result!.errorCode).toBe(ErrorCode.NONE);
    expect(result!.configs.map(({ name }) => name).sort()).toEqual(
      TOPIC_SETTINGS.map(({ topic }) => topic.name).sort(),
    );
    const by = new Map(result!.configs.map((each) => [each.name, each]));
    expect(by.get('segment.ms')).toMatchObject({
      value: '7777',
      configSource: 1,
      readOnly: false,
      isSensitive: false,
      synonyms: [
        { name: 'segment.ms', value: '7777', source: 1 },
        { name: 'log.roll.ms', source: 5 },
      ],
    });
    expect(by.get('retention.ms')).toMatchObject({
      value: '1111',
      configSource: 4,
      synonyms: [
        { name: 'log.retention.ms', value: '1111', source: 4 },
        { name: 'log.retention.ms', value: '604800000', source: 5 },
      ],
    });
    expect(by.get('min.insync.replicas')).toMatchObject({ value: '1', configSource: 5 });
    // Types and documentation came with version 3.
    expect(by.get('segment.ms')!.configType).toBe(version >= 3 ? 5 : 0);
  });

  /** What clients' suites and UIs look for. */
  test.each([
    'cleanup.policy',
    'compression.type',
    'retention.ms',
    'retention.bytes',
    'segment.ms',
    'segment.bytes',
    'max.message.bytes',
    'message.timestamp.type',
    'min.insync.replicas',
  ])('knows %s', async (name) => {
    const [result] = await describeThem([
      { resourceType: TOPIC, resourceName: 'there', configurationKeys: [name] },
    ]);
    expect(result!.configs.map((each) => each.name)).toEqual([name]);
  });

  test('every setting of the broker, and what stands behind it', async () => {
    const [result] = await describeThem([{ resourceType: BROKER, resourceName: '1' }], 4, {
      includeSynonyms: true,
      includeDocumentation: true,
    });
    expect(result!.configs.map(({ name }) => name).sort()).toEqual(
      BROKER_SETTINGS.map(({ name }) => name).sort(),
    );
    const by = new Map(result!.configs.map((each) => [each.name, each]));
    expect(by.get('num.partitions')).toMatchObject({
      value: '4',
      configSource: 4,
      configType: 3,
      synonyms: [
        { name: 'num.partitions', value: '4', source: 4 },
        { name: 'num.partitions', value: '1', source: 5 },
      ],
    });
    expect(result!.configs.every(({ documentation }) => (documentation ?? '').length > 10)).toBe(true);
  });

  test('synonyms and documentation only where asked for; keys that nobody knows are left out', async () => {
    const [result] = await describeThem([
      { resourceType: TOPIC, resourceName: 'there', configurationKeys: ['retention.ms', 'no.such.key'] },
    ]);
    expect(result!.configs).toMatchObject([{ name: 'retention.ms', synonyms: [], documentation: null }]);
  });

  test('an empty list of keys asks for all, as null does', async () => {
    const [all] = await describeThem([{ resourceType: TOPIC, resourceName: 'there', configurationKeys: [] }]);
    expect([all!.errorCode, all!.configs.length]).toEqual([ErrorCode.NONE, TOPIC_SETTINGS.length]);
  });

  test.each([
    ['an unknown topic', TOPIC, 'nowhere', 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['an impossible name', TOPIC, 'a b', 'INVALID_TOPIC_EXCEPTION'],
    ['another broker', BROKER, '2', 'INVALID_REQUEST'],
    ['no number', BROKER, 'me', 'INVALID_REQUEST'],
    ['a resource that is none', 77, 'x', 'INVALID_REQUEST'],
    ['the broker’s own topic', TOPIC, '__consumer_offsets', 'NONE'],
    ['all brokers together', BROKER, '', 'NONE'],
  ])('%s', async (_, resourceType, resourceName, code) => {
    const [result] = await describeThem([{ resourceType, resourceName }]);
    expect(result).toMatchObject({ resourceType, resourceName });
    expect(errorName(result!.errorCode)).toBe(code);
    if (code !== 'NONE') expect(result!.errorMessage).toMatch(/.{10}/);
  });
});
