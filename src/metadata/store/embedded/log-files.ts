/**
 * The files of the embedded store on disk.
 *
 *     <revision>.snapshot   all keys as of that revision
 *     <revision>.log        the commits after it
 *
 * There is one pair (at first a log alone, `0…0.log`), and while one replaces the other, a moment with parts of two. A
 * snapshot appears whole: written and synced under another name, then renamed. Order of a replacement, with what a
 * crash leaves at each point:
 *
 *     new log made and synced    an empty log without a snapshot: removed at the next opening
 *     snapshot synced as .tmp    the same, and the .tmp: removed
 *     renamed                    the new pair, or, if the directory was not synced yet, perhaps the old one: both hold the same
 *     directory synced           the new pair, for good; only from here on the new log is written
 *     old pair removed
 */
import { assert } from '../../../base/assert.js';
import { systemErrorCode, UserError } from '../../../base/errors.js';
import { version as SOFTWARE_VERSION } from '../../../base/version.js';
import type { Disk, DiskFile } from '../../../ports/disk.js';
import type { Entropy } from '../../../ports/entropy.js';
import type { Revision } from '../store.js';
import {
  encodeFrame,
  encodeHeader,
  FORMAT_VERSION,
  type FileKind,
  HEADER_BYTES,
  MARKER_BYTES,
  readFrames,
  readHeader,
} from './format.js';
import { type AppliedCommit, type Commit, KeySpace } from './key-space.js';
import { decodeBatch, decodeSnapshot, encodeBatch, encodeSnapshot } from './log-records.js';

/** Nothing can be said any more about what is on the disk: the store must not go on with these files. */
export class LogBroken extends Error {
  override readonly name = 'LogBroken';
}

export interface Recovered {
  readonly files: LogFiles;
  readonly keys: KeySpace;
  /** Those of the log, oldest first: what watches may still be told. */
  readonly commits: readonly AppliedCommit[];
  /** Bytes cut off behind the last good frame. */
  readonly tornBytes: number;
}

interface Generation {
  readonly snapshot: Revision | undefined;
  readonly base: Revision;
}

/** Opens, makes or recovers the files in `directory`, whose parent must be there. @throws UserError METADATA_CORRUPT, METADATA_NEWER */
export async function openLogFiles(disk: Disk, entropy: Entropy, directory: string): Promise<Recovered> {
  await disk.makeDir(directory);
  await disk.syncDir(parentOf(directory));
  const names = (await disk.list(directory)).filter(({ kind }) => kind === 'file').map(({ name }) => name);
  const { snapshot, base } = chooseGeneration(directory, names);
  const keys =
    snapshot === undefined
      ? new KeySpace(0, [])
      : await readSnapshot(disk, `${directory}/${snapshotName(snapshot)}`);
  if (keys.revision !== base)
    throw corrupt(
      `${directory}/${snapshotName(base)}`,
      'it is a snapshot of another revision than its name says',
    );

  const path = `${directory}/${logName(base)}`;
  // A log that is missing beside its snapshot, or has no whole header, is one that a crash kept from being made.
  const content = await readIfThere(disk, path);
  const file = await disk.open(path, { create: true });
  try {
    const log = content === undefined ? undefined : readLog(path, content, keys);
    const marker = log?.marker ?? newMarker(entropy);
    if (log === undefined) await startLog(file, marker);
    else if (log.end < content!.length) await file.truncate(log.end);
    // What we have read may so far be in the system's memory alone, if our predecessor died before its sync: it must be on
    // the disk before anyone hears of it.
    await file.sync();
    await disk.syncDir(directory);
    const end = log?.end ?? HEADER_BYTES;
    const files = new LogFiles(disk, entropy, directory, { file, base, marker, end });
    await removeLeftovers(disk, directory, names, base);
    return { files, keys, commits: log?.commits ?? [], tornBytes: (content?.length ?? end) - end };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Which pair of files counts. */
function chooseGeneration(directory: string, names: readonly string[]): Generation {
  const snapshot = names
    .map((name) => revisionIn(name, 'snapshot'))
    .findLast((revision) => revision !== undefined);
  const logs = names.map((name) => revisionIn(name, 'log')).filter((revision) => revision !== undefined);
  const base = snapshot ?? 0;
  // Without its snapshot even a whole log is of no use; it must not be taken for an empty store.
  if (snapshot === undefined && logs.length > 0 && !logs.includes(0)) {
    throw corrupt(`${directory}/${snapshotName(logs[0]!)}`, 'it is missing');
  }
  return { snapshot, base };
}

async function readSnapshot(disk: Disk, path: string): Promise<KeySpace> {
  const content = await disk.readFile(path);
  const marker = readGoodHeader(path, content, 'SNAP');
  const { payloads, ending } = readFrames(content, marker);
  // A snapshot was synced before it got its name: whatever is wrong with it has happened since.
  if (ending !== 'whole') throw corrupt(path, 'a part of it does not have its checksum');
  try {
    return decodeSnapshot(payloads);
  } catch (error) {
    throw corrupt(path, messageOf(error), error);
  }
}

interface LogRead {
  readonly marker: Buffer;
  readonly end: number;
  readonly commits: readonly AppliedCommit[];
}

/** Applies the log's commits to `keys`. Undefined: the log was never begun. */
function readLog(path: string, content: Buffer, keys: KeySpace): LogRead | undefined {
  if (content.length <= HEADER_BYTES && readHeader(content, 'LOG ').kind === 'bad') return undefined;
  const marker = readGoodHeader(path, content, 'LOG ');
  const { payloads, goodEnd, ending } = readFrames(content, marker);
  if (ending === 'damaged') {
    throw corrupt(path, `the record at byte ${goodEnd} does not have its checksum, and others follow it`);
  }
  const commits: AppliedCommit[] = [];
  try {
    for (const payload of payloads)
      for (const commit of decodeBatch(payload)) commits.push(keys.apply(commit));
  } catch (error) {
    throw corrupt(path, messageOf(error), error);
  }
  return { marker, end: goodEnd, commits };
}

function readGoodHeader(path: string, content: Buffer, kind: FileKind): Buffer {
  const header = readHeader(content, kind);
  if (header.kind === 'good') return header.marker;
  if (header.kind === 'bad') throw corrupt(path, 'its header does not have its checksum');
  throw new UserError(
    'METADATA_NEWER',
    `${path} was written by Millrace ${header.writtenBy}, in format ${header.formatVersion}; this is Millrace ` +
      `${SOFTWARE_VERSION}, which reads up to format ${FORMAT_VERSION}`,
    `run Millrace ${header.writtenBy} or newer on this directory; nothing has been changed`,
  );
}

async function startLog(file: DiskFile, marker: Buffer): Promise<void> {
  await file.truncate(0);
  await file.write([encodeHeader('LOG ', marker)], 0);
}

async function removeLeftovers(
  disk: Disk,
  directory: string,
  names: readonly string[],
  base: Revision,
): Promise<void> {
  for (const name of names) {
    const revision = revisionIn(name, 'snapshot') ?? revisionIn(name, 'log');
    if (name.endsWith('.tmp') || (revision !== undefined && revision < base))
      await disk.remove(`${directory}/${name}`);
    // A log of a later revision than any snapshot: made for a snapshot that never came, so never written to.
    if (revision !== undefined && revision > base) {
      const path = `${directory}/${name}`;
      const { length } = await disk.readFile(path);
      if (length > HEADER_BYTES)
        throw corrupt(`${directory}/${snapshotName(revision)}`, 'it is missing, though its log is there');
      await disk.remove(path);
    }
  }
}

interface OpenLog {
  readonly file: DiskFile;
  readonly base: Revision;
  readonly marker: Buffer;
  end: number;
}

/** One caller at a time: `append` and `startOver` must not overlap. */
export class LogFiles {
  readonly #disk: Disk;
  readonly #entropy: Entropy;
  readonly #directory: string;
  #log: OpenLog;

  constructor(disk: Disk, entropy: Entropy, directory: string, log: OpenLog) {
    this.#disk = disk;
    this.#entropy = entropy;
    this.#directory = directory;
    this.#log = log;
  }

  get logBytes(): number {
    return this.#log.end;
  }

  get path(): string {
    return this.#log.file.path;
  }

  /**
   * Durable when it returns. An error other than LogBroken: nothing was appended, and another try may succeed (a full disk).
   * @throws LogBroken when the frame may or may not be there
   */
  async append(commits: readonly Commit[]): Promise<void> {
    const { file, marker, end } = this.#log;
    const frame = encodeFrame(marker, encodeBatch(commits));
    try {
      await file.write([frame], end);
    } catch (error) {
      await this.#takeBack(error);
      throw error;
    }
    try {
      await file.sync();
    } catch (error) {
      // After a failed sync the system may have dropped the pages and called them clean: a second sync would prove nothing.
      throw new LogBroken(`the metadata log could not be synced: ${messageOf(error)}`, { cause: error });
    }
    this.#log.end = end + frame.length;
  }

  /** Durably cuts off what a failed write may have left. */
  async #takeBack(cause: unknown): Promise<void> {
    try {
      await this.#log.file.truncate(this.#log.end);
      await this.#log.file.sync();
    } catch (error) {
      const why = `${messageOf(cause)}; then ${messageOf(error)}`;
      throw new LogBroken(`the metadata log could be neither written nor cut back: ${why}`, { cause: error });
    }
  }

  /**
   * Writes a snapshot of `keys`, which must be all that has been appended, and begins a new log behind it.
   * An error other than LogBroken: everything is as before.
   * @returns the snapshot's size, and the error for which an old file is still there, until the next opening removes it
   */
  async startOver(keys: KeySpace): Promise<{ snapshotBytes: number; leftBehind: unknown }> {
    assert(keys.revision > this.#log.base, 'a snapshot is of a later revision than the one before');
    const marker = newMarker(this.#entropy);
    const logPath = `${this.#directory}/${logName(keys.revision)}`;
    const snapshotPath = `${this.#directory}/${snapshotName(keys.revision)}`;
    const file = await this.#disk.open(logPath, { create: true });
    let snapshotBytes: number;
    try {
      await startLog(file, marker);
      await file.sync();
      snapshotBytes = await this.#writeSnapshot(`${snapshotPath}.tmp`, keys);
    } catch (error) {
      await file.close();
      // A full disk should not also keep the half of a snapshot. What cannot be removed now, the next opening removes.
      await Promise.allSettled([this.#disk.remove(`${snapshotPath}.tmp`), this.#disk.remove(logPath)]);
      throw error;
    }
    try {
      await this.#disk.rename(`${snapshotPath}.tmp`, snapshotPath);
      await this.#disk.syncDir(this.#directory);
    } catch (error) {
      // From the rename on, an opening may choose the new pair. Appending to the old log would then be lost.
      await file.close();
      throw new LogBroken(`a snapshot of the metadata could not be put in place: ${messageOf(error)}`, {
        cause: error,
      });
    }
    const old = this.#log;
    this.#log = { file, base: keys.revision, marker, end: HEADER_BYTES };
    const leftBehind = await this.#removePair(old).then(
      () => undefined,
      (error: unknown) => error,
    );
    return { snapshotBytes, leftBehind };
  }

  async #writeSnapshot(path: string, keys: KeySpace): Promise<number> {
    const marker = newMarker(this.#entropy);
    const parts = [
      encodeHeader('SNAP', marker),
      ...encodeSnapshot(keys).map((part) => encodeFrame(marker, part)),
    ];
    const file = await this.#disk.open(path, { create: true });
    try {
      await file.truncate(0);
      await file.write(parts, 0);
      await file.sync();
    } finally {
      await file.close();
    }
    return parts.reduce((sum, part) => sum + part.length, 0);
  }

  async #removePair(old: OpenLog): Promise<void> {
    await old.file.close();
    await this.#disk.remove(old.file.path);
    if (old.base > 0) await this.#disk.remove(`${this.#directory}/${snapshotName(old.base)}`);
  }

  close(): Promise<void> {
    return this.#log.file.close();
  }
}

function logName(revision: Revision): string {
  return `${String(revision).padStart(20, '0')}.log`;
}

function snapshotName(revision: Revision): string {
  return `${String(revision).padStart(20, '0')}.snapshot`;
}

function revisionIn(name: string, extension: 'log' | 'snapshot'): Revision | undefined {
  const [, revision, found] = /^(\d{20})\.(log|snapshot)$/.exec(name) ?? [];
  return found === extension ? Number(revision) : undefined;
}

function newMarker(entropy: Entropy): Buffer {
  return entropy.bytes(MARKER_BYTES);
}

async function readIfThere(disk: Disk, path: string): Promise<Buffer | undefined> {
  try {
    return await disk.readFile(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parentOf(directory: string): string {
  const slash = directory.lastIndexOf('/');
  return slash <= 0 ? '/' : directory.slice(0, slash);
}

function corrupt(path: string, why: string, cause?: unknown): UserError {
  return new UserError(
    'METADATA_CORRUPT',
    `the cluster's metadata cannot be read: ${path}: ${why}`,
    'the disk has lost what it had stored: restore this directory from a copy; nothing has been changed',
    { cause },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
