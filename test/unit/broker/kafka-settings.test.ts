/** Settings that Kafka has and we lack, met in a file; and the page that lists all settings. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { configurationPage } from '../../../scripts/configuration-page.js';
import { UserError } from '../../../src/base/errors.js';
import { brokerSetting, readBrokerSettings } from '../../../src/broker/settings/broker-settings.js';
import { LACKING_SETTINGS } from '../../../src/broker/settings/kafka-settings.js';
import { SPELLINGS } from '../../../src/broker/settings/spellings.js';
import { topicSetting } from '../../../src/broker/settings/topic-settings.js';
import { World } from './parts/world.js';

const read = (raw: Record<string, string>) => readBrokerSettings(new Map(Object.entries(raw)));

function refusal(raw: Record<string, string>): string {
  try {
    read(raw);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  }
  throw new Error('accepted');
}

/** As a distribution of Kafka brings it. */
const STOCK = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.quorum.bootstrap.servers': 'localhost:9093',
  listeners: 'PLAINTEXT://:9092,CONTROLLER://:9093',
  'inter.broker.listener.name': 'PLAINTEXT',
  'advertised.listeners': 'PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093',
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL',
  'num.network.threads': '3',
  'num.io.threads': '8',
  'socket.send.buffer.bytes': '102400',
  'socket.receive.buffer.bytes': '102400',
  'socket.request.max.bytes': '104857600',
  'log.dirs': '/tmp/kraft-combined-logs',
  'num.partitions': '1',
  'num.recovery.threads.per.data.dir': '1',
  'offsets.topic.replication.factor': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'log.retention.hours': '168',
  'log.segment.bytes': '1073741824',
  'log.retention.check.interval.ms': '300000',
};

describe('a file written for Kafka', () => {
  test('what only tunes machinery that is not here lets the broker start, and is named under its reason', () => {
    const { warnings, byName } = read(STOCK);
    expect(byName.get('log.retention.ms')).toBe(168 * 3_600_000);
    expect(byName.get('listeners')).toBe('PLAINTEXT://:9092');
    expect(byName.get('advertised.listeners')).toBe('PLAINTEXT://localhost:9092');
    const threads = warnings.filter((warning) => warning.includes('num.io.threads'));
    expect(threads).toEqual([
      'settings of Kafka without effect here: num.network.threads, num.io.threads, num.recovery.threads.per.data.dir ' +
        '(one event loop serves all, without pools of threads, a request queue or purgatories)',
    ]);
    const named = warnings.flatMap((warning) => /here: (.*?) \(/.exec(warning)![1]!.split(', '));
    const lacking = Object.keys(STOCK).filter(
      (name) => brokerSetting(name) === undefined && SPELLINGS[name] === undefined,
    );
    expect(named.sort()).toEqual(lacking.sort());
  });

  test('the warnings are in the log of the broker that started with them', async () => {
    const world = await World.start({ settings: { 'num.io.threads': '8' } });
    expect(world.complaints).toEqual([expect.stringContaining('num.io.threads')]);
    await world.stop();
  });

  test.each([
    [
      { 'authorizer.class.name': 'x.y.Z' },
      'cannot do what authorizer.class.name=x.y.Z asks: TLS, SASL and authorisation',
    ],
    [{ 'listener.name.internal.ssl.keystore.location': 'k' }, 'TLS, SASL and authorisation'],
    [{ 'sasl.something.newer': 'k' }, 'TLS, SASL and authorisation'],
    [{ 'security.inter.broker.protocol': 'SSL' }, 'TLS, SASL and authorisation'],
    [{ 'listener.security.protocol.map': 'PLAINTEXT:SASL_SSL' }, 'TLS, SASL and authorisation'],
    [{ 'delete.topic.enable': 'false' }, 'topics can always be deleted'],
    [{ 'controller.quorum.voters': '1@a:9093,2@b:9093' }, 'not by a quorum'],
    [{ 'process.roles': 'controller' }, 'every process is broker and controller'],
    [{ 'remote.log.storage.system.enable': 'true' }, 'tiered storage'],
    [{ 'config.providers': 'file' }, 'nothing looks up'],
    [{ 'create.topic.policy.class.name': 'x' }, 'Java classes'],
  ])('what somebody relies on keeps the broker from starting: %j', (raw, says) => {
    expect(refusal(raw as Record<string, string>)).toContain(says);
  });

  test.each([
    { 'security.inter.broker.protocol': 'PLAINTEXT' },
    { 'delete.topic.enable': 'true' },
    { 'controller.quorum.voters': '1@localhost:9093' },
    { 'remote.log.storage.system.enable': 'false' },
  ])('a value that asks for nothing is only named: %j', (raw) => {
    const [name] = Object.keys(raw);
    expect(read(raw as Record<string, string>).warnings).toEqual([expect.stringContaining(name!)]);
  });

  test('a password is not repeated', () => {
    expect(refusal({ 'ssl.keystore.password': 'hunter2' })).not.toContain('hunter2');
  });

  test.each([
    { 'log.retention.ms': '5000', 'log.retention.hours': '168' },
    { 'log.retention.hours': '168', 'log.retention.ms': '5000' },
  ])('of two spellings the finer counts, whatever the order, and the other is named: %j', (raw) => {
    const { byName, warnings } = read(raw);
    expect(byName.get('log.retention.ms')).toBe(5000);
    expect(warnings).toEqual([
      'log.retention.hours has no effect: log.retention.ms, which means the same, is given too',
    ]);
  });

  test('minutes count before hours', () => {
    const { byName } = read({ 'log.retention.hours': '1', 'log.retention.minutes': '2' });
    expect(byName.get('log.retention.ms')).toBe(120_000);
  });

  test('a topic’s name in a broker’s file', () => {
    expect(refusal({ 'retention.ms': '1' })).toBe(
      'Unknown configuration retention.ms: brokers have its default, log.retention.ms.',
    );
  });

  test('bounds that contradict each other', () => {
    expect(
      refusal({ 'group.min.session.timeout.ms': '5000', 'group.max.session.timeout.ms': '4000' }),
    ).toContain('must not be above group.max.session.timeout.ms=4000');
  });
});

describe('the table of what we lack', () => {
  test('reasons are part of a sentence', () => {
    for (const { reason } of LACKING_SETTINGS) expect(reason).not.toMatch(/^$|: |\.$/);
  });

  test('no name is in it twice, nor a setting that we have', () => {
    const broker = LACKING_SETTINGS.flatMap((row) => row.broker);
    const topic = LACKING_SETTINGS.flatMap((row) => row.topic);
    expect(new Set(broker).size).toBe(broker.length);
    expect(new Set(topic).size).toBe(topic.length);
    expect(broker.filter((name) => brokerSetting(name) ?? SPELLINGS[name])).toEqual([]);
    expect(topic.filter((name) => topicSetting(name))).toEqual([]);
  });
});

test('docs/configuration.md is what the declarations say (else run: node scripts/configuration.mjs)', () => {
  const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
  expect(page).toBe(configurationPage());
});
