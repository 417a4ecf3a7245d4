/**
 * Which of a log's oldest segments may go, and why: a pure plan, in the order in which Kafka asks (time, size, log start).
 *
 * Whole segments go, oldest first, and none that holds a record at or above the high watermark: what is not committed
 * may still be truncated, and a log must never begin above its high watermark.
 */
import type { Millis, Offset } from '../base/ids.js';
import type { LogConfig } from './config.js';

export interface RetentionSegment {
  readonly baseOffset: Offset;
  readonly bytes: number;
  /** Of its records; −1 if there is none with a timestamp. */
  readonly maxTimestamp: Millis;
  /** When its file was last written: stands in for a missing timestamp. */
  readonly lastModified: Millis;
}

export interface RetentionInput {
  /** Oldest first; the last one is active. */
  readonly segments: readonly RetentionSegment[];
  readonly config: Pick<LogConfig, 'retentionMs' | 'retentionBytes' | 'deleteOld'>;
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  readonly highWatermark: Offset;
  readonly nowMs: Millis;
}

/** `retention.ms`, `retention.bytes`, or the log start passed it (DeleteRecords). */
export type RetentionReason = 'time' | 'size' | 'log start';

export interface RetentionPlan {
  /** One for each leading segment to remove. */
  readonly reasons: readonly RetentionReason[];
  /** The active segment is among them, so a new one must be rolled before it may go. */
  readonly rollFirst: boolean;
  readonly logStartOffset: Offset;
}

export function planRetention(input: RetentionInput): RetentionPlan {
  const { segments, config, highWatermark, logEndOffset, nowMs } = input;
  const endOf = (at: number): Offset => segments[at + 1]?.baseOffset ?? logEndOffset;
  const reasons: RetentionReason[] = [];

  const removeWhile = (
    reason: RetentionReason,
    goes: (segment: RetentionSegment, at: number) => boolean,
  ): void => {
    for (let at = reasons.length; at < segments.length; at++) {
      const segment = segments[at]!;
      const isEmptyTail = at === segments.length - 1 && segment.bytes === 0;
      if (isEmptyTail || endOf(at) > highWatermark || !goes(segment, at)) return;
      reasons.push(reason);
    }
  };

  if (config.deleteOld && config.retentionMs >= 0) {
    removeWhile('time', (segment) => nowMs - newestTimestamp(segment) > config.retentionMs);
  }
  if (config.deleteOld && config.retentionBytes >= 0) {
    let left = segments.reduce((sum, segment, at) => (at < reasons.length ? sum : sum + segment.bytes), 0);
    removeWhile('size', (segment) => {
      // What stays must still be retention.bytes or more: the setting is what is kept at least.
      if (left - segment.bytes < config.retentionBytes) return false;
      left -= segment.bytes;
      return true;
    });
  }
  // Under every cleanup policy: what DeleteRecords gave up can no longer be read.
  removeWhile('log start', (_, at) => endOf(at) <= input.logStartOffset);

  const removed = reasons.length;
  return {
    reasons,
    rollFirst: removed > 0 && removed === segments.length,
    logStartOffset: removed === 0 ? input.logStartOffset : Math.max(input.logStartOffset, endOf(removed - 1)),
  };
}

function newestTimestamp(segment: RetentionSegment): Millis {
  return segment.maxTimestamp >= 0 ? segment.maxTimestamp : segment.lastModified;
}
