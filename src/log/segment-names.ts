/** Kafka's names of a segment's files: the base offset in twenty digits, and what it is. */
import type { Offset } from '../base/ids.js';

export const LOG_SUFFIX = '.log';
export const OFFSET_INDEX_SUFFIX = '.index';
export const TIME_INDEX_SUFFIX = '.timeindex';
export const SNAPSHOT_SUFFIX = '.snapshot';
/** Behind the whole name: to be removed soon, and on the next start in any case. */
export const DELETED_SUFFIX = '.deleted';

export function segmentFileName(baseOffset: Offset, suffix: string): string {
  return `${String(baseOffset).padStart(20, '0')}${suffix}`;
}

/** The offset and suffix of such a name, or null. */
export function parseSegmentFileName(
  name: string,
): { readonly offset: Offset; readonly suffix: string } | null {
  const match = /^(\d{20})(\.\w+)$/.exec(name);
  const offset = Number(match?.[1]);
  return match === null || !Number.isSafeInteger(offset) ? null : { offset, suffix: match[2]! };
}
