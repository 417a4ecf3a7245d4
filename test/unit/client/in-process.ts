/** A real broker in the test's process, and a network between it and the client that can be cut. */
import type { PartitionIndex } from '../../../src/base/ids.js';
import { Prng } from '../../../src/base/prng.js';
import { readBrokerSettings } from '../../../src/broker/settings/broker-settings.js';
import { createTopic } from '../../../src/client/admin/topics.js';
import { Cluster } from '../../../src/client/cluster.js';
import { Fetcher, type FetchedBatches } from '../../../src/client/consumer/fetcher.js';
import { LATEST, listOffsets } from '../../../src/client/offsets.js';
import type { Clock } from '../../../src/ports/clock.js';
import { SILENT_LOGGER } from '../../../src/ports/logger.js';
import { memoryDisk } from '../../../src/ports/memory/disk.js';
import { memoryNet } from '../../../src/ports/memory/net.js';
import type { Connection, ConnectionEvents, Net } from '../../../src/ports/net.js';
import { nodeClock } from '../../../src/ports/node/clock.js';
import { nodeEntropy } from '../../../src/ports/node/entropy.js';
import { Compression } from '../../../src/records/compression/compression.js';
import { batchesIn, recordsIn } from '../../../src/records/iterate.js';
import { startServer } from '../../../src/server/start-server.js';
import { KIT_SETTINGS } from '../../../src/testing/start-broker.js';

export const SEED = Number(process.env['SEED'] ?? Date.now());

export interface InProcess {
  readonly net: CuttableNet;
  readonly clock: Clock;
  readonly port: number;
  /** A client of its own, closed with the broker. */
  cluster(net?: Net): Cluster;
  stop(): Promise<void>;
}

export async function startInProcess(settings: Readonly<Record<string, string>> = {}): Promise<InProcess> {
  const inner = memoryNet({ schedule: setImmediate });
  const net = new CuttableNet(inner);
  const clock = nodeClock();
  const entropy = nodeEntropy();
  const running = await startServer({
    ports: { clock, disk: memoryDisk(), net: inner, entropy },
    logger: SILENT_LOGGER,
    settings: readBrokerSettings(new Map(Object.entries({ ...KIT_SETTINGS, ...settings }))),
    directories: ['/millrace'],
  });
  const clusters: Cluster[] = [];
  return {
    net,
    clock,
    port: running.address.port,
    cluster: (over = net) => {
      const cluster = new Cluster({
        net: over,
        clock,
        entropy,
        bootstrap: [running.address],
        clientId: 'test',
      });
      clusters.push(cluster);
      return cluster;
    },
    stop: async () => {
      for (const cluster of clusters) await cluster.close();
      await running.stop();
    },
  };
}

/** What is about to pass: a client's request, or the answer to one that was carried out. */
export type Passing = 'request' | 'answer';

/** A network that breaks connections where it hurts: the client cannot tell a lost request from a lost answer. */
export class CuttableNet implements Net {
  readonly #inner: Net;
  cutBefore: (passing: Passing) => boolean = () => false;
  readonly cuts: Record<Passing, number> = { request: 0, answer: 0 };

  constructor(inner: Net) {
    this.#inner = inner;
  }

  listen(...args: Parameters<Net['listen']>): ReturnType<Net['listen']> {
    return this.#inner.listen(...args);
  }

  nextTurn(step: () => void): void {
    this.#inner.nextTurn(step);
  }

  get connectionsMax(): number {
    return this.#inner.connectionsMax;
  }

  async connect(options: Parameters<Net['connect']>[0]): Promise<Connection> {
    const connection = await this.#inner.connect(options);
    const cuts = (passing: Passing): boolean => {
      if (!this.cutBefore(passing)) return false;
      this.cuts[passing]++;
      connection.destroy();
      return true;
    };
    const handle = connection.handle.bind(connection);
    const write = connection.write.bind(connection);
    connection.handle = (events: ConnectionEvents): void =>
      handle({
        ...events,
        onData: (chunk) => cuts('answer') || events.onData(chunk),
        onClose: (cause) => events.onClose(cause),
      });
    connection.write = (parts) => cuts('request') || write(parts);
    return connection;
  }
}

/** Cuts at random, every `mean` passages on average and at least one in twice as many. */
export function cutNowAndThen(mean: number, seed: number): (passing: Passing) => boolean {
  const prng = new Prng(seed);
  let left = prng.between(1, 2 * mean - 1);
  return () => {
    if (--left > 0) return false;
    left = prng.between(1, 2 * mean - 1);
    return true;
  };
}

export async function makeTopic(cluster: Cluster, name: string, partitionCount: number): Promise<void> {
  await createTopic(cluster, { name, partitionCount, replicationFactor: -1, configs: new Map() }, 5000);
}

/** The values of fetched records, by partition, in order. */
export class Values {
  readonly byPartition = new Map<PartitionIndex, string[]>();
  readonly #compression = new Compression();

  load(): Promise<void> {
    return this.#compression.loadAll();
  }

  take({ partition, batches, from }: FetchedBatches): void {
    const values = this.byPartition.get(partition) ?? [];
    this.byPartition.set(partition, values);
    for (const at of batchesIn(batches)) {
      for (const { offset, value } of recordsIn(batches, at, this.#compression, 1 << 24)) {
        if (offset >= from) values.push(String(value));
      }
    }
  }

  get all(): string[] {
    return [...this.byPartition.values()].flat();
  }
}

/** Everything that a topic holds now. */
export async function readAll(cluster: Cluster, topic: string): Promise<Values> {
  const values = new Values();
  await values.load();
  await cluster.metadata([topic]);
  const partitions = cluster.topic(topic)!.partitions.map(({ index }) => index);
  const ends = await listOffsets(
    cluster,
    partitions.map((partition) => ({ topic, partition, at: LATEST })),
    5000,
  );
  let left = ends.filter(({ offset }) => offset > 0).length;
  const fetcher = new Fetcher(cluster);
  fetcher.assign(ends.filter(({ offset }) => offset > 0).map((end) => ({ ...end, offset: 0 })));
  while (left > 0) {
    const fetched = await fetcher.next();
    if (!fetched) continue;
    values.take(fetched);
    if (fetched.nextOffset < ends[fetched.partition]!.offset) continue;
    fetcher.release(topic, fetched.partition);
    left--;
  }
  fetcher.close();
  return values;
}
