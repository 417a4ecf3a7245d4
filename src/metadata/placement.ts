/**
 * Where the replicas of new partitions go. Round robin: leaders move on by one broker from partition to partition; the other
 * replicas follow their leader at a distance that grows with each round over the brokers, so that two brokers do not always
 * share all their partitions, and the load of one that is lost spreads over all others.
 */
import { assert } from '../base/assert.js';
import type { BrokerId, PartitionIndex } from '../base/ids.js';

export interface PlacementRequest {
  /** The candidates, in a fixed order. */
  readonly brokers: readonly BrokerId[];
  /** Partitions `firstIndex` to `firstIndex + count − 1`. */
  readonly firstIndex: PartitionIndex;
  readonly count: number;
  /** At most as many as there are brokers. */
  readonly replicationFactor: number;
  /** Which broker leads partition 0, counted from the first and wrapping; different for each topic, or the first broker leads all small ones. */
  readonly start: number;
}

/** For each partition its brokers, the preferred leader first. */
export function placeReplicas(request: PlacementRequest): BrokerId[][] {
  const { brokers, firstIndex, count, replicationFactor, start } = request;
  assert(
    replicationFactor >= 1 && replicationFactor <= brokers.length,
    'there are enough brokers for the replicas',
  );
  const placed: BrokerId[][] = [];
  for (let index = firstIndex; index < firstIndex + count; index++) {
    const leader = (start + index) % brokers.length;
    const others = brokers.length - 1;
    const round = Math.floor(index / brokers.length);
    const replicas = [brokers[leader]!];
    for (let follower = 0; follower < replicationFactor - 1; follower++) {
      // 1 to `others` steps behind the leader, a different number for each.
      const distance = 1 + ((round + follower) % others);
      replicas.push(brokers[(leader + distance) % brokers.length]!);
    }
    placed.push(replicas);
  }
  return placed;
}
