/** What consumers write into their groups' opaque fields, read as far as it can be: members may send what they like. */
import { ConsumerProtocolAssignment, subscribedTopicsOf } from '../../coordinator/group/subscription.js';
import { codec } from '../../wire/codec.js';
import { Reader, WireError } from '../../wire/reader.js';
import type { TestGroupMember } from './test-group.js';

export function subscribedTopics(memberMetadata: Buffer): readonly string[] {
  return subscribedTopicsOf(memberMetadata) ?? [];
}

export function assignedPartitions(memberAssignment: Buffer): TestGroupMember['partitions'] {
  try {
    const reader = new Reader(memberAssignment);
    // Of all versions the first is what we need; newer ones add behind it.
    reader.int16();
    const { assignedPartitions } = codec(ConsumerProtocolAssignment, 0).decode(reader);
    return assignedPartitions.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    );
  } catch (error) {
    if (error instanceof WireError) return [];
    throw error;
  }
}
