import { afterEach, describe, expect, test } from 'vitest';
import { describeGroup, listGroups } from '../../../src/client/admin/groups.js';
import type { Cluster } from '../../../src/client/cluster.js';
import { Fetcher } from '../../../src/client/consumer/fetcher.js';
import { GroupConsumer } from '../../../src/client/consumer/group-consumer.js';
import { EARLIEST, LATEST, listOffsets } from '../../../src/client/offsets.js';
import { Producer } from '../../../src/client/producer/producer.js';
import { cutNowAndThen, type InProcess, makeTopic, SEED, startInProcess, Values } from './in-process.js';

let broker: InProcess;
afterEach(() => broker.stop());

/** `from`, `from + 1` … as values, spread over the partitions by turns. */
async function send(
  cluster: Cluster,
  topic: string,
  from: number,
  count: number,
  partitions: number,
): Promise<void> {
  const producer = await Producer.open(cluster, { batchBytes: 300 });
  await producer.prepare(topic);
  for (let n = from; n < from + count; n++) {
    const value = Buffer.from(String(n));
    if (!producer.append(topic, { key: null, value, partition: n % partitions, timestamp: 1000 + n }))
      await producer.room();
  }
  await producer.flush();
  producer.close();
}

function numbers(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(from + index));
}

const numerically = (values: readonly string[]): string[] => values.toSorted((a, b) => Number(a) - Number(b));

describe('a fetcher', () => {
  test('reads each partition in order, though connections break', async () => {
    broker = await startInProcess();
    const cluster = broker.cluster();
    await makeTopic(cluster, 't', 3);
    await send(cluster, 't', 0, 900, 3);
    broker.net.cutBefore = cutNowAndThen(5, SEED);
    const values = new Values();
    await values.load();
    const troubles: Error[] = [];
    const fetcher = new Fetcher(cluster, {
      partitionMaxBytes: 500,
      onTrouble: (error) => void troubles.push(error),
    });
    fetcher.assign([0, 1, 2].map((partition) => ({ topic: 't', partition, offset: 0 })));
    while (values.all.length < 900) {
      const fetched = await fetcher.next();
      if (fetched) values.take(fetched);
    }
    fetcher.close();
    broker.net.cutBefore = () => false;
    for (let partition = 0; partition < 3; partition++) {
      const expected = numbers(0, 900).filter((value) => Number(value) % 3 === partition);
      expect(values.byPartition.get(partition), `seed ${SEED}`).toEqual(expected);
    }
    expect(troubles.length, `seed ${SEED}`).toBeGreaterThan(0);
  });

  test('starts in the middle of a batch, and looks offsets up by time', async () => {
    broker = await startInProcess();
    const cluster = broker.cluster();
    await makeTopic(cluster, 't', 1);
    await send(cluster, 't', 0, 100, 1);
    const ask = (at: number) => listOffsets(cluster, [{ topic: 't', partition: 0, at }], 1000);
    expect((await ask(EARLIEST))[0]?.offset).toBe(0);
    expect((await ask(LATEST))[0]?.offset).toBe(100);
    expect((await ask(1042))[0]?.offset).toBe(42);
    expect((await ask(5000))[0]?.offset).toBe(-1);
    const values = new Values();
    const fetcher = new Fetcher(cluster);
    fetcher.assign([{ topic: 't', partition: 0, offset: 42 }]);
    while (values.all.length < 58) {
      const fetched = await fetcher.next();
      if (fetched) values.take(fetched);
    }
    expect(values.all).toEqual(numbers(42, 58));
    fetcher.close();
  });

  test('waits for what is not there yet, and lets itself be woken', async () => {
    broker = await startInProcess();
    const cluster = broker.cluster();
    await makeTopic(cluster, 't', 1);
    await cluster.metadata(['t']);
    const fetcher = new Fetcher(cluster);
    fetcher.assign([{ topic: 't', partition: 0, offset: 0 }]);
    const waiting = fetcher.next();
    fetcher.wake();
    expect(await waiting).toBe(null);
    const arriving = fetcher.next();
    await send(broker.cluster(), 't', 0, 1, 1);
    expect(await arriving).toMatchObject({
      topic: 't',
      partition: 0,
      from: 0,
      nextOffset: 1,
      highWatermark: 1,
    });
    fetcher.close();
  });

  test('a position outside of the log goes to its start, where it was told to', async () => {
    broker = await startInProcess();
    const cluster = broker.cluster();
    await makeTopic(cluster, 't', 1);
    await send(cluster, 't', 0, 2, 1);
    const fetcher = new Fetcher(cluster, { onOutOfRange: 'earliest' });
    fetcher.assign([{ topic: 't', partition: 0, offset: 1000 }]);
    expect(await fetcher.next()).toMatchObject({ from: 0 });
    fetcher.close();
  });

  test('or to its end', async () => {
    broker = await startInProcess();
    const cluster = broker.cluster();
    await makeTopic(cluster, 't', 1);
    await send(cluster, 't', 0, 2, 1);
    const fetcher = new Fetcher(cluster, { onOutOfRange: 'latest' });
    fetcher.assign([{ topic: 't', partition: 0, offset: 1000 }]);
    let arrived = false;
    const first = fetcher.next().finally(() => (arrived = true));
    // Where the end is when the fetcher looks for it, nobody here knows: so the log goes on growing.
    for (let n = 2; !arrived; n++) await send(cluster, 't', n, 1, 1);
    expect((await first)?.from).toBeGreaterThanOrEqual(2);
    fetcher.close();
  });

  test('or fails where it was told to', async () => {
    broker = await startInProcess();
    const cluster = broker.cluster();
    await makeTopic(cluster, 't', 1);
    await cluster.metadata(['t']);
    const fetcher = new Fetcher(cluster);
    fetcher.assign([{ topic: 't', partition: 0, offset: 1000 }]);
    await expect(fetcher.next()).rejects.toMatchObject({ errorName: 'OFFSET_OUT_OF_RANGE' });
    fetcher.close();
  });
});

describe('a group', () => {
  /** Polls until `enough`, taking note of every value with its partition. */
  async function readUntil(consumer: GroupConsumer, into: Values, enough: () => boolean): Promise<void> {
    while (!enough()) {
      const fetched = await consumer.poll();
      if (fetched) into.take(fetched);
    }
  }

  test('three members share the partitions; one leaves, one dies, and every record is read', async () => {
    broker = await startInProcess();
    const admin = broker.cluster();
    await makeTopic(admin, 't', 6);
    await send(admin, 't', 0, 600, 6);
    const seen = new Set<string>();
    const assignments = new Map<number, number>();
    const members = [0, 1, 2].map((id) => {
      const cluster = broker.cluster();
      const consumer = new GroupConsumer(cluster, {
        groupId: 'g',
        topics: ['t'],
        startAt: 'earliest',
        sessionTimeoutMs: 500,
        heartbeatIntervalMs: 30,
        fetch: { partitionMaxBytes: 400, maxBytes: 2000 },
        onAssigned: (positions) => {
          assignments.set(id, positions.length);
          for (const wake of waiting) wake();
        },
      });
      return { id, cluster, consumer, running: true };
    });
    const waiting = new Set<() => void>();
    const until = async (holds: () => boolean): Promise<void> => {
      while (!holds()) {
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
      }
    };
    const values = new Values();
    await values.load();
    const loops = members.map(async (member) => {
      while (member.running) {
        const fetched = await member.consumer.poll();
        if (!fetched) continue;
        const own = new Values();
        own.take(fetched);
        for (const value of own.all) seen.add(value);
        for (const wake of waiting) wake();
      }
    });
    const shares = (): string => [...assignments.values()].toSorted((a, b) => a - b).join();
    await until(() => shares() === '2,2,2' && seen.size === 600);
    expect((await describeGroup(admin, 'g', 5000)).members).toHaveLength(3);

    // One leaves politely: the others take over at once.
    members[2]!.running = false;
    members[2]!.consumer.wake();
    await loops[2];
    await members[2]!.consumer.close();
    assignments.delete(2);
    await send(admin, 't', 600, 60, 6);
    await until(() => shares() === '3,3' && seen.size === 660);

    // One is cut off: its session ends, and the last one takes all.
    members[1]!.running = false;
    members[1]!.consumer.wake();
    await loops[1];
    await members[1]!.cluster.close();
    assignments.delete(1);
    await send(admin, 't', 660, 60, 6);
    await until(() => shares() === '6' && seen.size === 720);
    expect(numerically([...seen])).toEqual(numbers(0, 720));

    members[0]!.running = false;
    members[0]!.consumer.wake();
    await loops[0];
    await members[0]!.consumer.commit();
    await members[0]!.consumer.close();
    const group = await describeGroup(admin, 'g', 5000);
    expect([group.state, group.partitions.length, group.partitions.map(({ lag }) => lag)]).toEqual([
      'Empty',
      6,
      [0, 0, 0, 0, 0, 0],
    ]);
    expect(await listGroups(admin, 5000)).toMatchObject([
      { groupId: 'g', state: 'Empty', protocolType: 'consumer' },
    ]);
  });

  test('a successor goes on where the group stopped: at what was worked off', async () => {
    broker = await startInProcess();
    const cluster = broker.cluster();
    await makeTopic(cluster, 't', 1);
    await send(cluster, 't', 0, 10, 1);
    const first = new GroupConsumer(cluster, { groupId: 'g', topics: ['t'], startAt: 'earliest' });
    const values = new Values();
    await readUntil(first, values, () => values.all.length > 0);
    first.doneUpTo(4);
    await first.commit();
    await first.close();
    const second = new GroupConsumer(cluster, { groupId: 'g', topics: ['t'], startAt: 'latest' });
    const rest = new Values();
    await readUntil(second, rest, () => rest.all.length >= 6);
    expect(rest.all).toEqual(numbers(4, 6));
    // Handed out, but never said to be done with: not committed.
    await second.close();
    expect((await describeGroup(cluster, 'g', 5000)).partitions).toMatchObject([
      { committedOffset: 4, endOffset: 10, lag: 6 },
    ]);
  });

  test('connections that break cost repeats, never records', async () => {
    broker = await startInProcess();
    const admin = broker.cluster(broker.net);
    await makeTopic(admin, 't', 2);
    await send(admin, 't', 0, 400, 2);
    broker.net.cutBefore = cutNowAndThen(15, SEED);
    const seen = new Set<string>();
    const consumer = new GroupConsumer(broker.cluster(), {
      groupId: 'g',
      topics: ['t'],
      startAt: 'earliest',
      heartbeatIntervalMs: 5,
      sessionTimeoutMs: 2000,
      commitIntervalMs: 1,
      fetch: { partitionMaxBytes: 400 },
    });
    const values = new Values();
    await readUntil(consumer, values, () => {
      for (const value of values.all) seen.add(value);
      return seen.size >= 400;
    });
    broker.net.cutBefore = () => false;
    await consumer.close();
    expect(broker.net.cuts.request + broker.net.cuts.answer, `seed ${SEED}`).toBeGreaterThan(0);
    expect(numerically([...seen]), `seed ${SEED}`).toEqual(numbers(0, 400));
  });

  test('a group that takes no more members says so', async () => {
    broker = await startInProcess({ 'group.max.size': '1' });
    const cluster = broker.cluster();
    await makeTopic(cluster, 't', 1);
    await send(cluster, 't', 0, 1, 1);
    const first = new GroupConsumer(cluster, { groupId: 'g', topics: ['t'], startAt: 'earliest' });
    const values = new Values();
    await readUntil(first, values, () => values.all.length > 0);
    const second = new GroupConsumer(broker.cluster(), { groupId: 'g', topics: ['t'] });
    await expect(readUntil(second, values, () => false)).rejects.toMatchObject({
      errorName: 'GROUP_MAX_SIZE_REACHED',
    });
    await second.close();
    await first.close();
  });
});
