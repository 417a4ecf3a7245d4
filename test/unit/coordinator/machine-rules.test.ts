/**
 * The pure machine under random members, without a shell: requests in any order, time that passes, restarts that keep only what the log has.
 * After each step it is held to the rules of a group, as its members can see them.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Millis } from '../../../src/base/ids.js';
import { DEFAULT_GROUP_CONFIG } from '../../../src/coordinator/group/config.js';
import type { GroupEvent, GroupReply } from '../../../src/coordinator/group/events.js';
import { GroupMachine } from '../../../src/coordinator/group/machine.js';
import type { DescribedGroup, JoinGroupResponse } from '../../../src/coordinator/group/requests.js';
import type { GroupRecord, GroupsState } from '../../../src/coordinator/group/state.js';
import type { Decision, RequestId } from '../../../src/coordinator/machine.js';
import { ErrorCode } from '../../../src/wire/errors.js';
import { FORGET, Member, PROTOCOLS, REBALANCE_MS, SESSION_MS, stepsOf } from './random-members.js';

const seed = Number(process.env['SEED'] ?? Date.now());
const CLIENTS = 6;
const CONFIG = {
  ...DEFAULT_GROUP_CONFIG,
  initialRebalanceDelayMs: 1000,
  membersMax: 5,
  newMemberJoinTimeoutMs: 40_000,
  offsetsRetentionMs: 3_600_000,
};
/** A join waits for the first members' delay or for the others' timeout, twice at most: when only static members were left, one more. */
const JOIN_MS_MAX = 2 * REBALANCE_MS;

class Client extends Member {
  /** One more with each restart of its process: what an earlier one asked, nobody hears. */
  life = 0;

  override restart(): void {
    super.restart();
    this.life++;
  }
}

interface Asked {
  readonly client: Client;
  readonly memberId: string;
  readonly generation: number;
  readonly sinceMs: Millis;
  readonly answered: (reply: GroupReply) => void;
}

type ResponseTo<Kind extends GroupReply['kind']> = Extract<GroupReply, { kind: Kind }>['response'];

class Run {
  #machine = new GroupMachine(CONFIG, { recordBytesMax: () => 1_000_000, topicExists: () => true });
  #state: GroupsState = this.#machine.empty();
  readonly #log: GroupRecord[] = [];
  readonly #timers = new Map<string, { atMs: Millis; sequence: number; event: GroupEvent }>();
  readonly #open = new Map<RequestId, Asked>();
  readonly #clients = Array.from({ length: CLIENTS }, (_, at) => new Client(at % 3 === 2 ? `i${at}` : null));
  #nowMs: Millis = 1_700_000_000_000;
  #sequence = 0;
  #nextRequest = 1;
  #nextUuid = 1;
  #nextOffset = 1;
  /** When each member id was last heard of, or last answered. */
  readonly #seen = new Map<string, Millis>();
  /** The newest generation that anyone was told of, or that the log has. */
  #generation = 0;
  readonly #leaders = new Map<number, string>();
  /** What the leader of a generation gave to whom, by its sync that came into the log. */
  readonly #given = new Map<number, Map<string, string>>();
  /** The sync that is being decided. */
  #assigning: { readonly by: string; readonly shares: Map<string, string> } | null = null;
  syncs = 0;
  commits = 0;
  restarts = 0;
  expired = 0;

  constructor() {
    this.#absorb(this.#machine.loaded(this.#state, this.#nowMs));
  }

  // ── the shell's part ────────────────────────────────────────────────────────────────────────────────────────────────────

  #decide(event: GroupEvent): void {
    this.#absorb(this.#machine.decide(this.#state, event, this.#nowMs));
  }

  #absorb(decision: Decision<GroupEvent, GroupRecord, GroupReply>): void {
    for (const record of decision.records) {
      if (record.kind === 'classic-group') {
        const before = this.#stored()?.generation ?? 0;
        expect(record.value?.generation ?? before, 'generations in the log').toBeGreaterThanOrEqual(before);
      }
      this.#log.push(record);
      this.#machine.apply(this.#state, record);
      if (record.kind === 'classic-group' && this.#assigning !== null) {
        expect(record.value?.leader, 'only the leader assigns').toBe(this.#assigning.by);
        this.#given.set(this.#generation, this.#assigning.shares);
      }
    }
    for (const change of decision.timers) {
      if (change.afterMs === null) this.#timers.delete(change.key);
      else {
        const atMs = this.#nowMs + change.afterMs;
        this.#timers.set(change.key, { atMs, sequence: this.#sequence++, event: change.event });
      }
    }
    for (const { to, body } of decision.replies) {
      const asked = this.#open.get(to);
      expect(asked, 'a request is answered once').toBeDefined();
      this.#open.delete(to);
      asked?.answered(body);
    }
  }

  #ask<Kind extends GroupReply['kind']>(
    client: Client,
    kind: Kind,
    event: (to: RequestId) => GroupEvent,
    answered: (response: ResponseTo<Kind>) => void,
  ): void {
    const to = this.#nextRequest++;
    this.#open.set(to, {
      client,
      memberId: client.memberId,
      generation: client.generation,
      sinceMs: this.#nowMs,
      answered: (reply) => {
        expect(reply.kind).toBe(kind);
        answered((reply as Extract<GroupReply, { kind: Kind }>).response as ResponseTo<Kind>);
      },
    });
    this.#decide(event(to));
  }

  // ── what clients do ─────────────────────────────────────────────────────────────────────────────────────────────────────

  join(at: number, protocols: readonly string[]): void {
    const client = this.#client(at);
    const uuid = client.memberId === '' ? `u${this.#nextUuid++}` : '';
    const request = client.joinRequest(protocols);
    const from = { apiVersion: 9, clientId: `c${at}`, clientHost: '/192.0.2.1' };
    const { life } = client;
    this.#ask(
      client,
      'join',
      (to) => ({ kind: 'join', to, request, client: from, memberUuid: uuid }),
      (answer) => {
        this.#told(answer);
        if (client.life === life) client.joined(answer);
      },
    );
  }

  /** What an answer to a join says is true, whether anyone listens or not. */
  #told({ errorCode, memberId, generationId, leader, members }: JoinGroupResponse): void {
    if (errorCode === ErrorCode.MEMBER_ID_REQUIRED) this.#seen.set(memberId, this.#nowMs);
    if (errorCode !== ErrorCode.NONE) return;
    this.#seen.set(memberId, this.#nowMs);
    expect(generationId, 'a generation that was told never goes back').toBeGreaterThanOrEqual(
      this.#generation,
    );
    if (generationId > this.#generation) {
      this.#generation = generationId;
      // Static members that are away have their session from the generation's beginning, as the others have.
      for (const member of this.#describe().members)
        if (member.groupInstanceId !== null) this.#seen.set(member.memberId, this.#nowMs);
    }
    const leads = ownerOf(leader);
    expect(this.#leaders.get(generationId) ?? leads, `generation ${generationId} has one leader`).toBe(leads);
    this.#leaders.set(generationId, leads);
    expect(members.length > 0, 'only the leader is told who is in the group').toBe(leader === memberId);
    if (members.length > 0) expect(members.map((member) => member.memberId)).toContain(leader);
    expect(members.length).toBeLessThanOrEqual(CONFIG.membersMax);
  }

  /** @param tag tells this assignment from any other that the leader might give */
  sync(at: number, tag: number): void {
    const client = this.#client(at);
    const { generation, memberId } = client;
    const assignments = client.assigns.map((member, nth) => ({
      memberId: member,
      assignment: Buffer.from(`${tag}:${nth}`),
    }));
    const request = client.syncRequest(assignments);
    const { life } = client;
    const shares = assignments.map(
      ({ memberId: member, assignment }) => [ownerOf(member), assignment.toString()] as const,
    );
    this.#assigning = { by: memberId, shares: new Map(shares) };
    this.#ask(
      client,
      'sync',
      (to) => ({ kind: 'sync', to, request }),
      ({ errorCode, assignment }) => {
        if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.REBALANCE_IN_PROGRESS)
          this.#seen.set(memberId, this.#nowMs);
        if (FORGET.has(errorCode) && client.life === life) client.memberId = '';
        if (errorCode !== ErrorCode.NONE) return;
        this.syncs++;
        const owner = client.instance ?? memberId;
        expect(assignment.toString(), `what the leader of generation ${generation} gave to ${owner}`).toBe(
          this.#given.get(generation)?.get(owner) ?? '',
        );
      },
    );
    this.#assigning = null;
  }

  heartbeat(at: number): void {
    const client = this.#client(at);
    const { memberId, generation: generationId, instance: groupInstanceId } = client;
    const request = { groupId: 'g', memberId, generationId, groupInstanceId };
    this.#ask(
      client,
      'heartbeat',
      (to) => ({ kind: 'heartbeat', to, request }),
      ({ errorCode }) => {
        if (FORGET.has(errorCode)) client.memberId = '';
        if (errorCode !== ErrorCode.NONE && errorCode !== ErrorCode.REBALANCE_IN_PROGRESS) return;
        this.#seen.set(memberId, this.#nowMs);
        expect(generationId, 'a heartbeat is accepted in the current generation only').toBe(this.#generation);
      },
    );
  }

  leave(at: number): void {
    const client = this.#client(at);
    const { memberId, instance: groupInstanceId } = client;
    const members = [{ memberId, groupInstanceId, reason: null }];
    this.#ask(
      client,
      'leave',
      (to) => ({ kind: 'leave', to, groupId: 'g', members }),
      ({ members: [left] }) => {
        if (left?.errorCode !== ErrorCode.NONE) return;
        const there = this.#describe().members.some((member) => member.memberId === memberId);
        expect(there, 'who has left is not in the group').toBe(false);
        client.memberId = '';
      },
    );
  }

  /** @param ahead how far the generation that it claims is from the one that it knows; null: it claims none, nor an id */
  commit(at: number, ahead: number | null): void {
    const client = this.#client(at);
    const generation = ahead === null ? -1 : client.generation + ahead;
    const memberId = ahead === null ? '' : client.memberId;
    const { state: stateBefore } = this.#group();
    const offset = this.#nextOffset++;
    const request = {
      ...client.commitRequest(at, offset),
      memberId,
      generationIdOrMemberEpoch: generation,
      groupInstanceId: ahead === null ? null : client.instance,
    };
    const from = { apiVersion: 9, clientId: `c${at}`, clientHost: '/192.0.2.1' };
    this.#ask(
      client,
      'commit-offsets',
      (to) => ({ kind: 'commit-offsets', to, request, client: from }),
      ({ topics }) => {
        const errorCode = topics[0]?.partitions[0]?.errorCode;
        const stored = this.#state.get('g')?.offsets.get('t')?.get(at)?.offset;
        if (errorCode !== ErrorCode.NONE) {
          expect(stored, 'a commit that was refused changes nothing').not.toBe(offset);
          return;
        }
        this.commits++;
        expect(stored).toBe(offset);
        if (generation < 0) {
          expect(stateBefore, 'without a generation only a group without members takes commits').toMatch(
            /Empty|Dead/,
          );
          return;
        }
        this.#seen.set(memberId, this.#nowMs);
        expect(generation, 'a commit is accepted from the current generation only').toBe(this.#generation);
        expect(stateBefore).toMatch(/Stable|PreparingRebalance/);
      },
    );
  }

  restartClient(at: number): void {
    this.#client(at).restart();
  }

  // ── what befalls the coordinator ────────────────────────────────────────────────────────────────────────────────────────

  advance(ms: Millis): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      let next: { key: string; atMs: Millis; sequence: number; event: GroupEvent } | undefined;
      for (const [key, timer] of this.#timers) {
        if (timer.atMs > untilMs) continue;
        const isNext =
          !next || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.sequence < next.sequence);
        if (isNext) next = { key, ...timer };
      }
      if (!next) break;
      this.#timers.delete(next.key);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      const before = this.#describe().members.length;
      this.#decide(next.event);
      if (next.event.kind === 'session-timeout' && this.#describe().members.length < before) this.expired++;
    }
    this.#nowMs = untilMs;
  }

  /** Another coordinator replays the log. Nobody hears an answer to what he has asked. */
  restart(): void {
    this.restarts++;
    this.#open.clear();
    this.#timers.clear();
    const before = this.#state;
    this.#machine = new GroupMachine(CONFIG, { recordBytesMax: () => 1_000_000, topicExists: () => true });
    this.#state = this.#machine.empty();
    for (const record of this.#log) this.#machine.apply(this.#state, record);
    expect(this.#state, 'the hard state is what the log says').toEqual(before);
    this.#generation = this.#stored()?.generation ?? 0;
    // A generation that never came into the log may be told again, of others.
    for (const generation of this.#leaders.keys())
      if (generation > this.#generation) this.#leaders.delete(generation);
    this.#absorb(this.#machine.loaded(this.#state, this.#nowMs));
    for (const { memberId } of this.#describe().members) this.#seen.set(memberId, this.#nowMs);
  }

  // ── what must be ────────────────────────────────────────────────────────────────────────────────────────────────────────

  check(): void {
    const group = this.#group();
    const waiting = new Set<string>();
    for (const { memberId, sinceMs, client } of this.#open.values()) {
      waiting.add(memberId);
      expect(this.#nowMs - sinceMs, 'nobody waits for ever').toBeLessThanOrEqual(JOIN_MS_MAX);
      if (memberId === '' && client.instance === null)
        throw new Error('a member without an id is not kept waiting');
    }
    for (const { memberId, groupInstanceId } of group.members) {
      const silentMs = this.#nowMs - (this.#seen.get(memberId) ?? Number.NEGATIVE_INFINITY);
      // A static member that joins for the first time, or anew, has not been told its id yet.
      const joining = waiting.has(memberId) || (groupInstanceId !== null && waiting.has(''));
      if (!joining) expect(silentMs, `${memberId} outlives its session`).toBeLessThan(SESSION_MS);
    }
    const instances = group.members.flatMap(({ groupInstanceId }) => groupInstanceId ?? []);
    expect(new Set(instances).size, 'a static member is in the group once').toBe(instances.length);
    if (group.state === 'Stable' || group.state === 'CompletingRebalance')
      expect(group.members.length).toBeLessThanOrEqual(CONFIG.membersMax);
    if (group.state === 'Stable') {
      const stored = this.#stored();
      expect(stored?.generation, 'a stable generation is in the log').toBe(this.#generation);
      expect(stored?.members.map((member) => [member.memberId, member.assignment.toString()])).toEqual(
        group.members.map((member) => [member.memberId, member.memberAssignment.toString()]),
      );
      expect(group.members.map(({ memberId }) => memberId)).toContain(stored?.leader);
    }
    // A generation of nobody is told to nobody.
    this.#generation = Math.max(this.#generation, this.#stored()?.generation ?? 0);
  }

  /** The members that come now get through, in a bounded number of generations, and all who fall silent are gone in the end. */
  end(): void {
    const before = Math.max(this.#generation, this.#stored()?.generation ?? 0);
    for (let at = 0; at < CLIENTS; at++) this.restartClient(at);
    this.advance(2 * JOIN_MS_MAX);
    this.check();
    expect(this.#open.size, 'every request is answered').toBe(0);
    expect(this.#describe().members, 'the silent are gone').toEqual([]);
    const comers = [0, 1, 2, 3];
    for (const at of comers) {
      this.join(at, ['range']);
      if (this.#client(at).instance === null) this.join(at, ['range']);
    }
    this.advance(2 * CONFIG.initialRebalanceDelayMs);
    for (const at of comers) this.sync(at, 7);
    this.check();
    expect(this.#group().state).toBe('Stable');
    expect(this.#group().members).toHaveLength(comers.length);
    expect(this.#generation - before, 'generations until it is stable').toBeLessThanOrEqual(3);
    this.restart();
    this.check();
  }

  #group(): { state: string; members: DescribedGroup['members'] } {
    const { groupState: state, members } = this.#describe();
    return { state, members };
  }

  #describe(): DescribedGroup {
    const { replies } = this.#machine.decide(
      this.#state,
      { kind: 'describe', to: 0, groupIds: ['g'], apiVersion: 5 },
      this.#nowMs,
    );
    const body = replies[0]?.body;
    if (body?.kind !== 'describe') throw new Error('a description was asked for');
    return body.response.groups[0] as DescribedGroup;
  }

  #stored() {
    return this.#state.get('g')?.classic;
  }

  #client(at: number): Client {
    return this.#clients[at] as Client;
  }
}

/** Who is behind a member id: static members keep their place under a new one. */
function ownerOf(memberId: string): string {
  return /^(i\d)-/.exec(memberId)?.[1] ?? memberId;
}

type Step = (run: Run) => void;
const step = stepsOf<Step>();

const who = fc.nat(CLIENTS - 1);
const protocols = fc.constantFrom(...PROTOCOLS);

/** Everyone who is there joins, then syncs: without it few random runs ever reach a stable group. */
function settleDown(tag: number): Step {
  return (run) => {
    for (let twice = 0; twice < 2; twice++) for (let at = 0; at < CLIENTS; at++) run.join(at, ['range']);
    run.advance(1000);
    for (let at = CLIENTS - 1; at >= 0; at--) run.sync(at, tag);
  };
}

const steps = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: step('join', [who, protocols], (at, names) => (run) => run.join(at, names)) },
    { weight: 10, arbitrary: step('sync', [who, fc.nat(99)], (at, tag) => (run) => run.sync(at, tag)) },
    { weight: 3, arbitrary: step('settle', [fc.nat(99)], settleDown) },
    { weight: 8, arbitrary: step('heartbeat', [who], (at) => (run) => run.heartbeat(at)) },
    { weight: 2, arbitrary: step('leave', [who], (at) => (run) => run.leave(at)) },
    { weight: 2, arbitrary: step('restartClient', [who], (at) => (run) => run.restartClient(at)) },
    {
      weight: 8,
      arbitrary: step(
        'commit',
        [who, fc.constantFrom(0, 0, 0, -1, 1, null)],
        (at, ahead) => (run) => run.commit(at, ahead),
      ),
    },
    {
      weight: 8,
      arbitrary: step(
        'advance',
        [fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 16_000 }))],
        (ms) => (run) => run.advance(ms),
      ),
    },
    { weight: 1, arbitrary: step('restart', [], () => (run) => run.restart()) },
  ),
  { minLength: 20, maxLength: 80 },
);

test(`a group keeps its rules, whatever its members do (SEED=${seed})`, () => {
  const seen = { syncs: 0, commits: 0, restarts: 0, expired: 0 };
  fc.assert(
    fc.property(steps, (chosen) => {
      const run = new Run();
      for (const one of chosen) {
        one(run);
        run.check();
      }
      run.end();
      seen.syncs += run.syncs;
      seen.commits += run.commits;
      seen.restarts += run.restarts;
      seen.expired += run.expired;
    }),
    { seed, numRuns: 200 },
  );
  // Else the runs were too tame to say anything.
  expect(seen.syncs).toBeGreaterThan(600);
  expect(seen.commits).toBeGreaterThan(100);
  expect(seen.restarts).toBeGreaterThan(100);
  expect(seen.expired).toBeGreaterThan(100);
}, 60_000);
