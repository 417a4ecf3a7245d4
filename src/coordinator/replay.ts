import type { Offset } from '../base/ids.js';
import { crcMatches, headerProblem, isControl, isTransactional, lastOffset } from '../records/batch.js';
import type { Compression } from '../records/compression/compression.js';
import { batchesIn, recordsIn } from '../records/iterate.js';
import type { Decoded, RecordFormat } from './machine.js';

/** Keys and values that are replayed before others get a turn: 1 to 2 ms of offsets. */
export const REPLAY_SLICE_BYTES = 32 * 1024;

export interface ReplayLimits {
  readonly compression: Compression;
  /** Of one batch, unfolded. */
  readonly decompressedBytesMax: number;
}

/**
 * Applies the log's records, chunk by chunk, and stops at the first that it cannot read: what was acknowledged must not be denied
 * because it was not understood. Records of unknown types are another matter: they were never ours to serve.
 */
export class Replay<Rec> {
  /** Behind the last batch seen. */
  endOffset: Offset = 0;
  records = 0;
  unknownRecords = 0;
  readonly unknownKeyVersions = new Set<number>();
  /** Why the log cannot be served, as a sentence. */
  refusal: string | null = null;
  readonly #format: RecordFormat<Rec>;
  readonly #limits: ReplayLimits;
  readonly #apply: (record: Rec) => void;
  #sliceBytes = 0;

  constructor(format: RecordFormat<Rec>, limits: ReplayLimits, apply: (record: Rec) => void) {
    this.#format = format;
    this.#limits = limits;
    this.#apply = apply;
  }

  /** @param batches whole batches, in the order of the log */
  take(batches: Buffer): void {
    for (const _ of this.slices(batches));
  }

  /** The same in slices, pausing after each but the last. The chunk must be gone through to its end before the next one is begun. */
  *slices(batches: Buffer): Generator<void, void, void> {
    if (this.refusal !== null) return;
    try {
      for (const at of batchesIn(batches)) {
        yield* this.#takeBatch(batches, at);
        if (this.refusal !== null) return;
        this.endOffset = lastOffset(batches, at) + 1;
      }
    } catch (error) {
      this.refusal = `behind offset ${this.endOffset}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  *#takeBatch(batches: Buffer, at: number): Generator<void, void, void> {
    const problem = batchProblem(batches, at);
    if (problem !== null) {
      this.refusal = `the batch behind offset ${this.endOffset}: ${problem}`;
      return;
    }
    for (const { offset, key, value } of recordsIn(
      batches,
      at,
      this.#limits.compression,
      this.#limits.decompressedBytesMax,
    )) {
      if (this.#sliceBytes >= REPLAY_SLICE_BYTES) {
        this.#sliceBytes = 0;
        yield;
      }
      this.#sliceBytes += (key?.length ?? 0) + (value?.length ?? 0);
      const decoded: Decoded<Rec> =
        key === null ? { kind: 'unreadable', reason: 'it has no key' } : this.#format.decode(key, value);
      switch (decoded.kind) {
        case 'record':
          this.records++;
          this.#apply(decoded.record);
          break;
        case 'unknown-key':
          this.unknownRecords++;
          this.unknownKeyVersions.add(decoded.keyVersion);
          break;
        case 'unreadable':
          this.refusal = `the record at offset ${offset}: ${decoded.reason}`;
          return;
      }
    }
  }
}

function batchProblem(batches: Buffer, at: number): string | null {
  const problem = headerProblem(batches, at, batches.length - at);
  if (problem !== null) return problem;
  if (!crcMatches(batches, at)) return 'its checksum does not match';
  // Whether its records count is for a marker further on to say, and this release neither writes nor reads such markers here.
  if (isControl(batches, at) || isTransactional(batches, at)) return 'it was written by a transaction';
  return null;
}
