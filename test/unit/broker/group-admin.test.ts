/** What an admin does to groups over the wire: DeleteGroups, OffsetDelete; and committed offsets whose topics go by id. */
import { afterAll, describe, expect, test } from 'vitest';
import { NO_UUID, type Uuid } from '../../../src/base/ids.js';
import { encodeSubscription } from '../../../src/client/consumer/consumer-protocol.js';
import { errorName } from '../../../src/wire/errors.js';
import { DeleteGroups } from '../../../src/wire/messages/delete-groups.js';
import { DeleteTopics } from '../../../src/wire/messages/delete-topics.js';
import { FindCoordinator } from '../../../src/wire/messages/find-coordinator.js';
import { JoinGroup } from '../../../src/wire/messages/join-group.js';
import { LeaveGroup } from '../../../src/wire/messages/leave-group.js';
import { OffsetCommit } from '../../../src/wire/messages/offset-commit.js';
import { OffsetDelete } from '../../../src/wire/messages/offset-delete.js';
import { OffsetFetch } from '../../../src/wire/messages/offset-fetch.js';
import { SyncGroup } from '../../../src/wire/messages/sync-group.js';
import { createTopic } from './parts/asks.js';
import { World } from './parts/world.js';

const NOBODYS: Uuid = 'AAAAAAAAAAAAAAAAAAAAEQ';

const world = await World.start();
afterAll(() => world.stop());
const client = await world.client();
await createTopic(client, 'orders', { partitions: 3 });
await createTopic(client, 'other');
await client.call(FindCoordinator, { coordinatorKeys: ['g'] });

/** A group with one member, who has its assignment. */
async function stableGroup(groupId: string, protocolType: string, metadata: Buffer): Promise<string> {
  const ask = (memberId: string) =>
    client.call(JoinGroup, {
      groupId,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId,
      protocolType,
      protocols: [{ name: 'range', metadata }],
    });
  const { memberId } = await ask('');
  const { generationId } = await ask(memberId);
  await client.call(SyncGroup, {
    groupId,
    memberId,
    generationId,
    protocolType,
    protocolName: 'range',
    assignments: [],
  });
  return memberId;
}

async function commit(groupId: string, topic: string, partition: number, offset: number) {
  const { topics } = await client.call(OffsetCommit, {
    groupId,
    topics: [
      {
        name: topic,
        partitions: [{ partitionIndex: partition, committedOffset: offset, committedMetadata: '' }],
      },
    ],
  });
  return errorName(topics[0]!.partitions[0]!.errorCode);
}

/** `orders-0: 3`, for all that the group has committed. */
async function committed(groupId: string): Promise<string[]> {
  const { groups } = await client.call(OffsetFetch, { groups: [{ groupId, topics: null }] });
  return groups[0]!.topics
    .flatMap(({ name, partitions }) =>
      partitions.map(
        ({ partitionIndex, committedOffset }) => `${name}-${partitionIndex}: ${committedOffset}`,
      ),
    )
    .sort();
}

describe('DeleteGroups', () => {
  async function deleteGroups(groupsNames: string[], version = 2) {
    const { results } = await client.call(DeleteGroups, { groupsNames }, { version });
    return results.map(({ groupId, errorCode }) => [groupId, errorName(errorCode)]);
  }

  test.each([0, 1, 2])('version %i: an empty group goes with its offsets', async (version) => {
    const groupId = `empty-${version}`;
    await commit(groupId, 'orders', 0, 5);
    expect(await deleteGroups([groupId], version)).toEqual([[groupId, 'NONE']]);
    expect(await committed(groupId)).toEqual([]);
    expect(await deleteGroups([groupId], version)).toEqual([[groupId, 'GROUP_ID_NOT_FOUND']]);
  });

  test('one with members stays, until they have left', async () => {
    const memberId = await stableGroup('busy', 'consumer', encodeSubscription(['orders']));
    expect(await deleteGroups(['busy'])).toEqual([['busy', 'NON_EMPTY_GROUP']]);
    await client.call(LeaveGroup, { groupId: 'busy', members: [{ memberId }] });
    expect(await deleteGroups(['busy'])).toEqual([['busy', 'NONE']]);
  });

  test('each has its own answer, and a group named twice one for both', async () => {
    await commit('first', 'orders', 0, 1);
    await commit('second', 'orders', 0, 1);
    expect(await deleteGroups(['first', 'unknown', 'second', 'first'])).toEqual([
      ['first', 'NONE'],
      ['unknown', 'GROUP_ID_NOT_FOUND'],
      ['second', 'NONE'],
    ]);
  });

  test('the empty name is a group like any other: simple consumers commit to it', async () => {
    expect(await deleteGroups([''])).toEqual([['', 'GROUP_ID_NOT_FOUND']]);
    expect(await commit('', 'orders', 0, 7)).toBe('NONE');
    expect(await deleteGroups([''])).toEqual([['', 'NONE']]);
    expect(await committed('')).toEqual([]);
  });

  test('what was deleted stays so over a restart', async () => {
    const own = await World.start();
    let rpc = await own.client();
    await createTopic(rpc, 'orders');
    await rpc.call(FindCoordinator, { coordinatorKeys: ['g'] });
    for (const groupId of ['gone', 'kept']) {
      await rpc.call(OffsetCommit, {
        groupId,
        topics: [
          { name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 4, committedMetadata: '' }] },
        ],
      });
    }
    await rpc.call(DeleteGroups, { groupsNames: ['gone'] });
    await own.restart();
    rpc = await own.client();
    await rpc.call(FindCoordinator, { coordinatorKeys: ['g'] });
    const { groups } = await rpc.call(OffsetFetch, {
      groups: [
        { groupId: 'gone', topics: null },
        { groupId: 'kept', topics: null },
      ],
    });
    expect(groups.map(({ topics }) => topics.length)).toEqual([0, 1]);
    await own.stop();
  });
});

describe('OffsetDelete', () => {
  async function deleteOffsets(groupId: string, topics: Readonly<Record<string, readonly number[]>>) {
    const answer = await client.call(OffsetDelete, {
      groupId,
      topics: Object.entries(topics).map(([name, partitions]) => ({
        name,
        partitions: partitions.map((partitionIndex) => ({ partitionIndex })),
      })),
    });
    return [
      errorName(answer.errorCode),
      ...answer.topics.flatMap(({ name, partitions }) =>
        partitions.map((each) => `${name}-${each.partitionIndex}: ${errorName(each.errorCode)}`),
      ),
    ];
  }

  test('of an empty group: those named go, and the others stay', async () => {
    await commit('trimmed', 'orders', 0, 1);
    await commit('trimmed', 'orders', 1, 2);
    await commit('trimmed', 'other', 0, 3);
    expect(await deleteOffsets('trimmed', { orders: [0, 2] })).toEqual([
      'NONE',
      'orders-0: NONE',
      'orders-2: NONE',
    ]);
    expect(await committed('trimmed')).toEqual(['orders-1: 2', 'other-0: 3']);
  });

  test('never under a consumer that subscribes to the topic', async () => {
    const memberId = await stableGroup('reading', 'consumer', encodeSubscription(['orders']));
    await commit('reading-not', 'orders', 0, 1);
    expect(await deleteOffsets('reading', { orders: [0], other: [0] })).toEqual([
      'NONE',
      'orders-0: GROUP_SUBSCRIBED_TO_TOPIC',
      'other-0: NONE',
    ]);
    await client.call(LeaveGroup, { groupId: 'reading', members: [{ memberId }] });
    expect(await deleteOffsets('reading', { orders: [0] })).toEqual(['NONE', 'orders-0: NONE']);
  });

  test('of a group whose members are no consumers nobody knows what they read', async () => {
    await stableGroup('connect', 'connect', Buffer.from('anything'));
    expect(await deleteOffsets('connect', { orders: [0] })).toEqual(['NON_EMPTY_GROUP']);
  });

  test.each([
    ['an unknown group', 'unknown', { orders: [0] }, ['GROUP_ID_NOT_FOUND']],
    ['an unknown group, before anything about topics', 'unknown', { nowhere: [0] }, ['GROUP_ID_NOT_FOUND']],
    ['the empty name', '', { orders: [0] }, ['INVALID_GROUP_ID']],
  ])('%s', async (_, groupId, topics, answer) => {
    expect(await deleteOffsets(groupId, topics)).toEqual(answer);
  });

  test('topics and partitions that are not there, beside one that is', async () => {
    await commit('mixed', 'orders', 0, 1);
    expect(await deleteOffsets('mixed', { nowhere: [0], orders: [9, 0, -1], 'a b': [0] })).toEqual([
      'NONE',
      'nowhere-0: UNKNOWN_TOPIC_OR_PARTITION',
      'orders-9: UNKNOWN_TOPIC_OR_PARTITION',
      'orders-0: NONE',
      'orders--1: UNKNOWN_TOPIC_OR_PARTITION',
      'a b-0: UNKNOWN_TOPIC_OR_PARTITION',
    ]);
    expect(await committed('mixed')).toEqual([]);
  });
});

describe('topics by id (version 10)', () => {
  const idOf = (topic: string): Uuid => world.broker.image.topic(topic)!.id;

  async function commitById(groupId: string, topics: readonly (readonly [Uuid, number])[]) {
    const answer = await client.call(
      OffsetCommit,
      {
        groupId,
        topics: topics.map(([topicId, partition]) => ({
          topicId,
          partitions: [{ partitionIndex: partition, committedOffset: 8, committedMetadata: 'm' }],
        })),
      },
      { version: 10 },
    );
    return answer.topics.map(({ name, topicId, partitions }) => [
      name,
      topicId,
      errorName(partitions[0]!.errorCode),
    ]);
  }

  async function fetchById(groupId: string, topicIds: readonly Uuid[] | null) {
    const topics = topicIds?.map((topicId) => ({ topicId, partitionIndexes: [0] })) ?? null;
    const { groups } = await client.call(OffsetFetch, { groups: [{ groupId, topics }] }, { version: 10 });
    return groups[0]!.topics.map(({ topicId, partitions }) => [
      topicId,
      partitions[0]!.committedOffset,
      errorName(partitions[0]!.errorCode),
    ]);
  }

  test('commits are found by name and by id, and answers carry ids alone', async () => {
    expect(await commitById('by-id', [[idOf('orders'), 0]])).toEqual([['', idOf('orders'), 'NONE']]);
    expect(await committed('by-id')).toEqual(['orders-0: 8']);
    expect(await fetchById('by-id', [idOf('other'), idOf('orders')])).toEqual([
      [idOf('other'), -1, 'NONE'],
      [idOf('orders'), 8, 'NONE'],
    ]);
    expect(await fetchById('by-id', null)).toEqual([[idOf('orders'), 8, 'NONE']]);
  });

  test('an id that is nobody’s is the error of its own partitions; a partition too many is, too', async () => {
    expect(
      await commitById('wrong', [
        [NOBODYS, 0],
        [idOf('orders'), 1],
        [NO_UUID, 0],
        [idOf('orders'), 9],
      ]),
    ).toEqual([
      ['', NOBODYS, 'UNKNOWN_TOPIC_ID'],
      ['', idOf('orders'), 'NONE'],
      ['', NO_UUID, 'UNKNOWN_TOPIC_ID'],
      ['', idOf('orders'), 'UNKNOWN_TOPIC_OR_PARTITION'],
    ]);
    expect(await committed('wrong')).toEqual(['orders-1: 8']);
    expect(await fetchById('wrong', [NOBODYS, idOf('orders')])).toEqual([
      [NOBODYS, -1, 'UNKNOWN_TOPIC_ID'],
      [idOf('orders'), -1, 'NONE'],
    ]);
  });

  test('a topic that was made anew has another id, and nothing committed', async () => {
    await createTopic(client, 'reborn');
    const before = idOf('reborn');
    await commitById('old', [[before, 0]]);
    await client.call(DeleteTopics, { topics: [{ name: 'reborn', topicId: NO_UUID }], timeoutMs: 1000 });
    await createTopic(client, 'reborn');
    expect(await fetchById('old', [before, idOf('reborn')])).toEqual([
      [before, -1, 'UNKNOWN_TOPIC_ID'],
      [idOf('reborn'), -1, 'NONE'],
    ]);
  });

  test('one group named twice, with other topics each time', async () => {
    await commit('named-twice', 'orders', 0, 1);
    const { groups } = await client.call(OffsetFetch, {
      groups: [
        { groupId: 'named-twice', topics: [{ name: 'orders', partitionIndexes: [0] }] },
        { groupId: 'named-twice', topics: [{ name: 'other', partitionIndexes: [0] }] },
      ],
    });
    expect(groups.map(({ topics }) => [topics[0]!.name, topics[0]!.partitions[0]!.committedOffset])).toEqual([
      ['orders', 1],
      ['other', -1],
    ]);
  });
});
