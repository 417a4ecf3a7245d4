/**
 * A real broker inside a test's own process: Kafka's protocol on a loopback port, records in memory, gone when the test ends.
 *
 *     const broker = await startBroker({ topics: { orders: { partitions: 3 } } });
 *     const kafka = new Kafka({ brokers: broker.brokers });
 *     …
 *     const [first] = await broker.records('orders');
 *     await broker.stop();
 *
 * It prints nothing, never keeps a process alive, and runs on real time under fake timers (load this module before you install
 * them).
 */
import { UserError } from '../base/errors.js';
import type { Broker } from '../broker/broker.js';
import { readBrokerSettings } from '../broker/settings/broker-settings.js';
import { isInternalTopic } from '../metadata/internal-topics.js';
import { SILENT_LOGGER } from '../ports/logger.js';
import { memoryDisk } from '../ports/memory/disk.js';
import { nodeClock } from '../ports/node/clock.js';
import { nodeEntropy } from '../ports/node/entropy.js';
import { nodeNet } from '../ports/node/net.js';
import { Compression } from '../records/compression/compression.js';
import { type RunningServer, startServer } from '../server/start-server.js';
import { ErrorCode, errorName } from '../wire/errors.js';
import { readRecords, type RecordsOptions } from './read-records.js';
import type { TestRecord } from './test-record.js';

export type { RecordsOptions, TestRecord };

export interface TopicOptions {
  /** Default 1. */
  readonly partitions?: number;
  /** Kafka's topic settings, by name. */
  readonly configs?: Readonly<Record<string, string | number | boolean>>;
}

export interface StartBrokerOptions {
  /** Topics that are there from the start, and again after `reset`. Others are made when a client first asks. */
  readonly topics?: Readonly<Record<string, TopicOptions>>;
  /** Broker settings, by Kafka's names, over the defaults of this kit (see KIT_SETTINGS). */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
}

/** Where a broker for tests differs from one for production: nobody waits, and short time-outs are allowed. */
export const KIT_SETTINGS: Readonly<Record<string, string>> = {
  listeners: 'PLAINTEXT://127.0.0.1:0',
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '1',
  'offsets.topic.num.partitions': '4',
};

export class TestBroker implements AsyncDisposable {
  /** `['127.0.0.1:49152']`: what a client calls brokers or bootstrap servers. */
  readonly brokers: readonly string[];
  readonly #running: RunningServer;
  readonly #topics: Readonly<Record<string, TopicOptions>>;
  readonly #compression: Compression;
  readonly #clock: ReturnType<typeof nodeClock>;

  /** @internal */
  constructor(
    running: RunningServer,
    topics: Readonly<Record<string, TopicOptions>>,
    compression: Compression,
    clock: ReturnType<typeof nodeClock>,
  ) {
    this.brokers = [`${running.address.host}:${running.address.port}`];
    this.#running = running;
    this.#topics = topics;
    this.#compression = compression;
    this.#clock = clock;
  }

  get #broker(): Broker {
    return this.#running.broker;
  }

  /**
   * The first `count` committed records of a topic, by partition and offset; waits for those that are not there yet.
   * @throws Error after `timeoutMs`, saying what was there
   */
  records(topic: string, options: RecordsOptions = {}): Promise<TestRecord[]> {
    return readRecords(this.#broker, this.#clock, this.#compression, topic, options);
  }

  /** As new: all topics, groups and offsets gone, the declared topics empty. Clients may stay connected. */
  async reset(): Promise<void> {
    await this.#broker.forgetGroups();
    const names = [...this.#broker.image.topics.keys()].filter((name) => !isInternalTopic(name));
    const deleted = await this.#broker.topics.delete(names.map((name) => ({ name })));
    for (const { name, error } of deleted) {
      if (error !== ErrorCode.NONE) throw new Error(`could not delete ${name}: ${errorName(error)}`);
    }
    await createTopics(this.#broker, this.#topics);
  }

  /** Ends it: connections closed, port and memory free. Idempotent. */
  stop(): Promise<void> {
    return this.#running.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/**
 * Starts a broker and resolves when it serves.
 * @throws UserError CONFIG_INVALID for a setting, TOPIC_INVALID for a topic that cannot be made
 */
export async function startBroker(options: StartBrokerOptions = {}): Promise<TestBroker> {
  const { topics = {}, settings = {} } = options;
  const given = Object.entries(settings).map(([name, value]) => [name, String(value)] as const);
  const clock = nodeClock({ unref: true });
  const compression = new Compression();
  const [running] = await Promise.all([
    startServer({
      ports: { clock, disk: memoryDisk(), net: nodeNet({ unref: true }), entropy: nodeEntropy() },
      logger: SILENT_LOGGER,
      settings: readBrokerSettings(new Map([...Object.entries(KIT_SETTINGS), ...given])),
      directories: ['/millrace'],
    }),
    // Records may come in any codec, and a test that reads them should not have to know.
    compression.loadAll(),
  ]);
  try {
    await createTopics(running.broker, topics);
  } catch (error) {
    await running.stop();
    throw error;
  }
  return new TestBroker(running, topics, compression, clock);
}

async function createTopics(broker: Broker, topics: Readonly<Record<string, TopicOptions>>): Promise<void> {
  const wanted = Object.entries(topics);
  const reserved = wanted.find(([name]) => isInternalTopic(name));
  if (reserved)
    throw new UserError('TOPIC_INVALID', `${reserved[0]} is an internal topic: the broker makes it itself.`);
  if (wanted.length === 0) return;
  const created = await broker.topics.create(
    wanted.map(([name, { partitions = 1, configs = {} }]) => ({
      name,
      partitionCount: partitions,
      replicationFactor: 1,
      assignments: [],
      configs: new Map(Object.entries(configs).map(([key, value]) => [key, String(value)])),
    })),
    { validateOnly: false },
  );
  for (const { name, error, message } of created) {
    if (error === ErrorCode.NONE) continue;
    throw new UserError('TOPIC_INVALID', `Cannot create topic ${name}: ${message ?? errorName(error)}`);
  }
}
