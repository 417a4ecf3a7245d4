/**
 * The composition root of a broker without its sockets: ports in, a dispatcher out. Opens in the order of dependence (directories,
 * metadata, logs, coordinators), and closes in the reverse.
 */
import { assert } from '../base/assert.js';
import type { Millis, Uuid } from '../base/ids.js';
import { SlabPool } from '../base/slabs.js';
import { GroupCoordinators } from '../coordinator/coordinators.js';
import { DEFAULT_GROUP_CONFIG, type GroupConfig } from '../coordinator/group/config.js';
import { DEFAULT_SHARD_CONFIG } from '../coordinator/runtime.js';
import type { LogConfig } from '../log/config.js';
import type { Logs, LogsSettings } from '../log/logs.js';
import { MetadataController } from '../metadata/controller/controller.js';
import type { MetadataFollower } from '../metadata/follow.js';
import type { ClusterImage, TopicImage } from '../metadata/image.js';
import { CONSUMER_OFFSETS_TOPIC } from '../metadata/internal-topics.js';
import { ALL_BROKERS } from '../metadata/keys.js';
import type { MetadataStore } from '../metadata/store/store.js';
import type { TimerHandle } from '../ports/clock.js';
import { Compression } from '../records/compression/compression.js';
import type { Partition } from '../replication/partition.js';
import { ErrorCode } from '../wire/errors.js';
import type { BrokerOptions } from './broker-options.js';
import type { Peer } from './context.js';
import { ConfigChanges } from './config-changes.js';
import { type OpenedDirectories, openDirectories } from './directories.js';
import { Dispatcher } from './dispatch.js';
import { FetchSessionCache } from './fetch-session-cache.js';
import { inEffect } from './in-effect.js';
import { LocalReplicas } from './local-replicas.js';
import { LogDirectories } from './log-directories.js';
import { PartitionCoordinatorLog } from './partition-coordinator-log.js';
import { Partitions } from './partitions.js';
import { HANDLERS, SERVED_APIS } from './served.js';
import type { BrokerServices } from './services.js';
import type { BrokerSettings } from './settings/broker-settings.js';
import { brokerConfigsProblem } from './settings/edits.js';
import { type HostPort, parseListener } from './settings/listener.js';
import { LiveSettings } from './settings/live-settings.js';
import { logDefaults, resolveLogConfig, topicSettingProblem } from './settings/topic-settings.js';
import { Topics } from './topics.js';

/** How often the logs are asked whether retention, an interval flush or a checkpoint is due; each knows its own interval. */
const TICK_MS: Millis = 500;

export class Broker {
  readonly dispatcher: Dispatcher;
  readonly partitions: Partitions;
  readonly topics: Topics;
  readonly configChanges: ConfigChanges;
  readonly fetchSessions: FetchSessionCache;
  readonly groups: GroupCoordinators;
  readonly logs: Logs;
  /** What the requests, the newest records and the records being read lie in. */
  readonly slabs: SlabPool;
  readonly clusterId: string;
  readonly #options: BrokerOptions;
  readonly #store: MetadataStore;
  readonly #follower: MetadataFollower;
  readonly #controller: MetadataController;
  readonly #replicas: LocalReplicas;
  readonly #logDirectories: LogDirectories;
  readonly #live: LiveSettings;
  /** Of topics, as the settings have them now. */
  #logDefaults: LogConfig;
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
    const { settings, logger } = options;
    for (const warning of settings.warnings) logger.warn(warning);
    const compression = new Compression();
    const slabs = options.slabs ?? new SlabPool();
    let live: LiveSettings | undefined;
    const opened = await openDirectories(options, (follower) => {
      live = new LiveSettings(settings, follower, logger);
      const now = live.current;
      const defaults = logDefaults(now.byName);
      return {
        compression,
        slabs,
        configOf: (_name, id) => topicConfig(defaults, follower.image.topicById(id)),
        ...logsSettings(now),
      };
    });
    assert(live !== undefined, 'the settings follow the metadata before the logs are opened');
    return new Broker({ ...options, slabs }, compression, opened, live);
  }

  private constructor(
    options: BrokerOptions & { readonly slabs: SlabPool },
    compression: Compression,
    opened: OpenedDirectories,
    live: LiveSettings,
  ) {
    const { ports, settings, logger } = options;
    this.#options = options;
    this.#store = opened.store;
    this.#follower = opened.follower;
    this.logs = opened.logs;
    this.slabs = options.slabs;
    this.#live = live;
    this.#logDefaults = logDefaults(live.current.byName);
    this.clusterId = opened.clusterId;
    this.#directoryIds = opened.directoryIds;
    this.#release = opened.release;
    this.partitions = new Partitions(ports.clock);
    this.fetchSessions = new FetchSessionCache({
      slots: settings.fetchSessionSlots,
      entropy: ports.entropy,
    });
    this.#logDirectories = new LogDirectories(this.logs, this.partitions, ports.disk, logger);
    this.groups = new GroupCoordinators({
      clock: ports.clock,
      entropy: ports.entropy,
      logger,
      compression,
      config: groupConfig(live),
      shardConfig: { ...DEFAULT_SHARD_CONFIG, commitTimeoutMs: settings.offsetsCommitTimeoutMs },
      partitionCount: () =>
        this.image.topic(CONSUMER_OFFSETS_TOPIC)?.partitions.length ?? settings.offsetsPartitions,
      topicExists: (topic) => this.image.topic(topic) !== undefined,
    });
    this.#controller = new MetadataController({
      store: this.#store,
      follower: this.#follower,
      clock: options.leaseClock ?? ports.clock,
      entropy: ports.entropy,
      logger,
      brokerId: settings.nodeId,
      rules: {
        defaultPartitionCount: () => this.settings.numPartitions,
        defaultReplicationFactor: () => this.settings.defaultReplicationFactor,
        configsProblem: (_topic, configs) => firstProblem(configs),
        brokerConfigsProblem: (resource, configs) => {
          const mine = String(settings.nodeId);
          return brokerConfigsProblem(settings, {
            broker: resource === mine ? configs : this.image.brokerConfigsOf(mine),
            allBrokers: resource === ALL_BROKERS ? configs : this.image.brokerConfigsOf(ALL_BROKERS),
          });
        },
      },
    });
    this.#replicas = new LocalReplicas({
      nodeId: settings.nodeId,
      logs: this.logs,
      partitions: this.partitions,
      compression,
      clock: ports.clock,
      logger,
      configOf: (topic) => topicConfig(this.#logDefaults, topic),
      onLead: (partition) => this.#led(partition),
    });
    const changes = inEffect(this.#follower, this.#replicas);
    this.topics = new Topics(this.#controller, changes);
    this.configChanges = new ConfigChanges(this.#controller, changes);
    live.onChange((now) => this.#reconfigure(now));
    this.#follower.onChange((image, delta) => {
      // In the turn in which the image changes: commits are let in by what it says.
      for (const { name } of delta.topicsDeleted) void this.groups.topicDeleted(name);
      this.#replicas.follow(image, delta);
    });
    this.dispatcher = new Dispatcher(HANDLERS, this.#services(), logger, options.interceptor);
  }

  /** As they are now. */
  get settings(): BrokerSettings {
    return this.#live.current;
  }

  /** `listener` runs after each change of a setting while the broker runs. */
  onSettingsChange(listener: (now: BrokerSettings) => void): void {
    this.#live.onChange(listener);
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
    this.#replicas.close();
    await this.#replicas.settle();
  }

  /** Syncs, marks clean, and lets the directories go. */
  async close(): Promise<void> {
    this.#stopTicking();
    await this.#ticking;
    await this.#controller.close();
    this.#follower.close();
    this.#replicas.close();
    await this.#replicas.settle();
    await this.#store.close();
    await this.logs.close();
    await this.#release();
  }

  #services(): BrokerServices {
    const { settings, ports } = this.#options;
    const live = this.#live;
    return {
      nodeId: settings.nodeId,
      clusterId: this.clusterId,
      get settings() {
        return live.current;
      },
      clock: ports.clock,
      servedApis: SERVED_APIS,
      image: () => this.image,
      topics: this.topics,
      configChanges: this.configChanges,
      partitions: this.partitions,
      logDirectories: this.#logDirectories,
      fetchSessions: this.fetchSessions,
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

  /** What reads `settings` when it acts needs no word; these keep their own. The logs are told by the image they follow. */
  #reconfigure(now: BrokerSettings): void {
    this.#logDefaults = logDefaults(now.byName);
    this.logs.configure(logsSettings(now));
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
        replicationFactor: settings.offsetsReplicationFactor,
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

function logsSettings(settings: BrokerSettings): LogsSettings {
  const { tailBytes, producerIdExpirationMs, retentionCheckMs, checkpointMs } = settings;
  return { tailBytesMax: tailBytes, producerIdExpirationMs, retentionCheckMs, checkpointMs };
}

/** Each is what the settings say when a group's machine asks: a decision takes the values of its moment. */
function groupConfig(live: LiveSettings): GroupConfig {
  return {
    ...DEFAULT_GROUP_CONFIG,
    get initialRebalanceDelayMs() {
      return live.current.groupInitialRebalanceDelayMs;
    },
    get sessionTimeoutMsMin() {
      return live.current.groupMinSessionMs;
    },
    get sessionTimeoutMsMax() {
      return live.current.groupMaxSessionMs;
    },
    get membersMax() {
      return live.current.groupMaxSize;
    },
    get offsetMetadataMax() {
      return live.current.offsetMetadataMaxBytes;
    },
    get offsetsRetentionMs() {
      return live.current.offsetsRetentionMinutes * 60_000;
    },
    get offsetsRetentionCheckIntervalMs() {
      return live.current.offsetsRetentionCheckMs;
    },
  };
}

/** An IPv4 peer of a dual-stack listener shows up as ::ffff:127.0.0.1; it must be told the form it knows. */
function addressOf({ local }: Peer): HostPort {
  return { host: local.host.replace(/^::ffff:(?=\d+\.)/, ''), port: local.port };
}
