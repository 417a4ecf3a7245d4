/** Faults as a client meets them: real frames over a real socket. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { type ApiName, startBroker, type TestBroker } from '../../../src/testing/start-broker.js';
import { ErrorCode } from '../../../src/wire/errors.js';
import { CreateTopics } from '../../../src/wire/messages/create-topics.js';
import { Fetch } from '../../../src/wire/messages/fetch.js';
import { FindCoordinator } from '../../../src/wire/messages/find-coordinator.js';
import { Heartbeat } from '../../../src/wire/messages/heartbeat.js';
import { APIS } from '../../../src/wire/messages/index.js';
import { ListGroups } from '../../../src/wire/messages/list-groups.js';
import { Metadata } from '../../../src/wire/messages/metadata.js';
import { OffsetCommit } from '../../../src/wire/messages/offset-commit.js';
import { Produce } from '../../../src/wire/messages/produce.js';
import { fetch, fetchRequest, produce, produceRequest } from '../broker/parts/asks.js';
import { batch } from '../broker/parts/batches.js';
import { minimalRequest } from '../broker/parts/minimal-requests.js';
import { connectTo } from './parts/broker.js';

const ERROR = ErrorCode.KAFKA_STORAGE_ERROR;

let broker: TestBroker;
let client: RpcConnection;
beforeAll(async () => {
  broker = await startBroker({ topics: { topic: {}, other: { partitions: 2 } } });
  client = await connectTo(broker);
  await client.call(FindCoordinator, { coordinatorKeys: ['group'] });
});
afterEach(() => broker.reset());
afterAll(async () => {
  client.close();
  await broker.stop();
});

function errorCodesIn(value: unknown): number[] {
  if (Array.isArray(value)) return value.flatMap(errorCodesIn);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return [];
  return Object.entries(value).flatMap(([key, field]) =>
    key === 'errorCode' ? [field as number] : errorCodesIn(field),
  );
}

const valuesOf = async (topic: string): Promise<(string | null)[]> =>
  (await broker.topic(topic).records()).map(({ value }) => value);

describe('fail', () => {
  test.each(APIS.map((api) => ({ name: api.name as ApiName, api })))(
    '$name answers with the error in every version',
    async ({ name, api }) => {
      const fault = broker.fail(name, { error: 'KAFKA_STORAGE_ERROR' });
      let asked = 0;
      for (let version = api.minVersion; version <= api.maxVersion; version++) {
        const answer = await client.call(api, minimalRequest(api, version), { version });
        const codes = errorCodesIn(answer);
        expect(codes, `${name} ${version}`).toContain(ERROR);
        expect(
          codes.every((code) => code === ERROR || code === ErrorCode.NONE),
          `${name} ${version}`,
        ).toBe(true);
        expect(fault.hits).toBe(++asked);
      }
    },
  );

  test('does not carry out what it fails, and carries out the rest of the request', async () => {
    broker.fail('Produce', { topic: 'topic', error: 'NOT_LEADER_OR_FOLLOWER' });
    const { responses } = await client.call(Produce, {
      acks: -1,
      timeoutMs: 1000,
      topicData: ['topic', 'other'].map((name) => ({
        name,
        partitionData: [{ index: 0, records: batch([`to ${name}`]) }],
      })),
    });
    expect(
      responses.map(({ name, partitionResponses: [part] }) => [name, part?.errorCode, part?.baseOffset]),
    ).toEqual([
      ['topic', ErrorCode.NOT_LEADER_OR_FOLLOWER, -1],
      ['other', ErrorCode.NONE, 0],
    ]);
    expect([await valuesOf('topic'), await valuesOf('other')]).toEqual([[], ['to other']]);
  });

  test('fails one partition of a topic', async () => {
    broker.fail('Produce', { topic: 'other', partition: 1, error: ErrorCode.NOT_ENOUGH_REPLICAS });
    const failed = await produce(client, 'other', batch(['x']), { partition: 1 });
    const stored = await produce(client, 'other', batch(['y']), { partition: 0 });
    expect([failed.errorCode, stored.errorCode]).toEqual([ErrorCode.NOT_ENOUGH_REPLICAS, ErrorCode.NONE]);
  });

  test('so many times, and no more', async () => {
    const fault = broker.fail('Produce', { error: 'REQUEST_TIMED_OUT', times: 2 });
    const codes = [];
    for (const value of ['1', '2', '3'])
      codes.push((await produce(client, 'topic', batch([value]))).errorCode);
    expect(codes).toEqual([ErrorCode.REQUEST_TIMED_OUT, ErrorCode.REQUEST_TIMED_OUT, ErrorCode.NONE]);
    expect([fault.hits, fault.remaining]).toEqual([2, 0]);
  });

  test('by version and by client', async () => {
    broker.fail('Produce', { version: 9, error: 'KAFKA_STORAGE_ERROR' });
    broker.fail('ListGroups', { clientId: 'another', error: 'KAFKA_STORAGE_ERROR' });
    expect((await produce(client, 'topic', batch(['x']), { version: 9 })).errorCode).toBe(ERROR);
    expect((await produce(client, 'topic', batch(['x']), { version: 8 })).errorCode).toBe(ErrorCode.NONE);
    const another = await connectTo(broker, 'another');
    expect((await another.call(ListGroups, {})).errorCode).toBe(ERROR);
    expect((await client.call(ListGroups, {})).errorCode).toBe(ErrorCode.NONE);
    another.close();
  });

  test('by group', async () => {
    broker.fail('Heartbeat', { group: 'group', error: 'REBALANCE_IN_PROGRESS' });
    const member = { generationId: 1, memberId: 'nobody' };
    const codes = await Promise.all(
      ['group', 'another'].map((groupId) => client.call(Heartbeat, { groupId, ...member })),
    );
    expect(codes.map(({ errorCode }) => errorCode)).toEqual([
      ErrorCode.REBALANCE_IN_PROGRESS,
      ErrorCode.UNKNOWN_MEMBER_ID,
    ]);
    const fault = broker.fail('OffsetCommit', {
      group: 'group',
      topic: 'topic',
      error: 'KAFKA_STORAGE_ERROR',
    });
    const committed = await client.call(
      OffsetCommit,
      {
        groupId: 'group',
        topics: ['topic', 'other'].map((name) => ({
          name,
          partitions: [{ partitionIndex: 0, committedOffset: 0, committedMetadata: '' }],
        })),
      },
      { version: 9 },
    );
    expect(committed.topics.map(({ name, partitions: [part] }) => [name, part?.errorCode])).toEqual([
      ['topic', ERROR],
      ['other', ErrorCode.NONE],
    ]);
    expect(fault.hits).toBe(1);
    expect((await broker.group('group').offsets()).map(({ topic }) => topic)).toEqual(['other']);
  });

  test('several faults each have their part of a request', async () => {
    const faults = [
      broker.fail('Produce', { topic: 'topic', error: 'NOT_LEADER_OR_FOLLOWER' }),
      broker.fail('Produce', { topic: 'other', partition: 0, error: 'CORRUPT_MESSAGE' }),
      // Nothing is left for it.
      broker.fail('Produce', { topic: 'topic', error: 'UNKNOWN_SERVER_ERROR' }),
    ];
    const { responses } = await client.call(Produce, {
      acks: -1,
      timeoutMs: 1000,
      topicData: [
        { name: 'topic', partitionData: [{ index: 0, records: batch(['x']) }] },
        { name: 'other', partitionData: [1, 0].map((index) => ({ index, records: batch(['y']) })) },
      ],
    });
    expect(
      responses.flatMap(({ name, partitionResponses }) =>
        partitionResponses.map(({ index, errorCode }) => [name, index, errorCode]),
      ),
    ).toEqual([
      ['topic', 0, ErrorCode.NOT_LEADER_OR_FOLLOWER],
      ['other', 1, ErrorCode.NONE],
      ['other', 0, ErrorCode.CORRUPT_MESSAGE],
    ]);
    expect(faults.map(({ hits }) => hits)).toEqual([1, 1, 0]);
  });

  test('a producer that wants no answer loses its connection', async () => {
    broker.fail('Produce', { topic: 'topic', error: 'NOT_LEADER_OR_FOLLOWER' });
    const hasty = await connectTo(broker);
    hasty.send(Produce, produceRequest('topic', batch(['x']), { acks: 0 }));
    // Asked before the connection ended.
    await hasty.call(ListGroups, {});
    await expect(hasty.call(ListGroups, {})).rejects.toMatchObject({ name: 'ConnectionLost' });
    expect(await valuesOf('topic')).toEqual([]);
  });

  test('a fetch with a failed partition waits for nothing', async () => {
    await broker.topic('other').produce({ value: 'there', partition: 0 });
    broker.fail('Fetch', { topic: 'other', partition: 1, error: 'NOT_LEADER_OR_FOLLOWER' });
    const asked = fetchRequest('other', 1, { maxWaitMs: 3_600_000 });
    const first = asked.topics[0]!.partitions[0]!;
    const partitions = [first, { ...first, partition: 1, fetchOffset: 0 }];
    const { responses } = await client.call(
      Fetch,
      { ...asked, topics: [{ topic: 'other', partitions }] },
      { version: 12 },
    );
    expect(
      responses[0]?.partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorCode]),
    ).toEqual([
      [0, ErrorCode.NONE],
      [1, ErrorCode.NOT_LEADER_OR_FOLLOWER],
    ]);
  });

  test('a fetch session is forgotten while a fault must see what is fetched', async () => {
    const asked = fetchRequest('topic', 0);
    const begun = await client.call(Fetch, { ...asked, sessionId: 0, sessionEpoch: 0 }, { version: 12 });
    const fault = broker.fail('Fetch', { topic: 'topic', error: 'NOT_LEADER_OR_FOLLOWER' });
    const within = { ...asked, topics: [], sessionId: begun.sessionId, sessionEpoch: 1 };
    const lost = await client.call(Fetch, within, { version: 12 });
    expect([lost.errorCode, fault.hits]).toEqual([ErrorCode.FETCH_SESSION_ID_NOT_FOUND, 0]);
    const anew = await client.call(Fetch, { ...asked, sessionId: 0, sessionEpoch: 0 }, { version: 12 });
    expect(anew.sessionId).toBe(0);
    expect(anew.responses[0]?.partitions[0]?.errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  });

  test('by the topic, where a request names it by its id', async () => {
    const { topics } = await client.call(Metadata, { topics: [{ name: 'topic' }] }, { version: 12 });
    const { topicId } = topics[0]!;
    broker.fail('Fetch', { topic: 'topic', error: 'KAFKA_STORAGE_ERROR' });
    const asked = fetchRequest('topic', 0);
    const topicsById = asked.topics.map(({ partitions }) => ({ topicId, partitions }));
    const { responses } = await client.call(Fetch, { ...asked, topics: topicsById }, { version: 13 });
    expect(responses).toMatchObject([{ topicId, partitions: [{ errorCode: ERROR }] }]);
  });

  test('what is asked about everything is corrected where it is meant', async () => {
    const fault = broker.fail('Metadata', { topic: 'topic', error: 'LEADER_NOT_AVAILABLE' });
    const all = await client.call(Metadata, { topics: null });
    const codes = Object.fromEntries(all.topics.map(({ name, errorCode }) => [name, errorCode]));
    expect(codes).toMatchObject({ topic: ErrorCode.LEADER_NOT_AVAILABLE, other: ErrorCode.NONE });
    expect(all.brokers).toHaveLength(1);
    const absent = broker.fail('Metadata', { topic: 'absent', error: 'LEADER_NOT_AVAILABLE' });
    await client.call(Metadata, { topics: null });
    expect([fault.hits, absent.hits]).toEqual([2, 0]);
    await client.call(Metadata, { topics: [{ name: 'absent' }] });
    expect(absent.hits).toBe(1);
    expect(broker.topics(), 'it was not made').not.toContain('absent');
  });

  test('partitions that only the answer names', async () => {
    broker.fail('Metadata', { topic: 'other', partition: 1, error: 'LEADER_NOT_AVAILABLE' });
    const { topics } = await client.call(Metadata, { topics: [{ name: 'other' }] });
    const partitions = topics[0]!.partitions.map(({ partitionIndex, errorCode, leaderId }) => [
      partitionIndex,
      errorCode,
      leaderId,
    ]);
    expect(partitions).toEqual([
      [0, ErrorCode.NONE, 1],
      [1, ErrorCode.LEADER_NOT_AVAILABLE, -1],
    ]);
  });

  test('reset ends it, and so does cancel', async () => {
    const cancelled = broker.fail('Produce', { error: 'CORRUPT_MESSAGE' });
    cancelled.cancel();
    cancelled.cancel();
    expect((await produce(client, 'topic', batch(['x']))).errorCode).toBe(ErrorCode.NONE);
    const reset = broker.fail('Produce', { error: 'CORRUPT_MESSAGE' });
    await broker.reset();
    expect((await produce(client, 'topic', batch(['x']))).errorCode).toBe(ErrorCode.NONE);
    expect([cancelled.remaining, reset.remaining]).toEqual([0, 0]);
  });
});

describe('delay', () => {
  test('of the answer: carried out at once, answered when the time has passed', async () => {
    const fault = broker.delay('Produce', { ms: 3_600_000, times: 1 });
    const answered = produce(client, 'topic', batch(['slow']));
    await broker.records('topic');
    // The answers of a connection keep their order.
    const next = client.call(ListGroups, {});
    await broker.clock.advance('59 minutes');
    expect(await Promise.race([next.then(() => 'next'), fault.hit().then(() => 'hit')])).toBe('hit');
    await broker.clock.advance('1 minute');
    expect((await answered).errorCode).toBe(ErrorCode.NONE);
    await next;
  });

  test('of the request: nothing behind it is carried out before', async () => {
    const fault = broker.delay('Produce', { topic: 'topic', ms: 3_600_000, hold: 'request', times: 1 });
    const slow = produce(client, 'topic', batch(['slow']));
    const behind = produce(client, 'other', batch(['behind']));
    await fault.hit();
    expect([await valuesOf('topic'), await valuesOf('other')]).toEqual([[], []]);
    fault.cancel();
    expect((await behind).errorCode).toBe(ErrorCode.NONE);
    expect((await slow).errorCode).toBe(ErrorCode.NONE);
  });

  test('stop waits for none', async () => {
    const another = await startBroker({ topics: { topic: {} } });
    const fault = another.delay('ListGroups', { ms: 3_600_000 });
    const patient = await connectTo(another);
    const answered = patient.call(ListGroups, {});
    await fault.hit();
    await Promise.all([another.stop(), answered]);
  });
});

describe('dropConnections', () => {
  test('after the work: the answer is lost, the record is not', async () => {
    const fault = broker.dropConnections({ api: 'Produce', after: 'work', times: 1 });
    const cut = await connectTo(broker);
    await expect(produce(cut, 'topic', batch(['stored']))).rejects.toMatchObject({ name: 'ConnectionLost' });
    expect(await valuesOf('topic')).toEqual(['stored']);
    expect([fault.hits, fault.remaining]).toEqual([1, 0]);
  });

  test('after the request: it was in vain, and so was what came behind it', async () => {
    broker.dropConnections({ api: 'Produce', topic: 'topic', after: 'request', times: 1 });
    const cut = await connectTo(broker);
    const both = [produce(cut, 'topic', batch(['1'])), produce(cut, 'other', batch(['2']))];
    for (const each of both) await expect(each).rejects.toMatchObject({ name: 'ConnectionLost' });
    expect([await valuesOf('topic'), await valuesOf('other')]).toEqual([[], []]);
  });

  test('after the answer: it arrives, and nothing behind it', async () => {
    broker.dropConnections({ api: 'Produce', times: 1 });
    const cut = await connectTo(broker);
    const first = produce(cut, 'topic', batch(['1']));
    const second = produce(cut, 'other', batch(['2']));
    expect((await first).errorCode).toBe(ErrorCode.NONE);
    await expect(second).rejects.toMatchObject({ name: 'ConnectionLost' });
    expect(await valuesOf('other')).toEqual([]);
  });

  test('at once, though an older request waits for its time', async () => {
    broker.dropConnections({ api: 'ListGroups', after: 'request' });
    const cut = await connectTo(broker);
    const parked = fetch(cut, 'topic', 0, { maxWaitMs: 3_600_000 });
    const lost = cut.call(ListGroups, {});
    await expect(lost).rejects.toMatchObject({ name: 'ConnectionLost' });
    await expect(parked).rejects.toMatchObject({ name: 'ConnectionLost' });
  });

  test('of one client, now', async () => {
    const [doomed, spared] = await Promise.all([connectTo(broker, 'doomed'), connectTo(broker, 'spared')]);
    const parked = fetch(doomed, 'topic', 0, { maxWaitMs: 9000 });
    await spared.call(ListGroups, {});
    expect(broker.connections().map(({ clientId }) => clientId)).toEqual(
      expect.arrayContaining(['doomed', 'spared']),
    );
    const fault = broker.dropConnections({ clientId: 'doomed' });
    await expect(parked).rejects.toMatchObject({ name: 'ConnectionLost' });
    expect([fault.hits, fault.remaining]).toEqual([1, 0]);
    await spared.call(ListGroups, {});
    expect(broker.connections().map(({ clientId }) => clientId)).not.toContain('doomed');
    spared.close();
  });
});

describe('refuseConnections', () => {
  test('turns new ones away until it is told to allow them; the others go on', async () => {
    const refusal = broker.refuseConnections();
    await expect(connectTo(broker)).rejects.toThrow();
    await refusal.hit();
    expect(refusal.hits).toBe(1);
    await client.call(ListGroups, {});
    refusal.allow();
    refusal.allow();
    (await connectTo(broker)).close();
    expect(refusal.hits).toBe(1);
  });

  test('reset allows them', async () => {
    broker.refuseConnections();
    await broker.reset();
    (await connectTo(broker)).close();
  });
});

describe('mistakes are told as such', () => {
  test.each<{ readonly set: () => unknown; readonly code: string; readonly said: string }>([
    {
      set: () => broker.fail('Prodcue' as ApiName, { error: 'CORRUPT_MESSAGE' }),
      code: 'API_UNKNOWN',
      said: 'fail: there is no API called Prodcue. Did you mean Produce?',
    },
    {
      set: () => broker.delay('EndTxn' as ApiName, { ms: 1 }),
      code: 'API_UNKNOWN',
      said: 'delay: there is no API called EndTxn.',
    },
    {
      set: () => broker.fail('Produce', { error: 'NOT_LEADER' as 'CORRUPT_MESSAGE' }),
      code: 'ERROR_UNKNOWN',
      said: 'fail: Kafka has no error NOT_LEADER.',
    },
    {
      set: () => broker.fail('Produce', { error: 'CORRUPT_MESAGE' as 'CORRUPT_MESSAGE' }),
      code: 'ERROR_UNKNOWN',
      said: 'Did you mean CORRUPT_MESSAGE?',
    },
    {
      set: () => broker.fail('Produce', { error: 9999 }),
      code: 'ERROR_UNKNOWN',
      said: 'fail: Kafka has no error 9999.',
    },
    {
      set: () => broker.fail('Produce', { error: 'NONE' }),
      code: 'ERROR_UNKNOWN',
      said: 'fail: NONE is no error.',
    },
    {
      set: () => broker.fail('Heartbeat', { topic: 'topic', error: 'CORRUPT_MESSAGE' }),
      code: 'OPTION_INVALID',
      said: 'fail: Heartbeat cannot be chosen by topic: its requests and answers name group.',
    },
    {
      set: () => broker.delay('ListGroups', { partition: 0, ms: 1 }),
      code: 'OPTION_INVALID',
      said: 'delay: ListGroups cannot be chosen by partition: its requests and answers name neither topic, partition nor group.',
    },
    {
      set: () => broker.fail('Produce', { version: 99, error: 'CORRUPT_MESSAGE' }),
      code: 'OPTION_INVALID',
      said: 'fail: Produce is served in versions 3 to ',
    },
    {
      set: () => broker.fail('Produce', { error: 'CORRUPT_MESSAGE', count: 2 } as never),
      code: 'OPTION_INVALID',
      said: 'fail: there is no option count; there are error, topic,',
    },
    {
      set: () => broker.fail('Produce', { error: 'CORRUPT_MESSAGE', times: 0 }),
      code: 'OPTION_INVALID',
      said: 'fail: times must be a whole number of 1 or more, not 0.',
    },
    {
      set: () => broker.delay('Produce', { ms: -1 }),
      code: 'OPTION_INVALID',
      said: 'delay: ms must be a number of 0 or more, not -1.',
    },
    {
      set: () => broker.dropConnections({ api: 'Produce', after: 'reply' as 'answer' }),
      code: 'OPTION_INVALID',
      said: 'dropConnections: after is one of request, work, answer, not reply.',
    },
    {
      set: () => broker.dropConnections({ after: 'work' }),
      code: 'OPTION_INVALID',
      said: 'dropConnections: without api it ends the connections that are open now, so it takes no after.',
    },
  ])('$code: $said', ({ set, code, said }) => {
    let thrown: unknown;
    try {
      set();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code });
    expect((thrown as Error).message).toContain(said);
  });

  test('a fault that is not met says so', async () => {
    const fault = broker.fail('Produce', { topic: 'topic', error: 'CORRUPT_MESSAGE' });
    await expect(fault.hit({ count: 2, timeoutMs: 1 })).rejects.toMatchObject({
      code: 'FAULT_NOT_HIT',
      message: 'waited 1 ms for fail of Produce (topic topic) to be met 2 times, but it was met 0 times.',
    });
  });

  test('a request that is not meant is left alone', async () => {
    const fault = broker.fail('CreateTopics', { topic: 'made', error: 'POLICY_VIOLATION' });
    const topic = { name: 'unmeant', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
    const { topics } = await client.call(CreateTopics, { topics: [topic] });
    expect([topics[0]?.errorCode, fault.hits]).toEqual([ErrorCode.NONE, 0]);
  });
});
