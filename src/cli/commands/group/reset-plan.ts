/** To which offset `group reset-offsets` moves a group in a partition: a pure plan. */
import type { Millis, Offset, PartitionIndex } from '../../../base/ids.js';

export type ResetTarget =
  | { readonly to: 'earliest' | 'latest' | 'current' }
  /** The first record as late as this. */
  | { readonly to: 'time'; readonly time: Millis }
  | { readonly to: 'shifted'; readonly by: number }
  | { readonly to: 'offset'; readonly offset: Offset }
  /** By topic and partition, as `offsetKey` writes them. */
  | { readonly to: 'listed'; readonly offsets: ReadonlyMap<string, Offset> };

/** What is known of the group in a partition. */
export interface ResetFacts {
  readonly topic: string;
  readonly partition: PartitionIndex;
  /** Null: the group has none there. */
  readonly committedOffset: Offset | null;
  /** Null: the partition does not exist (any more). */
  readonly startOffset: Offset | null;
  readonly endOffset: Offset | null;
  /** Where a target of a time leads; −1: no record is as late; null: nobody asked. */
  readonly offsetAtTime: Offset | null;
}

export interface ResetStep {
  readonly topic: string;
  readonly partition: PartitionIndex;
  readonly committedOffset: Offset | null;
  readonly startOffset: Offset | null;
  readonly endOffset: Offset | null;
  /** Null: left as it is. */
  readonly newOffset: Offset | null;
  /** Why it is left, or is not just what was asked for. */
  readonly note: string | null;
}

export function offsetKey(topic: string, partition: PartitionIndex): string {
  return `${topic}/${partition}`;
}

export function planReset(target: ResetTarget, facts: ResetFacts): ResetStep {
  const { offsetAtTime: _, ...known } = facts;
  const { startOffset, endOffset } = facts;
  const left = (note: string): ResetStep => ({ ...known, newOffset: null, note });
  if (startOffset === null || endOffset === null) return left('there is no such partition');
  const wanted = wantedOffset(target, facts, startOffset, endOffset);
  if (typeof wanted === 'string') return left(wanted);
  if (wanted < startOffset)
    return { ...known, newOffset: startOffset, note: `the log begins there, ${wanted} is gone` };
  if (wanted > endOffset)
    return { ...known, newOffset: endOffset, note: `the log ends there, before ${wanted}` };
  const nothingAsLate = target.to === 'time' && facts.offsetAtTime === -1;
  return { ...known, newOffset: wanted, note: nothingAsLate ? 'no record is as late as that' : null };
}

/** Text: why there is none. */
function wantedOffset(
  target: ResetTarget,
  { topic, partition, committedOffset, offsetAtTime }: ResetFacts,
  startOffset: Offset,
  endOffset: Offset,
): Offset | string {
  switch (target.to) {
    case 'earliest':
      return startOffset;
    case 'latest':
      return endOffset;
    case 'current':
      return committedOffset ?? 'the group has no offset here';
    case 'shifted':
      return committedOffset === null ? 'the group has no offset here to shift' : committedOffset + target.by;
    case 'time':
      return offsetAtTime === null || offsetAtTime < 0 ? endOffset : offsetAtTime;
    case 'offset':
      return target.offset;
    case 'listed':
      return target.offsets.get(offsetKey(topic, partition)) ?? 'the file does not name it';
  }
}
