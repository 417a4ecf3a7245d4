/** AlterConfigs, IncrementalAlterConfigs, DescribeConfigs and ListConfigResources over the wire: codes, values, sources, and that changes act. */
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { BROKER_SETTINGS } from '../../../src/broker/settings/broker-settings.js';
import { TOPIC_SETTINGS } from '../../../src/broker/settings/topic-settings.js';
import { codecOf } from '../../../src/records/batch.js';
import { recordsIn } from '../../../src/records/iterate.js';
import type { RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { errorName } from '../../../src/wire/errors.js';
import { AlterConfigs } from '../../../src/wire/messages/alter-configs.js';
import { DescribeConfigs } from '../../../src/wire/messages/describe-configs.js';
import { FindCoordinator } from '../../../src/wire/messages/find-coordinator.js';
import { IncrementalAlterConfigs } from '../../../src/wire/messages/incremental-alter-configs.js';
import { JoinGroup } from '../../../src/wire/messages/join-group.js';
import { ListConfigResources } from '../../../src/wire/messages/list-config-resources.js';
import { Metadata } from '../../../src/wire/messages/metadata.js';
import { createTopic, fetch, produce } from './parts/asks.js';
import { batch, compression } from './parts/batches.js';
import { settled, World, type WorldOptions } from './parts/world.js';

const seed = Number(process.env['SEED'] ?? Date.now());
const [TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP] = [2, 4, 8, 16, 32] as const;
const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3] as const;

let world: World;
afterEach(() => world.stop());

async function start(options: WorldOptions = {}): Promise<RpcConnection> {
  world = await World.start(options);
  const client = await world.client();
  await createTopic(client, 't');
  return client;
}

type Op = readonly [name: string, operation: number, value: string | null];
interface Resource {
  readonly type: number;
  readonly name: string;
  readonly ops: readonly Op[];
}

async function alter(
  client: RpcConnection,
  resources: readonly Resource[],
  validateOnly = false,
): Promise<string[]> {
  const { responses } = await client.call(IncrementalAlterConfigs, {
    resources: resources.map(({ type, name, ops }) => ({
      resourceType: type,
      resourceName: name,
      configs: ops.map(([setting, configOperation, value]) => ({ name: setting, configOperation, value })),
    })),
    validateOnly,
  });
  expect(responses.map(({ resourceType, resourceName }) => [resourceType, resourceName])).toEqual(
    resources.map(({ type, name }) => [type, name]),
  );
  return responses.map(({ errorCode, errorMessage }) =>
    `${errorName(errorCode)} ${errorMessage ?? ''}`.trim(),
  );
}

const one = async (client: RpcConnection, type: number, name: string, ...ops: Op[]): Promise<string> =>
  (await alter(client, [{ type, name, ops }]))[0]!;

async function replace(
  client: RpcConnection,
  type: number,
  name: string,
  configs: Readonly<Record<string, string | null>>,
  validateOnly = false,
): Promise<string> {
  const { responses } = await client.call(AlterConfigs, {
    resources: [
      {
        resourceType: type,
        resourceName: name,
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      },
    ],
    validateOnly,
  });
  const [{ errorCode, errorMessage } = { errorCode: -1, errorMessage: null }] = responses;
  return `${errorName(errorCode)} ${errorMessage ?? ''}`.trim();
}

async function describeOne(client: RpcConnection, type: number, name: string, keys: string[] | null = null) {
  const { results } = await client.call(DescribeConfigs, {
    resources: [{ resourceType: type, resourceName: name, configurationKeys: keys }],
    includeSynonyms: true,
    includeDocumentation: true,
  });
  return results[0]!;
}

/** `value@source` of one setting, and its synonyms from the one that counts down. */
async function valueOf(client: RpcConnection, type: number, name: string, setting: string) {
  const { configs } = await describeOne(client, type, name, [setting]);
  const [config] = configs;
  return {
    value: `${config?.value}@${config?.configSource}`,
    synonyms: config?.synonyms.map((synonym) => `${synonym.name}=${synonym.value}@${synonym.source}`),
  };
}

describe('what is refused, with Kafka’s codes', () => {
  const table: readonly [label: string, resource: Resource, answer: RegExp | string][] = [
    [
      'a topic that is not there',
      { type: TOPIC, name: 'absent', ops: [['retention.ms', SET, '1']] },
      /^UNKNOWN_TOPIC_OR_PARTITION/,
    ],
    [
      'a name that no topic has',
      { type: TOPIC, name: 'a/b', ops: [['retention.ms', SET, '1']] },
      /^INVALID_TOPIC_EXCEPTION/,
    ],
    [
      'no topic name',
      { type: TOPIC, name: '', ops: [['retention.ms', SET, '1']] },
      /^INVALID_REQUEST Default topic/,
    ],
    [
      'a setting that does not exist',
      { type: TOPIC, name: 't', ops: [['retention.mss', SET, '1']] },
      /^INVALID_CONFIG .*Did you mean retention.ms\?/,
    ],
    [
      'a wrong setting before a missing topic',
      { type: TOPIC, name: 'absent', ops: [['nope', SET, '1']] },
      /^INVALID_CONFIG/,
    ],
    [
      'a setting of Kafka that we lack',
      { type: TOPIC, name: 't', ops: [['delete.retention.ms', SET, '1']] },
      /^INVALID_CONFIG Millrace does not have .*compaction/,
    ],
    [
      'a broker’s setting on a topic',
      { type: TOPIC, name: 't', ops: [['log.retention.ms', SET, '1']] },
      /^INVALID_CONFIG .*Topics call it retention.ms/,
    ],
    [
      'a value of another type',
      { type: TOPIC, name: 't', ops: [['retention.ms', SET, 'long']] },
      /^INVALID_CONFIG Invalid value long/,
    ],
    [
      'a value out of bounds',
      { type: TOPIC, name: 't', ops: [['min.insync.replicas', SET, '0']] },
      /^INVALID_CONFIG/,
    ],
    [
      'one setting twice',
      {
        type: TOPIC,
        name: 't',
        ops: [
          ['retention.ms', SET, '1'],
          ['retention.ms', DELETE, null],
        ],
      },
      /^INVALID_REQUEST .*more than once/,
    ],
    [
      'nothing as a value',
      { type: TOPIC, name: 't', ops: [['retention.ms', SET, null]] },
      /^INVALID_REQUEST Null value/,
    ],
    [
      'nothing to append',
      { type: TOPIC, name: 't', ops: [['cleanup.policy', APPEND, null]] },
      /^INVALID_REQUEST Null value/,
    ],
    [
      'appending to what is no list',
      { type: TOPIC, name: 't', ops: [['retention.ms', APPEND, '1']] },
      /^INVALID_CONFIG Can't APPEND/,
    ],
    [
      'subtracting from what does not exist',
      { type: TOPIC, name: 't', ops: [['nope', SUBTRACT, '1']] },
      /^INVALID_CONFIG Can't SUBTRACT/,
    ],
    [
      'appending what the list may not hold',
      { type: TOPIC, name: 't', ops: [['cleanup.policy', APPEND, 'shred']] },
      /^INVALID_CONFIG/,
    ],
    [
      'an operation that does not exist',
      { type: TOPIC, name: 't', ops: [['retention.ms', 9, '1']] },
      /^INVALID_REQUEST .*no operation 9/,
    ],
    [
      'a broker that is another',
      { type: BROKER, name: '7', ops: [['log.retention.ms', SET, '1']] },
      /^INVALID_REQUEST Unexpected broker id, expected 1/,
    ],
    [
      'a broker that is no number',
      { type: BROKER, name: 'one', ops: [['log.retention.ms', SET, '1']] },
      /^INVALID_REQUEST .*integer/,
    ],
    [
      'a setting that is read at a start',
      { type: BROKER, name: '1', ops: [['listeners', SET, 'PLAINTEXT://:1']] },
      /^INVALID_REQUEST Cannot update these configs dynamically: listeners/,
    ],
    [
      'a broker’s value of another type',
      { type: BROKER, name: '', ops: [['log.retention.ms', SET, 'x']] },
      /^INVALID_REQUEST Invalid value x/,
    ],
    [
      'a broker’s setting that does not exist',
      { type: BROKER, name: '', ops: [['log.retention.mss', SET, '1']] },
      /^INVALID_CONFIG .*Did you mean log.retention.ms/,
    ],
    [
      'a broker’s setting that we lack',
      { type: BROKER, name: '', ops: [['num.io.threads', SET, '9']] },
      /^INVALID_CONFIG Millrace does not have Kafka's setting num.io.threads/,
    ],
    [
      'bounds that contradict each other',
      { type: BROKER, name: '1', ops: [['group.max.session.timeout.ms', SET, '10']] },
      /^INVALID_REQUEST .*must not be above/,
    ],
    [
      'keeping nothing at all',
      { type: BROKER, name: '', ops: [['log.retention.ms', SET, '0']] },
      /^INVALID_REQUEST log.retention.ms must be/,
    ],
    [
      'a logger',
      { type: BROKER_LOGGER, name: '1', ops: [['root', SET, 'DEBUG']] },
      /^INVALID_CONFIG Logger root does not exist/,
    ],
    [
      'a list of levels',
      { type: BROKER_LOGGER, name: '1', ops: [['root', APPEND, 'DEBUG']] },
      /^INVALID_REQUEST/,
    ],
    [
      'loggers of all brokers',
      { type: BROKER_LOGGER, name: '', ops: [['root', SET, 'DEBUG']] },
      /^INVALID_REQUEST/,
    ],
    [
      'a group',
      { type: GROUP, name: 'g', ops: [['consumer.session.timeout.ms', SET, '1']] },
      /^INVALID_REQUEST Unknown resource type 32/,
    ],
    [
      'a client’s metrics',
      { type: CLIENT_METRICS, name: 'm', ops: [['interval.ms', SET, '1']] },
      /^INVALID_REQUEST/,
    ],
    [
      'a type that does not exist',
      { type: 99, name: 'x', ops: [] },
      /^INVALID_REQUEST Unknown resource type 99/,
    ],
    ['nothing at all to change', { type: TOPIC, name: 't', ops: [] }, 'NONE'],
    [
      'taking back what is not set',
      { type: TOPIC, name: 't', ops: [['retention.ms', DELETE, null]] },
      'NONE',
    ],
    ['taking back what does not exist', { type: TOPIC, name: 't', ops: [['nope', DELETE, null]] }, 'NONE'],
    [
      'taking back what a broker cannot change',
      { type: BROKER, name: '1', ops: [['listeners', DELETE, null]] },
      'NONE',
    ],
  ];

  test('the table', async () => {
    const client = await start();
    for (const [label, resource, expected] of table) {
      const [answer] = await alter(client, [resource]);
      if (typeof expected === 'string') expect(answer, label).toBe(expected);
      else expect(answer, label).toMatch(expected);
    }
    expect(world.broker.image.topicConfigs('t').size).toBe(0);
    expect(world.broker.image.brokerConfigs.size).toBe(0);
  });

  test('one resource twice: both are refused, the others go on', async () => {
    const client = await start();
    const change = (name: string): Resource => ({ type: TOPIC, name, ops: [['retention.ms', SET, '5']] });
    await createTopic(client, 'u');
    const answers = await alter(client, [change('t'), change('u'), change('t')]);
    expect(answers).toEqual([
      'INVALID_REQUEST Each resource must appear at most once.',
      'NONE',
      'INVALID_REQUEST Each resource must appear at most once.',
    ]);
    expect(world.broker.image.topicConfigs('t').size).toBe(0);
    expect([...world.broker.image.topicConfigs('u')]).toEqual([['retention.ms', '5']]);
  });

  test('a topic and a broker of one name are two resources', async () => {
    const client = await start();
    await createTopic(client, '1');
    const answers = await alter(client, [
      { type: TOPIC, name: '1', ops: [['retention.ms', SET, '5']] },
      { type: BROKER, name: '1', ops: [['log.retention.ms', SET, '6']] },
    ]);
    expect(answers).toEqual(['NONE', 'NONE']);
  });

  test('a change is whole or nothing', async () => {
    const client = await start();
    const answer = await one(client, TOPIC, 't', ['retention.ms', SET, '5'], ['segment.bytes', SET, 'x']);
    expect(answer).toMatch(/^INVALID_CONFIG/);
    expect(world.broker.image.topicConfigs('t').size).toBe(0);
  });

  test('AlterConfigs: null, duplicates and loggers', async () => {
    const client = await start();
    expect(await replace(client, TOPIC, 't', { 'retention.ms': null })).toMatch(/^INVALID_REQUEST Null/);
    expect(await replace(client, BROKER_LOGGER, '1', {})).toBe('INVALID_REQUEST Unknown resource type 8');
    expect(await replace(client, TOPIC, 't', { 'retention.ms': 'x' })).toMatch(/^INVALID_CONFIG/);
  });

  test('CreateTopics refuses the same', async () => {
    const client = await start();
    await expect(createTopic(client, 'x', { configs: { 'flush.messages': '1' } })).rejects.toThrow(
      /INVALID_CONFIG: Millrace does not have Kafka's topic setting flush.messages/,
    );
  });

  test('internal topics may be configured', async () => {
    const client = await start();
    await world.broker.topics.createInternal([
      {
        name: '__consumer_offsets',
        partitionCount: 1,
        replicationFactor: 1,
        assignments: [],
        configs: new Map(),
      },
    ]);
    expect(await one(client, TOPIC, '__consumer_offsets', ['segment.bytes', SET, '1048576'])).toBe('NONE');
  });
});

describe('lists', () => {
  test('append and subtract begin with the default, keep the order, and know what is there', async () => {
    const client = await start();
    const now = async () => (await valueOf(client, TOPIC, 't', 'cleanup.policy')).value;
    expect(await one(client, TOPIC, 't', ['cleanup.policy', APPEND, 'compact'])).toBe('NONE');
    expect(await now()).toBe('delete,compact@1');
    await one(client, TOPIC, 't', ['cleanup.policy', APPEND, 'delete,compact']);
    expect(await now()).toBe('delete,compact@1');
    await one(client, TOPIC, 't', ['cleanup.policy', SUBTRACT, 'delete']);
    expect(await now()).toBe('compact@1');
    await one(client, TOPIC, 't', ['cleanup.policy', DELETE, null]);
    expect(await now()).toBe('delete@5');
  });

  test('of two that append at once both are heeded', async () => {
    const client = await start();
    await one(client, TOPIC, 't', ['cleanup.policy', SET, '']);
    const other = await world.client();
    await Promise.all([
      one(client, TOPIC, 't', ['cleanup.policy', APPEND, 'compact']),
      one(other, TOPIC, 't', ['cleanup.policy', APPEND, 'delete']),
    ]);
    expect(world.broker.image.topicConfigs('t').get('cleanup.policy')!.split(',').sort()).toEqual([
      'compact',
      'delete',
    ]);
  });
});

describe('where a value comes from', () => {
  test('topic, this broker, all brokers, file, default: the first that is there', async () => {
    const client = await start({ settings: { 'log.retention.ms': '4000' } });
    const seen = async () => [
      await valueOf(client, TOPIC, 't', 'retention.ms'),
      await valueOf(client, BROKER, '1', 'log.retention.ms'),
    ];
    const below = ['log.retention.ms=4000@4', 'log.retention.ms=604800000@5'];
    expect(await seen()).toEqual([
      { value: '4000@4', synonyms: below },
      { value: '4000@4', synonyms: below },
    ]);
    await one(client, BROKER, '', ['log.retention.ms', SET, '3000']);
    const withAll = ['log.retention.ms=3000@3', ...below];
    expect(await seen()).toEqual([
      { value: '3000@3', synonyms: withAll },
      { value: '3000@3', synonyms: withAll },
    ]);
    await one(client, BROKER, '1', ['log.retention.ms', SET, '2000']);
    const withMine = ['log.retention.ms=2000@2', ...withAll];
    expect(await seen()).toEqual([
      { value: '2000@2', synonyms: withMine },
      { value: '2000@2', synonyms: withMine },
    ]);
    await one(client, TOPIC, 't', ['retention.ms', SET, '1000']);
    expect((await seen())[0]).toEqual({ value: '1000@1', synonyms: ['retention.ms=1000@1', ...withMine] });

    expect((await describeOne(client, BROKER, '')).configs).toMatchObject([
      {
        name: 'log.retention.ms',
        value: '3000',
        configSource: 3,
        readOnly: false,
        synonyms: [{ name: 'log.retention.ms', value: '3000', source: 3 }],
      },
    ]);

    for (const [type, name, setting] of [
      [TOPIC, 't', 'retention.ms'],
      [BROKER, '1', 'log.retention.ms'],
      [BROKER, '', 'log.retention.ms'],
    ] as const)
      await one(client, type, name, [setting, DELETE, null]);
    expect(await seen()).toEqual([
      { value: '4000@4', synonyms: below },
      { value: '4000@4', synonyms: below },
    ]);
    expect(world.broker.image.brokerConfigs.size).toBe(0);
  });

  test('every setting is described, with type, bounds of change and a sentence', async () => {
    const client = await start();
    const broker = await describeOne(client, BROKER, '1');
    expect(broker.configs.map(({ name }) => name)).toEqual(BROKER_SETTINGS.map(({ name }) => name));
    const readOnly = new Map(broker.configs.map((config) => [config.name, config.readOnly]));
    expect(readOnly.get('listeners')).toBe(true);
    expect(readOnly.get('log.segment.bytes')).toBe(false);
    for (const { documentation } of broker.configs) expect(documentation).toMatch(/\.$/);
    const topic = await describeOne(client, TOPIC, 't');
    expect(topic.configs.map(({ name }) => name)).toEqual(TOPIC_SETTINGS.map(({ topic: { name } }) => name));
    expect(topic.configs.every((config) => !config.readOnly)).toBe(true);
  });

  test.each([
    ['null: all', null, TOPIC_SETTINGS.length],
    ['none: all', [], TOPIC_SETTINGS.length],
    ['unknown ones are left out', ['nope', 'retention.ms'], 1],
  ] as const)('keys: %s', async (_label, keys, count) => {
    const client = await start();
    expect((await describeOne(client, TOPIC, 't', keys && [...keys])).configs).toHaveLength(count);
  });

  const refusals: readonly [type: number, name: string, error: string][] = [
    [TOPIC, 'absent', 'UNKNOWN_TOPIC_OR_PARTITION'],
    [TOPIC, '', 'INVALID_TOPIC_EXCEPTION'],
    [BROKER, '2', 'INVALID_REQUEST'],
    [BROKER, 'x', 'INVALID_REQUEST'],
    [BROKER_LOGGER, '', 'INVALID_REQUEST'],
    [BROKER_LOGGER, '1', 'NONE'],
    [GROUP, 'g', 'INVALID_REQUEST'],
    [99, 'g', 'INVALID_REQUEST'],
  ];
  test.each(refusals)('DescribeConfigs of %i %j: %s', async (type, name, error) => {
    const client = await start();
    expect(errorName((await describeOne(client, type, name)).errorCode)).toBe(error);
  });
});

test('ListConfigResources', async () => {
  const client = await start();
  const list = async (resourceTypes: number[], version: number) => {
    const answer = await client.call(ListConfigResources, { resourceTypes }, { version });
    return {
      error: errorName(answer.errorCode),
      resources: answer.configResources.map(
        ({ resourceType, resourceName }) => `${resourceType} ${resourceName}`,
      ),
    };
  };
  expect(await list([], 1)).toEqual({ error: 'NONE', resources: ['2 t', '4 1', '8 1'] });
  expect(await list([TOPIC], 1)).toEqual({ error: 'NONE', resources: ['2 t'] });
  expect(await list([GROUP, CLIENT_METRICS], 1)).toEqual({ error: 'NONE', resources: [] });
  expect(await list([TOPIC, 99], 1)).toEqual({ error: 'UNSUPPORTED_VERSION', resources: [] });
  expect(await list([], 0)).toEqual({ error: 'NONE', resources: [] });
});

describe('changes act without a restart', () => {
  const recordsOf = (text: string): Buffer => batch([text]);

  test('max.message.bytes of a running topic, and the broker’s default for it', async () => {
    const client = await start();
    await createTopic(client, 'u');
    const size = async (topic: string) =>
      errorName((await produce(client, topic, recordsOf('x'.repeat(2000)))).errorCode);
    expect(await size('t')).toBe('NONE');
    await one(client, TOPIC, 't', ['max.message.bytes', SET, '1000']);
    expect([await size('t'), await size('u')]).toEqual(['MESSAGE_TOO_LARGE', 'NONE']);
    await one(client, BROKER, '', ['message.max.bytes', SET, '900']);
    expect([await size('t'), await size('u')]).toEqual(['MESSAGE_TOO_LARGE', 'MESSAGE_TOO_LARGE']);
    await one(client, TOPIC, 't', ['max.message.bytes', SET, '10000']);
    expect([await size('t'), await size('u')]).toEqual(['NONE', 'MESSAGE_TOO_LARGE']);
    await one(client, BROKER, '', ['message.max.bytes', DELETE, null]);
    expect(await size('u')).toBe('NONE');
  });

  test('segment.bytes rolls at the next append', async () => {
    const client = await start();
    const log = () => world.broker.partitions.get('t', 0)!.log;
    for (let at = 0; at < 3; at++) await produce(client, 't', recordsOf('x'.repeat(500)));
    expect(log().segmentCount).toBe(1);
    await one(client, BROKER, '1', ['log.segment.bytes', SET, '600']);
    await produce(client, 't', recordsOf('x'.repeat(500)));
    expect(log().segmentCount).toBe(2);
  });

  test('retention and how often it is looked at', async () => {
    const client = await start({ settings: { 'log.retention.check.interval.ms': '100000000' } });
    await produce(client, 't', recordsOf('old'));
    await one(client, TOPIC, 't', ['retention.ms', SET, '1']);
    world.clock.advance(600);
    await settled();
    const start0 = () => world.broker.partitions.get('t', 0)!.log.startOffset;
    expect(start0()).toBe(0);
    await one(client, BROKER, '', ['log.retention.check.interval.ms', SET, '1']);
    for (let at = 0; at < 4; at++) {
      world.clock.advance(600);
      await settled();
    }
    expect(start0()).toBe(1);
  });

  test('message.timestamp.type', async () => {
    const client = await start();
    expect((await produce(client, 't', recordsOf('a'))).logAppendTimeMs).toBe(-1);
    await one(client, TOPIC, 't', ['message.timestamp.type', SET, 'LogAppendTime']);
    expect((await produce(client, 't', recordsOf('a'))).logAppendTimeMs).toBe(world.clock.now());
  });

  test('compression.type: what comes otherwise is made anew, and reads back as itself', async () => {
    const client = await start();
    await one(client, TOPIC, 't', ['compression.type', SET, 'zstd']);
    expect(errorName((await produce(client, 't', recordsOf('hello '.repeat(100)))).errorCode)).toBe('NONE');
    const { records } = await fetch(client, 't', 0);
    expect(codecOf(records as Buffer, 0)).toBe(4);
    const [record] = recordsIn(records as Buffer, 0, compression, 1 << 20);
    expect(record!.value!.toString()).toBe('hello '.repeat(100));
    await one(client, TOPIC, 't', ['compression.type', SET, 'producer']);
    await produce(client, 't', recordsOf('plain'));
    expect(codecOf((await fetch(client, 't', 1)).records as Buffer, 0)).toBe(0);
  });

  test('a compressing topic is one after a restart, too', async () => {
    let client = await start();
    await one(client, BROKER, '', ['compression.type', SET, 'gzip']);
    await world.restart();
    client = await world.client();
    await produce(client, 't', recordsOf('x'.repeat(100)));
    expect(codecOf((await fetch(client, 't', 0)).records as Buffer, 0)).toBe(1);
  });

  test('max.connections', async () => {
    const client = await start();
    await one(client, BROKER, '1', ['max.connections', SET, '1']);
    await expect(world.client()).rejects.toThrow();
    await one(client, BROKER, '1', ['max.connections', DELETE, null]);
    await world.client();
  });

  test('limits of groups, for groups that are there already', async () => {
    const client = await start();
    const join = async (memberId: string) => {
      const answer = await client.call(JoinGroup, {
        groupId: 'g',
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 10_000,
        memberId,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: Buffer.from('m') }],
      });
      return { error: errorName(answer.errorCode), memberId: answer.memberId };
    };
    await client.call(FindCoordinator, { coordinatorKeys: ['g'] });
    const { memberId } = await join('');
    expect((await join(memberId)).error).toBe('NONE');
    await one(client, BROKER, '', ['group.max.session.timeout.ms', SET, '9999']);
    expect((await join(memberId)).error).toBe('INVALID_SESSION_TIMEOUT');
    await one(client, BROKER, '1', ['group.max.session.timeout.ms', SET, '10000']);
    expect((await join(memberId)).error).toBe('NONE');
  });

  test('auto.create.topics.enable', async () => {
    const client = await start();
    const ask = async (name: string) => {
      const { topics } = await client.call(Metadata, { topics: [{ name }], allowAutoTopicCreation: true });
      return errorName(topics[0]!.errorCode);
    };
    await one(client, BROKER, '1', ['auto.create.topics.enable', SET, 'false']);
    expect(await ask('made')).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    await one(client, BROKER, '1', ['auto.create.topics.enable', SET, 'true']);
    expect(await ask('made')).not.toBe('UNKNOWN_TOPIC_OR_PARTITION');
  });

  test('num.partitions', async () => {
    const client = await start();
    await one(client, BROKER, '', ['num.partitions', SET, '3']);
    await createTopic(client, 'many', { partitions: -1 });
    expect(world.broker.image.topic('many')!.partitions).toHaveLength(3);
  });
});

test('validateOnly judges and changes nothing', async () => {
  const client = await start();
  const change = (value: string): Resource[] => [
    { type: TOPIC, name: 't', ops: [['retention.ms', SET, value]] },
    { type: BROKER, name: '', ops: [['log.retention.ms', SET, value]] },
  ];
  expect(await alter(client, change('5'), true)).toEqual(['NONE', 'NONE']);
  expect((await alter(client, change('x'), true)).map((answer) => answer.split(' ')[0])).toEqual([
    'INVALID_CONFIG',
    'INVALID_REQUEST',
  ]);
  expect(await replace(client, TOPIC, 't', { 'retention.ms': '1' }, true)).toBe('NONE');
  expect(world.broker.image.topicConfigs('t').size).toBe(0);
  expect(world.broker.image.brokerConfigs.size).toBe(0);
});

test('AlterConfigs takes back what it does not name', async () => {
  const client = await start();
  await one(client, TOPIC, 't', ['retention.ms', SET, '5'], ['segment.bytes', SET, '1048576']);
  expect(await replace(client, TOPIC, 't', { 'retention.ms': '6' })).toBe('NONE');
  expect([...world.broker.image.topicConfigs('t')]).toEqual([['retention.ms', '6']]);
  await one(client, BROKER, '', ['log.retention.ms', SET, '5']);
  expect(await replace(client, BROKER, '', {})).toBe('NONE');
  expect(world.broker.image.brokerConfigs.size).toBe(0);
});

test(`any changes: what is stored, described and kept over a restart is what a model says (SEED=${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(changeArbitrary, { minLength: 1, maxLength: 12 }), async (changes) => {
      let client = await start();
      const model = new Map<string, Map<string, string>>();
      for (const change of changes) {
        const key = `${change.type} ${change.name}`;
        const expected = applied(model.get(key) ?? new Map(), change);
        const answer =
          change.kind === 'replace'
            ? await replace(client, change.type, change.name, Object.fromEntries(change.set))
            : await one(client, change.type, change.name, ...change.ops);
        expect(answer.split(' ')[0]).toBe(expected === null ? 'INVALID_CONFIG' : 'NONE');
        if (expected !== null) model.set(key, expected);
      }
      const check = async (): Promise<void> => {
        for (const [type, name] of RESOURCES) {
          const should = inOrder([...(model.get(`${type} ${name}`) ?? [])]);
          const { image } = world.broker;
          expect([...(type === TOPIC ? image.topicConfigs(name) : image.brokerConfigsOf(name))]).toEqual(
            should,
          );
          const source = type === TOPIC ? 1 : name === '' ? 3 : 2;
          const { configs } = await describeOne(client, type, name);
          const described = configs
            .flatMap(({ synonyms }) => synonyms)
            .filter((synonym) => synonym.source === source)
            .map(({ name: setting, value }) => [setting, value!] as const);
          expect(inOrder(described)).toEqual(should);
        }
      };
      await check();
      await world.restart();
      client = await world.client();
      await check();
      await world.stop();
    }),
    { seed, numRuns: 25 },
  );
  world = await World.start();
});

/** By name. */
function inOrder(entries: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}

const RESOURCES = [
  [TOPIC, 't'],
  [BROKER, '1'],
  [BROKER, ''],
] as const;

type Change =
  | { kind: 'replace'; type: number; name: string; set: [string, string][] }
  | { kind: 'edit'; type: number; name: string; ops: Op[] };

/** Settings of topics and their names on brokers: a number, and a list. */
const NAMES = {
  [TOPIC]: { number: ['retention.ms', 'segment.ms'], list: 'cleanup.policy' },
  [BROKER]: { number: ['log.retention.ms', 'log.roll.ms'], list: 'log.cleanup.policy' },
} as const;

const policy = fc.constantFrom('delete', 'compact', 'compact,delete');
const changeArbitrary: fc.Arbitrary<Change> = fc.constantFrom(...RESOURCES).chain(([type, name]) => {
  const { number, list } = NAMES[type];
  const setNumber = fc.tuple(
    fc.constantFrom(...number),
    fc.nat({ max: 9 }).map((value) => String(value + 1)),
  );
  const setList = fc.tuple(fc.constant(list as string), policy);
  const settings = fc.uniqueArray(fc.oneof(setNumber, setList), {
    selector: ([setting]) => setting,
    maxLength: 3,
  });
  const operation = fc.oneof(
    setNumber.map(([setting, value]): Op => [setting, SET, value]),
    fc.constantFrom(...number, list).map((setting): Op => [setting, DELETE, null]),
    setList.map(([setting, value]): Op => [setting, SET, value]),
    setList.map(([setting, value]): Op => [setting, APPEND, value]),
    setList.map(([setting, value]): Op => [setting, SUBTRACT, value]),
    // Refused, and the whole change with it.
    fc.constant<Op>([number[0], APPEND, '1']),
  );
  const ops = fc.uniqueArray(operation, { selector: ([setting]) => setting, minLength: 1, maxLength: 3 });
  return fc.oneof(
    settings.map((set): Change => ({ kind: 'replace', type, name, set: set as [string, string][] })),
    ops.map((each): Change => ({ kind: 'edit', type, name, ops: each })),
  );
});

/** What is set afterwards; null: refused. */
function applied(before: ReadonlyMap<string, string>, change: Change): Map<string, string> | null {
  if (change.kind === 'replace') return new Map(change.set);
  const after = new Map(before);
  for (const [name, operation, value] of change.ops) {
    const isList = name.endsWith('cleanup.policy');
    if (operation >= APPEND && !isList) return null;
    const list = (after.get(name) ?? 'delete').split(',').filter((each) => each !== '');
    const given = value?.split(',') ?? [];
    if (operation === SET) after.set(name, value!);
    else if (operation === DELETE) after.delete(name);
    else if (operation === APPEND)
      after.set(name, [...list, ...given.filter((each) => !list.includes(each))].join(','));
    else after.set(name, list.filter((each) => !given.includes(each)).join(','));
  }
  return after;
}
