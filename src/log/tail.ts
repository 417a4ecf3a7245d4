/**
 * The newest bytes of a log, in memory. Appends go here first; the writer takes them from here to the file, the committer to the
 * journal, and consumers that keep up are served from here without touching the disk.
 *
 * Bytes are copied in once, into chunks of our own (a view on a socket's buffer would pin all of that), and do not change while
 * anybody reads them: a chunk whose end was taken back is not written to again, and the memory of one that is evicted goes round
 * (base/slabs.ts) only when its last reader has let go. A batch lies in one chunk, and a chunk in one segment.
 *
 * Positions are counted in the log's *stream*: bytes appended since it was opened, over all segments. What was
 * taken back leaves its positions, so they rise and are reused by nobody but the bytes that follow.
 *
 * Chunks adapt: the first is small, each next one twice as large up to a bound, so that a partition with one record a minute does
 * not cost what a busy one does.
 */
import { assert } from '../base/assert.js';
import type { Offset } from '../base/ids.js';
import { SLAB_BYTES_MIN, type Slab, SlabPool } from '../base/slabs.js';
import { batchBytes, lastOffset } from '../records/batch.js';
import type { UnsyncedRange } from './journal.js';
import type { Evictable, TailBudget } from './tail-budget.js';

const CHUNK_BYTES_MIN = 1024;
const CHUNK_BYTES_MAX = 256 * 1024;
/** A batch larger than this gets a chunk of its own size: in a shared one it would leave too much unused behind others. */
const SHARED_BATCH_BYTES_MAX = CHUNK_BYTES_MAX / 4;

interface Chunk {
  readonly buffer: Buffer;
  /** Where the buffer lies; null for one too small to go round. */
  readonly slab: Slab | null;
  /** Bytes in use. */
  bytes: number;
  /** Of the first byte, in the stream. */
  readonly stream: number;
  readonly segmentBaseOffset: Offset;
  /** Of the first byte, in the segment's file. */
  readonly position: number;
  readonly baseOffset: Offset;
  /** Behind the last batch. */
  endOffset: Offset;
  /** Nothing more is put in. */
  sealed: boolean;
  /** Since the budget's hand last passed. */
  read: boolean;
}

/** Bytes for one write. */
export interface TailRun extends UnsyncedRange {
  /** In the stream, behind the last byte. */
  readonly streamEnd: number;
  readonly endOffset: Offset;
}

export interface TailRead {
  readonly parts: Buffer[];
  /** What the parts lie in, held for the reader: see LogRead. */
  readonly slabs: Slab[];
  readonly bytes: number;
  readonly nextOffset: Offset;
}

export class Tail implements Evictable {
  readonly #budget: TailBudget;
  readonly #slabs: SlabPool;
  readonly #chunks: Chunk[] = [];
  #nextChunkBytes = CHUNK_BYTES_MIN;
  #streamEnd = 0;
  /** Below it, bytes may be evicted: they can be read from the file and nobody needs them in memory. */
  #settled = 0;

  constructor(budget: TailBudget, slabs: SlabPool = new SlabPool()) {
    this.#budget = budget;
    this.#slabs = slabs;
  }

  /** Where the next byte will lie. */
  get streamEnd(): number {
    return this.#streamEnd;
  }

  /** Where the oldest byte in memory lies. */
  get streamStart(): number {
    return this.#chunks[0]?.stream ?? this.#streamEnd;
  }

  /** Bytes in use and reserved. */
  get reservedBytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.buffer.length, 0);
  }

  /** Copies one whole batch. */
  append(
    batch: Buffer,
    place: {
      readonly segmentBaseOffset: Offset;
      readonly position: number;
      readonly baseOffset: Offset;
      readonly endOffset: Offset;
    },
  ): void {
    let chunk = this.#chunks.at(-1);
    if (
      chunk === undefined ||
      chunk.sealed ||
      chunk.segmentBaseOffset !== place.segmentBaseOffset ||
      chunk.bytes + batch.length > chunk.buffer.length
    ) {
      chunk = this.#addChunk(batch.length, place);
    }
    assert(
      chunk.position + chunk.bytes === place.position,
      'bytes in the tail follow one another as in the file',
    );
    batch.copy(chunk.buffer, chunk.bytes);
    chunk.bytes += batch.length;
    chunk.endOffset = place.endOffset;
    this.#streamEnd += batch.length;
    this.#budget.unsettled(batch.length);
  }

  /**
   * Whole batches from the one that contains `from`, or null when the tail does not reach back so far.
   * @param limits.upTo exclusive: no batch with a record at or above it
   */
  read(
    from: Offset,
    limits: { readonly maxBytes: number; readonly upTo: Offset; readonly atLeastOneBatch: boolean },
  ): TailRead | null {
    const first = this.#chunkOf(from);
    if (first < 0) return null;
    const parts: Buffer[] = [];
    const slabs: Slab[] = [];
    let bytes = 0;
    let nextOffset = from;
    for (let index = first; index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index]!;
      const start = index === first ? positionOf(chunk, from) : 0;
      let end = start;
      if (chunk.endOffset <= limits.upTo && bytes + chunk.bytes - start <= limits.maxBytes) {
        end = chunk.bytes;
        nextOffset = chunk.endOffset;
      } else {
        while (end < chunk.bytes) {
          const next = lastOffset(chunk.buffer, end) + 1;
          const size = batchBytes(chunk.buffer, end);
          const fits = bytes + end - start + size <= limits.maxBytes;
          const isFirst = parts.length === 0 && end === start;
          if (next > limits.upTo || !(fits || (isFirst && limits.atLeastOneBatch))) break;
          end += size;
          nextOffset = next;
        }
      }
      chunk.read = true;
      if (end > start) {
        parts.push(chunk.buffer.subarray(start, end));
        if (chunk.slab !== null) {
          chunk.slab.hold();
          slabs.push(chunk.slab);
        }
      }
      bytes += end - start;
      if (end < chunk.bytes) break;
    }
    return { parts, slabs, bytes, nextOffset };
  }

  /**
   * What `read` would give without a limit, in bytes: counted until they are `enough`. Null when the tail does not reach back so far.
   * Called at every move while somebody waits for many bytes, so it makes nothing.
   */
  bytesBetween(from: Offset, upTo: Offset, enough: number): number | null {
    const first = this.#chunkOf(from);
    if (first < 0) return null;
    let bytes = 0;
    for (let index = first; index < this.#chunks.length && bytes < enough; index++) {
      const chunk = this.#chunks[index]!;
      chunk.read = true;
      const start = index === first ? positionOf(chunk, from) : 0;
      if (chunk.endOffset <= upTo) {
        bytes += chunk.bytes - start;
        continue;
      }
      for (let at = start; at < chunk.bytes && lastOffset(chunk.buffer, at) < upTo; ) {
        const size = batchBytes(chunk.buffer, at);
        bytes += size;
        at += size;
      }
      break;
    }
    return bytes;
  }

  /** What lies from `stream` on in one segment, up to `bytesMax` or a little more: cut where a chunk ends. Null: nothing. */
  runFrom(stream: number, bytesMax: number): TailRun | null {
    const [run] = this.#runs(stream, this.#streamEnd, { runsMax: 1, bytesMax });
    return run ?? null;
  }

  /** What lies in [from, to), segment by segment. */
  runsBetween(from: number, to: number): TailRun[] {
    assert(from >= this.streamStart, 'what is asked of the tail is still in it');
    return this.#runs(from, to, { runsMax: Infinity, bytesMax: Infinity });
  }

  #runs(
    from: number,
    to: number,
    limits: { readonly runsMax: number; readonly bytesMax: number },
  ): TailRun[] {
    const runs: TailRun[] = [];
    let parts: Buffer[] = [];
    let bytes = 0;
    for (const [index, chunk] of this.#chunks.entries()) {
      if (chunk.stream + chunk.bytes <= from || chunk.stream >= to) continue;
      const start = Math.max(0, from - chunk.stream);
      const end = Math.min(chunk.bytes, to - chunk.stream);
      parts.push(chunk.buffer.subarray(start, end));
      bytes += end - start;
      const next = this.#chunks[index + 1];
      const goesOn =
        next !== undefined &&
        next.segmentBaseOffset === chunk.segmentBaseOffset &&
        next.stream < to &&
        bytes < limits.bytesMax;
      if (goesOn) continue;
      runs.push({
        segmentBaseOffset: chunk.segmentBaseOffset,
        position: chunk.position + end - bytes,
        parts,
        bytes,
        streamEnd: chunk.stream + end,
        endOffset:
          end === chunk.bytes ? chunk.endOffset : lastOffset(chunk.buffer, lastBatchBefore(chunk, end)) + 1,
      });
      if (runs.length === limits.runsMax) return runs;
      parts = [];
      bytes = 0;
    }
    return runs;
  }

  /** Bytes below `stream` may be evicted from now on. */
  settle(stream: number): void {
    if (stream <= this.#settled) return;
    this.#budget.settled(stream - this.#settled);
    this.#settled = stream;
    this.#budget.enforce();
  }

  /** Forgets what lies at `stream` and behind it, where a batch begins; the bytes stay whole for those who have views of them. */
  takeBack(stream: number, endOffset: Offset): void {
    for (let chunk = this.#chunks.at(-1); chunk !== undefined; chunk = this.#chunks.at(-1)) {
      if (chunk.stream + chunk.bytes <= stream) break;
      if (chunk.stream < stream) {
        chunk.bytes = stream - chunk.stream;
        chunk.endOffset = endOffset;
        break;
      }
      this.#chunks.pop();
      this.#budget.freed(this, chunk.buffer.length, this.#chunks.length === 0);
    }
    const last = this.#chunks.at(-1);
    if (last !== undefined) last.sealed = true;
    if (this.#streamEnd > stream) {
      this.#budget.settled(this.#streamEnd - Math.max(stream, this.#settled));
      this.#streamEnd = stream;
      this.#settled = Math.min(this.#settled, stream);
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.settle(this.#streamEnd);
    for (const chunk of this.#chunks.splice(0)) this.#budget.freed(this, chunk.buffer.length, true);
    this.#nextChunkBytes = CHUNK_BYTES_MIN;
  }

  /** For the budget: gives up the oldest chunk, unless it is still needed or was read since it was last asked. The bytes freed. */
  evictOldest(): number {
    const oldest = this.#chunks[0];
    // An empty one has just been made, for a batch that is about to be put in.
    if (oldest === undefined || oldest.bytes === 0) return 0;
    if (oldest.stream + oldest.bytes > this.#settled) return 0;
    if (oldest.read) {
      oldest.read = false;
      return 0;
    }
    this.#chunks.shift();
    // It is settled, so nobody writes or syncs from it; readers have holds of their own. What is taken back or cleared instead is left
    // to the collector: a write that failed may still be reading it.
    oldest.slab?.release();
    if (this.#chunks.length === 0) this.#nextChunkBytes = CHUNK_BYTES_MIN;
    return oldest.buffer.length;
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  #addChunk(
    batchSize: number,
    place: { readonly segmentBaseOffset: Offset; readonly position: number; readonly baseOffset: Offset },
  ): Chunk {
    let size = batchSize;
    if (batchSize <= SHARED_BATCH_BYTES_MAX) {
      size = Math.max(this.#nextChunkBytes, batchSize);
      this.#nextChunkBytes = Math.min(CHUNK_BYTES_MAX, size * 2);
    }
    const slab = size >= SLAB_BYTES_MIN ? this.#slabs.take(size) : null;
    const chunk: Chunk = {
      // A small one not from Node's block: a slice of that would pin 8 KiB of somebody else's.
      buffer: slab?.buffer ?? Buffer.allocUnsafeSlow(size),
      slab,
      bytes: 0,
      stream: this.#streamEnd,
      segmentBaseOffset: place.segmentBaseOffset,
      position: place.position,
      baseOffset: place.baseOffset,
      endOffset: place.baseOffset,
      sealed: false,
      read: false,
    };
    this.#chunks.push(chunk);
    this.#budget.reserved(this, chunk.buffer.length);
    return chunk;
  }

  /** Index of the chunk with the batch that contains `from`, or the first one behind it; −1 when that lies before the tail. */
  #chunkOf(from: Offset): number {
    const [oldest] = this.#chunks;
    if (oldest === undefined || from < oldest.baseOffset) return -1;
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#chunks[middle]!.endOffset <= from) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Of the first batch whose last offset is not below `from`. */
function positionOf(chunk: Chunk, from: Offset): number {
  let at = 0;
  while (at < chunk.bytes && lastOffset(chunk.buffer, at) < from) at += batchBytes(chunk.buffer, at);
  return at;
}

function lastBatchBefore(chunk: Chunk, end: number): number {
  let at = 0;
  for (;;) {
    const next = at + batchBytes(chunk.buffer, at);
    if (next >= end) return at;
    at = next;
  }
}
