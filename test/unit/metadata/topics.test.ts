import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideAlterTopicConfigs } from '../../../src/metadata/controller/configs.js';
import type { CreateTopic, TopicRules } from '../../../src/metadata/controller/requests.js';
import { topicNameProblem } from '../../../src/metadata/controller/topic-names.js';
import {
  decideCreateInternalTopics,
  decideCreatePartitions,
  decideCreateTopics,
  decideDeleteTopics,
  decideSweep,
} from '../../../src/metadata/controller/topics.js';
import { ClusterImage } from '../../../src/metadata/image.js';
import { ImageBuilder } from '../../../src/metadata/image-builder.js';
import { brokerKey, partitionKey, topicKey } from '../../../src/metadata/keys.js';
import { placeReplicas } from '../../../src/metadata/placement.js';
import { assertWithinLimits, OPERATIONS_MAX, type StoreChange } from '../../../src/metadata/store/store.js';
import { decodeValue, encodeValue } from '../../../src/metadata/values.js';
import { type ErrorName, errorName } from '../../../src/wire/errors.js';
import { brokerRecord, partitionRecord, topicRecord, uuidOf } from './arbitrary-records.js';

const SEED = Number(process.env['SEED'] ?? Date.now());

const RULES: TopicRules = {
  defaultPartitionCount: () => 4,
  defaultReplicationFactor: () => 2,
  configsProblem: (_, configs) => (configs.has('bad.setting') ? 'bad.setting is unknown.' : undefined),
  brokerConfigsProblem: (_, configs) => (configs.has('bad.setting') ? 'bad.setting is unknown.' : undefined),
};

/** Brokers 1, 2, 3; topics `orders` (3 partitions, 2 replicas), `dotted.name` and `__consumer_offsets`. */
const IMAGE = imageOf(
  [1, 2, 3],
  [
    ['orders', 3],
    ['dotted.name', 1],
    ['__consumer_offsets', 2],
  ],
);

function imageOf(brokers: readonly number[], topics: readonly (readonly [string, number])[]): ClusterImage {
  const put = (key: string, value: Uint8Array, revision: number) => ({
    key,
    value,
    createRevision: 1,
    modRevision: revision,
  });
  const entries = [
    ...brokers.map((id) => put(brokerKey(id), encodeValue('broker', brokerRecord(id)), 2)),
    ...topics.flatMap(([name, count], nth) => {
      const id = uuidOf(nth + 1);
      const partitions = Array.from({ length: count }, (_, index) =>
        put(partitionKey(id, index), encodeValue('partition', partitionRecord(id, index, [1, 2])), 4),
      );
      return [put(topicKey(name), encodeValue('topic', topicRecord(name, id, count)), 3), ...partitions];
    }),
  ];
  return ImageBuilder.fromEntries(5, entries, ClusterImage.EMPTY).image;
}

const request = (name: string, change: Partial<CreateTopic> = {}): CreateTopic => ({
  name,
  partitionCount: 1,
  replicationFactor: 1,
  assignments: [],
  configs: new Map(),
  ...change,
});
const draws = (count: number, start = 0) =>
  Array.from({ length: count }, (_, nth) => ({ topicId: uuidOf(500 + nth), start, nowMs: 1234 }));
const create = (image: ClusterImage, ...requests: CreateTopic[]) =>
  decideCreateTopics(image, requests, draws(requests.length), RULES);

interface Refusal {
  readonly when: string;
  readonly request: CreateTopic;
  readonly error: ErrorName;
  /** What the message must say. */
  readonly says: RegExp;
}

const byHand = (...brokers: number[][]): Partial<CreateTopic> => ({
  partitionCount: -1,
  replicationFactor: -1,
  assignments: brokers.map((ids, index) => ({ index, brokers: ids })),
});

const REFUSALS: readonly Refusal[] = [
  { when: 'no name', request: request(''), error: 'INVALID_TOPIC_EXCEPTION', says: /empty/ },
  { when: 'the name .', request: request('.'), error: 'INVALID_TOPIC_EXCEPTION', says: /"\."/ },
  { when: 'the name ..', request: request('..'), error: 'INVALID_TOPIC_EXCEPTION', says: /"\.\."/ },
  { when: 'a slash', request: request('a/b'), error: 'INVALID_TOPIC_EXCEPTION', says: /"\/"/ },
  { when: 'a line break', request: request('a\nb'), error: 'INVALID_TOPIC_EXCEPTION', says: /"\\n"/ },
  {
    when: 'a letter of another alphabet',
    request: request('café'),
    error: 'INVALID_TOPIC_EXCEPTION',
    says: /"é"/,
  },
  { when: 'an emoji', request: request('a😀'), error: 'INVALID_TOPIC_EXCEPTION', says: /"😀"/u },
  {
    when: '250 characters',
    request: request('a'.repeat(250)),
    error: 'INVALID_TOPIC_EXCEPTION',
    says: /249.*250/,
  },
  { when: 'a name taken', request: request('orders'), error: 'TOPIC_ALREADY_EXISTS', says: /orders/ },
  {
    when: 'a colliding name',
    request: request('dotted_name'),
    error: 'INVALID_TOPIC_EXCEPTION',
    says: /dotted\.name/,
  },
  {
    when: "the broker's own name",
    request: request('__transaction_state'),
    error: 'INVALID_TOPIC_EXCEPTION',
    says: /own topic/,
  },
  {
    when: "a collision with the broker's own name",
    request: request('__transaction.state'),
    error: 'INVALID_TOPIC_EXCEPTION',
    says: /__transaction_state/,
  },
  {
    when: 'no partitions',
    request: request('t', { partitionCount: 0 }),
    error: 'INVALID_PARTITIONS',
    says: /it is 0/,
  },
  {
    when: 'minus two partitions',
    request: request('t', { partitionCount: -2 }),
    error: 'INVALID_PARTITIONS',
    says: /it is -2/,
  },
  {
    when: 'too many partitions',
    request: request('t', { partitionCount: 10_001 }),
    error: 'POLICY_VIOLATION',
    says: /10000/,
  },
  {
    when: 'two billion partitions',
    request: request('t', { partitionCount: 2 ** 31 - 1 }),
    error: 'POLICY_VIOLATION',
    says: /10000/,
  },
  {
    when: 'no replicas',
    request: request('t', { replicationFactor: 0 }),
    error: 'INVALID_REPLICATION_FACTOR',
    says: /it is 0/,
  },
  {
    when: 'more replicas than brokers',
    request: request('t', { replicationFactor: 4 }),
    error: 'INVALID_REPLICATION_FACTOR',
    says: /4.*3 broker/,
  },
  {
    when: 'a bad setting',
    request: request('t', { configs: new Map([['bad.setting', '1']]) }),
    error: 'INVALID_CONFIG',
    says: /bad\.setting/,
  },
  {
    when: 'settings too large',
    request: request('t', { configs: new Map([['a', 'x'.repeat(70_000)]]) }),
    error: 'INVALID_CONFIG',
    says: /65536.*70001/,
  },
  {
    when: 'an assignment beside a count',
    request: request('t', { ...byHand([1]), partitionCount: 1 }),
    error: 'INVALID_REQUEST',
    says: /-1/,
  },
  {
    when: 'an assignment with a gap',
    request: request('t', { ...byHand(), assignments: [{ index: 1, brokers: [1] }] }),
    error: 'INVALID_REPLICA_ASSIGNMENT',
    says: /0 is missing/,
  },
  {
    when: 'a partition assigned twice',
    request: request('t', {
      ...byHand(),
      assignments: [
        { index: 0, brokers: [1] },
        { index: 0, brokers: [2] },
      ],
    }),
    error: 'INVALID_REPLICA_ASSIGNMENT',
    says: /1 is missing/,
  },
  {
    when: 'an assignment to nobody',
    request: request('t', byHand([])),
    error: 'INVALID_REPLICA_ASSIGNMENT',
    says: /no broker/,
  },
  {
    when: 'an assignment to one broker twice',
    request: request('t', byHand([1, 1])),
    error: 'INVALID_REPLICA_ASSIGNMENT',
    says: /twice/,
  },
  {
    when: 'an assignment to a stranger',
    request: request('t', byHand([1], [9])),
    error: 'INVALID_REPLICA_ASSIGNMENT',
    says: /position 1.*broker 9/,
  },
  {
    when: 'assignments of different lengths',
    request: request('t', byHand([1, 2], [3])),
    error: 'INVALID_REPLICA_ASSIGNMENT',
    says: /1 brokers.*2/,
  },
];

describe('creating topics', () => {
  test.each(REFUSALS)('$when: $error', ({ request, error, says }) => {
    const [decision] = create(IMAGE, request);
    expect(errorName(decision!.result.error)).toBe(error);
    expect(decision!.result.message).toMatch(says);
    expect(decision!.changes).toEqual([]);
    expect(decision!.result).toMatchObject({ name: request.name, partitionCount: -1, replicationFactor: -1 });
  });

  test('the topic, its partitions and its answer', () => {
    const configs = new Map([
      ['z', '1'],
      ['a', '2'],
    ]);
    const [decision] = create(
      IMAGE,
      request('new.topic', { partitionCount: 2, replicationFactor: 2, configs }),
    );
    expect(decision!.result).toMatchObject({
      name: 'new.topic',
      id: uuidOf(500),
      error: 0,
      message: null,
      partitionCount: 2,
      replicationFactor: 2,
    });
    expect([...decision!.result.configs.keys()]).toEqual(['a', 'z']);
    expect(decision!.changes).toHaveLength(1);
    const { compares, puts, deletes } = decision!.changes[0]!;
    expect(compares).toEqual([{ key: 'topics/new.topic', modRevision: 0 }]);
    expect(deletes).toEqual([]);
    const records = puts.map(({ key, value }) => [
      key,
      key.startsWith('topics/') ? decodeValue('topic', key, value) : decodeValue('partition', key, value),
    ]);
    const isr = (id: number) => ({
      brokerId: id,
      incarnation: uuidOf(1000 + id),
      directoryId: uuidOf(2000 + id),
    });
    expect(Object.fromEntries(records as [string, unknown][])).toMatchObject({
      'topics/new.topic': { id: uuidOf(500), partitionCount: 2, createdMs: 1234 },
      [`partitions/${uuidOf(500)}/0`]: {
        leader: 1,
        leaderEpoch: 0,
        partitionEpoch: 0,
        isr: [isr(1), isr(2)],
      },
      [`partitions/${uuidOf(500)}/1`]: { leader: 2, isr: [isr(2), isr(3)] },
    });
  });

  test('-1 is the default, read when it is needed', () => {
    const [decision] = create(IMAGE, request('t', { partitionCount: -1, replicationFactor: -1 }));
    expect(decision!.result).toMatchObject({ partitionCount: 4, replicationFactor: 2 });
  });

  test('replicas by hand are taken as they are', () => {
    const [decision] = create(IMAGE, request('t', byHand([3, 1], [2, 3])));
    const partitions = decision!.changes[0]!.puts.slice(0, 2).map(({ key, value }) =>
      decodeValue('partition', key, value),
    );
    expect(
      partitions.map(({ replicas, leader }) => [leader, replicas.map(({ brokerId }) => brokerId)]),
    ).toEqual([
      [3, [3, 1]],
      [2, [2, 3]],
    ]);
  });

  test('one request: a name twice refuses both; names that collide with each other refuse the second', () => {
    const errors = create(
      IMAGE,
      request('a'),
      request('b.c'),
      request('a'),
      request('b_c'),
      request('d'),
    ).map(({ result }) => errorName(result.error));
    expect(errors).toEqual(['INVALID_REQUEST', 'NONE', 'INVALID_REQUEST', 'INVALID_TOPIC_EXCEPTION', 'NONE']);
  });

  test('one request may not create more than 10,000 partitions over all its topics', () => {
    const errors = create(
      IMAGE,
      request('a', { partitionCount: 6000 }),
      request('b', { partitionCount: 6000 }),
      request('c', { partitionCount: 4000 }),
    ).map(({ result }) => errorName(result.error));
    expect(errors).toEqual(['NONE', 'POLICY_VIOLATION', 'NONE']);
  });

  test('without a broker alive there is nowhere to put a topic', () => {
    const [decision] = create(imageOf([], []), request('t'));
    expect(errorName(decision!.result.error)).toBe('INVALID_REPLICATION_FACTOR');
  });

  test("the broker's own topics are made by its own door", () => {
    const [decision] = decideCreateInternalTopics(IMAGE, [request('__transaction_state')], draws(1), RULES);
    expect(errorName(decision!.result.error)).toBe('NONE');
  });

  test.each([1, 98, 99, 100, 198, 199, 1000])(
    '%d partitions: staged where they must be, visible by one key, every change within the limits',
    (partitionCount) => {
      const [decision] = create(IMAGE, request('big', { partitionCount }));
      checkLimits(decision!.changes);
      const keys = decision!.changes.flatMap(({ puts }) => puts.map(({ key }) => key));
      expect(new Set(keys).size).toBe(partitionCount + 1);
      expect(keys.indexOf('topics/big')).toBe(partitionCount);
      expect(decision!.changes.length === 1).toBe(partitionCount <= 99);
      for (const { compares } of decision!.changes)
        expect(compares).toEqual([{ key: 'topics/big', modRevision: 0 }]);
    },
  );
});

describe('deleting topics', () => {
  test('by name and by id; what is not there is answered in its own code', () => {
    const decisions = decideDeleteTopics(IMAGE, [
      { name: 'orders' },
      { id: uuidOf(2) },
      { name: 'nobody' },
      { id: uuidOf(99) },
    ]);
    expect(decisions.map(({ result }) => [result.name, result.id, errorName(result.error)])).toEqual([
      ['orders', uuidOf(1), 'NONE'],
      ['dotted.name', uuidOf(2), 'NONE'],
      ['nobody', 'AAAAAAAAAAAAAAAAAAAAAA', 'UNKNOWN_TOPIC_OR_PARTITION'],
      ['', uuidOf(99), 'UNKNOWN_TOPIC_ID'],
    ]);
    expect(decisions[0]!.changes).toEqual([
      {
        compares: [{ key: 'topics/orders', modRevision: 3 }],
        puts: [],
        deletes: ['topics/orders', ...[0, 1, 2].map((index) => `partitions/${uuidOf(1)}/${index}`)],
      },
    ]);
  });

  test("one topic named twice, by whichever means, is refused; so is the broker's own", () => {
    const decisions = decideDeleteTopics(IMAGE, [
      { name: 'orders' },
      { id: uuidOf(1) },
      { name: '__consumer_offsets' },
    ]);
    expect(decisions.map(({ result }) => errorName(result.error))).toEqual([
      'INVALID_REQUEST',
      'INVALID_REQUEST',
      'INVALID_TOPIC_EXCEPTION',
    ]);
    expect(decisions.flatMap(({ changes }) => changes)).toEqual([]);
  });

  test('a large topic vanishes with its key, which goes first', () => {
    const [decision] = decideDeleteTopics(imageOf([1, 2], [['big', 250]]), [{ name: 'big' }]);
    checkLimits(decision!.changes);
    expect(decision!.changes[0]!.deletes[0]).toBe('topics/big');
    expect(new Set(decision!.changes.flatMap(({ deletes }) => deletes)).size).toBe(251);
  });

  test('strays are swept in changes that fit', () => {
    const changes = decideSweep(
      new Map([
        [uuidOf(1), Array.from({ length: 150 }, (_, index) => index)],
        [uuidOf(2), [7]],
      ]),
    );
    checkLimits(changes);
    expect(changes.flatMap(({ deletes }) => deletes)).toHaveLength(151);
  });
});

describe('adding partitions', () => {
  const add = (partitionCount: number, assignments: number[][] | null = null, name = 'orders') =>
    decideCreatePartitions(IMAGE, [{ name, partitionCount, assignments }], [0])[0]!;

  test.each([
    ['fewer', 2, null, 'INVALID_PARTITIONS', /3 partition.*2/],
    ['as many', 3, null, 'INVALID_PARTITIONS', /3/],
    ['below zero', -1, null, 'INVALID_PARTITIONS', /-1/],
    ['far too many', 20_000, null, 'POLICY_VIOLATION', /10000/],
    ['fewer assignments', 5, [[1, 2]], 'INVALID_REPLICA_ASSIGNMENT', /2.*1/],
    ['another replication factor', 4, [[1]], 'INVALID_REPLICA_ASSIGNMENT', /1 brokers/],
    ['a stranger', 4, [[1, 8]], 'INVALID_REPLICA_ASSIGNMENT', /broker 8/],
  ] as const)('%s: refused', (_, count, assignments, error, says) => {
    const { result, changes } = add(count, assignments?.map((ids) => [...ids]) ?? null);
    expect([errorName(result.error), changes]).toEqual([error, []]);
    expect(result.message).toMatch(says);
  });

  test("an unknown topic, and the broker's own", () => {
    expect(errorName(add(9, null, 'nobody').result.error)).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect(errorName(add(9, null, '__consumer_offsets').result.error)).toBe('INVALID_TOPIC_EXCEPTION');
  });

  test('new ones continue the round; the topic keeps its id and counts them', () => {
    const { result, changes } = add(5);
    expect(result).toMatchObject({ name: 'orders', id: uuidOf(1), error: 0 });
    const puts = changes[0]!.puts;
    expect(puts.map(({ key }) => key)).toEqual([
      `partitions/${uuidOf(1)}/3`,
      `partitions/${uuidOf(1)}/4`,
      'topics/orders',
    ]);
    expect(decodeValue('topic', 'topics/orders', puts[2]!.value)).toMatchObject({
      id: uuidOf(1),
      partitionCount: 5,
    });
    expect(changes[0]!.compares).toEqual([{ key: 'topics/orders', modRevision: 3 }]);
    expect(decodeValue('partition', puts[0]!.key, puts[0]!.value).replicas).toHaveLength(2);
  });

  test('many are staged', () => {
    const { changes } = add(500);
    checkLimits(changes);
    expect(changes.at(-1)!.puts.map(({ key }) => key)).toEqual(['topics/orders']);
  });
});

describe('settings of topics', () => {
  const image = (() => {
    const put = (key: string, value: Uint8Array) => ({ key, value, createRevision: 1, modRevision: 1 });
    const record = {
      ...topicRecord('t', uuidOf(1), 1),
      configs: new Map([
        ['a', '1'],
        ['b', '2'],
      ]),
    };
    const entries = [
      put(topicKey('t'), encodeValue('topic', record)),
      put(partitionKey(uuidOf(1), 0), encodeValue('partition', partitionRecord(uuidOf(1), 0, [1]))),
    ];
    return ImageBuilder.fromEntries(1, entries, ClusterImage.EMPTY).image;
  })();
  const alter = (set: Record<string, string>, unset: readonly string[] | 'others') =>
    decideAlterTopicConfigs(image, [{ name: 't', set: new Map(Object.entries(set)), unset }], RULES)[0]!;
  const configsIn = (changes: readonly StoreChange[]) =>
    Object.fromEntries(decodeValue('topic', 'topics/t', changes[0]!.puts[0]!.value).configs);

  test.each([
    ['set one', { c: '3' }, [], { a: '1', b: '2', c: '3' }],
    ['change one', { a: '9' }, [], { a: '9', b: '2' }],
    ['unset one', {}, ['a'], { b: '2' }],
    ['unset what is not set', {}, ['x'], { a: '1', b: '2' }],
    ['set these and no others', { c: '3' }, 'others', { c: '3' }],
    ['none', {}, 'others', {}],
  ] as const)('%s', (_, set, unset, then) => {
    const { result, changes } = alter(set, unset);
    expect(result.error).toBe(0);
    expect(configsIn(changes)).toEqual(then);
    expect(changes[0]!.compares).toEqual([{ key: 'topics/t', modRevision: 1 }]);
  });

  test('the rules see the settings as they would be', () => {
    const { result, changes } = alter({ 'bad.setting': '1' }, []);
    expect([errorName(result.error), result.message, changes]).toEqual([
      'INVALID_CONFIG',
      'bad.setting is unknown.',
      [],
    ]);
  });
});

describe('names', () => {
  test.each(['a', 'A-z_0.9', '...', '-', 'a'.repeat(249), '__consumer_offsets'])('%s is legal', (name) => {
    expect(topicNameProblem(name)).toBeNull();
  });
});

test('placement: replicas on different brokers, leaders evenly spread, followers too over many partitions', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.nat(),
      fc.nat({ max: 50 }),
      fc.integer({ min: 1, max: 200 }),
      fc.nat(),
      (size, factor, firstIndex, count, start) => {
        const brokers = Array.from({ length: size }, (_, nth) => nth * 10);
        const replicationFactor = 1 + (factor % size);
        const placed = placeReplicas({ brokers, firstIndex, count, replicationFactor, start });
        expect(placed).toHaveLength(count);
        const leads = new Map(brokers.map((id) => [id, 0]));
        for (const replicas of placed) {
          expect(replicas).toHaveLength(replicationFactor);
          expect(new Set(replicas).size).toBe(replicationFactor);
          for (const id of replicas) expect(brokers).toContain(id);
          leads.set(replicas[0]!, leads.get(replicas[0]!)! + 1);
        }
        expect(Math.max(...leads.values()) - Math.min(...leads.values())).toBeLessThanOrEqual(1);
        // Adding partitions later gives what creating them at once had given.
        const all = placeReplicas({
          brokers,
          firstIndex: 0,
          count: firstIndex + count,
          replicationFactor,
          start,
        });
        expect(all.slice(firstIndex)).toEqual(placed);
      },
    ),
    { seed: SEED, numRuns: 200 },
  );
  // Every broker shares partitions with every other.
  const pairs = new Set(
    placeReplicas({ brokers: [1, 2, 3, 4], firstIndex: 0, count: 24, replicationFactor: 2, start: 0 }).map(
      ([a, b]) => `${a} ${b}`,
    ),
  );
  expect(pairs.size).toBe(12);
});

/** Within the store's limits even when the controller's own key is compared too. */
function checkLimits(changes: readonly StoreChange[]): void {
  for (const change of changes) {
    assertWithinLimits(change);
    expect(change.compares.length).toBeLessThan(OPERATIONS_MAX);
  }
}
