/** Fetch over the wire: whole batches, limits, long polls, ranges, epochs, and the order of answers. */
import { afterAll, describe, expect, test } from 'vitest';
import { NO_UUID } from '../../../src/base/ids.js';
import { baseOffset, batchBytes } from '../../../src/records/batch.js';
import { batchesIn } from '../../../src/records/iterate.js';
import { ErrorCode, errorName } from '../../../src/wire/errors.js';
import { ApiVersions } from '../../../src/wire/messages/api-versions.js';
import { DeleteTopics } from '../../../src/wire/messages/delete-topics.js';
import { Fetch } from '../../../src/wire/messages/fetch.js';
import { Metadata } from '../../../src/wire/messages/metadata.js';
import { Produce } from '../../../src/wire/messages/produce.js';
import {
  createTopic,
  fetch,
  type FetchOptions,
  fetchRequest,
  produce,
  produceRequest,
} from './parts/asks.js';
import { batch, valuesOf, withAttributeBits } from './parts/batches.js';
import { isPending, settled, World } from './parts/world.js';

const world = await World.start();
afterAll(() => world.stop());
const [client, other] = [await world.client(), await world.client()];

let topics = 0;
async function topicWith(...batches: readonly (readonly string[])[]): Promise<string> {
  const name = `f${++topics}`;
  await createTopic(client, name, { partitions: 3 });
  for (const values of batches) await produce(client, name, batch(values));
  return name;
}

function baseOffsets(records: Buffer): number[] {
  return [...batchesIn(records)].map((at) => baseOffset(records, at));
}

describe('which batches come', () => {
  test.each([
    ['the first offset', 0, [0, 3, 5]],
    ['the middle of the first batch', 1, [0, 3, 5]],
    ['the last offset of the first batch', 2, [0, 3, 5]],
    ['the start of the second', 3, [3, 5]],
    ['the middle of the second', 4, [3, 5]],
    ['the last record', 5, [5]],
    ['the end', 6, []],
  ])('from %s: whole batches, the first the one that contains the offset', async (_, from, expected) => {
    const topic = await topicWith(['a', 'b', 'c'], ['d', 'e'], ['f']);
    const answer = await fetch(client, topic, from);
    expect(answer).toMatchObject({
      errorCode: ErrorCode.NONE,
      highWatermark: 6,
      lastStableOffset: 6,
      logStartOffset: 0,
      abortedTransactions: null,
      preferredReadReplica: -1,
    });
    expect(baseOffsets(answer.records!)).toEqual(expected);
  });

  test('the same from the disk alone, after a restart', async () => {
    const own = await World.start({ settings: { 'log.tail.memory.bytes': '0' } });
    await createTopic(await own.client(), 'cold');
    for (const values of [['a', 'b', 'c'], ['d', 'e'], ['f']]) {
      await produce(await own.client(), 'cold', batch(values));
    }
    await own.restart();
    const reader = await own.client();
    for (const [from, expected] of [
      [0, [0, 3, 5]],
      [2, [0, 3, 5]],
      [4, [3, 5]],
      [6, []],
    ] as const) {
      expect(baseOffsets((await fetch(reader, 'cold', from)).records!)).toEqual(expected);
    }
    await own.stop();
  });

  test('an empty field is empty bytes, and not null', async () => {
    const topic = await topicWith();
    for (const version of [4, 7, 11, 12]) {
      expect((await fetch(client, topic, 0, { version })).records).toEqual(Buffer.alloc(0));
    }
  });

  test('no batch is ever cut, whatever the limits', async () => {
    const topic = await topicWith(['x'.repeat(100)], ['y'.repeat(200)], ['z'.repeat(300)]);
    const { records } = await fetch(client, topic, 0);
    for (let limit = 0; limit <= records!.length; limit += 37) {
      const answer = await fetch(client, topic, 0, { partitionMaxBytes: limit });
      const sizes = [...batchesIn(answer.records!)].map((at) => batchBytes(answer.records!, at));
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(answer.records!.length);
      expect(answer.records!.length).toBeLessThanOrEqual(Math.max(limit, sizes[0] ?? 0));
    }
  });

  test('the first batch of the first partition that has data comes whole beyond both limits (KIP-74), and only that', async () => {
    const topic = await topicWith(['x'.repeat(500)], ['y']);
    await produce(client, topic, batch(['z'.repeat(500)]), { partition: 1 });
    const { responses } = await client.call(Fetch, {
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: 10,
      topics: [
        {
          topic,
          partitions: [
            { partition: 2, fetchOffset: 0, partitionMaxBytes: 10 },
            { partition: 1, fetchOffset: 0, partitionMaxBytes: 10 },
            { partition: 0, fetchOffset: 0, partitionMaxBytes: 10 },
          ],
        },
      ],
      forgottenTopicsData: [],
    });
    const got = responses[0]!.partitions.map(({ partitionIndex, records }) => [
      partitionIndex,
      baseOffsets(records!).length,
    ]);
    expect(got).toEqual([
      [2, 0],
      [1, 1],
      [0, 0],
    ]);
  });

  test('a partition that is asked for twice is asked for once, as it stands there last', async () => {
    const topic = await topicWith(['a'], ['b']);
    const { responses } = await client.call(Fetch, {
      maxWaitMs: 0,
      minBytes: 1,
      topics: [
        {
          topic,
          partitions: [
            { partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 },
            { partition: 1, fetchOffset: 0, partitionMaxBytes: 1 << 20 },
          ],
        },
        { topic, partitions: [{ partition: 0, fetchOffset: 1, partitionMaxBytes: 1 << 20 }] },
      ],
      forgottenTopicsData: [],
    });
    const got = responses.flatMap(({ partitions }) =>
      partitions.map(({ partitionIndex, records }) => [partitionIndex, valuesOf(records)]),
    );
    expect(got).toEqual([
      [0, ['b']],
      [1, []],
    ]);
  });

  test('max_bytes is shared in the order of the request', async () => {
    const topic = await topicWith(['x'.repeat(300)], ['x'.repeat(300)]);
    await produce(client, topic, batch(['y'.repeat(300)]), { partition: 1 });
    const ask = async (order: readonly number[], maxBytes: number): Promise<number[][]> => {
      const { responses } = await client.call(Fetch, {
        maxWaitMs: 0,
        minBytes: 1,
        maxBytes,
        topics: [
          {
            topic,
            partitions: order.map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1 << 20 })),
          },
        ],
        forgottenTopicsData: [],
      });
      return responses[0]!.partitions.map(({ records }) => baseOffsets(records!));
    };
    expect(await ask([0, 1], 800)).toEqual([[0, 1], []]);
    expect(await ask([1, 0], 800)).toEqual([[0], [0]]);
    expect(await ask([0, 1], 8000)).toEqual([[0, 1], [0]]);
  });

  test('batches of codecs the broker never opens pass through, also for versions before 10', async () => {
    const topic = await topicWith();
    await produce(client, topic, withAttributeBits(batch(['opaque']), 4));
    const { records, errorCode } = await fetch(client, topic, 0, { version: 9 });
    expect(errorCode).toBe(ErrorCode.NONE);
    expect(baseOffsets(records!)).toEqual([0]);
  });

  test('a topic whose compression.type is zstd answers versions before 10 with UNSUPPORTED_COMPRESSION_TYPE, at once', async () => {
    const topic = 'compressed';
    await createTopic(client, topic, { configs: { 'compression.type': 'zstd' } });
    const patient = { version: 9, maxWaitMs: 60_000 };
    const { errorCode, records } = await fetch(client, topic, 0, patient);
    expect([errorName(errorCode), records]).toEqual(['UNSUPPORTED_COMPRESSION_TYPE', Buffer.alloc(0)]);
    expect(await fetch(client, topic, 0, { version: 10 })).toMatchObject({ errorCode: ErrorCode.NONE });
  });

  test('fetch.max.bytes bounds what a client may ask', async () => {
    const own = await World.start({ settings: { 'fetch.max.bytes': '1024' } });
    const rpc = await own.client();
    await createTopic(rpc, 'wide');
    for (let at = 0; at < 8; at++) await produce(rpc, 'wide', batch(['x'.repeat(400)]));
    const { records } = await fetch(rpc, 'wide', 0, { maxBytes: 0x7fffffff });
    expect(baseOffsets(records!)).toEqual([0, 1]);
    await own.stop();
  });
});

describe('what cannot be fetched', () => {
  test.each([
    ['below the log start', -1, 0],
    ['above the end', 4, 0],
    ['far above the end', 1e12, 0],
  ])('%s: OFFSET_OUT_OF_RANGE, with the bounds', async (_, offset, logStart) => {
    const topic = await topicWith(['a', 'b', 'c']);
    const answer = await fetch(client, topic, offset, { maxWaitMs: 60_000 });
    expect(answer).toMatchObject({
      errorCode: ErrorCode.OFFSET_OUT_OF_RANGE,
      highWatermark: 3,
      lastStableOffset: 3,
      logStartOffset: logStart,
      records: Buffer.alloc(0),
    });
  });

  test('below a log start that has moved', async () => {
    const topic = await topicWith(['a'], ['b'], ['c']);
    await world.broker.partitions.get(topic, 0)!.log.deleteRecordsBefore(2);
    expect(await fetch(client, topic, 1)).toMatchObject({
      errorCode: ErrorCode.OFFSET_OUT_OF_RANGE,
      highWatermark: 3,
      logStartOffset: 2,
    });
    expect(valuesOf((await fetch(client, topic, 2)).records)).toEqual(['c']);
  });

  test.each([
    ['an unknown topic', 'nowhere', 0, {}, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['an unknown partition', null, 0, { partition: 9 }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['an epoch older than the leader’s', null, 0, { epoch: -1 }, 'FENCED_LEADER_EPOCH'],
    ['an epoch newer than the leader’s', null, 0, { epoch: 1 }, 'UNKNOWN_LEADER_EPOCH'],
    ['the leader’s epoch', null, 0, { epoch: 0 }, 'NONE'],
  ] as const)(
    '%s, at once',
    async (_, named, offset, asked: { partition?: number; epoch?: number }, code) => {
      const own = await World.start();
      await createTopic(await own.client(), 'orders', { partitions: 2 });
      // A second epoch, so that there is an older one to ask with.
      await own.restart();
      const rpc = await own.client();
      const { leaderEpoch } = own.broker.partitions.get('orders', 0)!;
      const options: FetchOptions = {
        ...(asked.partition !== undefined && { partition: asked.partition }),
        ...(asked.epoch !== undefined && { currentLeaderEpoch: leaderEpoch + asked.epoch }),
        maxWaitMs: code === 'NONE' ? 0 : 60_000,
      };
      expect(errorName((await fetch(rpc, named ?? 'orders', offset, options)).errorCode)).toBe(code);
      await own.stop();
    },
  );
});

describe('long polls', () => {
  test('wait for max_wait_ms, to the millisecond, and come back empty', async () => {
    const topic = await topicWith(['a']);
    const answer = fetch(client, topic, 1, { maxWaitMs: 500 });
    await settled();
    world.clock.advance(499);
    expect(await isPending(answer)).toBe(true);
    world.clock.advance(1);
    expect(await answer).toMatchObject({
      errorCode: ErrorCode.NONE,
      highWatermark: 1,
      records: Buffer.alloc(0),
    });
  });

  test('wake when a record comes', async () => {
    const topic = await topicWith();
    const answer = fetch(client, topic, 0, { maxWaitMs: 60_000 });
    expect(await isPending(answer)).toBe(true);
    await produce(other, topic, batch(['there']));
    expect(valuesOf((await answer).records)).toEqual(['there']);
  });

  test('wait for min_bytes, over all partitions together', async () => {
    const topic = await topicWith();
    const bytes = batch(['0123456789']).length;
    const answer = client.call(Fetch, {
      maxWaitMs: 60_000,
      minBytes: 3 * bytes,
      maxBytes: 1 << 20,
      topics: [
        {
          topic,
          partitions: [0, 1].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1 << 20 })),
        },
      ],
      forgottenTopicsData: [],
    });
    await produce(other, topic, batch(['0123456789']));
    expect(await isPending(answer)).toBe(true);
    await produce(other, topic, batch(['0123456789']), { partition: 1 });
    expect(await isPending(answer)).toBe(true);
    await produce(other, topic, batch(['0123456789']), { partition: 1 });
    const { responses } = await answer;
    expect(responses[0]!.partitions.map(({ records }) => records!.length)).toEqual([bytes, 2 * bytes]);
  });

  test('a partition counts no more towards min_bytes than it may return', async () => {
    const topic = await topicWith(['x'.repeat(1000)]);
    const answer = fetch(client, topic, 0, { maxWaitMs: 300, minBytes: 600, partitionMaxBytes: 500 });
    expect(await isPending(answer)).toBe(true);
    world.clock.advance(300);
    expect((await answer).records!.length).toBeGreaterThan(1000);
  });

  test('min_bytes 0 answers at once', async () => {
    const topic = await topicWith();
    expect(await isPending(fetch(client, topic, 0, { maxWaitMs: 60_000, minBytes: 0 }))).toBe(false);
  });

  test('an error of one partition answers for all at once', async () => {
    const topic = await topicWith(['a']);
    const { responses } = await client.call(Fetch, {
      maxWaitMs: 60_000,
      minBytes: 1 << 20,
      maxBytes: 1 << 20,
      topics: [
        {
          topic,
          partitions: [
            { partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 },
            { partition: 9, fetchOffset: 0, partitionMaxBytes: 1 << 20 },
          ],
        },
      ],
      forgottenTopicsData: [],
    });
    expect(
      responses[0]!.partitions.map(({ errorCode, records }) => [errorName(errorCode), records!.length > 0]),
    ).toEqual([
      ['NONE', true],
      ['UNKNOWN_TOPIC_OR_PARTITION', false],
    ]);
  });

  test('a topic deleted meanwhile answers at once', async () => {
    const topic = await topicWith(['a']);
    const answer = fetch(client, topic, 1, { maxWaitMs: 60_000 });
    expect(await isPending(answer)).toBe(true);
    await other.call(DeleteTopics, { topics: [{ name: topic, topicId: NO_UUID }], timeoutMs: 1000 });
    expect(errorName((await answer).errorCode)).toBe('UNKNOWN_TOPIC_OR_PARTITION');
  });

  test('a client that goes leaves nothing behind', async () => {
    const topic = await topicWith();
    const timers = world.clock.pendingTimers;
    const raw = await world.raw();
    raw.request(Fetch, 12, 1, fetchRequest(topic, 0, { maxWaitMs: 60_000 }));
    await settled();
    expect(world.clock.pendingTimers).toBe(timers + 1);
    raw.destroy();
    await settled();
    expect(world.clock.pendingTimers).toBe(timers);
  });

  test('answers leave in the order of the requests, and the requests behind a long poll are carried out meanwhile', async () => {
    const topic = await topicWith();
    const raw = await world.raw();
    raw.request(Fetch, 12, 1, fetchRequest(topic, 0, { maxWaitMs: 60_000 }));
    raw.request(ApiVersions, 3, 2, { clientSoftwareName: 'a', clientSoftwareVersion: '1' });
    raw.request(Produce, 9, 3, produceRequest(topic, batch(['from behind']), { partition: 1 }));
    await settled();
    expect(raw.frames).toEqual([]);
    expect(valuesOf((await fetch(other, topic, 0, { partition: 1 })).records)).toEqual(['from behind']);
    raw.request(Produce, 9, 4, produceRequest(topic, batch(['wakes the poll'])));
    await raw.frame(3);
    expect(raw.frames.map((frame) => frame.readInt32BE(0))).toEqual([1, 2, 3, 4]);
    raw.destroy();
  });
});

describe('isolation and epochs', () => {
  test('read_committed gets a list of aborted transactions, empty and not null, and the same records', async () => {
    const topic = await topicWith(['a']);
    const answer = await fetch(client, topic, 0, { isolationLevel: 1 });
    expect(answer.abortedTransactions).toEqual([]);
    expect(valuesOf(answer.records)).toEqual(['a']);
  });

  test('records carry the epoch that wrote them, restart after restart', async () => {
    const own = await World.start();
    await createTopic(await own.client(), 'orders');
    const epochs: number[] = [];
    for (let life = 0; life < 3; life++) {
      const rpc = await own.client();
      epochs.push(own.broker.partitions.get('orders', 0)!.leaderEpoch);
      await produce(rpc, 'orders', batch([`life ${life}`]));
      await own.restart();
    }
    const { records } = await fetch(await own.client(), 'orders', 0);
    expect([...batchesIn(records!)].map((at) => records!.readInt32BE(at + 12))).toEqual(epochs);
    expect(epochs).toEqual([epochs[0], epochs[0]! + 1, epochs[0]! + 2]);
    await own.stop();
  });

  test('a reader whose last epoch ended before its offset is told where it diverged (Fetch 12), at once', async () => {
    const own = await World.start();
    await createTopic(await own.client(), 'orders');
    await produce(await own.client(), 'orders', batch(['a', 'b']));
    const old = own.broker.partitions.get('orders', 0)!.leaderEpoch;
    await own.restart();
    const rpc = await own.client();
    await produce(rpc, 'orders', batch(['c', 'd']));
    const answer = await fetch(rpc, 'orders', 3, {
      lastFetchedEpoch: old,
      maxWaitMs: 60_000,
      minBytes: 1 << 19,
    });
    expect(answer).toMatchObject({
      errorCode: ErrorCode.NONE,
      divergingEpoch: { epoch: old, endOffset: 2 },
      records: Buffer.alloc(0),
    });
    expect(valuesOf((await fetch(rpc, 'orders', 2, { lastFetchedEpoch: old })).records)).toEqual(['c', 'd']);
    await own.stop();
  });
});

describe('by topic id, from version 13 on', () => {
  const UNHEARD_OF = 'AAAAAAAAAAAAAAAAAAAAAQ';

  async function idOf(topic: string): Promise<string> {
    const { topics } = await client.call(Metadata, { topics: [{ name: topic, topicId: NO_UUID }] });
    return topics[0]!.topicId;
  }

  function requestById(topicId: string, { maxWaitMs = 0 } = {}) {
    const { topics, ...rest } = fetchRequest('', 0, { maxWaitMs });
    return { ...rest, topics: topics.map((each) => ({ ...each, topicId })) };
  }

  test('the topic is found by its id, and the answer has the id and no name', async () => {
    const topicId = await idOf(await topicWith(['a', 'b']));
    const { responses } = await client.call(Fetch, requestById(topicId), { version: 13 });
    expect(responses[0]).toMatchObject({ topicId, topic: '' });
    expect(valuesOf(responses[0]!.partitions[0]!.records)).toEqual(['a', 'b']);
  });

  test('an id that nobody knows is the error of its own partitions, and nobody waits for it', async () => {
    const topicId = await idOf(await topicWith(['a']));
    const { topics, ...rest } = requestById(UNHEARD_OF, { maxWaitMs: 60_000 });
    const both = { ...rest, minBytes: 1 << 20, topics: [...topics, ...requestById(topicId).topics] };
    const { errorCode, responses } = await client.call(Fetch, both, { version: 13 });
    expect(errorCode).toBe(ErrorCode.NONE);
    expect(
      responses.map((each) => [
        each.topicId,
        errorName(each.partitions[0]!.errorCode),
        valuesOf(each.partitions[0]!.records),
      ]),
    ).toEqual([
      [UNHEARD_OF, 'UNKNOWN_TOPIC_ID', []],
      [topicId, 'NONE', ['a']],
    ]);
  });

  test('a topic made anew under the name, while the answer waits for its turn, is not the one that was asked for', async () => {
    const topic = await topicWith(['old']);
    const ahead = await topicWith();
    const topicId = await idOf(topic);
    const first = client.call(Fetch, fetchRequest(ahead, 0, { maxWaitMs: 60_000 }));
    const second = client.call(Fetch, requestById(topicId), { version: 13 });
    await settled();
    await other.call(DeleteTopics, { topics: [{ name: topic, topicId: NO_UUID }], timeoutMs: 1000 });
    await createTopic(other, topic);
    await produce(other, topic, batch(['new']));
    await produce(other, ahead, batch(['go on']));
    await first;
    const { errorCode, records } = (await second).responses[0]!.partitions[0]!;
    expect([errorName(errorCode), valuesOf(records)]).toEqual(['UNKNOWN_TOPIC_ID', []]);
  });
});

describe('by id (version 13)', () => {
  const ask = (topicId: string) =>
    client.call(
      Fetch,
      {
        maxWaitMs: 60_000,
        minBytes: 1,
        maxBytes: 1 << 20,
        topics: [{ topicId, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 }] }],
        forgottenTopicsData: [],
      },
      { version: 13 },
    );

  test('the answer names the topic by its id alone', async () => {
    const topic = await topicWith(['a']);
    const { id } = world.broker.image.topic(topic)!;
    const { responses } = await ask(id);
    expect(responses).toMatchObject([{ topic: '', topicId: id }]);
    expect(valuesOf(responses[0]!.partitions[0]!.records)).toEqual(['a']);
  });

  test('an id that is nobody’s, or of a topic that was made anew: UNKNOWN_TOPIC_ID of each partition, at once', async () => {
    const topic = await topicWith(['a']);
    const { id } = world.broker.image.topic(topic)!;
    await client.call(DeleteTopics, { topics: [{ name: topic, topicId: NO_UUID }], timeoutMs: 1000 });
    await createTopic(client, topic);
    for (const gone of [id, 'AAAAAAAAAAAAAAAAAAAAEQ']) {
      const { errorCode, responses } = await ask(gone);
      expect(errorCode).toBe(ErrorCode.NONE);
      expect(responses).toMatchObject([
        { topicId: gone, partitions: [{ errorCode: ErrorCode.UNKNOWN_TOPIC_ID }] },
      ]);
    }
  });
});
