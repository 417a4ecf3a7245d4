/**
 * A broker under pressure, in full: ten thousand idle connections, a thousand of every other kind of bad peer, each kind against a fresh
 * broker process with its default limits, and one well-behaved client beside them.
 *
 *     npm run bench -- macro/pressure [--idle 10000] [--others 1000] [--seconds 10] [--only idle,parked]
 *
 * Linux only: what the broker uses is read from /proc. Results go to bench/results/pressure.{md,json}.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { BrokerProcess } from '../../test/system/parts/broker-process.js';
import { connect } from '../../test/system/parts/client.js';
import {
  type Budgets,
  pressureRows,
  RESIDENT_FORMULA,
  residentBytesMax,
  settingsOf,
  WIDE_PARTITIONS,
  WIDE_TOPIC,
} from '../../test/system/parts/pressure-scenarios.js';
import {
  createTopic,
  fill,
  GoodClient,
  MiB,
  type Observed,
  observe,
  quantile,
} from '../../test/system/parts/pressure.js';
import { withDirectory } from '../../test/system/parts/temporary-directory.js';

const { values } = parseArgs({
  options: {
    idle: { type: 'string', default: '10000' },
    others: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '10' },
    only: { type: 'string' },
    out: { type: 'string', default: 'bench/results/pressure' },
  },
});
/** The broker's defaults. */
const BUDGETS: Budgets = { requestBytes: 128 * MiB, answerBytes: 128 * MiB, tailBytes: 64 * MiB };
const BIG_BYTES = 128 * MiB;
const QUIET_SECONDS = 10;

const only = values.only?.split(',');
const sizes = { idle: Number(values.idle), others: Number(values.others), seconds: Number(values.seconds) };
const rows = pressureRows(sizes).filter(({ name }) => only === undefined || only.includes(name));

interface Result extends Observed {
  readonly what: string;
  readonly boundBytes: number;
  readonly warnings: number;
  readonly problem: string | null;
}

const results: Result[] = [];
for (const row of rows) {
  await withDirectory(async (directory) => {
    const broker = await BrokerProcess.start({ directory, settings: settingsOf(BUDGETS) });
    const client = await connect(broker.address);
    const good = await GoodClient.begin(client, 'good');
    // What nobody fetches need not be there: what the broker weighs before should be its own.
    if (/fetch|reader|half-open|parked/.test(row.name)) await fill(client, 'big', BIG_BYTES);
    else await fill(client, 'big', MiB);
    if (row.name === 'wide-produce') await createTopic(client, WIDE_TOPIC, WIDE_PARTITIONS);
    const quietSeconds = row.name === 'idle' ? QUIET_SECONDS : 0;
    const observed = await observe(broker.address, good, { ...row, quietSeconds });
    client.close();
    const { code } = await broker.terminate();
    const errors = broker.log.filter(({ level }) => level === 'error');
    const boundBytes = residentBytesMax(BUDGETS, observed.connections);
    const problem =
      code !== 0
        ? `ended with ${code}`
        : errors.length > 0
          ? `logged ${errors.length} errors: ${errors[0]!.message}`
          : observed.most.residentBytes > boundBytes
            ? 'went beyond its bound'
            : null;
    const warnings = broker.log.filter(({ level }) => level === 'warn').length;
    results.push({ ...observed, what: row.what, boundBytes, warnings, problem });
    console.log(line(results.at(-1)!));
  });
}

function mib(bytes: number): string {
  return (bytes / MiB).toFixed(0);
}

function line({
  scenario,
  what,
  connections,
  before,
  most,
  after,
  boundBytes,
  cores,
  latenciesMs,
  problem,
}: Result): string {
  const ms = (q: number): string => quantile(latenciesMs, q).toFixed(1);
  const memory = `${mib(before.residentBytes)} | ${mib(most.residentBytes)} | ${mib(boundBytes)} | ${mib(after.residentBytes)}`;
  const latency = `${latenciesMs.length} | ${ms(0.5)} | ${ms(0.99)} | ${ms(1)}`;
  return `| ${scenario}: ${what} | ${connections} | ${memory} | ${cores.toFixed(2)} | ${latency} | ${problem ?? 'none'} |`;
}

const idle = results.find(({ scenario }) => scenario === 'idle');
const perConnection =
  idle === undefined
    ? ''
    : `\nAn idle connection takes ${((idle.most.residentBytes - idle.before.residentBytes) / idle.connections / 1024).toFixed(1)} KiB of the broker's resident memory (what the kernel keeps for it is not in there), and ${idle.connections} of them ${(idle.quietCores! * 100).toFixed(1)} % of a core over ${QUIET_SECONDS} s in which nobody said anything.\n`;
const markdown = `# Under pressure

\`npm run bench -- macro/pressure --idle ${values.idle} --others ${values.others} --seconds ${values.seconds}\`, Node ${process.version}, ${cpus().length} cores (${cpus()[0]!.model.trim()})
shared by broker, peers and client; load average at the end ${loadavg()[0]!.toFixed(1)}. Each row is a fresh broker with its default limits. Memory is the broker's resident MiB, sampled
every 50 ms; the bound is ${RESIDENT_FORMULA}. The client beside them writes one record with acks=all and reads it back, one after the
other: that is one round trip.
${perConnection}
| peers that … | connections | MiB before | most | bound | after | cores | round trips | p50 ms | p99 ms | longest ms | problems |
|---|---|---|---|---|---|---|---|---|---|---|---|
${results.map(line).join('\n')}
`;
await mkdir('bench/results', { recursive: true });
await writeFile(`${values.out}.md`, markdown);
const machine = { node: process.version, cores: cpus().length, cpu: cpus()[0]!.model.trim() };
const json = results.map(({ latenciesMs, ...result }) => ({
  ...result,
  roundTrips: latenciesMs.length,
  p50Ms: quantile(latenciesMs, 0.5),
  p99Ms: quantile(latenciesMs, 0.99),
  maxMs: quantile(latenciesMs, 1),
}));
await writeFile(
  `${values.out}.json`,
  `${JSON.stringify({ ...machine, formula: RESIDENT_FORMULA, results: json }, null, 1)}\n`,
);
console.log(markdown);
if (results.some(({ problem }) => problem !== null)) process.exitCode = 1;
