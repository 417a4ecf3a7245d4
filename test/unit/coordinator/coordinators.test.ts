import { describe, expect, test } from 'vitest';
import { GroupCoordinators } from '../../../src/coordinator/coordinators.js';
import { DEFAULT_GROUP_CONFIG, type GroupConfig } from '../../../src/coordinator/group/config.js';
import type { GroupClient, JoinGroupRequest } from '../../../src/coordinator/group/requests.js';
import { type LogFields, SILENT_LOGGER } from '../../../src/ports/logger.js';
import { recordCount } from '../../../src/records/batch.js';
import { Compression } from '../../../src/records/compression/compression.js';
import { ErrorCode } from '../../../src/wire/errors.js';
import { CountingEntropy, ManualClock, ManualLog, microtasks, StoredLog } from './world.js';

const CLIENT: GroupClient = { apiVersion: 3, clientId: 'c', clientHost: '/127.0.0.1' };

function joinRequest(over: Partial<JoinGroupRequest> = {}): JoinGroupRequest {
  return {
    groupId: 'g',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: '',
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from('metadata') }],
    reason: null,
    ...over,
  };
}

function commitRequest(groupId: string, offset: number, partitions = 1) {
  return {
    groupId,
    memberId: '',
    generationIdOrMemberEpoch: -1,
    groupInstanceId: null,
    retentionTimeMs: -1,
    topics: [
      {
        name: 't',
        partitions: Array.from({ length: partitions }, (_, partitionIndex) => ({
          partitionIndex,
          committedOffset: offset,
          committedLeaderEpoch: -1,
          committedMetadata: null,
        })),
      },
    ],
  };
}

function coordinators(
  partitions: number,
  clock: ManualClock,
  config: Partial<GroupConfig> = {},
): GroupCoordinators {
  return new GroupCoordinators({
    partitionCount: () => partitions,
    topicExists: () => true,
    config: { ...DEFAULT_GROUP_CONFIG, initialRebalanceDelayMs: 0, ...config },
    clock,
    entropy: new CountingEntropy(),
    logger: { ...SILENT_LOGGER, error: unexpected },
    compression: new Compression(),
  });
}

/** The coordinator's own bugs: none of these tests may meet one. */
function unexpected(message: string, fields?: LogFields): void {
  throw new Error(message, { cause: fields });
}

function log(stored: StoredLog, epoch = 0, partition = 0): ManualLog {
  return new ManualLog({ stored, epoch, partition, commits: 'at once' });
}

async function alone(config: Partial<GroupConfig> = {}) {
  const clock = new ManualClock();
  const stored = new StoredLog();
  const groups = coordinators(1, clock, config);
  await groups.becomeLeader(log(stored));
  return { clock, stored, groups };
}

describe('views on the connection’s buffer', () => {
  test('what the coordinator keeps, it has copied', async () => {
    const { groups } = await alone();
    const metadata = Buffer.from('metadata');
    const joining = groups.joinGroup(joinRequest({ protocols: [{ name: 'range', metadata }] }), CLIENT);
    metadata.fill(0);
    const { memberId, members } = await joining;
    expect(members[0]?.metadata.toString()).toBe('metadata');
    const assignment = Buffer.from('assignment');
    const who = {
      groupId: 'g',
      generationId: 1,
      memberId,
      groupInstanceId: null,
      protocolType: null,
      protocolName: null,
    };
    const syncing = groups.syncGroup({ ...who, assignments: [{ memberId, assignment }] });
    assignment.fill(0);
    expect((await syncing).assignment.toString()).toBe('assignment');
  });
});

describe('the answer fits the version', () => {
  test('where there is no protocol, it is null since version 7 and empty before', async () => {
    const { groups } = await alone();
    const refused = async (apiVersion: number) =>
      (await groups.joinGroup(joinRequest({ memberId: 'nobody' }), { ...CLIENT, apiVersion })).protocolName;
    expect(await refused(6)).toBe('');
    expect(await refused(7)).toBeNull();
  });

  test('a member id stays short enough for the wire, whatever the client calls itself', async () => {
    const { groups } = await alone();
    const answer = await groups.joinGroup(joinRequest(), { ...CLIENT, clientId: 'é'.repeat(16_000) });
    expect(answer.errorCode).toBe(ErrorCode.NONE);
    expect(answer.memberId).toHaveLength(1024 + 37);
    expect(answer.memberId.slice(1024)).toMatch(
      /^-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });
});

describe('bad input', () => {
  // As malformed UTF-8 arrives: each byte of it as a character that takes three.
  const swollen = '\ufffd'.repeat(20_000);

  test.each([
    ['group id', { groupId: swollen }, {}, ErrorCode.INVALID_GROUP_ID],
    ['instance id', { groupInstanceId: swollen }, {}, ErrorCode.INVALID_REQUEST],
    ['protocol type', { protocolType: swollen }, {}, ErrorCode.INVALID_REQUEST],
    [
      'protocol',
      { protocols: [{ name: swollen, metadata: Buffer.alloc(0) }] },
      {},
      ErrorCode.INVALID_REQUEST,
    ],
    ['client id', {}, { clientId: swollen }, ErrorCode.INVALID_REQUEST],
    ['protocols', { protocols: [] }, {}, ErrorCode.INCONSISTENT_GROUP_PROTOCOL],
    ['protocol type', { protocolType: '' }, {}, ErrorCode.INCONSISTENT_GROUP_PROTOCOL],
    ['timeout', { sessionTimeoutMs: -1 }, {}, ErrorCode.INVALID_SESSION_TIMEOUT],
  ])('a join with such a %s is refused', async (_, request, client, errorCode) => {
    const { groups } = await alone();
    const answer = await groups.joinGroup(joinRequest(request), { ...CLIENT, ...client });
    expect(answer.errorCode).toBe(errorCode);
    expect((await groups.listGroups({ statesFilter: [], typesFilter: [] })).groups).toEqual([]);
  });

  test('commits that no record could hold are refused one by one', async () => {
    const { groups } = await alone({ offsetMetadataMax: 1_000_000 });
    const request = commitRequest('g', 1);
    const partition = {
      partitionIndex: 0,
      committedOffset: 1,
      committedLeaderEpoch: -1,
      committedMetadata: null,
    };
    const topics = [
      { name: 't', partitions: [{ ...partition, committedMetadata: swollen }] },
      { name: swollen, partitions: [partition] },
      { name: 'u', partitions: [partition] },
    ];
    const answer = await groups.commitOffsets(
      { ...request, topics, retentionTimeMs: Number.MAX_SAFE_INTEGER },
      CLIENT,
    );
    expect(answer.topics.map(({ partitions }) => partitions[0]?.errorCode)).toEqual([
      ErrorCode.OFFSET_METADATA_TOO_LARGE,
      ErrorCode.INVALID_TOPIC_EXCEPTION,
      ErrorCode.NONE,
    ]);
    const refused = await groups.commitOffsets({ ...request, groupId: swollen }, CLIENT);
    expect(refused.topics[0]?.partitions[0]?.errorCode).toBe(ErrorCode.INVALID_GROUP_ID);
  });

  test('a member id is cut between characters', async () => {
    const { groups } = await alone();
    const { memberId } = await groups.joinGroup(joinRequest(), {
      ...CLIENT,
      clientId: `x${'𝄞'.repeat(600)}`,
    });
    expect(Buffer.from(memberId).toString()).toBe(memberId);
    expect(memberId).toHaveLength(1023 + 37);
  });
});

describe('many partitions', () => {
  const ids = Array.from({ length: 20 }, (_, at) => `group-${at}`);

  test('each group is asked where it lives, and the answers keep the order of the request', async () => {
    const clock = new ManualClock();
    const groups = coordinators(4, clock);
    const logs = [0, 1, 2].map((partition) => log(new StoredLog(), 0, partition));
    await Promise.all(logs.map((one) => groups.becomeLeader(one)));
    const led = (groupId: string) => groups.partitionFor(groupId) < 3;
    expect(new Set(ids.map((id) => groups.partitionFor(id)))).toEqual(new Set([0, 1, 2, 3]));

    for (const [at, groupId] of ids.entries()) {
      const { topics } = await groups.commitOffsets(commitRequest(groupId, at), CLIENT);
      expect(topics[0]?.partitions[0]?.errorCode).toBe(
        led(groupId) ? ErrorCode.NONE : ErrorCode.NOT_COORDINATOR,
      );
    }
    const asked = ids.map((groupId) => ({ groupId, memberId: null, memberEpoch: -1, topics: null }));
    const fetched = await groups.fetchOffsets({ groups: asked, requireStable: false });
    expect(fetched.groups.map(({ groupId }) => groupId)).toEqual(ids);
    for (const [at, { groupId, errorCode, topics }] of fetched.groups.entries()) {
      expect(errorCode).toBe(led(groupId) ? ErrorCode.NONE : ErrorCode.NOT_COORDINATOR);
      expect(topics[0]?.partitions[0]?.committedOffset).toBe(led(groupId) ? at : undefined);
    }
    const described = await groups.describeGroups({ groups: ids }, CLIENT);
    expect(described.groups.map(({ groupId }) => groupId)).toEqual(ids);
    const listed = await groups.listGroups({ statesFilter: [], typesFilter: [] });
    expect(listed.groups.map(({ groupId }) => groupId).sort()).toEqual(ids.filter(led).sort());

    await groups.topicDeleted('t');
    const gone = await groups.fetchOffsets({
      groups: asked.filter(({ groupId }) => led(groupId)),
      requireStable: false,
    });
    for (const { topics } of gone.groups) expect(topics).toEqual([]);
    // Groups that only kept offsets are gone with them.
    const deleted = await groups.deleteGroups({ groupsNames: ids.slice(0, 10) });
    expect(deleted.results.map(({ groupId }) => groupId)).toEqual(ids.slice(0, 10));
    for (const { groupId, errorCode } of deleted.results) {
      expect(errorCode).toBe(led(groupId) ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.NOT_COORDINATOR);
    }
    expect((await groups.listGroups({ statesFilter: [], typesFilter: [] })).groups).toEqual([]);
  });

  test('a partition that is loading fails the list, and is waited for when a topic is deleted', async () => {
    const clock = new ManualClock();
    const groups = coordinators(2, clock);
    await groups.becomeLeader(log(new StoredLog(), 0, 0));
    const slow = log(new StoredLog(), 0, 1);
    let release = () => {};
    slow.holdLoad = new Promise((resolve) => {
      release = resolve;
    });
    const loading = groups.becomeLeader(slow);
    expect((await groups.listGroups({ statesFilter: [], typesFilter: [] })).errorCode).toBe(
      ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
    );
    let done = false;
    const deleting = groups.topicDeleted('t').then(() => {
      done = true;
    });
    await microtasks();
    expect(done).toBe(false);
    release();
    await loading;
    await deleting;
  });
});

describe('reload', () => {
  test('a group that has become too large for the setting sheds members in a rebalance', async () => {
    const { stored, groups, clock } = await alone();
    const first = await groups.joinGroup(joinRequest(), CLIENT);
    const joining = [
      groups.joinGroup(joinRequest(), CLIENT),
      groups.joinGroup(joinRequest({ memberId: first.memberId }), CLIENT),
    ];
    const [second] = await Promise.all(joining);
    const who = {
      groupId: 'g',
      generationId: 2,
      groupInstanceId: null,
      protocolType: null,
      protocolName: null,
    };
    const synced = await groups.syncGroup({ ...who, memberId: first.memberId, assignments: [] });
    expect(synced.errorCode).toBe(ErrorCode.NONE);
    groups.resignAll();

    const smaller = coordinators(1, clock, { membersMax: 1 });
    await smaller.becomeLeader(log(stored, 1));
    const beat = { groupId: 'g', generationId: 2, memberId: first.memberId, groupInstanceId: null };
    expect(await smaller.heartbeat(beat)).toEqual({ errorCode: ErrorCode.REBALANCE_IN_PROGRESS });
    const stays = smaller.joinGroup(joinRequest({ memberId: second?.memberId ?? '' }), CLIENT);
    const goes = await smaller.joinGroup(joinRequest({ memberId: first.memberId }), CLIENT);
    expect(goes.errorCode).toBe(ErrorCode.GROUP_MAX_SIZE_REACHED);
    expect((await stays).members).toHaveLength(1);
  });

  test.each([
    ['many groups, by what they drop', 35, 1, { tombstonesPerTurnMax: 10 }, [10, 10, 10, 5]],
    ['one group, by what it drops', 1, 35, { tombstonesPerTurnMax: 10 }, [10, 10, 10, 5]],
    // Each look at a group of one offset counts twice: for the group and for the offset.
    ['many groups, by what they look at', 35, 1, { expiryLooksPerTurnMax: 20 }, [10, 10, 10, 5]],
  ])('expiry of %s, goes in turns, and gets through', async (_, groupCount, partitions, bounds, turns) => {
    const { groups, clock, stored } = await alone({
      offsetsRetentionMs: 1000,
      offsetsRetentionCheckIntervalMs: 5000,
      ...bounds,
    });
    for (let at = 0; at < groupCount; at++)
      await groups.commitOffsets(commitRequest(`g${at}`, at, partitions), CLIENT);
    expect(groups.stateOf(0)?.groups.size).toBe(groupCount);
    const before = stored.batches.length;
    await clock.advance(4999);
    expect(groups.stateOf(0)?.groups.size).toBe(groupCount);
    await clock.advance(1);
    expect(stored.batches.slice(before).map(({ bytes }) => recordCount(bytes, 0))).toEqual(turns);
    expect(groups.stateOf(0)?.groups.size).toBe(0);
    expect((await groups.listGroups({ statesFilter: [], typesFilter: [] })).groups).toEqual([]);
    // The next pass begins anew.
    await groups.commitOffsets(commitRequest('late', 1), CLIENT);
    await clock.advance(5000);
    expect(groups.stateOf(0)?.groups.size).toBe(0);
  });

  test('pending members are bounded', async () => {
    const { groups } = await alone({ pendingMembersMax: 2 });
    const codes = [];
    for (let at = 0; at < 3; at++)
      codes.push((await groups.joinGroup(joinRequest(), { ...CLIENT, apiVersion: 9 })).errorCode);
    expect(codes).toEqual([
      ErrorCode.MEMBER_ID_REQUIRED,
      ErrorCode.MEMBER_ID_REQUIRED,
      ErrorCode.GROUP_MAX_SIZE_REACHED,
    ]);
  });
});
