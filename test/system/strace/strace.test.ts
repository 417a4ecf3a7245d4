/**
 * The promise of flush.policy=fsync, as the kernel sees it: for each acks=all answer the covering fdatasync returned before the
 * answer's first byte was sent. Needs strace, and so belongs to `npm run test:all`.
 */
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Prng } from '../../../src/base/prng.js';
import { nodeNet } from '../../../src/ports/node/net.js';
import { BatchBuilder } from '../../../src/records/builder.js';
import { codec } from '../../../src/wire/codec.js';
import { ErrorCode } from '../../../src/wire/errors.js';
import { ANSWER_BYTES_MIN, FrameCutter } from '../../../src/wire/frame.js';
import { decodeResponseHeader, encodeRequest } from '../../../src/wire/headers.js';
import { CreateTopics } from '../../../src/wire/messages/create-topics.js';
import { Produce } from '../../../src/wire/messages/produce.js';
import { BrokerProcess } from '../parts/broker-process.js';
import { connect } from '../parts/client.js';
import { type Acknowledged, coveringSyncs, type Verdict } from '../parts/covering-syncs.js';
import { parseTrace, TRACED } from '../parts/system-calls.js';
import { withDirectory } from '../parts/temporary-directory.js';

const PARTITIONS = 40;
const TOPIC = 'orders';
/** Above what other connections of the test use. */
const FIRST_CORRELATION_ID = 0x5a000000;
const PRODUCE_VERSION = 9;

/** A producer whose correlation ids and bytes are known to the last. */
class MarkedProducer {
  readonly acknowledged: Acknowledged[] = [];
  readonly #prng = new Prng(1);
  readonly #waiting = new Map<number, { resolve: (frame: Buffer) => void; reject: (error: Error) => void }>();
  readonly #write: (parts: readonly Uint8Array[]) => void;
  readonly close: () => void;
  readonly port: number;
  #next = FIRST_CORRELATION_ID;

  static async connect(address: { readonly host: string; readonly port: number }): Promise<MarkedProducer> {
    return new MarkedProducer(await nodeNet().connect({ ...address, timeoutMs: 30_000 }));
  }

  private constructor(connection: Awaited<ReturnType<ReturnType<typeof nodeNet>['connect']>>) {
    const cutter = new FrameCutter({ minFrameBytes: ANSWER_BYTES_MIN, maxFrameBytes: 1 << 20 });
    connection.handle({
      onData: (chunk) => {
        for (const frame of cutter.push(chunk)) this.#waiting.get(frame.readInt32BE(0))!.resolve(frame);
      },
      onClose: () => {
        for (const { reject } of this.#waiting.values())
          reject(new Error('the broker closed the connection'));
      },
    });
    this.port = connection.local.port;
    this.#write = (parts) => void connection.write(parts);
    this.close = () => connection.end();
  }

  /** One request with a batch for each of the partitions; resolves when all are acknowledged. */
  async produce(partitions: readonly number[]): Promise<void> {
    const correlationId = this.#next++;
    const batches = partitions.map((index) => {
      const marker = Buffer.from(this.#prng.fill(Buffer.alloc(16)).toString('hex'));
      const builder = new BatchBuilder();
      builder.append({ key: marker, value: marker, timestamp: 1_700_000_000_000 });
      return { index, marker, records: builder.build() };
    });
    const answered = new Promise<Buffer>((resolve, reject) =>
      this.#waiting.set(correlationId, { resolve, reject }),
    );
    const request = {
      acks: -1,
      timeoutMs: 60_000,
      topicData: [{ name: TOPIC, partitionData: batches.map(({ index, records }) => ({ index, records })) }],
    };
    this.#write(encodeRequest(Produce, PRODUCE_VERSION, { correlationId, clientId: 'strace' }, request));
    const { body } = decodeResponseHeader(Produce, PRODUCE_VERSION, await answered);
    const { responses } = codec(Produce.response, PRODUCE_VERSION).decode(body);
    const codes = responses[0]!.partitionResponses.map(({ errorCode }) => errorCode);
    if (codes.some((code) => code !== ErrorCode.NONE)) throw new Error(`not acknowledged: ${codes.join()}`);
    this.acknowledged.push({
      correlationId,
      batches: batches.map(({ index, marker }) => ({ partition: `${TOPIC}-${index}`, marker })),
    });
  }
}

const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

async function traced(flushPolicy: string): Promise<Verdict & { readonly batches: number }> {
  return withDirectory(async (directory) => {
    const trace = join(directory, 'trace.txt');
    const broker = await BrokerProcess.start({
      directory: join(directory, 'data'),
      settings: { 'log.flush.policy': flushPolicy },
      under: [
        'strace',
        '-f',
        '-v',
        '-tt',
        '-yy',
        '-xx',
        '-s',
        '16777216',
        '-e',
        `trace=${TRACED}`,
        '-o',
        trace,
      ],
    });
    const admin = await connect(broker.address);
    const { topics } = await admin.call(CreateTopics, {
      topics: [
        { name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 1, assignments: [], configs: [] },
      ],
      validateOnly: false,
    });
    expect(topics[0]!.errorCode).toBe(ErrorCode.NONE);
    admin.close();

    const producer = await MarkedProducer.connect(broker.address);
    // One partition, three, and all forty, one request after the other; then many requests in flight, which share syncs.
    for (const at of range(20)) await producer.produce([at % PARTITIONS]);
    for (const at of range(20)) await producer.produce([at, at + 1, at + 2]);
    for (const _ of range(10)) await producer.produce(range(PARTITIONS));
    await Promise.all(
      range(60).map((at) => producer.produce([at % PARTITIONS, (at * 7 + 1) % PARTITIONS].slice(at % 2))),
    );
    producer.close();
    expect(await broker.terminate(), broker.stderr).toEqual({ code: 0, signal: null });

    const calls = parseTrace(await readFile(trace, 'utf8'));
    const verdict = coveringSyncs(calls, producer.port, producer.acknowledged);
    const batches = producer.acknowledged.reduce((sum, { batches: each }) => sum + each.length, 0);
    console.log(
      `strace, flush.policy=${flushPolicy}: ${producer.acknowledged.length} answers for ${batches} batches; covered by a sync of the ` +
        `segment ${verdict.bySegment}, of the sync journal ${verdict.byJournal}, not covered ${verdict.uncovered.length}`,
    );
    return { ...verdict, batches };
  });
}

test('strace is here and may trace', () => {
  const { status, error, stderr } = spawnSync('strace', ['-o', '/dev/null', 'true'], { encoding: 'utf8' });
  expect(
    status,
    `strace cannot be used: ${error?.message ?? stderr}. On Debian: apt-get install -y strace`,
  ).toBe(0);
});

test('flush.policy=fsync: every acks=all answer leaves after the sync that covers it has returned', async () => {
  const { uncovered, bySegment, byJournal } = await traced('fsync');
  expect(uncovered).toEqual([]);
  // Both ways were taken.
  expect(bySegment).toBeGreaterThan(20);
  expect(byJournal).toBeGreaterThan(100);
});

test('flush.policy=os: the same judge finds the answers uncovered', async () => {
  const { uncovered, batches } = await traced('os');
  expect(uncovered.length).toBeGreaterThan(batches / 2);
});
