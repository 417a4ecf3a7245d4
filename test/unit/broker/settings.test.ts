import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/base/errors.js';
import {
  BROKER_SETTINGS,
  readBrokerSettings,
  withDynamicSettings,
} from '../../../src/broker/settings/broker-settings.js';
import { parseListener } from '../../../src/broker/settings/listener.js';
import { formatSetting, parseSetting } from '../../../src/broker/settings/setting.js';
import {
  logDefaults,
  resolveLogConfig,
  TOPIC_SETTINGS,
  topicSettingProblem,
} from '../../../src/broker/settings/topic-settings.js';
import { DEFAULT_LOG_CONFIG } from '../../../src/log/config.js';

function refusal(raw: Record<string, string>): string {
  try {
    readBrokerSettings(new Map(Object.entries(raw)));
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  }
  throw new Error('accepted');
}

describe('the tables', () => {
  test('every default is a value its own setting accepts, and its text reads back as itself', () => {
    for (const setting of [...BROKER_SETTINGS, ...TOPIC_SETTINGS.map(({ topic }) => topic)]) {
      expect(parseSetting(setting, formatSetting(setting.default)), setting.name).toEqual({
        ok: true,
        value: setting.default,
      });
    }
  });

  test('no name stands twice', () => {
    for (const names of [
      BROKER_SETTINGS.map(({ name }) => name),
      TOPIC_SETTINGS.map(({ topic }) => topic.name),
    ]) {
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test('without settings the logs are as DEFAULT_LOG_CONFIG says', () => {
    const settings = readBrokerSettings(new Map());
    expect(logDefaults(settings.byName)).toEqual(DEFAULT_LOG_CONFIG);
  });

  test('a topic’s own value stands over the broker’s, which stands over the default', () => {
    const settings = readBrokerSettings(
      new Map([
        ['log.segment.bytes', '1000000'],
        ['log.retention.hours', '2'],
      ]),
    );
    const defaults = logDefaults(settings.byName);
    expect(defaults).toMatchObject({
      segmentBytes: 1_000_000,
      retentionMs: 7_200_000,
      segmentMs: DEFAULT_LOG_CONFIG.segmentMs,
    });
    expect(
      resolveLogConfig(
        defaults,
        new Map([
          ['segment.bytes', '2048'],
          ['cleanup.policy', 'compact,delete'],
        ]),
      ),
    ).toMatchObject({
      segmentBytes: 2048,
      retentionMs: 7_200_000,
      compact: true,
      deleteOld: true,
    });
  });
});

describe('layers', () => {
  const given = readBrokerSettings(new Map([['log.retention.ms', '4000']]));
  const resolve = (broker: Record<string, string>, allBrokers: Record<string, string>) =>
    withDynamicSettings(given, {
      broker: new Map(Object.entries(broker)),
      allBrokers: new Map(Object.entries(allBrokers)),
    });

  test.each([
    [{}, {}, 4000],
    [{}, { 'log.retention.ms': '3000' }, 3000],
    [{ 'log.retention.ms': '2000' }, { 'log.retention.ms': '3000' }, 2000],
    [{ 'log.retention.ms': '2000' }, {}, 2000],
  ])('%j over %j over the file: %i', (broker, allBrokers, expected) => {
    const { settings, ignored } = resolve(broker, allBrokers);
    expect(settings.byName.get('log.retention.ms')).toBe(expected);
    expect(ignored).toEqual([]);
  });

  test('what a newer version may have stored is told and passed over: the layer below counts', () => {
    const { settings, ignored } = resolve(
      { 'log.retention.ms': 'until tuesday', 'group.max.size': '7', 'spline.reticulation': '1' },
      { 'log.retention.ms': '3000', 'node.id': '9' },
    );
    expect(settings).toMatchObject({ groupMaxSize: 7, nodeId: 1 });
    expect(settings.byName.get('log.retention.ms')).toBe(3000);
    expect(ignored).toEqual([
      'log.retention.ms=until tuesday, set for this broker',
      'spline.reticulation=1, set for this broker',
      'node.id=9, set for all brokers',
    ]);
  });
});

describe('what is refused, and how', () => {
  const refusals: readonly [given: Record<string, string>, says: string][] = [
    [
      { 'num.partitions': 'many' },
      'Invalid value many for configuration num.partitions: expected a whole number.',
    ],
    [
      { 'num.partitions': '0' },
      'Invalid value 0 for configuration num.partitions: the value must be at least 1.',
    ],
    [
      { 'num.partitions': '1e3' },
      'Invalid value 1e3 for configuration num.partitions: expected a whole number.',
    ],
    [{ 'num.partitions': '' }, 'Invalid value  for configuration num.partitions: expected a whole number.'],
    [{ 'num.partitions': '2147483648' }, 'the value must be at most 2147483647'],
    [{ 'auto.create.topics.enable': 'yes' }, 'expected true or false'],
    [{ 'log.flush.policy': 'never' }, 'expected one of fsync, interval, os'],
    [{ 'log.cleanup.policy': 'delete,shred' }, 'expected a comma-separated list of delete, compact'],
    [{ 'log.cleanup.policy': 'delete,,compact' }, 'an element of the list is empty'],
    [{ 'num.partition': '3' }, 'Unknown configuration num.partition. Did you mean num.partitions?'],
    [
      { 'zookeeper.connect': 'localhost:2181' },
      'Unknown configuration zookeeper.connect: Millrace does not have this setting.',
    ],
    [{ 'log.retention.hours': '-5' }, 'Invalid value -5 for configuration log.retention.hours'],
  ];
  test.each(refusals)('%j', (given, says) => {
    expect(refusal(given)).toContain(says);
  });

  test('all that is wrong is said at once', () => {
    expect(refusal({ 'num.partitions': 'x', 'node.id': '-1' }).split('\n')).toHaveLength(2);
  });

  test('Java’s largest long is how people say "without limit"', () => {
    const settings = readBrokerSettings(new Map([['log.retention.ms', '9223372036854775807']]));
    expect(settings.byName.get('log.retention.ms')).toBe(Number.MAX_SAFE_INTEGER);
    expect(refusal({ 'log.retention.ms': '9223372036854775808' })).toContain('at most');
  });

  test.each([
    ['retention.ms=-1', null],
    ['retention.ms=-2', 'Invalid value -2 for configuration retention.ms: the value must be at least -1'],
    ['retention.mss=1', 'Unknown topic config name: retention.mss. Did you mean retention.ms?'],
    [
      'log.segment.bytes=1048576',
      'Unknown topic config name: log.segment.bytes. Topics call it segment.bytes.',
    ],
    [
      'remote.storage.enable=true',
      "Millrace does not have Kafka's topic setting remote.storage.enable: there is no tiered storage.",
    ],
    ['spline.reticulation=1', 'Unknown topic config name: spline.reticulation'],
    [
      'compression.gzip.level=0',
      'Invalid value 0 for configuration compression.gzip.level: the value must not be 0',
    ],
  ])('a topic’s %s: %s', (setting, says) => {
    const [name, value] = setting.split('=') as [string, string];
    expect(topicSettingProblem(name, value)).toBe(says);
  });
});

describe('listeners', () => {
  test.each([
    ['PLAINTEXT://127.0.0.1:9092', { host: '127.0.0.1', port: 9092 }],
    ['plaintext://:0', { host: '0.0.0.0', port: 0 }],
    ['localhost:9092', { host: 'localhost', port: 9092 }],
    ['PLAINTEXT://[::1]:9092', { host: '::1', port: 9092 }],
  ])('%s', (text, expected) => {
    expect(parseListener('listeners', text)).toEqual(expected);
  });

  test.each([
    ['9092', 'expected PLAINTEXT://host:port'],
    ['PLAINTEXT://h:99999', 'expected PLAINTEXT://host:port'],
    ['PLAINTEXT://a:1,PLAINTEXT://b:2', 'expected PLAINTEXT://host:port'],
    ['SSL://h:9093', 'the protocol SSL is not supported'],
  ])('%s is refused', (text, says) => {
    expect(() => parseListener('listeners', text)).toThrow(says);
  });
});
