/** Groups of very many members, and very many groups: what happens when all come at once, and again and again while some die. */
import { describe, expect, test } from 'vitest';
import { Prng } from '../../../src/base/prng.js';
import { GroupCoordinators } from '../../../src/coordinator/coordinators.js';
import { DEFAULT_GROUP_CONFIG } from '../../../src/coordinator/group/config.js';
import type { GroupClient, JoinGroupResponse } from '../../../src/coordinator/group/requests.js';
import { type LogFields, SILENT_LOGGER } from '../../../src/ports/logger.js';
import { Compression } from '../../../src/records/compression/compression.js';
import { ErrorCode, errorName } from '../../../src/wire/errors.js';
import { CountingEntropy, ManualClock, ManualLog, StoredLog } from './world.js';

const seed = Number(process.env['SEED'] ?? Date.now());
const CLIENT: GroupClient = { apiVersion: 9, clientId: 'c', clientHost: '/192.0.2.1' };
const SESSION_MS = 10_000;
const REBALANCE_MS = 60_000;
const HEARTBEAT_MS = 3000;
const METADATA = Buffer.alloc(1024, 7);

/** A consumer as clients have it: joins, syncs, beats, and does what each error tells it to. */
class Member {
  readonly #coordinator: { groups: GroupCoordinators };
  readonly #groupId: string;
  /** The coordinator was away: it joins with its next beat. */
  #joinsLater = false;
  memberId = '';
  generation = -1;
  assignment = '';
  doing: 'nothing' | 'joining' | 'syncing' | 'beating' | 'dead' = 'nothing';
  /** Joins sent, first ones included. */
  joins = 0;
  /** How often it was told that it is not in the group. */
  expelled = 0;

  constructor(coordinator: { groups: GroupCoordinators }, groupId: string) {
    this.#coordinator = coordinator;
    this.#groupId = groupId;
  }

  get #groups(): GroupCoordinators {
    return this.#coordinator.groups;
  }

  die(): void {
    this.doing = 'dead';
  }

  join(): void {
    if (this.doing === 'dead' || this.doing === 'joining') return;
    this.doing = 'joining';
    this.#joinsLater = false;
    this.joins++;
    const request = {
      groupId: this.#groupId,
      memberId: this.memberId,
      groupInstanceId: null,
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: METADATA }],
      reason: null,
    };
    void this.#groups.joinGroup(request, CLIENT).then((answer) => this.#joined(answer));
  }

  #joined(answer: JoinGroupResponse): void {
    if (this.doing === 'dead') return;
    this.doing = 'nothing';
    switch (answer.errorCode) {
      case ErrorCode.NONE:
        this.memberId = answer.memberId;
        this.generation = answer.generationId;
        this.#sync(answer);
        break;
      case ErrorCode.MEMBER_ID_REQUIRED:
        this.memberId = answer.memberId;
        this.join();
        break;
      case ErrorCode.UNKNOWN_MEMBER_ID:
        this.#forget();
        this.join();
        break;
      case ErrorCode.NOT_COORDINATOR:
        this.#joinsLater = true;
        break;
      default:
        throw new Error(`a join was answered with ${errorName(answer.errorCode)}`);
    }
  }

  #sync({ members }: JoinGroupResponse): void {
    this.doing = 'syncing';
    const request = {
      groupId: this.#groupId,
      generationId: this.generation,
      memberId: this.memberId,
      groupInstanceId: null,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: members.map(({ memberId }, at) => ({ memberId, assignment: Buffer.from(`t-${at}`) })),
    };
    void this.#groups.syncGroup(request).then(({ errorCode, assignment }) => {
      if (this.doing === 'dead') return;
      this.doing = 'nothing';
      this.assignment = assignment.toString();
      if (errorCode !== ErrorCode.NONE) this.#begin(errorCode);
    });
  }

  beat(): void {
    if (this.doing !== 'nothing') return;
    if (this.#joinsLater) {
      this.join();
      return;
    }
    this.doing = 'beating';
    const { memberId, generation: generationId } = this;
    const request = { groupId: this.#groupId, generationId, memberId, groupInstanceId: null };
    void this.#groups.heartbeat(request).then(({ errorCode }) => {
      if (this.doing !== 'beating') return;
      this.doing = 'nothing';
      if (errorCode !== ErrorCode.NONE) this.#begin(errorCode);
    });
  }

  #forget(): void {
    this.memberId = '';
    this.expelled++;
  }

  #begin(errorCode: ErrorCode): void {
    if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.#forget();
    if (errorCode === ErrorCode.NOT_COORDINATOR) this.#joinsLater = true;
    else this.join();
  }
}

async function alone(clock: ManualClock, stored = new StoredLog()): Promise<GroupCoordinators> {
  const groups = new GroupCoordinators({
    partitionCount: () => 1,
    topicExists: () => true,
    config: DEFAULT_GROUP_CONFIG,
    clock,
    entropy: new CountingEntropy(),
    logger: {
      ...SILENT_LOGGER,
      error: (message: string, fields?: LogFields) => {
        throw new Error(message, { cause: fields });
      },
    },
    compression: new Compression(),
  });
  await groups.becomeLeader(new ManualLog({ stored, epoch: 0, commits: 'at once' }));
  return groups;
}

/** A log as long as this one is replayed in slices, with a timer between two. */
async function lead(groups: GroupCoordinators, log: ManualLog, clock: ManualClock): Promise<void> {
  const leading = groups.becomeLeader(log);
  await clock.settle();
  await leading;
}

/** Lets time pass, with heartbeats, until all the living have their share, and nobody else has one. Returns how long it took. */
async function settle(
  groups: GroupCoordinators,
  clock: ManualClock,
  members: readonly Member[],
): Promise<number> {
  const startedMs = clock.monotonic();
  const living = members.filter(({ doing }) => doing !== 'dead');
  for (;;) {
    await clock.advance(HEARTBEAT_MS);
    for (const member of living) member.beat();
    await clock.settle();
    const generation = Math.max(...living.map((member) => member.generation));
    const { groups: described } = await groups.describeGroups({ groups: ['g'] }, CLIENT);
    if (
      described[0]?.members.length === living.length &&
      living.every((member) => member.doing === 'nothing' && member.generation === generation)
    )
      return clock.monotonic() - startedMs;
    if (clock.monotonic() - startedMs > 10 * REBALANCE_MS) throw new Error('the group does not settle');
  }
}

describe('a group of 500', () => {
  test(`gets through rejoin storms in which members die, in few generations (SEED=${seed})`, async () => {
    const prng = new Prng(seed);
    const clock = new ManualClock();
    const groups = await alone(clock);
    let members = Array.from({ length: 500 }, () => new Member({ groups }, 'g'));
    for (const member of members) member.join();
    await settle(groups, clock, members);
    for (let storm = 0; storm < 6; storm++) {
      const before = Math.max(...members.map(({ generation }) => generation));
      const joinsBefore = new Map(members.map((member) => [member, member.joins]));
      const dying = members.filter(() => prng.chance(0.1));
      // Some fall silent before the storm, some in it: while they wait for the others, or for their share.
      const [early, late] = [dying.filter((_, at) => at % 2 === 0), dying.filter((_, at) => at % 2 === 1)];
      for (const member of early) member.die();
      for (const member of members) member.join();
      await clock.settle();
      for (const member of late) member.die();
      const coming = dying.map(() => new Member({ groups }, 'g'));
      for (const member of coming) member.join();
      members = [...members.filter((member) => !dying.includes(member)), ...coming];
      const tookMs = await settle(groups, clock, members);
      const after = Math.max(...members.map(({ generation }) => generation));
      // One when the early dead are out, and one when the late dead are, who were there for the first.
      expect(after - before, 'generations').toBeLessThanOrEqual(2);
      expect(tookMs).toBeLessThanOrEqual(2 * (SESSION_MS + HEARTBEAT_MS));
      for (const member of members) {
        expect(member.joins - (joinsBefore.get(member) ?? 0), 'joins of one member').toBeLessThanOrEqual(3);
        expect(member.expelled, 'who is alive is not expelled').toBe(0);
      }
    }
    const { groups: described } = await groups.describeGroups({ groups: ['g'] }, CLIENT);
    expect(described[0]?.groupState).toBe('Stable');
    const shares = new Map(members.map(({ memberId, assignment }) => [memberId, assignment]));
    expect(
      new Map(described[0]?.members.map((one) => [one.memberId, one.memberAssignment.toString()])),
    ).toEqual(shares);
    expect(new Set(shares.values()).size).toBe(500);
    groups.resignAll();
  }, 30_000);

  test.each([
    ['while they join', 'joining', 'is lost', 1],
    ['when the assignment is written, not committed, and survives', 'syncing', 'survives', 2],
    ['when the assignment is written, not committed, and is lost', 'syncing', 'is lost', 1],
  ] as const)(
    'the coordinator restarts in the middle of a rebalance, %s',
    async (_, doing, written, logged) => {
      const clock = new ManualClock();
      const stored = new StoredLog();
      const coordinator = { groups: await alone(clock, stored) };
      const members = Array.from({ length: 500 }, () => new Member(coordinator, 'g'));
      for (const member of members) member.join();
      await settle(coordinator.groups, clock, members);
      expect(members[0]?.generation).toBe(1);

      // The second leader's log keeps what it is told, and commits nothing.
      coordinator.groups.resignAll();
      const slow = new ManualLog({ stored, epoch: 1, commits: 'when told' });
      await lead(coordinator.groups, slow, clock);
      const some = doing === 'joining' ? members.slice(0, 400) : members;
      for (const member of some) member.join();
      await clock.settle();
      expect(some.every((member) => member.doing === doing || member.doing === 'nothing')).toBe(true);
      slow.depose();
      if (written === 'is lost') stored.truncate(stored.highWatermark);
      await clock.settle();

      await lead(coordinator.groups, new ManualLog({ stored, epoch: 2, commits: 'at once' }), clock);
      expect(coordinator.groups.stateOf(0)?.groups.get('g')?.classic?.generation).toBe(logged);
      await settle(coordinator.groups, clock, members);
      const generation = members[0]?.generation ?? 0;
      expect(generation).toBeGreaterThan(logged);
      expect(generation).toBeLessThanOrEqual(logged + 3);
      expect(new Set(members.map(({ assignment }) => assignment)).size).toBe(500);
      for (const old of [logged - 1, logged, generation - 1]) {
        const { topics } = await coordinator.groups.commitOffsets(
          {
            groupId: 'g',
            memberId: members[7]?.memberId ?? '',
            generationIdOrMemberEpoch: old,
            groupInstanceId: null,
            retentionTimeMs: -1,
            topics: [
              {
                name: 't',
                partitions: [
                  { partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: 0, committedMetadata: '' },
                ],
              },
            ],
          },
          CLIENT,
        );
        expect(topics[0]?.partitions[0]?.errorCode, `generation ${old}`).toBe(ErrorCode.ILLEGAL_GENERATION);
      }
      coordinator.groups.resignAll();
    },
    30_000,
  );
});

test('a thousand groups of three beat without setting timers, and go when they fall silent', async () => {
  const clock = new ManualClock();
  const groups = await alone(clock);
  const members = Array.from({ length: 3000 }, (_, at) => new Member({ groups }, `g${at % 1000}`));
  for (const member of members) member.join();
  // The first rebalance of a new group waits for more members to come, and then for more.
  for (let ms = 0; ms < 3 * DEFAULT_GROUP_CONFIG.initialRebalanceDelayMs; ms += 1000)
    await clock.advance(1000);
  expect(members.every(({ doing }) => doing === 'nothing')).toBe(true);
  let armed = 0;
  const setTimer = clock.setTimer.bind(clock);
  clock.setTimer = (delayMs, callback) => {
    armed++;
    return setTimer(delayMs, callback);
  };
  for (let beats = 0; beats < 5; beats++) {
    for (const member of members) member.beat();
    await clock.settle();
    expect(members.every(({ doing, generation }) => doing === 'nothing' && generation === 1)).toBe(true);
    await clock.advance(HEARTBEAT_MS);
  }
  // 15,000 heartbeats. The one timer of the shard goes off when the earliest deadline was, and finds it moved.
  expect(armed).toBeLessThanOrEqual(10);
  await clock.advance(SESSION_MS);
  const { groups: listed } = await groups.listGroups({ statesFilter: [], typesFilter: [] });
  expect(new Set(listed.map(({ groupState }) => groupState))).toEqual(new Set(['Empty']));
  expect(listed).toHaveLength(1000);
  await clock.advance(DEFAULT_GROUP_CONFIG.offsetsRetentionCheckIntervalMs);
  expect((await groups.listGroups({ statesFilter: [], typesFilter: [] })).groups).toEqual([]);
  groups.resignAll();
  expect(clock.timers).toBe(0);
}, 30_000);
