/** Fetched batches, record by record, onto stdout: one write for all of a fetch, and no further fetch before there is room. */
import type { Offset } from '../../base/ids.js';
import type { FetchedBatches } from '../../client/consumer/fetcher.js';
import { batchBytes, codecOf, isControl } from '../../records/batch.js';
import { Compression } from '../../records/compression/compression.js';
import { recordsIn } from '../../records/iterate.js';
import type { Output } from '../world.js';
import type { RecordFormat } from './record-format.js';

const DECOMPRESSED_BYTES_MAX = 128 * 1024 * 1024;

export class Printer {
  readonly #output: Output;
  readonly #format: RecordFormat;
  readonly #compression = new Compression();
  #left: number;

  /** @param countMax records after which it is done; Infinity for no end */
  constructor(output: Output, format: RecordFormat, countMax: number) {
    this.#output = output;
    this.#format = format;
    this.#left = countMax;
  }

  /** It printed as many as it was asked for, or nobody reads any more. */
  get isDone(): boolean {
    return this.#left <= 0 || this.#output.closed;
  }

  /**
   * Prints records below `end`. Resolves, when the output has room again, to the offset after the last one that was looked at.
   * @throws CompressionError, CorruptBatchError
   */
  async print(fetched: FetchedBatches, end: Offset): Promise<Offset> {
    const { topic, partition, batches, from } = fetched;
    const parts: (Buffer | string)[] = [];
    let next = from;
    let stopped = false;
    for (let at = 0; at < batches.length && !stopped; at += batchBytes(batches, at)) {
      if (isControl(batches, at)) continue;
      await this.#compression.load(codecOf(batches, at));
      for (const record of recordsIn(batches, at, this.#compression, DECOMPRESSED_BYTES_MAX)) {
        if (record.offset < from) continue;
        stopped = this.#left <= 0 || record.offset >= end;
        if (stopped) break;
        this.#format({ topic, partition, record }, parts);
        next = record.offset + 1;
        this.#left--;
      }
    }
    // Two pieces a record: joined first, since a write costs more than a copy.
    if (parts.length > 0) {
      const bytes = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
      if (!this.#output.write(bytes)) await this.#output.drained();
    }
    return stopped ? next : fetched.nextOffset;
  }
}
