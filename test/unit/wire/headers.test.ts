/**
 * Headers of requests that we know, that we only half know, and of their answers. Golden bytes are in
 * golden.test.ts.
 */
import { describe, expect, test } from 'vitest';
import { codec } from '../../../src/wire/codec.js';
import {
  correlationIdOf,
  decodeRequestHeader,
  decodeResponseHeader,
  encodeRequest,
  encodeResponse,
} from '../../../src/wire/headers.js';
import { ApiVersions } from '../../../src/wire/messages/api-versions.js';
import { Fetch } from '../../../src/wire/messages/fetch.js';
import { APIS, apiByKey, flexibleOf } from '../../../src/wire/messages/index.js';
import { Produce } from '../../../src/wire/messages/produce.js';
import { WireError } from '../../../src/wire/reader.js';
import { hex } from './hex.js';

describe('request headers', () => {
  test('of a version that nobody knows yet: ApiVersions can still be answered', () => {
    const header = decodeRequestHeader(hex('0012 0063 00000007 0003 6b6361 00 ffffff'), flexibleOf);
    expect(header).toMatchObject({ apiKey: 18, apiVersion: 99, correlationId: 7, clientId: 'kca' });
    const answer = Buffer.concat(
      encodeResponse(ApiVersions, 0, header.correlationId, {
        errorCode: 35,
        apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }],
      }),
    );
    expect(answer).toEqual(hex('00000010 00000007 0023 00000001 0012 0000 0004'));
  });

  test.each([
    ['a key that nobody knows', '03e7 0000 00000007'],
    ['nothing but eight bytes', '0012 0063 00000007'],
    ['a client id that ends too early', '0012 0063 00000007 0009 6b63'],
    ['a client id of a negative length', '0012 0063 00000007 fff0'],
  ])('%s: the first eight bytes are enough', (_, text) => {
    const header = decodeRequestHeader(hex(text), flexibleOf);
    expect(header).toMatchObject({ correlationId: 7, clientId: null });
    expect(header.body.position).toBe(8);
  });

  test.each([
    ['seven bytes', '0012 0000 000000'],
    ['no client id', '0012 0000 00000007'],
    ['a client id that ends too early', '0012 0000 00000007 0009 6b63'],
    ['no tags where the version has some', '0012 0003 00000007 ffff'],
    ['tags that end too early', '0012 0003 00000007 ffff 01 00 05 00'],
  ])('%s: refused in a version that is known', (_, text) => {
    expect(() => decodeRequestHeader(hex(text), flexibleOf)).toThrow(WireError);
  });

  test('unknown tags of the header are passed over', () => {
    const { body } = decodeRequestHeader(
      hex('0012 0003 00000007 ffff 01 00 02 aabb 02 61 02 31 00'),
      flexibleOf,
    );
    expect(codec(ApiVersions.request, 3).decode(body)).toEqual({
      clientSoftwareName: 'a',
      clientSoftwareVersion: '1',
    });
  });

  test('a client without an id', () => {
    const bytes = Buffer.concat(encodeRequest(ApiVersions, 0, { correlationId: 1, clientId: null }, {}));
    expect(bytes).toEqual(hex('0000000a 0012 0000 00000001 ffff'));
  });
});

describe('response headers', () => {
  test.each(
    APIS.flatMap((api) =>
      Array.from({ length: api.maxVersion - api.minVersion + 1 }, (_, at) => ({
        api,
        version: api.minVersion + at,
        name: api.name,
      })),
    ),
  )('$name $version: tags in flexible versions, but never for ApiVersions', ({ api, version }) => {
    const tagged = api.key !== 18 && api.response.isFlexible(version);
    const frame = tagged ? hex('00000007 00 aa') : hex('00000007 aa');
    const { correlationId, body } = decodeResponseHeader(api, version, frame);
    expect({ correlationId, remaining: body.remaining }).toEqual({ correlationId: 7, remaining: 1 });
    expect(correlationIdOf(frame)).toBe(7);
  });

  test('that are cut off are refused', () => {
    expect(() => decodeResponseHeader(Fetch, 12, hex('00000007'))).toThrow(WireError);
    expect(() => correlationIdOf(hex('000000'))).toThrow(WireError);
  });
});

test('large records leave as parts of their own, and the size counts them', () => {
  const slices = [Buffer.alloc(70_000, 1), Buffer.alloc(5000, 2)];
  const parts = encodeResponse(Fetch, 12, 7, {
    responses: [
      { topic: 't', partitions: [{ partitionIndex: 0, errorCode: 0, highWatermark: 9, records: slices }] },
    ],
  });
  expect(slices.filter((slice) => parts.includes(slice))).toHaveLength(2);
  const bytes = Buffer.concat(parts);
  expect(bytes.readInt32BE(0)).toBe(bytes.length - 4);
  const { body } = decodeResponseHeader(Fetch, 12, bytes.subarray(4));
  const decoded = codec(Fetch.response, 12).decode(body);
  expect(decoded.responses[0]?.partitions[0]?.records).toEqual(Buffer.concat(slices));
});

describe('the table of APIs', () => {
  test('finds by key', () => {
    expect(apiByKey(1)).toBe(Fetch);
    expect(apiByKey(999)).toBeUndefined();
    expect(new Set(APIS.map(({ key }) => key)).size).toBe(APIS.length);
  });

  test('knows which versions are flexible', () => {
    expect([
      flexibleOf(1, 11),
      flexibleOf(1, 12),
      flexibleOf(1, 18),
      flexibleOf(1, 3),
      flexibleOf(999, 0),
    ]).toEqual([false, true, undefined, undefined, undefined]);
  });

  test('advertises Produce from 0 on, and serves it from 3', () => {
    expect(Produce).toMatchObject({ advertisedMin: 0, minVersion: 3, maxVersion: 11 });
    expect(APIS.filter((api) => api.advertisedMin !== api.minVersion)).toEqual([Produce]);
  });
});
