/**
 * What members of a classic group of consumers tell each other. The coordinator passes these bytes on as they are; it looks inside for one
 * thing: which topics the group subscribes to, so that their offsets are neither expired nor deleted under it.
 */
import { codec } from '../../wire/codec.js';
import { Reader, WireError } from '../../wire/reader.js';
import { array, bytes, int32, message, string } from '../../wire/schema.js';

/** The protocol type of consumers. Others (Connect, schema registries) have metadata of their own, which is not looked at. */
export const CONSUMER_PROTOCOL_TYPE = 'consumer';

const topicPartitions = array({ topic: string, partitions: array(int32) });

export const ConsumerProtocolSubscription = message(
  'ConsumerProtocolSubscription',
  { versions: '0-3', flexible: null },
  {
    topics: array(string),
    userData: bytes.nullable('0+').default(null),
    ownedPartitions: topicPartitions.in('1+').ignorable(),
    generationId: int32.in('2+').default(-1).ignorable(),
    rackId: string.nullable('3+').in('3+').default(null).ignorable(),
  },
);

export const ConsumerProtocolAssignment = message(
  'ConsumerProtocolAssignment',
  { versions: '0-3', flexible: null },
  { assignedPartitions: topicPartitions, userData: bytes.nullable('0+').default(null) },
);

/**
 * The topics of one member's metadata; null when they cannot be read. All versions begin as version 0 does, newer ones than we know
 * included, so the version is not even looked at; and bytes behind the topics are none of our business.
 */
export function subscribedTopicsOf(metadata: Buffer): readonly string[] | null {
  try {
    const reader = new Reader(metadata);
    reader.int16();
    return codec(TopicsOfSubscription, 0).decode(reader).topics;
  } catch (error) {
    // Members may send what they like, as long as they understand each other.
    if (error instanceof WireError) return null;
    throw error;
  }
}

const TopicsOfSubscription = message(
  'ConsumerProtocolSubscription',
  { versions: '0', flexible: null },
  { topics: array(string) },
);
