/** What the declarations infer: `tsc` is the judge here, the run itself only shows that the file loads. */
import { expectTypeOf, test } from 'vitest';
import type { LeaderEpoch, Millis, Offset, PartitionIndex, Uuid } from '../../../src/base/ids.js';
import { type Codec, codec } from '../../../src/wire/codec.js';
import { encodeResponse } from '../../../src/wire/headers.js';
import type { FetchResponseDraft } from '../../../src/wire/messages/fetch.js';
import { Fetch } from '../../../src/wire/messages/fetch.js';
import type { ProduceRequest } from '../../../src/wire/messages/produce.js';
import {
  array,
  bytes,
  type DraftOf,
  type Infer,
  int16,
  int32,
  int64,
  message,
  records,
  string,
  struct,
  type UnknownTag,
  uuid,
} from '../../../src/wire/schema.js';

const Sample = message(
  'Sample',
  { versions: '0-3', flexible: 1 },
  {
    required: int32,
    offset: int64.as<Offset>(),
    defaulted: int16.default(-1),
    versioned: string.in('1+'),
    nullable: string.nullable(),
    data: bytes,
    batch: records.nullable('2+'),
    id: uuid.in('2+').ignorable(),
    numbers: array(int32),
    list: array({
      name: string,
      epoch: int32.as<LeaderEpoch>().default(-1),
      deep: array({ a: int16, b: int16.in('2+') }),
    }),
    maybeList: array(string).nullable('1+').default(null),
    tagged: struct({ a: int32, b: int32.default(-1) })
      .in('1+')
      .tag(0),
    maybeStruct: struct({ a: int32 }).nullable().default(null),
  },
);

type Flat<T> = { [K in keyof T]: T[K] };
type Tagged<T> = Flat<T & { unknownTags?: readonly UnknownTag[] }>;
type TaggedDraft<T> = Flat<T & { unknownTags?: readonly UnknownTag[] | undefined }>;

test('decoded objects have every field', () => {
  expectTypeOf<Infer<typeof Sample>>().toEqualTypeOf<
    Tagged<{
      required: number;
      offset: Offset;
      defaulted: number;
      versioned: string;
      nullable: string | null;
      data: Buffer;
      batch: Buffer | null;
      id: Uuid;
      numbers: number[];
      list: Tagged<{
        name: string;
        epoch: LeaderEpoch;
        deep: Tagged<{ a: number; b: number }>[];
      }>[];
      maybeList: string[] | null;
      tagged: Tagged<{ a: number; b: number }>;
      maybeStruct: Tagged<{ a: number }> | null;
    }>
  >();
});

test('drafts may leave out what has a default, at any depth', () => {
  expectTypeOf<DraftOf<typeof Sample>>().toEqualTypeOf<
    TaggedDraft<{
      required: number;
      offset: Offset;
      defaulted?: number | undefined;
      versioned?: string | undefined;
      nullable?: string | null | undefined;
      data: Uint8Array;
      batch?: Uint8Array | readonly Uint8Array[] | null | undefined;
      id?: Uuid | undefined;
      numbers: readonly number[];
      list: readonly TaggedDraft<{
        name: string;
        epoch?: LeaderEpoch | undefined;
        deep: readonly TaggedDraft<{ a: number; b?: number | undefined }>[];
      }>[];
      maybeList?: readonly string[] | null | undefined;
      tagged?: TaggedDraft<{ a: number; b?: number | undefined }> | undefined;
      maybeStruct?: TaggedDraft<{ a: number }> | null | undefined;
    }>
  >();
});

test('what is decoded may be encoded again', () => {
  expectTypeOf<Infer<typeof Sample>>().toExtend<DraftOf<typeof Sample>>();
  expectTypeOf<Infer<typeof Fetch.response>>().toExtend<FetchResponseDraft>();
});

test('codecs carry both types', () => {
  expectTypeOf(codec(Sample, 1)).toEqualTypeOf<Codec<Infer<typeof Sample>, DraftOf<typeof Sample>>>();
});

test('numbers with a meaning are not mistaken for each other', () => {
  type Partition = Infer<typeof Fetch.request>['topics'][number]['partitions'][number];
  expectTypeOf<Partition['fetchOffset']>().toEqualTypeOf<Offset>();
  expectTypeOf<Partition['currentLeaderEpoch']>().toEqualTypeOf<LeaderEpoch>();
  expectTypeOf<Offset>().not.toExtend<Partition['currentLeaderEpoch']>();
  expectTypeOf<number>().toExtend<Partition['fetchOffset']>();
});

test('a real request', () => {
  expectTypeOf<ProduceRequest>().toEqualTypeOf<
    Tagged<{
      transactionalId: string | null;
      acks: number;
      timeoutMs: Millis;
      topicData: Tagged<{
        name: string;
        partitionData: Tagged<{ index: PartitionIndex; records: Buffer | null }>[];
      }>[];
    }>
  >();
});

test('drafts are checked', () => {
  // Never run: only the types matter.
  const never = (): void => {
    const partition = { partitionIndex: 0, errorCode: 0 };
    // @ts-expect-error highWatermark is required
    encodeResponse(Fetch, 12, 7, { responses: [{ topic: 't', partitions: [partition] }] });
    // @ts-expect-error no such field
    encodeResponse(Fetch, 12, 7, { responses: [], nothing: 1 });
    // @ts-expect-error null only where it is declared
    encodeResponse(Fetch, 12, 7, { responses: null });
    // @ts-expect-error a default has the field's type
    int32.default('x');
  };
  expectTypeOf(never).toBeFunction();
});
