/**
 * What the members of a classic group of consumers tell each other through the coordinator, which does not look inside
 * (ConsumerProtocolSubscription and ConsumerProtocolAssignment of Kafka). Both begin with their version; we write version 0, which
 * every client reads, and read what we are sent as version 0, as which all later ones begin.
 */
import type { PartitionIndex } from '../../base/ids.js';
import { codec } from '../../wire/codec.js';
import { Reader } from '../../wire/reader.js';
import { array, bytes, int16, int32, message, string } from '../../wire/schema.js';
import { Writer } from '../../wire/writer.js';

export const CONSUMER_PROTOCOL = 'consumer';

const Subscription = message(
  'ConsumerProtocolSubscription',
  { versions: '0', flexible: null },
  { version: int16, topics: array(string), userData: bytes.nullable('0+').default(null) },
);

const Assignment = message(
  'ConsumerProtocolAssignment',
  { versions: '0', flexible: null },
  {
    version: int16,
    assignedPartitions: array({ topic: string, partitions: array(int32) }),
    userData: bytes.nullable('0+').default(null),
  },
);

/** Partitions by topic. */
export type Assigned = ReadonlyMap<string, readonly PartitionIndex[]>;

export function encodeSubscription(topics: readonly string[]): Buffer {
  const writer = new Writer();
  codec(Subscription, 0).encode(writer, { version: 0, topics: [...topics] });
  return Buffer.concat(writer.parts());
}

/** @throws WireError */
export function decodeSubscription(metadata: Buffer): readonly string[] {
  return codec(Subscription, 0).decode(new Reader(metadata)).topics;
}

export function encodeAssignment(assigned: Assigned): Buffer {
  const writer = new Writer();
  const assignedPartitions = [...assigned].map(([topic, partitions]) => ({
    topic,
    partitions: [...partitions],
  }));
  codec(Assignment, 0).encode(writer, { version: 0, assignedPartitions });
  return Buffer.concat(writer.parts());
}

/** A member to which nothing is assigned may be sent no bytes at all. @throws WireError */
export function decodeAssignment(assignment: Buffer): Assigned {
  if (assignment.length === 0) return new Map();
  const { assignedPartitions } = codec(Assignment, 0).decode(new Reader(assignment));
  return new Map(assignedPartitions.map(({ topic, partitions }) => [topic, partitions]));
}
