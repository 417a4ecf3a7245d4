/**
 * Random members, random clock, random failures of the log: whatever happens, what was told to anyone stays true.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { GroupCoordinators } from '../../../src/coordinator/coordinators.js';
import { DEFAULT_GROUP_CONFIG } from '../../../src/coordinator/group/config.js';
import { GroupMachine } from '../../../src/coordinator/group/machine.js';
import { groupRecordFormat } from '../../../src/coordinator/group/records.js';
import type { GroupClient } from '../../../src/coordinator/group/requests.js';
import type { GroupRecord, GroupsView } from '../../../src/coordinator/group/state.js';
import { Replay } from '../../../src/coordinator/replay.js';
import type { Logger } from '../../../src/ports/logger.js';
import { Compression } from '../../../src/records/compression/compression.js';
import { ErrorCode } from '../../../src/wire/errors.js';
import { FORGET, Member, PROTOCOLS, stepsOf } from './random-members.js';
import { CountingEntropy, ManualClock, ManualLog, microtasks, StoredLog } from './world.js';

const seed = Number(process.env['SEED'] ?? Date.now());
/** Of each member's requests. */
const API_VERSIONS = [3, 8, 9, 9];
const MEMBERS = API_VERSIONS.length;
const PARTITIONS = 5;
const CONFIG = {
  ...DEFAULT_GROUP_CONFIG,
  initialRebalanceDelayMs: 1000,
  membersMax: 3,
  offsetsRetentionMs: 3_600_000_000,
};

class Run {
  readonly #clock = new ManualClock();
  readonly #stored = new StoredLog();
  readonly #compression = new Compression();
  readonly #bugs: unknown[] = [];
  #log!: ManualLog;
  #groups!: GroupCoordinators;
  readonly #clients = API_VERSIONS.map((_, at) => new Member(at % 2 === 1 ? `i${at}` : null));
  #asked = 0;
  #answered = 0;
  /** Offsets are handed out in rising order, so that a later commit has a higher offset. */
  #nextOffset = 1;
  readonly #acknowledged = new Map<number, number>();
  readonly #seen = new Map<number, number>();
  #newestGeneration = 0;
  /** Who was told, in which generation, that a partition is its own. */
  readonly #owners = new Map<string, string>();
  syncs = 0;
  reloads = 0;

  async start(): Promise<void> {
    const logger: Logger = {
      debug() {},
      info() {},
      warn() {},
      error: (message, fields) => this.#bugs.push([message, fields]),
    };
    this.#groups = new GroupCoordinators({
      partitionCount: () => 1,
      topicExists: () => true,
      config: CONFIG,
      clock: this.#clock,
      entropy: new CountingEntropy(),
      logger,
      compression: this.#compression,
    });
    await this.#lead(0);
  }

  async #lead(epoch: number): Promise<void> {
    this.#log = new ManualLog({ stored: this.#stored, epoch, commits: 'when told' });
    await this.#groups.becomeLeader(this.#log);
  }

  join(at: number, protocols: number): void {
    const client = this.#client(at);
    const request = client.joinRequest(PROTOCOLS[protocols] ?? ['range']);
    this.#expectAnswer(this.#groups.joinGroup(request, this.#from(at)), (answer) => client.joined(answer));
  }

  restart(at: number): void {
    this.#client(at).restart();
  }

  sync(at: number, rotation: number): void {
    const client = this.#client(at);
    const shares = client.assigns.map((memberId, nth) => {
      const mine = Array.from({ length: PARTITIONS }, (_, partition) => partition).filter(
        (partition) => (partition + rotation) % client.assigns.length === nth,
      );
      return { memberId, assignment: Buffer.from(mine.join(',')) };
    });
    const owner = client.instance ?? client.memberId;
    const { generation } = client;
    this.#expectAnswer(this.#groups.syncGroup(client.syncRequest(shares)), ({ errorCode, assignment }) => {
      if (FORGET.has(errorCode)) client.memberId = '';
      if (errorCode !== ErrorCode.NONE) return;
      this.syncs++;
      expect(generation, 'a generation that was told never goes back').toBeGreaterThanOrEqual(
        this.#newestGeneration,
      );
      this.#newestGeneration = generation;
      for (const partition of assignment.toString().split(',').filter(Boolean)) {
        const claim = `generation ${generation}, partition ${partition}`;
        expect(this.#owners.get(claim) ?? owner, `${claim} has one owner`).toBe(owner);
        this.#owners.set(claim, owner);
      }
    });
  }

  heartbeat(at: number): void {
    const { memberId, generation: generationId, instance: groupInstanceId } = this.#client(at);
    const request = { groupId: 'g', memberId, generationId, groupInstanceId };
    this.#expectAnswer(this.#groups.heartbeat(request), () => {});
  }

  leave(at: number): void {
    const client = this.#client(at);
    const leaving = { memberId: client.memberId, groupInstanceId: client.instance, reason: null };
    const request = { groupId: 'g', memberId: client.memberId, members: [leaving] };
    this.#expectAnswer(this.#groups.leaveGroup(request, this.#from(at)), () => {});
  }

  commit(at: number, partition: number): void {
    const client = this.#client(at);
    const offset = this.#nextOffset++;
    const request = client.commitRequest(partition, offset);
    this.#expectAnswer(this.#groups.commitOffsets(request, this.#from(at)), ({ topics }) => {
      if (topics[0]?.partitions[0]?.errorCode !== ErrorCode.NONE) return;
      this.#acknowledged.set(partition, Math.max(offset, this.#acknowledged.get(partition) ?? -1));
    });
  }

  fetch(partition: number): void {
    // What had been acknowledged, or shown, when the fetch was sent.
    const atLeast = Math.max(this.#acknowledged.get(partition) ?? -1, this.#seen.get(partition) ?? -1);
    const topics = [{ name: 't', partitionIndexes: [partition] }];
    const request = {
      groups: [{ groupId: 'g', memberId: null, memberEpoch: -1, topics }],
      requireStable: true,
    };
    this.#expectAnswer(this.#groups.fetchOffsets(request), ({ groups }) => {
      const [group] = groups;
      if (group?.errorCode !== ErrorCode.NONE) return;
      const offset = group.topics[0]?.partitions[0]?.committedOffset ?? -1;
      expect(offset, 'a fetch returns what was acknowledged, or later').toBeGreaterThanOrEqual(atLeast);
      this.#seen.set(partition, Math.max(offset, this.#seen.get(partition) ?? -1));
    });
  }

  advance(ms: number): Promise<void> {
    return this.#clock.advance(ms);
  }

  commitLog(): void {
    this.#log.commit();
  }

  failAppend(): void {
    this.#log.nextAppendError = ErrorCode.NOT_ENOUGH_REPLICAS;
  }

  takeBack(): void {
    this.#log.takeBack(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  }

  /** @param keep how much of what is not committed survives, 0 to 1 */
  async reload(keep: number): Promise<void> {
    this.reloads++;
    const { highWatermark, endOffset } = this.#stored;
    this.#log.depose();
    this.#stored.truncate(
      Math.max(highWatermark, Math.floor(highWatermark + keep * (endOffset - highWatermark))),
    );
    await this.#lead(this.#log.epoch + 1);
  }

  /** After every event. */
  async check(): Promise<void> {
    await this.#clock.settle();
    expect(this.#bugs).toEqual([]);
    const live = this.#groups.stateOf(0)?.groups;
    if (live === undefined) return;
    expect(live, 'the hard state is what the log says').toEqual(this.#replayed());
  }

  #replayed(): GroupsView {
    const machine = new GroupMachine(CONFIG, { recordBytesMax: () => Infinity, topicExists: () => true });
    const state = machine.empty();
    let generation = 0;
    const limits = { compression: this.#compression, decompressedBytesMax: 1 << 20 };
    const replay = new Replay<GroupRecord>(groupRecordFormat, limits, (record) => {
      machine.apply(state, record);
      if (record.kind !== 'classic-group') return;
      expect(record.value?.generation, 'generations in the log').toBeGreaterThanOrEqual(generation);
      generation = record.value?.generation ?? generation;
    });
    for (const { bytes } of this.#stored.batches) replay.take(bytes);
    expect(replay.refusal).toBeNull();
    return state;
  }

  async end(): Promise<void> {
    this.#groups.resignAll();
    await microtasks();
    expect(this.#answered, 'every request is answered').toBe(this.#asked);
    expect(this.#clock.timers, 'no timer is left behind').toBe(0);
    for (const error of this.#failures) throw error;
  }

  readonly #failures: unknown[] = [];

  #expectAnswer<T>(promise: Promise<T>, then: (answer: T) => void): void {
    this.#asked++;
    promise
      .then((answer) => {
        this.#answered++;
        then(answer);
      })
      .catch((error: unknown) => this.#failures.push(error));
  }

  get failures(): readonly unknown[] {
    return this.#failures;
  }

  #client(at: number): Member {
    return this.#clients[at] as Member;
  }

  #from(at: number): GroupClient {
    return { apiVersion: API_VERSIONS[at] as number, clientId: 'c', clientHost: '/192.0.2.1' };
  }
}

type Step = (run: Run) => void | Promise<void>;
const step = stepsOf<Step>();

const who = fc.nat(MEMBERS - 1);
const partition = fc.nat(PARTITIONS - 1);
const protocols = fc.nat(PROTOCOLS.length - 1);

/** Everyone who is there joins, then syncs: without it few random runs ever reach a stable group. */
function settleDown(rotation: number, committed: boolean): Step {
  return async (run) => {
    for (let at = 0; at < MEMBERS; at++) run.join(at, 1);
    await run.check();
    for (let at = 0; at < MEMBERS; at++) run.join(at, 1);
    await run.advance(1000);
    await run.check();
    for (let at = MEMBERS - 1; at >= 0; at--) run.sync(at, rotation);
    await run.check();
    if (committed) run.commitLog();
  };
}

const steps = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: step('join', [who, protocols], (at, which) => (run) => run.join(at, which)) },
    {
      weight: 10,
      arbitrary: step('sync', [who, fc.nat(3)], (at, rotation) => (run) => run.sync(at, rotation)),
    },
    { weight: 8, arbitrary: step('settle', [fc.nat(3), fc.boolean()], settleDown) },
    { weight: 6, arbitrary: step('heartbeat', [who], (at) => (run) => run.heartbeat(at)) },
    { weight: 2, arbitrary: step('leave', [who], (at) => (run) => run.leave(at)) },
    { weight: 2, arbitrary: step('restart', [who], (at) => (run) => run.restart(at)) },
    {
      weight: 10,
      arbitrary: step('commit', [who, partition], (at, which) => (run) => run.commit(at, which)),
    },
    { weight: 6, arbitrary: step('fetch', [partition], (which) => (run) => run.fetch(which)) },
    {
      weight: 6,
      arbitrary: step('advance', [fc.integer({ min: 1, max: 12_000 })], (ms) => (run) => run.advance(ms)),
    },
    { weight: 10, arbitrary: step('commitLog', [], () => (run) => run.commitLog()) },
    { weight: 1, arbitrary: step('failAppend', [], () => (run) => run.failAppend()) },
    { weight: 1, arbitrary: step('takeBack', [], () => (run) => run.takeBack()) },
    {
      weight: 1,
      arbitrary: step('reload', [fc.constantFrom(0, 0.5, 1)], (keep) => (run) => run.reload(keep)),
    },
  ),
  { minLength: 30, maxLength: 80 },
);

test(`whatever happens to a group, what was told stays true (SEED=${seed})`, async () => {
  let syncs = 0;
  let reloads = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (chosen) => {
      const run = new Run();
      await run.start();
      for (const one of chosen) {
        await one(run);
        await run.check();
        for (const error of run.failures) throw error;
      }
      await run.end();
      syncs += run.syncs;
      reloads += run.reloads;
    }),
    { seed, numRuns: 100 },
  );
  // Else the runs were too tame to say anything.
  expect(syncs).toBeGreaterThan(100);
  expect(reloads).toBeGreaterThan(30);
}, 60_000);
