/** Which records `topic trim` removes: a pure plan, partition by partition. */
import { INT32_MAX, type Offset, type PartitionIndex } from '../../../base/ids.js';
import { usageError } from '../../usage.js';

export interface PartitionOffset {
  readonly partition: PartitionIndex;
  readonly offset: Offset;
}

/** `3:1000`. @throws UserError USAGE */
export function partitionOffset(option: string) {
  return (raw: string): PartitionOffset => {
    const match = /^(\d{1,10}):(\d{1,16})$/.exec(raw);
    const partition = Number(match?.[1]);
    const offset = Number(match?.[2]);
    if (match && partition <= INT32_MAX && Number.isSafeInteger(offset)) return { partition, offset };
    throw usageError(`${option} takes partition:offset, not ${raw}`, 'For example 0:1000.');
  };
}

/** What is known of a partition, and what is wished for it. */
export interface TrimQuestion {
  readonly partition: PartitionIndex;
  readonly startOffset: Offset;
  readonly endOffset: Offset;
  /** The first record that shall stay. −1, as a look-up by time gives it: none is as late as that. */
  readonly keepFrom: Offset;
}

export interface TrimStep {
  readonly partition: PartitionIndex;
  readonly startOffset: Offset;
  readonly endOffset: Offset;
  readonly newStartOffset: Offset;
  /** Offsets that go; in a compacted topic fewer records. */
  readonly records: number;
  /** Why it is not just what was asked for; null: it is. */
  readonly note: string | null;
}

export function planTrim({ partition, startOffset, endOffset, keepFrom }: TrimQuestion): TrimStep {
  const wanted = keepFrom < 0 ? endOffset : keepFrom;
  const newStartOffset = Math.min(Math.max(wanted, startOffset), endOffset);
  let note: string | null = null;
  if (wanted < startOffset) note = `begins at ${startOffset} already`;
  if (wanted > endOffset) note = `ends at ${endOffset}, before ${wanted}`;
  return {
    partition,
    startOffset,
    endOffset,
    newStartOffset,
    records: newStartOffset - startOffset,
    note,
  };
}
