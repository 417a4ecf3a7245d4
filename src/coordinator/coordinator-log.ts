import type { LeaderEpoch, Offset, PartitionIndex } from '../base/ids.js';
import type { ErrorCode } from '../wire/errors.js';

/**
 * The replicated partition that a coordinator keeps its records in, led by this broker at `epoch`. The replication layer
 * implements it; a new epoch comes with a new object.
 */
export interface CoordinatorLog {
  readonly topic: string;
  readonly partition: PartitionIndex;
  readonly epoch: LeaderEpoch;
  /** The largest batch that `append` takes at present; the topic's settings say so, and may change. */
  readonly batchBytesMax: number;
  /** Takes one whole batch: its order is fixed on return, its durability comes later. `endOffset` lies behind its last record. */
  append(batch: Buffer): { endOffset: Offset } | { error: ErrorCode };
  /**
   * Calls `done` once: with NONE when the high watermark reaches `endOffset`, with an error when what lies below it was taken back or
   * leadership moved. May call it before it returns.
   */
  whenCommitted(endOffset: Offset, done: (error: ErrorCode) => void): void;
  /**
   * Replays from the log's start to its end, uncommitted tail included, in chunks of whole batches, and goes on when `onBatches` has
   * dealt with one. Resolves to NONE at the end.
   */
  readAll(onBatches: (batches: Buffer) => Promise<void>): Promise<ErrorCode>;
}
