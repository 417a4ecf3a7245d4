/** `--from`: a place in a log, named by an end of it, an offset, a distance from the end, or a time. */
import type { Millis, Offset } from '../../base/ids.js';
import type { Cluster } from '../../client/cluster.js';
import type { Position } from '../../client/consumer/fetcher.js';
import { EARLIEST, LATEST, listOffsets } from '../../client/offsets.js';
import { usageError } from '../usage.js';

export type StartingPoint =
  | { readonly at: 'beginning' | 'end' }
  | { readonly at: 'offset'; readonly offset: Offset }
  | { readonly at: 'last'; readonly count: number }
  | { readonly at: 'time'; readonly time: Millis };

/** @throws UserError USAGE */
export function parseStartingPoint(raw: string): StartingPoint {
  if (raw === 'beginning' || raw === 'end') return { at: raw };
  if (/^-?\d+$/.test(raw) && Number.isSafeInteger(Number(raw))) {
    const number = Number(raw);
    return raw.startsWith('-') ? { at: 'last', count: -number } : { at: 'offset', offset: number };
  }
  // A date without a time of day would be taken for midnight UTC, with one and no zone for local time: as the standard has it.
  const time = /^\d{4}-\d{2}(-\d{2})?/.test(raw) ? Date.parse(raw) : Number.NaN;
  if (Number.isNaN(time)) {
    throw usageError(
      `--from takes beginning, end, an offset, -N or a time, not ${raw}`,
      'For example 42, -10 (the last ten of each partition) or 2026-11-21T08:00:00Z.',
    );
  }
  return { at: 'time', time };
}

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
