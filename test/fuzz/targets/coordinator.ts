/**
 * `__consumer_offsets`: its records one by one, and whole logs of them through replay into the group machine. What cannot be read refuses
 * the log in words; what can is a state that its own records give again, and that the machine can go on from.
 */
import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_GROUP_CONFIG } from '../../../src/coordinator/group/config.js';
import type { GroupEvent } from '../../../src/coordinator/group/events.js';
import { GroupMachine } from '../../../src/coordinator/group/machine.js';
import {
  GroupMetadataKey,
  GroupMetadataValue,
  groupRecordFormat,
  OffsetCommitKey,
  OffsetCommitValue,
} from '../../../src/coordinator/group/records.js';
import type { GroupRecord, GroupsState } from '../../../src/coordinator/group/state.js';
import type { StoredRecord } from '../../../src/coordinator/machine.js';
import { batchOf } from '../../../src/coordinator/record-batches.js';
import { Replay } from '../../../src/coordinator/replay.js';
import { Compression } from '../../../src/records/compression/compression.js';
import { codec } from '../../../src/wire/codec.js';
import type { AnyMessage } from '../../../src/wire/schema.js';
import { Writer } from '../../../src/wire/writer.js';
import { Dice } from '../dice.js';
import { repairBatches, repairsChecksums } from '../parts/batch-repair.js';
import { bareDraft, type Filling, fullDraft, type Struct, versionsOf } from '../parts/sample-drafts.js';
import { NOW_MS } from '../parts/sample-batches.js';
import { mustHold, type Target } from '../target.js';

const KEY_PREFIXES: readonly (readonly [number, AnyMessage, AnyMessage])[] = [
  [0, OffsetCommitKey, OffsetCommitValue],
  [1, OffsetCommitKey, OffsetCommitValue],
  [2, GroupMetadataKey, GroupMetadataValue],
];
const DECOMPRESSED_BYTES_MAX = 256 * 1024;
const compression = new Compression();

/** The key's length in one byte, the key, the value; without any byte of it, a tombstone. */
export const coordinatorRecords: Target = {
  name: 'coordinator-records',
  seeds: () =>
    sampleRecords().map(({ key, value }) =>
      Buffer.concat([Buffer.of(key.length), key, value ?? Buffer.alloc(0)]),
    ),
  run(bytes) {
    const dice = new Dice(bytes);
    const key = dice.take(dice.byte());
    const rest = dice.rest();
    const value = rest.length === 0 ? null : rest;
    const decoded = groupRecordFormat.decode(key, value);
    if (decoded.kind !== 'record') return;
    if (hasLongText(decoded.record)) return;
    const stored = groupRecordFormat.encode(decoded.record);
    const again = groupRecordFormat.decode(stored.key, stored.value);
    mustHold(again.kind === 'record', () => 'a record that was read cannot be read once it is written');
    mustHold(
      isDeepStrictEqual(lasting(again.record), lasting(decoded.record)),
      () => 'a record is written differently',
    );
  },
};

/** Whole batches behind one another. */
export const coordinatorLog: Target = {
  name: 'coordinator-log',
  async seeds() {
    await compression.loadAll();
    const records = sampleRecords();
    const halves = [records.slice(0, records.length >>> 1), records.slice(records.length >>> 1)];
    const groups = memberships();
    return [
      batchOf(records, NOW_MS),
      Buffer.concat(halves.map((half) => batchOf(half, NOW_MS))),
      batchOf(groups, NOW_MS),
      Buffer.concat(groups.map((record) => batchOf([record], NOW_MS))),
    ];
  },
  run(bytes) {
    if (repairsChecksums(bytes)) repairBatches(bytes);
    const topicsAreThere = bytes.length % 3 !== 0;
    const machine = new GroupMachine(
      { ...DEFAULT_GROUP_CONFIG, membersMax: 3 },
      { recordBytesMax: () => 1 << 20, topicExists: () => topicsAreThere },
    );
    const state = machine.empty();
    replay(bytes, (record) => machine.apply(state, record));
    // Not what the log says, but what a broker makes of it that serves it all the same, up to where it can be read.
    mustHold(
      isDeepStrictEqual(replayed(stateAsRecords(state)), state),
      () => 'a state is not what its own records give',
    );
    goesOn(machine, state);
  },
};

function replay(bytes: Buffer, apply: (record: GroupRecord) => void): Replay<GroupRecord> {
  const replaying = new Replay(
    groupRecordFormat,
    { compression, decompressedBytesMax: DECOMPRESSED_BYTES_MAX },
    apply,
  );
  replaying.take(bytes);
  return replaying;
}

function replayed(records: readonly GroupRecord[]): GroupsState {
  const machine = new GroupMachine(DEFAULT_GROUP_CONFIG, {
    recordBytesMax: () => 1 << 20,
    topicExists: () => true,
  });
  const state = machine.empty();
  for (const record of records) machine.apply(state, record);
  return state;
}

function stateAsRecords(state: GroupsState): GroupRecord[] {
  return [...state].flatMap(([groupId, { classic, offsets }]): GroupRecord[] => [
    ...(classic === null ? [] : [{ kind: 'classic-group' as const, groupId, value: classic }]),
    ...[...offsets].flatMap(([topic, partitions]) =>
      [...partitions].map(([partition, value]) => ({
        kind: 'offset' as const,
        groupId,
        topic,
        partition,
        value,
      })),
    ),
  ]);
}

/** What a broker would ask of it and what its timers would bring; all that is decided can be stored. */
function goesOn(machine: GroupMachine, state: GroupsState): void {
  const decided = (event: GroupEvent | null, nowMs: number): GroupEvent[] => {
    const { records, timers } =
      event === null ? machine.loaded(state, nowMs) : machine.decide(state, event, nowMs);
    for (const record of records) {
      if (!hasLongText(record)) groupRecordFormat.encode(record);
      machine.apply(state, record);
    }
    return timers.flatMap((timer) => (timer.afterMs === null ? [] : [timer.event]));
  };
  const groupIds = [...state.keys()];
  const timers = decided(null, NOW_MS);
  const to = 1;
  decided({ kind: 'describe', to, groupIds, apiVersion: 6 }, NOW_MS);
  decided({ kind: 'list', to, request: { statesFilter: [], typesFilter: [] } }, NOW_MS);
  const groups = groupIds.map((groupId) => ({ groupId, memberId: null, memberEpoch: -1, topics: null }));
  decided({ kind: 'fetch-offsets', to, groups }, NOW_MS);
  for (const groupId of groupIds) {
    const memberId = state.get(groupId)?.classic?.members[0]?.memberId ?? '';
    const generationId = state.get(groupId)?.classic?.generation ?? -1;
    const request = { groupId, memberId, generationId, groupInstanceId: null };
    decided({ kind: 'heartbeat', to, request }, NOW_MS);
  }
  for (const timer of timers) decided(timer, NOW_MS + 60_000);
  decided({ kind: 'expire-offsets' }, NOW_MS * 2);
  decided({ kind: 'delete-groups', to, groupIds }, NOW_MS * 2);
}

function sampleRecords(): StoredRecord[] {
  return KEY_PREFIXES.flatMap(([prefix, keys, values]) => {
    const key = written(keys, 0, prefix, fullDraft(keys, 0));
    return [
      ...versionsOf(values).flatMap((version) =>
        [fullDraft(values, version), bareDraft(values, version)].map((draft) => ({
          key,
          value: written(values, version, version, draft),
        })),
      ),
      { key, value: null },
    ];
  });
}

/** A group that gains members, and loses them; with offsets. */
function memberships(): StoredRecord[] {
  const filling = (nth: number): Filling => ({
    text: (field) => (field === 'group' ? 'g' : field === 'protocolType' ? 'consumer' : `${field}${nth}`),
    number: () => 1000 * nth,
    bytes: () => Buffer.from([0, 1, 0, 0, 0, 1, 0, 1, 0x74, 0, 0, 0, 0]),
    uuid: 'AAAAAAAAAAAAAAAAAAAAAQ',
  });
  return [1, 2, 3, 4].flatMap((nth) => {
    const value = fullDraft(GroupMetadataValue, 3, filling(nth)) as Struct & { members: Struct[] };
    value.members = [1, 2, 3, 4, 5]
      .slice(0, 2 * (nth % 3))
      .map((member) => ({ ...value.members[0], memberId: `m${member}` }));
    return [
      {
        key: written(GroupMetadataKey, 0, 2, { group: 'g' }),
        value: written(GroupMetadataValue, 3, 3, value),
      },
      {
        key: written(OffsetCommitKey, 0, 1, {
          group: nth % 2 === 0 ? 'g' : 'simple',
          topic: `t${nth}`,
          partition: nth,
        }),
        value: written(OffsetCommitValue, 3, 3, fullDraft(OffsetCommitValue, 3, filling(nth))),
      },
    ];
  });
}

function written(schema: AnyMessage, version: number, prefix: number, draft: Struct): Buffer {
  const writer = new Writer();
  writer.int16(prefix);
  codec(schema, version).encode(writer, draft);
  return Buffer.concat(writer.parts());
}

/** Bytes that are no UTF-8 become a character that takes three: written again, a string may be too long. */
function hasLongText(value: unknown): boolean {
  if (typeof value === 'string') return value.length > 10_000;
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return false;
  return Object.values(value).some(hasLongText);
}

/** We write one version of each value, which has no topic id, and with an expiry no leader epoch. */
function lasting(record: GroupRecord): unknown {
  if (record.kind !== 'offset' || record.value === null) return record;
  const { expireTimestampMs, leaderEpoch } = record.value;
  return {
    ...record,
    value: { ...record.value, topicId: null, leaderEpoch: expireTimestampMs === -1 ? leaderEpoch : null },
  };
}
