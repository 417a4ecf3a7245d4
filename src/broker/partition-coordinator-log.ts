/** A partition of `__consumer_offsets`, as its coordinator sees it. */
import type { LeaderEpoch, Offset, PartitionIndex } from '../base/ids.js';
import type { CoordinatorLog } from '../coordinator/coordinator-log.js';
import type { Partition } from '../replication/partition.js';
import { infoOf } from '../records/validate.js';
import { ErrorCode } from '../wire/errors.js';

const REPLAY_CHUNK_BYTES = 1024 * 1024;

export class PartitionCoordinatorLog implements CoordinatorLog {
  readonly topic: string;
  readonly partition: PartitionIndex;
  readonly epoch: LeaderEpoch;
  readonly #partition: Partition;

  constructor(partition: Partition) {
    this.topic = partition.identity.topic;
    this.partition = partition.identity.index;
    this.epoch = partition.leaderEpoch;
    this.#partition = partition;
  }

  get batchBytesMax(): number {
    const { maxMessageBytes, segmentBytes } = this.#partition.log.config;
    return Math.min(maxMessageBytes, segmentBytes);
  }

  append(batch: Buffer): { endOffset: Offset } | { error: ErrorCode } {
    const unavailable = this.#partition.unavailable(this.epoch);
    if (unavailable !== ErrorCode.NONE) return { error: unavailable };
    const outcome = this.#partition.log.append(batch, infoOf(batch, 0), this.epoch);
    if (outcome.kind === 'rejected') return { error: outcome.error };
    return { endOffset: outcome.lastOffset + 1 };
  }

  whenCommitted(endOffset: Offset, done: (error: ErrorCode) => void): void {
    const unavailable = this.#partition.unavailable(this.epoch);
    if (unavailable !== ErrorCode.NONE) return done(unavailable);
    this.#partition.whenCommitted(endOffset, done);
  }

  async readAll(onBatches: (batches: Buffer) => Promise<void>): Promise<ErrorCode> {
    const { log } = this.#partition;
    let from = log.startOffset;
    while (from < log.endOffset) {
      const unavailable = this.#partition.unavailable(this.epoch);
      if (unavailable !== ErrorCode.NONE) return unavailable;
      const end = log.endOffset;
      const read = await log.read(from, { maxBytes: REPLAY_CHUNK_BYTES, upTo: end, atLeastOneBatch: true });
      // What is appended but not yet written cannot be read yet: it is ours, and will be written or taken back.
      if (read.bytes === 0) await new Promise<void>((resolve) => this.#partition.onceMoved(resolve));
      for (const part of read.parts) await onBatches(part);
      from = read.nextOffset;
    }
    return ErrorCode.NONE;
  }
}
