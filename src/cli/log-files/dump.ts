/**
 * What is in the files of a broker, thing by thing: each is an object, shown as a line of JSON or of text. One file after the other, in
 * the order of their names, and never more of one in memory than a window.
 */
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../base/errors.js';
import type { Offset } from '../../base/ids.js';
import {
  CLEAN_SHUTDOWN_MARKER,
  LEADER_EPOCH_CHECKPOINT,
  PARTITION_METADATA,
  parseOffsetCheckpoint,
  parsePartitionMetadata,
} from '../../log/checkpoint.js';
import type { Parsed } from '../../log/checkpoint-lines.js';
import { parseEpochCheckpoint } from '../../log/epochs.js';
import { JOURNAL_FILE_NAMES } from '../../log/journal.js';
import { readJournal, readJournalHeader } from '../../log/journal-reader.js';
import { parseProducerSnapshot } from '../../log/producer-snapshot.js';
import {
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  parseSegmentFileName,
  SNAPSHOT_SUFFIX,
  TIME_INDEX_SUFFIX,
} from '../../log/segment-names.js';
import { META_PROPERTIES_FILE, parseMetaProperties } from '../../metadata/meta-properties.js';
import type { ReadOnlyDisk, ReadOnlyFile } from '../../ports/read-only-disk.js';
import type { OutputFormat } from '../client-options.js';
import { findLogs, isLogName, isSegment } from './data-directory.js';
import { type BatchDumpOptions, dumpBatches } from './dump-batches.js';
import type { BytesFormat } from './dump-format.js';
import type { DumpItem, Emit } from './dump-item.js';
import { abortedTransactions, offsetIndexEntries, timeIndexEntries } from './index-entries.js';

export interface DumpOptions {
  readonly format: OutputFormat;
  readonly records?: boolean;
  readonly keyFormat: BytesFormat;
  readonly valueFormat: BytesFormat;
  readonly decode: 'auto' | 'none' | 'offsets';
  readonly from?: Offset;
  readonly count?: number;
}

const CHECKPOINT_SUFFIX = '-checkpoint';
const TXN_INDEX_SUFFIX = '.txnindex';

/** @throws UserError PATH_NOT_FOUND, FILE_UNKNOWN, NO_LOGS */
export async function dump(
  disk: ReadOnlyDisk,
  path: string,
  options: DumpOptions,
  emit: Emit,
): Promise<void> {
  const kind = await disk.kindOf(path);
  if (kind === null) throw new UserError('PATH_NOT_FOUND', `there is no ${path}`);
  if (kind === 'file') {
    if (!isKnown(basename(path))) throw unknownFile(path);
    await dumpFile(disk, path, options, emit);
    return;
  }
  const found = await findLogs(disk, path);
  for (const { name, kind } of await disk.list(path)) {
    if (
      kind === 'file' &&
      isKnown(name) &&
      (await dumpFile(disk, join(path, name), options, emit)) === 'stop'
    )
      return;
  }
  if (found.isSingleLog) return;
  for (const log of found.logs) if ((await emit(await logItem(disk, log))) === 'stop') return;
}

function isKnown(name: string): boolean {
  return readerOf(name) !== null;
}

function unknownFile(path: string): UserError {
  return new UserError(
    'FILE_UNKNOWN',
    `${path} is no file of a log that we know`,
    'There are .log, .index, .timeindex, .txnindex and .snapshot files, checkpoints, partition.metadata, meta.properties and redo-journal.0 and .1.',
  );
}

/** A log in a data directory, without what is in it. */
async function logItem(disk: ReadOnlyDisk, path: string): Promise<DumpItem> {
  const segments = (await disk.list(path)).filter(isSegment);
  const bases = segments.map(({ name }) => parseSegmentFileName(name)!.offset);
  return {
    type: 'log',
    log: basename(path),
    path,
    segments: segments.length,
    bytes: segments.reduce((sum, { size }) => sum + size, 0),
    firstOffset: bases[0] ?? null,
  };
}

interface Reading {
  readonly disk: ReadOnlyDisk;
  readonly path: string;
  readonly name: string;
  readonly options: DumpOptions;
  readonly emit: Emit;
}

type Reader = (reading: Reading) => Promise<'go on' | 'stop'>;

async function dumpFile(
  disk: ReadOnlyDisk,
  path: string,
  options: DumpOptions,
  emit: Emit,
): Promise<'go on' | 'stop'> {
  const name = basename(path);
  const file = await disk.open(path);
  const { size } = file;
  await file.close();
  if ((await emit({ type: 'file', path, bytes: size })) === 'stop') return 'stop';
  return readerOf(name)!({ disk, path, name, options, emit });
}

/** Null: no file of a log. */
function readerOf(name: string): Reader | null {
  const segment = parseSegmentFileName(name);
  switch (segment?.suffix) {
    case LOG_SUFFIX:
      return readBatches;
    case OFFSET_INDEX_SUFFIX:
      return (reading) =>
        readEntries(reading, 'offset-index-entry', (file) => offsetIndexEntries(file, segment!.offset));
    case TIME_INDEX_SUFFIX:
      return (reading) =>
        readEntries(reading, 'time-index-entry', (file) => timeIndexEntries(file, segment!.offset));
    case TXN_INDEX_SUFFIX:
      return (reading) => readEntries(reading, 'aborted-transaction', abortedTransactions);
    case SNAPSHOT_SUFFIX:
      return readSnapshot;
    default:
      return readerOfNamed(name);
  }
}

function readerOfNamed(name: string): Reader | null {
  if (name === LEADER_EPOCH_CHECKPOINT)
    return (reading) => readParsed(reading, 'leader-epoch', parseEpochCheckpoint);
  if (name === PARTITION_METADATA) return (reading) => readParsed(reading, 'partition-metadata', topicIdOf);
  if (name === META_PROPERTIES_FILE) return readMeta;
  if (name === CLEAN_SHUTDOWN_MARKER) return ({ emit }) => emit({ type: 'clean-shutdown' });
  if ((JOURNAL_FILE_NAMES as readonly string[]).includes(name)) return readJournalFile;
  if (name.endsWith(CHECKPOINT_SUFFIX)) {
    return (reading) => readParsed(reading, 'checkpoint', parseOffsetCheckpoint);
  }
  return null;
}

const readBatches: Reader = async ({ disk, path, options, emit }) => {
  const log = basename(dirname(path));
  const byName = log.startsWith('__consumer_offsets-') && isLogName(log);
  const decode = options.decode === 'offsets' || (options.decode === 'auto' && byName);
  const how: BatchDumpOptions = { ...options, decode: decode ? 'offsets' : 'none' };
  return withFile(disk, path, (file) => dumpBatches(file, how, emit));
};

function readEntries<T extends object>(
  { disk, path, options, emit }: Reading,
  type: string,
  entries: (file: ReadOnlyFile) => AsyncIterable<T>,
): Promise<'go on' | 'stop'> {
  return withFile(disk, path, async (file) => {
    let left = options.count ?? Infinity;
    for await (const entry of entries(file)) {
      if (left-- <= 0) break;
      if ((await emit({ type, ...entry })) === 'stop') return 'stop';
    }
    return 'go on';
  });
}

const readSnapshot: Reader = (reading) =>
  readParsed(reading, 'producer', (bytes) => {
    const parsed = parseProducerSnapshot(bytes);
    if (!parsed.ok) return parsed;
    return {
      ok: true,
      value: parsed.value.map(({ batches, ...producer }) => ({
        ...producer,
        batches: batches.map(({ lastSequence, lastOffset, offsetDelta, timestamp }) => ({
          firstSequence: Math.max(0, lastSequence - offsetDelta),
          lastSequence,
          firstOffset: lastOffset - offsetDelta,
          lastOffset,
          timestamp,
        })),
      })),
    };
  });

function topicIdOf(bytes: Buffer): Parsed<{ readonly topicId: string }[]> {
  const parsed = parsePartitionMetadata(bytes);
  return parsed.ok ? { ok: true, value: [{ topicId: parsed.value }] } : parsed;
}

const readMeta: Reader = async ({ disk, path, emit }) => {
  try {
    return await emit({ type: 'meta-properties', ...parseMetaProperties(path, await disk.readFile(path)) });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return emit({ type: 'problem', path, position: null, what: error.message });
  }
};

const readJournalFile: Reader = ({ disk, path, emit }) =>
  withFile(disk, path, async (file) => {
    const header = await readJournalHeader(file);
    if (header.kind !== 'journal') {
      const what = header.kind === 'newer' ? `it has version ${header.version}` : 'it has no sound header';
      return emit({ type: 'problem', path, position: 0, what });
    }
    const { generation, records, lostBefore } = await readJournal(file, header.generation);
    if ((await emit({ type: 'journal', generation, records: records.length })) === 'stop') return 'stop';
    for (const { record, position } of records) {
      const item = {
        type: 'journal-record',
        position,
        bytes: record.length,
        discards: record.discards.map(({ directoryName }) => directoryName),
        ranges: record.ranges.map(({ log, segmentBaseOffset, position, bytes }) => ({
          log: log.directoryName,
          segmentBaseOffset,
          position,
          bytes,
        })),
      };
      if ((await emit(item)) === 'stop') return 'stop';
    }
    if (lostBefore === null) return 'go on';
    const what = 'a whole record lies here, behind one that cannot be read';
    return emit({ type: 'problem', path, position: lostBefore, what });
  });

async function readParsed<T extends object>(
  { disk, path, options, emit }: Reading,
  type: string,
  parse: (bytes: Buffer) => Parsed<readonly T[]>,
): Promise<'go on' | 'stop'> {
  const parsed = parse(await disk.readFile(path));
  if (!parsed.ok) return emit({ type: 'problem', path, position: null, what: parsed.reason });
  for (const entry of parsed.value.slice(0, options.count)) {
    if ((await emit({ type, ...entry })) === 'stop') return 'stop';
  }
  return 'go on';
}

async function withFile<T>(
  disk: ReadOnlyDisk,
  path: string,
  use: (file: ReadOnlyFile) => Promise<T>,
): Promise<T> {
  const file = await disk.open(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
