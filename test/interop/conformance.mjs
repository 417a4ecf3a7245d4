/**
 * What the suites show, client by client: the rows and columns of README's conformance table. A suite declares here which
 * features it shows, and a run of it fails when it shows fewer or others, so that the table can be checked without running
 * anything (`node scripts/conformance.mjs --check`) and is still never ahead of what ran.
 */
import { readFileSync } from 'node:fs';
import { KAFKA_VERSIONS } from './harness/java.mjs';

/** Rows, in the table's order. A feature is one sentence's worth of behaviour, whatever a client calls it. */
export const FEATURES = {
  acks: 'produce with acks 0, 1 and all',
  idempotence: 'idempotent producer',
  gzip: 'gzip',
  snappy: 'snappy',
  lz4: 'lz4',
  zstd: 'zstd',
  fields: 'keys, null keys and values, headers',
  'large-batches': 'batches of a megabyte, many in flight',
  'too-large': 'a record too large is refused by name',
  'auto-create': 'a topic made by writing to it',
  positions: 'read from an offset, the beginning, the end',
  'offsets-by-time': 'find offsets by timestamp',
  pause: 'seek, pause and resume',
  'fetch-sessions': 'fetch sessions (KIP-227)',
  group: 'groups: join, share, leave, die',
  cooperative: 'cooperative rebalances (KIP-429)',
  static: 'static members (KIP-345)',
  commits: 'commit and fetch offsets, with metadata',
  pattern: 'subscribe to a pattern',
  restart: 'go on over a restart of the broker',
  cluster: 'describe the cluster',
  topics: 'create, list, describe, delete topics',
  partitions: 'add partitions',
  'describe-configs': 'describe settings',
  'alter-configs': 'replace settings (AlterConfigs)',
  'incremental-configs': 'change settings one by one (KIP-339)',
  'list-offsets': 'list offsets: earliest, latest, by time',
  'max-timestamp': 'list offsets: newest timestamp (KIP-734)',
  'delete-records': 'delete records before an offset',
  groups: 'list and describe groups',
  'group-offsets': "read and set a group's offsets",
  'delete-group-offsets': "delete a group's offsets",
  'delete-groups': 'delete groups',
  'log-dirs': 'describe log directories',
  elections: 'elect leaders',
  reassignments: 'reassign partitions, list reassignments',
  producers: 'describe producers',
  'config-resources': 'list the resources that have settings',
  'broker-features': "describe the broker's features",
  'perf-tools': "Kafka's perf tools",
};

/** What no client finds here yet, for the line below the table. */
export const NOT_SERVED = [
  'transactions',
  'the next group protocol (KIP-848)',
  'share groups',
  'SASL and TLS',
  'ACLs',
  'quotas',
];

const PRODUCE = ['acks', 'idempotence', 'gzip', 'snappy', 'lz4', 'zstd', 'fields', 'too-large'];
const CONSUME = ['positions', 'offsets-by-time', 'group', 'commits'];
const TOPICS = ['cluster', 'topics', 'partitions', 'describe-configs'];

/** Java's admin replaced settings until 4.0, and lists what has some since 4.1. */
const NOT_IN_JAVA = { 3: ['config-resources'], 4: ['alter-configs'] };

/**
 * Columns: the suite, the client, the release that its own pin names, the features.
 * @type {ReadonlyArray<{ suite: string, client: string, version: () => string, features: readonly string[] }>}
 */
export const CLIENTS = [
  {
    suite: 'kcat',
    client: 'kcat (librdkafka)',
    version: () => KCAT_RELEASE,
    features: [
      ...PRODUCE,
      ...['large-batches', 'auto-create'],
      ...CONSUME,
      ...['cooperative', 'static', 'pattern', 'cluster'],
    ],
  },
  {
    suite: 'python-confluent',
    client: 'confluent-kafka (Python)',
    version: () => pythonPin('confluent-kafka'),
    features: [
      ...PRODUCE,
      ...['large-batches', 'auto-create'],
      ...CONSUME,
      ...['pause', 'cooperative', 'static', 'pattern', 'restart'],
      ...TOPICS,
      ...['alter-configs', 'incremental-configs', 'list-offsets', 'max-timestamp', 'delete-records'],
      ...['groups', 'group-offsets', 'delete-groups', 'elections'],
    ],
  },
  {
    suite: 'python-aiokafka',
    client: 'aiokafka (Python)',
    version: () => pythonPin('aiokafka'),
    features: [
      ...PRODUCE,
      ...['large-batches', 'auto-create'],
      ...CONSUME,
      ...['pause', 'static', 'pattern', 'restart'],
      ...TOPICS,
      ...['alter-configs', 'delete-records', 'groups'],
    ],
  },
  {
    suite: 'go-franz',
    client: 'franz-go',
    version: () => goPin('github.com/twmb/franz-go'),
    features: Object.keys(FEATURES).filter((feature) => !['perf-tools'].includes(feature)),
  },
  {
    suite: 'go-sarama',
    client: 'sarama (Go)',
    version: () => goPin('github.com/IBM/sarama'),
    features: [
      ...PRODUCE,
      ...['large-batches', 'auto-create'],
      ...CONSUME,
      ...['pause', 'cooperative', 'static', 'restart'],
      ...TOPICS,
      ...[
        'alter-configs',
        'incremental-configs',
        'list-offsets',
        'delete-records',
        'groups',
        'group-offsets',
      ],
      ...['delete-group-offsets', 'delete-groups', 'log-dirs', 'elections', 'reassignments'],
    ],
  },
  ...KAFKA_VERSIONS.map((version) => ({
    suite: `java-${version}`,
    client: 'Java',
    version: () => version,
    features: Object.keys(FEATURES).filter((feature) => !NOT_IN_JAVA[version[0]].includes(feature)),
  })),
  {
    suite: 'kafkajs',
    client: 'kafkajs',
    version: () => npmPin('kafkajs'),
    features: [
      ...PRODUCE,
      ...['large-batches', 'auto-create'],
      ...CONSUME,
      ...['pause', 'pattern', 'restart'],
      ...TOPICS,
      ...['alter-configs', 'list-offsets', 'delete-records', 'groups', 'group-offsets', 'delete-groups'],
      'reassignments',
    ],
  },
  ...['platformatic-1', 'platformatic-2'].map((suite) => ({
    suite,
    client: '@platformatic/kafka',
    version: () => npmPin(suite),
    features: [
      // Its zstd is Node's, and Node 20 has none.
      ...PRODUCE.filter((feature) => feature !== 'zstd' || suite === 'platformatic-2'),
      ...['large-batches', 'auto-create'],
      ...CONSUME,
      ...(suite === 'platformatic-2' ? ['cooperative'] : []),
      ...['pause', 'static', 'restart'],
      ...TOPICS,
      ...['alter-configs', 'incremental-configs', 'list-offsets', 'max-timestamp', 'delete-records'],
      ...['groups', 'group-offsets', 'delete-group-offsets', 'delete-groups', 'log-dirs'],
    ],
  })),
];

/** Debian's: its packages are the pin, and the suite checks that this is what runs. */
export const KCAT_RELEASE = '1.7.1 (2.0.2)';

function pinned(file, pattern) {
  const found = pattern.exec(readFileSync(new URL(file, import.meta.url), 'utf8'))?.[1];
  if (found === undefined) throw new Error(`${file} names no release for ${pattern}`);
  return found;
}

const escaped = (name) => name.replaceAll(/[./]/g, '\\$&');
const pythonPin = (name) => pinned('python/requirements.txt', new RegExp(`^${name}==(\\S+)`, 'm'));
const goPin = (module) => pinned('go/go.mod', new RegExp(`^\\s*${escaped(module)} v(\\S+)`, 'm'));
const npmPin = (name) => pinned('package.json', new RegExp(`"${name}": "(?:npm:.*@)?([\\d.]+)"`));

const START = '<!-- conformance: generated by scripts/conformance.mjs -->';
const END = '<!-- conformance: end -->';

/**
 * The table as Markdown.
 * @param {(client: { suite: string }, feature: string) => boolean} held whether a declared feature held in the suite's last run
 */
export function conformanceTable(held) {
  const cell = (client, feature) =>
    client.features.includes(feature) ? (held(client, feature) ? '✓' : '✗') : '–';
  const row = (cells) => `| ${cells.join(' | ')} |`;
  return [
    row(['', ...CLIENTS.map(({ client, version }) => `${client} ${version()}`)]),
    row(['---', ...CLIENTS.map(() => ':-:')]),
    ...Object.entries(FEATURES).map(([feature, title]) =>
      row([title, ...CLIENTS.map((client) => cell(client, feature))]),
    ),
    '',
    `✓ shown by the client's suite, – not in that client, or not asked of it here. Not served yet, so in no row: ${NOT_SERVED.join(', ')}.`,
  ].join('\n');
}

/** The page with `table` between its markers; undefined: it has none. */
export function withTable(page, table) {
  const from = page.indexOf(START);
  const to = page.indexOf(END);
  if (from < 0 || to < from) return undefined;
  return `${page.slice(0, from + START.length)}\n\n${table}\n\n${page.slice(to)}`;
}
