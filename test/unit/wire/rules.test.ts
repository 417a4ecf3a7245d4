/**
 * The rules of the schema language one by one, on messages small enough to check the bytes by eye. Both
 * codecs obey them.
 */
import { describe, expect, test } from 'vitest';
import { type Codec, codec } from '../../../src/wire/codec.js';
import { interpret } from '../../../src/wire/interpret.js';
import { Reader, WireError } from '../../../src/wire/reader.js';
import {
  type AnyMessage,
  array,
  boolean,
  bytes,
  type Fields,
  int8,
  int16,
  int32,
  int64,
  message,
  records,
  string,
  struct,
} from '../../../src/wire/schema.js';
import { Writer } from '../../../src/wire/writer.js';
import { NeverFlexible } from './every-feature.js';
import { hex } from './hex.js';

/** Hexadecimal digits, spaced for the reader. */
function digits(text: string): string {
  return hex(text).toString('hex');
}

describe.each([
  { kind: 'generated', make: codec },
  { kind: 'interpreted', make: interpret },
])('$kind', ({ make }) => {
  const at = (subject: AnyMessage, version: number): Codec<unknown, unknown> => make(subject, version);
  const bytesOf = (subject: AnyMessage, version: number, draft: unknown): string => {
    const writer = new Writer();
    at(subject, version).encode(writer, draft);
    return Buffer.concat(writer.parts()).toString('hex');
  };
  const read = (subject: AnyMessage, version: number, text: string): unknown =>
    at(subject, version).decode(new Reader(hex(text)));
  const of = (fields: Fields, flexible: number | null = 1): AnyMessage =>
    message('Sample', { versions: '0-3', flexible }, fields);

  test('lengths are int16 and int32 in old versions, uvarints of one more in flexible ones', () => {
    const sample = of({ text: string, data: bytes, list: array(int8) });
    const draft = { text: 'ab', data: Buffer.of(1), list: [3, 4] };
    expect(bytesOf(sample, 0, draft)).toBe(digits('0002616200000001010000000203 04'));
    expect(bytesOf(sample, 1, draft)).toBe(digits('03616202010303 0400'));
  });

  test('a version that is never flexible has no tags and no compact lengths', () => {
    expect(bytesOf(NeverFlexible.request, 1, { mechanism: 'x', list: ['y'] })).toBe('00017800000001000179');
    expect(NeverFlexible.request.isFlexible(1)).toBe(false);
  });

  test('every struct of a flexible version has a tag section, elements of arrays included', () => {
    const sample = of({ list: array({ a: int8, inner: struct({ b: int8 }) }) });
    const draft = { list: [{ a: 1, inner: { b: 2 } }] };
    expect(bytesOf(sample, 0, draft)).toBe('000000010102');
    expect(bytesOf(sample, 1, draft)).toBe(digits('02 0102 00 00 00'));
  });

  test('absent fields decode to their defaults', () => {
    const sample = of({
      a: int32.in('2+'),
      b: int64.in('2+').default(-1),
      c: string.in('2+'),
      d: string.in('2+').nullable('2+').default(null),
      e: array(int8).in('2+'),
      f: array(int8).in('2+').nullable('2+'),
      g: bytes.in('2+'),
      h: records.in('2+').nullable('2+'),
      i: boolean.in('2+').default(true),
      j: struct({ k: int8.default(9), l: string }).in('2+'),
    });
    const defaults = {
      a: 0,
      b: -1,
      c: '',
      d: null,
      e: [],
      f: [],
      g: Buffer.alloc(0),
      h: null,
      i: true,
      j: { k: 9, l: '' },
    };
    expect(read(sample, 0, '')).toStrictEqual(defaults);
    expect(bytesOf(sample, 0, {})).toBe('');
    expect(bytesOf(sample, 0, defaults)).toBe('');
  });

  test('defaults are fresh objects: what one caller changes, no other sees', () => {
    const sample = of({ list: array(int8).in('2+') });
    (read(sample, 0, '') as { list: number[] }).list.push(1);
    expect(read(sample, 0, '')).toEqual({ list: [] });
  });

  test.each([
    ['a number', { n: int32.in('2+') }, { n: 1 }],
    ['a number other than its default', { n: int32.in('2+').default(4) }, { n: 0 }],
    ['a string', { n: string.in('2+') }, { n: 'x' }],
    ['null, where null is not the default', { n: string.in('2+').nullable('2+') }, { n: null }],
    [
      'an empty list, where null is the default',
      { n: array(int8).in('2+').nullable('2+').default(null) },
      { n: [] },
    ],
    ['a list', { n: array(int8).in('2+') }, { n: [0] }],
    ['bytes', { n: bytes.in('2+') }, { n: Buffer.of(0) }],
    ['a struct with something in it', { n: struct({ a: int8 }).in('2+') }, { n: { a: 1 } }],
    ['a struct with unknown tags', { n: struct({ a: int8 }).in('2+') }, { n: { a: 0, unknownTags: [] } }],
    ['a tagged field', { n: int8.in('2+').tag(0) }, { n: 1 }],
    [
      'a field in an element',
      { list: array({ m: int8, n: int8.in('2+') }) },
      { list: [{ m: 1 }, { m: 1, n: 1 }] },
    ],
  ])('%s is refused by a version that lacks it, unless ignorable', (_, fields, draft) => {
    expect(() => bytesOf(of(fields), 0, draft)).toThrow(WireError);
    expect(() => bytesOf(of(fields), 0, draft)).toThrow('Sample version 0: this version has no field n');
  });

  test('ignorable values are dropped', () => {
    expect(bytesOf(of({ n: int32.in('2+').ignorable(), m: int8 }), 0, { n: 1, m: 2 })).toBe('02');
  });

  test('null is legal from a version on, and refused on both sides before', () => {
    const sample = of({ text: string.nullable('2+') }, null);
    expect(bytesOf(sample, 2, { text: null })).toBe('ffff');
    expect(read(sample, 2, 'ffff')).toEqual({ text: null });
    expect(() => bytesOf(sample, 1, { text: null })).toThrow(
      'Sample version 1: field text has no value, and may not be null in this version',
    );
    expect(() => read(sample, 1, 'ffff')).toThrow(WireError);
  });

  test.each([
    ['string', string, 'ffff', '00'],
    ['bytes', bytes, 'ffffffff', '00'],
    ['records', records, 'ffffffff', '00'],
    ['array', array(int8), 'ffffffff', '00'],
  ])('null %s', (_, field, plain, compact) => {
    const nullable = of({ field: field.nullable() });
    const strict = of({ field });
    expect(bytesOf(nullable, 0, { field: null })).toBe(plain);
    expect(bytesOf(nullable, 1, { field: null })).toBe(`${compact}00`);
    expect(read(nullable, 0, plain)).toEqual({ field: null });
    expect(read(nullable, 1, `${compact}00`)).toEqual({ field: null });
    expect(() => read(strict, 0, plain)).toThrow(WireError);
    expect(() => read(strict, 1, `${compact}00`)).toThrow(WireError);
    expect(() => bytesOf(strict, 0, { field: null })).toThrow(WireError);
    // Lengths below -1 are no second way to say null.
    expect(() => read(nullable, 0, plain.replace(/ff$/, 'fe'))).toThrow(WireError);
  });

  test('a nullable struct has a byte that says whether it is there', () => {
    const sample = of({ inner: struct({ a: int8 }).nullable().default(null) });
    expect(bytesOf(sample, 0, { inner: null })).toBe('ff');
    expect(bytesOf(sample, 0, { inner: { a: 5 } })).toBe('0105');
    expect(read(sample, 0, 'ff')).toEqual({ inner: null });
    expect(read(sample, 0, '0105')).toEqual({ inner: { a: 5 } });
    expect(() => read(sample, 0, '0005')).toThrow(WireError);
  });

  test('an element may be as short as its optional parts allow', () => {
    const inner = struct({ a: int32, b: int64 }).nullable().default(null);
    const sample = of({ list: array({ inner, name: string.in('2+').tag(0) }) });
    expect(read(sample, 0, '00000001 ff')).toEqual({ list: [{ inner: null, name: '' }] });
    expect(read(sample, 1, '02 ff 00 00')).toEqual({ list: [{ inner: null, name: '' }] });
  });

  describe('tags', () => {
    const sample = of({
      five: int16.in('1+').tag(5).default(-1),
      zero: string.in('1+').tag(0),
      two: struct({ a: int8 }).in('1+').tag(2).nullable('1+').default(null),
    });

    test('are sorted, and written only when they say something', () => {
      expect(bytesOf(sample, 1, {})).toBe('00');
      expect(bytesOf(sample, 1, { five: -1, zero: '', two: null })).toBe('00');
      expect(bytesOf(sample, 1, { five: 7, zero: 'x', two: { a: 3 } })).toBe(
        digits('03 00 02 0278 02 03 01 03 00 05 02 0007'),
      );
      expect(read(sample, 1, '01 05 02 0007')).toEqual({ five: 7, zero: '', two: null });
    });

    test('may carry what is the default', () => {
      expect(read(sample, 1, '02 00 01 01 02 01 ff')).toEqual({ five: -1, zero: '', two: null });
    });

    test('that are unknown are kept and written again, in order among the known', () => {
      const text = '03 00020278 0303aabbcc 0501'.replace('0501', '05020007');
      const decoded = read(sample, 1, text) as { unknownTags: unknown };
      expect(decoded.unknownTags).toEqual([{ tag: 3, data: hex('aabbcc') }]);
      expect(bytesOf(sample, 1, decoded)).toBe(hex(text).toString('hex'));
    });

    test('that are unknown show on decoded objects only when there are any', () => {
      expect(Object.keys(read(sample, 1, '00') as object)).toEqual(['five', 'zero', 'two']);
    });

    test.each([
      ['out of order', '02 05020007 00020278'],
      ['twice', '02 05020007 05020007'],
      ['longer than the frame', '01 05 03 0007'],
      ['longer than their value', '01 05 03 000700'],
      ['shorter than their value', '01 05 01 0007'],
      ['more than there are bytes', '7f 05020007'],
      ['a value that reaches beyond its tag', '01 00 02 05 787878787878'],
    ])('%s are refused', (_, text) => {
      expect(() => read(sample, 1, text)).toThrow(WireError);
    });

    test('an unknown tag may not take the number of a known one', () => {
      const draft = { five: 1, unknownTags: [{ tag: 5, data: Buffer.of(1) }] };
      expect(() => bytesOf(sample, 1, draft)).toThrow('tag 5 stands twice');
    });

    test('a field may stand in line first and in the tags later', () => {
      const moved = of({ text: string.tag(1, '2+') });
      expect(bytesOf(moved, 0, { text: 'x' })).toBe('000178');
      expect(bytesOf(moved, 1, { text: 'x' })).toBe('027800');
      expect(bytesOf(moved, 2, { text: 'x' })).toBe(digits('01 01 02 0278'));
      expect(read(moved, 2, '01 01 02 0278')).toEqual({ text: 'x' });
    });
  });

  test('errors name the message and the version', () => {
    expect(() => read(of({ n: int32 }), 0, '0001')).toThrow(
      'Sample version 0: 4 bytes are wanted at byte 0, where 2 are left',
    );
    expect(() => bytesOf(of({ n: int8 }), 0, { n: 128 })).toThrow(
      'Sample version 0: a value of type int8 is wanted, not 128',
    );
  });

  test('a required field that is missing is refused, not written as a default', () => {
    for (const field of [int8, int64, string, bytes, array(int8), struct({ a: int8 })]) {
      expect(() => bytesOf(of({ field }), 0, {})).toThrow(WireError);
    }
  });

  test('a version that is not spoken is our own mistake', () => {
    expect(() => at(of({ n: int8 }), 4)).toThrow('Sample is spoken from version 0 to 3, not in 4');
    expect(() => at(of({ n: int8 }), 0.5)).toThrow('not in 0.5');
  });
});

test('a codec is compiled once', () => {
  const sample = message('Once', { versions: '0-1', flexible: null }, { n: int8 });
  expect(codec(sample, 1)).toBe(codec(sample, 1));
  expect(codec(sample, 1)).not.toBe(codec(sample, 0));
});

describe('declarations that make no sense are refused', () => {
  test.each([
    ['names not in lower camel case', () => struct({ Name: int8 }), 'lower camel case'],
    ['a tag used twice', () => struct({ a: int8.tag(0), b: int8.tag(0) }), 'tag 0 is used once'],
    [
      'null as the default of what is never null',
      () => struct({ a: int8.default(null as unknown as number) }),
      'only a nullable',
    ],
    ['elements with versions', () => array(int8.in('1+')), 'array elements'],
    [
      'defaults that callers would share',
      () => struct({ a: array(int8).default([1]) }),
      'a default is a scalar',
    ],
    ['versions that are no range', () => int8.in('3-1'), 'runs upwards'],
    ['versions that are no versions', () => int8.in('one'), "not 'one'"],
  ])('%s', (_, declare, sentence) => {
    expect(declare).toThrow(sentence);
  });

  test('elements that take no bytes, since any count of them would be plausible', () => {
    const sample = message(
      'Weightless',
      { versions: '0-1', flexible: null },
      { list: array({ a: int8.in('1+') }) },
    );
    expect(() => codec(sample, 0)).toThrow('at least one byte');
    expect(() => codec(sample, 1)).not.toThrow();
  });
});
