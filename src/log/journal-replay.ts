/**
 * After a crash, before any log of a directory is looked at: what was durable in the redo journal alone is written to the
 * logs' own files. First a pure plan from what lies there, then a shell that carries it out.
 *
 * Everything may be done twice: a crash on the way leaves the journal as it was, and the next start begins again. Only when all files are
 * synced is the journal emptied, and only then may recovery truncate anything.
 */
import { join } from 'node:path';
import { systemErrorCode, UserError } from '../base/errors.js';
import type { Offset, Uuid } from '../base/ids.js';
import type { Disk, DiskFile } from '../ports/disk.js';
import type { Logger } from '../ports/logger.js';
import {
  openIfPresent,
  PARTITION_METADATA,
  parsePartitionMetadata,
  readFileIfPresent,
} from './checkpoint.js';
import {
  encodeJournalHeader,
  JOURNAL_FILE_NAMES,
  type JournaledLog,
  type JournaledRange,
  journalKey,
  uncover,
} from './journal.js';
import { LOG_SUFFIX, parseSegmentFileName, segmentFileName } from './segment-names.js';
import { type JournalContent, readJournal, readJournalHeader } from './journal-reader.js';

/** A directory of a log as it was found. */
export interface FoundLog {
  /** Null: nothing says whose it is. */
  readonly topicId: Uuid | null;
  /** Size of each segment's `.log`, by base offset. */
  readonly segments: ReadonlyMap<Offset, number>;
}

export interface ReplayWrite {
  /** Index of the journal file. */
  readonly journal: number;
  /** The record's position there. */
  readonly record: number;
  /** Of the bytes in the record. */
  readonly at: number;
  /** Of the record. */
  readonly covered: Buffer;
  /** Where they go in the segment. */
  readonly position: number;
  readonly bytes: number;
}

export interface ReplayFile {
  readonly directoryName: string;
  readonly segmentBaseOffset: Offset;
  /** The file's name was lost. */
  readonly create: boolean;
  readonly writes: readonly ReplayWrite[];
}

/** Ranges that are not written, and why. None of these is an error by itself but `gap`. */
export interface ReplaySkips {
  /** The log said that they count no more. */
  discarded: number;
  /** The log's directory is gone. */
  logGone: number;
  /** The directory is another topic's now. */
  otherTopic: number;
  /** Retention deleted the segment: later ones are there. */
  segmentGone: number;
  /** The file ends before the range begins, so bytes before it are missing. Recovery of the log will say what that means. */
  gap: number;
}

export interface ReplayPlan {
  readonly files: readonly ReplayFile[];
  readonly skipped: Readonly<ReplaySkips>;
}

interface SourcedRange extends JournaledRange {
  readonly journal: number;
  readonly record: number;
  readonly covered: Buffer;
}

/**
 * @param journals in the order in which they were written
 * @param found by directory name; a log that is missing here has no directory
 */
export function planReplay(
  journals: readonly JournalContent[],
  found: ReadonlyMap<string, FoundLog>,
): ReplayPlan {
  const skipped: ReplaySkips = { discarded: 0, logGone: 0, otherTopic: 0, segmentGone: 0, gap: 0 };
  const files: ReplayFile[] = [];
  for (const ranges of rangesThatCount(journals, skipped).values()) {
    const { log } = ranges[0]!;
    const directory = found.get(log.directoryName);
    if (directory === undefined) skipped.logGone += ranges.length;
    else if (directory.topicId !== log.topicId) skipped.otherTopic += ranges.length;
    else files.push(...planLog(log, directory, ranges, skipped));
  }
  return { files, skipped };
}

/** By log, in order. A discard ends what came before it, in whichever file. */
function rangesThatCount(
  journals: readonly JournalContent[],
  skipped: ReplaySkips,
): Map<string, SourcedRange[]> {
  const byLog = new Map<string, SourcedRange[]>();
  for (const [journal, { records }] of journals.entries()) {
    for (const { record, position } of records) {
      for (const key of record.discards.map(journalKey)) {
        skipped.discarded += byLog.get(key)?.length ?? 0;
        byLog.delete(key);
      }
      for (const range of record.ranges) {
        const sourced = { ...range, journal, record: position, covered: record.covered };
        const before = byLog.get(journalKey(range.log));
        if (before === undefined) byLog.set(journalKey(range.log), [sourced]);
        else before.push(sourced);
      }
    }
  }
  return byLog;
}

function planLog(
  log: JournaledLog,
  found: FoundLog,
  ranges: readonly SourcedRange[],
  skipped: ReplaySkips,
): ReplayFile[] {
  const bySegment = new Map<Offset, SourcedRange[]>();
  for (const range of ranges) {
    const before = bySegment.get(range.segmentBaseOffset);
    if (before === undefined) bySegment.set(range.segmentBaseOffset, [range]);
    else before.push(range);
  }
  const newestFound = Math.max(...found.segments.keys());
  const files: ReplayFile[] = [];
  for (const [segmentBaseOffset, ofSegment] of bySegment) {
    const size = found.segments.get(segmentBaseOffset);
    // Segments go oldest first, so one that is missing below another was deleted; only the newest can have lost its name.
    if (size === undefined && newestFound > segmentBaseOffset) {
      skipped.segmentGone += ofSegment.length;
      continue;
    }
    const writes: ReplayWrite[] = [];
    let end = size ?? 0;
    for (const { journal, record, at, covered, position, bytes } of ofSegment) {
      if (position > end) {
        skipped.gap++;
        continue;
      }
      writes.push({ journal, record, at, covered, position, bytes });
      end = Math.max(end, position + bytes);
    }
    if (writes.length === 0) continue;
    files.push({ directoryName: log.directoryName, segmentBaseOffset, create: size === undefined, writes });
  }
  return files;
}

export interface ReplayOptions {
  readonly disk: Disk;
  readonly logger: Logger;
  /** The log directory. */
  readonly directory: string;
}

export interface ReplayReport {
  readonly records: number;
  readonly bytes: number;
  /** Directory names of the logs that were written to. A clean stop leaves none. */
  readonly logs: ReadonlySet<string>;
  readonly skipped: Readonly<ReplaySkips>;
  /** Journal files of which a part that had been synced cannot be read. */
  readonly damaged: readonly string[];
}

/** @throws UserError JOURNAL_NEWER if a newer version of this program wrote the journal; the disk's errors */
export async function replayJournal(options: ReplayOptions): Promise<ReplayReport> {
  const journals = await openJournals(options);
  try {
    const contents: JournalContent[] = [];
    for (const { file, generation } of journals) contents.push(await readJournal(file, generation));
    const damaged = journals
      .filter((_, at) => contents[at]!.lostBefore !== null)
      .map(({ file }) => file.path);
    for (const path of damaged) {
      options.logger.error('the redo journal is damaged: bytes that were durable may be missing from logs', {
        path,
      });
    }
    const plan = planReplay(contents, await findLogs(options, contents));
    const bytes = await carryOut(options, journals, plan);
    await emptyJournals(journals, contents);
    const report = {
      records: contents.reduce((sum, { records }) => sum + records.length, 0),
      bytes,
      logs: new Set(plan.files.map(({ directoryName }) => directoryName)),
      skipped: plan.skipped,
      damaged,
    };
    if (report.records > 0) {
      const { records, logs, skipped } = report;
      options.logger.info('replayed the redo journal', { records, bytes, logs: logs.size, ...skipped });
    }
    return report;
  } finally {
    for (const { file } of journals) await file.close();
  }
}

interface OpenJournal {
  readonly file: DiskFile;
  readonly generation: number;
}

/**
 * Oldest first. A file without a header never was in service: it goes.
 *
 * Everything is synced before it is looked at, names too. After the death of a process alone, what is found may never have been synced, and
 * what is done now rests on it: a later power loss could take the file away with records in it, or bring back an earlier state of
 * it when the discards in the other file are gone.
 */
async function openJournals({ disk, logger, directory }: ReplayOptions): Promise<OpenJournal[]> {
  const journals: OpenJournal[] = [];
  await disk.syncDir(directory);
  for (const name of JOURNAL_FILE_NAMES) {
    const path = join(directory, name);
    const file = await openIfPresent(disk, path);
    if (file === null) continue;
    await file.sync();
    const header = await readJournalHeader(file);
    if (header.kind === 'journal') {
      journals.push({ file, generation: header.generation });
      continue;
    }
    await file.close();
    if (header.kind === 'newer') {
      throw new UserError(
        'JOURNAL_NEWER',
        `${path} has format version ${header.version}, which is newer than this program`,
        'Start the version of Millrace that wrote it, and stop it cleanly before you change versions.',
      );
    }
    logger.debug('removed a redo journal file that was never in service', { path });
    await disk.remove(path);
    await disk.syncDir(directory);
  }
  return journals.sort((a, b) => a.generation - b.generation);
}

async function findLogs(
  { disk, directory }: ReplayOptions,
  contents: readonly JournalContent[],
): Promise<Map<string, FoundLog>> {
  const found = new Map<string, FoundLog>();
  const ranges = contents.flatMap(({ records }) => records.flatMap(({ record }) => record.ranges));
  for (const name of new Set(ranges.map(({ log }) => log.directoryName))) {
    const log = await findLog(disk, join(directory, name));
    if (log !== null) found.set(name, log);
  }
  return found;
}

async function findLog(disk: Disk, path: string): Promise<FoundLog | null> {
  const segments = new Map<Offset, number>();
  try {
    for (const { name, size } of await disk.list(path)) {
      const parsed = parseSegmentFileName(name);
      if (parsed?.suffix === LOG_SUFFIX) segments.set(parsed.offset, size);
    }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
  const metadata = await readFileIfPresent(disk, join(path, PARTITION_METADATA));
  const parsed = metadata === null ? null : parsePartitionMetadata(metadata);
  return { topicId: parsed?.ok === true ? parsed.value : null, segments };
}

/** Returns the bytes written. When this resolves they are durable. */
async function carryOut(
  { disk, directory }: ReplayOptions,
  journals: readonly OpenJournal[],
  plan: ReplayPlan,
): Promise<number> {
  let bytes = 0;
  for (const planned of plan.files) {
    const logDirectory = join(directory, planned.directoryName);
    const name = segmentFileName(planned.segmentBaseOffset, LOG_SUFFIX);
    const file = await disk.open(join(logDirectory, name), { create: planned.create });
    try {
      for (const write of planned.writes) {
        const part = Buffer.allocUnsafe(write.bytes);
        await journals[write.journal]!.file.read(part, write.record + write.at);
        uncover(part, write.at, write.covered);
        await file.write([part], write.position);
        bytes += write.bytes;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    if (planned.create) await disk.syncDir(logDirectory);
  }
  return bytes;
}

/** The older file first: were it the other way round, a crash between the two would lose the discards that the newer one has for it. */
async function emptyJournals(
  journals: readonly OpenJournal[],
  contents: readonly JournalContent[],
): Promise<void> {
  let generation = Math.max(0, ...journals.map((journal) => journal.generation));
  for (const [at, { file }] of journals.entries()) {
    if (contents[at]!.untouched) continue;
    generation++;
    await file.write([encodeJournalHeader(generation)], 0);
    await file.sync();
  }
}
