/**
 * Which leader epoch wrote which part of a log: (epoch, first offset) pairs, both strictly rising (KIP-101, KIP-279).
 *
 * After a change of leader a replica asks where the leader's part of the replica's own last epoch ends, and truncates to
 * that. The high watermark cannot tell: it lags, and two leaders may have written different records at one offset.
 * Consumers ask the same to notice that what they read was taken back (KIP-320).
 */
import { assert } from '../base/assert.js';
import { type LeaderEpoch, NO_EPOCH, NO_OFFSET, type Offset } from '../base/ids.js';
import { encodeCheckpointLines, type Parsed, parseCheckpointLines, wholeNumber } from './checkpoint-lines.js';

export interface EpochStart {
  readonly epoch: LeaderEpoch;
  readonly startOffset: Offset;
}

export interface EpochEnd {
  readonly epoch: LeaderEpoch;
  /** Exclusive. */
  readonly endOffset: Offset;
}

export const UNKNOWN_EPOCH_END: EpochEnd = { epoch: NO_EPOCH, endOffset: NO_OFFSET };

export class LeaderEpochs {
  #starts: EpochStart[] = [];

  /** @param starts as `entries` gave them, or as they stand in a checkpoint, in order */
  constructor(starts: Iterable<EpochStart> = []) {
    for (const { epoch, startOffset } of starts) this.assign(epoch, startOffset);
  }

  /** Oldest first. The array is a copy: kept, it can put an earlier state back. */
  entries(): EpochStart[] {
    return [...this.#starts];
  }

  /** −1: no epoch is known. */
  get latest(): LeaderEpoch {
    return this.#starts.at(-1)?.epoch ?? NO_EPOCH;
  }

  /**
   * `epoch` begins at `startOffset`. An epoch that already began keeps its start, unless it turns out to be earlier. Whatever
   * contradicts the new pair (a later start, or an epoch not older) goes: it was never written to, or was truncated.
   * Returns whether anything changed, that is, whether the checkpoint is to be written.
   */
  assign(epoch: LeaderEpoch, startOffset: Offset): boolean {
    assert(epoch >= 0 && startOffset >= 0, 'an epoch and its start are not negative');
    const latest = this.#starts.at(-1);
    if (latest !== undefined && latest.epoch === epoch && latest.startOffset <= startOffset) return false;
    const kept = this.#starts.filter((start) => start.epoch < epoch && start.startOffset < startOffset);
    this.#starts = [...kept, { epoch, startOffset }];
    return true;
  }

  /**
   * The largest epoch not above `epoch`, and where it ends: at the start of the next one, or at the end of the log.
   * An epoch older than all known ones ends where they begin: its records are gone, and that is where a
   * follower can go on. A newer one than all is unknown: (−1, −1).
   */
  endOffsetFor(epoch: LeaderEpoch, logEndOffset: Offset): EpochEnd {
    if (epoch < 0 || epoch > this.latest) return UNKNOWN_EPOCH_END;
    if (epoch === this.latest) return { epoch, endOffset: logEndOffset };
    const next = this.#starts.findIndex((start) => start.epoch > epoch);
    const { startOffset } = this.#starts[next]!;
    return { epoch: this.#starts[next - 1]?.epoch ?? epoch, endOffset: startOffset };
  }

  /** The epoch whose leader wrote the record at `offset`; −1 if that lies before all that is known. */
  epochAt(offset: Offset): LeaderEpoch {
    for (let at = this.#starts.length - 1; at >= 0; at--) {
      const start = this.#starts[at]!;
      if (start.startOffset <= offset) return start.epoch;
    }
    return NO_EPOCH;
  }

  /** The log now ends at `endOffset`: epochs that begin there or later wrote nothing that is left. Returns whether any went. */
  truncateFromEnd(endOffset: Offset): boolean {
    const before = this.#starts.length;
    this.#starts = this.#starts.filter((start) => start.startOffset < endOffset);
    return this.#starts.length !== before;
  }

  /**
   * The log now begins at `startOffset`: epochs that ended before are forgotten, and the one that wrote the first
   * record left begins there. Returns whether anything changed.
   */
  truncateFromStart(startOffset: Offset): boolean {
    const first = this.epochAt(startOffset);
    if (first === NO_EPOCH) return false;
    const moved = { epoch: first, startOffset };
    const [oldest] = this.#starts;
    if (oldest?.epoch === first && oldest.startOffset === startOffset) return false;
    this.#starts = [moved, ...this.#starts.filter((start) => start.startOffset > startOffset)];
    return true;
  }

  clear(): void {
    this.#starts = [];
  }
}

/** Kafka's `leader-epoch-checkpoint`, version 0: one `epoch startOffset` a line. */
export function encodeEpochCheckpoint(entries: readonly EpochStart[]): Buffer {
  return encodeCheckpointLines(entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`));
}

export function parseEpochCheckpoint(bytes: Buffer): Parsed<EpochStart[]> {
  return parseCheckpointLines(bytes, (fields) => {
    const [epoch, startOffset] = fields.map(wholeNumber);
    if (fields.length !== 2 || epoch === undefined || startOffset === undefined) return undefined;
    return { epoch, startOffset };
  });
}
