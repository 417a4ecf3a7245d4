import type { PartitionIndex } from '../base/ids.js';
import { assert } from '../base/assert.js';

const INT32_MIN = -0x8000_0000;

/**
 * The partition that keeps a group's or a transactional id's records. Fixed by Kafka: the hash of a Java string (the UTF-16 units as
 * digits to the base 31, modulo 2^32), without its sign.
 */
export function coordinatorPartition(id: string, partitions: number): PartitionIndex {
  assert(partitions > 0, 'a topic has partitions');
  let hash = 0;
  for (let at = 0; at < id.length; at++) hash = (Math.imul(hash, 31) + id.charCodeAt(at)) | 0;
  // Java's abs of the smallest int is itself; Kafka takes 0 for it.
  return (hash === INT32_MIN ? 0 : Math.abs(hash)) % partitions;
}
