/**
 * What waiting costs: thousands of consumers that are caught up, each parked on ten partitions, with a fetch session and without. The
 * broker is a process of the built command; its CPU time is the kernel's count.
 *
 *     npm run build && npm run bench -- macro/parked-fetches [--connections 5000] [--seconds 20]
 *
 * Four questions: what does it cost while nothing moves; what does an append cost on whose partition many wait for more than that; what
 * does it cost to wake them; and what does an incremental fetch cost that follows many partitions of which one has something.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { nodeClock } from '../../src/ports/node/clock.js';
import { nodeNet } from '../../src/ports/node/net.js';
import { BatchBuilder } from '../../src/records/builder.js';
import { RpcConnection } from '../../src/rpc/rpc-connection.js';
import { encodeRequest } from '../../src/wire/headers.js';
import { CreateTopics } from '../../src/wire/messages/create-topics.js';
import { Fetch } from '../../src/wire/messages/fetch.js';
import { Produce } from '../../src/wire/messages/produce.js';

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '20' },
    broker: { type: 'string', default: 'dist/cli.js' },
  },
});
const CONNECTIONS = Number(values.connections);
const SECONDS = Number(values.seconds);
const PARTITIONS_EACH = 10;
const TOPIC = 'parked';
const TOPIC_PARTITIONS = 1000;
const VERSION = 12;
/** The kernel counts CPU time in these. */
const TICK_MS = 10;
const WAIT_MS = 600_000;

interface Ask {
  readonly partitions: readonly number[];
  readonly offsets?: ReadonlyMap<number, number>;
  readonly sessionId?: number;
  readonly sessionEpoch?: number;
  readonly maxWaitMs?: number;
  readonly minBytes?: number;
}

function fetchRequest({
  partitions,
  offsets,
  sessionId = 0,
  sessionEpoch = -1,
  maxWaitMs = 0,
  minBytes = 1,
}: Ask) {
  return {
    maxWaitMs,
    minBytes,
    maxBytes: 50 << 20,
    sessionId,
    sessionEpoch,
    topics:
      partitions.length === 0
        ? []
        : [
            {
              topic: TOPIC,
              partitions: partitions.map((partition) => ({
                partition,
                fetchOffset: offsets?.get(partition) ?? 0,
                partitionMaxBytes: 1 << 20,
              })),
            },
          ],
    forgottenTopicsData: [],
  };
}

/** A consumer of which only the frames matter. */
class Consumer {
  readonly #socket: Socket;
  #pending: Buffer = Buffer.alloc(0);
  #waiting: ((frame: Buffer) => void) | null = null;

  static async connect(host: string, port: number): Promise<Consumer> {
    const socket = connect({ host, port, noDelay: true });
    await once(socket, 'connect');
    return new Consumer(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
      if (this.#pending.length < 4 || this.#pending.length < 4 + this.#pending.readInt32BE(0)) return;
      const frame = this.#pending.subarray(4);
      this.#pending = Buffer.alloc(0);
      this.#waiting?.(frame);
    });
    socket.on('error', () => socket.destroy());
  }

  /** The answer, header and all. */
  ask(request: Ask): Promise<Buffer> {
    const parts = encodeRequest(
      Fetch,
      VERSION,
      { correlationId: 1, clientId: 'bench' },
      fetchRequest(request) as never,
    );
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#socket.write(Buffer.concat(parts));
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Of an answer of Fetch 12: correlation id, tags, throttle time, error, session id. */
function sessionIdOf(answer: Buffer): number {
  return answer.readInt32BE(4 + 1 + 4 + 2);
}

const directory = await mkdtemp(join(tmpdir(), 'millrace-parked-'));
const child = spawn(
  process.execPath,
  [
    values.broker,
    'start',
    '--port',
    '0',
    '--data',
    directory,
    '--format',
    'json',
    '-o',
    `max.incremental.fetch.session.cache.slots=${CONNECTIONS}`,
  ],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
const { host, port } = JSON.parse(line) as { host: string; port: number };

async function cpuMs(): Promise<number> {
  const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

async function rssMiB(): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
}

async function cpuWhile(work: () => Promise<unknown>): Promise<number> {
  const before = await cpuMs();
  await work();
  return (await cpuMs()) - before;
}

const rows: string[] = [];
function row(what: string, value: string): void {
  rows.push(`| ${what} | ${value} |`);
  process.stderr.write(`${what}: ${value}\n`);
}

const admin = await RpcConnection.connect({
  net: nodeNet(),
  clock: nodeClock(),
  host,
  port,
  clientId: 'bench',
  softwareVersion: '0',
  connectTimeoutMs: 5000,
  requestTimeoutMs: 60_000,
});
await admin.call(
  CreateTopics,
  {
    topics: [
      { name: TOPIC, numPartitions: TOPIC_PARTITIONS, replicationFactor: 1, assignments: [], configs: [] },
    ],
  },
  { timeoutMs: 60_000 },
);

const builder = new BatchBuilder({});
builder.append({ key: null, value: Buffer.alloc(100, 'x'), timestamp: Date.now() });
const RECORD = builder.build();

async function append(partition: number): Promise<void> {
  // The bytes are stamped where they lie only by the broker, which has its own copy.
  const { responses } = await admin.call(Produce, {
    acks: -1,
    timeoutMs: 30_000,
    topicData: [{ name: TOPIC, partitionData: [{ index: partition, records: RECORD }] }],
  });
  const code = responses[0]?.partitionResponses[0]?.errorCode;
  if (code !== 0) throw new Error(`a record was not acknowledged: ${code}`);
}

async function consumers(count: number): Promise<Consumer[]> {
  const connected: Consumer[] = [];
  while (connected.length < count) {
    const batch = Math.min(200, count - connected.length);
    connected.push(...(await Promise.all(Array.from({ length: batch }, () => Consumer.connect(host, port)))));
  }
  return connected;
}

function partitionsOf(consumer: number): number[] {
  return Array.from(
    { length: PARTITIONS_EACH },
    (_, at) => (consumer * PARTITIONS_EACH + at) % TOPIC_PARTITIONS,
  );
}

async function idle(): Promise<string> {
  await sleep(2000);
  const spent = await cpuWhile(() => sleep(SECONDS * 1000));
  return `${((spent / (SECONDS * 1000)) * 100).toFixed(2)} % of a core, ${(await rssMiB()).toFixed(0)} MiB resident`;
}

// ---- While nothing moves

row('nobody is connected', await idle());
const all = await consumers(CONNECTIONS);
row(`${CONNECTIONS} connections, nothing asked`, await idle());
for (const [at, consumer] of all.entries())
  void consumer.ask({ partitions: partitionsOf(at), maxWaitMs: WAIT_MS, minBytes: 1 << 30 });
row(`each parked on ${PARTITIONS_EACH} partitions, without a session`, await idle());
for (const consumer of all) consumer.close();
await sleep(2000);

const sessions = await consumers(CONNECTIONS);
const ids = await Promise.all(
  sessions.map(async (consumer, at) =>
    sessionIdOf(await consumer.ask({ partitions: partitionsOf(at), sessionEpoch: 0 })),
  ),
);
if (ids.includes(0)) throw new Error('not everyone got a session');
for (const [at, consumer] of sessions.entries()) {
  void consumer.ask({
    partitions: [],
    sessionId: ids[at]!,
    sessionEpoch: 1,
    maxWaitMs: WAIT_MS,
    minBytes: 1 << 30,
  });
}
row(`each parked on ${PARTITIONS_EACH} partitions, in a session of its own`, await idle());
for (const consumer of sessions) consumer.close();
await sleep(2000);

// ---- An append, and those who wait

const APPENDS = 300;
for (const waiting of [0, 100, 1000, CONNECTIONS]) {
  const waiters = await consumers(waiting);
  for (const consumer of waiters)
    void consumer.ask({ partitions: [0], offsets: new Map([[0, 0]]), maxWaitMs: WAIT_MS, minBytes: 1 << 30 });
  await sleep(1000);
  const spent = await cpuWhile(async () => {
    for (let at = 0; at < APPENDS; at++) await append(0);
  });
  row(
    `an append (with its request, its sync and its answer) while ${waiting} wait on the partition for more than that`,
    `${((spent / APPENDS) * 1000).toFixed(0)} µs`,
  );
  for (const consumer of waiters) consumer.close();
  await sleep(1000);
}

const woken = await consumers(1000);
const WAKES = 10;
let end = APPENDS * 4;
const spentWaking = await cpuWhile(async () => {
  for (let at = 0; at < WAKES; at++) {
    const answers = woken.map((consumer) =>
      consumer.ask({ partitions: [0], offsets: new Map([[0, end]]), maxWaitMs: WAIT_MS }),
    );
    await sleep(300);
    await append(0);
    end += 1;
    await Promise.all(answers);
  }
});
row(
  'to park a fetch, wake it and send it its record',
  `${((spentWaking / (WAKES * woken.length)) * 1000).toFixed(0)} µs`,
);
for (const consumer of woken) consumer.close();

// ---- A session over many, of which one has something

const REQUESTS = 2000;
const BUSY = 500;
await append(BUSY);
for (const partitions of [10, 100, 500]) {
  const asked = Array.from({ length: partitions }, (_, at) => BUSY + at);
  for (const kind of ['a session', 'none'] as const) {
    const [reader] = await consumers(1);
    let epoch = 0;
    let id = 0;
    if (kind === 'a session')
      id = sessionIdOf(await reader!.ask({ partitions: asked, sessionEpoch: epoch++ }));
    // The reader never moves on from the record: it comes each time.
    const ask = (): Promise<Buffer> =>
      reader!.ask({
        partitions: kind === 'none' ? asked : [BUSY],
        sessionId: id,
        sessionEpoch: kind === 'none' ? -1 : epoch++,
      });
    for (let at = 0; at < REQUESTS / 10; at++) await ask();
    const spent = await cpuWhile(async () => {
      for (let at = 0; at < REQUESTS; at++) await ask();
    });
    row(
      `a fetch over ${partitions} partitions of which one has a record, with ${kind}`,
      `${((spent / REQUESTS) * 1000).toFixed(0)} µs`,
    );
    reader!.close();
  }
}

console.log(`| what | CPU of the broker |\n|---|---|\n${rows.join('\n')}`);
admin.close();
child.kill('SIGTERM');
await once(child, 'close');
await rm(directory, { recursive: true, force: true });
