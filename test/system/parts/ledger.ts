/**
 * What producers have sent and what was acknowledged, and whether a partition holds what that promises:
 *
 * - every acknowledged batch is there, at its offset, byte for byte (but for the offset and the leader epoch, which the broker writes);
 * - nothing is there that was not sent, and nothing twice;
 * - of each producer, batches lie in the order in which they were sent, and of an idempotent one without a gap;
 * - offsets run without a gap.
 */
import { AT, baseOffset, batchBytes, lastOffset, producerId } from '../../../src/records/batch.js';
import type { Compression } from '../../../src/records/compression/compression.js';
import { batchesIn, recordsIn } from '../../../src/records/iterate.js';

export interface SentBatch {
  /** Unique over all batches: the first record's key. */
  readonly marker: string;
  readonly producer: string;
  /** Counts the producer's batches to this partition. */
  readonly number: number;
  readonly idempotent: boolean;
  readonly bytes: Buffer;
  acknowledgedAt: number | null;
  /** Where it was found. */
  seenAt: number | null;
}

const DECOMPRESSED_MAX = 1 << 26;

export class PartitionLedger {
  readonly topic: string;
  readonly partition: number;
  readonly #sent = new Map<string, SentBatch>();
  /** Acknowledged, by offset. */
  readonly #acknowledged = new Map<number, SentBatch>();
  readonly #compression: Compression;
  /** Where the next look begins, and the last batch seen of each producer before it. */
  #next = 0;
  #lastNumber = new Map<string, number>();

  constructor(topic: string, partition: number, compression: Compression) {
    this.topic = topic;
    this.partition = partition;
    this.#compression = compression;
  }

  get name(): string {
    return `${this.topic}-${this.partition}`;
  }

  get acknowledgedCount(): number {
    return this.#acknowledged.size;
  }

  get nextOffset(): number {
    return this.#next;
  }

  sent(batch: SentBatch): void {
    if (this.#sent.has(batch.marker))
      throw new Error(`${batch.marker} was sent before: markers must be unique`);
    this.#sent.set(batch.marker, batch);
  }

  acknowledged(batch: SentBatch, offset: number): void {
    const other = this.#acknowledged.get(offset);
    if (other && other !== batch) {
      throw new Error(`${this.name}@${offset} was acknowledged for ${other.marker} and for ${batch.marker}`);
    }
    if (batch.acknowledgedAt !== null) throw new Error(`${batch.marker} was acknowledged twice`);
    if (batch.seenAt !== null && batch.seenAt !== offset) {
      throw new Error(`${batch.marker} was found at ${batch.seenAt} and then acknowledged at ${offset}`);
    }
    batch.acknowledgedAt = offset;
    this.#acknowledged.set(offset, batch);
  }

  /** Looks again from the first offset. */
  rewind(): void {
    this.#next = 0;
    this.#lastNumber = new Map();
    for (const batch of this.#sent.values()) batch.seenAt = null;
  }

  /** Takes what a fetch from `nextOffset` gave. @throws Error that says what is wrong with it */
  read(records: Buffer): void {
    for (const at of batchesIn(records)) {
      const offset = baseOffset(records, at);
      if (offset !== this.#next) throw new Error(`${this.name}: ${this.#next} is followed by ${offset}`);
      this.#check(records.subarray(at, at + batchBytes(records, at)), offset);
      this.#next = lastOffset(records, at) + 1;
    }
  }

  /** After reading to the end: nothing that was acknowledged below it may be missing, and nothing lies above it. */
  ended(highWatermark: number): void {
    if (this.#next !== highWatermark)
      throw new Error(`${this.name}: read to ${this.#next} of ${highWatermark}`);
    for (const [offset, batch] of this.#acknowledged) {
      if (batch.seenAt === null) {
        throw new Error(
          `${this.name}: ${batch.marker}, acknowledged at ${offset}, is lost; the log ends at ${highWatermark}`,
        );
      }
    }
  }

  #check(batch: Buffer, offset: number): void {
    const [first] = recordsIn(batch, 0, this.#compression, DECOMPRESSED_MAX);
    const marker = first?.key?.toString() ?? '';
    const sent = this.#sent.get(marker);
    const where = `${this.name}@${offset}`;
    if (!sent)
      throw new Error(
        `${where}: nobody sent ${JSON.stringify(marker)} (producer id ${producerId(batch, 0)})`,
      );
    if (sent.seenAt !== null) throw new Error(`${where}: ${marker} is there twice, first at ${sent.seenAt}`);
    if (!batch.subarray(AT.magic).equals(sent.bytes.subarray(AT.magic))) {
      throw new Error(`${where}: ${marker} is not what was sent`);
    }
    if (sent.acknowledgedAt !== null && sent.acknowledgedAt !== offset) {
      throw new Error(`${where}: ${marker} was acknowledged at ${sent.acknowledgedAt}`);
    }
    const before = this.#lastNumber.get(sent.producer) ?? -1;
    if (sent.number <= before)
      throw new Error(`${where}: ${marker} comes after batch ${before} of its producer`);
    if (sent.idempotent && sent.number !== before + 1) {
      throw new Error(
        `${where}: ${marker} follows batch ${before} of its producer: one is missing between them`,
      );
    }
    this.#lastNumber.set(sent.producer, sent.number);
    sent.seenAt = offset;
  }
}
