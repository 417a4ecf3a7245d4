/**
 * Groups over the wire: the way from FindCoordinator to committed offsets through the handlers, and what survives a restart. The rules of
 * the group machine itself have their own tests beside it.
 */
import { afterAll, describe, expect, test } from 'vitest';
import type { RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { ErrorCode, errorName } from '../../../src/wire/errors.js';
import { DeleteTopics } from '../../../src/wire/messages/delete-topics.js';
import { DescribeGroups } from '../../../src/wire/messages/describe-groups.js';
import { FindCoordinator } from '../../../src/wire/messages/find-coordinator.js';
import { Heartbeat } from '../../../src/wire/messages/heartbeat.js';
import { JoinGroup } from '../../../src/wire/messages/join-group.js';
import { LeaveGroup } from '../../../src/wire/messages/leave-group.js';
import { ListGroups } from '../../../src/wire/messages/list-groups.js';
import { OffsetCommit } from '../../../src/wire/messages/offset-commit.js';
import { OffsetFetch } from '../../../src/wire/messages/offset-fetch.js';
import { SyncGroup } from '../../../src/wire/messages/sync-group.js';
import { createTopic } from './parts/asks.js';
import { isPending, settled, World } from './parts/world.js';

const world = await World.start();
afterAll(() => world.stop());
const client = await world.client();
await createTopic(client, 'orders', { partitions: 3 });

const METADATA = Buffer.from('subscription');

async function join(rpc: RpcConnection, groupId: string, memberId = '', version = 9) {
  const request = {
    groupId,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 20_000,
    memberId,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: METADATA }],
  };
  return rpc.call(JoinGroup, request, { version });
}

/** The member that a client becomes: id first, place after. */
async function member(rpc: RpcConnection, groupId: string) {
  const { memberId } = await join(rpc, groupId);
  return join(rpc, groupId, memberId);
}

async function sync(
  rpc: RpcConnection,
  groupId: string,
  { memberId, generationId }: { memberId: string; generationId: number },
  assignments: { memberId: string; assignment: Buffer }[] = [],
) {
  const protocol = { protocolType: 'consumer', protocolName: 'range' };
  return rpc.call(SyncGroup, { groupId, memberId, generationId, ...protocol, assignments });
}

interface Position {
  readonly partition: number;
  readonly offset: number;
  readonly metadata?: string | null;
  readonly leaderEpoch?: number;
}

async function commit(
  rpc: RpcConnection,
  groupId: string,
  positions: readonly Position[],
  more: object = {},
  version = 9,
) {
  const { topics } = await rpc.call(
    OffsetCommit,
    {
      groupId,
      ...more,
      topics: [
        {
          name: 'orders',
          partitions: positions.map(({ partition, offset, metadata = '', leaderEpoch = -1 }) => ({
            partitionIndex: partition,
            committedOffset: offset,
            committedLeaderEpoch: leaderEpoch,
            committedMetadata: metadata,
          })),
        },
      ],
    },
    { version },
  );
  return topics[0]!.partitions.map(({ errorCode }) => errorName(errorCode));
}

async function committed(rpc: RpcConnection, groupId: string, partitions: number[] | null = [0, 1, 2]) {
  const topics = partitions && [{ name: 'orders', partitionIndexes: partitions }];
  const { groups } = await rpc.call(OffsetFetch, { groups: [{ groupId, topics }] });
  expect(groups[0]!.errorCode).toBe(ErrorCode.NONE);
  return groups[0]!.topics.flatMap(({ partitions: each }) =>
    each.map(({ partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode }) => [
      partitionIndex,
      committedOffset,
      committedLeaderEpoch,
      metadata,
      errorName(errorCode),
    ]),
  );
}

describe('FindCoordinator', () => {
  test.each([0, 1, 2, 3])('version %i: one key, and always this broker', async (version) => {
    const answer = await client.call(FindCoordinator, { key: 'g' }, { version });
    expect(answer).toMatchObject({ errorCode: ErrorCode.NONE, nodeId: 1, host: '127.0.0.1', port: 9092 });
  });

  test('version 4: many keys, each with its own answer', async () => {
    const { coordinators } = await client.call(FindCoordinator, { coordinatorKeys: ['a', 'b', 'a'] });
    expect(coordinators.map(({ key, nodeId, errorCode }) => [key, nodeId, errorName(errorCode)])).toEqual([
      ['a', 1, 'NONE'],
      ['b', 1, 'NONE'],
      ['a', 1, 'NONE'],
    ]);
  });

  test.each([
    [1, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'],
    [2, 'INVALID_REQUEST'],
    [77, 'INVALID_REQUEST'],
  ])('key type %i: %s', async (keyType, code) => {
    const { coordinators } = await client.call(FindCoordinator, { keyType, coordinatorKeys: ['a'] });
    expect(coordinators).toMatchObject([{ key: 'a', nodeId: -1, host: '', port: -1 }]);
    expect(errorName(coordinators[0]!.errorCode)).toBe(code);
  });

  test('many who ask a new broker at once get one __consumer_offsets', async () => {
    const own = await World.start({ settings: { 'offsets.topic.num.partitions': '5' } });
    const clients = await Promise.all(Array.from({ length: 10 }, () => own.client()));
    const answers = await Promise.all(
      clients.map((rpc, at) => rpc.call(FindCoordinator, { coordinatorKeys: [`g${at}`] })),
    );
    expect(answers.every(({ coordinators }) => coordinators[0]!.errorCode === ErrorCode.NONE)).toBe(true);
    expect(own.broker.image.topic('__consumer_offsets')!.partitions).toHaveLength(5);
    await own.stop();
  });
});

describe('a group of two', () => {
  test('joins, syncs, beats, commits, shows itself, and leaves', async () => {
    const [a, b] = [await world.client(), await world.client()];
    const first = await join(a, 'two');
    expect([errorName(first.errorCode), first.memberId.startsWith('test-')]).toEqual([
      'MEMBER_ID_REQUIRED',
      true,
    ]);
    const alone = await join(a, 'two', first.memberId);
    expect(alone).toMatchObject({
      errorCode: ErrorCode.NONE,
      generationId: 1,
      protocolType: 'consumer',
      protocolName: 'range',
      leader: first.memberId,
      members: [{ memberId: first.memberId, metadata: METADATA }],
    });
    const share = Buffer.from('all of it');
    expect(
      (await sync(a, 'two', alone, [{ memberId: alone.memberId, assignment: share }])).assignment,
    ).toEqual(share);

    // A second member: the first is told by its heartbeat, rejoins, and both are placed.
    const { memberId } = await join(b, 'two');
    const second = join(b, 'two', memberId);
    expect(await isPending(second)).toBe(true);
    const beat = { groupId: 'two', generationId: 1, memberId: alone.memberId };
    expect(errorName((await a.call(Heartbeat, beat)).errorCode)).toBe('REBALANCE_IN_PROGRESS');
    const leader = await join(a, 'two', alone.memberId);
    const follower = await second;
    expect([leader.generationId, follower.generationId]).toEqual([2, 2]);
    expect(leader.members.map((each) => each.memberId).sort()).toEqual([alone.memberId, memberId].sort());
    // Only the leader gets the list.
    expect(follower.members).toEqual([]);
    const waiting = sync(b, 'two', follower);
    expect(await isPending(waiting)).toBe(true);
    expect(
      await commit(a, 'two', [{ partition: 0, offset: 5 }], {
        memberId: leader.memberId,
        generationIdOrMemberEpoch: 2,
      }),
    ).toEqual(['REBALANCE_IN_PROGRESS']);
    await sync(a, 'two', leader, [
      { memberId: leader.memberId, assignment: Buffer.from('0') },
      { memberId, assignment: Buffer.from('1 and 2') },
    ]);
    expect((await waiting).assignment.toString()).toBe('1 and 2');
    expect((await a.call(Heartbeat, { ...beat, generationId: 2 })).errorCode).toBe(ErrorCode.NONE);
    expect(errorName((await a.call(Heartbeat, beat)).errorCode)).toBe('ILLEGAL_GENERATION');
    const as = { memberId, generationIdOrMemberEpoch: 2 };
    expect(await commit(b, 'two', [{ partition: 1, offset: 17, metadata: 'here' }], as)).toEqual(['NONE']);
    expect(
      await commit(b, 'two', [{ partition: 1, offset: 18 }], { ...as, generationIdOrMemberEpoch: 1 }),
    ).toEqual(['ILLEGAL_GENERATION']);
    expect(await commit(b, 'two', [{ partition: 1, offset: 18 }])).toEqual(['UNKNOWN_MEMBER_ID']);

    const { groups } = await client.call(DescribeGroups, { groups: ['two', 'nobody'] });
    expect(groups).toMatchObject([
      { groupId: 'two', groupState: 'Stable', protocolType: 'consumer', protocolData: 'range', errorCode: 0 },
      {
        groupId: 'nobody',
        groupState: 'Dead',
        members: [],
        errorCode: ErrorCode.GROUP_ID_NOT_FOUND,
        errorMessage: 'Group nobody not found.',
      },
    ]);
    // Until version 6 (KIP-1043) the state alone told it.
    const before = await client.call(DescribeGroups, { groups: ['nobody'] }, { version: 5 });
    expect(before.groups).toMatchObject([{ groupState: 'Dead', errorCode: ErrorCode.NONE }]);
    expect(groups[0]!.members.map(({ clientId, clientHost }) => [clientId, clientHost])).toEqual([
      ['test', '/127.0.0.1'],
      ['test', '/127.0.0.1'],
    ]);
    const listed = await client.call(ListGroups, { statesFilter: ['Stable'] });
    expect(listed.groups).toEqual([
      { groupId: 'two', protocolType: 'consumer', groupState: 'Stable', groupType: 'classic' },
    ]);

    const left = await b.call(LeaveGroup, {
      groupId: 'two',
      members: [{ memberId }, { memberId: 'stranger' }],
    });
    expect(left.members.map(({ errorCode }) => errorName(errorCode))).toEqual(['NONE', 'UNKNOWN_MEMBER_ID']);
    expect(errorName((await a.call(Heartbeat, { ...beat, generationId: 2 })).errorCode)).toBe(
      'REBALANCE_IN_PROGRESS',
    );
    for (const rpc of [a, b]) rpc.close();
  });

  test('a member that says nothing for its session is gone', async () => {
    const own = await World.start();
    const rpc = await own.client();
    await rpc.call(FindCoordinator, { coordinatorKeys: ['quiet'] });
    const placed = await member(rpc, 'quiet');
    await sync(rpc, 'quiet', placed, []);
    own.clock.advance(10_001);
    await settled();
    const beat = { groupId: 'quiet', generationId: 1, memberId: placed.memberId };
    expect(errorName((await rpc.call(Heartbeat, beat)).errorCode)).toBe('UNKNOWN_MEMBER_ID');
    await own.stop();
  });

  test.each([
    ['an empty group id', { groupId: '' }, 'INVALID_GROUP_ID'],
    ['a session below the minimum', { sessionTimeoutMs: 999 }, 'INVALID_SESSION_TIMEOUT'],
    ['a session above the maximum', { sessionTimeoutMs: 1_800_001 }, 'INVALID_SESSION_TIMEOUT'],
    ['a member that is unknown', { memberId: 'stranger' }, 'UNKNOWN_MEMBER_ID'],
    ['no protocol', { protocols: [] }, 'INCONSISTENT_GROUP_PROTOCOL'],
  ])('%s cannot join', async (_, wrong, code) => {
    const answer = await client.call(JoinGroup, {
      groupId: 'rules',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: METADATA }],
      ...wrong,
    });
    expect(errorName(answer.errorCode)).toBe(code);
  });

  test.each([0, 1, 2, 3])('version %i: a new member is admitted at once', async (version) => {
    expect(await join(client, `old-${version}`, '', version)).toMatchObject({
      errorCode: 0,
      generationId: 1,
    });
  });
});

describe('committed offsets', () => {
  test('of an unknown group: −1 and no error, and of a null list: nothing', async () => {
    expect(await committed(client, 'never')).toEqual([
      [0, -1, -1, '', 'NONE'],
      [1, -1, -1, '', 'NONE'],
      [2, -1, -1, '', 'NONE'],
    ]);
    expect(await committed(client, 'never', null)).toEqual([]);
  });

  test('come back with their metadata and leader epoch; null metadata as empty', async () => {
    const positions = [
      { partition: 0, offset: 3, metadata: 'a note', leaderEpoch: 0 },
      { partition: 2, offset: 0, metadata: null },
    ];
    expect(await commit(client, 'simple', positions)).toEqual(['NONE', 'NONE']);
    expect(await committed(client, 'simple')).toEqual([
      [0, 3, 0, 'a note', 'NONE'],
      [1, -1, -1, '', 'NONE'],
      [2, 0, -1, '', 'NONE'],
    ]);
    expect((await committed(client, 'simple', null)).map(([partition]) => partition)).toEqual([0, 2]);
  });

  test.each([2, 3, 4, 5, 6, 7, 8, 9])('version %i', async (version) => {
    const epoch = version >= 6 ? 0 : -1;
    const position = { partition: 0, offset: version, metadata: 'm', leaderEpoch: epoch };
    expect(await commit(client, `by-${version}`, [position], {}, version)).toEqual(['NONE']);
    expect(await committed(client, `by-${version}`, [0])).toEqual([[0, version, epoch, 'm', 'NONE']]);
  });

  test('each partition has its own code', async () => {
    const { topics } = await client.call(OffsetCommit, {
      groupId: 'mixed',
      topics: [
        {
          name: 'orders',
          partitions: [
            { partitionIndex: 0, committedOffset: 1, committedMetadata: '' },
            { partitionIndex: 9, committedOffset: 1, committedMetadata: '' },
            { partitionIndex: 1, committedOffset: 1, committedMetadata: 'x'.repeat(5000) },
          ],
        },
        { name: 'nowhere', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }] },
      ],
    });
    expect(
      topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorName(errorCode))),
    ).toEqual([
      'NONE',
      'UNKNOWN_TOPIC_OR_PARTITION',
      'OFFSET_METADATA_TOO_LARGE',
      'UNKNOWN_TOPIC_OR_PARTITION',
    ]);
  });

  test('outlive a restart; members join anew', async () => {
    const own = await World.start({ settings: { 'offsets.topic.num.partitions': '4' } });
    let rpc = await own.client();
    await createTopic(rpc, 'orders', { partitions: 3 });
    await rpc.call(FindCoordinator, { coordinatorKeys: ['a', 'b', 'c'] });
    for (const [at, group] of ['a', 'b', 'c'].entries()) {
      await commit(rpc, group, [{ partition: at, offset: 100 + at, metadata: group }]);
    }
    await own.restart();
    rpc = await own.client();
    await rpc.call(FindCoordinator, { coordinatorKeys: ['a'] });
    for (const [at, group] of ['a', 'b', 'c'].entries()) {
      expect(await committed(rpc, group, [at])).toEqual([[at, 100 + at, -1, group, 'NONE']]);
    }
    await own.stop();
  });

  test('versions before 8 ask for one group, and null topics are all from version 2 on', async () => {
    await commit(client, 'asked', [{ partition: 1, offset: 4 }]);
    for (const version of [2, 5, 7]) {
      const answer = await client.call(OffsetFetch, { groupId: 'asked', topics: null }, { version });
      expect(answer.topics).toMatchObject([
        { name: 'orders', partitions: [{ partitionIndex: 1, committedOffset: 4 }] },
      ]);
    }
  });

  test('several groups in one request, each with its own answer', async () => {
    await commit(client, 'one-of-two', [{ partition: 0, offset: 9 }]);
    const topics = [{ name: 'orders', partitionIndexes: [0] }];
    const { groups } = await client.call(OffsetFetch, {
      groups: [
        { groupId: 'one-of-two', topics },
        { groupId: 'unheard-of', topics },
      ],
    });
    expect(
      groups.map(({ groupId, topics: [topic] }) => [groupId, topic!.partitions[0]!.committedOffset]),
    ).toEqual([
      ['one-of-two', 9],
      ['unheard-of', -1],
    ]);
  });

  test('go after offsets.retention.minutes, or when the client of old asked for, over a restart as well', async () => {
    const own = await World.start({
      settings: {
        'offsets.retention.minutes': '60',
        'offsets.retention.check.interval.ms': '60000',
        'connections.max.idle.ms': '36000000',
      },
    });
    let rpc = await own.client();
    await createTopic(rpc, 'orders', { partitions: 3 });
    await rpc.call(FindCoordinator, { coordinatorKeys: ['kept'] });
    const minutes = async (count: number) => {
      for (let minute = 0; minute < count; minute++) {
        own.clock.advance(60_000);
        await settled();
      }
    };
    const all = async (group: string) => (await committed(rpc, group, null)).map(([, offset]) => offset);
    await commit(rpc, 'kept', [{ partition: 0, offset: 1 }]);
    for (const version of [2, 3, 4])
      await commit(
        rpc,
        `asked-${version}`,
        [{ partition: 0, offset: version }],
        { retentionTimeMs: version * 300_000 },
        version,
      );
    await minutes(9);
    expect(await Promise.all(['kept', 'asked-2', 'asked-3', 'asked-4'].map(all))).toEqual([
      [1],
      [2],
      [3],
      [4],
    ]);
    await minutes(2);
    expect(await Promise.all(['kept', 'asked-2', 'asked-3', 'asked-4'].map(all))).toEqual([
      [1],
      [],
      [3],
      [4],
    ]);
    await minutes(5);
    await own.restart();
    rpc = await own.client();
    await rpc.call(FindCoordinator, { coordinatorKeys: ['kept'] });
    expect(await Promise.all(['kept', 'asked-3', 'asked-4'].map(all))).toEqual([[1], [], [4]]);
    await minutes(43);
    expect(await Promise.all(['kept', 'asked-4'].map(all))).toEqual([[1], []]);
    await minutes(2);
    expect(await all('kept')).toEqual([]);
    expect((await rpc.call(ListGroups, {})).groups).toEqual([]);
    await own.stop();
  });

  test('of a deleted topic are not inherited by one of the same name', async () => {
    const own = await World.start({ settings: { 'offsets.topic.num.partitions': '4' } });
    const rpc = await own.client();
    await createTopic(rpc, 'orders', { partitions: 3 });
    await rpc.call(FindCoordinator, { coordinatorKeys: ['a'] });
    for (const group of ['a', 'b', 'c']) await commit(rpc, group, [{ partition: 1, offset: 7 }]);
    await rpc.call(DeleteTopics, { topicNames: ['orders'], timeoutMs: 1000 }, { version: 5 });
    await createTopic(rpc, 'orders', { partitions: 3 });
    await commit(rpc, 'c', [{ partition: 2, offset: 8 }]);
    for (const group of ['a', 'b']) expect(await committed(rpc, group, null)).toEqual([]);
    expect((await committed(rpc, 'c', null)).map(([partition, offset]) => [partition, offset])).toEqual([
      [2, 8],
    ]);
    await own.restart();
    const again = await own.client();
    await again.call(FindCoordinator, { coordinatorKeys: ['a'] });
    expect(await committed(again, 'a', null)).toEqual([]);
    expect(await committed(again, 'c', null)).toHaveLength(1);
    await own.stop();
  });
});
