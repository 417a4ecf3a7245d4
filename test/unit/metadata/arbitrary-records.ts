/** Random records of every kind, and the sample that tests build on. */
import * as fc from 'fast-check';
import type { BrokerRegistration, PartitionRecord, TopicRecord } from '../../../src/metadata/records.js';
import { uuidFromBytes } from '../../../src/metadata/uuid.js';
import { encodeValue, type Records } from '../../../src/metadata/values.js';

const uuid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(uuidFromBytes);
const brokerId = fc.nat({ max: 2 ** 31 - 1 });
const int64 = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const int31 = fc.nat({ max: 2 ** 31 - 1 });
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const configs = fc
  .uniqueArray(fc.tuple(text, fc.string({ unit: 'grapheme' })), { selector: ([name]) => name, maxLength: 5 })
  .map((entries) => new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1))));

/** One arbitrary for each kind of record. */
export const ARBITRARY: { readonly [Kind in keyof Records]: fc.Arbitrary<Records[Kind]> } = {
  cluster: fc.record({ clusterId: text, formatVersion: int31, createdMs: int64 }),
  controller: fc.record({ brokerId, incarnation: uuid }),
  topic: fc.record({
    id: uuid,
    name: text,
    partitionCount: fc.integer({ min: 1, max: 1_000_000 }),
    configs,
    createdMs: int64,
  }),
  partition: fc.record({
    topicId: uuid,
    index: fc.nat({ max: 999_999 }),
    replicas: fc.array(fc.record({ brokerId, directoryId: uuid }), { minLength: 1, maxLength: 5 }),
    isr: fc.array(fc.record({ brokerId, incarnation: uuid, directoryId: uuid }), { maxLength: 5 }),
    leader: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
    leaderEpoch: int31,
    partitionEpoch: int31,
  }),
  broker: fc.record({
    brokerId,
    incarnation: uuid,
    endpoints: fc.array(
      fc.record({ name: text, host: text, port: fc.nat({ max: 65_535 }), securityProtocol: text }),
      { maxLength: 3 },
    ),
    directories: fc.array(uuid, { maxLength: 3 }),
    rack: fc.option(text),
    softwareVersion: text,
  }),
  brokerConfig: fc.record({ configs }),
  producerIds: fc.record({ next: int64 }),
};

export const KINDS = Object.keys(ARBITRARY) as (keyof Records)[];

/** Any kind, with the bytes it is stored as. */
export const storedRecord: fc.Arbitrary<{
  kind: keyof Records;
  record: Records[keyof Records];
  value: Uint8Array;
}> = fc.constantFrom(...KINDS).chain((kind) =>
  (ARBITRARY[kind] as fc.Arbitrary<Records[keyof Records]>).map((record) => ({
    kind,
    record,
    value: encodeValue(kind, record as never),
  })),
);

/** A readable id: `uuid(7)` is always the same. */
export function uuidOf(nth: number): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(nth, 0);
  bytes[15] = 0x80;
  return uuidFromBytes(bytes);
}

export function brokerRecord(brokerId: number, change: Partial<BrokerRegistration> = {}): BrokerRegistration {
  return {
    brokerId,
    incarnation: uuidOf(1000 + brokerId),
    endpoints: [{ name: 'PLAINTEXT', host: '127.0.0.1', port: 9092, securityProtocol: 'PLAINTEXT' }],
    directories: [uuidOf(2000 + brokerId)],
    rack: null,
    softwareVersion: '0.1.0',
    ...change,
  };
}

export function topicRecord(name: string, id: string, partitionCount: number): TopicRecord {
  return { id, name, partitionCount, configs: new Map(), createdMs: 1 };
}

/** Led by the first of `brokers`, all of them in sync in the run and the directory of `brokerRecord`. */
export function partitionRecord(
  topicId: string,
  index: number,
  brokers: readonly number[],
  change: Partial<PartitionRecord> = {},
): PartitionRecord {
  const members = brokers.map((id) => ({
    brokerId: id,
    incarnation: uuidOf(1000 + id),
    directoryId: uuidOf(2000 + id),
  }));
  return {
    topicId,
    index,
    replicas: members.map(({ brokerId, directoryId }) => ({ brokerId, directoryId })),
    isr: members,
    leader: brokers[0] ?? -1,
    leaderEpoch: 0,
    partitionEpoch: 0,
    ...change,
  };
}
