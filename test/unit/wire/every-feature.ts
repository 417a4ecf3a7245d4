/** A message that no API has: every kind and every rule of the schema language, for the tests. */
import {
  api,
  array,
  boolean,
  bytes,
  float64,
  int8,
  int16,
  int32,
  int64,
  message,
  records,
  string,
  struct,
  uint16,
  uuid,
} from '../../../src/wire/schema.js';

export const EveryFeature = message(
  'EveryFeature',
  { versions: '0-4', flexible: 2 },
  {
    tiny: int8,
    small: int16,
    medium: int32,
    large: int64,
    unsigned: uint16,
    real: float64,
    flag: boolean,
    id: uuid,
    text: string,
    data: bytes,
    batch: records.nullable(),
    plainBatch: records,
    maybeText: string.nullable('1+'),
    maybeNull: string.nullable('1+').default(null),
    maybeData: bytes.nullable('3+'),
    maybeList: array(int16).nullable('1+'),
    lateNull: array(string).in('1+').nullable('2+').default(null),
    smalls: array(int8),
    larges: array(int64),
    ids: array(uuid),
    texts: array(string),
    flags: array(boolean).in('1-3'),
    inner: struct({ a: int32, b: string.in('3+').default('b') }),
    maybeInner: struct({ c: int16, d: array({ e: int8.in('2+'), f: int8 }) })
      .nullable()
      .default(null),
    deep: array({ x: array({ y: array({ z: int16, late: int32.in('3+').default(7).ignorable() }) }) }),
    strict: int32.in('1-2').default(5),
    lenient: int32.in('1-2').default(5).ignorable(),
    strictText: string.in('3+'),
    strictData: bytes.in('3+'),
    strictStruct: struct({ k: int8.default(-1), l: string }).in('3+'),
    // From here on tags, declared out of order on purpose.
    nine: int32.in('2+').tag(9).default(-1),
    zero: struct({ p: int32.default(-1), q: string })
      .in('2+')
      .tag(0),
    three: array({ r: string, s: int64.in('2+').tag(1) })
      .in('2+')
      .tag(3),
    four: struct({ t: string }).in('2+').tag(4).nullable('2+').default(null),
    movesToTags: string.tag(5, '3+'),
    six: records.in('4+').tag(6).nullable('4+'),
    seven: uuid.in('2+').tag(7).ignorable(),
  },
);

/** As SaslHandshake: an API that never becomes flexible. */
export const NeverFlexible = api(
  'NeverFlexible',
  { key: 900, versions: '0-1', flexible: null },
  { request: { mechanism: string, list: array(string).in('1+') }, response: { errorCode: int16 } },
);
