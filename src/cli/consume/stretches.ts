/** From where to where a command reads, in each partition. */
import type { Millis, Offset } from '../../base/ids.js';
import type { Cluster } from '../../client/cluster.js';
import type { Position } from '../../client/consumer/fetcher.js';
import { EARLIEST, LATEST, listOffsets } from '../../client/offsets.js';
import type { StartingPoint } from './starting-point.js';

export interface Stretch {
  readonly start: Position;
  /** The end of the log when this was asked. */
  readonly end: Offset;
}

/** Where reading begins in each partition, within what the log has; and where the log ends now. @throws KafkaError */
export async function findStretches(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
  from: StartingPoint,
  timeoutMs: Millis,
): Promise<Stretch[]> {
  const ask = (at: Millis) =>
    listOffsets(
      cluster,
      partitions.map((partition) => ({ topic, partition, at })),
      timeoutMs,
    );
  const [starts, ends, times] = await Promise.all([
    ask(EARLIEST),
    ask(LATEST),
    from.at === 'time' ? ask(from.time) : null,
  ]);
  return partitions.map((partition, index) => {
    const start = starts[index]!.offset;
    const end = ends[index]!.offset;
    const atTime = times?.[index]?.offset ?? -1;
    const wanted = offsetOf(from, start, end, atTime);
    return { start: { topic, partition, offset: Math.min(Math.max(wanted, start), end) }, end };
  });
}

function offsetOf(from: StartingPoint, start: Offset, end: Offset, atTime: Offset): Offset {
  switch (from.at) {
    case 'beginning':
      return start;
    case 'end':
      return end;
    case 'offset':
      return from.offset;
    case 'last':
      return end - from.count;
    case 'time':
      // Nothing is as late as that.
      return atTime < 0 ? end : atTime;
  }
}
