/** DescribeTopicPartitions over the wire: order, pages, cursors, and what is said of topics that are not there. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NO_UUID } from '../../../src/base/ids.js';
import type { RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { errorName } from '../../../src/wire/errors.js';
import {
  DescribeTopicPartitions,
  type DescribeTopicPartitionsResponse,
} from '../../../src/wire/messages/describe-topic-partitions.js';
import { createTopic } from './parts/asks.js';
import { World } from './parts/world.js';

/** Topics and their numbers of partitions, not in order of name. */
const TOPICS = { delta: 1, alpha: 3, charlie: 5, bravo: 2 } as const;
const EVERY = Object.entries(TOPICS)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .flatMap(([name, count]) => Array.from({ length: count }, (_, index) => `${name}-${index}`));

interface Cursor {
  readonly topicName: string;
  readonly partitionIndex: number;
}

let world: World;
let client: RpcConnection;
beforeAll(async () => {
  world = await World.start({ settings: { 'max.request.partition.size.limit': '6' } });
  client = await world.client();
  for (const [name, partitions] of Object.entries(TOPICS)) await createTopic(client, name, { partitions });
});
afterAll(() => world.stop());

async function ask(names: readonly string[], cursor: Cursor | null = null, limit = 2000) {
  return client.call(DescribeTopicPartitions, {
    topics: names.map((name) => ({ name })),
    responsePartitionLimit: limit,
    cursor,
  });
}

function partitionsOf({ topics }: DescribeTopicPartitionsResponse): string[] {
  return topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex }) => `${name}-${partitionIndex}`),
  );
}

describe('one page', () => {
  test('a topic with all that is known of it', async () => {
    const { topics, nextCursor } = await ask(['bravo']);
    const { id, partitions } = world.broker.image.topic('bravo')!;
    expect(nextCursor).toBeNull();
    expect(topics).toMatchObject([{ errorCode: 0, name: 'bravo', topicId: id, isInternal: false }]);
    expect(topics[0]!.topicAuthorizedOperations).toBe(0b1101_1111_1000);
    expect(topics[0]!.partitions).toEqual(
      [0, 1].map((partitionIndex) => ({
        errorCode: 0,
        partitionIndex,
        leaderId: 1,
        leaderEpoch: partitions[partitionIndex]!.leaderEpoch,
        replicaNodes: [1],
        isrNodes: [1],
        eligibleLeaderReplicas: [],
        lastKnownElr: [],
        offlineReplicas: [],
      })),
    );
  });

  test('topics in order of name, each once, however they were asked for', async () => {
    const answer = await ask(['delta', 'bravo', 'delta', 'alpha']);
    expect(answer.topics.map(({ name }) => name)).toEqual(['alpha', 'bravo', 'delta']);
  });

  test('those that are not there have an error and no partitions', async () => {
    const { topics } = await ask(['nowhere', 'a b', 'alpha', '']);
    expect(topics.map(({ name, errorCode, topicId }) => [name, errorName(errorCode), topicId])).toEqual([
      ['', 'INVALID_TOPIC_EXCEPTION', NO_UUID],
      ['a b', 'INVALID_TOPIC_EXCEPTION', NO_UUID],
      ['alpha', 'NONE', world.broker.image.topic('alpha')!.id],
      ['nowhere', 'UNKNOWN_TOPIC_OR_PARTITION', NO_UUID],
    ]);
  });
});

describe('pages', () => {
  async function pages(names: readonly string[], limit: number): Promise<string[][]> {
    const found: string[][] = [];
    let cursor: Cursor | null = null;
    do {
      const answer: DescribeTopicPartitionsResponse = await ask(names, cursor, limit);
      found.push(partitionsOf(answer));
      cursor = answer.nextCursor;
    } while (cursor !== null);
    return found;
  }

  test('end at the limit, in the middle of a topic or between two, and say where the next begins', async () => {
    expect(await ask([], null, 4)).toMatchObject({ nextCursor: { topicName: 'bravo', partitionIndex: 1 } });
    expect(await ask([], null, 5)).toMatchObject({ nextCursor: { topicName: 'charlie', partitionIndex: 0 } });
    expect(await pages([], 4)).toEqual([EVERY.slice(0, 4), EVERY.slice(4, 8), EVERY.slice(8)]);
  });

  test('the broker’s own limit holds whatever is asked; a limit of none is one', async () => {
    expect((await pages([], 2000)).map(({ length }) => length)).toEqual([6, 5]);
    for (const limit of [0, -1, -0x80000000]) {
      expect(partitionsOf(await ask([], null, limit))).toEqual(['alpha-0']);
    }
  });

  test('of any limit give every partition once and in order, with topics named and not', async () => {
    const seed = Number(process.env['SEED'] ?? Date.now());
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.subarray(Object.keys(TOPICS)),
        async (limit, names) => {
          const all =
            names.length === 0 ? EVERY : EVERY.filter((each) => names.includes(each.split('-')[0]!));
          const found = await pages(names, limit);
          expect(found.flat()).toEqual(all);
          for (const page of found) expect(page.length).toBeLessThanOrEqual(Math.min(limit, 6));
        },
      ),
      { seed, numRuns: 60 },
    );
  });

  test('a cursor at a topic that was deleted meanwhile goes on behind it', async () => {
    expect(partitionsOf(await ask([], { topicName: 'bravado', partitionIndex: 7 }, 2))).toEqual([
      'bravo-0',
      'bravo-1',
    ]);
    expect(partitionsOf(await ask([], { topicName: 'bravo', partitionIndex: 99 }, 1))).toEqual(['charlie-0']);
    expect(await ask([], { topicName: 'zulu', partitionIndex: 0 })).toMatchObject({
      topics: [],
      nextCursor: null,
    });
  });

  test.each([
    ['a partition below zero', { topicName: 'alpha', partitionIndex: -1 }],
    ['a topic that was not asked for', { topicName: 'bravo', partitionIndex: 0 }],
  ])('a cursor at %s is an error of each topic that was named', async (_, cursor) => {
    const { topics, nextCursor } = await ask(['alpha', 'charlie'], cursor);
    expect(topics.map(({ name, errorCode, partitions }) => [name, errorName(errorCode), partitions])).toEqual(
      [
        ['alpha', 'INVALID_REQUEST', []],
        ['charlie', 'INVALID_REQUEST', []],
      ],
    );
    expect(nextCursor).toBeNull();
  });

  test('and where none was named, there is nobody to tell', async () => {
    expect(await ask([], { topicName: 'alpha', partitionIndex: -1 })).toMatchObject({
      topics: [],
      nextCursor: null,
    });
  });
});
