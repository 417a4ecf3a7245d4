/**
 * One of `log.dirs`: its logs, their committer and journal, their checkpoints, and the marker of a clean stop.
 *
 * Opening, in the only safe order: the marker is taken away durably, before a byte is written (a crash from here on is a crash);
 * the journal is replayed; then the logs are recovered, several at a time. A log whose durable records are damaged
 * stays shut and loud; the others open.
 *
 * A disk error is rarely about one file: when it takes a log offline, the whole directory goes, and the other directories go on.
 */
import { join } from 'node:path';
import { systemErrorCode, UserError } from '../base/errors.js';
import { type Millis, type Offset, type PartitionIndex, partitionName, type Uuid } from '../base/ids.js';
import type { SlabPool } from '../base/slabs.js';
import type { Clock, TimerHandle } from '../ports/clock.js';
import type { DirEntry, Disk } from '../ports/disk.js';
import type { Logger } from '../ports/logger.js';
import type { Compression } from '../records/compression/compression.js';
import {
  encodePartitionMetadata,
  markCleanShutdown,
  PARTITION_METADATA,
  parsePartitionMetadata,
  readFileIfPresent,
  replaceFile,
  takeCleanShutdownMarker,
} from './checkpoint.js';
import { type CommitCounters, Committer } from './commit.js';
import type { LogConfig } from './config.js';
import { replayJournal } from './journal-replay.js';
import { Log, type LogHost } from './log.js';
import { OffsetCheckpoints } from './offset-checkpoints.js';
import type { OpenSegments } from './open-segments.js';
import { isPassing } from './sealing.js';
import { writeWhole } from './segment.js';
import { LOG_SUFFIX } from './segment-names.js';
import { SharedRun } from './shared-run.js';
import { CorruptLogError, StorageError, storageFailed } from './storage-error.js';
import type { TailBudget } from './tail-budget.js';

/** Logs that are opened or closed at once: enough to keep the disk busy, few enough not to crowd out what it must do besides. */
const LOGS_AT_ONCE = 8;
const LOG_DIRECTORY_NAME = /^(.+)-(\d+)$/;
const DELETED_DIRECTORY_NAME = /-delete$/;

/** A journal saves syncs. Where they are free it would only hold every byte a second time. */
const WITHOUT_JOURNAL = { directLogsMax: Number.POSITIVE_INFINITY };

export interface LogDirectoryOptions {
  readonly path: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly compression: Compression;
  readonly tailBudget: TailBudget;
  readonly openSegments: OpenSegments;
  readonly slabs: SlabPool;
  readonly configOf: (topic: string, topicId: Uuid) => LogConfig;
}

export interface NewLog {
  readonly topic: string;
  readonly index: PartitionIndex;
  readonly topicId: Uuid;
  readonly config: LogConfig;
}

export class LogDirectory {
  readonly path: string;
  readonly #options: LogDirectoryOptions;
  readonly #committer: Committer;
  readonly #checkpoints: OffsetCheckpoints;
  readonly #checkpointing = new SharedRun(() => this.#writeCheckpoints());
  readonly #syncingNames: SharedRun;
  readonly #logs = new Map<string, Log>();
  /** Logs that are here and could not be opened, and why. */
  readonly #shut = new Map<string, unknown>();
  readonly #creating = new Set<string>();
  /** Renamed directories, by the timer that will remove them. */
  readonly #deleted = new Map<TimerHandle, string>();
  readonly #removing = new Set<Promise<void>>();
  readonly #host: LogHost;
  #offline: { readonly cause: unknown } | null = null;

  /** @throws UserError JOURNAL_NEWER; the disk's errors */
  static async open(options: LogDirectoryOptions): Promise<LogDirectory> {
    const { path, disk, clock, logger } = options;
    const isClean = await takeCleanShutdownMarker(disk, path);
    // A process that was killed within a change of names left it for us to see, and not on the disk. We build on what we see.
    await disk.syncDir(path);
    const replayed = await replayJournal({ disk, logger, directory: path });
    const limits = disk.isVolatile === true ? WITHOUT_JOURNAL : {};
    const committer = await Committer.open({ disk, clock, logger, directory: path, limits });
    const checkpoints = await OffsetCheckpoints.read(disk, path, logger);
    const directory = new LogDirectory(options, committer, checkpoints);
    await directory.#openLogs((name) => isClean && !replayed.logs.has(name));
    return directory;
  }

  private constructor(options: LogDirectoryOptions, committer: Committer, checkpoints: OffsetCheckpoints) {
    this.path = options.path;
    this.#options = options;
    this.#committer = committer;
    this.#checkpoints = checkpoints;
    this.#syncingNames = new SharedRun(() => options.disk.syncDir(options.path));
    this.#host = {
      checkpoint: () => this.checkpoint(),
      wentOffline: (log, cause) => this.#logWentOffline(log, cause),
    };
  }

  get online(): boolean {
    return this.#offline === null;
  }

  get commits(): CommitCounters {
    return this.#committer.counters;
  }

  /** With those on their way. */
  get logCount(): number {
    return this.#logs.size + this.#shut.size + this.#creating.size;
  }

  logs(): Iterable<Log> {
    return this.#logs.values();
  }

  get(name: string): Log | undefined {
    return this.#logs.get(name);
  }

  /** Why the log is here and yet not to be had; null: it is not here, or it is open. */
  whyShut(name: string): unknown {
    return this.#shut.get(name) ?? null;
  }

  /** An empty log; directory, topic id and first segment are durable when this resolves. @throws StorageError */
  async create(wanted: NewLog): Promise<Log> {
    const { disk } = this.#options;
    const name = partitionName(wanted.topic, wanted.index);
    const path = join(this.path, name);
    if (this.#logs.has(name) || this.#creating.has(name))
      throw storageFailed(name, new Error('it exists already'));
    if (this.#shut.has(name)) throw storageFailed(name, this.#shut.get(name));
    this.#creating.add(name);
    try {
      // A checkpoint that still speaks of a deleted log of this name would judge the new one by it.
      if (this.#checkpoints.mentions(name)) await this.checkpoint();
      await disk.makeDir(path);
      await this.#clearUnfinished(name, await disk.list(path));
      await writeWhole(disk, join(path, PARTITION_METADATA), encodePartitionMetadata(wanted.topicId));
      const log = await this.#openLog(wanted, { isClean: false, recoveryPoint: 0, logStartOffset: 0 });
      try {
        await this.#syncingNames.request();
      } catch (error) {
        await log.delete();
        throw error;
      }
      this.#logs.set(name, log);
      return log;
    } catch (error) {
      throw error instanceof StorageError ? error : storageFailed(name, error);
    } finally {
      this.#creating.delete(name);
    }
  }

  /** Durably gone under its name when this resolves; the files are removed later. */
  async delete(name: string): Promise<void> {
    const log = this.#logs.get(name);
    if (log === undefined) return;
    const { disk, clock } = this.#options;
    this.#logs.delete(name);
    await log.delete();
    const gone = `${join(this.path, name)}.${log.topicId}-delete`;
    await disk.rename(log.directory, gone);
    await this.#syncingNames.request();
    const timer = clock.setTimer(log.config.fileDeleteDelayMs, () => {
      this.#deleted.delete(timer);
      this.#remove(gone);
    });
    this.#deleted.set(timer, gone);
  }

  /** Resolves when the checkpoint files say what the logs say now. @throws the disk's errors */
  checkpoint(): Promise<void> {
    return this.#checkpointing.request();
  }

  /** Everything durable, indexed and marked as such; or as much of it as the disk allows. */
  async close(): Promise<void> {
    const { disk, logger } = this.#options;
    await inParallel([...this.#logs.values()], (log) => log.close());
    for (const [timer, path] of this.#deleted) {
      this.#options.clock.clearTimer(timer);
      this.#remove(path);
    }
    this.#deleted.clear();
    await Promise.all(this.#removing);
    try {
      await this.#committer.close();
      await this.checkpoint();
      const isClean =
        this.online && this.#shut.size === 0 && [...this.#logs.values()].every((log) => log.closedClean);
      if (isClean) await markCleanShutdown(disk, this.path);
      else
        logger.warn('a log directory was not closed cleanly; the next start scans its logs', {
          directory: this.path,
        });
    } catch (error) {
      logger.error('a log directory was not closed cleanly', { directory: this.path, error });
    }
  }

  async #openLogs(isClean: (name: string) => boolean): Promise<void> {
    const { disk } = this.#options;
    const entries = await disk.list(this.path);
    const names: string[] = [];
    for (const { name, kind } of entries) {
      if (kind !== 'directory') continue;
      if (DELETED_DIRECTORY_NAME.test(name)) this.#remove(join(this.path, name));
      else if (LOG_DIRECTORY_NAME.test(name)) names.push(name);
    }
    await inParallel(names, (name) => this.#openFound(name, isClean(name)));
  }

  async #openFound(name: string, isClean: boolean): Promise<void> {
    const { disk, logger, configOf } = this.#options;
    const [, topic = '', indexText = ''] = LOG_DIRECTORY_NAME.exec(name)!;
    const path = join(this.path, name);
    try {
      const metadata = await readFileIfPresent(disk, join(path, PARTITION_METADATA));
      const parsed = metadata === null ? null : parsePartitionMetadata(metadata);
      if (!parsed?.ok) {
        // Nobody was told that it exists: the topic id is durable before that.
        await this.#clearUnfinished(name, await disk.list(path));
        await disk.removeDir(path);
        logger.info('removed a log that was never finished', { log: name });
        return;
      }
      const topicId = parsed.value;
      const recoveryPoint = this.#checkpoints.recoveryPoint(name);
      if (recoveryPoint === undefined) {
        // Perhaps its creation was cut short, and this file is not on the disk.
        await replaceFile(disk, join(path, PARTITION_METADATA), encodePartitionMetadata(topicId));
      }
      const log = await this.#openLog(
        { topic, index: Number(indexText), topicId, config: configOf(topic, topicId) },
        {
          isClean: isClean && recoveryPoint !== undefined,
          recoveryPoint: recoveryPoint ?? 0,
          logStartOffset: this.#checkpoints.logStart(name) ?? 0,
        },
      );
      this.#logs.set(name, log);
    } catch (error) {
      this.#shut.set(name, error);
      const hint = error instanceof CorruptLogError ? error.hint : undefined;
      logger.error('a log cannot be opened and stays offline', {
        log: name,
        directory: this.path,
        error,
        hint,
      });
    }
  }

  /** Files without a topic id, left by a creation that a crash cut short. There is no record in them, or it is no such thing. */
  async #clearUnfinished(name: string, entries: readonly DirEntry[]): Promise<void> {
    const records = entries.find((entry) => entry.name.endsWith(LOG_SUFFIX) && entry.size > 0);
    if (records !== undefined) {
      throw new UserError(
        'LOG_WITHOUT_TOPIC_ID',
        `${join(this.path, name)} holds records (${records.name}), and no sound ${PARTITION_METADATA} says whose they are`,
        'Put the file back from a backup, or move the directory away.',
      );
    }
    for (const entry of entries) await this.#options.disk.remove(join(this.path, name, entry.name));
  }

  #openLog(
    log: NewLog,
    known: { readonly isClean: boolean; readonly recoveryPoint: Offset; readonly logStartOffset: Offset },
  ): Promise<Log> {
    const { disk, clock, logger, compression, tailBudget, openSegments, slabs } = this.#options;
    return Log.open({
      ...log,
      ...known,
      directory: join(this.path, partitionName(log.topic, log.index)),
      disk,
      clock,
      logger,
      compression,
      tailBudget,
      openSegments,
      slabs,
      committer: this.#committer,
      host: this.#host,
    });
  }

  async #writeCheckpoints(): Promise<void> {
    const entries = [...this.#logs.values()].map((log) => ({
      recoveryPoint: { topic: log.topic, partition: log.index, offset: log.recoveryPoint },
      logStart: { topic: log.topic, partition: log.index, offset: log.startOffset },
    }));
    const shut = [...this.#shut.keys()].flatMap((name) => this.#checkpoints.entryOf(name) ?? []);
    await this.#checkpoints.write([...entries, ...shut]);
  }

  #logWentOffline(log: Log, cause: unknown): void {
    if (this.#offline !== null || systemErrorCode(cause) === undefined || isPassing(cause)) return;
    this.#offline = { cause };
    this.#options.logger.error('a log directory goes offline', {
      directory: this.path,
      log: log.name,
      error: cause,
    });
    for (const each of this.#logs.values()) each.takeOffline(cause);
  }

  #remove(path: string): void {
    const removing = this.#options.disk
      .removeDir(path)
      .catch((error: unknown) => {
        // The next start tries again.
        this.#options.logger.warn('could not remove a deleted log', { path, error });
      })
      .finally(() => this.#removing.delete(removing));
    this.#removing.add(removing);
  }

  /** For the round over all logs: checkpoints what has become durable. */
  async prepareCheckpoint(): Promise<void> {
    for (const log of this.#logs.values()) await log.sealWhatIsOpen();
    await this.checkpoint();
  }

  /** @param nowMs wall clock */
  async retain(nowMs: Millis, highWatermarkOf: (log: Log) => Offset): Promise<void> {
    for (const log of [...this.#logs.values()]) {
      if (!log.online) continue;
      try {
        await log.retain(nowMs, highWatermarkOf(log));
      } catch (error) {
        // It has taken itself offline, was closed meanwhile, or tries again at the next round.
        this.#options.logger.warn('retention failed', { log: log.name, error });
      }
    }
  }
}

/** @throws the first failure, when all are done */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const lane = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(LOGS_AT_ONCE, items.length) }, lane));
}
