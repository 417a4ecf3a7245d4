/**
 * What a peer that may do nothing is told, by each handler of the admin APIs. Everything is allowed until security arrives, so the handlers are
 * called here as the dispatcher calls them, with a context that refuses; it also asserts that they ask for what they declare, and for nothing else.
 */
import { afterAll, expect, test } from 'vitest';
import { assert } from '../../../src/base/assert.js';
import { NO_UUID } from '../../../src/base/ids.js';
import type { Peer, RequestContext } from '../../../src/broker/context.js';
import type { Handler } from '../../../src/broker/handler.js';
import { HANDLERS } from '../../../src/broker/served.js';
import type { BrokerServices } from '../../../src/broker/services.js';
import { codec } from '../../../src/wire/codec.js';
import { errorName } from '../../../src/wire/errors.js';
import { Reader } from '../../../src/wire/reader.js';
import { Writer } from '../../../src/wire/writer.js';
import { minimalRequest } from './parts/minimal-requests.js';
import { minimalWorld } from './parts/minimal-world.js';

const world = await minimalWorld();
afterAll(() => world.stop());

/** What the peer may do: nothing, or all but what stands here. */
async function ask(name: string, mayNot: 'anything' | readonly string[], version?: number): Promise<object> {
  const handler = HANDLERS.find(({ api }) => api.name === name)!;
  const { api } = handler;
  const apiVersion = version ?? api.maxVersion;
  const draft = minimalRequest(api, apiVersion, world.broker.image.topic('topic')?.id ?? NO_UUID);
  const writer = new Writer();
  codec(api.request, apiVersion).encode(writer, draft);
  const request = codec(api.request, apiVersion).decode(new Reader(Buffer.concat(writer.parts())));
  return handler.handle(request, refusing(handler, apiVersion, mayNot), services()) as Promise<object>;
}

const PEER: Peer = {
  connectionId: 1,
  remote: { host: '192.0.2.1', port: 5000 },
  local: { host: '192.0.2.2', port: 9092 },
  onEnding: () => ({ cancel() {} }),
  onGone: () => ({ cancel() {} }),
};

function refusing(
  handler: Handler,
  apiVersion: number,
  mayNot: 'anything' | readonly string[],
): RequestContext {
  return {
    peer: PEER,
    apiVersion,
    clientId: 'stranger',
    turn: () => Promise.resolve(null),
    whenSent() {},
    mayEver: () => false,
    authorize: (operation, resource) => {
      const isDeclared = handler.touches.some(([op, on]) => op === operation && on === resource);
      assert(isDeclared, `${handler.api.name} declares ${operation} on ${resource}`);
      return mayNot !== 'anything' && !mayNot.includes(`${operation} ${resource}`);
    },
  };
}

function services(): BrokerServices {
  const { partitions, groups } = world.broker;
  // What these handlers come to when they are allowed to; anything else would be undefined, and fail.
  return { image: () => world.broker.image, partitions, groups } as Partial<BrokerServices> as BrokerServices;
}

const ALL = 'anything';
test.each([
  ['DeleteRecords', ALL, 'TOPIC_AUTHORIZATION_FAILED'],
  ['DeleteGroups', ALL, 'GROUP_AUTHORIZATION_FAILED'],
  ['OffsetDelete', ALL, 'GROUP_AUTHORIZATION_FAILED'],
  ['DescribeLogDirs', ALL, 'CLUSTER_AUTHORIZATION_FAILED'],
  ['DescribeProducers', ALL, 'TOPIC_AUTHORIZATION_FAILED'],
  ['ElectLeaders', ALL, 'CLUSTER_AUTHORIZATION_FAILED'],
  ['AlterPartitionReassignments', ALL, 'CLUSTER_AUTHORIZATION_FAILED'],
  ['ListPartitionReassignments', ALL, 'CLUSTER_AUTHORIZATION_FAILED'],
  ['OffsetCommit', ALL, 'GROUP_AUTHORIZATION_FAILED'],
  ['OffsetCommit', ['Read Topic'], 'TOPIC_AUTHORIZATION_FAILED'],
  ['OffsetFetch', ALL, 'GROUP_AUTHORIZATION_FAILED'],
  ['OffsetFetch', ['Describe Topic'], 'TOPIC_AUTHORIZATION_FAILED'],
  ['DescribeGroups', ALL, 'GROUP_AUTHORIZATION_FAILED'],
] as const)('%s, without %s: %s', async (name, mayNot, code) => {
  expect(errorsIn(await ask(name, mayNot))).toContain(code);
});

test.each([8, 9, 10])(
  'OffsetFetch %i of all topics leaves out those that may not be seen',
  async (version) => {
    const handler = HANDLERS.find(({ api }) => api.name === 'OffsetFetch')!;
    await world.broker.groups.commitOffsets(
      {
        groupId: 'shy',
        memberId: '',
        groupInstanceId: null,
        generationIdOrMemberEpoch: -1,
        retentionTimeMs: -1,
        topics: [
          {
            name: 'topic',
            partitions: [
              { partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: '' },
            ],
          },
        ],
      },
      { apiVersion: 9, clientId: '', clientHost: '' },
    );
    const all = { groups: [{ groupId: 'shy', memberId: null, memberEpoch: -1, topics: null }] };
    const answer = (mayNot: readonly string[]) =>
      handler.handle(all, refusing(handler, version, mayNot), services());
    expect(await answer([])).toMatchObject({ groups: [{ errorCode: 0, topics: [{}] }] });
    expect(await answer(['Describe Topic'])).toMatchObject({ groups: [{ errorCode: 0, topics: [] }] });
  },
);

test('DescribeTopicPartitions: denied by name, left out of all', async () => {
  const handler = HANDLERS.find(({ api }) => api.name === 'DescribeTopicPartitions')!;
  const own = { ...services(), settings: { maxRequestPartitions: 2000 } } as unknown as BrokerServices;
  const answer = (topics: readonly { readonly name: string }[]) =>
    handler.handle({ topics, cursor: null, responsePartitionLimit: 10 }, refusing(handler, 0, ALL), own);
  expect(await answer([{ name: 'topic' }])).toMatchObject({
    topics: [{ name: 'topic', topicId: NO_UUID, errorCode: 29, partitions: [] }],
  });
  expect(await answer([])).toMatchObject({ topics: [] });
});

function errorsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(errorsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) =>
    key === 'errorCode' ? [errorName(field as number)] : errorsIn(field),
  );
}
