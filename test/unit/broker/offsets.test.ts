/** ListOffsets and OffsetForLeaderEpoch over the wire: where things are in a log, and in whose epoch. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { errorName } from '../../../src/wire/errors.js';
import { ListOffsets } from '../../../src/wire/messages/list-offsets.js';
import { OffsetForLeaderEpoch } from '../../../src/wire/messages/offset-for-leader-epoch.js';
import { createTopic, EARLIEST, LATEST, listOffset, MAX_TIMESTAMP, produce } from './parts/asks.js';
import { batch, compression } from './parts/batches.js';
import { ReadProbe } from './parts/read-probe.js';
import { START_MS, World } from './parts/world.js';

const EARLIEST_LOCAL = -4;

/** Offsets 0 to 6, in three batches; the second is compressed, and times do not rise throughout. */
const TIMES = [
  [100, 110, 120],
  [150, 130],
  [140, 200],
] as const;

let world: World;
let client: RpcConnection;
beforeAll(async () => {
  world = await World.start();
  client = await world.client();
  for (const topic of ['timed', 'empty', 'trimmed']) await createTopic(client, topic);
  for (const [at, times] of TIMES.entries()) {
    const records = times.map((ms) => ({ timestamp: START_MS + ms }));
    const options = at === 1 ? ({ codec: 1, compression } as const) : {};
    await produce(client, 'timed', batch(records, options));
    await produce(client, 'trimmed', batch(records));
  }
  await world.broker.partitions.get('trimmed', 0)!.log.deleteRecordsBefore(3);
});
afterAll(() => world.stop());

const NOTHING = { offset: -1, timestamp: -1 };

describe('ListOffsets', () => {
  test.each([
    ['the end', 'timed', LATEST, { offset: 7, timestamp: -1 }],
    ['the start', 'timed', EARLIEST, { offset: 0, timestamp: -1 }],
    ['the local start', 'timed', EARLIEST_LOCAL, { offset: 0, timestamp: -1 }],
    ['the greatest timestamp', 'timed', MAX_TIMESTAMP, { offset: 6, timestamp: START_MS + 200 }],
    ['a time before all', 'timed', START_MS, { offset: 0, timestamp: START_MS + 100 }],
    ['time 0', 'timed', 0, { offset: 0, timestamp: START_MS + 100 }],
    ['the time of the first', 'timed', START_MS + 100, { offset: 0, timestamp: START_MS + 100 }],
    ['a time inside a batch', 'timed', START_MS + 101, { offset: 1, timestamp: START_MS + 110 }],
    ['the last of a batch', 'timed', START_MS + 120, { offset: 2, timestamp: START_MS + 120 }],
    ['a time between batches', 'timed', START_MS + 121, { offset: 3, timestamp: START_MS + 150 }],
    ['inside a compressed batch', 'timed', START_MS + 150, { offset: 3, timestamp: START_MS + 150 }],
    ['a time that lies out of order', 'timed', START_MS + 151, { offset: 6, timestamp: START_MS + 200 }],
    ['a time after all', 'timed', START_MS + 201, NOTHING],
    ['the end of an empty log', 'empty', LATEST, { offset: 0, timestamp: -1 }],
    ['the start of an empty log', 'empty', EARLIEST, { offset: 0, timestamp: -1 }],
    ['a time in an empty log', 'empty', 0, NOTHING],
    ['the greatest timestamp of an empty log', 'empty', MAX_TIMESTAMP, NOTHING],
    ['the start of a log that has been trimmed', 'trimmed', EARLIEST, { offset: 3, timestamp: -1 }],
    [
      'the local start of a log that has been trimmed',
      'trimmed',
      EARLIEST_LOCAL,
      { offset: 3, timestamp: -1 },
    ],
    ['a time that has been trimmed away', 'trimmed', START_MS, { offset: 3, timestamp: START_MS + 150 }],
  ])('%s', async (_, topic, timestamp, expected) => {
    const answer = await listOffset(client, topic, timestamp);
    expect(answer).toMatchObject({ errorCode: 0, ...expected });
    if (answer.offset >= 0)
      expect(answer.leaderEpoch).toBe(world.broker.partitions.get(topic, 0)!.leaderEpoch);
  });

  test.each([
    ['the greatest timestamp before version 7', MAX_TIMESTAMP, 6],
    ['the local start before version 8', EARLIEST_LOCAL, 7],
    ['the last tiered offset before version 9', -5, 8],
    ['the earliest that waits for its upload before version 11', -6, 10],
    ['a question of the future', -7, 11],
    ['a question that makes no sense', Number.MIN_SAFE_INTEGER, 11],
  ])('%s: UNSUPPORTED_VERSION', async (_, timestamp, version) => {
    const { errorCode, offset } = await listOffset(client, 'timed', timestamp, { version });
    expect([errorName(errorCode), offset]).toEqual(['UNSUPPORTED_VERSION', -1]);
  });

  test.each([
    ['the last tiered offset', -5, 9],
    ['the last tiered offset', -5, 11],
    ['the earliest that waits for its upload', -6, 11],
  ])('%s: there is none without tiering, and that is no error', async (_, timestamp, version) => {
    expect(await listOffset(client, 'timed', timestamp, { version })).toMatchObject({
      errorCode: 0,
      ...NOTHING,
      leaderEpoch: -1,
    });
    const { errorCode } = await listOffset(client, 'timed', timestamp, { version, partition: 7 });
    expect(errorName(errorCode)).toBe('UNKNOWN_TOPIC_OR_PARTITION');
  });

  test.each([9, 10, 11])('version %d asks and answers like those before', async (version) => {
    const answer = await listOffset(client, 'timed', START_MS + 101, { version });
    expect(answer).toMatchObject({ errorCode: 0, offset: 1, timestamp: START_MS + 110 });
  });

  test('a partition that is asked for twice gets no answer in either place, and its neighbour gets one', async () => {
    const { topics } = await client.call(ListOffsets, {
      replicaId: -1,
      topics: [
        { name: 'timed', partitions: [{ partitionIndex: 0, timestamp: LATEST }] },
        { name: 'empty', partitions: [{ partitionIndex: 0, timestamp: LATEST }] },
        { name: 'timed', partitions: [{ partitionIndex: 0, timestamp: EARLIEST }] },
      ],
    });
    expect(topics.map(({ partitions: [one] }) => [errorName(one!.errorCode), one!.offset])).toEqual([
      ['INVALID_REQUEST', -1],
      ['NONE', 0],
      ['INVALID_REQUEST', -1],
    ]);
  });

  test('a disk that fails is the error of every partition on it, also of one that is just being searched', async () => {
    const probe = new ReadProbe();
    const own = await World.start({ wrapDisk: (disk) => probe.wrap(disk) });
    const rpc = await own.client();
    for (const name of ['sick', 'sound']) {
      await createTopic(rpc, name);
      await produce(rpc, name, batch([{ value: 'a', timestamp: START_MS }]));
    }
    probe.fails = (path) => path.includes('/sick-0/');
    const { topics } = await rpc.call(ListOffsets, {
      replicaId: -1,
      topics: ['sick', 'sound'].map((name) => ({
        name,
        partitions: [{ partitionIndex: 0, timestamp: START_MS }],
      })),
    });
    expect(topics.map(({ partitions: [one] }) => [errorName(one!.errorCode), one!.offset])).toEqual([
      ['KAFKA_STORAGE_ERROR', -1],
      ['KAFKA_STORAGE_ERROR', -1],
    ]);
    await own.stop();
  });

  test('no leader epoch before version 4', async () => {
    expect(await listOffset(client, 'timed', LATEST, { version: 3 })).toMatchObject({
      offset: 7,
      leaderEpoch: -1,
    });
  });

  test('read_committed ends at the last stable offset', async () => {
    const { topics } = await client.call(ListOffsets, {
      replicaId: -1,
      isolationLevel: 1,
      topics: [{ name: 'timed', partitions: [{ partitionIndex: 0, timestamp: LATEST }] }],
    });
    expect(topics[0]!.partitions[0]).toMatchObject({ errorCode: 0, offset: 7 });
  });

  test('unknown topics and partitions, beside one that is known', async () => {
    const { topics } = await client.call(ListOffsets, {
      replicaId: -1,
      topics: [
        { name: 'nowhere', partitions: [{ partitionIndex: 0, timestamp: LATEST }] },
        {
          name: 'timed',
          partitions: [
            { partitionIndex: 5, timestamp: LATEST },
            { partitionIndex: 0, timestamp: LATEST },
          ],
        },
      ],
    });
    const shown = topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode, offset }) => [
        name,
        partitionIndex,
        errorName(errorCode),
        offset,
      ]),
    );
    expect(shown).toEqual([
      ['nowhere', 0, 'UNKNOWN_TOPIC_OR_PARTITION', -1],
      ['timed', 5, 'UNKNOWN_TOPIC_OR_PARTITION', -1],
      ['timed', 0, 'NONE', 7],
    ]);
  });
});

describe('leader epochs', () => {
  /** Three lives; each writes two records. */
  let lives: World;
  let epochs: number[];
  let rpc: RpcConnection;
  beforeAll(async () => {
    lives = await World.start();
    epochs = [];
    await createTopic(await lives.client(), 'orders');
    for (let life = 0; life < 3; life++) {
      if (life > 0) await lives.restart();
      rpc = await lives.client();
      epochs.push(lives.broker.partitions.get('orders', 0)!.leaderEpoch);
      await produce(rpc, 'orders', batch(['a', 'b'].map((value) => ({ value, timestamp: START_MS + life }))));
    }
  });
  afterAll(() => lives.stop());

  async function endOf(leaderEpoch: number, currentLeaderEpoch = -1, partition = 0) {
    const { topics } = await rpc.call(OffsetForLeaderEpoch, {
      topics: [{ topic: 'orders', partitions: [{ partition, currentLeaderEpoch, leaderEpoch }] }],
    });
    const { errorCode, leaderEpoch: epoch, endOffset } = topics[0]!.partitions[0]!;
    return [errorName(errorCode), epoch, endOffset];
  }

  test('rise by one with each restart', () => {
    expect(epochs).toEqual([epochs[0], epochs[0]! + 1, epochs[0]! + 2]);
  });

  test('an epoch ended where the next began, the present one at the end of the log', async () => {
    expect(await endOf(epochs[0]!)).toEqual(['NONE', epochs[0], 2]);
    expect(await endOf(epochs[1]!)).toEqual(['NONE', epochs[1], 4]);
    expect(await endOf(epochs[2]!)).toEqual(['NONE', epochs[2], 6]);
  });

  test('an epoch from the future, and one from before the log, are unknown: −1/−1', async () => {
    expect(await endOf(epochs[2]! + 1)).toEqual(['NONE', -1, -1]);
    expect(await endOf(99)).toEqual(['NONE', -1, -1]);
  });

  test('the epoch the client takes for the present one is checked first', async () => {
    expect(await endOf(epochs[0]!, epochs[2]!)).toEqual(['NONE', epochs[0], 2]);
    expect(await endOf(epochs[0]!, epochs[1]!)).toEqual(['FENCED_LEADER_EPOCH', -1, -1]);
    expect(await endOf(epochs[0]!, epochs[2]! + 1)).toEqual(['UNKNOWN_LEADER_EPOCH', -1, -1]);
    expect(await endOf(epochs[0]!, -1, 3)).toEqual(['UNKNOWN_TOPIC_OR_PARTITION', -1, -1]);
  });

  test.each([
    ['older', -1, 'FENCED_LEADER_EPOCH'],
    ['the same', 0, 'NONE'],
    ['newer', 1, 'UNKNOWN_LEADER_EPOCH'],
  ])('ListOffsets with an epoch that is %s', async (_, difference, code) => {
    const answer = await listOffset(rpc, 'orders', LATEST, { currentLeaderEpoch: epochs[2]! + difference });
    expect(errorName(answer.errorCode)).toBe(code);
    expect(answer.offset).toBe(code === 'NONE' ? 6 : -1);
  });

  test('offsets found by time come with the epoch of their record', async () => {
    for (const life of [0, 1, 2]) {
      expect(await listOffset(rpc, 'orders', START_MS + life)).toMatchObject({
        offset: 2 * life,
        leaderEpoch: epochs[life],
      });
    }
    expect(await listOffset(rpc, 'orders', EARLIEST)).toMatchObject({ offset: 0, leaderEpoch: epochs[0] });
  });
});
