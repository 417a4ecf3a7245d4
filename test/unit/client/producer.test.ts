import { afterEach, describe, expect, test } from 'vitest';
import { Prng } from '../../../src/base/prng.js';
import { Producer, type Delivery } from '../../../src/client/producer/producer.js';
import { cutNowAndThen, type InProcess, makeTopic, readAll, SEED, startInProcess } from './in-process.js';

let broker: InProcess;
afterEach(() => broker.stop());

const text = (value: string): Buffer => Buffer.from(value);

describe('a producer', () => {
  test('stores what it is given, in order, by key', async () => {
    broker = await startInProcess();
    const cluster = broker.cluster();
    await makeTopic(cluster, 'orders', 3);
    const deliveries: Delivery[] = [];
    const producer = await Producer.open(cluster, {
      onDelivered: (each) => void deliveries.push(each),
      batchBytes: 1024,
    });
    await producer.prepare('orders');
    for (let n = 0; n < 1000; n++) {
      if (!producer.append('orders', { key: text(`k${n % 10}`), value: text(`${n % 10}:${n}`) }))
        await producer.room();
    }
    await producer.flush();
    const { byPartition, all } = await readAll(cluster, 'orders');
    expect(all).toHaveLength(1000);
    expect(deliveries.reduce((sum, { recordCount }) => sum + recordCount, 0)).toBe(1000);
    // Each key lies in one partition, and there in the order of sending.
    for (let key = 0; key < 10; key++) {
      const holders = [...byPartition.values()].map((values) =>
        values.filter((value) => value.startsWith(`${key}:`)),
      );
      const numbers = holders.flat().map((value) => Number(value.split(':')[1]));
      expect(holders.filter((values) => values.length > 0)).toHaveLength(1);
      expect(numbers).toEqual(Array.from({ length: 100 }, (_, step) => step * 10 + key));
    }
    producer.close();
  });

  test.each([1, 2, 3, 4] as const)('codec %i comes back as it went', async (codec) => {
    broker = await startInProcess();
    const cluster = broker.cluster();
    await makeTopic(cluster, 't', 1);
    const producer = await Producer.open(cluster, { codec });
    await producer.prepare('t');
    const sent = Array.from({ length: 500 }, (_, n) => `value ${n}`);
    for (const value of sent) producer.append('t', { key: null, value: text(value) });
    await producer.flush();
    expect((await readAll(cluster, 't')).all).toEqual(sent);
    producer.close();
  });

  test.each(['broken connections', 'broken connections, many small batches'])(
    '%s: every record once, in order (idempotence)',
    async (what) => {
      const seed = SEED + what.length;
      broker = await startInProcess();
      await makeTopic(broker.cluster(), 't', 3);
      const cluster = broker.cluster();
      const producer = await Producer.open(cluster, { batchBytes: what.includes('small') ? 200 : 4000 });
      await producer.prepare('t');
      broker.net.cutBefore = cutNowAndThen(10, seed);
      const prng = new Prng(seed).split('partitions');
      const sent: string[][] = [[], [], []];
      for (let n = 0; n < 1500; n++) {
        const partition = prng.between(0, 2);
        sent[partition]!.push(String(n));
        if (!producer.append('t', { key: null, value: text(String(n)), partition })) await producer.room();
        // Now and then a pause, so that requests of every size are under way.
        if (prng.chance(0.02)) await new Promise(setImmediate);
      }
      await producer.flush();
      broker.net.cutBefore = () => false;
      expect(broker.net.cuts.request + broker.net.cuts.answer, `seed ${seed}`).toBeGreaterThan(0);
      const { byPartition } = await readAll(cluster, 't');
      expect(
        [0, 1, 2].map((partition) => byPartition.get(partition)),
        `seed ${seed}`,
      ).toEqual(sent);
      producer.close();
    },
  );

  test('asks to wait when enough is under way, and goes on when there is room', async () => {
    broker = await startInProcess();
    const cluster = broker.cluster();
    await makeTopic(cluster, 't', 1);
    const producer = await Producer.open(cluster, { bufferBytes: 10_000, batchBytes: 1000 });
    await producer.prepare('t');
    let waits = 0;
    for (let n = 0; n < 200; n++) {
      if (producer.append('t', { key: null, value: Buffer.alloc(500) })) continue;
      waits++;
      await producer.room();
    }
    await producer.flush();
    expect(waits).toBeGreaterThan(5);
    expect((await readAll(cluster, 't')).all).toHaveLength(200);
    producer.close();
  });

  test('a lingering batch leaves by itself', async () => {
    broker = await startInProcess();
    const cluster = broker.cluster();
    await makeTopic(cluster, 't', 1);
    const delivered = new Promise<Delivery>((resolve) => {
      void Producer.open(cluster, { lingerMs: 1, onDelivered: resolve }).then(async (producer) => {
        await producer.prepare('t');
        producer.append('t', { key: null, value: text('a') });
        producer.append('t', { key: null, value: text('b') });
      });
    });
    expect(await delivered).toMatchObject({ topic: 't', partition: 0, baseOffset: 0, recordCount: 2 });
  });

  test('acks=0 is answered by nobody, and arrives', async () => {
    broker = await startInProcess();
    const cluster = broker.cluster();
    await makeTopic(cluster, 't', 1);
    const producer = await Producer.open(cluster, { acks: 0 });
    await producer.prepare('t');
    producer.append('t', { key: null, value: text('a') });
    await producer.flush();
    // Whatever asks on the same connection comes after it.
    producer.close();
    const later = await Producer.open(cluster, { acks: 1 });
    await later.prepare('t');
    later.append('t', { key: null, value: text('b') });
    await later.flush();
    expect((await readAll(cluster, 't')).all).toEqual(['a', 'b']);
    later.close();
  });

  test('a record that the broker will never take fails the producer, not silently', async () => {
    broker = await startInProcess({ 'message.max.bytes': '1000' });
    const cluster = broker.cluster();
    await makeTopic(cluster, 't', 1);
    const producer = await Producer.open(cluster);
    await producer.prepare('t');
    producer.append('t', { key: null, value: Buffer.alloc(2000) });
    await expect(producer.flush()).rejects.toMatchObject({
      errorName: 'MESSAGE_TOO_LARGE',
      retriable: false,
    });
    expect(() => producer.append('t', { key: null, value: text('more') })).toThrow(/MESSAGE_TOO_LARGE/);
    await expect(producer.room()).rejects.toThrow(/MESSAGE_TOO_LARGE/);
  });

  test('a broker that stays away fails it when the delivery time is over', async () => {
    broker = await startInProcess();
    const cluster = broker.cluster();
    await makeTopic(cluster, 't', 1);
    const producer = await Producer.open(cluster, { deliveryTimeoutMs: 300 });
    await producer.prepare('t');
    broker.net.cutBefore = () => true;
    producer.append('t', { key: null, value: text('a') });
    await expect(producer.flush()).rejects.toMatchObject({ name: 'ConnectionLost' });
  });

  test('a partition that does not exist, a topic that must not be made', async () => {
    broker = await startInProcess({ 'auto.create.topics.enable': 'false' });
    const cluster = broker.cluster();
    await makeTopic(cluster, 't', 1);
    const producer = await Producer.open(cluster);
    await producer.prepare('t');
    expect(() => producer.append('t', { key: null, value: null, partition: 1 })).toThrow(
      /t-1: UNKNOWN_TOPIC/,
    );
    await expect(producer.prepare('nope', { timeoutMs: 100 })).rejects.toThrow(/nope: UNKNOWN_TOPIC/);
    await expect(producer.prepare('nope', { autoCreate: false })).rejects.toThrow(/nope: UNKNOWN_TOPIC/);
    producer.close();
  });
});
