/** `orders` or `orders:0,2,5-7`: a topic, or some of its partitions, as options name them. */
import { INT32_MAX, type PartitionIndex } from '../base/ids.js';
import { usageError } from './usage.js';

export interface PartitionChoice {
  readonly topic: string;
  /** Null: all of them. */
  readonly partitions: readonly PartitionIndex[] | null;
}

/** Beyond it a range is a slip of the finger. */
const PARTITIONS_MAX = 100_000;

/** @throws UserError USAGE */
export function partitionChoice(option: string) {
  return (raw: string): PartitionChoice => {
    const colon = raw.indexOf(':');
    if (colon < 0 && raw !== '') return { topic: raw, partitions: null };
    const topic = raw.slice(0, colon);
    const partitions = raw
      .slice(colon + 1)
      .split(',')
      .map((part) => rangeOf(part));
    const found = partitions.flatMap((range) => range ?? []);
    if (topic === '' || partitions.includes(null) || found.length > PARTITIONS_MAX) {
      throw usageError(
        `${option} takes a topic, or one with partitions, not ${raw}`,
        'For example orders, orders:0 or orders:0,2,5-7.',
      );
    }
    return { topic, partitions: [...new Set(found)].sort((a, b) => a - b) };
  };
}

/** Null: neither a number nor a range. */
function rangeOf(part: string): PartitionIndex[] | null {
  const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(part);
  const from = Number(match?.[1]);
  const to = Number(match?.[2] ?? match?.[1]);
  if (!match || to < from || to > INT32_MAX || to - from > PARTITIONS_MAX) return null;
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}
