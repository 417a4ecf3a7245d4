/** Idempotent producers over the wire: a batch sent twice is stored once, in order, whatever happens between (KIP-98). */
import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import type { RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { ErrorCode, errorName } from '../../../src/wire/errors.js';
import { InitProducerId } from '../../../src/wire/messages/init-producer-id.js';
import { createTopic, fetch, produce } from './parts/asks.js';
import { batch, valuesOf } from './parts/batches.js';
import { settled, World } from './parts/world.js';

const INT32_MAX = 0x7fffffff;
const DAY_MS = 86_400_000;

let world: World;
let client: RpcConnection;
beforeAll(async () => {
  world = await World.start();
  client = await world.client();
});
afterAll(() => world.stop());

let topics = 0;
async function freshTopic(): Promise<string> {
  const name = `t${++topics}`;
  await createTopic(client, name);
  return name;
}

/** `first` is the base sequence, `count` the records; their values tell them apart. */
function sequenced(producerId: number, epoch: number, first: number, count = 1): Buffer {
  const values = Array.from({ length: count }, (_, at) => `${epoch}:${(first + at) % 2 ** 31}`);
  return batch(values, { producerId, producerEpoch: epoch, baseSequence: first });
}

type Step = readonly [epoch: number, first: number, count: number, expected: string];

/** `offset N` or the name of an error. */
const TRANSCRIPTS: readonly { readonly what: string; readonly steps: readonly Step[] }[] = [
  {
    what: 'an exact repeat of any of the last five batches gets its first answer',
    steps: [
      [0, 0, 2, 'offset 0'],
      [0, 2, 1, 'offset 2'],
      [0, 3, 1, 'offset 3'],
      [0, 4, 1, 'offset 4'],
      [0, 5, 1, 'offset 5'],
      [0, 0, 2, 'offset 0'],
      [0, 4, 1, 'offset 4'],
      [0, 5, 1, 'offset 5'],
      [0, 6, 1, 'offset 6'],
      // Now the first is forgotten: whoever repeats it has more in flight than idempotence allows.
      [0, 0, 2, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
    ],
  },
  {
    what: 'overlaps and gaps are out of order',
    steps: [
      [0, 0, 4, 'offset 0'],
      [0, 0, 3, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
      [0, 2, 4, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
      [0, 5, 1, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
      [0, 4, 1, 'offset 4'],
    ],
  },
  {
    what: 'an older epoch is fenced, a newer one begins at 0',
    steps: [
      [3, 0, 1, 'offset 0'],
      [2, 1, 1, 'INVALID_PRODUCER_EPOCH'],
      [4, 1, 1, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
      [4, 0, 1, 'offset 1'],
      [3, 1, 1, 'INVALID_PRODUCER_EPOCH'],
      [4, 1, 1, 'offset 2'],
    ],
  },
  {
    what: 'a producer that nothing is known of may begin anywhere',
    steps: [
      [0, 17, 1, 'offset 0'],
      [0, 18, 1, 'offset 1'],
      [0, 17, 1, 'offset 0'],
    ],
  },
  {
    what: 'sequences wrap from 2^31 − 1 to 0, between batches and within one',
    steps: [
      [0, INT32_MAX - 1, 2, 'offset 0'],
      [0, 0, 1, 'offset 2'],
      [0, INT32_MAX - 1, 2, 'offset 0'],
      [1, 0, 1, 'offset 3'],
    ],
  },
  {
    what: 'a batch across the wrap',
    steps: [
      [0, INT32_MAX - 1, 4, 'offset 0'],
      [0, 2, 1, 'offset 4'],
      [0, INT32_MAX - 1, 4, 'offset 0'],
      [0, 4, 1, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
    ],
  },
];

async function newProducerId(): Promise<number> {
  const { producerId } = await client.call(InitProducerId, {
    transactionalId: null,
    transactionTimeoutMs: 0,
  });
  return producerId;
}

function shown({ errorCode, baseOffset }: { errorCode: number; baseOffset: number }): string {
  return errorCode === ErrorCode.NONE ? `offset ${baseOffset}` : errorName(errorCode);
}

test.each(TRANSCRIPTS)('$what', async ({ steps }) => {
  const topic = await freshTopic();
  const producerId = await newProducerId();
  const answers: Step[] = [];
  for (const [epoch, first, count] of steps) {
    const answer = await produce(client, topic, sequenced(producerId, epoch, first, count));
    answers.push([epoch, first, count, shown(answer)]);
  }
  expect(answers).toEqual(steps);
});

test('five batches in flight on one connection are taken in their order, whatever else comes', async () => {
  const topic = await freshTopic();
  const producerId = await newProducerId();
  const answers = await Promise.all(
    [0, 1, 2, 3, 4].map((first) => produce(client, topic, sequenced(producerId, 0, first))),
  );
  expect(answers.map(shown)).toEqual(['offset 0', 'offset 1', 'offset 2', 'offset 3', 'offset 4']);
});

test('a batch out of order in flight fails, and those behind it with it, and nothing is stored of them', async () => {
  const topic = await freshTopic();
  const producerId = await newProducerId();
  const answers = await Promise.all(
    [0, 2, 3].map((first) => produce(client, topic, sequenced(producerId, 0, first))),
  );
  expect(answers.map(shown)).toEqual([
    'offset 0',
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
  ]);
  expect(valuesOf((await fetch(client, topic, 0)).records)).toEqual(['0:0']);
});

test('two producers, and two partitions of one, know nothing of each other', async () => {
  const name = `t${++topics}`;
  await createTopic(client, name, { partitions: 2 });
  const [a, b] = [await newProducerId(), await newProducerId()];
  expect(shown(await produce(client, name, sequenced(a, 0, 0)))).toBe('offset 0');
  expect(shown(await produce(client, name, sequenced(b, 0, 0)))).toBe('offset 1');
  expect(shown(await produce(client, name, sequenced(a, 0, 0), { partition: 1 }))).toBe('offset 0');
});

describe('what is known of a producer', () => {
  test('outlives a clean restart', async () => {
    const own = await World.start();
    let rpc = await own.client();
    await createTopic(rpc, 'orders');
    for (const first of [0, 1, 2]) await produce(rpc, 'orders', sequenced(7, 0, first));
    await own.restart();
    rpc = await own.client();
    expect(shown(await produce(rpc, 'orders', sequenced(7, 0, 1)))).toBe('offset 1');
    expect(shown(await produce(rpc, 'orders', sequenced(7, 0, 4)))).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(shown(await produce(rpc, 'orders', sequenced(7, 0, 3)))).toBe('offset 3');
    await own.stop();
  });

  test('outlives its records, and a restart after they are gone', async () => {
    const own = await World.start({ settings: { 'log.retention.check.interval.ms': '1000' } });
    let rpc = await own.client();
    await createTopic(rpc, 'orders', { configs: { 'retention.ms': '10000', 'segment.ms': '5000' } });
    for (const first of [0, 1]) await produce(rpc, 'orders', sequenced(7, 0, first));
    const { log } = own.broker.partitions.get('orders', 0)!;
    own.clock.advance(12_000);
    // The first append after `segment.ms` rolls, and then the old segment may go.
    await produce(rpc, 'orders', batch([{ timestamp: own.clock.now() }]));
    await log.retain(own.clock.now() + 1, log.endOffset);
    expect(log.startOffset).toBe(2);
    expect(shown(await produce(rpc, 'orders', sequenced(7, 0, 1)))).toBe('offset 1');
    await own.restart();
    rpc = await own.client();
    expect(shown(await produce(rpc, 'orders', sequenced(7, 0, 1)))).toBe('offset 1');
    expect(shown(await produce(rpc, 'orders', sequenced(7, 0, 3)))).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(shown(await produce(rpc, 'orders', sequenced(7, 0, 2)))).toBe('offset 3');
    await own.stop();
  });

  test('ends with producer.id.expiration.ms of silence, and not before', async () => {
    const own = await World.start({ settings: { 'producer.id.expiration.ms': String(DAY_MS) } });
    const rpc = await own.client();
    await createTopic(rpc, 'orders');
    await produce(rpc, 'orders', sequenced(7, 0, 0));
    const { producers } = own.broker.partitions.get('orders', 0)!.log;
    // The count begins at the round over the logs that first finds it idle.
    await pass(own, DAY_MS / 24);
    for (let hour = 0; hour < 23; hour++) await pass(own, DAY_MS / 24);
    expect(producers.get(7)).toBeDefined();
    await pass(own, DAY_MS / 12);
    expect(producers.get(7)).toBeUndefined();
    await own.stop();
  });
});

/** Lets time pass, and the broker's rounds over its logs run to their end. */
async function pass(own: World, ms: number): Promise<void> {
  own.clock.advance(ms);
  for (let round = 0; round < 2; round++) {
    await settled();
    own.clock.advance(1000);
  }
}

describe('InitProducerId', () => {
  test('each call gives a new id at epoch 0, whatever is sent', async () => {
    const first = await client.call(InitProducerId, { transactionalId: null, transactionTimeoutMs: 0 });
    const second = await client.call(InitProducerId, {
      transactionalId: null,
      transactionTimeoutMs: 0,
      producerId: first.producerId,
      producerEpoch: 5,
    });
    expect(second.producerId).toBeGreaterThan(first.producerId);
    expect([first.producerEpoch, second.producerEpoch]).toEqual([0, 0]);
  });

  test.each([
    ['', 'INVALID_REQUEST'],
    ['orders-writer', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'],
  ])('the transactional id %j answers %s', async (transactionalId, code) => {
    const answer = await client.call(InitProducerId, { transactionalId, transactionTimeoutMs: 1000 });
    expect(errorName(answer.errorCode)).toBe(code);
    expect(answer.producerId).toBe(-1);
  });

  test('ids given before a restart are not given again', async () => {
    const own = await World.start();
    const ask = async (): Promise<number> =>
      (await (await own.client()).call(InitProducerId, { transactionalId: null, transactionTimeoutMs: 0 }))
        .producerId;
    const given = [await ask(), await ask()];
    await own.restart();
    expect(given).not.toContain(await ask());
    await own.stop();
  });
});
