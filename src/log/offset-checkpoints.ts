/** The two checkpoint files of a log directory that its logs depend on, kept as what they say. */
import { join } from 'node:path';
import type { Offset } from '../base/ids.js';
import { partitionName } from '../base/ids.js';
import type { Disk } from '../ports/disk.js';
import type { Logger } from '../ports/logger.js';
import {
  encodeOffsetCheckpoint,
  LOG_START_OFFSET_CHECKPOINT,
  type PartitionOffset,
  parseOffsetCheckpoint,
  RECOVERY_POINT_CHECKPOINT,
  readFileIfPresent,
  replaceFile,
} from './checkpoint.js';

export interface CheckpointedLog {
  readonly recoveryPoint: PartitionOffset;
  readonly logStart: PartitionOffset;
}

export class OffsetCheckpoints {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #recoveryPoints: OffsetFile;
  readonly #logStarts: OffsetFile;

  private constructor(disk: Disk, directory: string, recoveryPoints: OffsetFile, logStarts: OffsetFile) {
    this.#disk = disk;
    this.#directory = directory;
    this.#recoveryPoints = recoveryPoints;
    this.#logStarts = logStarts;
  }

  static async read(disk: Disk, directory: string, logger: Logger): Promise<OffsetCheckpoints> {
    const [recoveryPoints, logStarts] = await Promise.all([
      readOffsetFile(disk, join(directory, RECOVERY_POINT_CHECKPOINT), logger),
      readOffsetFile(disk, join(directory, LOG_START_OFFSET_CHECKPOINT), logger),
    ]);
    return new OffsetCheckpoints(disk, directory, recoveryPoints, logStarts);
  }

  /** Undefined: nothing durable says. */
  recoveryPoint(name: string): Offset | undefined {
    return this.#recoveryPoints.byName.get(name)?.offset;
  }

  logStart(name: string): Offset | undefined {
    return this.#logStarts.byName.get(name)?.offset;
  }

  mentions(name: string): boolean {
    return this.#recoveryPoints.byName.has(name) || this.#logStarts.byName.has(name);
  }

  /**
   * Makes the files say this, and nothing else, durably.
   *
   * Log starts first: with one too few, deleted records would come back and be read; with a recovery point too few, more is
   * scanned than need be. A recovery point that falls does so before anything changes below it, so there no order matters.
   */
  async write(logs: readonly CheckpointedLog[]): Promise<void> {
    const write = (file: OffsetFile, name: string, entries: readonly PartitionOffset[]): Promise<void> =>
      file.write(this.#disk, join(this.#directory, name), entries);
    await write(
      this.#logStarts,
      LOG_START_OFFSET_CHECKPOINT,
      logs.map(({ logStart }) => logStart),
    );
    await write(
      this.#recoveryPoints,
      RECOVERY_POINT_CHECKPOINT,
      logs.map(({ recoveryPoint }) => recoveryPoint),
    );
  }

  /** What they say of a log that could not be opened, to be kept. */
  entryOf(name: string): CheckpointedLog | null {
    const recoveryPoint = this.#recoveryPoints.byName.get(name);
    const logStart = this.#logStarts.byName.get(name);
    const known = recoveryPoint ?? logStart;
    if (known === undefined) return null;
    const nothing = { ...known, offset: 0 };
    return { recoveryPoint: recoveryPoint ?? nothing, logStart: logStart ?? nothing };
  }
}

class OffsetFile {
  byName: ReadonlyMap<string, PartitionOffset>;
  /** What lies on the disk; null: nothing that we know. */
  #bytes: Buffer | null;

  constructor(entries: readonly PartitionOffset[], bytes: Buffer | null) {
    this.byName = byName(entries);
    this.#bytes = bytes;
  }

  async write(disk: Disk, path: string, entries: readonly PartitionOffset[]): Promise<void> {
    const bytes = encodeOffsetCheckpoint(entries);
    if (this.#bytes?.equals(bytes)) return;
    this.#bytes = null;
    await replaceFile(disk, path, bytes);
    this.#bytes = bytes;
    this.byName = byName(entries);
  }
}

function byName(entries: readonly PartitionOffset[]): Map<string, PartitionOffset> {
  return new Map(entries.map((entry) => [partitionName(entry.topic, entry.partition), entry]));
}

async function readOffsetFile(disk: Disk, path: string, logger: Logger): Promise<OffsetFile> {
  const bytes = await readFileIfPresent(disk, path);
  if (bytes === null) return new OffsetFile([], null);
  const parsed = parseOffsetCheckpoint(bytes);
  if (parsed.ok) return new OffsetFile(parsed.value, bytes);
  // Replaced at one stroke, it is never half written: somebody else changed it, or the disk did.
  logger.error('a checkpoint is unsound and is passed over', { path, reason: parsed.reason });
  return new OffsetFile([], null);
}
