/**
 * Kafka's own schemas of what a group coordinator keeps in `__consumer_offsets`. Each key begins with an int16 that says which
 * kind of record it is: 0 and 1 an offset (alike; 1 is written), 2 a classic group; 3 to 8 are the next protocol's (KIP-848), and later
 * ones share groups' and streams'. Each value begins with an int16 version. A value of null is a tombstone.
 */
import { codec } from '../../wire/codec.js';
import { Reader, WireError } from '../../wire/reader.js';
import {
  array,
  bytes,
  type Infer,
  int32,
  int64,
  type Message,
  message,
  string,
  uuid,
} from '../../wire/schema.js';
import { Writer } from '../../wire/writer.js';
import type { Decoded, RecordFormat, StoredRecord } from '../machine.js';
import type { CommittedOffset, GroupRecord, StoredClassicGroup } from './state.js';

export const OffsetCommitKey = message(
  'OffsetCommitKey',
  { versions: '0', flexible: null },
  { group: string, topic: string, partition: int32 },
);

export const OffsetCommitValue = message(
  'OffsetCommitValue',
  { versions: '0-4', flexible: 4 },
  {
    offset: int64,
    leaderEpoch: int32.in('3+').default(-1).ignorable(),
    metadata: string,
    commitTimestamp: int64,
    expireTimestamp: int64.in('1').default(-1).ignorable(),
    topicId: uuid.in('4+').tag(0, '4+').ignorable(),
  },
);

export const GroupMetadataKey = message(
  'GroupMetadataKey',
  { versions: '0', flexible: null },
  { group: string },
);

export const GroupMetadataValue = message(
  'GroupMetadataValue',
  { versions: '0-4', flexible: 4 },
  {
    protocolType: string,
    generation: int32,
    protocol: string.nullable('0+'),
    leader: string.nullable('0+'),
    currentStateTimestamp: int64.in('2+').default(-1).ignorable(),
    members: array({
      memberId: string,
      groupInstanceId: string.nullable('3+').in('3+').default(null).ignorable(),
      clientId: string,
      clientHost: string,
      rebalanceTimeout: int32.in('1+').default(-1).ignorable(),
      sessionTimeout: int32,
      subscription: bytes,
      assignment: bytes,
    }),
  },
);

const KEY_OF_OFFSET_V0 = 0;
const KEY_OF_OFFSET = 1;
const KEY_OF_CLASSIC_GROUP = 2;

/** What brokers since Kafka 2.1 read. Version 4 only adds room for tagged fields, of which we set none. */
const VALUE_VERSION = 3;
/** The one version that has an expiry of its own. It has no leader epoch. */
const VALUE_VERSION_WITH_EXPIRY = 1;

export const groupRecordFormat: RecordFormat<GroupRecord> = { encode, decode };

function encode(record: GroupRecord): StoredRecord {
  if (record.kind === 'classic-group') {
    return {
      key: written(GroupMetadataKey, 0, KEY_OF_CLASSIC_GROUP, { group: record.groupId }),
      value: record.value && classicGroupBytes(record.value),
    };
  }
  const { groupId: group, topic, partition, value } = record;
  return {
    key: written(OffsetCommitKey, 0, KEY_OF_OFFSET, { group, topic, partition }),
    value: value && offsetBytes(value),
  };
}

function offsetBytes(value: CommittedOffset): Buffer {
  const version = value.expireTimestampMs === -1 ? VALUE_VERSION : VALUE_VERSION_WITH_EXPIRY;
  return written(OffsetCommitValue, version, version, {
    offset: value.offset,
    leaderEpoch: value.leaderEpoch,
    metadata: value.metadata,
    commitTimestamp: value.commitTimestampMs,
    expireTimestamp: value.expireTimestampMs,
  });
}

function classicGroupBytes(group: StoredClassicGroup): Buffer {
  return written(GroupMetadataValue, VALUE_VERSION, VALUE_VERSION, {
    protocolType: group.protocolType,
    generation: group.generation,
    protocol: group.protocol,
    leader: group.leader,
    currentStateTimestamp: group.currentStateTimestampMs,
    members: group.members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeout: member.rebalanceTimeoutMs,
      sessionTimeout: member.sessionTimeoutMs,
      subscription: member.subscription,
      assignment: member.assignment,
    })),
  });
}

function written<T, D>(schema: Message<T, D>, version: number, prefix: number, draft: D): Buffer {
  const writer = new Writer();
  writer.int16(prefix);
  codec(schema, version).encode(writer, draft);
  const parts = writer.parts();
  return parts.length === 1 ? Buffer.from(parts[0] as Uint8Array) : Buffer.concat(parts);
}

/** Never throws, whatever the bytes; copies what it keeps, since they are a chunk of the log. */
function decode(key: Buffer, value: Buffer | null): Decoded<GroupRecord> {
  if (key.length < 2) return { kind: 'unreadable', reason: 'its key is shorter than a version' };
  const keyVersion = key.readInt16BE(0);
  try {
    switch (keyVersion) {
      case KEY_OF_OFFSET_V0:
      case KEY_OF_OFFSET: {
        const { group: groupId, topic, partition } = codec(OffsetCommitKey, 0).decode(new Reader(key, 2));
        const offset = value && offsetOf(read(OffsetCommitValue, value));
        return { kind: 'record', record: { kind: 'offset', groupId, topic, partition, value: offset } };
      }
      case KEY_OF_CLASSIC_GROUP: {
        const { group: groupId } = codec(GroupMetadataKey, 0).decode(new Reader(key, 2));
        const group = value && classicGroupOf(read(GroupMetadataValue, value));
        return { kind: 'record', record: { kind: 'classic-group', groupId, value: group } };
      }
      default:
        return { kind: 'unknown-key', keyVersion };
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { kind: 'unreadable', reason: error.message };
  }
}

function read<T, D>(schema: Message<T, D>, value: Buffer): T {
  const reader = new Reader(value);
  const version = reader.int16();
  if (version > schema.maxVersion) {
    throw new WireError(
      `${schema.name} has version ${version}, from a newer release: ${schema.maxVersion} is the last known`,
    );
  }
  if (version < schema.minVersion) throw new WireError(`${schema.name} has version ${version}`);
  return codec(schema, version).decode(reader);
}

function offsetOf(value: Infer<typeof OffsetCommitValue>): CommittedOffset {
  return {
    offset: value.offset,
    leaderEpoch: value.leaderEpoch,
    metadata: value.metadata,
    commitTimestampMs: value.commitTimestamp,
    expireTimestampMs: value.expireTimestamp,
    topicId: value.topicId,
  };
}

function classicGroupOf(value: Infer<typeof GroupMetadataValue>): StoredClassicGroup {
  const { members } = value;
  if (new Set(members.map(({ memberId }) => memberId)).size < members.length) {
    throw new WireError('GroupMetadataValue names a member twice');
  }
  return {
    protocolType: value.protocolType,
    generation: value.generation,
    protocol: value.protocol,
    leader: value.leader,
    currentStateTimestampMs: value.currentStateTimestamp,
    members: members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeoutMs: member.rebalanceTimeout,
      sessionTimeoutMs: member.sessionTimeout,
      subscription: Buffer.from(member.subscription),
      assignment: Buffer.from(member.assignment),
    })),
  };
}
