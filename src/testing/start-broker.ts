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
import { InProcessBroker } from './in-process-broker.js';
import { keepingAlive } from './keep-alive.js';
import type { RecordsOptions } from './read-records.js';
import { StopSignal } from './stop-signal.js';
import type { TestBroker } from './test-broker.js';
import type { TestRecord } from './test-record.js';
import { checkDeclared, checkOptionNames, createDeclared, type TopicOptions } from './topics.js';

export type { RecordsOptions, TestBroker, TestRecord, TopicOptions };

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
  const clock = nodeClock({ unref: true });
  return keepingAlive(async () => {
    const running = await startServer({
      ports: { clock, disk: memoryDisk(), net: nodeNet({ unref: true }), entropy: nodeEntropy() },
      logger: SILENT_LOGGER,
      settings: readBrokerSettings(new Map([...Object.entries(KIT_SETTINGS), ...given])),
      directories: [DIRECTORY],
    });
    const { broker } = running;
    try {
      await createDeclared(broker, topics);
    } catch (error) {
      await running.stop();
      throw error;
    }
    const compression = new Compression();
    return new InProcessBroker(running, topics, { broker, clock, compression, stopSignal: new StopSignal() });
  }).catch((error: unknown) => {
    throw withHint(error);
  });
}

/** Test runners show the message and nothing else, so what to do about it must stand there too. */
function withHint(error: unknown): unknown {
  if (!(error instanceof UserError) || error.hint === undefined) return error;
  return new UserError(error.code, `${error.message}\n${error.hint}`, error.hint, { cause: error });
}
