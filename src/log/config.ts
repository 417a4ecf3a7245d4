import type { Millis } from '../base/ids.js';
import type { CodecId } from '../records/compression/compressor.js';

/**
 * When an append counts as durable. `fsync`: once fdatasync covers it (the default, stronger than Kafka's).
 * `interval`: once written; synced every `flush.interval.ms`. `os`: once written; synced when the system likes,
 * at a roll and at a clean stop. Under both also when so much has been written that the system would stall over it (log-writer).
 */
export type FlushPolicy = 'fsync' | 'interval' | 'os';

/** The settings of one topic's logs, resolved: topic over broker over default. Kafka's name of each stands beside it. */
export interface LogConfig {
  /** `segment.bytes` */
  readonly segmentBytes: number;
  /** `segment.ms`: a segment older than this rolls at the next append. */
  readonly segmentMs: Millis;
  /** `retention.ms`; −1 is for ever. */
  readonly retentionMs: Millis;
  /** `retention.bytes` of one partition; −1 is without limit. */
  readonly retentionBytes: number;
  /** `index.interval.bytes`: an index entry for at most each so many bytes of log. */
  readonly indexIntervalBytes: number;
  /** `segment.index.bytes`: an index file that would grow beyond this rolls the segment. */
  readonly segmentIndexBytes: number;
  /** `file.delete.delay.ms`: how long a deleted segment's files stay, renamed, for readers under way. */
  readonly fileDeleteDelayMs: Millis;
  /** `max.message.bytes`: of one batch as it lies on disk. */
  readonly maxMessageBytes: number;
  /** `message.timestamp.type` */
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  /** `message.timestamp.before.max.ms`: how far in the past a record's timestamp may lie. */
  readonly timestampBeforeMaxMs: Millis;
  /** `message.timestamp.after.max.ms`: how far in the future; bounded, so that a record from the future cannot block retention. */
  readonly timestampAfterMaxMs: Millis;
  /** `cleanup.policy` contains `compact`. */
  readonly compact: boolean;
  /** `cleanup.policy` contains `delete`. */
  readonly deleteOld: boolean;
  /** `min.insync.replicas` */
  readonly minInsyncReplicas: number;
  /** `flush.policy` (ours) */
  readonly flushPolicy: FlushPolicy;
  /** `flush.ms`: under `interval`, the longest an append stays unsynced. */
  readonly flushIntervalMs: Millis;
  /** `produce.validation` (ours): what an arriving batch is checked for. */
  readonly produceValidation: 'relaxed' | 'strict';
  /** `compression.type`: the codec that batches lie on disk with; null leaves each as it came (`producer`). */
  readonly recompressTo: CodecId | null;
  /** `compression.gzip.level`: 1 to 9, −1 for zlib's own choice. */
  readonly gzipLevel: number;
  /** `compression.zstd.level` */
  readonly zstdLevel: number;
}

const MiB = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Kafka's defaults where Kafka has the setting. */
export const DEFAULT_LOG_CONFIG: LogConfig = {
  segmentBytes: 1024 * MiB,
  segmentMs: 7 * DAY_MS,
  retentionMs: 7 * DAY_MS,
  retentionBytes: -1,
  indexIntervalBytes: 4096,
  segmentIndexBytes: 10 * MiB,
  fileDeleteDelayMs: 60_000,
  maxMessageBytes: MiB + 12,
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: 3_600_000,
  compact: false,
  deleteOld: true,
  minInsyncReplicas: 1,
  flushPolicy: 'fsync',
  flushIntervalMs: 1000,
  produceValidation: 'relaxed',
  recompressTo: null,
  gzipLevel: -1,
  zstdLevel: 3,
};
