/** `consume` without a group: chosen partitions, from a chosen place. */
import { UserError } from '../../base/errors.js';
import { type Offset, type PartitionIndex, partitionName } from '../../base/ids.js';
import type { Cluster } from '../../client/cluster.js';
import { Fetcher } from '../../client/consumer/fetcher.js';
import { ADMIN_TIMEOUT_MS } from '../client-options.js';
import { namingMissingTopic } from '../topic-errors.js';
import type { Printer } from './printer.js';
import type { StartingPoint } from './starting-point.js';
import { findStretches } from './stretches.js';

export interface AssignedReading {
  readonly topic: string;
  /** Undefined: all of them. */
  readonly partition: PartitionIndex | undefined;
  readonly from: StartingPoint;
  /** Go on at the end of the log. */
  readonly follow: boolean;
  readonly printer: Printer;
  readonly interrupted: AbortSignal;
  readonly onTrouble: (error: Error) => void;
}

export async function consumeAssigned(cluster: Cluster, reading: AssignedReading): Promise<void> {
  const { topic, partition, from, follow, printer, interrupted, onTrouble } = reading;
  const view = await namingMissingTopic(topic, cluster.awaitTopic(topic, false, ADMIN_TIMEOUT_MS));
  if (partition !== undefined && partition >= view.partitions.length) {
    throw new UserError(
      'TOPIC_NOT_FOUND',
      `topic ${topic} has no partition ${partition}`,
      `It has ${view.partitions.length}, counted from 0.`,
    );
  }
  const partitions = partition === undefined ? view.partitions.map(({ index }) => index) : [partition];
  const stretches = await findStretches(cluster, topic, partitions, from, ADMIN_TIMEOUT_MS);
  const wanted = follow ? stretches : stretches.filter(({ start, end }) => start.offset < end);
  const ends = new Map<string, Offset>(
    wanted.map(({ start, end }) => [partitionName(topic, start.partition), follow ? Infinity : end]),
  );
  const fetcher = new Fetcher(cluster, { onOutOfRange: 'earliest', onTrouble });
  interrupted.addEventListener('abort', () => fetcher.wake());
  fetcher.assign(wanted.map(({ start }) => start));
  try {
    while (ends.size > 0 && !printer.isDone && !interrupted.aborted) {
      const fetched = await fetcher.next();
      if (!fetched) continue;
      const name = partitionName(topic, fetched.partition);
      const end = ends.get(name);
      if (end === undefined) continue;
      await printer.print(fetched, end);
      if (fetched.nextOffset < end) continue;
      ends.delete(name);
      fetcher.release(topic, fetched.partition);
    }
  } finally {
    fetcher.close();
  }
}
