/** Settings of topics, brokers and groups: described and altered. Nothing that would be accepted is carried out: those rows only validate. */
import { AlterConfigs } from '../../src/wire/messages/alter-configs.js';
import { DescribeConfigs } from '../../src/wire/messages/describe-configs.js';
import { IncrementalAlterConfigs } from '../../src/wire/messages/incremental-alter-configs.js';
import { ListConfigResources } from '../../src/wire/messages/list-config-resources.js';
import { type Difference, type Row, type RowOptions, row } from './row.js';

const TOPIC = 2;
const BROKER = 4;
const BROKER_LOGGER = 8;
const CLIENT_METRICS = 16;
const GROUP = 32;

type Resource = readonly [type: number, name: string];

const RESOURCES: readonly (readonly [wrong: string, resource: Resource])[] = [
  ['a topic that there is not', [TOPIC, 'nowhere']],
  ['an impossible topic name', [TOPIC, 'a b']],
  ['an empty topic name', [TOPIC, '']],
  ['another broker', [BROKER, '2']],
  ['a broker that is no number', [BROKER, 'me']],
  ['broker −1', [BROKER, '-1']],
  ['the loggers of another broker', [BROKER_LOGGER, '2']],
  ['loggers of no broker', [BROKER_LOGGER, '']],
  ['a kind of resource that there is not', [77, 'x']],
  ['kind of resource 0', [0, 'x']],
];

function describe(
  wrong: string,
  resources: readonly Resource[],
  keys: string[] | null = null,
  options: RowOptions = {},
): Row {
  return row(
    DescribeConfigs,
    wrong,
    {
      resources: resources.map(([resourceType, resourceName]) => ({
        resourceType,
        resourceName,
        configurationKeys: keys,
      })),
    },
    options,
  );
}

export const DESCRIBE_CONFIGS: readonly Row[] = [
  ...RESOURCES.map(([wrong, resource]) => describe(wrong, [resource])),
  describe('a setting that there is not', [[TOPIC, 'orders']], ['no.such.setting']),
  describe('no settings', [[TOPIC, 'orders']], []),
  describe('all brokers together', [[BROKER, '']]),
  describe('one topic twice', [
    [TOPIC, 'orders'],
    [TOPIC, 'orders'],
  ]),
  describe('a topic that there is not, in the oldest version', [[TOPIC, 'nowhere']], null, { version: 1 }),
  describe('settings of a group that there is not', [[GROUP, 'nobody']], null, {
    differs: { ours: 'INVALID_REQUEST', because: 'Groups have no settings of their own here.' },
  }),
  describe('an empty group name', [[GROUP, '']]),
  describe('client metrics without a name', [[CLIENT_METRICS, '']]),
];

const UNKNOWN_SETTING: Difference = {
  ours: 'INVALID_CONFIG',
  because:
    'Kafka keeps whatever name it does not know for a broker. Ours refuses it: a slip in a name is told at once.',
};
const ACTS_AT_ONCE: Difference = {
  ours: 'NONE',
  because: 'Kafka needs a restart for it; ours does not.',
};

type Value = readonly [name: string, value: string | null];

const SETTINGS: readonly {
  readonly wrong: string;
  readonly resource: Resource;
  readonly value: Value;
  readonly differs?: Difference;
}[] = [
  { wrong: 'a setting that there is not', resource: [TOPIC, 'orders'], value: ['no.such.setting', '1'] },
  {
    wrong: 'a setting that is the broker’s alone',
    resource: [TOPIC, 'orders'],
    value: ['num.partitions', '3'],
  },
  { wrong: 'retention.ms that is no number', resource: [TOPIC, 'orders'], value: ['retention.ms', 'soon'] },
  { wrong: 'segment.bytes that are too few', resource: [TOPIC, 'orders'], value: ['segment.bytes', '3'] },
  {
    wrong: 'a cleanup.policy that there is not',
    resource: [TOPIC, 'orders'],
    value: ['cleanup.policy', 'shred'],
  },
  { wrong: 'min.insync.replicas of 0', resource: [TOPIC, 'orders'], value: ['min.insync.replicas', '0'] },
  { wrong: 'a setting without a value', resource: [TOPIC, 'orders'], value: ['retention.ms', null] },
  {
    wrong: 'a broker setting that there is not',
    resource: [BROKER, '1'],
    value: ['no.such.setting', '1'],
    differs: UNKNOWN_SETTING,
  },
  {
    wrong: 'a broker setting that needs a restart',
    resource: [BROKER, '1'],
    value: ['num.partitions', '3'],
    differs: ACTS_AT_ONCE,
  },
  { wrong: 'a broker setting that never changes', resource: [BROKER, '1'], value: ['node.id', '3'] },
  {
    wrong: 'a broker setting that is no number',
    resource: [BROKER, '1'],
    value: ['log.retention.ms', 'soon'],
  },
  { wrong: 'a broker setting without a value', resource: [BROKER, '1'], value: ['log.retention.ms', null] },
  {
    wrong: 'for all brokers, a setting that each has of its own',
    resource: [BROKER, ''],
    value: ['advertised.listeners', 'PLAINTEXT://h:1'],
  },
];

function alter(
  wrong: string,
  resources: readonly (readonly [Resource, ...Value[]])[],
  options: RowOptions = {},
): Row {
  const request = {
    resources: resources.map(([[resourceType, resourceName], ...values]) => ({
      resourceType,
      resourceName,
      configs: values.map(([name, value]) => ({ name, value })),
    })),
    validateOnly: true,
  };
  return row(AlterConfigs, wrong, request, options);
}

const GOOD: Value = ['retention.ms', '1000'];

export const ALTER_CONFIGS: readonly Row[] = [
  ...RESOURCES.map(([wrong, resource]) => alter(wrong, [[resource, GOOD]])),
  ...SETTINGS.map(({ wrong, resource, value, ...options }) => alter(wrong, [[resource, value]], options)),
  alter('nothing wrong', [[[TOPIC, 'orders'], GOOD]]),
  alter(
    'one topic twice',
    [
      [[TOPIC, 'orders'], GOOD],
      [[TOPIC, 'orders'], GOOD],
    ],
    {
      differs: { ours: '2 × INVALID_REQUEST', because: 'Kafka fails on it, and never answers.' },
    },
  ),
  alter('one setting twice', [[[TOPIC, 'orders'], GOOD, ['retention.ms', '2000']]]),
];

const SET = 0;
const DELETE = 1;
const APPEND = 2;
const SUBTRACT = 3;

type Edit = readonly [name: string, operation: number, value: string | null];

function incremental(
  wrong: string,
  resources: readonly (readonly [Resource, ...Edit[]])[],
  options: RowOptions = {},
): Row {
  const request = {
    resources: resources.map(([[resourceType, resourceName], ...edits]) => ({
      resourceType,
      resourceName,
      configs: edits.map(([name, configOperation, value]) => ({ name, configOperation, value })),
    })),
    validateOnly: true,
  };
  return row(IncrementalAlterConfigs, wrong, request, options);
}

const EDIT: Edit = ['retention.ms', SET, '1000'];
const ORDERS: Resource = [TOPIC, 'orders'];

const NO_OPERATION: Difference = {
  ours: 'INVALID_REQUEST',
  because: 'Kafka meets an error that it does not expect; ours says that the request is wrong.',
};

export const INCREMENTAL_ALTER_CONFIGS: readonly Row[] = [
  ...RESOURCES.map(([wrong, resource]) => incremental(wrong, [[resource, EDIT]])),
  ...SETTINGS.map(({ wrong, resource, value: [name, value], ...options }) =>
    incremental(wrong, [[resource, [name, SET, value]]], options),
  ),
  incremental('nothing wrong', [[ORDERS, EDIT]]),
  incremental('no settings', [[ORDERS]]),
  incremental('one topic twice', [
    [ORDERS, EDIT],
    [ORDERS, EDIT],
  ]),
  incremental('one setting twice', [[ORDERS, EDIT, EDIT]]),
  incremental('one setting set and deleted', [[ORDERS, EDIT, ['retention.ms', DELETE, null]]]),
  incremental('an operation that there is not', [[ORDERS, ['retention.ms', 9, '1000']]], {
    differs: NO_OPERATION,
  }),
  incremental('operation −1', [[ORDERS, ['retention.ms', -1, '1000']]], { differs: NO_OPERATION }),
  incremental('a setting deleted that was never set', [[ORDERS, ['retention.ms', DELETE, null]]]),
  incremental('a setting deleted that there is not', [[ORDERS, ['no.such.setting', DELETE, null]]]),
  incremental('something appended to what is no list', [[ORDERS, ['retention.ms', APPEND, '1000']]]),
  incremental('something subtracted from what is no list', [[ORDERS, ['retention.ms', SUBTRACT, '1000']]]),
  incremental('nothing appended', [[ORDERS, ['cleanup.policy', APPEND, null]]]),
  incremental('appended what a list cannot hold', [[ORDERS, ['cleanup.policy', APPEND, 'shred']]]),
  incremental('appended what the list holds already', [[ORDERS, ['cleanup.policy', APPEND, 'delete']]]),
  incremental('subtracted what the list does not hold', [[ORDERS, ['cleanup.policy', SUBTRACT, 'compact']]]),
];

export const LIST_CONFIG_RESOURCES: readonly Row[] = [
  row(ListConfigResources, 'a kind of resource that there is not', { resourceTypes: [77] }),
  row(ListConfigResources, 'kind of resource 0', { resourceTypes: [0] }),
  row(ListConfigResources, 'a kind that there is beside one that there is not', {
    resourceTypes: [TOPIC, 77],
  }),
  row(ListConfigResources, 'nothing wrong', { resourceTypes: [TOPIC] }),
  row(ListConfigResources, 'nothing wrong', {}, { version: 0 }),
];
