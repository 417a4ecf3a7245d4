/**
 * One segment: a stretch of a log from its base offset on, in a file of whole batches one behind the other, with its two indexes.
 *
 * Its life: *pending* (appends are queued for it; the file does not exist), *active* (the newest one; the file is held open, the indexes
 * are in memory alone), *inactive* (nothing is appended; once *sealed*, its index files are durable, and file and memory are let go
 * and taken again as readers come), *removed*.
 *
 * Invariants: writtenBytes <= bytes; up to writtenBytes the file holds whole batches, and those bytes change only by `truncate`,
 * after which the log opens the segment anew; a reader meets either the old bytes or a clean miss.
 */
import { join } from 'node:path';
import { assert } from '../base/assert.js';
import { systemErrorCode } from '../base/errors.js';
import { type Millis, NO_TIMESTAMP, type Offset } from '../base/ids.js';
import type { SlabPool } from '../base/slabs.js';
import type { Disk, DiskFile } from '../ports/disk.js';
import { BATCH_HEADER_BYTES, baseOffset, batchBytes, lastOffset, maxTimestamp } from '../records/batch.js';
import { readInt64 } from '../records/int64.js';
import { ErrorCode } from '../wire/errors.js';
import { type WalkEnd, walkBatches } from './batch-walk.js';
import { readFileIfPresent } from './checkpoint.js';
import { OffsetIndex } from './offset-index.js';
import type { OpenSegments, Reopenable } from './open-segments.js';
import { type AppendedBatch, type ContentMark, placeProblem, SegmentContent } from './segment-content.js';
import { LOG_SUFFIX, OFFSET_INDEX_SUFFIX, segmentFileName, TIME_INDEX_SUFFIX } from './segment-names.js';
import { type LogRead, type ReadLimits, readBatches } from './segment-read.js';
import { StorageError } from './storage-error.js';
import { TIME_INDEX_ENTRY_BYTES, TimeIndex } from './time-index.js';

const SCAN_WINDOW_BYTES = 1024 * 1024;

/** What the segments of one log share. */
export interface SegmentHome {
  readonly disk: Disk;
  /** The log's own directory. */
  readonly directory: string;
  readonly openSegments: OpenSegments;
  /** Where reads and chunks of the tail get their memory. */
  readonly slabs: SlabPool;
}

export type SegmentPhase = 'pending' | 'active' | 'inactive' | 'removed';

export class Segment implements Reopenable {
  readonly baseOffset: Offset;
  readonly #home: SegmentHome;
  #phase: SegmentPhase;
  #file: DiskFile | null = null;
  #content: SegmentContent | null = null;
  #opening: Promise<void> | null = null;
  #closing: Promise<void> = Promise.resolve();
  /** What counts while the content is not in memory. */
  #bytesAtRest: number;
  #writtenBytes: number;
  /** Written to since the last sync began. */
  #dirty = false;
  #syncing: Promise<void> | null = null;
  /** Null: nobody has asked yet. */
  #newestTimestamp: Millis | null = null;
  /** When it was made, or found at start: stands in for timestamps that records do not have. */
  readonly madeMs: Millis;
  #sealed = false;

  private constructor(
    home: SegmentHome,
    baseOffset: Offset,
    phase: SegmentPhase,
    bytes: number,
    nowMs: Millis,
  ) {
    this.#home = home;
    this.baseOffset = baseOffset;
    this.#phase = phase;
    this.#bytesAtRest = this.#writtenBytes = bytes;
    this.madeMs = nowMs;
  }

  /** One to come: appends can be counted in at once. */
  static pending(home: SegmentHome, baseOffset: Offset, nowMs: Millis): Segment {
    const segment = new Segment(home, baseOffset, 'pending', 0, nowMs);
    segment.#content = SegmentContent.empty(baseOffset);
    return segment;
  }

  /** One that lies on the disk; inactive until it is told otherwise. */
  static found(home: SegmentHome, baseOffset: Offset, bytes: number, nowMs: Millis): Segment {
    return new Segment(home, baseOffset, 'inactive', bytes, nowMs);
  }

  get phase(): SegmentPhase {
    return this.#phase;
  }

  /** With what is queued. */
  get bytes(): number {
    return this.#content?.bytes ?? this.#bytesAtRest;
  }

  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** Complete, its index files durable. */
  get isSealed(): boolean {
    return this.#sealed;
  }

  get indexBytes(): number {
    return this.#content?.indexBytes ?? 0;
  }

  /** Of a pending or active segment. */
  get content(): SegmentContent {
    assert(this.#content !== null, 'the content of a segment that is not sealed is in memory');
    return this.#content;
  }

  path(suffix: string): string {
    return join(this.#home.directory, segmentFileName(this.baseOffset, suffix));
  }

  // ---- Being written to

  /** Makes the file. Its name is durable once the directory has been synced. */
  async create(): Promise<void> {
    assert(this.#phase === 'pending', 'a segment is created once');
    const file = await this.#home.disk.open(this.path(LOG_SUFFIX), { create: true });
    this.#file = file;
    // An attempt that a crash or a full disk cut short may have left something.
    if (file.size > 0) await file.truncate(0);
    this.#phase = 'active';
  }

  /**
   * Takes up a segment that was found as the one to append to. Its indexes go on from what they have, so they must not be ahead of the
   * log: such ones are made anew.
   * @throws StorageError when the batches themselves are
   */
  async activate(endOffset: Offset): Promise<void> {
    await this.#open();
    if (this.content.reachesBeyond(endOffset)) {
      this.#content = await this.#rebuildContent(this.#heldFile());
      if (this.content.reachesBeyond(endOffset))
        this.#corrupt(0, `its batches reach beyond offset ${endOffset}, where the log ends`);
    }
    this.#home.openSegments.forget(this);
    this.#phase = 'active';
    this.#sealed = false;
  }

  /** Another segment follows. */
  deactivate(): void {
    assert(this.#phase === 'active', 'the segment before a new one was active');
    this.#phase = 'inactive';
  }

  append(batch: AppendedBatch, indexIntervalBytes: number): void {
    this.content.add(batch, indexIntervalBytes);
  }

  takeBack(mark: ContentMark): void {
    assert(mark.bytes >= this.#writtenBytes, 'what was written is not taken back');
    this.content.takeBack(mark);
  }

  /** Writes at the end of what is written. */
  async write(parts: readonly Uint8Array[], bytes: number): Promise<void> {
    await this.#heldFile().write(parts, this.#writtenBytes);
    this.#writtenBytes += bytes;
    this.#dirty = true;
  }

  /** After a failed write: cuts off what it may have left. When it resolves, what was written before is durable. */
  async cutToWritten(): Promise<void> {
    await this.#heldFile().truncate(this.#writtenBytes);
    this.#dirty = true;
    await this.sync();
  }

  /** When it resolves, what was written before the call is durable. */
  async sync(): Promise<void> {
    // Nothing new since the last sync began does not mean that it has ended.
    const before = this.#syncing;
    if (this.#dirty) {
      this.#dirty = false;
      const sync = this.#heldFile().sync();
      this.#syncing = sync;
      await sync;
      if (this.#syncing === sync) this.#syncing = null;
    }
    await before;
  }

  /** Writes the index files of a segment to which nothing is appended. Durable once the caller has synced the directory. */
  async writeIndexes(): Promise<void> {
    const { content } = this;
    content.complete();
    const { disk } = this.#home;
    await replaceSynced(disk, this.path(OFFSET_INDEX_SUFFIX), content.offsetIndex.encode());
    await replaceSynced(disk, this.path(TIME_INDEX_SUFFIX), content.timeIndex.encode());
  }

  /** The index files are durable: what is in memory may be let go. */
  seal(): void {
    this.#sealed = true;
    if (this.#phase === 'inactive' && this.#file !== null) this.#home.openSegments.used(this);
  }

  // ---- Being read

  /** 'short': the segment was removed or truncated meanwhile, or bytes are missing. 'none': a later segment may have it. */
  async read(
    from: Offset,
    limits: ReadLimits,
    indexIntervalBytes: number,
  ): Promise<LogRead | 'none' | 'short'> {
    const content = await this.#contentForReading();
    if (content === null) return 'short';
    const file = {
      slabs: this.#home.slabs,
      endPosition: this.#writtenBytes,
      read: (target: Buffer, position: number) => this.#readFile(target, position),
      corrupt: (position: number, problem: string) => this.#corrupt(position, problem),
    };
    return readBatches(file, from, content.offsetIndex.lookup(from), indexIntervalBytes, limits);
  }

  /** Walks the written batches from a position where one begins. */
  walk(
    from: number,
    windowBytes: number,
    visit: (buffer: Buffer, at: number, position: number) => 'go on' | 'stop',
  ): Promise<WalkEnd> {
    const source = { read: (target: Buffer, position: number) => this.#readFile(target, position) };
    return walkBatches(source, { from, to: this.#writtenBytes, windowBytes }, visit);
  }

  /** Where to start looking for the first record at or behind `offset` that is as new as `timestamp`; null: the segment is gone. */
  async seek(timestamp: Millis, offset: Offset): Promise<number | null> {
    const content = await this.#contentForReading();
    if (content === null) return null;
    return content.offsetIndex.lookup(Math.max(offset, content.timeIndex.floorOffset(timestamp)));
  }

  /** The first batch that ends at `offset` or behind it: where it begins. Null: there is none. */
  async firstBatchFrom(
    offset: Offset,
  ): Promise<{ readonly position: number; readonly baseOffset: Offset } | null> {
    const content = await this.#contentForReading();
    if (content === null) return null;
    let found: Offset | null = null;
    const end = await this.walk(content.offsetIndex.lookup(offset), SCAN_WINDOW_BYTES, (buffer, at) => {
      if (lastOffset(buffer, at) < offset) return 'go on';
      found = readInt64(buffer, at);
      return 'stop';
    });
    if (end.kind === 'problem') this.#corrupt(end.position, end.problem);
    return found === null ? null : { position: end.position, baseOffset: found };
  }

  /** As `loadNewestTimestamp` gave it; null: nobody has asked yet. */
  get knownNewestTimestamp(): Millis | null {
    return this.#content?.newestTimestamp ?? this.#newestTimestamp;
  }

  /** The largest timestamp of its records; −1: none has any. */
  async loadNewestTimestamp(): Promise<Millis> {
    if (this.#content !== null) return this.#content.newestTimestamp;
    if (this.#newestTimestamp !== null) return this.#newestTimestamp;
    const onDisk = await this.#newestTimestampOnDisk();
    this.#newestTimestamp = onDisk ?? (await this.#contentForReading())?.newestTimestamp ?? NO_TIMESTAMP;
    return this.#newestTimestamp;
  }

  // ---- Being opened and closed

  /** File and indexes; the latter made anew where their files are missing or cannot be right. */
  load(): Promise<void> {
    return this.#open();
  }

  /** The file alone: what is in it is yet to be found out. */
  async openForScan(): Promise<void> {
    this.#file = await this.#home.disk.open(this.path(LOG_SUFFIX));
  }

  /**
   * What recovery found in it. The file is cut to that, and all of it is durable when this resolves.
   *
   * A sync is not enough. If the last process saw one fail, the system may show us bytes that are not on the disk and that it counts as
   * written (fsyncgate), and our sync would succeed without writing them. So what that process had not reported as durable
   * is written again, and the size set anew.
   * @param unsureFrom position from which that is so
   */
  async recover(content: SegmentContent, unsureFrom: number): Promise<void> {
    const file = this.#heldFile();
    for (let position = unsureFrom; position < content.bytes; position += SCAN_WINDOW_BYTES) {
      const window = Buffer.allocUnsafeSlow(Math.min(SCAN_WINDOW_BYTES, content.bytes - position));
      const got = await file.read(window, position);
      assert(got === window.length, 'what was scanned is still there');
      await file.write([window], position);
    }
    await file.truncate(content.bytes + 1);
    await file.truncate(content.bytes);
    await file.sync();
    this.#content = content;
    this.#bytesAtRest = this.#writtenBytes = content.bytes;
  }

  /** Cuts the file, durably. What is in memory is wrong then: the caller closes the segment and opens another over the same file. */
  async truncate(bytes: number): Promise<void> {
    await this.#open();
    const file = this.#heldFile();
    this.#bytesAtRest = this.#writtenBytes = bytes;
    await file.truncate(bytes);
    await file.sync();
  }

  /** No reader finds it any more. Waits for reads under way; the files stay. */
  async close(): Promise<void> {
    this.#phase = 'removed';
    this.#home.openSegments.forget(this);
    // Whoever opens it hears of a failure; here only that it is over counts.
    if (this.#opening !== null) await this.#opening.then(nothing, nothing);
    await this.letGo();
  }

  async letGo(): Promise<void> {
    const file = this.#file;
    if (this.#content !== null) {
      this.#bytesAtRest = this.#content.bytes;
      this.#newestTimestamp = this.#content.newestTimestamp;
    }
    this.#file = null;
    this.#content = null;
    if (file !== null) {
      const before = this.#closing;
      this.#closing = file.close().then(() => before);
    }
    await this.#closing;
  }

  async #readFile(target: Buffer, position: number): Promise<number | null> {
    while (this.#phase !== 'removed') {
      // Between this look and the read nothing is awaited: whoever lets the segment go waits for the read.
      if (this.#file !== null) {
        this.#used();
        return this.#file.read(target, position);
      }
      await this.#open();
    }
    return null;
  }

  async #contentForReading(): Promise<SegmentContent | null> {
    while (this.#phase !== 'removed') {
      if (this.#content !== null) return this.#content;
      await this.#open();
    }
    return null;
  }

  #used(): void {
    if (this.#phase === 'inactive' && this.#sealed) this.#home.openSegments.used(this);
  }

  #open(): Promise<void> {
    this.#opening ??= this.#openAndLoad().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #openAndLoad(): Promise<void> {
    this.#file ??= await this.#home.disk.open(this.path(LOG_SUFFIX));
    this.#content ??= (await this.#loadContent(this.#file)) ?? (await this.#rebuildContent(this.#file));
    this.#used();
  }

  /** Null: an index file is missing, or cannot be right. */
  async #loadContent(file: DiskFile): Promise<SegmentContent | null> {
    const { disk } = this.#home;
    const [offsetBytes, timeBytes] = await Promise.all([
      readFileIfPresent(disk, this.path(OFFSET_INDEX_SUFFIX)),
      readFileIfPresent(disk, this.path(TIME_INDEX_SUFFIX)),
    ]);
    const bytes = this.#bytesAtRest;
    const offsetIndex = offsetBytes && OffsetIndex.parse(offsetBytes, this.baseOffset, bytes);
    const timeIndex = timeBytes && TimeIndex.parse(timeBytes, this.baseOffset);
    if (offsetIndex === null || timeIndex === null) return null;
    let firstTimestamp = NO_TIMESTAMP;
    if (bytes >= BATCH_HEADER_BYTES) {
      const header = Buffer.alloc(BATCH_HEADER_BYTES);
      await file.read(header, 0);
      firstTimestamp = maxTimestamp(header, 0);
    }
    return SegmentContent.loaded(offsetIndex, timeIndex, bytes, firstTimestamp);
  }

  async #rebuildContent(file: DiskFile): Promise<SegmentContent> {
    const content = SegmentContent.empty(this.baseOffset);
    const range = { from: 0, to: this.#bytesAtRest, windowBytes: SCAN_WINDOW_BYTES };
    let expected = this.baseOffset;
    let misplaced: string | null = null;
    const end = await walkBatches(file, range, (buffer, at) => {
      const batch = appendedBatch(buffer, at);
      misplaced = placeProblem(this.baseOffset, expected, baseOffset(buffer, at), batch.lastOffset);
      if (misplaced !== null) return 'stop';
      content.add(batch, REBUILT_INDEX_INTERVAL_BYTES);
      expected = batch.lastOffset + 1;
      return 'go on';
    });
    if (end.kind === 'problem') this.#corrupt(end.position, end.problem);
    if (misplaced !== null) this.#corrupt(end.position, misplaced);
    return content;
  }

  /** From the end of the time index file, without reading all of it; null: only the whole content can tell. */
  async #newestTimestampOnDisk(): Promise<Millis | null> {
    let file: DiskFile;
    try {
      file = await this.#home.disk.open(this.path(TIME_INDEX_SUFFIX));
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return null;
      throw error;
    }
    try {
      if (file.size === 0) return NO_TIMESTAMP;
      if (file.size % TIME_INDEX_ENTRY_BYTES !== 0) return null;
      const entry = Buffer.alloc(TIME_INDEX_ENTRY_BYTES);
      await file.read(entry, file.size - TIME_INDEX_ENTRY_BYTES);
      const timestamp = readInt64(entry, 0);
      return Number.isSafeInteger(timestamp) && timestamp > NO_TIMESTAMP ? timestamp : null;
    } finally {
      await file.close();
    }
  }

  #heldFile(): DiskFile {
    assert(this.#file !== null, 'the file of a segment that is not sealed is held open');
    return this.#file;
  }

  #corrupt(position: number, problem: string): never {
    throw new StorageError(
      ErrorCode.CORRUPT_MESSAGE,
      `${this.path(LOG_SUFFIX)} at byte ${position}: ${problem}`,
    );
  }
}

/** Of an index made anew; Kafka's default, since the setting it was made with is not known. */
const REBUILT_INDEX_INTERVAL_BYTES = 4096;

/** A batch's own account of itself, for the indexes. */
export function appendedBatch(buffer: Buffer, at: number): AppendedBatch {
  return {
    bytes: batchBytes(buffer, at),
    lastOffset: lastOffset(buffer, at),
    maxTimestamp: maxTimestamp(buffer, at),
  };
}

/** Puts `bytes` into a file, and nothing else, and syncs it. Not at one stroke: for a file that nobody has relied on yet. */
export async function writeWhole(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const file = await disk.open(path, { create: true });
  try {
    if (file.size > 0) await file.truncate(0);
    if (bytes.length > 0) await file.write([bytes], 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Puts `bytes` in the place of what is at `path`, so that a crash leaves the old file or the new one. Which of them is settled once
 * the caller has synced the directory: one sync for several files.
 */
export async function replaceSynced(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`;
  await writeWhole(disk, temporary, bytes);
  await disk.rename(temporary, path);
}

function nothing(): void {}
