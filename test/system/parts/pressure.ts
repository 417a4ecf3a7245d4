/**
 * A broker under pressure: peers that behave badly come from a process of their own, a client that behaves well goes on beside them, and what
 * the kernel says of the broker is noted: resident memory, descriptors, CPU time.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { BatchBuilder } from '../../../src/records/builder.js';
import type { RpcConnection } from '../../../src/rpc/rpc-connection.js';
import { ErrorCode, errorName } from '../../../src/wire/errors.js';
import { CreateTopics } from '../../../src/wire/messages/create-topics.js';
import { Fetch } from '../../../src/wire/messages/fetch.js';
import { Produce } from '../../../src/wire/messages/produce.js';

const LOAD = fileURLToPath(new URL('../../../test/system/pressure/load.mjs', import.meta.url));
const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const SAMPLE_MS = 50;

export const MiB = 1024 * 1024;

export interface LoadOptions {
  readonly kind: string;
  readonly count: number;
  readonly topic?: string;
  /** Of `topic`, from 0 on: those that are written to. */
  readonly partitions?: number;
  readonly batch?: string;
  readonly localAddress?: string;
  readonly perSecond?: number;
}

export interface LoadCounts {
  readonly open: number;
  readonly opened: number;
  readonly refused: number;
  readonly closedByPeer: number;
  readonly answers: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** Bad peers, up until `end`. */
export class Load {
  readonly #child: ChildProcess;
  readonly #reports: LoadCounts[] = [];
  readonly up: Promise<LoadCounts>;
  readonly #down: Promise<void>;

  constructor(address: { readonly host: string; readonly port: number }, options: LoadOptions) {
    const child = spawn(process.execPath, [LOAD], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin!.on('error', () => {});
    child.stdin!.write(`${JSON.stringify({ ...options, host: address.host, port: address.port })}\n`);
    this.#child = child;
    this.#down = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => resolve());
    });
    let text = '';
    this.up = new Promise((resolve, reject) => {
      child.stdout!.setEncoding('utf8').on('data', (more: string) => {
        const lines = (text + more).split('\n');
        text = lines.pop()!;
        for (const line of lines) this.#reports.push(JSON.parse(line) as LoadCounts);
        if (this.#reports.length > 0) resolve(this.#reports[0]!);
      });
      this.#down.then(() => reject(new Error(`the ${options.kind} peers ended before they were up`)), reject);
    });
  }

  /** Its process stands still: for its peers it is there, and never answers. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  /** Closes all of its connections, in order; those of a frozen one by killing it. */
  async end(): Promise<LoadCounts> {
    this.#child.stdin!.end();
    await this.#down;
    return this.#reports.at(-1)!;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#down;
  }
}

export class GoodClient {
  readonly #connection: RpcConnection;
  readonly #topic: string;
  #next = 0;
  #latenciesMs: number[] = [];

  static async begin(connection: RpcConnection, topic: string): Promise<GoodClient> {
    await createTopic(connection, topic);
    return new GoodClient(connection, topic);
  }

  private constructor(connection: RpcConnection, topic: string) {
    this.#connection = connection;
    this.#topic = topic;
  }

  /** One record in, durably, and out again. @throws Error unless it is exactly that */
  async roundTrip(): Promise<void> {
    const beganMs = performance.now();
    const { responses } = await this.#connection.call(Produce, {
      acks: -1,
      timeoutMs: 60_000,
      topicData: [
        { name: this.#topic, partitionData: [{ index: 0, records: batchOf(100, `${this.#next}`) }] },
      ],
    });
    const { errorCode, baseOffset } = responses[0]!.partitionResponses[0]!;
    if (errorCode !== ErrorCode.NONE || baseOffset !== this.#next)
      throw new Error(`record ${this.#next}: ${errorName(errorCode)} at ${baseOffset}`);
    const fetched = await this.#connection.call(Fetch, {
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: MiB,
      topics: [
        {
          topic: this.#topic,
          partitions: [{ partition: 0, fetchOffset: this.#next, partitionMaxBytes: MiB }],
        },
      ],
      forgottenTopicsData: [],
    });
    const { records, highWatermark } = fetched.responses[0]!.partitions[0]!;
    if (highWatermark !== this.#next + 1 || records === null || records.length === 0)
      throw new Error(`record ${this.#next} is not there: the high watermark is ${highWatermark}`);
    this.#next++;
    this.#latenciesMs.push(performance.now() - beganMs);
  }

  takeLatencies(): number[] {
    const taken = this.#latenciesMs.sort((a, b) => a - b);
    this.#latenciesMs = [];
    return taken;
  }
}

export async function createTopic(connection: RpcConnection, name: string, numPartitions = 1): Promise<void> {
  const { topics } = await connection.call(CreateTopics, {
    topics: [{ name, numPartitions, replicationFactor: 1, assignments: [], configs: [] }],
    validateOnly: false,
  });
  if (topics[0]!.errorCode !== ErrorCode.NONE) throw new Error(errorName(topics[0]!.errorCode));
}

/** A batch of about so many bytes. */
export function batchOf(bytes: number, text = ''): Buffer {
  const builder = new BatchBuilder();
  builder.append({ key: null, value: Buffer.alloc(bytes, text === '' ? 'x' : text), timestamp: Date.now() });
  return builder.build();
}

/** Fills a topic, in batches of half a MiB. */
export async function fill(connection: RpcConnection, topic: string, bytes: number): Promise<void> {
  await createTopic(connection, topic);
  for (let sent = 0; sent < bytes; sent += MiB / 2) {
    const { responses } = await connection.call(Produce, {
      acks: 1,
      timeoutMs: 60_000,
      topicData: [{ name: topic, partitionData: [{ index: 0, records: batchOf(MiB / 2) }] }],
    });
    const { errorCode } = responses[0]!.partitionResponses[0]!;
    if (errorCode !== ErrorCode.NONE) throw new Error(errorName(errorCode));
  }
}

export interface Vitals {
  readonly residentBytes: number;
  readonly descriptors: number;
  readonly cpuSeconds: number;
}

export async function vitals(pid: number): Promise<Vitals> {
  const [status, stat, descriptors] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8'),
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readdir(`/proc/${pid}/fd`),
  ]);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    residentBytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024,
    descriptors: descriptors.length,
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
  };
}

export interface Observed {
  readonly scenario: string;
  readonly connections: number;
  readonly seconds: number;
  readonly before: Vitals;
  /** The most of each that any sample saw. */
  readonly most: Vitals;
  /** Once the bad peers are gone and their descriptors closed. */
  readonly after: Vitals;
  /** Of the broker, in cores, the good client's work included. */
  readonly cores: number;
  /** While the good client was silent, too; null: it never was. */
  readonly quietCores: number | null;
  /** Of the good client, ascending. */
  readonly latenciesMs: readonly number[];
  /** As they saw it: at the end, or when they were frozen. */
  readonly peers: LoadCounts;
}

export interface Scenario {
  readonly name: string;
  readonly load: LoadOptions;
  readonly seconds: number;
  readonly frozen?: boolean;
  /** So long the good client says nothing, to see what the peers alone cost. */
  readonly quietSeconds?: number;
}

/** Runs one scenario from the first bad peer to the last descriptor closed. @throws Error when the good client is not served */
export async function observe(
  { pid, host, port }: { readonly pid: number; readonly host: string; readonly port: number },
  good: GoodClient,
  { name, load: options, seconds, frozen = false, quietSeconds = 0 }: Scenario,
): Promise<Observed> {
  await good.roundTrip();
  good.takeLatencies();
  const before = await vitals(pid);
  let most = before;
  let sampling = true;
  const sampled = (async () => {
    while (sampling) {
      const now = await vitals(pid);
      most = {
        residentBytes: Math.max(most.residentBytes, now.residentBytes),
        descriptors: Math.max(most.descriptors, now.descriptors),
        cpuSeconds: now.cpuSeconds,
      };
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
  })();
  const load = new Load({ host, port }, options);
  try {
    // It is served while they come, too.
    let isUp = false;
    const up = load.up.then((counts) => {
      isUp = true;
      return counts;
    });
    up.catch(() => (isUp = true));
    do await good.roundTrip();
    while (!isUp);
    const counts = await up;
    if (frozen) load.freeze();
    const quietCores = quietSeconds === 0 ? null : await coresFor(pid, quietSeconds);
    const { cpuSeconds } = await vitals(pid);
    const beganMs = performance.now();
    do await good.roundTrip();
    while (performance.now() - beganMs < seconds * 1000);
    const elapsed = (performance.now() - beganMs) / 1000;
    const cores = ((await vitals(pid)).cpuSeconds - cpuSeconds) / elapsed;
    const latenciesMs = good.takeLatencies();
    if (frozen) await load.kill();
    const peers = frozen ? counts : await load.end();
    const after = await settled(pid, good, before.descriptors);
    return {
      scenario: name,
      connections: peers.opened,
      seconds: elapsed,
      before,
      most,
      after,
      cores,
      quietCores,
      latenciesMs,
      peers,
    };
  } finally {
    sampling = false;
    await sampled;
    await load.kill();
  }
}

async function coresFor(pid: number, seconds: number): Promise<number> {
  const { cpuSeconds } = await vitals(pid);
  const beganMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  return ((await vitals(pid)).cpuSeconds - cpuSeconds) / ((performance.now() - beganMs) / 1000);
}

/** A sealed segment, an index: what the broker itself may have opened meanwhile. */
const OWN_DESCRIPTORS = 20;
const SETTLED_MS_MAX = 30_000;

async function settled(pid: number, good: GoodClient, descriptors: number): Promise<Vitals> {
  const beganMs = performance.now();
  for (;;) {
    await good.roundTrip();
    const now = await vitals(pid);
    if (now.descriptors <= descriptors + OWN_DESCRIPTORS) {
      good.takeLatencies();
      return now;
    }
    if (performance.now() - beganMs > SETTLED_MS_MAX)
      throw new Error(
        `${now.descriptors} descriptors are still open, of ${descriptors} before the peers came`,
      );
  }
}

export function quantile(ascending: readonly number[], q: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(q * ascending.length))] ?? Number.NaN;
}
