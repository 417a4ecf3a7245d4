/** Fetch sessions over the wire (KIP-227): errors, incremental answers, parked requests, fairness, and equality with plain fetches. */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { INT32_MAX, NO_UUID } from '../../../src/base/ids.js';
import { FetchPlan, type FetchSources } from '../../../src/broker/fetch-plan.js';
import { FetchSession } from '../../../src/broker/fetch-session.js';
import type { RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { ErrorCode, errorName } from '../../../src/wire/errors.js';
import { DeleteTopics } from '../../../src/wire/messages/delete-topics.js';
import { Fetch, type FetchResponse } from '../../../src/wire/messages/fetch.js';
import { createTopic, fetchRequest, produce } from './parts/asks.js';
import { batch, valuesOf } from './parts/batches.js';
import { ReadProbe } from './parts/read-probe.js';
import { SessionReader } from './parts/session-reader.js';
import { isPending, settled, World } from './parts/world.js';

const BY_NAME = 12;
const BY_ID = 16;

const world = await World.start();
afterAll(() => world.stop());
const [client, other] = [await world.client(), await world.client()];

let topics = 0;
async function newTopic(partitions = 3): Promise<string> {
  const name = `s${++topics}`;
  await createTopic(other, name, { partitions });
  return name;
}

/** A reader that has its session, over all of the topic's partitions. */
async function readerOf(topic: string, partitions = 3, version = BY_NAME): Promise<SessionReader> {
  const reader = new SessionReader(version);
  const named = version >= 13 ? world.broker.image.topic(topic)!.id : topic;
  for (let partition = 0; partition < partitions; partition++) reader.follow(named, partition);
  await reader.fetch(client);
  expect(reader.sessionId).toBeGreaterThan(0);
  return reader;
}

function shown({ errorCode, sessionId, responses }: FetchResponse) {
  return {
    error: errorName(errorCode),
    hasSession: sessionId !== 0,
    partitions: responses.flatMap(({ topic, partitions }) =>
      partitions.map(({ partitionIndex, records }) => [topic, partitionIndex, valuesOf(records)]),
    ),
  };
}

const FROM_THE_BEGINNING = {
  partition: 0,
  currentLeaderEpoch: -1,
  fetchOffset: 0,
  lastFetchedEpoch: -1,
  partitionMaxBytes: 1000,
};

/** As the handler plans a request without a session of its own; what a connection cannot bring about may be told of the sources. */
function planOf(session: FetchSession, told: Partial<FetchSources> = {}): FetchPlan {
  const { partitions } = world.broker;
  const sources = { partitions, topicName: () => undefined, mayRead: () => true, ...told };
  return new FetchPlan({ session, isolation: 'read_uncommitted', knowsZstd: true, sources, keeps: false });
}

async function call(reader: SessionReader, changes: object = {}, version = reader.version) {
  return shown(await client.call(Fetch, { ...reader.request(), ...changes }, { version }));
}

describe('errors', () => {
  test.each<[string, (reader: SessionReader) => object, number, string]>([
    [
      'an id that is nobody’s',
      ({ sessionId }) => ({ sessionId: sessionId ^ 1 }),
      BY_NAME,
      'FETCH_SESSION_ID_NOT_FOUND',
    ],
    ['no id', () => ({ sessionId: 0 }), BY_NAME, 'FETCH_SESSION_ID_NOT_FOUND'],
    ['an epoch that has been', () => ({ sessionEpoch: 1 }), BY_NAME, 'INVALID_FETCH_SESSION_EPOCH'],
    ['an epoch that is to come', () => ({ sessionEpoch: 3 }), BY_NAME, 'INVALID_FETCH_SESSION_EPOCH'],
    ['ids, where it was names', () => ({}), BY_ID, 'FETCH_SESSION_TOPIC_ID_ERROR'],
  ])('%s: nothing but the error, and the session goes on', async (_, changes, version, expected) => {
    const topic = await newTopic();
    const reader = await readerOf(topic);
    await reader.fetch(client);
    await produce(other, topic, batch(['a']));
    expect(await call(reader, { ...changes(reader), topics: [] }, version)).toEqual({
      error: expected,
      hasSession: false,
      partitions: [],
    });
    expect(await call(reader)).toEqual({ error: 'NONE', hasSession: true, partitions: [[topic, 0, ['a']]] });
  });

  test('names, where it was ids', async () => {
    const reader = await readerOf(await newTopic(), 3, BY_ID);
    expect(await call(reader, { topics: [] }, BY_NAME)).toMatchObject({
      error: 'FETCH_SESSION_TOPIC_ID_ERROR',
    });
  });

  test('after the largest epoch comes 1', async () => {
    const topic = await newTopic();
    const reader = await readerOf(topic);
    // Nobody can wait for two thousand million requests.
    const entry = world.broker.fetchSessions.begin({
      sessionId: reader.sessionId,
      sessionEpoch: 1,
      usesTopicIds: false,
    });
    if (entry.kind !== 'incremental') throw new Error(entry.kind);
    Object.assign(entry.cached, { epoch: INT32_MAX });
    reader.sessionEpoch = INT32_MAX;
    await reader.fetch(client);
    expect(reader.sessionEpoch).toBe(1);
    await produce(other, topic, batch(['a']));
    expect((await reader.fetch(client)).map(({ value }) => value)).toEqual(['a']);
    expect(reader.sessionEpoch).toBe(2);
  });
});

describe('full requests', () => {
  test('begin a session in epoch 0 and none in epoch −1; the id that they name ends', async () => {
    const topic = await newTopic();
    const reader = await readerOf(topic);
    const first = reader.sessionId;
    reader.lost();
    await reader.fetch(client);
    expect(reader.sessionId).not.toBe(first);
    expect(await call(reader, { sessionId: first, sessionEpoch: 1 })).toMatchObject({
      error: 'FETCH_SESSION_ID_NOT_FOUND',
    });
    const last = await call(reader, { sessionEpoch: -1, topics: [] });
    expect(last).toEqual({ error: 'NONE', hasSession: false, partitions: [] });
    expect(await call(reader)).toMatchObject({ error: 'FETCH_SESSION_ID_NOT_FOUND' });
  });

  test('hold exactly what is asked, in its order, with data or without', async () => {
    const topic = await newTopic();
    await produce(other, topic, batch(['a']), { partition: 1 });
    const asked = [2, 0, 9, 1];
    for (const sessionEpoch of [0, -1]) {
      const { responses } = await client.call(Fetch, {
        ...fetchRequest(topic, 0),
        sessionEpoch,
        topics: [
          {
            topic,
            partitions: asked.map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1000 })),
          },
        ],
      });
      expect(responses).toHaveLength(1);
      expect(responses[0]!.partitions.map(({ partitionIndex }) => partitionIndex)).toEqual(asked);
    }
  });

  test('versions before 7 know of none', async () => {
    const { size } = world.broker.fetchSessions;
    const answer = await client.call(Fetch, fetchRequest(await newTopic(), 0), { version: 6 });
    expect(answer.sessionId).toBe(0);
    expect(world.broker.fetchSessions.size).toBeLessThanOrEqual(size);
  });

  test('without partitions begin none, and are answered at once', async () => {
    const answer = await client.call(Fetch, {
      ...fetchRequest('any', 0, { maxWaitMs: 60_000 }),
      topics: [],
      sessionEpoch: 0,
    });
    expect(answer).toMatchObject({ errorCode: ErrorCode.NONE, sessionId: 0, responses: [] });
  });
});

describe('incremental requests', () => {
  test('hold what has changed, and nothing else', async () => {
    const topic = await newTopic();
    const reader = await readerOf(topic);
    expect(await call(reader)).toMatchObject({ hasSession: true, partitions: [] });
    reader.sessionEpoch += 1;
    await produce(other, topic, batch(['a']), { partition: 2 });
    expect((await reader.fetch(client)).map(({ followed, value }) => [followed.partition, value])).toEqual([
      [2, 'a'],
    ]);
    expect(await call(reader)).toMatchObject({ partitions: [] });
  });

  test('repeat what the reader did not move on from', async () => {
    const topic = await newTopic();
    const reader = await readerOf(topic);
    await produce(other, topic, batch(['a']));
    for (let time = 0; time < 3; time++) {
      expect(await call(reader)).toMatchObject({ partitions: [[topic, 0, ['a']]] });
      reader.sessionEpoch += 1;
    }
  });

  test('tell of a log start that moved, though no record did', async () => {
    const topic = await newTopic();
    for (let at = 0; at < 3; at++) await produce(other, topic, batch(['a']));
    const reader = await readerOf(topic);
    await reader.fetch(client);
    await world.broker.partitions.get(topic, 0)!.log.deleteRecordsBefore(2);
    await reader.fetch(client);
    expect(reader.known.get(`${topic}/0`)).toMatchObject({
      error: 'NONE',
      highWatermark: 3,
      logStartOffset: 2,
    });
  });

  test('tell of an error each time, at once, and of its end', async () => {
    const topic = await newTopic();
    const reader = await readerOf(topic, 4);
    for (let time = 0; time < 2; time++) {
      expect(reader.known.get(`${topic}/3`)).toMatchObject({ error: 'UNKNOWN_TOPIC_OR_PARTITION' });
      reader.known.clear();
      await reader.fetch(client, { maxWaitMs: 60_000 });
      expect(reader.known.size).toBe(1);
    }
    await other.call(DeleteTopics, { topics: [{ name: topic, topicId: NO_UUID }], timeoutMs: 1000 });
    await reader.fetch(client, { maxWaitMs: 60_000 });
    expect([...reader.known.values()].map(({ error }) => error)).toEqual(
      Array(4).fill('UNKNOWN_TOPIC_OR_PARTITION'),
    );
    await createTopic(other, topic, { partitions: 4 });
    reader.known.clear();
    await reader.fetch(client, { maxWaitMs: 0 });
    expect([...reader.known.values()]).toEqual(
      Array.from({ length: 4 }, () => ({ error: 'NONE', highWatermark: 0, logStartOffset: 0 })),
    );
  });

  test('by id: a topic made anew is another one, and its old id an error', async () => {
    const topic = await newTopic(1);
    const reader = await readerOf(topic, 1, BY_ID);
    const { id } = world.broker.image.topic(topic)!;
    await other.call(DeleteTopics, { topics: [{ name: topic, topicId: NO_UUID }], timeoutMs: 1000 });
    await createTopic(other, topic, { partitions: 1 });
    await produce(other, topic, batch(['new']));
    expect(await reader.fetch(client, { maxWaitMs: 60_000 })).toEqual([]);
    expect(reader.known.get(`${id}/0`)).toMatchObject({ error: 'UNKNOWN_TOPIC_ID' });
    reader.unfollow(id, 0);
    reader.follow(world.broker.image.topic(topic)!.id, 0);
    expect((await reader.fetch(client)).map(({ value }) => value)).toEqual(['new']);
  });

  test('by id: where the log is of another topic under the name, that is said (the metadata are ahead of the log, or behind it)', async () => {
    const topic = await newTopic(1);
    const session = new FetchSession('by id');
    session.ask({ topic: '', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' }, FROM_THE_BEGINNING);
    const plan = planOf(session, { topicName: () => topic });
    const [fetched] = (await plan.read(1000))!;
    expect(errorName(fetched!.look.error)).toBe('INCONSISTENT_TOPIC_ID');
  });

  test('what a reader may not read is an error, and no record of it comes', async () => {
    const [open, secret] = [await newTopic(1), await newTopic(1)];
    const session = new FetchSession('by name');
    for (const topic of [open, secret, open]) {
      await produce(other, topic, batch(['a']));
      session.ask({ topic, topicId: NO_UUID }, FROM_THE_BEGINNING);
    }
    const plan = planOf(session, { mayRead: (topic) => topic === open });
    const fetched = (await plan.read(1000))!;
    expect(
      fetched.map(({ asked, look: { error, bytes } }) => [asked.topic.topic, errorName(error), bytes > 0]),
    ).toEqual([
      [open, 'NONE', true],
      [secret, 'TOPIC_AUTHORIZATION_FAILED', false],
    ]);
  });

  test('add and forget partitions; one that stands in both lists is forgotten; the last one ends the session', async () => {
    const topic = await newTopic();
    const reader = await readerOf(topic, 1);
    await produce(other, topic, batch(['a']), { partition: 1 });
    reader.follow(topic, 1);
    reader.unfollow(topic, 0);
    expect((await reader.fetch(client)).map(({ value }) => value)).toEqual(['a']);
    const both = await call(reader, {
      topics: [{ topic, partitions: [{ partition: 2, fetchOffset: 0, partitionMaxBytes: 1 }] }],
      forgottenTopicsData: [{ topic, partitions: [1, 2] }],
      maxWaitMs: 60_000,
    });
    expect(both).toEqual({ error: 'NONE', hasSession: false, partitions: [] });
    reader.sessionEpoch += 1;
    expect(await call(reader)).toMatchObject({ error: 'FETCH_SESSION_ID_NOT_FOUND' });
  });

  test('read_committed after read_uncommitted looks at everything anew', async () => {
    const topic = await newTopic();
    const reader = await readerOf(topic);
    await produce(other, topic, batch(['a']));
    expect((await reader.fetch(client, { isolationLevel: 1 })).map(({ value }) => value)).toEqual(['a']);
  });
});

describe('parked requests', () => {
  test('wake for a record in any partition, also one that was not mentioned for long', async () => {
    const topic = await newTopic();
    const reader = await readerOf(topic);
    const answer = reader.fetch(client, { maxWaitMs: 60_000 });
    expect(await isPending(answer)).toBe(true);
    await produce(other, topic, batch(['a']), { partition: 2 });
    expect((await answer).map(({ value }) => value)).toEqual(['a']);
  });

  test('wait for min_bytes over all partitions, and come back with what there is in time', async () => {
    const topic = await newTopic();
    const reader = await readerOf(topic);
    const bytes = batch(['0123456789']).length;
    const answer = reader.fetch(client, { maxWaitMs: 500, minBytes: 3 * bytes });
    for (const partition of [0, 1]) await produce(other, topic, batch(['0123456789']), { partition });
    expect(await isPending(answer)).toBe(true);
    await produce(other, topic, batch(['0123456789']), { partition: 1 });
    expect(await answer).toHaveLength(3);
    const late = reader.fetch(client, { maxWaitMs: 500, minBytes: 3 * bytes });
    await produce(other, topic, batch(['last']), { partition: 2 });
    expect(await isPending(late)).toBe(true);
    world.clock.advance(500);
    expect((await late).map(({ value }) => value)).toEqual(['last']);
  });

  test('count anew each time: what was sent before is not what is there now', async () => {
    const topic = await newTopic();
    const reader = await readerOf(topic);
    for (let time = 0; time < 3; time++) {
      const answer = reader.fetch(client, { maxWaitMs: 60_000 });
      expect(await isPending(answer)).toBe(true);
      await produce(other, topic, batch(['always the same']));
      expect(await answer).toHaveLength(1);
    }
  });

  test('that are refused take nothing from the one that takes their place', async () => {
    const topic = await newTopic();
    const reader = await readerOf(topic);
    const first = client.call(Fetch, reader.request({ maxWaitMs: 60_000, minBytes: 1000 }));
    await produce(other, topic, batch(['not enough for the first']));
    expect(await isPending(first)).toBe(true);
    reader.sessionEpoch += 1;
    const second = await other.call(Fetch, { ...reader.request(), topics: [] });
    expect(shown(second).partitions).toEqual([[topic, 0, ['not enough for the first']]]);
    expect(shown(await first)).toMatchObject({ error: 'INVALID_FETCH_SESSION_EPOCH' });
  });

  test('do not wait at all for somebody who is about to go', async () => {
    const topic = await newTopic(1);
    const timers = world.clock.pendingTimers;
    const session = new FetchSession('by name');
    session.ask({ topic, topicId: NO_UUID }, FROM_THE_BEGINNING);
    await planOf(session).ready(1, 60_000, world.clock, (listener) => {
      listener();
      return { cancel: () => {} };
    });
    expect(world.clock.pendingTimers).toBe(timers);
  });

  test('do not wake for a log start that moved, and tell of it', async () => {
    const topic = await newTopic();
    await produce(other, topic, batch(['a']));
    const reader = await readerOf(topic);
    await reader.fetch(client);
    const answer = reader.fetch(client, { maxWaitMs: 500 });
    await world.broker.partitions.get(topic, 0)!.log.deleteRecordsBefore(1);
    expect(await isPending(answer)).toBe(true);
    world.clock.advance(500);
    await answer;
    expect(reader.known.get(`${topic}/0`)).toMatchObject({ logStartOffset: 1 });
  });

  test('are refused when the next one takes their place', async () => {
    const topic = await newTopic();
    const reader = await readerOf(topic);
    const first = client.call(Fetch, reader.request({ maxWaitMs: 60_000 }));
    expect(await isPending(first)).toBe(true);
    reader.sessionEpoch += 1;
    const second = other.call(Fetch, reader.request({ maxWaitMs: 60_000 }));
    expect(shown(await first)).toEqual({
      error: 'INVALID_FETCH_SESSION_EPOCH',
      hasSession: false,
      partitions: [],
    });
    expect(await isPending(second)).toBe(true);
    await produce(other, topic, batch(['a'])).then(
      () => {},
      () => {},
    );
    expect(shown(await second)).toMatchObject({ error: 'NONE', partitions: [[topic, 0, ['a']]] });
  });

  test('whose session is ended from elsewhere answer at once', async () => {
    const topic = await newTopic();
    const reader = await readerOf(topic);
    const first = client.call(Fetch, reader.request({ maxWaitMs: 60_000 }));
    await settled();
    world.broker.fetchSessions.remove(reader.sessionId);
    expect(shown(await first)).toMatchObject({ error: 'NONE', partitions: [] });
    reader.sessionEpoch += 1;
    expect(await call(reader)).toMatchObject({ error: 'FETCH_SESSION_ID_NOT_FOUND' });
  });

  test('leave nothing behind when their connection goes: no session, no timer, no listener', async () => {
    const own = await World.start();
    const [rpc, admin] = [await own.client(), await own.client()];
    await createTopic(admin, 'orders', { partitions: 2 });
    const timers = own.clock.pendingTimers;
    const reader = new SessionReader(BY_NAME);
    for (const partition of [0, 1]) reader.follow('orders', partition);
    await reader.fetch(rpc);
    const parked = rpc.call(Fetch, reader.request({ maxWaitMs: 60_000 }));
    await settled();
    expect(own.broker.fetchSessions.size).toBe(1);
    rpc.close();
    await parked.catch(() => {});
    await settled();
    expect([own.broker.fetchSessions.size, own.clock.pendingTimers]).toEqual([0, timers]);
    expect(own.broker.partitions.get('orders', 0)!.listeners).toBe(0);
    await own.stop();
  });
});

describe('the cache is bounded', () => {
  test('by max.incremental.fetch.session.cache.slots: who finds no room is served without a session', async () => {
    const own = await World.start({ settings: { 'max.incremental.fetch.session.cache.slots': '2' } });
    const admin = await own.client();
    await createTopic(admin, 'orders');
    await produce(admin, 'orders', batch(['a']));
    const readers = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const rpc = await own.client();
        const reader = new SessionReader(BY_NAME);
        reader.follow('orders', 0);
        return { rpc, reader, got: await reader.fetch(rpc) };
      }),
    );
    expect(readers.map(({ reader }) => reader.sessionId > 0)).toEqual([true, true, false, false]);
    expect(readers.map(({ got }) => got.length)).toEqual([1, 1, 1, 1]);
    expect(own.broker.partitions.get('orders', 0)!.listeners).toBe(2);
    readers[0]!.rpc.close();
    await settled();
    await readers[3]!.reader.fetch(readers[3]!.rpc);
    expect(readers[3]!.reader.sessionId).toBeGreaterThan(0);
    await own.stop();
  });
});

/** A broker that was started again, and has only its disk to read from: a topic `cold`, with these records in each of its partitions. */
async function withColdTopic(partitions: number, records: Buffer) {
  const probe = new ReadProbe();
  const own = await World.start({
    settings: { 'log.tail.memory.bytes': '0' },
    wrapDisk: (disk) => probe.wrap(disk),
  });
  const admin = await own.client();
  await createTopic(admin, 'cold', { partitions });
  for (let partition = 0; partition < partitions; partition++)
    await produce(admin, 'cold', Buffer.from(records), { partition });
  await own.restart();
  return { own, rpc: await own.client(), probe };
}

describe('fairness', () => {
  test('two partitions with much do not starve three hundred with little, whatever the budget', async () => {
    const own = await World.start();
    const rpc = await own.client();
    const partitions = 302;
    await createTopic(rpc, 'wide', { partitions });
    const much = batch(['x'.repeat(1000)]);
    for (const partition of [0, 1])
      for (let at = 0; at < 60; at++) await produce(rpc, 'wide', much, { partition });
    for (let partition = 2; partition < partitions; partition++)
      await produce(rpc, 'wide', batch(['little']), { partition });
    const reader = new SessionReader(BY_NAME);
    for (let partition = 0; partition < partitions; partition++) reader.follow('wide', partition);
    const served = new Set<number>();
    let requests = 0;
    // 24 kB in all for each of two, and 25 kB of little ones: all have been heard within four requests, though much is left.
    while (served.size < partitions && requests < 20) {
      requests += 1;
      const got = await reader.fetch(rpc, { maxBytes: 24_000 });
      for (const { followed } of got) served.add(followed.partition);
    }
    expect([served.size, requests <= 4]).toEqual([partitions, true]);
    expect(reader.followed.get('wide/0')!.offset).toBeLessThan(60);
    await own.stop();
  });

  test('nothing is read from the disk once an answer is full', async () => {
    const partitions = 50;
    const { own, rpc, probe } = await withColdTopic(partitions, batch(['x'.repeat(2000)]));
    const ask = async (maxBytes: number): Promise<number> => {
      const reader = new SessionReader(BY_NAME);
      for (let partition = 0; partition < partitions; partition++) reader.follow('cold', partition);
      probe.reads.length = 0;
      return (await reader.fetch(rpc, { maxBytes })).length;
    };
    expect([await ask(5000), probe.reads.length]).toEqual([2, 3]);
    expect([await ask(1), probe.reads.length]).toEqual([1, 1]);
    expect([await ask(1 << 20), probe.reads.length]).toEqual([partitions, partitions]);
    await own.stop();
  });

  test('a disk that fails is an error of the partitions on it, and the connection goes on', async () => {
    const { own, rpc, probe } = await withColdTopic(1, batch(['a']));
    probe.fails = () => true;
    const reader = new SessionReader(BY_NAME);
    reader.follow('cold', 0);
    expect(await reader.fetch(rpc)).toEqual([]);
    expect(reader.known.get('cold/0')).toMatchObject({ error: 'KAFKA_STORAGE_ERROR' });
    await reader.fetch(rpc, { maxWaitMs: 60_000 });
    expect(reader.known.get('cold/0')).toMatchObject({ error: 'KAFKA_STORAGE_ERROR' });
    await own.stop();
  });
});

test('an epoch that is over: from version 16 on the answer says who leads, and where (KIP-951)', async () => {
  const own = await World.start();
  await createTopic(await own.client(), 'orders');
  await own.restart();
  const rpc = await own.client();
  const { id } = own.broker.image.topic('orders')!;
  const { leaderEpoch } = own.broker.partitions.get('orders', 0)!;
  const ask = async (version: number, currentLeaderEpoch: number) => {
    const { nodeEndpoints, responses } = await rpc.call(
      Fetch,
      {
        ...fetchRequest('', 0),
        topics: [
          {
            topicId: id,
            partitions: [{ partition: 0, currentLeaderEpoch, fetchOffset: 0, partitionMaxBytes: 1 }],
          },
        ],
      },
      { version },
    );
    const { errorCode, currentLeader } = responses[0]!.partitions[0]!;
    return [errorName(errorCode), currentLeader, nodeEndpoints];
  };
  const { port, host } = own.address;
  const none = { leaderId: -1, leaderEpoch: -1 };
  expect(await ask(16, leaderEpoch - 1)).toEqual([
    'FENCED_LEADER_EPOCH',
    { leaderId: 1, leaderEpoch },
    [{ nodeId: 1, host, port, rack: null }],
  ]);
  expect(await ask(15, leaderEpoch - 1)).toEqual(['FENCED_LEADER_EPOCH', none, []]);
  expect(await ask(17, leaderEpoch + 1)).toEqual(['UNKNOWN_LEADER_EPOCH', none, []]);
  expect(await ask(17, leaderEpoch)).toEqual(['NONE', none, []]);
  await own.stop();
});

// ---- Equality with plain fetches

type Step =
  | { readonly do: 'append'; readonly topic: number; readonly partition: number; readonly records: number }
  | { readonly do: 'trim'; readonly topic: number; readonly partition: number; readonly keep: number }
  | { readonly do: 'delete' | 'create' | 'recreate'; readonly topic: number }
  | { readonly do: 'follow' | 'unfollow'; readonly topic: number; readonly partition: number }
  | { readonly do: 'fetch'; readonly maxBytes: number; readonly isolationLevel: number }
  | { readonly do: 'lose the answer'; readonly afterwards: 'send again' | 'begin anew' | 'reconnect' }
  | { readonly do: 'be evicted' | 'reconnect' | 'compare' | 'restart' }
  | { readonly do: 'park'; readonly topic: number; readonly partition: number };

const TOPICS = ['a', 'b', 'c'];
const PARTITIONS = 2;
const which = { topic: fc.nat(TOPICS.length - 1), partition: fc.nat(PARTITIONS - 1) };
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      ...which,
      records: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('trim' as const), ...which, keep: fc.nat(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('delete' as const, 'create' as const, 'recreate' as const),
      topic: which.topic,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('follow' as const, 'follow' as const, 'unfollow' as const),
      ...which,
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('fetch' as const),
      maxBytes: fc.constantFrom(1, 200, 1 << 20),
      isolationLevel: fc.constantFrom(0, 0, 0, 1),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('lose the answer' as const),
      afterwards: fc.constantFrom('send again' as const, 'begin anew' as const, 'reconnect' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('be evicted' as const, 'reconnect' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('compare' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('park' as const), ...which }) },
);

/** A broker, a reader with a session, and what the reader should have seen. */
class Run {
  readonly #world: World;
  readonly #byId: boolean;
  readonly #reader: SessionReader;
  #rpc: RpcConnection;
  #admin: RpcConnection;
  /** Followed by name; by id, what a name stands for is found out anew when it is an error. */
  readonly #wanted = new Map<string, { readonly topic: string; readonly partition: number; id: string }>();

  static async start(byId: boolean): Promise<Run> {
    const started = await World.start();
    const run = new Run(started, byId, await started.client(), await started.client());
    for (const topic of TOPICS) await createTopic(run.#admin, topic, { partitions: PARTITIONS });
    return run;
  }

  private constructor(started: World, byId: boolean, rpc: RpcConnection, admin: RpcConnection) {
    this.#world = started;
    this.#byId = byId;
    this.#reader = new SessionReader(byId ? BY_ID : BY_NAME);
    this.#rpc = rpc;
    this.#admin = admin;
  }

  async end(): Promise<void> {
    await this.compare();
    expect(this.#world.complaints).toEqual([]);
    await this.#world.stop();
  }

  async take(taken: Step): Promise<void> {
    switch (taken.do) {
      case 'append':
        return this.#append(TOPICS[taken.topic]!, taken.partition, taken.records);
      case 'trim':
        return this.#trim(TOPICS[taken.topic]!, taken.partition, taken.keep);
      case 'delete':
        return this.#delete(TOPICS[taken.topic]!);
      case 'create':
        return this.#create(TOPICS[taken.topic]!);
      case 'recreate':
        await this.#delete(TOPICS[taken.topic]!);
        return this.#create(TOPICS[taken.topic]!);
      case 'follow':
      case 'unfollow':
        return this.#want(TOPICS[taken.topic]!, taken.partition, taken.do === 'follow');
      case 'fetch':
        return this.#fetch(taken.maxBytes, taken.isolationLevel);
      case 'lose the answer': {
        if (this.#reader.followed.size === 0) return;
        const request = this.#reader.request();
        await this.#rpc.call(Fetch, request, { version: this.#reader.version });
        if (taken.afterwards === 'reconnect') await this.#reconnect();
        if (taken.afterwards === 'begin anew') this.#reader.lost();
        return;
      }
      case 'be evicted':
        return this.#world.broker.fetchSessions.remove(this.#reader.sessionId);
      case 'reconnect':
        return this.#reconnect();
      case 'restart':
        await this.#world.restart();
        this.#admin = await this.#world.client();
        return this.#reconnect();
      case 'compare':
        return this.compare();
      case 'park':
        return this.#park(TOPICS[taken.topic]!, taken.partition);
    }
  }

  async #append(topic: string, partition: number, records: number): Promise<void> {
    const found = this.#world.broker.partitions.get(topic, partition);
    if (!found) return;
    const { endOffset } = found.log;
    const values = Array.from(
      { length: records },
      (_, at) => `${found.identity.topicId}/${partition}@${endOffset + at}`,
    );
    const { errorCode } = await produce(this.#admin, topic, batch(values), { partition });
    expect(errorName(errorCode)).toBe('NONE');
  }

  async #trim(topic: string, partition: number, keep: number): Promise<void> {
    const found = this.#world.broker.partitions.get(topic, partition);
    if (found)
      await found.log.deleteRecordsBefore(Math.max(found.log.startOffset, found.log.endOffset - keep));
  }

  async #delete(topic: string): Promise<void> {
    await this.#admin.call(DeleteTopics, { topics: [{ name: topic, topicId: NO_UUID }], timeoutMs: 1000 });
  }

  async #create(topic: string): Promise<void> {
    if (!this.#world.broker.image.topic(topic))
      await createTopic(this.#admin, topic, { partitions: PARTITIONS });
  }

  #want(topic: string, partition: number, isWanted: boolean): void {
    const key = `${topic}/${partition}`;
    const wanted = this.#wanted.get(key);
    if (!isWanted) {
      if (wanted) this.#reader.unfollow(wanted.id, partition);
      this.#wanted.delete(key);
    } else if (!wanted) {
      const id = this.#byId ? (this.#world.broker.image.topic(topic)?.id ?? 'AAAAAAAAAAAAAAAAAAAAAQ') : topic;
      this.#wanted.set(key, { topic, partition, id });
      this.#reader.follow(id, partition);
    }
  }

  async #reconnect(): Promise<void> {
    this.#rpc.close();
    this.#rpc = await this.#world.client();
    await settled();
  }

  /** One request; every record that comes is the one that belongs there. */
  async #fetch(maxBytes: number, isolationLevel: number, maxWaitMs = 0): Promise<void> {
    if (this.#reader.followed.size === 0 && this.#reader.sessionEpoch === 0) return;
    const before = new Map([...this.#reader.followed].map(([key, { offset }]) => [key, offset]));
    const got = await this.#reader.fetch(this.#rpc, { maxBytes, isolationLevel, maxWaitMs });
    for (const { followed, offset, value } of got) {
      const key = `${followed.topic}/${followed.partition}`;
      expect(offset, `${key}: no record is left out and none comes twice`).toBe(before.get(key));
      before.set(key, offset + 1);
      expect(value).toMatch(new RegExp(`/${followed.partition}@${offset}$`));
      if (this.#byId)
        expect(value!.startsWith(`${followed.topic}/`), `${value} belongs to ${key}`).toBe(true);
    }
    for (const wanted of this.#wanted.values()) this.#lookUpAgain(wanted);
  }

  #lookUpAgain(wanted: { readonly topic: string; readonly partition: number; id: string }): void {
    const known = this.#reader.known.get(`${wanted.id}/${wanted.partition}`);
    if (known?.error !== 'UNKNOWN_TOPIC_ID' && known?.error !== 'INCONSISTENT_TOPIC_ID') return;
    const { id } = this.#world.broker.image.topic(wanted.topic) ?? wanted;
    if (id === wanted.id) return;
    this.#reader.unfollow(wanted.id, wanted.partition);
    wanted.id = id;
    this.#reader.follow(id, wanted.partition);
  }

  /** Reads to the end; then the reader knows what a plain fetch of everything says. */
  async compare(): Promise<void> {
    for (let request = 0; request < 100; request++) {
      const before = JSON.stringify([[...this.#reader.followed], [...this.#reader.known]]);
      await this.#fetch(1 << 20, 0);
      if (
        this.#reader.sessionEpoch > 0 &&
        JSON.stringify([[...this.#reader.followed], [...this.#reader.known]]) === before
      )
        break;
      if (this.#reader.followed.size === 0) return;
    }
    const plain = new SessionReader(this.#reader.version);
    for (const { topic, partition, offset } of this.#reader.followed.values())
      plain.follow(topic, partition, offset);
    const asked = plain.request();
    const answer = await this.#admin.call(Fetch, { ...asked, sessionEpoch: -1 }, { version: plain.version });
    expect(plain.receive(answer)).toEqual([]);
    expect(this.#reader.known).toEqual(plain.known);
  }

  /** Caught up and without errors, a request waits for the next record, and for that only. */
  async #park(topic: string, partition: number): Promise<void> {
    this.#want(topic, partition, true);
    await this.compare();
    if (![...this.#reader.known.values()].every(({ error }) => error === 'NONE')) return;
    const { id } = this.#wanted.get(`${topic}/${partition}`)!;
    const before = this.#reader.followed.get(`${id}/${partition}`)!.offset;
    const answer = this.#fetch(1 << 20, 0, 60_000);
    expect(await isPending(answer)).toBe(true);
    await this.#append(topic, partition, 1);
    expect(await isPending(answer)).toBe(false);
    await answer;
    expect(this.#reader.followed.get(`${id}/${partition}`)!.offset).toBe(before + 1);
  }
}

test('a reader with a session knows and gets what one without does, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(step, { maxLength: 60, size: 'max' }), async (byId, steps) => {
      const run = await Run.start(byId);
      for (const taken of steps) await run.take(taken);
      await run.end();
    }),
    { seed: Number(process.env['SEED'] ?? Date.now()) | 0, numRuns: Number(process.env['RUNS'] ?? 30) },
  );
}, 120_000);
