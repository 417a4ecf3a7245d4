/**
 * kill -9 under load, again and again on one data directory: what was acknowledged is there, at its offset, in order, once.
 *
 * The moment of each kill is drawn from the count of acknowledgements, so a seed names the same load everywhere; where in the
 * broker's work it falls is chance, and that is the point of fifty of them. Kills during start-up are drawn from the time that the
 * start before took, since a broker that starts gives nothing else to count.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Prng } from '../../src/base/prng.js';
import { Compression } from '../../src/records/compression/compression.js';
import type { RpcConnection } from '../../src/rpc/rpc-connection.js';
import { ErrorCode, errorName } from '../../src/wire/errors.js';
import { CreateTopics } from '../../src/wire/messages/create-topics.js';
import { Fetch } from '../../src/wire/messages/fetch.js';
import { FindCoordinator } from '../../src/wire/messages/find-coordinator.js';
import { InitProducerId } from '../../src/wire/messages/init-producer-id.js';
import { BrokerProcess } from './parts/broker-process.js';
import { connect } from './parts/client.js';
import { TestCommitter } from './parts/committer.js';
import { PartitionLedger } from './parts/ledger.js';
import { TestProducer } from './parts/producers.js';
import { withDirectory } from './parts/temporary-directory.js';

const ROUNDS = 50;
const ACKNOWLEDGEMENTS_MIN = 20;
const ACKNOWLEDGEMENTS_MAX = 220;
/** Every so many rounds all is read again from the first offset, and the broker is killed while it starts. */
const FULL_CHECK_EVERY = 10;
const START_KILLS_EVERY = 5;

const TOPICS: readonly { readonly name: string; readonly partitions: number }[] = [
  { name: 'orders', partitions: 3 },
  { name: 'events', partitions: 8 },
  { name: 'plain', partitions: 2 },
];

/** Small enough that segments roll, journals fill and checkpoints are written many times within the test. */
const SETTINGS = {
  'log.segment.bytes': '200000',
  'log.index.interval.bytes': '1000',
  'log.flush.offset.checkpoint.interval.ms': '150',
  'offsets.topic.num.partitions': '3',
  'offsets.topic.segment.bytes': '50000',
};

class Load {
  readonly prng: Prng;
  readonly compression = new Compression();
  readonly ledgers: PartitionLedger[];
  readonly producers: TestProducer[] = [];
  readonly committers: TestCommitter[];
  #onAcknowledged: () => void = () => {};

  constructor(seed: number) {
    this.prng = new Prng(seed);
    this.ledgers = TOPICS.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, at) => new PartitionLedger(name, at, this.compression)),
    );
    const told = (): void => this.#onAcknowledged();
    this.committers = ['invoices', 'shipping', 'audit'].map(
      (group, at) => new TestCommitter(group, at === 2 ? 'events' : 'orders', [0, 1, 2], told),
    );
  }

  async prepare(connection: RpcConnection): Promise<void> {
    await this.compression.loadAll();
    const { topics } = await connection.call(CreateTopics, {
      topics: TOPICS.map(({ name, partitions }) => ({
        name,
        numPartitions: partitions,
        replicationFactor: 1,
        assignments: [],
        configs: [],
      })),
      validateOnly: false,
    });
    for (const { name, errorCode } of topics) {
      if (errorCode !== ErrorCode.NONE) throw new Error(`${name}: ${errorName(errorCode)}`);
    }
    await connection.call(FindCoordinator, {
      coordinatorKeys: this.committers.map(({ groupId }) => groupId),
    });
    for (const [name, topic] of [
      ['o1', 'orders'],
      ['o2', 'orders'],
      ['e1', 'events'],
      ['p1', 'plain'],
    ] as const) {
      const identity =
        topic === 'plain'
          ? null
          : await connection.call(InitProducerId, { transactionalId: null, transactionTimeoutMs: 0 });
      this.producers.push(
        new TestProducer({
          name,
          ledgers: this.ledgers.filter((ledger) => ledger.topic === topic),
          identity,
          prng: this.prng.split(name),
          compression: this.compression,
          onAcknowledged: () => this.#onAcknowledged(),
        }),
      );
    }
  }

  /** Load until `count` acknowledgements have come, and then `then`, at once, within the turn that brought the last of them. */
  async until(count: number, address: { host: string; port: number }, then: () => void): Promise<void> {
    let left = count;
    this.#onAcknowledged = () => {
      if (--left === 0) then();
    };
    const workers = [...this.producers, ...this.committers];
    const connections = await Promise.all(workers.map(() => connect(address)));
    await Promise.all(workers.map((worker, at) => worker.run(connections[at]!, () => left <= 0)));
    for (const connection of connections) connection.close();
  }

  /** Reads every partition from where the last look ended, and holds it against its ledger. */
  async check(connection: RpcConnection): Promise<void> {
    await Promise.all(this.ledgers.map((ledger) => checkPartition(connection, ledger)));
    await Promise.all(this.committers.map((committer) => committer.check(connection)));
  }

  get acknowledged(): number {
    return this.ledgers.reduce((sum, { acknowledgedCount }) => sum + acknowledgedCount, 0);
  }
}

async function checkPartition(connection: RpcConnection, ledger: PartitionLedger): Promise<void> {
  for (;;) {
    const { responses } = await connection.call(Fetch, {
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 1 << 22,
      topics: [
        {
          topic: ledger.topic,
          partitions: [
            { partition: ledger.partition, fetchOffset: ledger.nextOffset, partitionMaxBytes: 1 << 22 },
          ],
        },
      ],
      forgottenTopicsData: [],
    });
    const { errorCode, highWatermark, records } = responses[0]!.partitions[0]!;
    if (errorCode !== ErrorCode.NONE) throw new Error(`${ledger.name}: ${errorName(errorCode)}`);
    if (records!.length === 0) return ledger.ended(highWatermark);
    ledger.read(records!);
  }
}

test(`${ROUNDS} rounds of kill -9 under load`, { timeout: 300_000 }, async () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
  console.log(`kill -9: seed ${seed} (SEED=${seed} repeats the load)`);
  const load = new Load(seed);
  const draw = load.prng.split('kills');
  const startKills = { asked: 0, beforeReady: 0 };
  const startsMs: number[] = [];

  await withDirectory(async (directory) => {
    const options = { directory, settings: SETTINGS };
    let broker = await BrokerProcess.start(options);
    const first = await connect(broker.address);
    await load.prepare(first);
    first.close();

    for (let round = 1; round <= ROUNDS; round++) {
      const count =
        ACKNOWLEDGEMENTS_MIN + Math.floor(draw.random() * (ACKNOWLEDGEMENTS_MAX - ACKNOWLEDGEMENTS_MIN));
      await load.until(count, broker.address, () => broker.kill9());
      expect(await broker.exited, broker.stderr).toEqual({ code: null, signal: 'SIGKILL' });

      if (round % START_KILLS_EVERY === 0) {
        for (let kill = 0; kill < 3; kill++) {
          startKills.asked += 1;
          const starting = new BrokerProcess(options);
          const ready = await Promise.race([
            starting.ready.then(() => true),
            sleep(draw.random() * Math.max(...startsMs)).then(() => false),
          ]);
          if (!ready) startKills.beforeReady += 1;
          starting.kill9();
          await starting.exited;
        }
      }

      const startedAtMs = performance.now();
      broker = await BrokerProcess.start(options);
      startsMs.push(performance.now() - startedAtMs);
      const reader = await connect(broker.address);
      if (round % FULL_CHECK_EVERY === 0) for (const ledger of load.ledgers) ledger.rewind();
      await load.check(reader).catch((error: unknown) => {
        throw new Error(`round ${round}, seed ${seed}: ${(error as Error).message}\n${broker.stderr}`, {
          cause: error,
        });
      });
      reader.close();
      expect(broker.log.filter(({ level }) => level === 'error')).toEqual([]);
    }

    // At the end everything that was sent and is not acknowledged is sent once more, and all is read from the start: once from memory,
    // once from the disk alone.
    const last = await connect(broker.address);
    for (const producer of load.producers) await producer.resendAll(last);
    for (const ledger of load.ledgers) ledger.rewind();
    await load.check(last);
    last.close();
    expect(await broker.terminate()).toEqual({ code: 0, signal: null });
    broker = await BrokerProcess.start({
      directory,
      settings: { ...SETTINGS, 'log.tail.memory.bytes': '0' },
    });
    const again = await connect(broker.address);
    for (const ledger of load.ledgers) ledger.rewind();
    await load.check(again);
    again.close();
    await broker.terminate();
  });

  const resent = load.producers.reduce((sum, producer) => sum + producer.resent, 0);
  const commits = load.committers.reduce((sum, { acknowledgedCount }) => sum + acknowledgedCount, 0);
  console.log(
    `kill -9: ${ROUNDS} kills under load, ${load.acknowledged} batches and ${commits} commits acknowledged, ${resent} batches sent again; ` +
      `${startKills.beforeReady} of ${startKills.asked} kills during start-up came before it served; ` +
      `start after a kill: ${Math.round(startsMs.toSorted((a, b) => a - b)[startsMs.length >> 1]!)} ms (median)`,
  );
  // A load that is no load shows nothing.
  expect(load.acknowledged).toBeGreaterThan(ROUNDS * ACKNOWLEDGEMENTS_MIN);
  expect(commits).toBeGreaterThan(ROUNDS);
  expect(resent).toBeGreaterThan(ROUNDS);
  expect(startKills.beforeReady).toBeGreaterThan(0);
});
