/**
 * The small files that say, for a whole log directory or one log in it, what is known without looking: Kafka's names and
 * formats, so that Kafka's tools read them.
 *
 * They are replaced whole, never changed: a reader after a crash finds the old file or the new one.
 */
import { dirname, join } from 'node:path';
import { systemErrorCode } from '../base/errors.js';
import type { Offset, PartitionIndex, Uuid } from '../base/ids.js';
import type { Disk, DiskFile } from '../ports/disk.js';
import { encodeCheckpointLines, type Parsed, parseCheckpointLines, wholeNumber } from './checkpoint-lines.js';

/** Per log directory: below it all is on disk and was checked; recovery begins there. */
export const RECOVERY_POINT_CHECKPOINT = 'recovery-point-offset-checkpoint';
/** Per log directory: the high watermarks. */
export const REPLICATION_OFFSET_CHECKPOINT = 'replication-offset-checkpoint';
/** Per log directory: log starts that lie beyond the first segment's base offset. */
export const LOG_START_OFFSET_CHECKPOINT = 'log-start-offset-checkpoint';
/** Per log. */
export const LEADER_EPOCH_CHECKPOINT = 'leader-epoch-checkpoint';
/** Per log: which topic it belongs to, whatever its directory is called. */
export const PARTITION_METADATA = 'partition.metadata';
/** Per log directory: there while the broker is down after a clean stop. */
export const CLEAN_SHUTDOWN_MARKER = '.kafka_cleanshutdown';

export interface PartitionOffset {
  readonly topic: string;
  readonly partition: PartitionIndex;
  readonly offset: Offset;
}

/** One `topic partition offset` a line. */
export function encodeOffsetCheckpoint(entries: readonly PartitionOffset[]): Buffer {
  return encodeCheckpointLines(entries.map((entry) => `${entry.topic} ${entry.partition} ${entry.offset}`));
}

export function parseOffsetCheckpoint(bytes: Buffer): Parsed<PartitionOffset[]> {
  return parseCheckpointLines(bytes, (fields) => {
    const [topic = '', partitionField = '', offsetField = ''] = fields;
    const partition = wholeNumber(partitionField);
    const offset = wholeNumber(offsetField);
    if (fields.length !== 3 || topic === '' || partition === undefined || offset === undefined)
      return undefined;
    return { topic, partition, offset };
  });
}

export function encodePartitionMetadata(topicId: Uuid): Buffer {
  return Buffer.from(`version: 0\ntopic_id: ${topicId}`);
}

export function parsePartitionMetadata(bytes: Buffer): Parsed<Uuid> {
  const fields = new Map<string, string>();
  for (const line of bytes.toString('utf8').split('\n')) {
    const match = /^(\w+): (.*)$/.exec(line.trimEnd());
    if (match !== null) fields.set(match[1]!, match[2]!);
  }
  const version = fields.get('version');
  if (version !== '0')
    return { ok: false, reason: `its version is ${version ?? 'missing'}; this program reads 0` };
  const topicId = fields.get('topic_id');
  if (topicId === undefined || !/^[\w-]{22}$/.test(topicId)) {
    return { ok: false, reason: `its topic_id is ${topicId ?? 'missing'}` };
  }
  return { ok: true, value: topicId };
}

/** Kafka's form of the marker; −1 is "no broker epoch known" (KIP-966). */
export function encodeCleanShutdown(): Buffer {
  return Buffer.from('{"version":0,"brokerEpoch":-1}');
}

/**
 * Puts `bytes` in the place of what is at `path`, durably: written beside it, synced, renamed over it, the name synced.
 * Whatever the moment of a crash, the file is the old one or the new one.
 */
export async function replaceFile(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await disk.open(temporary, { create: true });
  try {
    // An attempt that a crash cut short may have left more bytes than we have.
    if (file.size > 0) await file.truncate(0);
    await file.write([bytes], 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(temporary, path);
  await disk.syncDir(dirname(path));
}

/** The file's bytes, or null when there is no such file. */
export async function readFileIfPresent(disk: Disk, path: string): Promise<Buffer | null> {
  try {
    return await disk.readFile(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The file, open, or null when there is no such file. */
export async function openIfPresent(disk: Disk, path: string): Promise<DiskFile | null> {
  try {
    return await disk.open(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Removes the file durably; returns whether there was one. */
export async function removeFileIfPresent(disk: Disk, path: string): Promise<boolean> {
  try {
    await disk.remove(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
  await disk.syncDir(dirname(path));
  return true;
}

/** The last act of a clean stop, when everything in `directory` is synced. */
export function markCleanShutdown(disk: Disk, directory: string): Promise<void> {
  return replaceFile(disk, join(directory, CLEAN_SHUTDOWN_MARKER), encodeCleanShutdown());
}

/**
 * Whether the last stop was clean. The marker is gone for good when this returns: were it still there after a later crash, that
 * crash would be taken for a clean stop.
 */
export function takeCleanShutdownMarker(disk: Disk, directory: string): Promise<boolean> {
  return removeFileIfPresent(disk, join(directory, CLEAN_SHUTDOWN_MARKER));
}
