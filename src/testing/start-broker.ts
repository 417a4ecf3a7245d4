/**
 * A real broker inside a test's own process: Kafka's protocol on a loopback port, records in memory, gone when the test ends.
 *
 *     const broker = await startBroker({ topics: { orders: { partitions: 3 } } });
 *     const kafka = new Kafka({ brokers: broker.brokers });
 *     …
 *     const [first] = await broker.records('orders');
 *     await broker.stop();
 *
 * It prints nothing, keeps no process alive but while one of its own promises is awaited, and runs on real time under fake
 * timers (load this module before you install them).
 */
import { UserError } from '../base/errors.js';
import { readBrokerSettings } from '../broker/settings/broker-settings.js';
import { SILENT_LOGGER } from '../ports/logger.js';
import { memoryDisk } from '../ports/memory/disk.js';
import { nodeClock } from '../ports/node/clock.js';
import { nodeEntropy } from '../ports/node/entropy.js';
import { nodeNet } from '../ports/node/net.js';
import { Compression } from '../records/compression/compression.js';
import { startServer } from '../server/start-server.js';
import { Connections } from './connections.js';
import type { ApiName } from './faults/api-names.js';
import type {
  DelayOptions,
  DropOptions,
  FailOptions,
  Fault,
  FaultTarget,
  HitOptions,
  RefusedConnections,
} from './faults/fault.js';
import { Faults } from './faults/faults.js';
import type {
  CaughtUpOptions,
  GroupOffset,
  StableOptions,
  TestGroup,
  TestGroupMember,
  TestGroupState,
} from './groups/test-group.js';
import { InProcessBroker } from './in-process-broker.js';
import { keepingAlive } from './keep-alive.js';
import { checkOptionNames } from './option-names.js';
import type { NewTestRecord, RecordsOptions, TestRecord } from './records/test-record.js';
import { StopSignal } from './stop-signal.js';
import type { ListedGroup, TestBroker } from './test-broker.js';
import type { TestConnection } from './test-connection.js';
import type { Duration } from './time/duration.js';
import { ShiftedClock } from './time/shifted-clock.js';
import type { TestClock } from './time/test-clock.js';
import { checkDeclared, createDeclared } from './topics/declared-topics.js';
import type { PartitionOffsets, TestTopic } from './topics/test-topic.js';
import type { TopicOptions } from './topics/topic-options.js';
import type { Patience } from './waiting.js';

export type {
  ApiName,
  CaughtUpOptions,
  DelayOptions,
  DropOptions,
  Duration,
  FailOptions,
  Fault,
  FaultTarget,
  GroupOffset,
  HitOptions,
  ListedGroup,
  NewTestRecord,
  PartitionOffsets,
  RecordsOptions,
  RefusedConnections,
  StableOptions,
  TestBroker,
  TestClock,
  TestConnection,
  TestGroup,
  TestGroupMember,
  TestGroupState,
  TestRecord,
  TestTopic,
  TopicOptions,
};

export interface StartBrokerOptions {
  /** Topics that are there from the start, and again after `reset`. Others are made when a client first asks. */
  readonly topics?: Readonly<Record<string, TopicOptions>>;
  /** Broker settings, by Kafka's names, over `KIT_SETTINGS`. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
}

/** Where a broker for tests differs from one for production. */
export const KIT_SETTINGS: Readonly<Record<string, string>> = {
  listeners: 'PLAINTEXT://127.0.0.1:0',
  // Nobody waits for members that do not come, and short session time-outs are allowed.
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '1',
  'offsets.topic.num.partitions': '4',
  // Under a fake clock a client may live in any year: its records are neither refused nor too old to keep.
  'log.message.timestamp.after.max.ms': String(Number.MAX_SAFE_INTEGER),
  'log.retention.ms': '-1',
  // What `clock.advance` has made too old goes before it resolves, or within a second; Kafka looks every five and ten minutes.
  'log.retention.check.interval.ms': '1000',
  'offsets.retention.check.interval.ms': '1000',
  // A client that is idle while the clock is advanced keeps its connection.
  'connections.max.idle.ms': String(Number.MAX_SAFE_INTEGER),
};

/** Where the logs would lie; the disk is memory, and each broker has its own. */
const DIRECTORY = '/millrace';

/**
 * Starts a broker and resolves when it serves.
 * @throws UserError CONFIG_INVALID for a setting, TOPIC_INVALID for a topic that cannot be made, OPTION_INVALID for a misspelt option
 */
export async function startBroker(options: StartBrokerOptions = {}): Promise<TestBroker> {
  checkOptionNames('startBroker', options, ['topics', 'settings']);
  const { topics = {}, settings = {} } = options;
  checkDeclared(topics);
  const given = Object.entries(settings).map(([name, value]) => [name, String(value)] as const);
  const real = nodeClock({ unref: true });
  return keepingAlive(async () => {
    const patience: Patience = { clock: real, stopSignal: new StopSignal() };
    const connections = new Connections(nodeNet({ unref: true }), patience);
    const clock = new ShiftedClock(real, () => new Promise((resolve) => connections.nextTurn(resolve)));
    const faults = new Faults(clock, patience, connections);
    const running = await startServer({
      ports: { clock, disk: memoryDisk(), net: connections, entropy: nodeEntropy() },
      logger: SILENT_LOGGER,
      settings: readBrokerSettings(new Map([...Object.entries(KIT_SETTINGS), ...given])),
      directories: [DIRECTORY],
      interceptor: faults,
      leaseClock: real,
    });
    const { broker } = running;
    try {
      await createDeclared(broker, topics);
    } catch (error) {
      await running.stop();
      throw error;
    }
    const inside = { broker, clock, compression: new Compression(), patience };
    return new InProcessBroker({ running, topics, inside, faults, connections });
  }).catch((error: unknown) => {
    throw withHint(error);
  });
}

/** Test runners show the message and nothing else, so what to do about it must stand there too. */
function withHint(error: unknown): unknown {
  if (!(error instanceof UserError) || error.hint === undefined) return error;
  return new UserError(error.code, `${error.message}\n${error.hint}`, error.hint, { cause: error });
}
