/**
 * Which partition a record goes to. With a key: by its hash, as Kafka's Java client, so that records of one key stay in order even
 * when several clients write them. Without: one partition for a whole batch, then the next, which fills batches where dealing the
 * records out one by one would make many small ones (KIP-480).
 */
import type { PartitionIndex } from '../../base/ids.js';
import { murmur2, toPositive } from '../../base/murmur2.js';

export function partitionOfKey(key: Uint8Array, partitionCount: number): PartitionIndex {
  return toPositive(murmur2(key)) % partitionCount;
}

/** Of one topic: where records without a key go now. */
export class StickyPartition {
  #current: PartitionIndex;

  /** @param random in [0, 1): many short-lived producers must not all begin with partition 0 */
  constructor(partitionCount: number, random: number) {
    this.#current = Math.floor(random * partitionCount);
  }

  get current(): PartitionIndex {
    return this.#current;
  }

  /** The current one has a full batch. */
  moveOn(partitionCount: number): void {
    this.#current = (this.#current + 1) % partitionCount;
  }
}
