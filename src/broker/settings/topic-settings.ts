/**
 * Settings of a topic. Each has a broker-wide setting that gives its default (Kafka's pairing: `segment.bytes` of a topic,
 * `log.segment.bytes` of the broker), and both come out of this one table.
 */
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../../log/config.js';
import { lackingTopicSetting } from './kafka-settings.js';
import { suggestion } from './near-names.js';
import {
  boolean,
  choice,
  formatSetting,
  int,
  list,
  long,
  type Parsed,
  parseSetting,
  type Setting,
  type SettingValue,
} from './setting.js';

export interface TopicSetting {
  readonly topic: Setting;
  /** The broker-wide name of its default. */
  readonly brokerName: string;
}

const D = DEFAULT_LOG_CONFIG;

/** A setting and its effect on the resolved configuration stand side by side, so that neither can be forgotten. */
interface Row<Value extends SettingValue = SettingValue> extends TopicSetting {
  readonly topic: Setting<Value>;
  readonly apply: (value: Value) => Partial<LogConfig>;
}

function row<Value extends SettingValue>(
  topic: Setting<Value>,
  brokerName: string,
  apply: (value: Value) => Partial<LogConfig>,
): Row {
  return { topic, brokerName, apply } as unknown as Row;
}

/** Kafka's names for what a batch is compressed with on disk; `producer` leaves each as it came. */
const CODEC_OF = { producer: null, uncompressed: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;

const ROWS: readonly Row[] = [
  row(
    list(
      'cleanup.policy',
      ['delete'],
      'What happens to old data: delete, compact or both. Compaction does not run yet.',
      ['delete', 'compact'],
    ),
    'log.cleanup.policy',
    (value) => ({ compact: value.includes('compact'), deleteOld: value.includes('delete') }),
  ),
  row(
    int(
      'compression.gzip.level',
      D.gzipLevel,
      'Under compression.type=gzip: 1 is fast, 9 is small, -1 is zlib’s own choice.',
      { min: -1, max: 9, except: 0 },
    ),
    'compression.gzip.level',
    (value) => ({ gzipLevel: value }),
  ),
  row(
    choice(
      'compression.type',
      ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'],
      'producer',
      'How batches lie on disk: as they arrive (producer), or with this codec, for which those that come with another are ' +
        'compressed anew, on the event loop, when they are appended.',
    ),
    'compression.type',
    (value) => ({ recompressTo: CODEC_OF[value] }),
  ),
  row(
    int(
      'compression.zstd.level',
      D.zstdLevel,
      'Under compression.type=zstd: the higher, the smaller and slower.',
      { min: -131_072, max: 22 },
    ),
    'compression.zstd.level',
    (value) => ({ zstdLevel: value }),
  ),
  row(
    long(
      'file.delete.delay.ms',
      D.fileDeleteDelayMs,
      'How long a deleted segment’s files stay for readers under way.',
      {
        min: 0,
      },
    ),
    'log.segment.delete.delay.ms',
    (value) => ({ fileDeleteDelayMs: value }),
  ),
  row(
    long(
      'flush.ms',
      D.flushIntervalMs,
      'Under flush.policy=interval: the longest an append stays unsynced.',
      { min: 0 },
    ),
    'log.flush.interval.ms',
    (value) => ({ flushIntervalMs: value }),
  ),
  row(
    choice(
      'flush.policy',
      ['fsync', 'interval', 'os'],
      D.flushPolicy,
      'When an append is acknowledged: once on disk (fsync), or once written (interval, os).',
    ),
    'log.flush.policy',
    (value) => ({ flushPolicy: value }),
  ),
  row(
    int(
      'index.interval.bytes',
      D.indexIntervalBytes,
      'An index entry for at most each so many bytes of log.',
      { min: 0 },
    ),
    'log.index.interval.bytes',
    (value) => ({ indexIntervalBytes: value }),
  ),
  row(
    int('max.message.bytes', D.maxMessageBytes, 'The largest batch accepted, as it lies on disk.', {
      min: 0,
    }),
    'message.max.bytes',
    (value) => ({ maxMessageBytes: value }),
  ),
  row(
    long(
      'message.timestamp.after.max.ms',
      D.timestampAfterMaxMs,
      'How far in the future a record’s timestamp may lie.',
      {
        min: 0,
      },
    ),
    'log.message.timestamp.after.max.ms',
    (value) => ({ timestampAfterMaxMs: value }),
  ),
  row(
    long(
      'message.timestamp.before.max.ms',
      D.timestampBeforeMaxMs,
      'How far in the past a record’s timestamp may lie.',
      {
        min: 0,
      },
    ),
    'log.message.timestamp.before.max.ms',
    (value) => ({ timestampBeforeMaxMs: value }),
  ),
  row(
    choice(
      'message.timestamp.type',
      ['CreateTime', 'LogAppendTime'],
      D.timestampType,
      'Whose clock stamps a record: the producer’s or the broker’s.',
    ),
    'log.message.timestamp.type',
    (value) => ({ timestampType: value }),
  ),
  row(
    int(
      'min.insync.replicas',
      D.minInsyncReplicas,
      'Replicas that must have an acks=all append before it is acknowledged.',
      {
        min: 1,
      },
    ),
    'min.insync.replicas',
    (value) => ({ minInsyncReplicas: value }),
  ),
  row(
    choice(
      'produce.validation',
      ['relaxed', 'strict'],
      D.produceValidation,
      'What an arriving batch is checked for: relaxed checks header, checksum and uncompressed records; strict decompresses too.',
    ),
    'log.produce.validation',
    (value) => ({ produceValidation: value }),
  ),
  row(
    long('retention.bytes', D.retentionBytes, 'Bytes a partition keeps; -1 is without limit.', { min: -1 }),
    'log.retention.bytes',
    (value) => ({ retentionBytes: value }),
  ),
  row(
    long('retention.ms', D.retentionMs, 'How long a record is kept; -1 is for ever.', { min: -1 }),
    'log.retention.ms',
    (value) => ({ retentionMs: value }),
  ),
  row(
    int('segment.bytes', D.segmentBytes, 'A segment file of this size rolls.', { min: 14 }),
    'log.segment.bytes',
    (value) => ({ segmentBytes: value }),
  ),
  row(
    int('segment.index.bytes', D.segmentIndexBytes, 'An index of this size rolls its segment.', { min: 4 }),
    'log.index.size.max.bytes',
    (value) => ({ segmentIndexBytes: value }),
  ),
  row(
    long('segment.ms', D.segmentMs, 'A segment of this age rolls.', { min: 1 }),
    'log.roll.ms',
    (value) => ({
      segmentMs: value,
    }),
  ),
];

/**
 * Accepted and reported, because tools set them, and without effect here: each says why. A setting that acts belongs above.
 */
const INERT: readonly TopicSetting[] = [
  {
    topic: boolean(
      'preallocate',
      false,
      'Accepted; segment files are not preallocated here, the sync journal is.',
    ),
    brokerName: 'log.preallocate',
  },
  {
    topic: boolean(
      'unclean.leader.election.enable',
      false,
      'Accepted; with one replica there is no election to be unclean.',
    ),
    brokerName: 'unclean.leader.election.enable',
  },
];

export const TOPIC_SETTINGS: readonly TopicSetting[] = [...ROWS, ...INERT].sort((a, b) =>
  a.topic.name < b.topic.name ? -1 : 1,
);

export function topicSetting(name: string): TopicSetting | undefined {
  return TOPIC_SETTINGS.find((setting) => setting.topic.name === name);
}

/** What is wrong with a topic's setting, in a sentence, or null. Used by CreateTopics and by everything that alters configs. */
export function topicSettingProblem(name: string, value: string | null): string | null {
  const setting = topicSetting(name);
  if (!setting) return unknownTopicSetting(name);
  if (value === null) return null;
  const parsed: Parsed<SettingValue> = parseSetting(setting.topic, value);
  return parsed.ok ? null : `Invalid value ${value} for configuration ${name}: ${parsed.problem}`;
}

/** Why a name is none of a topic's settings, with what may have been meant. */
function unknownTopicSetting(name: string): string {
  const lacking = lackingTopicSetting(name);
  if (lacking) return `Millrace does not have Kafka's topic setting ${name}: ${lacking.reason}.`;
  const ofBrokers = TOPIC_SETTINGS.find(({ brokerName }) => brokerName === name);
  if (ofBrokers) return `Unknown topic config name: ${name}. Topics call it ${ofBrokers.topic.name}.`;
  const near = suggestion(
    name,
    TOPIC_SETTINGS.map(({ topic }) => topic.name),
  );
  return `Unknown topic config name: ${name}${near === '' ? '' : `.${near}`}`;
}

/**
 * A topic's effective log settings: its own values over the broker's defaults. Values that do not parse were refused when they
 * were set; one that slipped through (written by a newer version) falls back to the broker's default rather than stop the log.
 */
export function resolveLogConfig(defaults: LogConfig, overrides: ReadonlyMap<string, string>): LogConfig {
  let config = defaults;
  for (const { topic, apply } of ROWS) {
    const raw = overrides.get(topic.name);
    if (raw === undefined) continue;
    const parsed = parseSetting(topic, raw);
    if (parsed.ok) config = { ...config, ...apply(parsed.value) };
  }
  return config;
}

/** The broker's defaults for topics, from its own settings (`log.segment.bytes` …). */
export function logDefaults(brokerValues: ReadonlyMap<string, SettingValue>): LogConfig {
  let config = DEFAULT_LOG_CONFIG;
  for (const { brokerName, apply, topic } of ROWS) {
    config = { ...config, ...apply(brokerValues.get(brokerName) ?? topic.default) };
  }
  return config;
}

export function defaultText(setting: TopicSetting): string {
  return formatSetting(setting.topic.default);
}
