import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LineFormat, readLine } from '../../../src/cli/produce/line-reader.js';
import { LineCutter } from '../../../src/cli/produce/lines.js';

const SEED = Number(process.env['SEED'] ?? Date.now());

function cut(chunks: readonly Buffer[]): string[] {
  const cutter = new LineCutter('test');
  const lines = chunks.flatMap((chunk) => [...cutter.push(chunk)].map(String));
  const last = cutter.end();
  return last === null ? lines : [...lines, String(last)];
}

describe('lines', () => {
  test.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\nb', ['a', 'b']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['\n\na\n', ['', '', 'a']],
    ['a\rb\n', ['a\rb']],
    ['a\r', ['a']],
  ])('%j', (text, expected) => expect(cut([Buffer.from(text)])).toEqual(expected));

  test('do not depend on where the stream is cut', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'é', '\n', '\r'), maxLength: 40 });
    fc.assert(
      fc.property(texts, fc.array(fc.nat(80)), (text, places) => {
        const bytes = Buffer.from(text);
        const cuts = [
          0,
          ...places.filter((place) => place < bytes.length).toSorted((a, b) => a - b),
          bytes.length,
        ];
        const chunks = cuts.slice(1).map((end, at) => bytes.subarray(cuts[at], end));
        expect(cut(chunks)).toEqual(cut([bytes]));
      }),
      { seed: SEED },
    );
  });

  test('a file without lines is refused before it fills the memory', () => {
    const cutter = new LineCutter('movie.mp4');
    const chunk = Buffer.alloc(16 * 1024 * 1024);
    const push = (): unknown => [...cutter.push(chunk)];
    for (let megabytes = 0; megabytes < 64; megabytes += 16) push();
    expect(push).toThrow(/movie.mp4 has a line of more than 64 MiB/);
  });
});

describe('a line', () => {
  const plain: LineFormat = { json: false, headers: [] };
  const json: LineFormat = { json: true, headers: [] };
  const text = (value: string | null): Buffer | null => (value === null ? null : Buffer.from(value));

  test.each<[string, LineFormat, string | null, string | null]>([
    ['hello', plain, null, 'hello'],
    ['', plain, null, ''],
    ['k:v', { ...plain, keySeparator: Buffer.from(':') }, 'k', 'v'],
    ['k::v', { ...plain, keySeparator: Buffer.from(':') }, 'k', ':v'],
    [':v', { ...plain, keySeparator: Buffer.from(':') }, '', 'v'],
    ['v', { ...plain, keySeparator: Buffer.from(':') }, null, 'v'],
    ['{"a":1}', json, null, '{"a":1}'],
    ['{"a":"x"}', { ...json, keyField: ['a'] }, 'x', '{"a":"x"}'],
    ['{"a":{"b":7}}', { ...json, keyField: ['a', 'b'] }, '7', '{"a":{"b":7}}'],
    ['{"a":{"b":7}}', { ...json, keyField: ['a'], valueField: ['a', 'b'] }, '{"b":7}', '7'],
    ['{"a":null}', { ...json, keyField: ['a'], valueField: ['b'] }, null, null],
    ['[1]', { ...json, keyField: ['length'] }, '1', '[1]'],
    ['{}', { ...json, keyField: ['constructor'] }, null, '{}'],
    ['7', { ...json, keyField: ['a'] }, null, '7'],
  ])('%j as %j', (line, format, key, value) => {
    expect(readLine(Buffer.from(line), format)).toEqual({ headers: [], key: text(key), value: text(value) });
  });

  test.each<[unknown, number | 'bad' | 'none']>([
    [1700000000000, 1700000000000],
    ['2026-01-02T03:04:05.678Z', Date.UTC(2026, 0, 2, 3, 4, 5, 678)],
    ['yesterday', 'bad'],
    [1.5, 'bad'],
    [-1, 'bad'],
    [null, 'bad'],
    [undefined, 'none'],
  ])('the time %j', (time, expected) => {
    const line = readLine(Buffer.from(JSON.stringify({ t: time })), { ...json, timestampField: ['t'] });
    if (expected === 'bad')
      expect(line).toMatchObject({ problem: expect.stringMatching(/^t is no time/) as string });
    else if (expected === 'none') expect(line).not.toHaveProperty('timestamp');
    else expect(line).toMatchObject({ timestamp: expected });
  });

  test('that is not JSON says so; a blank one means nothing', () => {
    expect(readLine(Buffer.from('nope'), json)).toMatchObject({
      problem: expect.stringMatching(/^not JSON: /) as string,
    });
    expect(readLine(Buffer.from('  '), json)).toBe(null);
  });

  test('carries headers and partition along', () => {
    const headers = [{ key: 'a', value: Buffer.from('b') }];
    expect(readLine(Buffer.from('x'), { ...plain, headers, partition: 3 })).toMatchObject({
      headers,
      partition: 3,
    });
  });
});
