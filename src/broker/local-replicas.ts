/**
 * Makes this broker's logs what the cluster image says they should be: follows each image, one after the other, and opens, leads,
 * reconfigures or deletes. The image decides; this only catches up, so a broker that was away comes back the same way.
 *
 * A log that cannot be made, since the disk is full or fails, holds nobody else up: its partition answers KAFKA_STORAGE_ERROR, and it is
 * tried again until it is there or the image wants it no more.
 */
import type { BrokerId, Millis } from '../base/ids.js';
import { partitionName } from '../base/ids.js';
import type { LogConfig } from '../log/config.js';
import type { Logs } from '../log/logs.js';
import { StorageError } from '../log/storage-error.js';
import type { ImageDelta } from '../metadata/delta.js';
import type { ClusterImage, PartitionImage, TopicImage } from '../metadata/image.js';
import type { Revision } from '../metadata/store/store.js';
import type { Clock, TimerHandle } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Compression } from '../records/compression/compression.js';
import { Partition } from '../replication/partition.js';
import { ErrorCode } from '../wire/errors.js';
import type { Partitions } from './partitions.js';

/** Before logs that could not be made are tried again: so long at first, twice as long each time, at most so long. */
const RETRY_MS: Millis = 1000;
const RETRY_MS_MAX: Millis = 30_000;

export interface LocalReplicasOptions {
  readonly nodeId: BrokerId;
  readonly logs: Logs;
  readonly partitions: Partitions;
  readonly compression: Compression;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly configOf: (topic: TopicImage) => LogConfig;
  /** This broker leads `partition` from now on, in a new epoch. */
  readonly onLead: (partition: Partition) => void;
}

export class LocalReplicas {
  readonly #options: LocalReplicasOptions;
  #work: Promise<void> = Promise.resolve();
  #revision: Revision = 0;
  #waiting: { readonly revision: Revision; readonly resolve: () => void }[] = [];
  #image: ClusterImage | undefined;
  /** Assigned here, and without a log. By topic id and index, in the order of their failures. */
  readonly #unopened = new Map<string, PartitionImage>();
  #retry: TimerHandle | null = null;
  #retryAfterMs = RETRY_MS;
  #isClosed = false;

  constructor(options: LocalReplicasOptions) {
    this.#options = options;
  }

  /** Takes the next image; the work is done in order, behind what is under way. */
  follow(image: ClusterImage, delta: ImageDelta): void {
    this.#enqueue(image, () => this.#catchUp(image, delta));
  }

  #enqueue(image: ClusterImage, work: () => Promise<void>): void {
    this.#image = image;
    this.#work = this.#work
      .then(work)
      .catch((error: unknown) => {
        // A log that cannot be made or opened has said so itself; its partition answers KAFKA_STORAGE_ERROR or is not there.
        this.#options.logger.error('could not bring the logs in line with the metadata', { error });
      })
      .then(() => this.#reached(image.revision));
  }

  /**
   * Opens what `image` assigns to this broker and no delta has told of. Call it once this broker is registered: before, the image
   * still shows the epoch of its last run, in which it must not go on (the reason for KRaft's Resigned state).
   */
  adopt(image: ClusterImage): void {
    this.#enqueue(image, async () => {
      const assigned = [...image.topics.values()].flatMap(({ partitions }) => partitions);
      await this.#bringMine(assigned, image);
    });
  }

  /** Resolves once the logs are as the image of `revision`, or a later one, has them. */
  async waitFor(revision: Revision): Promise<void> {
    if (this.#revision >= revision) return;
    await new Promise<void>((resolve) => this.#waiting.push({ revision, resolve }));
  }

  /** Tries nothing again from now on; what was begun is still done. */
  close(): void {
    this.#isClosed = true;
    if (this.#retry) this.#options.clock.clearTimer(this.#retry);
    this.#retry = null;
  }

  /** Resolves when what was begun is done. */
  async settle(): Promise<void> {
    await this.#work;
  }

  /** Removes logs that belong to no topic of the image: a deletion that a crash cut short. */
  async removeStrays(image: ClusterImage): Promise<void> {
    const { logs, logger, nodeId } = this.#options;
    for (const log of [...logs.all()]) {
      const topic = image.topicById(log.topicId);
      const { index } = log;
      if (topic?.partitions[index] && assignedTo(nodeId, topic.partitions[index])) continue;
      logger.info('removing the log of a partition that is not here any more', { log: log.name });
      await logs.delete(log.topic, index);
    }
  }

  async #catchUp(image: ClusterImage, delta: ImageDelta): Promise<void> {
    for (const topic of delta.topicsDeleted) await this.#deleteTopic(topic);
    await this.#bringMine(
      delta.partitionsChanged.map(({ after }) => after),
      image,
    );
    // A broker's setting may be the default of any topic.
    const reconfigured =
      delta.configsChanged.brokers.length > 0 ? image.topics.keys() : delta.configsChanged.topics;
    for (const name of reconfigured) await this.#reconfigure(name, image);
  }

  async #bringMine(partitions: readonly PartitionImage[], image: ClusterImage): Promise<void> {
    const mine = partitions.filter((partition) => assignedTo(this.#options.nodeId, partition));
    const ended = await Promise.allSettled(mine.map((partition) => this.#bring(partition, image)));
    // What comes next begins when all have ended, however one of them did.
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
    this.#retryLater();
  }

  async #bring(assigned: PartitionImage, image: ClusterImage): Promise<void> {
    const { partitions, nodeId, onLead } = this.#options;
    const topic = image.topicById(assigned.topicId);
    if (!topic) return;
    let partition = partitions.get(topic.name, assigned.index);
    if (!partition) {
      const opened = await this.#tryOpen(topic, assigned);
      if (opened === null) return;
      partition = opened;
      partitions.add(partition);
    }
    if (assigned.leader !== nodeId) return partition.resign();
    if (partition.leaderEpoch === assigned.leaderEpoch) return;
    partition.lead(
      assigned.leaderEpoch,
      assigned.isr.map(({ brokerId }) => brokerId),
    );
    onLead(partition);
  }

  /** Null: the disk would not have it; it is tried again. */
  async #tryOpen(topic: TopicImage, assigned: PartitionImage): Promise<Partition | null> {
    const key = `${assigned.topicId}/${assigned.index}`;
    const { logger, partitions } = this.#options;
    const name = partitionName(topic.name, assigned.index);
    try {
      const partition = await this.#open(topic, assigned);
      if (this.#unopened.delete(key)) logger.info('a log that could not be made is there now', { log: name });
      return partition;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      if (!this.#unopened.has(key)) {
        logger.error('a log could not be made; it is tried again', { log: name, error });
        this.#unopened.set(key, assigned);
        partitions.cannotOpen(topic.name, assigned.index);
      }
      return null;
    }
  }

  /** One timer for all that are missing; none when nothing is. */
  #retryLater(): void {
    if (this.#unopened.size === 0) this.#retryAfterMs = RETRY_MS;
    if (this.#unopened.size === 0 || this.#retry || this.#isClosed) return;
    this.#retry = this.#options.clock.setTimer(this.#retryAfterMs, () => {
      this.#retry = null;
      this.#retryAfterMs = Math.min(RETRY_MS_MAX, this.#retryAfterMs * 2);
      this.#enqueue(this.#image!, () => this.#openMissing());
    });
  }

  /** As the newest image has them: a topic may be gone, or led in a newer epoch. */
  async #openMissing(): Promise<void> {
    const image = this.#image!;
    const wanted: PartitionImage[] = [];
    for (const [key, { topicId, index }] of this.#unopened) {
      const assigned = image.partition(topicId, index);
      if (assigned) wanted.push(assigned);
      else this.#unopened.delete(key);
    }
    await this.#bringMine(wanted, image);
  }

  /** @throws StorageError */
  async #open(topic: TopicImage, { index, leaderEpoch }: PartitionImage): Promise<Partition> {
    const { logs, nodeId, compression } = this.#options;
    const config = await this.#configOf(topic);
    const log = logs.get(topic.name, index) ?? (await logs.create(topic.name, index, topic.id, config));
    if (log.latestEpoch > leaderEpoch) {
      throw new StorageError(
        ErrorCode.KAFKA_STORAGE_ERROR,
        `${log.name}: its records go up to leader epoch ${log.latestEpoch}, the metadata to ${leaderEpoch}: they are older than the records, or another cluster's. Put back the metadata that belong to the records; or stop the broker, and move ${log.directory} away to go on without them.`,
      );
    }
    return new Partition({ topic: topic.name, topicId: topic.id, index }, log, nodeId, compression);
  }

  /** The topic's settings, once what they need is there: a batch that arrives cannot wait for its codec to be loaded. */
  async #configOf(topic: TopicImage): Promise<LogConfig> {
    const config = this.#options.configOf(topic);
    if (config.produceValidation === 'strict' || config.recompressTo !== null) {
      await this.#options.compression.loadAll();
    }
    return config;
  }

  async #deleteTopic(topic: TopicImage): Promise<void> {
    const { partitions, logs, logger } = this.#options;
    const removed = partitions.removeTopic(topic.name);
    for (const { identity } of removed) {
      try {
        await logs.delete(identity.topic, identity.index);
      } catch (error) {
        // It stays a stray, and goes at the next start.
        logger.error('could not delete a log', { log: partitionName(identity.topic, identity.index), error });
      }
    }
  }

  async #reconfigure(name: string, image: ClusterImage): Promise<void> {
    const topic = image.topic(name);
    if (!topic) return;
    const config = await this.#configOf(topic);
    for (const { index } of topic.partitions)
      this.#options.partitions.get(name, index)?.log.configure(config);
  }

  #reached(revision: Revision): void {
    this.#revision = Math.max(this.#revision, revision);
    const ready = this.#waiting.filter((waiter) => waiter.revision <= this.#revision);
    this.#waiting = this.#waiting.filter((waiter) => waiter.revision > this.#revision);
    for (const { resolve } of ready) resolve();
  }
}

function assignedTo(nodeId: BrokerId, partition: PartitionImage): boolean {
  return partition.replicas.some(({ brokerId }) => brokerId === nodeId);
}
