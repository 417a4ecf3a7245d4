/**
 * The range assignor: of each topic, each member takes one run of partitions, in the order of the member ids. As Kafka's
 * (RangeAssignor without racks), so that a group may be led by either; and partitions of one number of several topics meet at
 * one member, as long as the topics have as many partitions and the members the same subscription.
 */
import type { PartitionIndex } from '../../base/ids.js';

export interface AssignableMember {
  readonly memberId: string;
  /** Static members keep their place in the order, and so their partitions, when their member id changes (KIP-345). */
  readonly groupInstanceId: string | null;
  readonly topics: readonly string[];
}

/** By member id, then topic. Every member has an entry. A topic of no known partitions is passed over. */
export function assignRange(
  members: readonly AssignableMember[],
  partitionCountOf: (topic: string) => number | undefined,
): Map<string, Map<string, PartitionIndex[]>> {
  const assigned = new Map(members.map(({ memberId }) => [memberId, new Map<string, PartitionIndex[]>()]));
  for (const topic of new Set(members.flatMap(({ topics }) => topics))) {
    const count = partitionCountOf(topic);
    if (count === undefined || count === 0) continue;
    const takers = members.filter(({ topics }) => topics.includes(topic)).sort(inOrder);
    const each = Math.floor(count / takers.length);
    const oneMore = count % takers.length;
    takers.forEach(({ memberId }, at) => {
      const from = each * at + Math.min(at, oneMore);
      const length = each + (at < oneMore ? 1 : 0);
      if (length === 0) return;
      assigned.get(memberId)!.set(
        topic,
        Array.from({ length }, (_, step) => from + step),
      );
    });
  }
  return assigned;
}

/** Static members first, by instance id; the others by member id. */
function inOrder(a: AssignableMember, b: AssignableMember): number {
  if (a.groupInstanceId !== null && b.groupInstanceId !== null)
    return before(a.groupInstanceId, b.groupInstanceId);
  if (a.groupInstanceId !== null) return -1;
  if (b.groupInstanceId !== null) return 1;
  return before(a.memberId, b.memberId);
}

function before(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
