/**
 * What groups cost the broker's event loop, without network and disk: rebalances by size of the group, heartbeats of very many groups, rejoin
 * storms in which members die, and the load of a long log. The log commits in memory, in the next turn.
 *
 *     npm run bench -- micro/groups [--loads]
 *
 * CPU is that of the process, which does nothing else; `--loads` adds the replay of logs of 100,000 commits.
 */
import type { Offset } from '../../src/base/ids.js';
import type { CoordinatorLog } from '../../src/coordinator/coordinator-log.js';
import { GroupCoordinators } from '../../src/coordinator/coordinators.js';
import { DEFAULT_GROUP_CONFIG } from '../../src/coordinator/group/config.js';
import type { GroupClient, JoinGroupResponse } from '../../src/coordinator/group/requests.js';
import { SILENT_LOGGER } from '../../src/ports/logger.js';
import { seededEntropy } from '../../src/ports/memory/entropy.js';
import { nodeClock } from '../../src/ports/node/clock.js';
import { recordCount, setBaseOffset } from '../../src/records/batch.js';
import { Compression } from '../../src/records/compression/compression.js';
import { ErrorCode } from '../../src/wire/errors.js';
import { collectGarbage } from './parts/garbage.js';

const KiB = 1024;
const REPLAY_CHUNK_BYTES = KiB * KiB;
const CLIENT: GroupClient = { apiVersion: 9, clientId: 'consumer', clientHost: '/192.0.2.1' };

/** Keeps everything, and commits a turn later. */
class MemoryLog implements CoordinatorLog {
  readonly topic = '__consumer_offsets';
  readonly partition = 0;
  readonly epoch: number;
  readonly batchBytesMax = 1_048_588;
  readonly batches: Buffer[];
  bytes = 0;
  #endOffset: Offset;

  constructor(epoch: number, batches: Buffer[] = []) {
    this.epoch = epoch;
    this.batches = batches;
    this.#endOffset = batches.reduce((records, batch) => records + recordCount(batch, 0), 0);
  }

  append(batch: Buffer): { endOffset: Offset } {
    setBaseOffset(batch, 0, this.#endOffset);
    this.#endOffset += recordCount(batch, 0);
    this.bytes += batch.length;
    this.batches.push(batch);
    return { endOffset: this.#endOffset };
  }

  whenCommitted(_endOffset: Offset, done: (error: ErrorCode) => void): void {
    setImmediate(done, ErrorCode.NONE);
  }

  /** In chunks as a log gives them out. */
  async readAll(onBatches: (batches: Buffer) => Promise<void>): Promise<ErrorCode> {
    let chunk: Buffer[] = [];
    let bytes = 0;
    for (const batch of this.batches) {
      chunk.push(batch);
      bytes += batch.length;
      if (bytes < REPLAY_CHUNK_BYTES) continue;
      await onBatches(Buffer.concat(chunk));
      chunk = [];
      bytes = 0;
    }
    if (chunk.length > 0) await onBatches(Buffer.concat(chunk));
    return ErrorCode.NONE;
  }
}

function coordinators(): GroupCoordinators {
  return new GroupCoordinators({
    partitionCount: () => 1,
    topicExists: () => true,
    config: { ...DEFAULT_GROUP_CONFIG, initialRebalanceDelayMs: 5 },
    clock: nodeClock(),
    entropy: seededEntropy(1),
    logger: { ...SILENT_LOGGER, error: (message) => console.error(message) },
    compression: new Compression(),
  });
}

async function leading(log = new MemoryLog(0)): Promise<GroupCoordinators> {
  const groups = coordinators();
  await groups.becomeLeader(log);
  return groups;
}

interface Member {
  memberId: string;
  generationId: number;
}

/** Metadata of 1 KiB, as of a consumer with many topics. */
const METADATA = Buffer.alloc(KiB, 7);
const ASSIGNMENT = Buffer.alloc(100, 8);

function joinOne(groups: GroupCoordinators, groupId: string, memberId: string) {
  return groups.joinGroup(
    {
      groupId,
      memberId,
      groupInstanceId: null,
      sessionTimeoutMs: 1_800_000,
      rebalanceTimeoutMs: 300_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: METADATA }],
      reason: null,
    },
    CLIENT,
  );
}

async function syncAll(groups: GroupCoordinators, groupId: string, joined: readonly JoinGroupResponse[]) {
  const assignments = joined.map(({ memberId }) => ({ memberId, assignment: ASSIGNMENT }));
  const answers = await Promise.all(
    joined.map(({ memberId, generationId, leader }) =>
      groups.syncGroup({
        groupId,
        generationId,
        memberId,
        groupInstanceId: null,
        protocolType: 'consumer',
        protocolName: 'range',
        assignments: memberId === leader ? assignments : [],
      }),
    ),
  );
  for (const { errorCode } of answers)
    if (errorCode !== ErrorCode.NONE) throw new Error(`sync failed with ${errorCode}`);
}

/** Who has no id is given one; then all join at once, and sync. The rebalance waits for those who have been given an id. */
async function rebalance(
  groups: GroupCoordinators,
  groupId: string,
  members: readonly Member[],
): Promise<void> {
  await Promise.all(
    members
      .filter(({ memberId }) => memberId === '')
      .map(async (member) => {
        member.memberId = (await joinOne(groups, groupId, '')).memberId;
      }),
  );
  const joined = await Promise.all(
    members.map(async (member) => {
      const answer = await joinOne(groups, groupId, member.memberId);
      if (answer.errorCode !== ErrorCode.NONE) throw new Error(`join failed with ${answer.errorCode}`);
      member.generationId = answer.generationId;
      return answer;
    }),
  );
  await syncAll(groups, groupId, joined);
}

function newMembers(count: number): Member[] {
  return Array.from({ length: count }, () => ({ memberId: '', generationId: -1 }));
}

function heartbeat(groups: GroupCoordinators, groupId: string, { memberId, generationId }: Member) {
  return groups.heartbeat({ groupId, memberId, generationId, groupInstanceId: null });
}

/** CPU milliseconds of the process. */
async function cpuMs(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] as number;
}

async function medianCpuMs(rounds: number, work: () => Promise<void>): Promise<number> {
  const taken: number[] = [];
  for (let round = 0; round < rounds; round++) taken.push(await cpuMs(work));
  return median(taken);
}

const rebalances = [];
for (const size of [50, 500, 800]) {
  const log = new MemoryLog(0);
  const groups = await leading(log);
  const members = newMembers(size);
  const firstMs = await cpuMs(() => rebalance(groups, 'g', members));
  const rounds = 30;
  const writtenBefore = log.bytes;
  const ms = await medianCpuMs(rounds, () => rebalance(groups, 'g', members));
  rebalances.push({
    members: size,
    'first rebalance, ms of CPU': firstMs.toFixed(1),
    'rebalance, ms of CPU': ms.toFixed(2),
    'µs each member': ((ms * 1000) / size).toFixed(1),
    'KiB written': Math.round((log.bytes - writtenBefore) / rounds / KiB),
  });
  groups.resignAll();
}
console.log('A rebalance: all join and sync at once, metadata 1 KiB, assignment 100 B');
console.table(rebalances);

/** All rejoin at once again and again; each time some are dead and new ones come. */
async function storm(size: number, rounds: number) {
  const groups = await leading();
  let members = newMembers(size);
  await rebalance(groups, 'g', members);
  const before = members[0]!.generationId;
  const ms = await cpuMs(async () => {
    for (let round = 0; round < rounds; round++) {
      const dead = members.filter((_, at) => at % 10 === round % 10);
      const left = dead.map(({ memberId }) => ({ memberId, groupInstanceId: null, reason: null }));
      await groups.leaveGroup({ groupId: 'g', memberId: '', members: left }, CLIENT);
      members = [...members.filter((member) => !dead.includes(member)), ...newMembers(dead.length)];
      await rebalance(groups, 'g', members);
    }
  });
  groups.resignAll();
  return {
    members: size,
    rounds,
    'ms of CPU each': (ms / rounds).toFixed(2),
    'generations each': ((members[0]!.generationId - before) / rounds).toFixed(2),
  };
}
console.log('\nA rejoin storm: a tenth leaves, as many come, all rejoin at once');
console.table([await storm(500, 30)]);

const heartbeats = [];
for (const [groupCount, size] of [
  [1, 3],
  [1, 500],
  [1000, 3],
] as const) {
  const groups = await leading();
  const all: [string, Member][] = [];
  for (let at = 0; at < groupCount; at++) {
    const members = newMembers(size);
    await rebalance(groups, `group-${at}`, members);
    for (const member of members) all.push([`group-${at}`, member]);
  }
  const beats = 3000;
  const ms = await medianCpuMs(30, async () => {
    for (let at = 0; at < beats; at += 100) {
      const answers = [];
      for (let nth = 0; nth < 100; nth++) {
        const [groupId, member] = all[(at + nth) % all.length] as [string, Member];
        answers.push(heartbeat(groups, groupId, member));
      }
      for (const { errorCode } of await Promise.all(answers))
        if (errorCode !== ErrorCode.NONE) throw new Error(`a heartbeat failed with ${errorCode}`);
    }
  });
  heartbeats.push({
    groups: groupCount,
    members: size,
    'ms of CPU for 1,000': ((ms * 1000) / beats).toFixed(2),
  });
  groups.resignAll();
}
console.log('\nHeartbeats, a hundred to a turn of the event loop');
console.table(heartbeats);

function heapBytes(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed + process.memoryUsage().external;
}

async function commit(
  groups: GroupCoordinators,
  groupId: string,
  from: number,
  partitions: number,
): Promise<void> {
  const answer = await groups.commitOffsets(
    {
      groupId,
      memberId: '',
      generationIdOrMemberEpoch: -1,
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [
        {
          name: 'orders',
          partitions: Array.from({ length: partitions }, (_, at) => ({
            partitionIndex: at,
            committedOffset: from + at,
            committedLeaderEpoch: 3,
            committedMetadata: '',
          })),
        },
      ],
    },
    CLIENT,
  );
  if (answer.topics[0]!.partitions.some(({ errorCode }) => errorCode !== ErrorCode.NONE))
    throw new Error('a commit failed');
}

/**
 * How long `work` took, and the longest that it kept the event loop to itself: in CPU, since on a shared machine the time on the wall says
 * more of the others.
 */
async function longestTurn(work: () => Promise<void>): Promise<{ tookMs: number; longestMs: number }> {
  let longestMs = 0;
  let over = false;
  let last = process.cpuUsage();
  const watch = (): void => {
    const { user, system } = process.cpuUsage(last);
    longestMs = Math.max(longestMs, (user + system) / 1000);
    last = process.cpuUsage();
    if (!over) setImmediate(watch);
  };
  const startedMs = performance.now();
  setImmediate(watch);
  await work();
  over = true;
  watch();
  return { tookMs: performance.now() - startedMs, longestMs };
}

if (process.argv.includes('--loads')) {
  const loads = [];
  for (const [groupCount, partitions, rounds] of [
    [1, 1, 100_000],
    [1000, 10, 10],
    [1000, 100, 1],
    [100_000, 1, 1],
  ] as const) {
    const writing = new MemoryLog(0);
    const groups = await leading(writing);
    for (let round = 0; round < rounds; round++) {
      const asked = [];
      for (let at = 0; at < groupCount; at++) asked.push(commit(groups, `group-${at}`, round, partitions));
      await Promise.all(asked);
    }
    groups.resignAll();
    const before = heapBytes();
    const loading = coordinators();
    const { tookMs, longestMs } = await longestTurn(() =>
      loading.becomeLeader(new MemoryLog(1, writing.batches)),
    );
    const kept = groupCount * partitions;
    loads.push({
      groups: groupCount,
      offsets: kept,
      records: kept * rounds,
      MiB: (writing.bytes / KiB / KiB).toFixed(1),
      'load, ms': Math.round(tookMs),
      'longest turn, ms of CPU': longestMs.toFixed(1),
      'heap bytes each offset': Math.round((heapBytes() - before) / kept),
    });
    loading.resignAll();
  }
  {
    const writing = new MemoryLog(0);
    const groups = await leading(writing);
    const before = heapBytes();
    for (let at = 0; at < 1000; at++) await rebalance(groups, `group-${at}`, newMembers(3));
    writing.batches.length = 0;
    const live = heapBytes() - before;
    console.log(`\nHeap of a member (metadata 1 KiB, assignment 100 B): ${Math.round(live / 3000)} bytes`);
    groups.resignAll();
  }
  console.log('\nLoads');
  console.table(loads);
}
