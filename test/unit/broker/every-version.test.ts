/**
 * Every version of every API that is advertised: a minimal valid request gets an answer that decodes to its last byte, and
 * that says no more than "there is nothing here" or "done".
 */
import { afterAll, describe, expect, test } from 'vitest';
import { codec } from '../../../src/wire/codec.js';
import { errorName } from '../../../src/wire/errors.js';
import { decodeResponseHeader } from '../../../src/wire/headers.js';
import { APIS } from '../../../src/wire/messages/index.js';
import type { Api } from '../../../src/wire/schema.js';
import { minimalRequest } from './parts/minimal-requests.js';
import { minimalWorld } from './parts/minimal-world.js';

const world = await minimalWorld();
afterAll(() => world.stop());

const CASES = APIS.flatMap((api) =>
  Array.from({ length: api.maxVersion - api.minVersion + 1 }, (_, at) => ({
    api,
    version: api.minVersion + at,
    name: `${api.name} ${api.minVersion + at}`,
  })),
);

/** Codes that a valid request of a stranger may get: a group that does not know it, a topic that is there already. */
const HONEST: Readonly<Record<string, readonly string[]>> = {
  Heartbeat: ['UNKNOWN_MEMBER_ID'],
  SyncGroup: ['UNKNOWN_MEMBER_ID'],
  LeaveGroup: ['UNKNOWN_MEMBER_ID'],
  JoinGroup: ['MEMBER_ID_REQUIRED'],
  DeleteTopics: ['UNKNOWN_TOPIC_OR_PARTITION'],
  DeleteGroups: ['GROUP_ID_NOT_FOUND'],
  DescribeGroups: ['GROUP_ID_NOT_FOUND'],
  ElectLeaders: ['ELECTION_NOT_NEEDED'],
  CreatePartitions: ['UNKNOWN_TOPIC_OR_PARTITION'],
};

describe('answers', () => {
  test.each(CASES)('$name', async ({ api, version }: { api: Api; version: number }) => {
    const raw = await world.raw();
    raw.request(api, version, 77, minimalRequest(api, version, world.broker.image.topic('topic')!.id));
    const frame = await raw.frame(0);
    expect(frame, `${api.name} ${version} hung up`).not.toBeNull();
    const { correlationId, body } = decodeResponseHeader(api, version, frame!);
    expect(correlationId).toBe(77);
    const answer = codec(api.response, version).decode(body);
    expect(body.position, 'bytes follow the answer').toBe(frame!.length);
    const allowed = new Set(['NONE', ...(HONEST[api.name] ?? [])]);
    for (const code of errorCodesIn(answer)) expect(allowed).toContain(errorName(code));
    raw.destroy();
  });

  test('nothing of it was a bug to the broker', () => {
    expect(world.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

/** All error codes in an answer, however deep. */
function errorCodesIn(value: unknown): number[] {
  if (Array.isArray(value)) return value.flatMap(errorCodesIn);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return [];
  return Object.entries(value).flatMap(([key, field]) =>
    /^(error|topicConfigError)Code$/.test(key) ? [field as number] : errorCodesIn(field),
  );
}
