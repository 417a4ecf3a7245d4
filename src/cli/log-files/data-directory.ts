/** A broker's data directory, or one log of it, as it is found on a disk: ours or Kafka's. */
import { basename, dirname, join } from 'node:path';
import { systemErrorCode, UserError } from '../../base/errors.js';
import { type Offset, partitionName } from '../../base/ids.js';
import {
  CLEAN_SHUTDOWN_MARKER,
  LOG_START_OFFSET_CHECKPOINT,
  PARTITION_METADATA,
  parseOffsetCheckpoint,
  RECOVERY_POINT_CHECKPOINT,
} from '../../log/checkpoint.js';
import { LOG_SUFFIX, parseSegmentFileName } from '../../log/segment-names.js';
import type { DirEntry } from '../../ports/disk.js';
import type { ReadOnlyDisk } from '../../ports/read-only-disk.js';

/** Kafka's log cleaner notes here how far it is: a log that is named is compacted. */
const CLEANER_OFFSET_CHECKPOINT = 'cleaner-offset-checkpoint';
const LOG_DIRECTORY_NAME = /^(.+)-(\d+)$/;

export interface FoundDirectory {
  /** With the checkpoints. Of a single log, where it lies. */
  readonly root: string;
  /** Paths of logs; one, where the directory is a log itself. */
  readonly logs: readonly string[];
  readonly isSingleLog: boolean;
}

/** What a data directory says of its logs. */
export interface RootFacts {
  /** Who writes here now; null: nobody that can be seen. */
  readonly holder: string | null;
  readonly isClean: boolean;
  /** By name of the log; null: nothing says. */
  readonly recoveryPoints: ReadonlyMap<string, Offset> | null;
  readonly logStarts: ReadonlyMap<string, Offset> | null;
  readonly compacted: ReadonlySet<string>;
  /** Files that cannot be read, and why. */
  readonly problems: readonly { readonly file: string; readonly what: string }[];
}

export function isLogName(name: string): boolean {
  return LOG_DIRECTORY_NAME.test(name);
}

/** @throws UserError PATH_NOT_FOUND, NO_LOGS */
export async function findLogs(disk: ReadOnlyDisk, path: string): Promise<FoundDirectory> {
  const kind = await disk.kindOf(path);
  if (kind === null) throw new UserError('PATH_NOT_FOUND', `there is no ${path}`);
  if (kind === 'file') {
    throw new UserError(
      'NO_LOGS',
      `${path} is a file`,
      'Give the directory of a log, or a data directory (log.dirs).',
    );
  }
  const entries = await disk.list(path);
  // The broker's own metadata lie in files of such names, too, and are no log of records.
  const isLog = isLogName(logName(path)) || entries.some(({ name }) => name === PARTITION_METADATA);
  if (isLog && entries.some(isSegment)) return { root: dirname(path), logs: [path], isSingleLog: true };
  const names = entries.filter(({ name, kind }) => kind === 'directory' && isLogName(name));
  const logs = names.map(({ name }) => join(path, name));
  const isRoot = logs.length > 0 || entries.some(({ name }) => name === 'meta.properties');
  if (isRoot) return { root: path, logs, isSingleLog: false };
  throw new UserError(
    'NO_LOGS',
    `${path} holds no logs`,
    'Give a data directory of a broker (log.dirs), or the directory of one log, as orders-0.',
  );
}

export function isSegment({ name, kind }: DirEntry): boolean {
  return kind === 'file' && parseSegmentFileName(name)?.suffix === LOG_SUFFIX;
}

export async function readRoot(disk: ReadOnlyDisk, root: string): Promise<RootFacts> {
  const problems: { file: string; what: string }[] = [];
  const offsets = async (name: string): Promise<ReadonlyMap<string, Offset> | null> => {
    const bytes = await ifPresent(disk.readFile(join(root, name)));
    if (bytes === null) return null;
    const parsed = parseOffsetCheckpoint(bytes);
    if (!parsed.ok) {
      problems.push({ file: join(root, name), what: parsed.reason });
      return null;
    }
    return new Map(
      parsed.value.map(({ topic, partition, offset }) => [partitionName(topic, partition), offset]),
    );
  };
  return {
    holder: await disk.holderOf(root),
    isClean: (await disk.kindOf(join(root, CLEAN_SHUTDOWN_MARKER))) === 'file',
    recoveryPoints: await offsets(RECOVERY_POINT_CHECKPOINT),
    logStarts: await offsets(LOG_START_OFFSET_CHECKPOINT),
    compacted: new Set((await offsets(CLEANER_OFFSET_CHECKPOINT))?.keys()),
    problems,
  };
}

/** Null where the file is missing. */
export async function ifPresent<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** `orders-0`. */
export function logName(path: string): string {
  return basename(path);
}

/**
 * A file or directory that may not be read, or a disk that fails, in a person's words.
 * @throws UserError FILE_NOT_READABLE in the place of a system error
 */
export async function namingFileTrouble<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const code = error instanceof UserError ? undefined : systemErrorCode(error);
    if (code === undefined || !/^E[A-Z]+$/.test(code)) throw error;
    throw new UserError(
      'FILE_NOT_READABLE',
      (error as Error).message,
      code === 'EACCES' ? 'Run it as the user that the broker runs as.' : undefined,
      { cause: error },
    );
  }
}
