/** The first words on a connection: framing, headers, which versions are spoken, and what happens to whoever speaks another language. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codec } from '../../../src/wire/codec.js';
import { ErrorCode } from '../../../src/wire/errors.js';
import { ApiVersions, type ApiVersionsResponse } from '../../../src/wire/messages/api-versions.js';
import { Heartbeat } from '../../../src/wire/messages/heartbeat.js';
import { APIS } from '../../../src/wire/messages/index.js';
import { Metadata } from '../../../src/wire/messages/metadata.js';
import { Produce } from '../../../src/wire/messages/produce.js';
import { Reader } from '../../../src/wire/reader.js';
import { frameOf, type RawConnection, strangeFrame } from './parts/raw-connection.js';
import { settled, World } from './parts/world.js';

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const SOFTWARE = { clientSoftwareName: 'a', clientSoftwareVersion: '1' };

async function askVersions(version: number, software = SOFTWARE): Promise<ApiVersionsResponse> {
  const raw = await world.raw();
  raw.request(ApiVersions, version, 1, version >= 3 ? software : {});
  const frame = (await raw.frame(0))!;
  raw.destroy();
  // After the correlation id comes the body: no tag section, whatever the version.
  return codec(ApiVersions.response, version).decode(new Reader(frame.subarray(4)));
}

describe('ApiVersions', () => {
  test.each([0, 1, 2, 3, 4])('version %i: its response header never has a tag section', async (version) => {
    const { errorCode, apiKeys } = await askVersions(version);
    expect(errorCode).toBe(ErrorCode.NONE);
    expect(apiKeys.length).toBe(APIS.length);
  });

  test('lists each key once, in order, and exactly what is served', async () => {
    const { apiKeys } = await askVersions(4);
    const expected = APIS.map(({ key, advertisedMin, maxVersion }) => [key, advertisedMin, maxVersion]);
    expect(apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, minVersion, maxVersion])).toEqual(
      expected.sort(([a], [b]) => a! - b!),
    );
  });

  /** What the clients in the wild need of a single broker so far. Fetch 13: @platformatic/kafka's Fetch 12 puts the id where the name belongs. */
  test.each([
    [0, 'Produce', 0, 11],
    [1, 'Fetch', 4, 17],
    [2, 'ListOffsets', 1, 11],
    [3, 'Metadata', 0, 13],
    [8, 'OffsetCommit', 2, 10],
    [9, 'OffsetFetch', 1, 10],
    [10, 'FindCoordinator', 0, 6],
    [11, 'JoinGroup', 0, 9],
    [12, 'Heartbeat', 0, 4],
    [13, 'LeaveGroup', 0, 5],
    [14, 'SyncGroup', 0, 5],
    [15, 'DescribeGroups', 0, 6],
    [16, 'ListGroups', 0, 5],
    [18, 'ApiVersions', 0, 4],
    [19, 'CreateTopics', 2, 7],
    [20, 'DeleteTopics', 1, 6],
    [21, 'DeleteRecords', 0, 2],
    [22, 'InitProducerId', 0, 5],
    [23, 'OffsetForLeaderEpoch', 2, 4],
    [32, 'DescribeConfigs', 1, 4],
    [35, 'DescribeLogDirs', 1, 4],
    [37, 'CreatePartitions', 0, 3],
    [42, 'DeleteGroups', 0, 2],
    [43, 'ElectLeaders', 0, 2],
    [45, 'AlterPartitionReassignments', 0, 1],
    [46, 'ListPartitionReassignments', 0, 0],
    [47, 'OffsetDelete', 0, 0],
    [60, 'DescribeCluster', 0, 2],
    [61, 'DescribeProducers', 0, 0],
    [75, 'DescribeTopicPartitions', 0, 0],
  ])('%i %s from %i to %i', async (key, _, min, max) => {
    const { apiKeys } = await askVersions(3);
    expect(apiKeys.find(({ apiKey }) => apiKey === key)).toMatchObject({ minVersion: min, maxVersion: max });
  });

  test('no features: what a client assumes without them is what is served', async () => {
    expect(await askVersions(4)).toMatchObject({
      supportedFeatures: [],
      finalizedFeatures: [],
      finalizedFeaturesEpoch: -1,
      zkMigrationReady: false,
    });
  });

  test.each([5, 6, 99, 0x7fff, -1])(
    'version %i: answered in version 0 with its own range alone, its body unread, and the connection goes on (KIP-511)',
    async (version) => {
      const raw = await world.raw();
      raw.send(strangeFrame(ApiVersions.key, version, 7, Buffer.from('f00dbeef', 'hex')));
      const frame = (await raw.frame(0))!;
      expect(frame.readInt32BE(0)).toBe(7);
      const reader = new Reader(frame.subarray(4));
      expect(codec(ApiVersions.response, 0).decode(reader)).toMatchObject({
        errorCode: ErrorCode.UNSUPPORTED_VERSION,
        apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }],
      });
      expect(frame.length).toBe(4 + reader.position);
      raw.request(ApiVersions, 0, 8, {});
      expect((await raw.frame(1))!.readInt32BE(0)).toBe(8);
      raw.destroy();
    },
  );

  test.each([
    ['librdkafka', '2.15.0', 'NONE'],
    ['a', '1', 'NONE'],
    ['kgo', 'v1.2-rc.1', 'NONE'],
    ['', '1.0', 'INVALID_REQUEST'],
    ['a', '', 'INVALID_REQUEST'],
    ['-a', '1', 'INVALID_REQUEST'],
    ['a-', '1', 'INVALID_REQUEST'],
    ['a b', '1', 'INVALID_REQUEST'],
    ['a', '1/2', 'INVALID_REQUEST'],
    ['ä', '1', 'INVALID_REQUEST'],
    ['a\n', '1', 'INVALID_REQUEST'],
  ] as const)('software %j version %j: %s', async (clientSoftwareName, clientSoftwareVersion, code) => {
    const { errorCode } = await askVersions(3, { clientSoftwareName, clientSoftwareVersion });
    expect(errorCode).toBe(ErrorCode[code]);
  });
});

describe('frames and headers', () => {
  test('a flexible answer has a tag section in its header, an inflexible one has none', async () => {
    const raw = await world.raw();
    const ask = { groupId: 'g', generationId: 1, memberId: 'm' };
    raw.request(Heartbeat, 3, 1, ask);
    raw.request(Heartbeat, 4, 2, ask);
    const [old, flexible] = [(await raw.frame(0))!, (await raw.frame(1))!];
    // Correlation id, throttle time, error code; and one byte for each of two empty tag sections.
    expect([old.length, flexible.length]).toEqual([4 + 4 + 2, 4 + 1 + 4 + 2 + 1]);
    raw.destroy();
  });

  test('a client id may be null, empty or long; unknown tags in header and body are passed over', async () => {
    for (const clientId of [null, '', 'c'.repeat(1000)]) {
      const raw = await world.raw();
      raw.send(withClientId(clientId));
      expect((await raw.frame(0))!.readInt32BE(0)).toBe(3);
      raw.destroy();
    }
  });

  test('correlation ids come back as they went, negative ones too', async () => {
    const raw = await world.raw();
    const ids = [0, -1, 0x7fffffff, -0x80000000, 42, 42];
    for (const id of ids) raw.request(ApiVersions, 0, id, {});
    await raw.frame(ids.length - 1);
    expect(raw.frames.map((frame) => frame.readInt32BE(0))).toEqual(ids);
    raw.destroy();
  });

  test('frames that arrive byte by byte, and many in one chunk', async () => {
    const frame = frameOf(ApiVersions, 3, 5, SOFTWARE);
    const slow = await world.raw();
    for (const byte of frame) slow.send(Buffer.from([byte]));
    expect((await slow.frame(0))!.readInt32BE(0)).toBe(5);
    slow.destroy();
    const quick = await world.raw();
    quick.send(...Array.from({ length: 300 }, (_, at) => frameOf(ApiVersions, 3, at, SOFTWARE)));
    await quick.frame(299);
    expect(quick.frames.map((each) => each.readInt32BE(0))).toEqual(
      Array.from({ length: 300 }, (_, at) => at),
    );
    quick.destroy();
  });
});

/** Metadata 9 by hand: a header with a tag that nobody knows, and the same in the body. */
function withClientId(clientId: string | null): Buffer {
  const header = Buffer.from('0003000900000003', 'hex');
  const name = clientId === null ? Buffer.from('ffff', 'hex') : Buffer.alloc(2 + clientId.length);
  if (clientId !== null) {
    name.writeInt16BE(clientId.length, 0);
    name.write(clientId, 2);
  }
  const unknownTag = Buffer.from('01630378797a', 'hex');
  const body = Buffer.from('01000000', 'hex');
  const frame = Buffer.concat([header, name, unknownTag, body, unknownTag]);
  const size = Buffer.alloc(4);
  size.writeInt32BE(frame.length, 0);
  return Buffer.concat([size, frame]);
}

describe('whoever asks for what is not served is hung up on, and told nothing', () => {
  const cases: readonly { readonly what: string; readonly bytes: Buffer; readonly logged: RegExp }[] = [
    ...[4, 5, 6, 7, 17, 27, 52, 56, 68, 71, 999, -1, 0x7fff].map((key) => ({
      what: `key ${key}`,
      bytes: strangeFrame(key, 0, 1),
      logged: new RegExp(`API key ${key}`),
    })),
    ...[0, 1, 2, 12, 99, -1].map((version) => ({
      what: `Produce ${version}`,
      bytes: strangeFrame(Produce.key, version, 1, Buffer.alloc(30)),
      logged: /Produce version .* 3 to 11/,
    })),
    { what: 'Fetch 3', bytes: strangeFrame(1, 3, 1), logged: /Fetch version 3/ },
    { what: 'Fetch 18', bytes: strangeFrame(1, 18, 1), logged: /Fetch version 18/ },
    { what: 'Metadata 14', bytes: strangeFrame(3, 14, 1), logged: /Metadata version 14/ },
    {
      what: 'a body cut short',
      bytes: cut(frameOf(Heartbeat, 3, 1, heartbeat()), 3),
      logged: /Heartbeat v3/,
    },
    { what: 'a size of 0', bytes: Buffer.alloc(4), logged: /declares 0 bytes/ },
    { what: 'a negative size', bytes: Buffer.from('ffffffff00000000', 'hex'), logged: /declares -1 bytes/ },
    {
      what: 'a size above the limit',
      bytes: Buffer.from('7fffffff', 'hex'),
      logged: /declares 2147483647 bytes/,
    },
    { what: 'a TLS handshake', bytes: Buffer.from('160301020001000001fc0303', 'hex'), logged: /TLS/ },
    { what: 'an HTTP request', bytes: Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), logged: /HTTP/ },
  ];

  function heartbeat() {
    return { groupId: 'g', generationId: 1, memberId: 'm' };
  }
  function cut(frame: Buffer, bytes: number): Buffer {
    return resized(frame.subarray(0, frame.length - bytes));
  }
  function resized(frame: Buffer): Buffer {
    const copy = Buffer.from(frame);
    copy.writeInt32BE(copy.length - 4, 0);
    return copy;
  }

  test.each(cases)('$what', async ({ bytes, logged }) => {
    const lines = world.lines.length;
    const raw = await world.raw();
    raw.request(ApiVersions, 0, 1, {});
    raw.send(bytes);
    await raw.whenClosed();
    await settled();
    // What came before is answered; what was refused is not.
    expect(raw.frames.map((frame) => frame.readInt32BE(0))).toEqual([1]);
    const said = world.lines.slice(lines).filter(({ level }) => level !== 'debug');
    expect(said.map(({ level }) => level)).toEqual(['warn']);
    expect(said[0]!.message).toMatch(logged);
    expect(said[0]!.fields).toHaveProperty('from');
  });

  test('what follows the refused request on its connection is not carried out', async () => {
    const raw = await world.raw();
    raw.send(strangeFrame(999, 0, 1), frameOf(Metadata, 9, 2, { topics: [{ name: 'after-the-end' }] }));
    await raw.whenClosed();
    expect(raw.frames).toEqual([]);
    expect(world.broker.image.topic('after-the-end')).toBeUndefined();
  });

  test('another connection notices nothing', async () => {
    const good = await world.raw();
    const bad: RawConnection[] = [];
    for (let at = 0; at < 20; at++) {
      const raw = await world.raw();
      raw.send(strangeFrame(999, 0, 1));
      bad.push(raw);
      good.request(ApiVersions, 0, at, {});
    }
    await good.frame(19);
    expect(good.frames).toHaveLength(20);
    await Promise.all(bad.map((raw) => raw.whenClosed()));
    good.destroy();
  });
});
