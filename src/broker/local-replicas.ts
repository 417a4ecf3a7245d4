/**
 * Makes this broker's logs what the cluster image says they should be: follows each image, one after the other, and opens, leads,
 * reconfigures or deletes. The image decides; this only catches up, so a broker that was away comes back the same way.
 */
import type { BrokerId, PartitionIndex } from '../base/ids.js';
import { partitionName } from '../base/ids.js';
import type { LogConfig } from '../log/config.js';
import type { Logs } from '../log/logs.js';
import type { ImageDelta } from '../metadata/delta.js';
import type { ClusterImage, PartitionImage, TopicImage } from '../metadata/image.js';
import type { Revision } from '../metadata/store/store.js';
import type { Logger } from '../ports/logger.js';
import type { Compression } from '../records/compression/compression.js';
import { Partition } from '../replication/partition.js';
import type { Partitions } from './partitions.js';

export interface LocalReplicasOptions {
  readonly nodeId: BrokerId;
  readonly logs: Logs;
  readonly partitions: Partitions;
  readonly compression: Compression;
  readonly logger: Logger;
  readonly configOf: (topic: TopicImage) => LogConfig;
  /** This broker leads `partition` from now on, in a new epoch. */
  readonly onLead: (partition: Partition) => void;
  /** The topic and all its partitions are gone. */
  readonly onTopicDeleted: (topic: TopicImage) => void;
}

export class LocalReplicas {
  readonly #options: LocalReplicasOptions;
  #work: Promise<void> = Promise.resolve();
  #revision: Revision = 0;
  #waiting: { readonly revision: Revision; readonly resolve: () => void }[] = [];

  constructor(options: LocalReplicasOptions) {
    this.#options = options;
  }

  /** Takes the next image; the work is done in order, behind what is under way. */
  follow(image: ClusterImage, delta: ImageDelta): void {
    this.#enqueue(image, () => this.#catchUp(image, delta));
  }

  #enqueue(image: ClusterImage, work: () => Promise<void>): void {
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
    for (const name of delta.configsChanged.topics) await this.#reconfigure(name, image);
  }

  async #bringMine(partitions: readonly PartitionImage[], image: ClusterImage): Promise<void> {
    const mine = partitions.filter((partition) => assignedTo(this.#options.nodeId, partition));
    await Promise.all(mine.map((partition) => this.#bring(partition, image)));
  }

  async #bring(assigned: PartitionImage, image: ClusterImage): Promise<void> {
    const { partitions, nodeId, onLead } = this.#options;
    const topic = image.topicById(assigned.topicId);
    if (!topic) return;
    let partition = partitions.get(topic.name, assigned.index);
    if (!partition) {
      partition = await this.#open(topic, assigned.index);
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

  async #open(topic: TopicImage, index: PartitionIndex): Promise<Partition> {
    const { logs, nodeId, compression } = this.#options;
    const config = await this.#configOf(topic);
    const log = logs.get(topic.name, index) ?? (await logs.create(topic.name, index, topic.id, config));
    return new Partition({ topic: topic.name, topicId: topic.id, index }, log, nodeId, compression);
  }

  /** The topic's settings, once what they need is there: a batch that arrives cannot wait for its codec to be loaded. */
  async #configOf(topic: TopicImage): Promise<LogConfig> {
    const config = this.#options.configOf(topic);
    if (config.produceValidation === 'strict') await this.#options.compression.loadAll();
    return config;
  }

  async #deleteTopic(topic: TopicImage): Promise<void> {
    const { partitions, logs, logger, onTopicDeleted } = this.#options;
    const removed = partitions.removeTopic(topic.name);
    onTopicDeleted(topic);
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
