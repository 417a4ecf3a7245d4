/**
 * What to do with the files of a log that is opened: a pure plan in two parts, since what a scan finds decides what follows.
 *
 * The recovery point is an offset below which everything was synced, indexed and checkpointed. After a clean stop it is the end of the log,
 * and nothing is scanned. After any other, every segment that reaches beyond it is walked batch by batch:
 *
 *     row   found                                              then
 *     ---   ------------------------------------------------   -----------------------------------------------------
 *     new   no segment at all                                  the log begins, empty, at its log start
 *     end   every batch whole, up to the last segment's end    kept; indexes made anew
 *     rest  something behind the last batch, and the next      cut: the log goes on in the next segment, so this was
 *           segment begins where that batch ends               cut before, and a crash brought it back
 *     torn  a bad batch at or above the recovery point         cut there: it was never acknowledged, nor what follows
 *     hole  a segment begins elsewhere than its predecessor    removed, with all that follow: the older file lost bytes
 *           ends, at or above the recovery point               that were not synced, so the younger one never counted
 *     gone  the log start lies beyond the end                  the log begins anew at its start: all else was deleted
 *     bad   any of these below the recovery point, or the      corrupt: nothing is changed, the log stays offline and
 *           log ends below it                                  says so, since acknowledged records are missing
 *
 * In a log that was compacted offsets have gaps within a segment; never a step back.
 */
import type { Offset } from '../base/ids.js';
import type { DirEntry } from '../ports/disk.js';
import {
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  parseSegmentFileName,
  SNAPSHOT_SUFFIX,
  TIME_INDEX_SUFFIX,
} from './segment-names.js';

export interface FoundSegment {
  readonly baseOffset: Offset;
  readonly bytes: number;
  /** Both index files are there. */
  readonly isIndexed: boolean;
}

export interface FoundFiles {
  /** Oldest first. */
  readonly segments: readonly FoundSegment[];
  /** Offsets of producer snapshots, rising. */
  readonly snapshots: readonly Offset[];
  /** Names of files that an earlier run was about to remove or had not finished. */
  readonly leftovers: readonly string[];
}

/** Kafka's, and our own: deleted segments, unfinished compactions, unfinished checkpoints. */
const LEFTOVER = /\.(deleted|cleaned|tmp)$/;
const BELONGS_TO_SEGMENT = new Set([OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, '.txnindex']);

export function sortLogFiles(entries: readonly DirEntry[]): FoundFiles {
  const files = entries.filter((entry) => entry.kind === 'file');
  const names = new Set(files.map((file) => file.name));
  const segments: FoundSegment[] = [];
  const snapshots: Offset[] = [];
  const leftovers: string[] = [];
  for (const { name, size } of files) {
    const parsed = parseSegmentFileName(name);
    if (parsed === null) {
      if (LEFTOVER.test(name)) leftovers.push(name);
      continue;
    }
    const sibling = (suffix: string): string => name.slice(0, -parsed.suffix.length) + suffix;
    if (parsed.suffix === LOG_SUFFIX) {
      const isIndexed = names.has(sibling(OFFSET_INDEX_SUFFIX)) && names.has(sibling(TIME_INDEX_SUFFIX));
      segments.push({ baseOffset: parsed.offset, bytes: size, isIndexed });
    } else if (parsed.suffix === SNAPSHOT_SUFFIX) {
      snapshots.push(parsed.offset);
    } else if (BELONGS_TO_SEGMENT.has(parsed.suffix) && !names.has(sibling(LOG_SUFFIX))) {
      leftovers.push(name);
    }
  }
  segments.sort((a, b) => a.baseOffset - b.baseOffset);
  snapshots.sort((a, b) => a - b);
  return { segments, snapshots, leftovers };
}

export interface RecoveryInput {
  readonly segments: readonly FoundSegment[];
  /** The broker stopped cleanly, and checkpointed this log. */
  readonly isClean: boolean;
  /** 0: none is known. */
  readonly recoveryPoint: Offset;
  /** 0: none is known. */
  readonly logStartOffset: Offset;
  /** Of the newest sound producer snapshot at or below the recovery point; null: there is none. */
  readonly snapshot: Offset | null;
  /** The epoch checkpoint is there and sound. */
  readonly epochsKnown: boolean;
}

export interface ScanPlan {
  /** Wholly below the log start: deleted before, and back, or not yet gone. */
  readonly remove: readonly FoundSegment[];
  /** Complete, durable and unchanged since. */
  readonly trust: readonly FoundSegment[];
  /** To be walked, in order. */
  readonly scan: readonly FoundSegment[];
  readonly why: string;
}

export function planScan(input: RecoveryInput): ScanPlan {
  const { segments, recoveryPoint } = input;
  const firstKept = Math.max(
    0,
    segments.findLastIndex((segment) => segment.baseOffset <= input.logStartOffset),
  );
  const remove = segments.slice(0, firstKept);
  const kept = segments.slice(firstKept);
  const from = (first: number, why: string): ScanPlan => ({
    remove,
    trust: kept.slice(0, first),
    scan: kept.slice(first),
    why,
  });
  const holding = (offset: Offset): number =>
    Math.max(
      0,
      kept.findLastIndex((segment) => segment.baseOffset <= offset),
    );
  const last = kept.at(-1);
  if (last === undefined) return from(0, 'no segments');
  if (!input.epochsKnown && kept.some((segment) => segment.bytes > 0))
    return from(0, 'leader epochs are lost');
  if (input.snapshot === null && kept.some((segment) => segment.bytes > 0)) {
    return from(0, 'no producer snapshot to begin with');
  }
  if (input.isClean && last.baseOffset <= recoveryPoint) {
    if (input.snapshot === null || input.snapshot >= recoveryPoint) return from(kept.length, 'clean stop');
    return from(holding(input.snapshot), 'clean stop, but producers changed since their last snapshot');
  }
  const first = Math.min(holding(recoveryPoint), holding(input.snapshot ?? recoveryPoint));
  return from(first, 'no clean stop');
}

export interface SegmentScan {
  readonly baseOffset: Offset;
  readonly fileBytes: number;
  /** Whole, sound batches in order, from the beginning. */
  readonly goodBytes: number;
  /** Behind the last of them; the base offset if there is none. */
  readonly endOffset: Offset;
  /** What follows them, if they are not all. */
  readonly problem: string | null;
}

/**
 * Whether the next segment continues the one just scanned: if not it is not looked into. What stands behind the last sound batch does
 * not matter then: that batch was the last when the log rolled.
 */
export function scanGoesOn(scan: SegmentScan, next: FoundSegment | undefined): boolean {
  return next?.baseOffset === scan.endOffset;
}

export type RecoveryStep =
  | { readonly row: 'end'; readonly baseOffset: Offset }
  | {
      readonly row: 'rest' | 'torn';
      readonly baseOffset: Offset;
      readonly bytes: number;
      readonly why: string;
    }
  | { readonly row: 'torn' | 'hole' | 'gone'; readonly removeFrom: Offset; readonly why: string };

export type RepairPlan =
  | { readonly kind: 'recovered'; readonly steps: readonly RecoveryStep[]; readonly endOffset: Offset }
  /** All segments go; the log begins at this offset. */
  | { readonly kind: 'new' | 'gone'; readonly startOffset: Offset }
  | { readonly kind: 'corrupt'; readonly why: string };

export interface RepairInput {
  readonly recoveryPoint: Offset;
  readonly logStartOffset: Offset;
  /** In order, as far as each continued the one before. */
  readonly scans: readonly SegmentScan[];
  /** Those behind: not scanned. */
  readonly unscanned: readonly FoundSegment[];
  /** Nothing needed a scan: the log ends at the recovery point. */
  readonly isTrusted: boolean;
}

export function planRepair(input: RepairInput): RepairPlan {
  const { recoveryPoint, scans, unscanned, logStartOffset } = input;
  const last = scans.at(-1);
  if (last === undefined) {
    if (input.isTrusted) return ending([], recoveryPoint, logStartOffset);
    // A log of which not even the first segment was durable holds nothing, unless its checkpoint says otherwise.
    if (recoveryPoint > logStartOffset) {
      return {
        kind: 'corrupt',
        why: `no segment is there, and all below offset ${recoveryPoint} was durable`,
      };
    }
    return { kind: 'new', startOffset: logStartOffset };
  }
  if (last.endOffset < recoveryPoint) {
    const what = last.problem === null ? 'the records end' : `${last.problem},`;
    return {
      kind: 'corrupt',
      why: `segment ${last.baseOffset}: ${what} at offset ${last.endOffset} (byte ${last.goodBytes}), and all below offset ${recoveryPoint} was durable`,
    };
  }
  const steps = scans.map(({ baseOffset, goodBytes, problem }, at): RecoveryStep => {
    if (problem === null) return { row: 'end', baseOffset };
    return { row: at < scans.length - 1 ? 'rest' : 'torn', baseOffset, bytes: goodBytes, why: problem };
  });
  const [next] = unscanned;
  if (next !== undefined) {
    if (next.baseOffset < recoveryPoint) {
      return {
        kind: 'corrupt',
        why: `segment ${next.baseOffset} does not follow the one before, which ends at offset ${last.endOffset}; all below offset ${recoveryPoint} was durable`,
      };
    }
    steps.push(
      last.problem === null
        ? { row: 'hole', removeFrom: next.baseOffset, why: `the one before ends at offset ${last.endOffset}` }
        : { row: 'torn', removeFrom: next.baseOffset, why: 'the one before was cut' },
    );
  }
  return ending(steps, last.endOffset, logStartOffset);
}

function ending(steps: readonly RecoveryStep[], endOffset: Offset, logStartOffset: Offset): RepairPlan {
  if (logStartOffset > endOffset) return { kind: 'gone', startOffset: logStartOffset };
  return { kind: 'recovered', steps, endOffset };
}
