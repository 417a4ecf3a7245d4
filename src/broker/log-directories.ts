/**
 * What lies in which of `log.dirs`: sizes from what the logs know in memory, so that asking costs no walk over the disk but one look at each
 * volume.
 */
import { NO_OFFSET, type Offset, type PartitionIndex } from '../base/ids.js';
import type { Log } from '../log/log.js';
import type { LogDirectory } from '../log/log-directory.js';
import type { Logs } from '../log/logs.js';
import type { Disk } from '../ports/disk.js';
import type { Logger } from '../ports/logger.js';
import { ErrorCode } from '../wire/errors.js';
import type { Partitions } from './partitions.js';

export interface DescribedLog {
  readonly topic: string;
  readonly index: PartitionIndex;
  readonly sizeBytes: number;
  /** How far the log's end lies behind the high watermark; −1: not served yet. */
  readonly offsetLag: Offset;
}

export interface DescribedLogDirectory {
  /** Absolute. */
  readonly path: string;
  /** KAFKA_STORAGE_ERROR: offline; nothing else is known of it then. */
  readonly error: ErrorCode;
  /** Of the volume; −1 with an error. */
  readonly totalBytes: number;
  readonly usableBytes: number;
  readonly logs: readonly DescribedLog[];
}

export class LogDirectories {
  readonly #logs: Logs;
  readonly #partitions: Partitions;
  readonly #disk: Disk;
  readonly #logger: Logger;

  constructor(logs: Logs, partitions: Partitions, disk: Disk, logger: Logger) {
    this.#logs = logs;
    this.#partitions = partitions;
    this.#disk = disk;
    this.#logger = logger;
  }

  /** All of them, those that could not be opened last. */
  async describe(): Promise<DescribedLogDirectory[]> {
    const opened = await Promise.all(this.#logs.directories.map((directory) => this.#describe(directory)));
    return [...opened, ...this.#logs.shutDirectories.map(({ path }) => offline(path))];
  }

  async #describe(directory: LogDirectory): Promise<DescribedLogDirectory> {
    const { path } = directory;
    if (!directory.online) return offline(path);
    try {
      const [totalBytes, usableBytes] = await Promise.all([
        this.#disk.totalBytes(path),
        this.#disk.freeBytes(path),
      ]);
      const logs = Array.from(directory.logs(), (log) => this.#describeLog(log));
      return { path, error: ErrorCode.NONE, totalBytes, usableBytes, logs };
    } catch (error) {
      this.#logger.warn('a log directory cannot be looked at', { directory: path, error });
      return offline(path);
    }
  }

  #describeLog({ topic, index, sizeBytes, endOffset }: Log): DescribedLog {
    const partition = this.#partitions.get(topic, index);
    const offsetLag = partition ? Math.max(partition.highWatermark - endOffset, 0) : NO_OFFSET;
    return { topic, index, sizeBytes, offsetLag };
  }
}

function offline(path: string): DescribedLogDirectory {
  return { path, error: ErrorCode.KAFKA_STORAGE_ERROR, totalBytes: -1, usableBytes: -1, logs: [] };
}
