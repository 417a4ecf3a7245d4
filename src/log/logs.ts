/**
 * All logs of a broker, over its log directories. The caller has locked the directories and knows that they are this cluster's.
 *
 * A directory that cannot be opened, or fails later, is offline: its partitions answer KAFKA_STORAGE_ERROR, the others go on. Only when
 * none is left there is nothing to serve.
 */
import { UserError } from '../base/errors.js';
import { type Millis, type Offset, type PartitionIndex, partitionName, type Uuid } from '../base/ids.js';
import { SlabPool } from '../base/slabs.js';
import type { Clock } from '../ports/clock.js';
import type { Disk } from '../ports/disk.js';
import type { Logger } from '../ports/logger.js';
import type { Compression } from '../records/compression/compression.js';
import type { LogConfig } from './config.js';
import type { Log } from './log.js';
import { LogDirectory } from './log-directory.js';
import { OpenSegments } from './open-segments.js';
import { storageFailed } from './storage-error.js';
import { TailBudget } from './tail-budget.js';

export interface LogsOptions extends Partial<LogsSettings> {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly compression: Compression;
  /** `log.dirs`: absolute paths, which exist. */
  readonly directories: readonly string[];
  /** The settings of a topic whose log is found at start. */
  readonly configOf: (topic: string, topicId: Uuid) => LogConfig;
  /** Retention never passes it; without it, the log's durable end. */
  readonly highWatermarkOf?: (log: Log) => Offset;
  /** Where reads and chunks of the tail get their memory; unless given, a pool of their own. */
  readonly slabs?: SlabPool;
  /** What may wait to be written and synced; beyond it appends are refused. */
  readonly unsettledBytesMax?: number;
}

/** What of them may change while they are open. */
export interface LogsSettings {
  /** What all logs together keep of their newest bytes in memory. */
  readonly tailBytesMax: number;
  /** `producer.id.expiration.ms` */
  readonly producerIdExpirationMs: Millis;
  /** `log.retention.check.interval.ms`: also how often idle producers are forgotten. */
  readonly retentionCheckMs: Millis;
  /** `log.flush.offset.checkpoint.interval.ms` */
  readonly checkpointMs: Millis;
}

export const PRODUCER_ID_EXPIRATION_MS: Millis = 24 * 60 * 60 * 1000;
export const RETENTION_CHECK_MS: Millis = 5 * 60 * 1000;
export const CHECKPOINT_MS: Millis = 60_000;

export interface ShutDirectory {
  readonly path: string;
  readonly cause: unknown;
}

export class Logs {
  readonly tailBudget: TailBudget;
  readonly #options: LogsOptions;
  readonly #directories: readonly LogDirectory[];
  /** Those that could not be opened. */
  readonly shutDirectories: readonly ShutDirectory[];
  #settings: LogsSettings;
  #retainedAtMs: Millis;
  #checkpointedAtMs: Millis;
  #isClosed = false;

  /** @throws UserError when no directory can be opened, or one needs a newer program */
  static async open(options: LogsOptions): Promise<Logs> {
    const { disk, clock, logger, compression, configOf } = options;
    const tailBudget = new TailBudget({
      ...(options.tailBytesMax !== undefined && { tailBytesMax: options.tailBytesMax }),
      ...(options.unsettledBytesMax !== undefined && { unsettledBytesMax: options.unsettledBytesMax }),
    });
    const shared = {
      disk,
      clock,
      logger,
      compression,
      configOf,
      tailBudget,
      openSegments: new OpenSegments(logger),
      slabs: options.slabs ?? new SlabPool(),
    };
    const open: LogDirectory[] = [];
    const shut: ShutDirectory[] = [];
    for (const path of options.directories) {
      try {
        open.push(await LogDirectory.open({ ...shared, path }));
      } catch (cause) {
        if (cause instanceof UserError || options.directories.length === 1) {
          for (const directory of open) await directory.close();
          throw cause;
        }
        logger.error('a log directory cannot be opened; the others go on', { directory: path, error: cause });
        shut.push({ path, cause });
      }
    }
    if (open.length === 0) {
      throw new UserError(
        'NO_LOG_DIRECTORY',
        `none of the log directories can be opened: ${options.directories.join(', ')}`,
        undefined,
        {
          cause: shut[0]?.cause,
        },
      );
    }
    return new Logs(options, tailBudget, open, shut);
  }

  private constructor(
    options: LogsOptions,
    tailBudget: TailBudget,
    directories: readonly LogDirectory[],
    shut: readonly ShutDirectory[],
  ) {
    this.#options = options;
    this.tailBudget = tailBudget;
    this.#directories = directories;
    this.shutDirectories = shut;
    this.#settings = {
      tailBytesMax: tailBudget.tailBytesMax,
      producerIdExpirationMs: options.producerIdExpirationMs ?? PRODUCER_ID_EXPIRATION_MS,
      retentionCheckMs: options.retentionCheckMs ?? RETENTION_CHECK_MS,
      checkpointMs: options.checkpointMs ?? CHECKPOINT_MS,
    };
    this.#retainedAtMs = this.#checkpointedAtMs = options.clock.monotonic();
  }

  get(topic: string, partition: PartitionIndex): Log | undefined {
    const name = partitionName(topic, partition);
    for (const directory of this.#directories) {
      const log = directory.get(name);
      if (log !== undefined) return log;
    }
    return undefined;
  }

  *all(): Iterable<Log> {
    for (const directory of this.#directories) yield* directory.logs();
  }

  get directories(): readonly LogDirectory[] {
    return this.#directories;
  }

  /** The next tick goes by these. */
  configure(settings: LogsSettings): void {
    this.#settings = settings;
    this.tailBudget.resize(settings.tailBytesMax);
  }

  /**
   * A new, empty log, in the directory with the fewest. Durable, in name and topic id, when this resolves.
   *
   * For a partition that is new. One that existed before and is not found may lie in a directory that is offline: look
   * at `shutDirectories` before you make it anew.
   * @throws StorageError
   */
  async create(topic: string, partition: PartitionIndex, topicId: Uuid, config: LogConfig): Promise<Log> {
    const name = partitionName(topic, partition);
    for (const directory of this.#directories) {
      const cause = directory.whyShut(name);
      if (cause !== null) throw storageFailed(name, cause);
    }
    const [fewest] = this.#directories
      .filter((directory) => directory.online)
      .sort((a, b) => a.logCount - b.logCount);
    if (fewest === undefined) throw storageFailed(name, new Error('no log directory is online'));
    return fewest.create({ topic, index: partition, topicId, config });
  }

  /** Its name is durably free when this resolves. Nothing if there is no such log. */
  async delete(topic: string, partition: PartitionIndex): Promise<void> {
    const name = partitionName(topic, partition);
    for (const directory of this.#directories) await directory.delete(name);
  }

  /**
   * Does what is due: flushes of `interval` logs, retention, forgetting of idle producers, checkpoints. To be called now and then, not while
   * an earlier call is under way.
   * @param nowMs wall clock
   */
  async tick(nowMs: Millis): Promise<void> {
    const { clock, highWatermarkOf, logger } = this.#options;
    const { retentionCheckMs, checkpointMs, producerIdExpirationMs: expirationMs } = this.#settings;
    const monotonicMs = clock.monotonic();
    const isRetentionDue = monotonicMs - this.#retainedAtMs >= retentionCheckMs;
    const isCheckpointDue = monotonicMs - this.#checkpointedAtMs >= checkpointMs;
    if (isRetentionDue) this.#retainedAtMs = monotonicMs;
    if (isCheckpointDue) this.#checkpointedAtMs = monotonicMs;
    for (const log of [...this.all()]) await this.#attempt('flush', () => log.flushIfDue(monotonicMs));
    for (const directory of this.#directories) {
      if (this.#isClosed || !directory.online) continue;
      if (isRetentionDue) {
        for (const log of directory.logs()) log.producers.expire(nowMs, expirationMs);
        await this.#attempt('retention', () =>
          directory.retain(nowMs, highWatermarkOf ?? ((log) => log.durableEnd)),
        );
      }
      if (isCheckpointDue) await this.#attempt('checkpoint', () => directory.prepareCheckpoint());
    }
    logger.debug('went over the logs', { retention: isRetentionDue, checkpoint: isCheckpointDue });
  }

  /** Closes every log, with everything durable and the directories marked as cleanly closed where that is so. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#directories.map((directory) => directory.close()));
  }

  /** One log's trouble is not the others': it has taken itself offline, or tries again next time. */
  async #attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#isClosed) this.#options.logger.warn(`${what} failed`, { error });
    }
  }
}
