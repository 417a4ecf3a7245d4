/**
 * Millrace beside Apache Kafka: the same load by the same clients, in turn, on the same machine. Load comes from librdkafka (kcat) and
 * Java's own producer and consumer, never from our client.
 *
 *     npm run bench:macro [-- --parts weight,throughput,reading,latency] [--rounds 3] [--mib 512] [--sizes 100,1024,10240]
 *         [--partitions 1,12,100] [--acks all,1] [--only millrace,kafka] [--kafka 4.3.1] [--seconds 30] [--out DIR]
 *
 * Needs kcat, Java and what `npm run test:all -- --install-tools` installs; root, to empty the page cache. Each part, when it ends,
 * replaces its own tables in bench/results/matrix.{json,md}; figures of other parts stay, with the date of their run.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endAll } from '../../test/interop/harness/processes.mjs';
import { readingRound } from '../matrix/backlog.mjs';
import { contenders } from '../matrix/contenders.mjs';
import { latencyRound, maximumRate } from '../matrix/latency.mjs';
import { machine } from '../matrix/measure.mjs';
import { savePart } from '../matrix/report.mjs';
import { removeLoads, throughputRound, writeLoads } from '../matrix/throughput.mjs';
import { weightRound } from '../matrix/weight.mjs';

const { values } = parseArgs({
  options: {
    parts: { type: 'string', default: 'weight,throughput,reading,latency' },
    rounds: { type: 'string', default: '3' },
    mib: { type: 'string', default: '512' },
    sizes: { type: 'string', default: '100,1024,10240' },
    partitions: { type: 'string', default: '1,12,100' },
    acks: { type: 'string', default: 'all,1' },
    only: { type: 'string' },
    kafka: { type: 'string', default: '4.3.1' },
    seconds: { type: 'string', default: '30' },
    out: { type: 'string', default: 'bench/results' },
  },
});
const numbers = (text) => text.split(',').map(Number);
const only = values.only?.split(',');
const all = contenders(values.kafka);
const chosen = all.filter(({ id }) => only === undefined || only.includes(id));

/** In turn, so that a slow minute of the machine hits all alike. */
async function rounds(count, one) {
  const rows = [];
  for (let round = 0; round < count; round++) {
    for (const contender of chosen) {
      for (const row of [await one(contender)].flat()) {
        rows.push({ round, ...row });
        console.log(JSON.stringify(row));
      }
    }
  }
  return rows;
}

/** Shares of what Kafka's defaults sustain, whoever is measured. */
const SHARES = [0.1, 0.5, 0.75];

const PARTS = {
  weight: () => rounds(Number(values.rounds), weightRound),
  throughput: async (directory) => {
    const loads = await writeLoads(directory, numbers(values.sizes), Number(values.mib));
    const cells = { loads, partitions: numbers(values.partitions), acks: values.acks.split(',') };
    const rows = await rounds(Number(values.rounds), (contender) => throughputRound(contender, cells));
    await removeLoads(loads);
    return rows;
  },
  reading: async (directory) => {
    const loads = await writeLoads(directory, [1024], Number(values.mib) * 2);
    const rows = await rounds(Number(values.rounds), (contender) => readingRound(contender, loads.get(1024)));
    await removeLoads(loads);
    return rows;
  },
  latency: async () => {
    const records = Number(values.mib) * 1024 * 2;
    const maxima = await rounds(1, (contender) => maximumRate(contender, values.kafka, { records }));
    const kafka =
      maxima.find(({ contender }) => contender === 'kafka') ??
      (await maximumRate(
        all.find(({ id }) => id === 'kafka'),
        values.kafka,
        { records },
      ));
    const rates = SHARES.map((share) => ({
      share,
      recordsPerSecond: Math.round(kafka.recordsPerSecond * share),
    }));
    const plan = { rates, seconds: Number(values.seconds), warmUpSeconds: 10 };
    return {
      maxima,
      rows: await rounds(Number(values.rounds), (each) => latencyRound(each, values.kafka, plan)),
    };
  },
};

const directory = await mkdtemp(join(tmpdir(), 'millrace-matrix-'));
try {
  for (const part of values.parts.split(',')) {
    const run = {
      command: `npm run bench:macro -- ${process.argv.slice(2).join(' ')}`.trim(),
      machine: await machine(directory),
      at: new Date().toISOString().slice(0, 10),
      rounds: Number(values.rounds),
    };
    const result = await PARTS[part](directory);
    await savePart(values.out, part, { ...run, result }, all);
  }
} finally {
  await endAll();
  await rm(directory, { recursive: true, force: true });
}
