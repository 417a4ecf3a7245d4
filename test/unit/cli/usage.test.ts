import { describe, expect, test } from 'vitest';
import { banner } from '../../../src/cli/start/banner.js';
import { logWriter, type LogFormat, type LogLevel } from '../../../src/cli/start/log-writer.js';
import { formatHostPort, hostPort, nameAndValue, oneOf, wholeNumber } from '../../../src/cli/usage.js';
import type { Output } from '../../../src/cli/world.js';
import { readBrokerSettings } from '../../../src/broker/settings/broker-settings.js';

describe('values of options', () => {
  test.each([
    ['127.0.0.1:9092', { host: '127.0.0.1', port: 9092 }],
    ['example.org:1', { host: 'example.org', port: 1 }],
    ['[::1]:9092', { host: '::1', port: 9092 }],
  ])('address %s', (raw, expected) => {
    expect(hostPort('--bootstrap', raw)).toEqual(expected);
    expect(formatHostPort(expected)).toBe(raw);
  });

  test.each(['localhost', ':9092', 'a:b', 'a:99999', 'a:0', '::1:9092', 'http://a:1', 'a:1/', ''])(
    'no address: %j',
    (raw) => {
      expect(() => hostPort('--bootstrap', raw)).toThrow(/--bootstrap takes host:port/);
    },
  );

  test.each(['', 'x', '1.5', '-1', '11', '1e1', ' 1'])('no number from 0 to 10: %j', (raw) => {
    expect(() => wholeNumber('--n', 0, 10)(raw)).toThrow(/--n takes a whole number from 0 to 10/);
  });

  test('numbers, choices, names with values', () => {
    expect(wholeNumber('--n', 0, 10)('10')).toBe(10);
    expect(oneOf('--x', ['a', 'b'])('b')).toBe('b');
    expect(() => oneOf('--x', ['a', 'b'])('c')).toThrow('--x takes a or b, not c');
    const first = nameAndValue('-o')('a=1');
    expect([...nameAndValue('-o')('b=x=y', first)]).toEqual([
      ['a', '1'],
      ['b', 'x=y'],
    ]);
    expect(() => nameAndValue('-o')('=1')).toThrow(/-o takes name=value/);
    expect(() => nameAndValue('-o')('a')).toThrow(/-o takes name=value/);
  });
});

describe('the log', () => {
  function lines(
    level: LogLevel,
    format: LogFormat,
  ): { log: ReturnType<typeof logWriter>; written: string[] } {
    const written: string[] = [];
    const output = { write: (text: string) => written.push(text) > 0 } as unknown as Output;
    return { log: logWriter({ level, format, clock: { now: () => 0 }, output }), written };
  }

  test('is a line of text', () => {
    const { log, written } = lines('info', 'text');
    log.debug('not seen');
    log.warn('a disk is full', { path: '/data', bytes: 7, why: 'no space', list: [1n] });
    expect(written).toEqual([
      '1970-01-01T00:00:00.000Z WARN  a disk is full path=/data bytes=7 why="no space" list=["1"]\n',
    ]);
  });

  test('or of JSON, errors with their stack', () => {
    const { log, written } = lines('debug', 'json');
    const error = Object.assign(new Error('no'), { code: 'ENOSPC' });
    log.debug('x', { error, map: new Map([['a', 1n]]), set: new Set([1]) });
    expect(JSON.parse(written[0]!)).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'debug',
      message: 'x',
      error: { message: 'no', code: 'ENOSPC', stack: error.stack },
      map: { a: '1' },
      set: [1],
    });
  });

  test('or nothing', () => {
    const { log, written } = lines('silent', 'text');
    log.error('x');
    expect(written).toEqual([]);
  });
});

describe('the banner', () => {
  const facts = {
    address: { host: '127.0.0.1', port: 4242 },
    settings: readBrokerSettings(new Map()),
    directories: ['/data'],
    clusterId: 'abc',
    invocation: 'millrace',
  };

  test('says where, how safe, and what to type', () => {
    const text = banner(facts);
    for (const part of ['127.0.0.1:4242', '--advertise', '/data', 'fsync', 'cluster     abc', 'node 1'])
      expect(text).toContain(part);
    expect(text).toContain('echo hello | millrace produce greetings --bootstrap 127.0.0.1:4242');
    expect(text).toContain('millrace consume greetings --from beginning --bootstrap 127.0.0.1:4242');
  });

  test('of every interface, in memory, advertised, with the weaker promises', () => {
    expect(banner({ ...facts, address: { host: '0.0.0.0', port: 1 } })).toContain('--bootstrap 127.0.0.1:1');
    expect(banner({ ...facts, address: { host: '::', port: 1 } })).toContain('--bootstrap [::1]:1');
    expect(banner({ ...facts, directories: null })).toMatch(/in memory.*\n.*none/);
    const advertised = readBrokerSettings(new Map([['advertised.listeners', 'PLAINTEXT://example.org:9']]));
    expect(banner({ ...facts, settings: advertised })).toContain('are told example.org:9');
    const policy = (value: string): string =>
      banner({ ...facts, settings: readBrokerSettings(new Map([['log.flush.policy', value]])) });
    expect(policy('os')).toContain('not a power loss');
    expect(policy('interval')).toMatch(/may take the last \d+ ms/);
  });
});
