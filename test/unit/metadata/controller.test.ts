import { afterEach, describe, expect, test } from 'vitest';
import { UserError } from '../../../src/base/errors.js';
import { MetadataController } from '../../../src/metadata/controller/controller.js';
import { decideBlock, PRODUCER_ID_BLOCK_LENGTH } from '../../../src/metadata/controller/producer-ids.js';
import type { CreateTopic } from '../../../src/metadata/controller/requests.js';
import { Turns } from '../../../src/metadata/controller/turns.js';
import type { ImageDelta } from '../../../src/metadata/delta.js';
import { MetadataFollower } from '../../../src/metadata/follow.js';
import { PRODUCER_IDS_KEY, partitionKey, topicKey } from '../../../src/metadata/keys.js';
import { openEmbeddedStore } from '../../../src/metadata/store/embedded/embedded-store.js';
import type { MetadataStore, StoreChange } from '../../../src/metadata/store/store.js';
import { decodeValue, encodeValue } from '../../../src/metadata/values.js';
import { SILENT_LOGGER } from '../../../src/ports/logger.js';
import { manualClock } from '../../../src/ports/memory/clock.js';
import { seededEntropy } from '../../../src/ports/memory/entropy.js';
import { LossyDisk } from '../../../src/ports/memory/lossy-disk.js';
import { errorName } from '../../../src/wire/errors.js';
import { partitionRecord, uuidOf } from './arbitrary-records.js';

const LEASE_MS = 9000;
const FOR_GOOD = { validateOnly: false };

const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

/** One store, and as many brokers over it as a test starts. */
class Cluster {
  readonly clock = manualClock(1_000_000);
  disk: LossyDisk = new LossyDisk();
  store!: MetadataStore;
  #seed = 1;
  #open: { close(): Promise<void> }[] = [];

  async openStore(): Promise<void> {
    this.store = await openEmbeddedStore({
      disk: this.disk,
      clock: this.clock,
      entropy: seededEntropy(this.#seed++),
      logger: SILENT_LOGGER,
      directory: '/metadata',
    });
  }

  /** @param store what the broker sees of it, for tests that stand in between */
  async broker(brokerId: number, store: MetadataStore = this.store): Promise<TestBroker> {
    const follower = new MetadataFollower(store);
    await follower.start();
    const controller = new MetadataController({
      store,
      follower,
      clock: this.clock,
      entropy: seededEntropy(100 + this.#seed++),
      logger: SILENT_LOGGER,
      brokerId,
      leaseMs: LEASE_MS,
      rules: {
        defaultPartitionCount: () => 3,
        defaultReplicationFactor: () => 1,
        configsProblem: () => undefined,
        brokerConfigsProblem: () => undefined,
      },
    });
    const broker = { follower, controller };
    this.#open.push({
      close: async () => {
        await controller.close();
        follower.close();
      },
    });
    return broker;
  }

  async started(brokerId: number, store?: MetadataStore): Promise<TestBroker> {
    const broker = await this.broker(brokerId, store);
    await broker.controller.start(REGISTRATION);
    return broker;
  }

  async passTime(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 500) {
      this.clock.advance(500);
      await turn();
    }
  }

  async close(): Promise<void> {
    for (const broker of this.#open) await broker.close();
    this.#open = [];
    await this.store.close();
  }
}

interface TestBroker {
  readonly follower: MetadataFollower;
  readonly controller: MetadataController;
}

const REGISTRATION = {
  endpoints: [{ name: 'PLAINTEXT', host: 'localhost', port: 9092, securityProtocol: 'PLAINTEXT' }],
  directories: [uuidOf(42)],
  rack: null,
};

const topic = (name: string, partitionCount = 1, change: Partial<CreateTopic> = {}): CreateTopic => ({
  name,
  partitionCount,
  replicationFactor: -1,
  assignments: [],
  configs: new Map(),
  ...change,
});

let cluster: Cluster;
afterEach(() => cluster.close());

async function start(): Promise<TestBroker> {
  cluster = new Cluster();
  await cluster.openStore();
  return cluster.started(1);
}

describe('the controller in one broker', () => {
  test('starting registers the broker and makes it the controller, and its image says so', async () => {
    const { follower } = await start();
    expect(follower.image.controllerId).toBe(1);
    expect(follower.image.brokers.get(1)).toMatchObject({
      brokerId: 1,
      directories: [uuidOf(42)],
      rack: null,
    });
  });

  test('a created topic is in the image when the answer comes, durable, with its id', async () => {
    const { follower, controller } = await start();
    const [result] = await controller.createTopics([topic('orders', 3)], FOR_GOOD);
    const image = follower.image.topic('orders')!;
    expect(result).toMatchObject({
      name: 'orders',
      id: image.id,
      error: 0,
      partitionCount: 3,
      replicationFactor: 1,
    });
    expect(image.partitions.map(({ leader, leaderEpoch, index }) => [index, leader, leaderEpoch])).toEqual([
      [0, 1, 0],
      [1, 1, 0],
      [2, 1, 0],
    ]);
    expect(image.partitions[0]!.isr).toEqual([
      { brokerId: 1, incarnation: follower.image.brokers.get(1)!.incarnation, directoryId: uuidOf(42) },
    ]);
  });

  test('several topics in one request: each has its own result, in order', async () => {
    const { controller, follower } = await start();
    const results = await controller.createTopics(
      [topic('a'), topic('b/c'), topic('d'), topic('a.b')],
      FOR_GOOD,
    );
    expect(results.map(({ name, error }) => [name, errorName(error)])).toEqual([
      ['a', 'NONE'],
      ['b/c', 'INVALID_TOPIC_EXCEPTION'],
      ['d', 'NONE'],
      ['a.b', 'NONE'],
    ]);
    expect([...follower.image.topics.keys()].sort()).toEqual(['a', 'a.b', 'd']);
  });

  test('only validated, nothing changes, and no id is promised', async () => {
    const { controller, follower } = await start();
    const before = follower.image.revision;
    const [good, bad] = await controller.createTopics([topic('a'), topic('..')], { validateOnly: true });
    expect([good!.error, good!.id, good!.partitionCount]).toEqual([0, 'AAAAAAAAAAAAAAAAAAAAAA', 1]);
    expect(errorName(bad!.error)).toBe('INVALID_TOPIC_EXCEPTION');
    expect((await cluster.store.read('')).revision).toBe(before);
  });

  test('the same topic asked for many times at once is made once', async () => {
    const { controller, follower } = await start();
    const results = await Promise.all(
      Array.from({ length: 20 }, () => controller.createTopics([topic('orders')], FOR_GOOD)),
    );
    const errors = results.map(([result]) => errorName(result!.error));
    expect(errors.filter((error) => error === 'NONE')).toHaveLength(1);
    expect(errors.filter((error) => error === 'TOPIC_ALREADY_EXISTS')).toHaveLength(19);
    expect(follower.image.topics.size).toBe(1);
  });

  test('names that collide, asked for at once, are not both made', async () => {
    const { controller } = await start();
    const results = await Promise.all([
      controller.createTopics([topic('a.b')], FOR_GOOD),
      controller.createTopics([topic('a_b')], FOR_GOOD),
    ]);
    expect(results.map(([result]) => errorName(result!.error))).toEqual(['NONE', 'INVALID_TOPIC_EXCEPTION']);
  });

  test('a topic of 1,000 partitions appears at once, whole, and goes at once', async () => {
    const { controller, follower } = await start();
    const seen: string[] = [];
    follower.onChange((image, delta) => {
      const big = image.topic('big');
      if (big !== undefined || delta.topicsDeleted.length > 0) {
        seen.push(
          `${big?.partitions.length ?? 'gone'}, +${delta.topicsCreated.length} -${delta.topicsDeleted.length}`,
        );
      }
    });
    expect((await controller.createTopics([topic('big', 1000)], FOR_GOOD))[0]!.error).toBe(0);
    expect((await controller.deleteTopics([{ name: 'big' }]))[0]!.error).toBe(0);
    expect(seen[0]).toBe('1000, +1 -0');
    expect(seen).toContain('gone, +0 -1');
    expect(follower.strays().size).toBe(0);
    expect((await cluster.store.read('partitions/')).entries).toEqual([]);
  });

  test('partitions are added, settings altered, topics deleted by id', async () => {
    const { controller, follower } = await start();
    const [{ id } = { id: '' }] = await controller.createTopics(
      [topic('t', 1, { configs: new Map([['a', '1']]) })],
      FOR_GOOD,
    );
    const add = (partitionCount: number, validateOnly: boolean) =>
      controller.createPartitions([{ name: 't', partitionCount, assignments: null }], { validateOnly });
    expect((await add(150, true))[0]!.error).toBe(0);
    expect(follower.image.topic('t')!.partitions).toHaveLength(1);
    expect((await add(150, false))[0]!.error).toBe(0);
    expect(follower.image.topic('t')!.partitions).toHaveLength(150);
    expect(follower.image.topic('t')!.configs).toEqual(new Map([['a', '1']]));

    const altered = await controller.alterTopicConfigs(
      [{ name: 't', set: new Map([['b', '2']]), unset: ['a'] }],
      FOR_GOOD,
    );
    expect(altered[0]).toEqual({ name: 't', id, error: 0, message: null });
    expect(follower.image.topicConfigs('t')).toEqual(new Map([['b', '2']]));

    expect((await controller.deleteTopics([{ id }]))[0]).toEqual({ name: 't', id, error: 0, message: null });
    expect(follower.image.topicById(id)).toBeUndefined();
    expect(errorName((await controller.deleteTopics([{ id }]))[0]!.error)).toBe('UNKNOWN_TOPIC_ID');
  });

  test("the broker's own topics are created by their own door only, and deleted by none", async () => {
    const { controller } = await start();
    const offsets = topic('__consumer_offsets', 50);
    expect(errorName((await controller.createTopics([offsets], FOR_GOOD))[0]!.error)).toBe(
      'INVALID_TOPIC_EXCEPTION',
    );
    expect((await controller.createInternalTopics([offsets]))[0]!.error).toBe(0);
    expect(errorName((await controller.createInternalTopics([offsets]))[0]!.error)).toBe(
      'TOPIC_ALREADY_EXISTS',
    );
    expect(errorName((await controller.deleteTopics([{ name: offsets.name }]))[0]!.error)).toBe(
      'INVALID_TOPIC_EXCEPTION',
    );
  });

  test('a full disk is answered per topic, and room heals it', async () => {
    const { controller } = await start();
    cluster.disk.full(10);
    const [result] = await controller.createTopics([topic('t')], FOR_GOOD);
    expect(errorName(result!.error)).toBe('KAFKA_STORAGE_ERROR');
    expect(result!.message).toMatch(/no space/i);
    cluster.disk.full(Number.POSITIVE_INFINITY);
    expect((await controller.createTopics([topic('t')], FOR_GOOD))[0]!.error).toBe(0);
  });

  test('the answer waits for the image, however late the store tells of changes', async () => {
    cluster = new Cluster();
    await cluster.openStore();
    const store: MetadataStore = {
      ...interposed(cluster.store, async () => undefined),
      // Every event comes some turns after the answer.
      watch: (prefix, from, listener) =>
        cluster.store.watch(prefix, from, (event) => setImmediate(() => setImmediate(() => listener(event)))),
    };
    const { controller, follower } = await cluster.started(1, store);
    expect(follower.image.controllerId).toBe(1);
    await controller.createTopics([topic('t', 150)], FOR_GOOD);
    expect(follower.image.topic('t')?.partitions).toHaveLength(150);
    await controller.deleteTopics([{ name: 't' }]);
    expect(follower.image.topic('t')).toBeUndefined();
  });

  test('what changes between decision and write makes it decide again', async () => {
    cluster = new Cluster();
    await cluster.openStore();
    // Stands between the controller and the store, and takes the name just before the controller's own write.
    let interfere: (() => Promise<unknown>) | undefined;
    const store = interposed(cluster.store, async (change) => {
      if (change.puts.some(({ key }) => key === topicKey('t'))) {
        await interfere?.();
        interfere = undefined;
      }
    });
    const { controller, follower } = await cluster.started(1, store);
    const id = uuidOf(77);
    interfere = () =>
      cluster.store.compareAndSet({
        compares: [],
        puts: [
          {
            key: topicKey('t'),
            value: encodeValue('topic', {
              id,
              name: 't',
              partitionCount: 1,
              configs: new Map(),
              createdMs: 0,
            }),
          },
          { key: partitionKey(id, 0), value: encodeValue('partition', partitionRecord(id, 0, [1])) },
        ],
        deletes: [],
      });
    const [created] = await controller.createTopics([topic('t')], FOR_GOOD);
    expect(errorName(created!.error)).toBe('TOPIC_ALREADY_EXISTS');
    expect(follower.image.topic('t')!.id).toBe(id);

    // A leader writes its partition while settings are altered: different keys, no conflict.
    interfere = () =>
      cluster.store.compareAndSet({
        compares: [],
        puts: [
          {
            key: partitionKey(id, 0),
            value: encodeValue('partition', partitionRecord(id, 0, [1], { leaderEpoch: 9 })),
          },
        ],
        deletes: [],
      });
    expect(
      (
        await controller.alterTopicConfigs([{ name: 't', set: new Map([['a', '1']]), unset: [] }], FOR_GOOD)
      )[0]!.error,
    ).toBe(0);
    expect(follower.image.topic('t')!.partitions[0]!.leaderEpoch).toBe(9);
  });

  test('it gives up on a change that others beat every time', async () => {
    cluster = new Cluster();
    await cluster.openStore();
    const id = uuidOf(77);
    let round = 0;
    let hostile = false;
    const store = interposed(cluster.store, async (change) => {
      if (!hostile || !change.puts.some(({ key }) => key === topicKey('t'))) return;
      const record = {
        id,
        name: 't',
        partitionCount: 1,
        configs: new Map([['round', String(round++)]]),
        createdMs: 0,
      };
      await cluster.store.compareAndSet({
        compares: [],
        puts: [{ key: topicKey('t'), value: encodeValue('topic', record) }],
        deletes: [],
      });
    });
    const { controller } = await cluster.started(1, store);
    await controller.createTopics([topic('t')], FOR_GOOD);
    const stored = (await cluster.store.read(topicKey('t'))).entries[0]!;
    await cluster.store.compareAndSet({
      compares: [],
      puts: [{ key: partitionKey(id, 0), value: encodeValue('partition', partitionRecord(id, 0, [1])) }],
      deletes: [],
    });
    expect(stored).toBeDefined();
    hostile = true;
    const [result] = await controller.alterTopicConfigs(
      [{ name: 't', set: new Map([['a', '1']]), unset: [] }],
      FOR_GOOD,
    );
    expect(errorName(result!.error)).toBe('REQUEST_TIMED_OUT');
    expect(round).toBe(20);
  });
});

describe('restarts', () => {
  test('every partition that the broker led is led one epoch later, exactly one for each restart', async () => {
    const { controller } = await start();
    await controller.createTopics([topic('a', 120), topic('b')], FOR_GOOD);
    for (let restart = 1; restart <= 3; restart++) {
      await cluster.close();
      await cluster.openStore();
      const { follower } = await cluster.started(1);
      const epochs = [...follower.image.topics.values()].flatMap(({ partitions }) =>
        partitions.map(({ leaderEpoch }) => leaderEpoch),
      );
      expect(new Set(epochs)).toEqual(new Set([restart]));
      const { incarnation } = follower.image.brokers.get(1)!;
      expect(follower.image.topic('b')!.partitions[0]!.isr[0]!.incarnation).toBe(incarnation);
    }
  });

  test('what a broken-off creation of a large topic has staged is cleared away at the next start', async () => {
    await start();
    const stray = uuidOf(88);
    await cluster.store.compareAndSet({
      compares: [],
      puts: Array.from({ length: 100 }, (_, index) => ({
        key: partitionKey(stray, index),
        value: encodeValue('partition', partitionRecord(stray, index, [1])),
      })),
      deletes: [],
    });
    await cluster.close();
    await cluster.openStore();
    const { follower } = await cluster.started(1);
    expect(follower.strays().size).toBe(0);
    expect((await cluster.store.read('partitions/')).entries).toEqual([]);
  });

  test('a broker that signs off is gone at once; its successor takes over without waiting', async () => {
    const { controller, follower } = await start();
    await controller.close();
    expect((await cluster.store.read('brokers/')).entries).toEqual([]);
    expect((await cluster.store.read('controller')).entries).toEqual([]);
    await turn();
    expect(follower.image.controllerId).toBe(-1);
    expect(errorName((await controller.createTopics([topic('t')], FOR_GOOD))[0]!.error)).toBe(
      'NOT_CONTROLLER',
    );
    expect((await cluster.started(1)).follower.image.controllerId).toBe(1);
  });
});

describe('several brokers over one store', () => {
  test('the first is the controller; others refuse changes; when it dies the next takes its place and elects', async () => {
    const one = await start();
    const two = await cluster.started(2);
    expect(two.follower.image.controllerId).toBe(1);
    expect(errorName((await two.controller.createTopics([topic('t')], FOR_GOOD))[0]!.error)).toBe(
      'NOT_CONTROLLER',
    );
    await one.controller.createTopics([topic('t', 4, { replicationFactor: 2 })], FOR_GOOD);
    const leaders = (broker: TestBroker): (number | undefined)[] =>
      broker.follower.image.topic('t')!.partitions.map(({ leader }) => leader);
    expect(new Set(leaders(one))).toEqual(new Set([1, 2]));

    await one.controller.close();
    await cluster.passTime(1000);
    expect(two.follower.image.controllerId).toBe(2);
    expect(leaders(two)).toEqual([2, 2, 2, 2]);
    for (const { leaderEpoch, isr } of two.follower.image.topic('t')!.partitions) {
      expect([0, 1]).toContain(leaderEpoch);
      expect(isr.map(({ brokerId }) => brokerId)).toEqual([2]);
    }
    expect((await two.controller.createTopics([topic('u')], FOR_GOOD))[0]!.error).toBe(0);
  });

  test("a broker's id is held by one run at a time: the second waits, then says whose it is", async () => {
    await start();
    const second = await cluster.broker(1);
    const refused = second.controller.start(REGISTRATION).then(
      () => undefined,
      (error: unknown) => error,
    );
    await cluster.passTime(3 * LEASE_MS);
    expect(await refused).toBeInstanceOf(UserError);
    expect(await refused).toMatchObject({ code: 'BROKER_ID_IN_USE' });
  });

  test('a deposed controller cannot write, even before it has heard of it', async () => {
    cluster = new Cluster();
    await cluster.openStore();
    // Broker 1 hears of nothing while `deaf`.
    let deaf = false;
    const store: MetadataStore = {
      ...interposed(cluster.store, async () => undefined),
      watch: (prefix, from, listener) =>
        cluster.store.watch(prefix, from, (event) => {
          if (!deaf) listener(event);
        }),
    };
    const one = await cluster.started(1, store);
    deaf = true;
    await cluster.store.compareAndSet({
      compares: [],
      puts: [],
      deletes: ['controller'],
    });
    const two = await cluster.started(2);
    expect(two.follower.image.controllerId).toBe(2);
    const [result] = await one.controller.createTopics([topic('t')], FOR_GOOD);
    expect(errorName(result!.error)).toBe('NOT_CONTROLLER');
    expect((await cluster.store.read('topics/')).entries).toEqual([]);
  });

  test('a broker that was not heard of for too long registers again and goes on in its epochs', async () => {
    cluster = new Cluster();
    await cluster.openStore();
    let unheard = false;
    const store: MetadataStore = {
      ...interposed(cluster.store, async () => undefined),
      async lease(ttlMs) {
        const lease = await cluster.store.lease(ttlMs);
        const keepAlive = (): Promise<boolean> =>
          unheard ? new Promise(() => undefined) : lease.keepAlive();
        return {
          id: lease.id,
          keepAlive,
          revoke: () => lease.revoke(),
          onLost: (listener) => lease.onLost(listener),
        };
      },
    };
    const { controller, follower } = await cluster.started(1, store);
    await controller.createTopics([topic('t')], FOR_GOOD);
    const incarnation = follower.image.brokers.get(1)!.incarnation;
    const events: string[] = [];
    follower.onChange(({ brokers }, { brokersChanged }: ImageDelta) => {
      if (brokersChanged.length > 0) events.push(brokers.has(1) ? 'here' : 'gone');
    });
    unheard = true;
    await cluster.passTime(LEASE_MS + 1000);
    expect(events).toEqual(['gone']);
    expect(errorName((await controller.createTopics([topic('u')], FOR_GOOD))[0]!.error)).toBe(
      'NOT_CONTROLLER',
    );
    unheard = false;
    await cluster.passTime(LEASE_MS);
    expect(events).toEqual(['gone', 'here']);
    expect(follower.image.brokers.get(1)?.incarnation).toBe(incarnation);
    expect(follower.image.controllerId).toBe(1);
    // The same run, which nobody has replaced: its epoch goes on.
    expect(follower.image.topic('t')!.partitions[0]).toMatchObject({ leader: 1, leaderEpoch: 0 });
    expect((await controller.createTopics([topic('u')], FOR_GOOD))[0]!.error).toBe(0);
    await cluster.passTime(3 * LEASE_MS);
    expect(events).toEqual(['gone', 'here']);
  });

  test('while it is well, its lease never runs out', async () => {
    const { follower } = await start();
    const { revision } = follower.image;
    await cluster.passTime(10 * LEASE_MS);
    expect(follower.image.revision).toBe(revision);
  });
});

describe('producer ids', () => {
  test('each is given once, over calls at once, brokers and restarts', async () => {
    const { controller } = await start();
    const other = await cluster.started(2);
    const given = new Set<number>();
    const take = async (from: MetadataController, count: number): Promise<void> => {
      const ids = await Promise.all(Array.from({ length: count }, () => from.allocateProducerIds()));
      for (const id of ids) {
        expect(given.has(id)).toBe(false);
        given.add(id);
      }
    };
    await Promise.all([take(controller, 2500), take(other.controller, 1500)]);
    await cluster.close();
    await cluster.openStore();
    await take((await cluster.started(1)).controller, 10);
    expect(given.size).toBe(4010);
    const stored = (await cluster.store.read(PRODUCER_IDS_KEY)).entries[0]!;
    expect(decodeValue('producerIds', stored.key, stored.value).next).toBe(6 * PRODUCER_ID_BLOCK_LENGTH);
  });

  test('a block begins where the last one ended, guarded by what was read', () => {
    const first = decideBlock(undefined);
    expect([first.first, first.change.compares]).toEqual([0, [{ key: PRODUCER_IDS_KEY, modRevision: 0 }]]);
    const stored = {
      key: PRODUCER_IDS_KEY,
      value: encodeValue('producerIds', { next: 5000 }),
      createRevision: 1,
      modRevision: 7,
    };
    const next = decideBlock(stored);
    expect([next.first, next.change.compares]).toEqual([5000, [{ key: PRODUCER_IDS_KEY, modRevision: 7 }]]);
    expect(decodeValue('producerIds', 'k', next.change.puts[0]!.value).next).toBe(6000);
    cluster = new Cluster();
    return cluster.openStore();
  });
});

describe('turns', () => {
  test('one at a time, in order; a failure is its own; the bound is kept', async () => {
    cluster = new Cluster();
    await cluster.openStore();
    const turns = new Turns(2);
    const log: string[] = [];
    const work = (name: string) => async (): Promise<string> => {
      log.push(`${name} begins`);
      await turn();
      log.push(`${name} ends`);
      if (name === 'b') throw new Error('b failed');
      return name;
    };
    const [a, b, c, d] = [
      turns.take(work('a')),
      turns.take(work('b')),
      turns.take(work('c')),
      turns.take(work('d')),
    ];
    expect(d).toBeUndefined();
    await expect(b).rejects.toThrow('b failed');
    expect(await Promise.all([a, c])).toEqual(['a', 'c']);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    expect(await turns.take(work('e'))).toBe('e');
  });
});

/** The store, with something that happens before each change of its client. */
function interposed(store: MetadataStore, before: (change: StoreChange) => Promise<void>): MetadataStore {
  return {
    read: (prefix) => store.read(prefix),
    watch: (prefix, from, listener) => store.watch(prefix, from, listener),
    lease: (ttlMs) => store.lease(ttlMs),
    close: () => store.close(),
    async compareAndSet(change) {
      await before(change);
      return store.compareAndSet(change);
    },
  };
}
