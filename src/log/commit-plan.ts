/**
 * How the dirty logs of one commit round become durable: each by a sync of its own files, or all by one record of the redo
 * journal. Pure.
 */

export interface CommitLimits {
  /** Up to so many logs, each is synced itself: that costs as little as the journal, and their bytes are written once. */
  readonly directLogsMax: number;
  /** A log with more unsynced bytes is synced itself, beside the round, which does not wait for it. */
  readonly journalLogBytesMax: number;
  /** Of all logs of the round. Beyond it the second copy of the bytes costs more than the syncs that it spares. */
  readonly journalRoundBytesMax: number;
}

export type CommitWay = 'direct' | 'journal' | 'aside';

/** @param bytes of each log, unsynced */
export function planCommitRound(bytes: readonly number[], limits: CommitLimits): CommitWay[] {
  const ways: CommitWay[] = bytes.map((each) => (each > limits.journalLogBytesMax ? 'aside' : 'journal'));
  let logs = 0;
  let total = 0;
  for (const [at, each] of bytes.entries()) {
    if (ways[at] === 'aside') continue;
    logs++;
    total += each;
  }
  const together: CommitWay =
    logs > limits.directLogsMax && total <= limits.journalRoundBytesMax ? 'journal' : 'direct';
  return ways.map((way) => (way === 'aside' ? way : together));
}
