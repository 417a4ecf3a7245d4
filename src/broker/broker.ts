/**
 * The composition root of a broker without its sockets: ports in, a dispatcher out. Opens in the order of dependence (directories,
 * metadata, logs, coordinators), and closes in the reverse.
 */
import type { Millis, Uuid } from '../base/ids.js';
import { GroupCoordinators } from '../coordinator/coordinators.js';
import { DEFAULT_GROUP_CONFIG, type GroupConfig } from '../coordinator/group/config.js';
import type { LogConfig } from '../log/config.js';
import type { Logs } from '../log/logs.js';
import { MetadataController } from '../metadata/controller/controller.js';
import type { MetadataFollower } from '../metadata/follow.js';
import type { ClusterImage, TopicImage } from '../metadata/image.js';
import { CONSUMER_OFFSETS_TOPIC } from '../metadata/internal-topics.js';
import type { MetadataStore } from '../metadata/store/store.js';
import type { TimerHandle } from '../ports/clock.js';
import { Compression } from '../records/compression/compression.js';
import type { Partition } from '../replication/partition.js';
import { ErrorCode } from '../wire/errors.js';
import type { BrokerOptions } from './broker-options.js';
import type { Peer } from './context.js';
import { type OpenedDirectories, openDirectories } from './directories.js';
import { Dispatcher } from './dispatch.js';
import { LocalReplicas } from './local-replicas.js';
import { PartitionCoordinatorLog } from './partition-coordinator-log.js';
import { Partitions } from './partitions.js';
import { HANDLERS, SERVED_APIS } from './served.js';
import type { BrokerServices } from './services.js';
import type { BrokerSettings } from './settings/broker-settings.js';
import { type HostPort, parseListener } from './settings/listener.js';
import { logDefaults, resolveLogConfig, topicSettingProblem } from './settings/topic-settings.js';
import { Topics } from './topics.js';

/** How often the logs are asked whether retention, an interval flush or a checkpoint is due; each knows its own interval. */
const TICK_MS: Millis = 500;

export class Broker {
  readonly dispatcher: Dispatcher;
  readonly partitions: Partitions;
  readonly topics: Topics;
  readonly groups: GroupCoordinators;
  readonly logs: Logs;
  readonly clusterId: string;
  readonly #options: BrokerOptions;
  readonly #store: MetadataStore;
  readonly #follower: MetadataFollower;
  readonly #controller: MetadataController;
  readonly #replicas: LocalReplicas;
  readonly #logDefaults: LogConfig;
  readonly #directoryIds: readonly Uuid[];
  readonly #release: () => Promise<void>;
  #tick: TimerHandle | null = null;
  #ticking: Promise<void> = Promise.resolve();
  #offsetsTopic: Promise<ErrorCode> | null = null;
  /** Partitions of `__consumer_offsets` that are being replayed. */
  readonly #loading = new Set<Promise<void>>();

  /**
   * Locks the directories, recovers, and follows the metadata; leads nothing until `announce`.
   * @throws UserError when a directory, its contents or a setting cannot be used; nothing stays open
   */
  static async open(options: BrokerOptions): Promise<Broker> {
    const compression = new Compression();
    const defaults = logDefaults(options.settings.byName);
    const opened = await openDirectories(options, (follower) => ({
      compression,
      configOf: (_name, id) => topicConfig(defaults, follower.image.topicById(id)),
      tailBytesMax: options.settings.tailBytes,
      producerIdExpirationMs: options.settings.producerIdExpirationMs,
      retentionCheckMs: options.settings.retentionCheckMs,
      checkpointMs: options.settings.checkpointMs,
    }));
    return new Broker(options, compression, defaults, opened);
  }

  private constructor(
    options: BrokerOptions,
    compression: Compression,
    defaults: LogConfig,
    opened: OpenedDirectories,
  ) {
    const { ports, settings, logger } = options;
    this.#options = options;
    this.#logDefaults = defaults;
    this.#store = opened.store;
    this.#follower = opened.follower;
    this.logs = opened.logs;
    this.clusterId = opened.clusterId;
    this.#directoryIds = opened.directoryIds;
    this.#release = opened.release;
    this.partitions = new Partitions(ports.clock);
    this.groups = new GroupCoordinators({
      clock: ports.clock,
      entropy: ports.entropy,
      logger,
      compression,
      config: groupConfig(settings),
      partitionCount: () =>
        this.image.topic(CONSUMER_OFFSETS_TOPIC)?.partitions.length ?? settings.offsetsPartitions,
    });
    this.#controller = new MetadataController({
      store: this.#store,
      follower: this.#follower,
      clock: ports.clock,
      entropy: ports.entropy,
      logger,
      brokerId: settings.nodeId,
      rules: {
        defaultPartitionCount: () => settings.numPartitions,
        defaultReplicationFactor: () => settings.defaultReplicationFactor,
        configsProblem: (_topic, configs) => firstProblem(configs),
      },
    });
    this.#replicas = new LocalReplicas({
      nodeId: settings.nodeId,
      logs: this.logs,
      partitions: this.partitions,
      compression,
      logger,
      configOf: (topic) => topicConfig(this.#logDefaults, topic),
      onLead: (partition) => this.#led(partition),
      onTopicDeleted: ({ name }) => void this.groups.topicDeleted(name),
    });
    this.topics = new Topics(this.#controller, this.#follower, this.#replicas);
    this.#follower.onChange((image, delta) => this.#replicas.follow(image, delta));
    this.dispatcher = new Dispatcher(HANDLERS, this.#services(), logger);
  }

  get image(): ClusterImage {
    return this.#follower.image;
  }

  /** `listener` runs once if the metadata can be followed no longer: this broker should stop, since its image is stale. */
  onFailure(listener: (error: Error) => void): void {
    this.#follower.onFailure(listener);
  }

  /** Registers this broker under the address others reach it by, takes its partitions in a new epoch, and begins its rounds. */
  async announce(listening: HostPort): Promise<void> {
    const { host, port } = this.#advertised ?? listening;
    await this.#replicas.removeStrays(this.image);
    await this.#controller.start({
      endpoints: [{ name: 'PLAINTEXT', host, port, securityProtocol: 'PLAINTEXT' }],
      directories: this.#directoryIds,
      rack: null,
    });
    // The election told of every partition that got a new epoch; those led elsewhere, or by nobody, are opened now.
    this.#replicas.adopt(this.image);
    await this.#replicas.settle();
    this.#tickLater();
  }

  /** Every group, its members and its offsets are forgotten, as if `__consumer_offsets` were new. Members join anew. */
  async forgetGroups(): Promise<void> {
    const partitions = this.image.topic(CONSUMER_OFFSETS_TOPIC)?.partitions ?? [];
    for (const { index } of partitions) {
      const partition = this.partitions.get(CONSUMER_OFFSETS_TOPIC, index);
      if (!partition) continue;
      this.groups.resign(index);
      await partition.log.deleteRecordsBefore(partition.highWatermark);
      await this.groups.becomeLeader(new PartitionCoordinatorLog(partition));
    }
  }

  /** Answers what is parked, so that connections can end. No partition is led after this. */
  async resign(): Promise<void> {
    this.#stopTicking();
    await this.#ticking;
    this.groups.resignAll();
    await this.#replicas.settle();
  }

  /** Syncs, marks clean, and lets the directories go. */
  async close(): Promise<void> {
    this.#stopTicking();
    await this.#ticking;
    await this.#controller.close();
    this.#follower.close();
    await this.#replicas.settle();
    await this.#store.close();
    await this.logs.close();
    await this.#release();
  }

  #services(): BrokerServices {
    const { settings, ports } = this.#options;
    return {
      nodeId: settings.nodeId,
      clusterId: this.clusterId,
      settings,
      clock: ports.clock,
      servedApis: SERVED_APIS,
      image: () => this.image,
      topics: this.topics,
      partitions: this.partitions,
      groups: this.groups,
      ensureOffsetsTopic: () => this.#ensureOffsetsTopic(),
      nextProducerId: () => this.#controller.allocateProducerIds(),
      advertisedTo: (peer) => this.#advertised ?? addressOf(peer),
      throttleMs: () => 0,
    };
  }

  get #advertised(): HostPort | null {
    const { advertisedListeners } = this.#options.settings;
    return advertisedListeners === '' ? null : parseListener('advertised.listeners', advertisedListeners);
  }

  #led(partition: Partition): void {
    if (partition.identity.topic !== CONSUMER_OFFSETS_TOPIC) return;
    const loaded = this.groups.becomeLeader(new PartitionCoordinatorLog(partition));
    this.#loading.add(loaded);
    void loaded.finally(() => this.#loading.delete(loaded));
  }

  /** Many clients ask at once when a cluster is new: they share one creation. */
  #ensureOffsetsTopic(): Promise<ErrorCode> {
    if (this.image.topic(CONSUMER_OFFSETS_TOPIC)) return Promise.resolve(ErrorCode.NONE);
    this.#offsetsTopic ??= this.#createOffsetsTopic().finally(() => {
      this.#offsetsTopic = null;
    });
    return this.#offsetsTopic;
  }

  async #createOffsetsTopic(): Promise<ErrorCode> {
    const { settings, logger } = this.#options;
    const [created] = await this.topics.createInternal([
      {
        name: CONSUMER_OFFSETS_TOPIC,
        partitionCount: settings.offsetsPartitions,
        replicationFactor: settings.defaultReplicationFactor,
        assignments: [],
        configs: new Map([
          ['cleanup.policy', 'compact'],
          ['segment.bytes', String(settings.offsetsSegmentBytes)],
        ]),
      },
    ]);
    const { error, message } = created!;
    if (error === ErrorCode.NONE || error === ErrorCode.TOPIC_ALREADY_EXISTS) {
      await Promise.all(this.#loading);
      return ErrorCode.NONE;
    }
    logger.error(`could not create ${CONSUMER_OFFSETS_TOPIC}`, { error, message });
    return ErrorCode.COORDINATOR_NOT_AVAILABLE;
  }

  #tickLater(): void {
    this.#tick = this.#options.ports.clock.setTimer(TICK_MS, () => {
      this.#ticking = this.logs
        .tick(this.#options.ports.clock.now())
        .catch((error: unknown) => this.#options.logger.error('a round over the logs failed', { error }))
        .then(() => {
          if (this.#tick) this.#tickLater();
        });
    });
  }

  #stopTicking(): void {
    if (this.#tick) this.#options.ports.clock.clearTimer(this.#tick);
    this.#tick = null;
  }
}

function topicConfig(defaults: LogConfig, topic: TopicImage | undefined): LogConfig {
  return topic ? resolveLogConfig(defaults, topic.configs) : defaults;
}

function firstProblem(configs: ReadonlyMap<string, string>): string | undefined {
  for (const [name, value] of configs) {
    const problem = topicSettingProblem(name, value);
    if (problem !== null) return problem;
  }
  return undefined;
}

function groupConfig(settings: BrokerSettings): GroupConfig {
  return {
    ...DEFAULT_GROUP_CONFIG,
    initialRebalanceDelayMs: settings.groupInitialRebalanceDelayMs,
    sessionTimeoutMsMin: settings.groupMinSessionMs,
    sessionTimeoutMsMax: settings.groupMaxSessionMs,
    membersMax: settings.groupMaxSize,
    offsetMetadataMax: settings.offsetMetadataMaxBytes,
    offsetsRetentionMs: settings.offsetsRetentionMinutes * 60_000,
    offsetsRetentionCheckIntervalMs: settings.offsetsRetentionCheckMs,
  };
}

/** An IPv4 peer of a dual-stack listener shows up as ::ffff:127.0.0.1; it must be told the form it knows. */
function addressOf({ local }: Peer): HostPort {
  return { host: local.host.replace(/^::ffff:(?=\d+\.)/, ''), port: local.port };
}
