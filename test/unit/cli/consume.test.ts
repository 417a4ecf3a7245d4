import { describe, expect, test } from 'vitest';
import { jsonFormat, parseRecordFormat, type RecordFormat } from '../../../src/cli/consume/record-format.js';
import { parseStartingPoint } from '../../../src/cli/consume/starting-point.js';
import { BatchBuilder, type NewRecord } from '../../../src/records/builder.js';
import { Compression } from '../../../src/records/compression/compression.js';
import { recordsIn } from '../../../src/records/iterate.js';

function print(format: RecordFormat, record: Partial<NewRecord>): Buffer {
  const builder = new BatchBuilder({ baseOffset: 41 });
  builder.append({ key: null, value: null, timestamp: 1700000000000, ...record });
  const [view] = recordsIn(builder.build(), 0, new Compression(), 1000);
  const parts: (Buffer | string)[] = [];
  format({ topic: 't', partition: 2, record: view! }, parts);
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

const key = Buffer.from('k');
const value = Buffer.from('värde');
const headers = [
  { key: 'a', value: Buffer.from('1') },
  { key: 'a', value: null },
];

describe('a format string', () => {
  test.each([
    ['%s\\n', 'värde\n'],
    ['%t-%p@%o', 't-2@41'],
    ['%k=%K %S', 'k=1 6'],
    ['%T', '1700000000000'],
    ['%h', 'a=1,a=NULL'],
    ['100%%', '100%'],
    ['\\t\\r\\\\\\x41\\0', '\t\r\\A\0'],
    ['', ''],
    ['plain', 'plain'],
    ['%s%s', 'värdevärde'],
  ])('%j', (format, expected) => {
    expect(print(parseRecordFormat(format), { key, value, headers }).toString()).toBe(expected);
  });

  test('lengths of what is not there are −1, as four bytes too', () => {
    expect(print(parseRecordFormat('%S %K|%s|%k'), {}).toString()).toBe('-1 -1||');
    expect(print(parseRecordFormat('%R'), {}).toString('hex')).toBe('ffffffff');
    expect(print(parseRecordFormat('%R'), { value }).toString('hex')).toBe('00000006');
  });

  test.each(['%x', '%', 'a\\', '\\q', '\\x1'])('%j means nothing', (format) => {
    expect(() => parseRecordFormat(format)).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
  });

  test('JSON is one object a line', () => {
    const line = print(jsonFormat, { key, value, headers }).toString();
    expect(line.endsWith('\n')).toBe(true);
    expect(JSON.parse(line)).toEqual({
      topic: 't',
      partition: 2,
      offset: 41,
      timestamp: 1700000000000,
      key: 'k',
      value: 'värde',
      headers: [
        { key: 'a', value: '1' },
        { key: 'a', value: null },
      ],
    });
    expect(JSON.parse(print(jsonFormat, {}).toString())).toMatchObject({
      key: null,
      value: null,
      headers: [],
    });
  });
});

describe('--from', () => {
  test.each([
    ['beginning', { at: 'beginning' }],
    ['end', { at: 'end' }],
    ['0', { at: 'offset', offset: 0 }],
    ['42', { at: 'offset', offset: 42 }],
    ['-10', { at: 'last', count: 10 }],
    ['2026-01-02T03:04:05Z', { at: 'time', time: Date.UTC(2026, 0, 2, 3, 4, 5) }],
    ['2026-01-02', { at: 'time', time: Date.UTC(2026, 0, 2) }],
  ])('%s', (raw, expected) => expect(parseStartingPoint(raw)).toEqual(expected));

  test.each(['', 'start', '1.5', '--1', '2026-13-45', 'tomorrow', '99999999999999999999'])(
    'not %j',
    (raw) => {
      expect(() => parseStartingPoint(raw)).toThrow(/--from takes/);
    },
  );
});
