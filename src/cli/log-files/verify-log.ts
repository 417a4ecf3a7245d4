/**
 * Looks one log over, and changes nothing: every batch of every segment, the indexes beside them, the leader epochs, the producer
 * snapshots. It judges as a start would (log/recovery.ts): behind the recovery point an unclean stop may have left anything, which
 * the next start cuts off, and that is no damage; before it, everything was whole.
 *
 * Reads a segment once, in windows of one MiB; holds of each what its indexes take.
 */
import { join } from 'node:path';
import { systemErrorCode } from '../../base/errors.js';
import { type LeaderEpoch, NO_EPOCH, type Offset } from '../../base/ids.js';
import { walkBatches } from '../../log/batch-walk.js';
import { LEADER_EPOCH_CHECKPOINT, PARTITION_METADATA, parsePartitionMetadata } from '../../log/checkpoint.js';
import { LeaderEpochs, parseEpochCheckpoint } from '../../log/epochs.js';
import { parseProducerSnapshot } from '../../log/producer-snapshot.js';
import { type FoundSegment, sortLogFiles } from '../../log/recovery.js';
import { placeProblem } from '../../log/segment-content.js';
import {
  DELETED_SUFFIX,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  parseSegmentFileName,
  SNAPSHOT_SUFFIX,
  segmentFileName,
  TIME_INDEX_SUFFIX,
} from '../../log/segment-names.js';
import type { ReadOnlyDisk } from '../../ports/read-only-disk.js';
import {
  baseOffset,
  batchBytes,
  crcMatches,
  lastOffset,
  leaderEpoch,
  maxTimestamp,
  recordCount,
} from '../../records/batch.js';
import type { Compression } from '../../records/compression/compression.js';
import { CompressionError } from '../../records/compression/compressor.js';
import { CorruptBatchError, recordsIn } from '../../records/iterate.js';
import { ifPresent, logName, type RootFacts } from './data-directory.js';
import { Findings } from './finding.js';
import { OffsetIndexCheck, TimeIndexCheck } from './index-check.js';
import { offsetIndexEntries, timeIndexEntries } from './index-entries.js';
import { WINDOW_BYTES } from './window-walk.js';

export interface VerifyOptions {
  readonly disk: ReadOnlyDisk;
  readonly root: RootFacts;
  /** Null: checksums say enough; else also decompress and read every record. */
  readonly compression: Compression | null;
  /** Hears of the bytes of segments as they have been looked at. */
  readonly onBytes: (bytes: number) => void;
}

export interface VerifiedLog {
  readonly name: string;
  readonly path: string;
  readonly topicId: string | null;
  readonly segments: number;
  readonly batches: number;
  readonly records: number;
  readonly bytes: number;
  readonly startOffset: Offset;
  readonly endOffset: Offset;
  /** Stretches of offsets without a record. A compacted log has them. */
  readonly gaps: number;
  readonly findings: Findings;
}

const DECOMPRESSED_BYTES_MAX = 128 * 1024 * 1024;
const KNOWN_SUFFIXES: readonly string[] = [
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  TIME_INDEX_SUFFIX,
  SNAPSHOT_SUFFIX,
  '.txnindex',
];
/** Of Kafka's own quorum, beside its log `__cluster_metadata-0`. */
const OF_THE_QUORUM = /^(quorum-state|\d{20}-\d{10}\.checkpoint)$/;
const UNFINISHED = /\.(cleaned|swap|tmp)$/;

export async function verifyLog(path: string, options: VerifyOptions): Promise<VerifiedLog> {
  const verification = new LogVerification(path, options);
  await verification.run();
  return verification.result();
}

class LogVerification {
  readonly #path: string;
  readonly #name: string;
  readonly #options: VerifyOptions;
  readonly #findings = new Findings();
  /** Null: no checkpoint speaks of this log. */
  readonly #recoveryPoint: Offset | null;
  #topicId: string | null = null;
  #epochs: LeaderEpochs | null = null;
  #latestEpoch: LeaderEpoch = -1;
  #epochsDisagree = false;
  #expected: Offset = 0;
  /** Of the segment that is looked at. */
  #segmentBase: Offset = 0;
  #firstBase: Offset | null = null;
  #segments = 0;
  #batches = 0;
  #records = 0;
  #bytes = 0;
  #gaps = 0;

  constructor(path: string, options: VerifyOptions) {
    this.#path = path;
    this.#name = logName(path);
    this.#options = options;
    this.#recoveryPoint = options.root.recoveryPoints?.get(this.#name) ?? null;
  }

  async run(): Promise<void> {
    const { disk } = this.#options;
    const entries = await disk.list(this.#path);
    const files = sortLogFiles(entries);
    this.#nameStrangers(entries.map(({ name }) => name));
    await this.#readTopicId();
    await this.#readEpochs();
    await this.#verifySegments(files.segments);
    this.#compareEnd();
    await this.#verifySnapshots(files.snapshots);
  }

  /** With what was durable when somebody last noted it; after a clean stop, that was all. */
  #compareEnd(): void {
    const { root } = this.#options;
    const point = this.#recoveryPoint;
    const end = this.#expected;
    if (point === null || this.#findings.state === 'damaged') return;
    // Below its start a log may end: all of it was deleted, and it begins anew there.
    const wasDeleted = (root.logStarts?.get(this.#name) ?? 0) > end;
    if (end < point && !wasDeleted)
      this.#damage(
        this.#path,
        null,
        `it ends at offset ${end}, and everything below ${point} was on the disk: records are missing`,
      );
    else if (end > point && root.isClean)
      this.#damage(this.#path, null, `it ends at offset ${end}, and at the clean stop it ended at ${point}`);
  }

  result(): VerifiedLog {
    const start = Math.max(this.#options.root.logStarts?.get(this.#name) ?? 0, this.#firstBase ?? 0);
    return {
      name: this.#name,
      path: this.#path,
      topicId: this.#topicId,
      segments: this.#segments,
      batches: this.#batches,
      records: this.#records,
      bytes: this.#bytes,
      startOffset: start,
      // Where all of it was deleted, it ends where it begins.
      endOffset: Math.max(start, this.#expected),
      gaps: this.#gaps,
      findings: this.#findings,
    };
  }

  async #verifySegments(segments: readonly FoundSegment[]): Promise<void> {
    for (const [at, segment] of segments.entries()) {
      const isLast = at === segments.length - 1;
      if (at > 0 && !this.#goesOn(segment)) return;
      this.#firstBase ??= segment.baseOffset;
      this.#segmentBase = segment.baseOffset;
      // Where bytes before it are wrong it still begins where its name says.
      this.#expected = Math.max(this.#expected, segment.baseOffset);
      try {
        await this.#verifySegment(segment, segments[at + 1] ?? null, isLast);
      } catch (error) {
        if (!this.#isRunning || systemErrorCode(error) !== 'ENOENT') throw error;
        this.#note(segmentFileName(segment.baseOffset, LOG_SUFFIX), null, 'removed by the broker meanwhile');
      }
    }
  }

  /** Whether the segment may follow what has been seen; if not, all from it on go at the next start. */
  #goesOn({ baseOffset: base }: FoundSegment): boolean {
    const file = segmentFileName(base, LOG_SUFFIX);
    const end = this.#expected;
    if (base === end) return true;
    if (base > end && this.#isCompacted) {
      this.#gaps++;
      return true;
    }
    const what =
      base < end
        ? `begins at offset ${base}, and the one before ends at ${end}`
        : `offsets ${end} to ${base - 1} are not there, in a log that shows no sign of compaction`;
    if (this.#isUnsure(end) && this.#recoveryPoint !== null) {
      this.#findings.add('torn', file, null, `${what}: it never counted, and goes at the next start`);
      return false;
    }
    this.#damage(file, null, what);
    return true;
  }

  async #verifySegment(segment: FoundSegment, next: FoundSegment | null, isLast: boolean): Promise<void> {
    const { disk, onBytes } = this.#options;
    const name = segmentFileName(segment.baseOffset, LOG_SUFFIX);
    const file = await disk.open(join(this.#path, name));
    const { offsetCheck, timeCheck } = await this.#indexChecks(segment, isLast);
    const offsetFile = segmentFileName(segment.baseOffset, OFFSET_INDEX_SUFFIX);
    const timeFile = segmentFileName(segment.baseOffset, TIME_INDEX_SUFFIX);
    this.#segments++;
    this.#bytes += file.size;
    let problem: string | null = null;
    let problemIsLast = false;
    let reported = 0;
    try {
      const end = await walkBatches(
        file,
        { from: 0, to: file.size, windowBytes: WINDOW_BYTES },
        (buffer, at, position) => {
          problem = this.#batchProblem(buffer, at);
          if (problem !== null) {
            problemIsLast = position + batchBytes(buffer, at) >= file.size;
            return 'stop';
          }
          this.#pass(buffer, at, name, position);
          const batch = {
            position,
            baseOffset: baseOffset(buffer, at),
            lastOffset: lastOffset(buffer, at),
            maxTimestamp: maxTimestamp(buffer, at),
          };
          for (const what of offsetCheck?.pass(batch) ?? []) this.#indexProblem(offsetFile, what);
          for (const what of timeCheck?.pass(batch) ?? []) this.#indexProblem(timeFile, what);
          if (position - reported >= WINDOW_BYTES) {
            onBytes(position - reported);
            reported = position;
          }
          return 'go on';
        },
      );
      onBytes(file.size - reported);
      const what = end.kind === 'problem' ? end.problem : problem;
      if (what !== null) {
        const reachesEnd = end.kind === 'problem' || problemIsLast;
        this.#broken(name, end.position, file.size, what, isLast && reachesEnd, next);
      } else {
        for (const each of offsetCheck?.rest(this.#expected) ?? []) this.#indexProblem(offsetFile, each);
        for (const each of timeCheck?.rest(this.#expected) ?? []) this.#indexProblem(timeFile, each);
      }
    } finally {
      await file.close();
    }
  }

  /** Something that is no whole, sound batch: what a crash left, or damage? */
  #broken(
    file: string,
    position: number,
    fileBytes: number,
    what: string,
    isTail: boolean,
    next: FoundSegment | null,
  ): void {
    const left = `${what}; ${fileBytes - position} bytes from offset ${this.#expected} on`;
    if (this.#isUnsure(this.#expected) && (this.#recoveryPoint !== null || isTail)) {
      if (this.#isRunning) this.#note(file, position, `being written: ${left}`);
      else if (next?.baseOffset === this.#expected)
        this.#note(
          file,
          position,
          `a tail that was cut before, and came back: ${left}, and the next segment goes on there`,
        );
      else this.#findings.add('torn', file, position, `${left} are cut off at the next start`);
      return;
    }
    this.#damage(file, position, left);
  }

  #batchProblem(buffer: Buffer, at: number): string | null {
    const base = baseOffset(buffer, at);
    const misplaced = placeProblem(this.#segmentBase, this.#expected, base, lastOffset(buffer, at));
    if (misplaced !== null) return misplaced;
    if (!crcMatches(buffer, at)) return `the checksum of the batch at offset ${base} is wrong`;
    const epoch = leaderEpoch(buffer, at);
    if (epoch >= 0 && epoch < this.#latestEpoch) return `leader epoch ${epoch} behind ${this.#latestEpoch}`;
    return null;
  }

  /** Counts in a sound batch. */
  #pass(buffer: Buffer, at: number, file: string, position: number): void {
    const base = baseOffset(buffer, at);
    if (base > this.#expected) this.#gaps++;
    if (recordCount(buffer, at) <= lastOffset(buffer, at) - base) this.#gaps++;
    this.#latestEpoch = Math.max(this.#latestEpoch, leaderEpoch(buffer, at));
    this.#compareEpoch(base, leaderEpoch(buffer, at));
    const { compression } = this.#options;
    if (compression) {
      const what = contentProblem(buffer, at, compression);
      if (what !== null) this.#damage(file, position, what);
    }
    this.#batches++;
    this.#records += recordCount(buffer, at);
    this.#expected = lastOffset(buffer, at) + 1;
  }

  /** The first disagreement is told; those behind it follow from it. */
  #compareEpoch(offset: Offset, epoch: LeaderEpoch): void {
    if (this.#epochs === null || epoch < 0 || this.#epochsDisagree) return;
    const said = this.#epochs.epochAt(offset);
    // Nothing: this lies before where the log starts now, and waits for its segment to go.
    if (said === epoch || said === NO_EPOCH) return;
    this.#epochsDisagree = true;
    const what = `offset ${offset} was written in epoch ${epoch}, and it says ${said}`;
    this.#judge(offset, LEADER_EPOCH_CHECKPOINT, `${what}; it is made anew from the batches`);
  }

  async #indexChecks(segment: FoundSegment, isLast: boolean) {
    const { baseOffset: base } = segment;
    const offsetFile = segmentFileName(base, OFFSET_INDEX_SUFFIX);
    const timeFile = segmentFileName(base, TIME_INDEX_SUFFIX);
    const offsetEntries = await this.#entriesOf(offsetFile, (file) => offsetIndexEntries(file, base));
    const timeEntries = await this.#entriesOf(timeFile, (file) => timeIndexEntries(file, base));
    if ((offsetEntries === null || timeEntries === null) && !isLast) {
      const missing = offsetEntries === null ? offsetFile : timeFile;
      this.#note(missing, null, 'is missing, and is made anew at the next start');
    }
    const offsetCheck = offsetEntries && new OffsetIndexCheck(offsetEntries);
    const timeCheck = timeEntries && new TimeIndexCheck(timeEntries);
    for (const what of offsetCheck?.order() ?? []) this.#indexProblem(offsetFile, what);
    for (const what of timeCheck?.order() ?? []) this.#indexProblem(timeFile, what);
    return { offsetCheck, timeCheck };
  }

  async #entriesOf<T>(
    name: string,
    read: (file: Awaited<ReturnType<ReadOnlyDisk['open']>>) => AsyncIterable<T>,
  ): Promise<T[] | null> {
    const file = await ifPresent(this.#options.disk.open(join(this.#path, name)));
    if (file === null) return null;
    try {
      const found: T[] = [];
      for await (const entry of read(file)) found.push(entry);
      return found;
    } finally {
      await file.close();
    }
  }

  /** The indexes of what recovery walks again are made anew by it; others are believed. */
  #indexProblem(file: string, what: string): void {
    this.#judge(this.#expected, file, what);
  }

  async #verifySnapshots(offsets: readonly Offset[]): Promise<void> {
    for (const offset of offsets) {
      const name = segmentFileName(offset, SNAPSHOT_SUFFIX);
      const bytes = await ifPresent(this.#options.disk.readFile(join(this.#path, name)));
      if (bytes === null) continue;
      const parsed = parseProducerSnapshot(bytes);
      if (!parsed.ok) {
        this.#damage(name, null, `${parsed.reason}; the next start passes it over`);
        continue;
      }
      const late = parsed.value.find(({ batches }) => (batches.at(-1)?.lastOffset ?? -1) >= offset);
      if (late)
        this.#damage(name, null, `producer ${late.producerId} has a batch behind offset ${offset} in it`);
      else if (offset > this.#expected)
        this.#judge(offset, name, `holds up to offset ${offset}, and the log ends at ${this.#expected}`);
    }
  }

  async #readTopicId(): Promise<void> {
    const bytes = await ifPresent(this.#options.disk.readFile(join(this.#path, PARTITION_METADATA)));
    const parsed = bytes && parsePartitionMetadata(bytes);
    if (parsed?.ok) this.#topicId = parsed.value;
    // Kafka wrote none before 2.8.
    else if (parsed) this.#damage(PARTITION_METADATA, null, parsed.reason);
    else this.#note(PARTITION_METADATA, null, 'is missing: nothing says to which topic this log belongs');
  }

  async #readEpochs(): Promise<void> {
    const bytes = await ifPresent(this.#options.disk.readFile(join(this.#path, LEADER_EPOCH_CHECKPOINT)));
    if (bytes === null) return;
    const parsed = parseEpochCheckpoint(bytes);
    if (!parsed.ok) {
      this.#damage(LEADER_EPOCH_CHECKPOINT, null, parsed.reason);
      return;
    }
    this.#epochs = new LeaderEpochs(parsed.value);
    if (this.#epochs.entries().length < parsed.value.length)
      this.#damage(LEADER_EPOCH_CHECKPOINT, null, 'its epochs or offsets do not rise');
  }

  #nameStrangers(names: readonly string[]): void {
    for (const name of names) {
      const segment = parseSegmentFileName(name);
      if (segment !== null && KNOWN_SUFFIXES.includes(segment.suffix)) continue;
      if (name === LEADER_EPOCH_CHECKPOINT || name === PARTITION_METADATA) continue;
      if (name.endsWith(DELETED_SUFFIX) || OF_THE_QUORUM.test(name)) continue;
      if (UNFINISHED.test(name)) this.#note(name, null, 'was not finished; the next start removes it');
      else this.#note(name, null, 'is no file of a log');
    }
  }

  get #isRunning(): boolean {
    return this.#options.root.holder !== null;
  }

  get #isCompacted(): boolean {
    return this.#gaps > 0 || this.#name.startsWith('__') || this.#options.root.compacted.has(this.#name);
  }

  /** Whether a start looks at this offset again, so that what is wrong from there on is put right. */
  #isUnsure(offset: Offset): boolean {
    return !this.#options.root.isClean && offset >= (this.#recoveryPoint ?? 0);
  }

  #judge(offset: Offset, file: string, what: string): void {
    if (this.#isUnsure(offset) && this.#recoveryPoint !== null) this.#note(file, null, what);
    else this.#damage(file, null, what);
  }

  #damage(file: string, position: number | null, what: string): void {
    this.#findings.add('damage', file, position, what);
  }

  #note(file: string, position: number | null, what: string): void {
    this.#findings.add('note', file, position, what);
  }
}

/** Whether every record of a batch can be read; null: it can. */
function contentProblem(buffer: Buffer, at: number, compression: Compression): string | null {
  try {
    for (const record of recordsIn(buffer, at, compression, DECOMPRESSED_BYTES_MAX)) record.headers();
    return null;
  } catch (error) {
    if (!(error instanceof CorruptBatchError) && !(error instanceof CompressionError)) throw error;
    return `the batch at offset ${baseOffset(buffer, at)} has a right checksum and cannot be read: ${error.message}`;
  }
}
