/**
 * Records to stored bytes and back. Every value is an envelope with its record's schema version and the version of Millrace that
 * wrote it. An older schema is read; a newer one is refused, since we cannot know what we would misread or drop.
 */
import { assert } from '../base/assert.js';
import { UserError } from '../base/errors.js';
import type { Uuid } from '../base/ids.js';
import { NO_UUID } from '../base/ids.js';
import { version as SOFTWARE_VERSION } from '../base/version.js';
import { millrace } from './generated/metadata.js';
import { fromStoredInt64, toStoredInt64 } from './int64.js';
import type {
  BrokerConfigRecord,
  BrokerRegistration,
  ClusterRecord,
  Configs,
  ControllerRecord,
  PartitionRecord,
  ProducerIdBlock,
  TopicRecord,
} from './records.js';
import { uuidFromBytes, uuidToBytes } from './uuid.js';

const proto = millrace.metadata;
type Envelope = millrace.metadata.StoredValue;
type EnvelopeFields = millrace.metadata.StoredValue.$Properties;

/** The record kinds: names of the envelope's `record` fields. */
export interface Records {
  cluster: ClusterRecord;
  controller: ControllerRecord;
  topic: TopicRecord;
  partition: PartitionRecord;
  broker: BrokerRegistration;
  brokerConfig: BrokerConfigRecord;
  producerIds: ProducerIdBlock;
}

/** Far above what one cluster holds; a larger number in a stored record is damage, and must not make us allocate. */
export const PARTITIONS_PER_TOPIC_MAX = 1_000_000;

interface Codec<R> {
  /** What we write. We read it and all below. */
  readonly schemaVersion: number;
  readonly write: (record: R) => EnvelopeFields;
  /** `schemaVersion` is the stored one, for the records that have had several. @throws any Error when the record makes no sense */
  readonly read: (envelope: Envelope, schemaVersion: number) => R;
}

const CODECS: { readonly [Kind in keyof Records]: Codec<Records[Kind]> } = {
  cluster: {
    schemaVersion: 1,
    write: ({ clusterId, formatVersion, createdMs }) => ({
      cluster: { clusterId, formatVersion, createdMs: toStoredInt64(createdMs) },
    }),
    read: ({ cluster }) => {
      const { clusterId, formatVersion, createdMs } = present(cluster, proto.ClusterRecord);
      must(clusterId.length > 0, 'a cluster id');
      return { clusterId, formatVersion, createdMs: fromStoredInt64(createdMs) };
    },
  },

  controller: {
    schemaVersion: 1,
    write: ({ brokerId, incarnation }) => ({
      controller: { brokerId, incarnation: uuidToBytes(incarnation) },
    }),
    read: ({ controller }) => {
      const { brokerId, incarnation } = present(controller, proto.ControllerRecord);
      return { brokerId: readBrokerId(brokerId), incarnation: readUuid(incarnation) };
    },
  },

  topic: {
    schemaVersion: 1,
    write: ({ id, name, partitionCount, configs, createdMs }) => ({
      topic: {
        id: uuidToBytes(id),
        name,
        partitionCount,
        configs: writeConfigs(configs),
        createdMs: toStoredInt64(createdMs),
      },
    }),
    read: ({ topic }) => {
      const { id, name, partitionCount, configs, createdMs } = present(topic, proto.TopicRecord);
      must(name.length > 0, 'a topic name');
      must(
        partitionCount > 0 && partitionCount <= PARTITIONS_PER_TOPIC_MAX,
        'a possible number of partitions',
      );
      return {
        id: readUuid(id),
        name,
        partitionCount,
        configs: readConfigs(configs),
        createdMs: fromStoredInt64(createdMs),
      };
    },
  },

  partition: {
    schemaVersion: 1,
    write: (record) => ({
      partition: {
        topicId: uuidToBytes(record.topicId),
        index: record.index,
        replicas: record.replicas.map(({ brokerId, directoryId }) => ({
          brokerId,
          directoryId: writeOptionalUuid(directoryId),
        })),
        isr: record.isr.map(({ brokerId, incarnation, directoryId }) => ({
          brokerId,
          incarnation: uuidToBytes(incarnation),
          directoryId: writeOptionalUuid(directoryId),
        })),
        leader: record.leader,
        leaderEpoch: record.leaderEpoch,
        partitionEpoch: record.partitionEpoch,
      },
    }),
    read: ({ partition }) => {
      const { topicId, index, replicas, isr, leader, leaderEpoch, partitionEpoch } = present(
        partition,
        proto.PartitionRecord,
      );
      must(index < PARTITIONS_PER_TOPIC_MAX, 'a possible partition index');
      must(replicas.length > 0, 'at least one replica');
      must(leader >= -1, 'a leader or none');
      must(leaderEpoch <= 0x7fffffff && partitionEpoch <= 0x7fffffff, 'epochs that fit int32');
      return {
        topicId: readUuid(topicId),
        index,
        replicas: replicas.map((stored) => {
          const { brokerId, directoryId } = present(stored, proto.ReplicaRecord);
          return { brokerId: readBrokerId(brokerId), directoryId: readOptionalUuid(directoryId) };
        }),
        isr: isr.map((stored) => {
          const { brokerId, incarnation, directoryId } = present(stored, proto.InSyncReplicaRecord);
          return {
            brokerId: readBrokerId(brokerId),
            incarnation: readUuid(incarnation),
            directoryId: readOptionalUuid(directoryId),
          };
        }),
        leader,
        leaderEpoch,
        partitionEpoch,
      };
    },
  },

  broker: {
    schemaVersion: 1,
    write: (record) => ({
      broker: {
        brokerId: record.brokerId,
        incarnation: uuidToBytes(record.incarnation),
        endpoints: record.endpoints.map((endpoint) => ({ ...endpoint })),
        directories: record.directories.map(uuidToBytes),
        rack: record.rack ?? '',
        softwareVersion: record.softwareVersion,
      },
    }),
    read: ({ broker }) => {
      const { brokerId, incarnation, endpoints, directories, rack, softwareVersion } = present(
        broker,
        proto.BrokerRegistration,
      );
      return {
        brokerId: readBrokerId(brokerId),
        incarnation: readUuid(incarnation),
        endpoints: endpoints.map((stored) => {
          const { name, host, port, securityProtocol } = present(stored, proto.EndpointRecord);
          must(port <= 0xffff, 'a port');
          return { name, host, port, securityProtocol };
        }),
        directories: directories.map(readUuid),
        rack: rack === '' ? null : rack,
        softwareVersion,
      };
    },
  },

  brokerConfig: {
    schemaVersion: 1,
    write: ({ configs }) => ({ brokerConfig: { configs: writeConfigs(configs) } }),
    read: ({ brokerConfig }) => ({
      configs: readConfigs(present(brokerConfig, proto.BrokerConfigRecord).configs),
    }),
  },

  producerIds: {
    schemaVersion: 1,
    write: ({ next }) => ({ producerIds: { next: toStoredInt64(next) } }),
    read: ({ producerIds }) => {
      const next = fromStoredInt64(present(producerIds, proto.ProducerIdBlock).next);
      must(next >= 0, 'a producer id');
      return { next };
    },
  },
};

export function encodeValue<Kind extends keyof Records>(kind: Kind, record: Records[Kind]): Uint8Array {
  const codec: Codec<Records[Kind]> = CODECS[kind];
  return proto.StoredValue.encode({
    schemaVersion: codec.schemaVersion,
    writtenBy: SOFTWARE_VERSION,
    ...codec.write(record),
  }).finish();
}

/**
 * @param key where the value was found, for the message
 * @throws UserError METADATA_NEWER, METADATA_CORRUPT
 */
export function decodeValue<Kind extends keyof Records>(
  kind: Kind,
  key: string,
  value: Uint8Array,
): Records[Kind] {
  const codec: Codec<Records[Kind]> = CODECS[kind];
  const envelope = readEnvelope(key, value);
  const { schemaVersion, writtenBy } = envelope;
  if (schemaVersion > codec.schemaVersion) {
    throw new UserError(
      'METADATA_NEWER',
      `the metadata store holds "${key}" as written by Millrace ${writtenBy || '(unknown version)'}, in schema version ` +
        `${schemaVersion}; this is Millrace ${SOFTWARE_VERSION}, which reads up to ${codec.schemaVersion}`,
      `run Millrace ${writtenBy || 'in the version that wrote it'} or newer on this data; nothing has been changed`,
    );
  }
  try {
    must(schemaVersion >= 1, 'a schema version');
    return codec.read(envelope, schemaVersion);
  } catch (error) {
    throw corrupt(key, error);
  }
}

function readEnvelope(key: string, value: Uint8Array): Envelope {
  try {
    return proto.StoredValue.decode(value);
  } catch (error) {
    throw corrupt(key, error);
  }
}

function corrupt(key: string, cause: unknown): UserError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new UserError(
    'METADATA_CORRUPT',
    `the metadata store holds "${key}" in a form that cannot be read: ${why}`,
    'restore the metadata directory from a copy; no data files have been touched',
    { cause },
  );
}

class Nonsense extends Error {
  override readonly name = 'Nonsense';
}

function must(condition: boolean, what: string): void {
  if (!condition) throw new Nonsense(`it lacks ${what}`);
}

/** A nested message, which protobufjs types as if its fields were absent though decoding fills them in. */
function present<Message extends object>(
  stored: object | null | undefined,
  type: new () => Message,
): Message {
  must(stored instanceof type, `a ${type.name}`);
  return stored as Message;
}

function readUuid(bytes: Uint8Array): Uuid {
  must(bytes.length === 16, 'an id of 16 bytes');
  return uuidFromBytes(bytes);
}

function readOptionalUuid(bytes: Uint8Array): Uuid {
  return bytes.length === 0 ? NO_UUID : readUuid(bytes);
}

function writeOptionalUuid(uuid: Uuid): Uint8Array {
  return uuid === NO_UUID ? new Uint8Array(0) : uuidToBytes(uuid);
}

function readBrokerId(brokerId: number): number {
  must(brokerId >= 0, 'a broker id');
  return brokerId;
}

function writeConfigs(configs: Configs): { name: string; value: string }[] {
  return [...configs].map(([name, value]) => ({ name, value })).sort((a, b) => compareText(a.name, b.name));
}

function readConfigs(stored: readonly object[]): Configs {
  const configs = new Map<string, string>();
  for (const entry of stored) {
    const { name, value } = present(entry, proto.ConfigEntry);
    must(!configs.has(name), `one value for the setting ${name}`);
    configs.set(name, value);
  }
  return configs;
}

/** By code unit, the same everywhere; never by locale. */
function compareText(a: string, b: string): number {
  assert(a !== b, 'a map has each name once');
  return a < b ? -1 : 1;
}
