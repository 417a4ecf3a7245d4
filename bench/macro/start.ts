/**
 * From nothing to the first acknowledged record of a new topic: a process started by the built command on an empty directory (what
 * a user waits for), the same on a directory with 100 topics after a clean stop, and `startBroker()` in a running process. And what an idle broker
 * weighs.
 *
 *     npm run bench -- macro/start [--rounds 20]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { nodeClock } from '../../src/ports/node/clock.js';
import { nodeNet } from '../../src/ports/node/net.js';
import { BatchBuilder } from '../../src/records/builder.js';
import { RpcConnection } from '../../src/rpc/rpc-connection.js';
import { startBroker } from '../../src/testing/start-broker.js';
import { CreateTopics } from '../../src/wire/messages/create-topics.js';
import { Produce } from '../../src/wire/messages/produce.js';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } });
const ROUNDS = Number(values.rounds);

function connect(host: string, port: number): Promise<RpcConnection> {
  return RpcConnection.connect({
    net: nodeNet(),
    clock: nodeClock(),
    host,
    port,
    clientId: 'bench',
    softwareVersion: '0',
    connectTimeoutMs: 5000,
    requestTimeoutMs: 5000,
  });
}

async function firstRecord(host: string, port: number): Promise<void> {
  const rpc = await connect(host, port);
  const topics = [{ name: 'first', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }];
  await rpc.call(CreateTopics, { topics });
  const builder = new BatchBuilder({});
  builder.append({ key: null, value: Buffer.from('hello'), timestamp: Date.now() });
  const answer = await rpc.call(Produce, {
    acks: -1,
    timeoutMs: 5000,
    topicData: [{ name: 'first', partitionData: [{ index: 0, records: builder.build() }] }],
  });
  const code = answer.responses[0]?.partitionResponses[0]?.errorCode;
  if (code !== 0) throw new Error(`the first record was not acknowledged: ${code}`);
  rpc.close();
}

interface Started {
  readonly readyMs: number;
  readonly firstMs: number;
  readonly rssMiB: number;
}

async function runProcess(directory: string, populate: number): Promise<Started> {
  const began = performance.now();
  const child = spawn(
    process.execPath,
    ['dist/cli.js', 'start', '--port', '0', '--data', directory, '--format', 'json'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { host, port } = JSON.parse(line) as { host: string; port: number };
  const readyMs = performance.now() - began;
  await firstRecord(host, port);
  const firstMs = performance.now() - began;
  if (populate > 0) {
    const rpc = await connect(host, port);
    const topics = Array.from({ length: populate }, (_, n) => ({
      name: `t${n}`,
      numPartitions: 1,
      replicationFactor: 1,
      assignments: [],
      configs: [],
    }));
    await rpc.call(CreateTopics, { topics }, { timeoutMs: 30_000 });
    rpc.close();
  }
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  const rssMiB = Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
  child.kill('SIGTERM');
  await once(child, 'close');
  return { readyMs, firstMs, rssMiB };
}

function spread(numbers: number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (q: number): string =>
    sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!.toFixed(1);
  return `${at(0.5)} | ${at(0)} | ${at(0.9)}`;
}

async function directoryOfItsOwn<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-start-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const rows: string[] = [];
const fresh: Started[] = [];
for (let n = 0; n < ROUNDS; n++) fresh.push(await directoryOfItsOwn((directory) => runProcess(directory, 0)));
rows.push(`| process on an empty directory: ready | ${spread(fresh.map(({ readyMs }) => readyMs))} |`);
rows.push(
  `| … to the first acknowledged record of a new topic | ${spread(fresh.map(({ firstMs }) => firstMs))} |`,
);
rows.push(`| … resident memory then, MiB | ${spread(fresh.map(({ rssMiB }) => rssMiB))} |`);

const again = await directoryOfItsOwn(async (directory) => {
  await runProcess(directory, 100);
  const runs: number[] = [];
  for (let n = 0; n < ROUNDS; n++) runs.push((await readyAgain(directory)).readyMs);
  return runs;
});
rows.push(`| process with 100 topics after a clean stop: ready | ${spread(again)} |`);

const inProcess: number[] = [];
for (let n = 0; n < ROUNDS; n++) {
  const began = performance.now();
  const broker = await startBroker();
  const [host, port] = broker.brokers[0]!.split(':') as [string, string];
  await firstRecord(host, Number(port));
  inProcess.push(performance.now() - began);
  await broker.stop();
}
rows.push(`| startBroker() in a running process, to the first record | ${spread(inProcess)} |`);

async function readyAgain(directory: string): Promise<{ readyMs: number }> {
  const began = performance.now();
  const child = spawn(
    process.execPath,
    ['dist/cli.js', 'start', '--port', '0', '--data', directory, '--format', 'json'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await once(createInterface({ input: child.stdout }), 'line');
  const readyMs = performance.now() - began;
  child.kill('SIGTERM');
  await once(child, 'close');
  return { readyMs };
}

const markdown = `# Starting

\`npm run bench -- macro/start --rounds ${ROUNDS}\`, Node ${process.version}; milliseconds unless said otherwise. fsync before every acknowledgement.

| what | median | minimum | 90th percentile |
|---|---|---|---|
${rows.join('\n')}
`;
await mkdir('bench/results', { recursive: true });
await writeFile('bench/results/start.md', markdown);
console.log(markdown);
