/** `millrace/testing` as its users have it: the built package by its own name, with kafkajs, in vitest. */
import { CompressionTypes, ConfigResourceTypes } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startBroker, type TestBroker } from 'millrace/testing';
import { connectTo, kafkaOf, Reader, send, withProducer } from './client.js';
import { runProgram } from './program.js';

/** What fake timers may take away: vitest's and node:test's own choice, and the microtasks that Jest takes too. */
const FAKED = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'Date',
  'performance',
  'hrtime',
  'queueMicrotask',
] as const;

let broker: TestBroker;
beforeAll(async () => {
  broker = await startBroker({
    topics: { orders: { partitions: 3 }, payments: { configs: { 'max.message.bytes': 1000 } } },
  });
});
afterEach(() => broker.reset());
afterAll(() => broker.stop());

describe('records', () => {
  test('shows what a producer wrote', async () => {
    await send(broker, 'orders', {
      key: 'ada',
      value: '{"amount":3}',
      headers: { source: 'shop' },
      partition: 1,
      timestamp: '1700000000000',
    });
    const [record] = await broker.records('orders');
    expect(record).toMatchObject({
      topic: 'orders',
      partition: 1,
      offset: 0,
      timestamp: 1_700_000_000_000,
      key: 'ada',
      value: '{"amount":3}',
      headers: { source: 'shop' },
      keyBytes: Buffer.from('ada'),
    });
    expect(record?.json()).toEqual({ amount: 3 });
  });

  test('comes by partition and offset, whatever the order of arrival', async () => {
    await send(broker, 'orders', { value: 'c', partition: 2 }, { value: 'a', partition: 0 });
    await send(broker, 'orders', { value: 'b', partition: 0 });
    const records = await broker.records('orders', { count: 3 });
    expect(records.map(({ partition, offset, value }) => [partition, offset, value])).toEqual([
      [0, 0, 'a'],
      [0, 1, 'b'],
      [2, 0, 'c'],
    ]);
  });

  test('reads a compressed batch, and nulls', async () => {
    await withProducer(broker, (producer) =>
      producer.send({
        topic: 'orders',
        compression: CompressionTypes.GZIP,
        messages: [
          { key: null, value: 'x'.repeat(5000) },
          { key: 'gone', value: null, partition: 0 },
        ],
      }),
    );
    const records = await broker.records('orders', { count: 2 });
    expect(records.find(({ key }) => key === null)?.value).toBe('x'.repeat(5000));
    expect(records.find(({ key }) => key === 'gone')).toMatchObject({ value: null, valueBytes: null });
    expect(records.find(({ key }) => key === 'gone')?.json()).toBe(null);
  });

  test('waits for what is not there yet, the topic included', async () => {
    const later = broker.records('made-by-a-client', { count: 2 });
    await send(broker, 'made-by-a-client', { value: '1' });
    await send(broker, 'made-by-a-client', { value: '2' });
    expect((await later).map(({ value }) => value)).toEqual(['1', '2']);
  });

  test('several may wait at once', async () => {
    const waiting = [1, 2, 3].map((count) => broker.records('orders', { count }));
    for (const value of ['a', 'b', 'c']) await send(broker, 'orders', { value, partition: 0 });
    expect((await Promise.all(waiting)).map((records) => records.map(({ value }) => value).join(''))).toEqual(
      ['a', 'ab', 'abc'],
    );
  });

  test('none wanted, none waited for', async () =>
    expect(await broker.records('orders', { count: 0 })).toEqual([]));

  test('what does not come is an error that says what there was', async () => {
    await send(
      broker,
      'orders',
      { key: 'ada', value: '3', partition: 0 },
      { value: 'y'.repeat(100), partition: 2 },
    );
    const code = 'RECORDS_MISSING';
    await expect(broker.records('orders', { count: 5, timeoutMs: 20 })).rejects.toMatchObject({
      code,
      message: [
        'waited 20 ms for 5 records of orders, but there are 2; the last:',
        '  partition 0, offset 0: ada = 3',
        `  partition 2, offset 0: ${'y'.repeat(80)}…`,
      ].join('\n'),
    });
    await expect(broker.records('payments', { timeoutMs: 20 })).rejects.toMatchObject({
      code,
      message: 'waited 20 ms for 1 record of payments, but there is none.',
    });
    await expect(broker.records('ordres', { timeoutMs: 20 })).rejects.toMatchObject({
      code,
      message: 'waited 20 ms for 1 record of ordres, but there is no such topic; there are orders, payments.',
    });
    await expect(broker.records('orders', { count: -1 })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});

describe('reset', () => {
  test('empties the declared topics and removes the others', async () => {
    await send(broker, 'orders', { value: '1', partition: 2 });
    await send(broker, 'another', { value: '1' });
    await broker.reset();
    await expect(broker.records('orders', { timeoutMs: 0 })).rejects.toThrow('there is none');
    const admin = kafkaOf(broker).admin();
    await admin.connect();
    expect((await admin.listTopics()).filter((name) => !name.startsWith('__')).sort()).toEqual([
      'orders',
      'payments',
    ]);
    const { topics } = await admin.fetchTopicMetadata({ topics: ['orders'] });
    expect(topics[0]?.partitions).toHaveLength(3);
    expect(await admin.fetchTopicOffsets('orders')).toMatchObject([
      { high: '0' },
      { high: '0' },
      { high: '0' },
    ]);
    const configs = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: 'payments', configNames: ['max.message.bytes'] }],
    });
    expect(configs.resources[0]?.configEntries[0]?.configValue).toBe('1000');
    await admin.disconnect();
  });

  test('forgets groups and their offsets', async () => {
    const before = new Reader(broker, 'shop');
    await send(broker, 'orders', { value: 'first', partition: 0 });
    await before.start('orders');
    expect(await before.values(1)).toEqual(['first']);
    await before.stop();

    await broker.reset();
    const admin = kafkaOf(broker).admin();
    await admin.connect();
    expect((await admin.listGroups()).groups).toEqual([]);
    await admin.disconnect();
    await send(broker, 'orders', { value: 'second', partition: 0 });
    const after = new Reader(broker, 'shop');
    await after.start('orders');
    expect(await after.values(1)).toEqual(['second']);
    await after.stop();
  });

  test('clients stay connected: a producer goes on, a consumer joins anew', async () => {
    const reader = new Reader(broker, 'shop');
    await reader.start('orders');
    await withProducer(broker, async (producer) => {
      await producer.send({ topic: 'orders', messages: [{ value: 'before', partition: 1 }] });
      expect(await reader.values(1)).toEqual(['before']);
      await broker.reset();
      await producer.send({ topic: 'orders', messages: [{ value: 'after', partition: 1 }] });
      expect((await broker.records('orders')).map(({ value }) => value)).toEqual(['after']);
      expect(await reader.values(1)).toEqual(['after']);
    });
    await reader.stop();
  });

  test('ends no wait: records waits for what comes after it', async () => {
    await send(broker, 'orders', { value: 'old', partition: 0 });
    const waiting = broker.records('orders', { count: 2 });
    await broker.reset();
    await send(broker, 'orders', { value: 'new 1', partition: 0 }, { value: 'new 2', partition: 0 });
    expect((await waiting).map(({ value }) => value)).toEqual(['new 1', 'new 2']);
  });

  test('many at once are one after the other', async () => {
    await send(broker, 'orders', { value: '1' });
    await Promise.all([broker.reset(), broker.reset(), broker.reset()]);
    await expect(broker.records('orders', { timeoutMs: 0 })).rejects.toThrow('there is none');
  });
});

describe('a broker of its own', () => {
  test('several in one process know nothing of each other', async () => {
    const others = await Promise.all(
      Array.from({ length: 4 }, () => startBroker({ topics: { orders: {} } })),
    );
    expect(new Set([broker, ...others].flatMap(({ brokers }) => brokers)).size).toBe(5);
    await Promise.all(others.map((other, at) => send(other, 'orders', { value: `for ${at}` })));
    const records = await Promise.all(others.map((other) => other.records('orders')));
    expect(records.map(([record]) => record?.value)).toEqual(['for 0', 'for 1', 'for 2', 'for 3']);
    await Promise.all(others.map((other) => other.stop()));
  });

  test('stop ends connections and waits, and is idempotent', async () => {
    const other = await startBroker({ topics: { orders: {} } });
    await send(other, 'orders', { value: '1' });
    const waiting = other.records('orders', { count: 2 });
    const stopped = expect(waiting).rejects.toMatchObject({ code: 'BROKER_STOPPED' });
    await Promise.all([other.stop(), other.stop()]);
    await stopped;
    await other.stop();
    await expect(other.records('orders')).rejects.toMatchObject({ code: 'BROKER_STOPPED' });
    await expect(other.reset()).rejects.toMatchObject({ code: 'BROKER_STOPPED' });
    await expect(connectTo(other.brokers[0]!)).rejects.toThrow('ECONNREFUSED');
  });

  test('await using stops it', async () => {
    let stopped: TestBroker;
    {
      await using other = await startBroker({ topics: { orders: {} } });
      await send(other, 'orders', { value: '1' });
      stopped = other;
    }
    await expect(stopped.records('orders')).rejects.toMatchObject({ code: 'BROKER_STOPPED' });
  });
});

describe('mistakes are told as such', () => {
  test.each<{ readonly options: object; readonly code: string; readonly said: string }>([
    {
      options: { topic: { orders: {} } },
      code: 'OPTION_INVALID',
      said: 'startBroker: there is no option topic; there are topics, settings.',
    },
    {
      options: { topics: { orders: { partition: 3 } } },
      code: 'OPTION_INVALID',
      said: 'topic orders: there is no option partition; there are partitions, configs.',
    },
    { options: { topics: { 'or/ders': {} } }, code: 'TOPIC_INVALID', said: 'Cannot create topic or/ders: ' },
    {
      options: { topics: { orders: { partitions: 0 } } },
      code: 'TOPIC_INVALID',
      said: 'Cannot create topic orders: ',
    },
    {
      options: { topics: { orders: { configs: { 'retention.sec': 1 } } } },
      code: 'TOPIC_INVALID',
      said: 'Cannot create topic orders: Unknown topic config name: retention.sec',
    },
    {
      options: { topics: { __consumer_offsets: {} } },
      code: 'TOPIC_INVALID',
      said: '__consumer_offsets is an internal topic: the broker makes it itself.',
    },
    {
      options: { settings: { 'num.partition': 3 } },
      code: 'CONFIG_INVALID',
      said: 'Unknown configuration num.partition. Did you mean num.partitions?',
    },
  ])('$code: $said', async ({ options, code, said }) => {
    const failed = await startBroker(options).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code });
    expect((failed as Error).message).toContain(said);
  });
});

describe('as a guest in the process', () => {
  test('runs on real time under fake timers', async () => {
    vi.useFakeTimers({ now: new Date('2050-01-01'), toFake: [...FAKED] });
    try {
      const other = await startBroker({ topics: { orders: { partitions: 3 } } });
      // kafkajs needs no timer to produce while all goes well; its records carry the fake date.
      await send(other, 'orders', { value: 'from 2050', partition: 0 });
      const [record] = await other.records('orders');
      expect(record).toMatchObject({ value: 'from 2050', timestamp: Date.UTC(2050, 0, 1) });
      await expect(other.records('orders', { count: 2, timeoutMs: 20 })).rejects.toThrow('there is 1');
      await other.reset();
      await other.stop();
    } finally {
      vi.useRealTimers();
    }
  });

  test('keeps no process alive, and prints nothing', async () => {
    expect(await runProgram('leaves-it-running')).toEqual({ end: 0, stdout: 'read one\n', stderr: '' });
  });

  test('but while it is awaited, the process stays', async () => {
    expect(await runProgram('awaits-nothing-else')).toEqual({
      end: 0,
      stdout: 'RECORDS_MISSING\n',
      stderr: '',
    });
  });

  test('fifty of them leave nothing behind', async () => {
    const { end, stdout, stderr } = await runProgram('starts-and-stops', ['--expose-gc']);
    expect({ end, stderr }).toEqual({ end: 0, stderr: '' });
    const left = JSON.parse(stdout) as { handles: string[]; answering: string[]; bytesPerBroker: number };
    expect(left).toMatchObject({ handles: [], answering: [] });
    // A broker that stayed would hold its 100,000 bytes of records, and megabytes besides.
    expect(left.bytesPerBroker).toBeLessThan(50_000);
  });
});
