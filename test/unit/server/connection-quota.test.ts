import { describe, expect, test } from 'vitest';
import { ConnectionQuota, parseIpOverrides } from '../../../src/server/connection-quota.js';

const MANY = { maxConnections: 1000, maxConnectionsPerIp: 1000 };

describe('connections', () => {
  test.each([
    ['in all', { ...MANY, maxConnections: 2 }, Infinity, 'max.connections=2'],
    ['from one address', { ...MANY, maxConnectionsPerIp: 2 }, Infinity, 'max.connections.per.ip=2'],
    ['by the system', MANY, 2, 'ulimit -n'],
  ])('are counted %s, and their places given back', (_, limits, systemMax, says) => {
    const quota = new ConnectionQuota(new Map(), systemMax);
    expect(quota.opened('a', limits)).toBe(null);
    expect(quota.opened('a', limits)).toBe(null);
    expect(quota.opened('a', limits)).toContain(says);
    quota.closed('a');
    expect(quota.opened('a', limits)).toBe(null);
    expect(quota.opened('a', limits)).toContain(says);
  });

  test('an address with a limit of its own has no other, be it higher or lower', () => {
    const quota = new ConnectionQuota(parseIpOverrides('10.0.0.1:3,[fd00::7]:0,localhost:1'), Infinity);
    const limits = { ...MANY, maxConnectionsPerIp: 2 };
    const opened = (ip: string): number => {
      let count = 0;
      while (quota.opened(ip, limits) === null) count++;
      return count;
    };
    expect(['10.0.0.1', 'fd00::7', '127.0.0.1', '::1', '10.0.0.2'].map(opened)).toEqual([3, 0, 1, 1, 2]);
  });

  test.each(['somewhere.example:3', '10.0.0.1', '10.0.0.1:x', '10.0.0.1:-1', ':3'])(
    '%s is refused by name',
    (raw) => {
      expect(() => parseIpOverrides(raw)).toThrow('max.connections.per.ip.overrides');
    },
  );
});
