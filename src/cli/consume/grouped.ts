/** `consume --group`: whatever partitions the group gives us, from where it stopped. */
import { type Offset, partitionName } from '../../base/ids.js';
import type { Cluster } from '../../client/cluster.js';
import { GroupConsumer } from '../../client/consumer/group-consumer.js';
import { ADMIN_TIMEOUT_MS } from '../client-options.js';
import { namingMissingTopic } from '../topic-errors.js';
import type { Printer } from './printer.js';
import { findStretches } from './stretches.js';

export interface GroupedReading {
  readonly topic: string;
  readonly groupId: string;
  /** Where the group has no position yet. */
  readonly startAt: 'earliest' | 'latest';
  readonly follow: boolean;
  readonly printer: Printer;
  readonly interrupted: AbortSignal;
  readonly onTrouble: (error: Error) => void;
}

/** Without `follow` it ends when its own partitions have reached the ends that they had at the start. */
export async function consumeGrouped(cluster: Cluster, reading: GroupedReading): Promise<void> {
  const { topic, groupId, startAt, follow, printer, interrupted, onTrouble } = reading;
  const view = await namingMissingTopic(topic, cluster.awaitTopic(topic, false, ADMIN_TIMEOUT_MS));
  const partitions = view.partitions.map(({ index }) => index);
  const stretches = await findStretches(cluster, topic, partitions, { at: 'end' }, ADMIN_TIMEOUT_MS);
  const ends = new Map(stretches.map(({ start, end }) => [partitionName(topic, start.partition), end]));
  /** Of ours: how far each is; null before the first assignment. */
  let reached: Map<string, Offset> | null = null;
  const atTheEnds = (): boolean =>
    !follow && reached !== null && [...reached].every(([name, offset]) => offset >= (ends.get(name) ?? 0));
  const consumer = new GroupConsumer(cluster, {
    groupId,
    topics: [topic],
    startAt,
    fetch: { onTrouble },
    onAssigned: (positions) => {
      reached = new Map(positions.map(({ partition, offset }) => [partitionName(topic, partition), offset]));
      // There may be nothing to wait for.
      consumer.wake();
    },
  });
  interrupted.addEventListener('abort', () => consumer.wake());
  try {
    while (!printer.isDone && !interrupted.aborted && !atTheEnds()) {
      const fetched = await consumer.poll();
      if (!fetched) continue;
      const next = await printer.print(fetched, Infinity);
      consumer.doneUpTo(next);
      reached!.set(partitionName(topic, fetched.partition), next);
    }
    await consumer.commit();
  } finally {
    await consumer.close();
  }
}
