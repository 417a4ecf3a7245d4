/** `--from`: a place in a log, named by an end of it, an offset, a distance from the end, or a time. */
import type { Millis, Offset } from '../../base/ids.js';
import { isoTime, usageError } from '../usage.js';

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
  const time = isoTime(raw);
  if (time === null) {
    throw usageError(
      `--from takes beginning, end, an offset, -N or a time, not ${raw}`,
      'For example 42, -10 (the last ten of each partition) or 2026-11-21T08:00:00Z.',
    );
  }
  return { at: 'time', time };
}
