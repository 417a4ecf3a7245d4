/**
 * Settings of a broker: Kafka's names where Kafka has them, ours where it does not. A name of Kafka's that we do not have is
 * refused by name (see unsupported.ts), never ignored in silence.
 */
import { UserError } from '../../base/errors.js';
import { boolean, int, list, long, parseSetting, type Setting, type SettingValue, text } from './setting.js';
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
  numPartitions: int('num.partitions', 1, 'Partitions of a topic created without a number.', { min: 1 }),
  defaultReplicationFactor: int(
    'default.replication.factor',
    1,
    'Replicas of a topic created without a number.',
    {
      min: 1,
    },
  ),
  autoCreateTopics: boolean(
    'auto.create.topics.enable',
    true,
    'Whether asking for a missing topic creates it.',
  ),
  maxRequestBytes: int(
    'socket.request.max.bytes',
    100 * MiB,
    'The largest request frame; a larger one ends the connection.',
    {
      min: 1024,
    },
  ),
  queuedRequestBytes: long(
    'queued.max.request.bytes',
    128 * MiB,
    'Bytes of requests being received or served, over all connections; beyond it the broker stops reading.',
    { min: MiB },
  ),
  connectionQueuedBytes: int(
    'connection.queued.max.bytes',
    16 * MiB,
    'Bytes of requests in flight, and of answers not yet taken, on one connection; beyond it the broker stops reading from it.',
    { min: 64 * 1024 },
  ),
  connectionMaxInFlight: int('connection.max.in.flight', 100, 'Requests in flight on one connection.', {
    min: 1,
  }),
  maxConnections: int('max.connections', 0x7fffffff, 'Connections at once; a further one is closed.', {
    min: 0,
  }),
  connectionIdleMs: long('connections.max.idle.ms', 600_000, 'A connection silent for so long is closed.', {
    min: 1,
  }),
  fetchMaxBytes: int(
    'fetch.max.bytes',
    55 * MiB,
    'The most one fetch answer carries, whatever the client asks.',
    {
      min: 1024,
    },
  ),
  tailBytes: long(
    'log.tail.memory.bytes',
    64 * MiB,
    'Memory for the newest records of all logs, so that a consumer that keeps up never touches the disk.',
    {
      min: 0,
    },
  ),
  decompressedMaxBytes: long(
    'decompressed.batch.max.bytes',
    128 * MiB,
    'What one batch may grow to when it must be decompressed; more is refused as a decompression bomb.',
    { min: MiB },
  ),
  retentionCheckMs: long('log.retention.check.interval.ms', 300_000, 'How often retention is looked at.', {
    min: 1,
  }),
  checkpointMs: int(
    'log.flush.offset.checkpoint.interval.ms',
    60_000,
    'How often recovery points are written, which bound what is scanned after a crash.',
    { min: 0 },
  ),
  producerIdExpirationMs: int(
    'producer.id.expiration.ms',
    86_400_000,
    'A producer silent for so long is forgotten.',
    {
      min: 1,
    },
  ),
  offsetsPartitions: int(
    'offsets.topic.num.partitions',
    50,
    'Partitions of __consumer_offsets; fixed at its creation.',
    {
      min: 1,
    },
  ),
  offsetsSegmentBytes: int('offsets.topic.segment.bytes', 100 * MiB, 'Segment size of __consumer_offsets.', {
    min: 1,
  }),
  offsetsRetentionMinutes: int(
    'offsets.retention.minutes',
    7 * 24 * 60,
    'How long the offsets of an empty group are kept.',
    { min: 1 },
  ),
  offsetsRetentionCheckMs: long(
    'offsets.retention.check.interval.ms',
    600_000,
    'How often expired offsets are looked for.',
    {
      min: 1,
    },
  ),
  offsetMetadataMaxBytes: int(
    'offset.metadata.max.bytes',
    4096,
    'The longest text kept with a committed offset.',
    { min: 0 },
  ),
  groupInitialRebalanceDelayMs: int(
    'group.initial.rebalance.delay.ms',
    3000,
    'How long an empty group waits for more members before its first rebalance.',
    { min: 0 },
  ),
  groupMinSessionMs: int(
    'group.min.session.timeout.ms',
    6000,
    'The shortest session timeout a member may ask for.',
    { min: 1 },
  ),
  groupMaxSessionMs: int(
    'group.max.session.timeout.ms',
    1_800_000,
    'The longest session timeout a member may ask for.',
    {
      min: 1,
    },
  ),
  groupMaxSize: int('group.max.size', 0x7fffffff, 'Members of one group.', { min: 1 }),
} as const;

type Values = { readonly [Key in keyof typeof OWN]: (typeof OWN)[Key]['default'] };

export interface BrokerSettings extends Values {
  /** Every broker setting by its name, `log.segment.bytes` and its like included. */
  readonly byName: ReadonlyMap<string, SettingValue>;
  /** Names that a file or a flag set; the rest stand at their default. */
  readonly given: ReadonlySet<string>;
}

/** The defaults of topics, as settings of the broker. */
const FOR_TOPICS: readonly Setting[] = TOPIC_SETTINGS.map(({ topic, brokerName }) => ({
  ...topic,
  name: brokerName,
}));

export const BROKER_SETTINGS: readonly Setting[] = [...Object.values(OWN), ...FOR_TOPICS].sort((a, b) =>
  a.name < b.name ? -1 : 1,
);

/** Kafka's other spellings of the same thing. */
const SPELLINGS: Readonly<
  Record<string, { readonly name: string; readonly convert?: (raw: string) => string }>
> = {
  'broker.id': { name: 'node.id' },
  'log.dir': { name: 'log.dirs' },
  'log.retention.hours': { name: 'log.retention.ms', convert: (raw) => times(raw, 3_600_000) },
  'log.retention.minutes': { name: 'log.retention.ms', convert: (raw) => times(raw, 60_000) },
  'log.roll.hours': { name: 'log.roll.ms', convert: (raw) => times(raw, 3_600_000) },
};

/** −1 stays −1; what is no number is left for the parser to refuse. */
function times(raw: string, factor: number): string {
  const value = Number(raw);
  return Number.isSafeInteger(value) && value >= 0 ? String(value * factor) : raw;
}

/**
 * Reads settings given by name. All that is wrong is said at once.
 * @throws UserError CONFIG_INVALID
 */
export function readBrokerSettings(raw: ReadonlyMap<string, string>): BrokerSettings {
  const byName = new Map<string, SettingValue>(
    BROKER_SETTINGS.map((setting) => [setting.name, setting.default]),
  );
  const given = new Set<string>();
  const problems: string[] = [];
  for (const [writtenName, writtenValue] of raw) {
    const spelling = SPELLINGS[writtenName];
    const name = spelling?.name ?? writtenName;
    const setting = BROKER_SETTINGS.find((candidate) => candidate.name === name);
    if (!setting) {
      problems.push(unknownSetting(writtenName));
      continue;
    }
    const value = spelling?.convert?.(writtenValue) ?? writtenValue;
    const parsed = parseSetting(setting, value);
    if (!parsed.ok) {
      problems.push(`Invalid value ${writtenValue} for configuration ${writtenName}: ${parsed.problem}.`);
      continue;
    }
    byName.set(name, parsed.value);
    given.add(name);
  }
  if (problems.length > 0) {
    throw new UserError(
      'CONFIG_INVALID',
      problems.join('\n'),
      'Correct or remove the named settings and start again.',
    );
  }
  const own = Object.fromEntries(Object.entries(OWN).map(([key, { name }]) => [key, byName.get(name)]));
  return { ...(own as unknown as Values), byName, given };
}

function unknownSetting(name: string): string {
  const near = BROKER_SETTINGS.map((setting) => setting.name).filter((known) => distance(known, name) <= 3);
  if (near.length > 0) return `Unknown configuration ${name}. Did you mean ${near.join(' or ')}?`;
  return `Unknown configuration ${name}: Millrace does not have this setting.`;
}

/** Levenshtein's edit distance: how many single-letter slips lie between two names. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, substitution));
    }
    row = next;
  }
  return row[b.length]!;
}
