/**
 * What a gigabyte costs the broker: two kcat producers (librdkafka) write it, two kcat consumers read it back, and the broker's CPU
 * time is read from /proc before and after. Apache Kafka takes the same load in the same run.
 *
 *     node bench/macro/hot-path.mjs [--mib 512] [--bytes 1024,100] [--partitions 12] [--kafka 4.2.0] [--only millrace]
 *
 * Needs kcat, and for Kafka what `npm run test:all -- --install-tools` installs. Results go to bench/results/hot-path.{json,md}.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { startBroker } from '../../test/interop/harness/brokers.mjs';
import { endAll, run, succeed } from '../../test/interop/harness/processes.mjs';

const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '512' },
    bytes: { type: 'string', default: '1024,100' },
    partitions: { type: 'string', default: '12' },
    kafka: { type: 'string' },
    only: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    out: { type: 'string', default: 'bench/results/hot-path' },
  },
});
const TOTAL_BYTES = Number(values.mib) * 1024 * 1024;
const PARTITIONS = Number(values.partitions);
const ROUNDS = Number(values.rounds);
const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Name, kind for the harness, and settings of the broker. The durability of each side stands in its name. */
const CONTENDERS = [
  { name: 'Millrace, fsync before ack, relaxed', kind: 'millrace', settings: {} },
  {
    name: 'Millrace, fsync before ack, strict',
    kind: 'millrace',
    settings: { 'log.produce.validation': 'strict' },
  },
  {
    name: 'Millrace, ack when written (os), relaxed',
    kind: 'millrace',
    settings: { 'log.flush.policy': 'os' },
  },
  ...(values.kafka
    ? [
        {
          name: `Apache Kafka ${values.kafka}, its defaults (ack when written)`,
          kind: values.kafka,
          settings: {},
        },
        {
          name: `Apache Kafka ${values.kafka}, flush per batch`,
          kind: values.kafka,
          settings: { 'log.flush.interval.messages': '1' },
        },
      ]
    : []),
].filter(({ kind }) => values.only === undefined || kind === values.only);

/** User and system CPU seconds of a process and all its threads. */
async function cpuSeconds(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function peakRssMiB(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)[1]) / 1024;
}

/** A file of lines of `bytes` bytes each, of JSON-like text that does not repeat. */
async function writeLoad(path, bytes, total) {
  const file = await open(path, 'w');
  const lines = Math.floor(total / bytes);
  let chunk = '';
  for (let n = 0; n < lines; n++) {
    const head = `{"id":${n},"at":${1_700_000_000_000 + n * 37},"host":"web-${n % 97}","x":"`;
    let fill = '';
    for (
      let seed = n * 2654435761;
      fill.length + head.length < bytes - 2;
      seed = (seed * 1664525 + 1013904223) >>> 0
    )
      fill += seed.toString(36);
    chunk += `${(head + fill).slice(0, bytes - 2)}"}\n`.slice(-bytes - 1);
    if (chunk.length > 1 << 20) {
      await file.write(chunk);
      chunk = '';
    }
  }
  await file.write(chunk);
  await file.close();
  return lines;
}

async function measured(pid, work) {
  const cpuBefore = await cpuSeconds(pid);
  const before = performance.now();
  await work();
  const seconds = (performance.now() - before) / 1000;
  return { seconds, cpuSeconds: (await cpuSeconds(pid)) - cpuBefore };
}

async function round(contender, bytes, load, lines) {
  const broker = await startBroker(contender.kind, {
    ...contender.settings,
    'num.partitions': String(PARTITIONS),
  });
  try {
    const at = ['-b', broker.bootstrap, '-t', 'load'];
    await succeed('kcat', ['-L', ...at]);
    const produced = await measured(broker.pid, () =>
      Promise.all(
        [0, 1].map(() =>
          succeed('kcat', ['-P', ...at, '-X', 'acks=all', '-l', load], { timeoutMs: 600_000 }),
        ),
      ),
    );
    const fetched = await measured(broker.pid, () =>
      Promise.all(
        [0, 1].map((half) => {
          const mine = Array.from({ length: PARTITIONS }, (_, index) => index).filter(
            (index) => index % 2 === half,
          );
          return Promise.all(
            mine.map((partition) =>
              run(
                'sh',
                [
                  '-c',
                  `exec kcat -C -b ${broker.bootstrap} -t load -p ${partition} -o beginning -e -q > /dev/null`,
                ],
                {
                  timeoutMs: 600_000,
                },
              ),
            ),
          );
        }),
      ),
    );
    const gb = (2 * lines * bytes) / 1e9;
    return {
      produceMBs: (gb * 1000) / produced.seconds,
      produceCpuPerGB: produced.cpuSeconds / gb,
      produceCores: produced.cpuSeconds / produced.seconds,
      fetchMBs: (gb * 1000) / fetched.seconds,
      fetchCpuPerGB: fetched.cpuSeconds / gb,
      fetchCores: fetched.cpuSeconds / fetched.seconds,
      peakRssMiB: await peakRssMiB(broker.pid),
    };
  } finally {
    await broker.end();
    await broker.remove();
  }
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

const directory = await mkdtemp(join(tmpdir(), 'millrace-hot-path-'));
const results = [];
try {
  for (const bytes of values.bytes.split(',').map(Number)) {
    const load = join(directory, `load-${bytes}`);
    const lines = await writeLoad(load, bytes, TOTAL_BYTES / 2);
    const rounds = new Map(CONTENDERS.map((contender) => [contender, []]));
    // In turn, so that a slow minute of the machine hits all alike.
    for (let n = 0; n < ROUNDS; n++) {
      for (const contender of CONTENDERS)
        rounds.get(contender).push(await round(contender, bytes, load, lines));
    }
    for (const [contender, runs] of rounds) {
      const medians = Object.fromEntries(
        Object.keys(runs[0]).map((key) => [key, median(runs.map((each) => each[key]))]),
      );
      results.push({ contender: contender.name, recordBytes: bytes, ...medians, runs });
      console.log(contender.name, bytes, JSON.stringify(medians));
    }
    await rm(load);
  }
} finally {
  await endAll();
  await rm(directory, { recursive: true, force: true });
}

const row = (each) =>
  `| ${each.contender} | ${each.recordBytes} B | ${each.produceMBs.toFixed(0)} | ${each.produceCpuPerGB.toFixed(2)} | ${each.produceCores.toFixed(2)} | ${each.fetchMBs.toFixed(0)} | ${each.fetchCpuPerGB.toFixed(2)} | ${each.peakRssMiB.toFixed(0)} |`;
const markdown = `# The hot path

\`node bench/macro/hot-path.mjs --mib ${values.mib} --bytes ${values.bytes} --partitions ${PARTITIONS}${values.kafka ? ` --kafka ${values.kafka}` : ''}\`:
two kcat producers (acks=all), then one kcat consumer for each of ${PARTITIONS} partitions, broker and load on the same ${cpus().length} cores
(${cpus()[0].model.trim()}), Node ${process.version}. Medians of ${ROUNDS} rounds.

| broker | record | produce MB/s | broker CPU s/GB | cores busy | fetch MB/s | broker CPU s/GB | peak RSS MiB |
|---|---|---|---|---|---|---|---|
${results.map(row).join('\n')}
`;
await writeFile(`${values.out}.json`, `${JSON.stringify({ node: process.version, results }, null, 1)}\n`);
await writeFile(`${values.out}.md`, markdown);
console.log(markdown);
