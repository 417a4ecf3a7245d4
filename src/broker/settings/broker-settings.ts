/**
 * Settings of a broker: Kafka's names where Kafka has them, ours where it does not. A name of Kafka's that we do not have is
 * warned of or refused by name (see kafka-settings.ts), never ignored in silence.
 *
 * A value comes from the first of these layers that has it (KIP-226): set on this broker while it ran, set for all brokers while they
 * ran, its file and flags, the default.
 */
import { UserError } from '../../base/errors.js';
import type { Configs } from '../../metadata/records.js';
import { lackingBrokerSetting, mayGoOnWithout } from './kafka-settings.js';
import { suggestion } from './near-names.js';
import {
  boolean,
  dynamic,
  int,
  list,
  long,
  parseSetting,
  type Setting,
  type SettingValue,
  text,
} from './setting.js';
import { betterSpelling, SPELLINGS, withoutControllerListeners } from './spellings.js';
import { TOPIC_SETTINGS } from './topic-settings.js';

const MiB = 1024 * 1024;

const OWN = {
  nodeId: int('node.id', 1, 'This broker’s number, unique in its cluster.', { min: 0 }),
  logDirs: list('log.dirs', ['./millrace-data'], 'Directories that hold the logs.'),
  listeners: text(
    'listeners',
    'PLAINTEXT://127.0.0.1:9092',
    'Address to listen on, as PLAINTEXT://host:port; port 0 lets the system choose, host 0.0.0.0 is every interface.',
  ),
  advertisedListeners: text(
    'advertised.listeners',
    '',
    'What clients are told, as PLAINTEXT://host:port. Empty: each client is told the address it connected to.',
  ),
  numPartitions: dynamic(
    int('num.partitions', 1, 'Partitions of a topic created without a number.', { min: 1 }),
  ),
  defaultReplicationFactor: dynamic(
    int('default.replication.factor', 1, 'Replicas of a topic created without a number.', {
      min: 1,
    }),
  ),
  autoCreateTopics: dynamic(
    boolean('auto.create.topics.enable', true, 'Whether asking for a missing topic creates it.'),
  ),
  maxRequestBytes: dynamic(
    int(
      'socket.request.max.bytes',
      100 * MiB,
      'The largest request frame; a larger one ends the connection.',
      {
        min: 1024,
      },
    ),
  ),
  queuedRequestBytes: long(
    'queued.max.request.bytes',
    128 * MiB,
    'Bytes of requests being received or served, over all connections; beyond it the broker stops reading.',
    { min: MiB },
  ),
  queuedAnswerBytes: long(
    'queued.max.response.bytes',
    128 * MiB,
    'Bytes of answers being read or not yet taken, over all connections; beyond it fetches get little at a time, and peers that take nothing are cut off.',
    { min: MiB },
  ),
  connectionQueuedBytes: dynamic(
    int(
      'connection.queued.max.bytes',
      16 * MiB,
      'Bytes of requests in flight, and of answers not yet taken, on one connection; beyond it the broker stops reading from it.',
      { min: 64 * 1024 },
    ),
  ),
  connectionMaxInFlight: dynamic(
    int('connection.max.in.flight', 100, 'Requests in flight on one connection.', {
      min: 1,
    }),
  ),
  maxConnections: dynamic(
    int('max.connections', 0x7fffffff, 'Connections at once; a further one is closed.', {
      min: 0,
    }),
  ),
  maxConnectionsPerIp: dynamic(
    int(
      'max.connections.per.ip',
      0x7fffffff,
      'Connections at once from one address; a further one is closed.',
      {
        min: 0,
      },
    ),
  ),
  maxConnectionsPerIpOverrides: text(
    'max.connections.per.ip.overrides',
    '',
    'Addresses with a limit of their own, as 10.0.0.7:200,[fd00::7]:10. Names are not resolved, but for localhost.',
  ),
  connectionIdleMs: dynamic(
    long('connections.max.idle.ms', 600_000, 'A connection silent for so long is closed.', {
      min: 1,
    }),
  ),
  fetchMaxBytes: dynamic(
    int(
      'fetch.max.bytes',
      8 * MiB,
      "The most one fetch answer carries, whatever the client asks (Kafka's default: 55 MiB). Larger ones leave the processor's caches, and the memory that goes round.",
      { min: 1024 },
    ),
  ),
  maxRequestPartitions: dynamic(
    int(
      'max.request.partition.size.limit',
      2000,
      'Partitions in one page of DescribeTopicPartitions, whatever the client asks.',
      { min: 1 },
    ),
  ),
  fetchSessionSlots: int(
    'max.incremental.fetch.session.cache.slots',
    1000,
    'Fetch sessions kept at once; a client without one sends its whole list of partitions with each fetch.',
    { min: 0 },
  ),
  tailBytes: dynamic(
    long(
      'log.tail.memory.bytes',
      64 * MiB,
      'Memory for the newest records of all logs, so that a consumer that keeps up never touches the disk.',
      {
        min: 0,
      },
    ),
  ),
  decompressedMaxBytes: dynamic(
    long(
      'decompressed.batch.max.bytes',
      128 * MiB,
      'What one batch may grow to when it must be decompressed; more is refused as a decompression bomb.',
      { min: MiB },
    ),
  ),
  retentionCheckMs: dynamic(
    long('log.retention.check.interval.ms', 300_000, 'How often retention is looked at.', {
      min: 1,
    }),
  ),
  checkpointMs: dynamic(
    int(
      'log.flush.offset.checkpoint.interval.ms',
      60_000,
      'How often recovery points are written, which bound what is scanned after a crash.',
      { min: 0 },
    ),
  ),
  producerIdExpirationMs: dynamic(
    int('producer.id.expiration.ms', 86_400_000, 'A producer silent for so long is forgotten.', {
      min: 1,
    }),
  ),
  offsetsPartitions: int(
    'offsets.topic.num.partitions',
    50,
    'Partitions of __consumer_offsets; fixed at its creation.',
    {
      min: 1,
    },
  ),
  offsetsReplicationFactor: int(
    'offsets.topic.replication.factor',
    1,
    'Replicas of __consumer_offsets; more than there are brokers keep it from being created.',
    { min: 1 },
  ),
  offsetsSegmentBytes: int('offsets.topic.segment.bytes', 100 * MiB, 'Segment size of __consumer_offsets.', {
    min: 1,
  }),
  offsetsRetentionMinutes: dynamic(
    int('offsets.retention.minutes', 7 * 24 * 60, 'How long the offsets of an empty group are kept.', {
      min: 1,
    }),
  ),
  offsetsRetentionCheckMs: dynamic(
    long('offsets.retention.check.interval.ms', 600_000, 'How often expired offsets are looked for.', {
      min: 1,
    }),
  ),
  offsetsCommitTimeoutMs: int(
    'offsets.commit.timeout.ms',
    5000,
    'How long a group’s change may take to be stored before its client is told to try again.',
    { min: 1 },
  ),
  offsetMetadataMaxBytes: dynamic(
    int('offset.metadata.max.bytes', 4096, 'The longest text kept with a committed offset.', { min: 0 }),
  ),
  groupInitialRebalanceDelayMs: dynamic(
    int(
      'group.initial.rebalance.delay.ms',
      3000,
      'How long an empty group waits for more members before its first rebalance.',
      { min: 0 },
    ),
  ),
  groupMinSessionMs: dynamic(
    int('group.min.session.timeout.ms', 6000, 'The shortest session timeout a member may ask for.', {
      min: 1,
    }),
  ),
  groupMaxSessionMs: dynamic(
    int('group.max.session.timeout.ms', 1_800_000, 'The longest session timeout a member may ask for.', {
      min: 1,
    }),
  ),
  groupMaxSize: dynamic(int('group.max.size', 0x7fffffff, 'Members of one group.', { min: 1 })),
} as const;

type Values = { readonly [Key in keyof typeof OWN]: (typeof OWN)[Key]['default'] };

/** One of the places that values come from; the default is behind them all. */
export interface SettingLayer {
  readonly origin: 'this broker' | 'all brokers' | 'file';
  readonly values: ReadonlyMap<string, SettingValue>;
}

export interface BrokerSettings extends Values {
  /** Every broker setting by its name, `log.segment.bytes` and its like included. */
  readonly byName: ReadonlyMap<string, SettingValue>;
  /** Where the values come from: the first layer that has one counts. */
  readonly layers: readonly SettingLayer[];
  /** Sentences on what was given and has no effect. */
  readonly warnings: readonly string[];
}

/** The defaults of topics, as settings of the broker. */
const FOR_TOPICS: readonly Setting[] = TOPIC_SETTINGS.map(({ topic, brokerName }) =>
  dynamic({ ...topic, name: brokerName }),
);

export const BROKER_SETTINGS: readonly Setting[] = [...Object.values(OWN), ...FOR_TOPICS].sort((a, b) =>
  a.name < b.name ? -1 : 1,
);

const BY_NAME: ReadonlyMap<string, Setting> = new Map(
  BROKER_SETTINGS.map((setting) => [setting.name, setting]),
);

export function brokerSetting(name: string): Setting | undefined {
  return BY_NAME.get(name);
}

/**
 * Reads settings given by name, as a file or flags have them. All that is wrong is said at once.
 * @throws UserError CONFIG_INVALID
 */
export function readBrokerSettings(raw: ReadonlyMap<string, string>): BrokerSettings {
  const values = new Map<string, SettingValue>();
  const problems: string[] = [];
  const lacking = new Map<string, string[]>();
  const warnings: string[] = [];
  for (const [writtenName, writtenValue] of withoutControllerListeners(raw)) {
    const spelling = SPELLINGS[writtenName];
    const setting = BY_NAME.get(spelling?.name ?? writtenName);
    if (!setting) {
      const row = lackingBrokerSetting(writtenName);
      if (row === undefined) problems.push(unknownBrokerSetting(writtenName));
      else if (!mayGoOnWithout(row, writtenName, writtenValue))
        problems.push(
          `Millrace cannot do what ${writtenName}=${shown(writtenName, writtenValue)} asks: ${row.reason}.`,
        );
      else lacking.set(row.reason, [...(lacking.get(row.reason) ?? []), writtenName]);
      continue;
    }
    const parsed = parseSetting(setting, spelling?.convert?.(writtenValue) ?? writtenValue);
    if (!parsed.ok) {
      problems.push(`Invalid value ${writtenValue} for configuration ${writtenName}: ${parsed.problem}.`);
      continue;
    }
    const better = betterSpelling(writtenName, raw);
    if (better === undefined) values.set(setting.name, parsed.value);
    else warnings.push(`${writtenName} has no effect: ${better}, which means the same, is given too`);
  }
  for (const [reason, names] of lacking)
    warnings.push(`settings of Kafka without effect here: ${names.join(', ')} (${reason})`);
  const settings = resolve([{ origin: 'file', values }], warnings);
  problems.push(...crossProblems(settings.byName));
  if (problems.length > 0) {
    throw new UserError(
      'CONFIG_INVALID',
      problems.join('\n'),
      'Correct or remove the named settings and start again.',
    );
  }
  return settings;
}

/** What was given at the start, under what was set while brokers ran. `ignored`: what cannot be heeded, as sentences. */
export function withDynamicSettings(
  given: BrokerSettings,
  dynamicConfigs: { readonly broker: Configs; readonly allBrokers: Configs },
): { readonly settings: BrokerSettings; readonly ignored: readonly string[] } {
  const ignored: string[] = [];
  const layer = (origin: SettingLayer['origin'], configs: Configs): SettingLayer => {
    const values = new Map<string, SettingValue>();
    for (const [name, raw] of configs) {
      const setting = BY_NAME.get(name);
      const parsed = setting?.update === 'cluster-wide' ? parseSetting(setting, raw) : undefined;
      if (parsed?.ok) values.set(name, parsed.value);
      else ignored.push(`${name}=${raw}, set for ${origin}`);
    }
    return { origin, values };
  };
  const layers = [
    layer('this broker', dynamicConfigs.broker),
    layer('all brokers', dynamicConfigs.allBrokers),
    ...given.layers,
  ];
  return { settings: resolve(layers, given.warnings), ignored };
}

function resolve(layers: readonly SettingLayer[], warnings: readonly string[]): BrokerSettings {
  const byName = new Map<string, SettingValue>();
  for (const setting of BROKER_SETTINGS) {
    const layer = layers.find(({ values }) => values.has(setting.name));
    byName.set(setting.name, layer?.values.get(setting.name) ?? setting.default);
  }
  const own = Object.fromEntries(Object.entries(OWN).map(([key, { name }]) => [key, byName.get(name)]));
  return { ...(own as unknown as Values), byName, layers, warnings };
}

/** What is wrong with values that their own declarations let pass: by rules of brokers alone, or beside one another. */
export function crossProblems(byName: ReadonlyMap<string, SettingValue>): string[] {
  // Kafka's rule, for brokers alone: of one topic, 0 may be meant; of all of them, hardly.
  if (byName.get('log.retention.ms') === 0) return ['log.retention.ms must be -1, for ever, or at least 1.'];
  const least = Number(byName.get(OWN.groupMinSessionMs.name));
  const most = Number(byName.get(OWN.groupMaxSessionMs.name));
  if (least <= most) return [];
  return [`${OWN.groupMinSessionMs.name}=${least} must not be above ${OWN.groupMaxSessionMs.name}=${most}.`];
}

/** Why a name is none of a broker's settings, with what may have been meant. */
export function unknownBrokerSetting(name: string): string {
  const ofTopics = TOPIC_SETTINGS.find(({ topic }) => topic.name === name);
  if (ofTopics) return `Unknown configuration ${name}: brokers have its default, ${ofTopics.brokerName}.`;
  const near = suggestion(name, [...BY_NAME.keys(), ...Object.keys(SPELLINGS)]);
  if (near !== '') return `Unknown configuration ${name}.${near}`;
  return `Unknown configuration ${name}: Millrace does not have this setting.`;
}

/** Keys and passwords stay out of messages. */
function shown(name: string, value: string): string {
  return /password|secret|passphrase|jaas|\.key$/.test(name) ? '…' : value;
}
