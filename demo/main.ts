/**
 * The demo, told in order: a broker in a process of its own; 3,000,000 real flights sent to it; three consumer processes that count
 * departures and delays per airport and hour, one of which is killed half way; the result, compared with the file row by row.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { UserError } from '../src/base/errors.js';
import { type BrokerProcess, startBrokerProcess } from './broker-process.js';
import { Checkpoints } from './checkpoints.js';
import { Cleanup } from './cleanup.js';
import { firstDifference } from './compare.js';
import type { ConsumerOptions } from './conversation.js';
import { type AirportSums, type DepartureRow, departureRows } from './departures.js';
import { FlightFile } from './flights.js';
import { ConsumerGroup, type Death } from './group.js';
import { HELP, parseDemoOptions } from './options.js';
import { plainResult } from './plain.js';
import { startProgress } from './progress.js';
import { sendFlights } from './send.js';
import { airportTable } from './table.js';
import { count, openTerminal, seconds, type Terminal, throughput } from './terminal.js';

const TOPIC = 'flights';
const GROUP = 'delays';
const CONSUMERS = ['consumer 1', 'consumer 2', 'consumer 3'];
/** Four for each consumer. */
const PARTITIONS = 12;
/** How long the group waits for a silent member. Below Kafka's lower bound of 6 s, so the broker is told to allow it. */
const SESSION_MS = 3000;
/**
 * A partition is counted in about so many steps, however few the flights: one that were counted in a single step would leave nothing
 * for whoever takes it over.
 */
const BATCHES_PER_PARTITION = 20;
/** kafkajs' own default. */
const BATCH_BYTES_MAX = 1024 * 1024;
const BROKER_SETTINGS = {
  'group.min.session.timeout.ms': String(SESSION_MS),
  // All three join together; nobody else is expected.
  'group.initial.rebalance.delay.ms': '500',
};
const EXIT_USAGE = 2;
const EXIT_BY_SIGNAL: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGINT: 130, SIGTERM: 143 };

export interface DemoPaths {
  /** The built command line of the broker. */
  readonly cli: string;
  /** flights-3m.parquet. */
  readonly flights: string;
  /** The bundled consumer.ts. */
  readonly consumer: string;
  /** Where the result is written. */
  readonly results: string;
}

/** Resolves to the exit code: 0 when the results match, 1 when they do not, 2 for a wrong command line, 128 and more for a signal. */
export async function main(args: readonly string[], paths: DemoPaths): Promise<number> {
  const terminal = openTerminal();
  const options = parseDemoOptions(args);
  if (options.problem !== null) {
    terminal.print(`${options.problem}\n\n${HELP}`);
    return EXIT_USAGE;
  }
  if (options.help) {
    terminal.print(HELP);
    return 0;
  }
  const cleanup = new Cleanup();
  const interrupted = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      // For good: a second Ctrl-C must not cut the clean-up short, which ends by itself.
      process.on(signal, () => resolve(EXIT_BY_SIGNAL[signal]!));
    }
  });
  const directory = await mkdtemp(join(tmpdir(), 'millrace-demo-'));
  cleanup.add('the temporary directory', async () => {
    if (!options.keep) return rm(directory, { recursive: true, force: true });
    terminal.print(`kept: ${directory}`);
    terminal.print(`  npm run -s millrace -- start --data ${join(directory, 'broker')}`);
  });
  try {
    return await Promise.race([
      tell({ terminal, paths, directory, cleanup, rows: options.rows }),
      interrupted,
    ]);
  } catch (error) {
    // What a process that ended has said; for anything else the stack is wanted.
    if (!(error instanceof UserError)) throw error;
    terminal.print(terminal.colours.red(error.message));
    return 1;
  } finally {
    await cleanup.run();
  }
}

interface Setting {
  readonly terminal: Terminal;
  readonly paths: DemoPaths;
  readonly directory: string;
  readonly cleanup: Cleanup;
  readonly rows: number;
}

async function tell({ terminal, paths, directory, cleanup, rows }: Setting): Promise<number> {
  const { print, colours } = terminal;
  const startedAtMs = performance.now();
  const file = await FlightFile.open(paths.flights);
  const rowLimit = Math.min(rows, file.rowCount);
  print(
    colours.bold(
      `${rowLimit === file.rowCount ? 'All' : `The first ${count(rowLimit)} of`} ${count(file.rowCount)} flights of flights-3m.parquet`,
    ),
  );
  print(
    '  United States, January to June 2001. Hours are local ones of departure, delays are minutes at arrival.',
  );

  print();
  const broker = await startBrokerProcess(paths.cli, join(directory, 'broker'), BROKER_SETTINGS, (stop) =>
    cleanup.add('the broker', stop),
  );
  print(
    colours.bold(`A broker on ${broker.address}`) +
      `, process ${broker.pid}, started in ${seconds(broker.startMs)}`,
  );
  print('  It acknowledges a record once it is synced to the disk.');

  const checkpoints = join(directory, 'checkpoints');
  const throughBroker = async (): Promise<DepartureRow[]> => {
    const { bytes, ends } = await send(terminal, broker, file, rowLimit);
    const options = {
      address: broker.address,
      topic: TOPIC,
      group: GROUP,
      checkpoints,
      sessionMs: SESSION_MS,
      batchBytesMax: Math.min(BATCH_BYTES_MAX, Math.ceil(bytes / PARTITIONS / BATCHES_PER_PARTITION)),
    };
    await countInGroup(terminal, cleanup, paths.consumer, options, ends);
    return writeResult(terminal, paths.results, new Checkpoints(checkpoints), [...ends.keys()]);
  };
  const counted = await Promise.race([throughBroker(), broker.died]);
  const expected = await plainResult(file, rowLimit);
  print(airportTable(counted, terminal));
  print();
  const difference = firstDifference(counted, expected);
  if (difference !== null) {
    print(colours.red(`differs from the plain computation over the file: ${difference}`));
    return 1;
  }
  const total = counted.reduce((sum, row) => sum + row.departures, 0);
  print(
    `${count(counted.length)} rows of airport and hour, ${count(total)} departures, ` +
      `compared with a plain computation over the file; ${seconds(performance.now() - startedAtMs)} in all`,
  );
  print(colours.green(colours.bold('matches')));
  return 0;
}

/** `ends`: the number of records of each partition, as the broker counts them. */
async function send(
  terminal: Terminal,
  broker: BrokerProcess,
  file: FlightFile,
  rowLimit: number,
): Promise<{ readonly bytes: number; readonly ends: ReadonlyMap<number, number> }> {
  terminal.print();
  terminal.print(
    terminal.colours.bold(`Sending to topic ${TOPIC}, ${PARTITIONS} partitions, keyed by airport of origin`),
  );
  const kafka = new Kafka({ clientId: 'demo', brokers: [broker.address], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.createTopics({
      topics: [{ topic: TOPIC, numPartitions: PARTITIONS, replicationFactor: 1 }],
    });
    const progress = startProgress(terminal, 'sent', rowLimit);
    const sent = await sendFlights(kafka, TOPIC, file, rowLimit, progress.update).finally(progress.end);
    terminal.print(`  ${throughput(sent.records, sent.bytes, sent.ms)}`);
    const offsets = await admin.fetchTopicOffsets(TOPIC);
    const ends = new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
    const stored = [...ends.values()].reduce((sum, end) => sum + end, 0);
    if (stored !== rowLimit) {
      throw new UserError(
        'DEMO_FAILED',
        `sent ${count(rowLimit)} records, and the broker has ${count(stored)}`,
      );
    }
    return { bytes: sent.bytes, ends };
  } finally {
    await admin.disconnect();
  }
}

async function countInGroup(
  terminal: Terminal,
  cleanup: Cleanup,
  program: string,
  options: Omit<ConsumerOptions, 'name'>,
  ends: ReadonlyMap<number, number>,
): Promise<void> {
  const { print, colours } = terminal;
  print();
  print(colours.bold(`Counting in group ${GROUP}: three consumer processes`));
  const total = [...ends.values()].reduce((sum, end) => sum + end, 0);
  const progress = startProgress(terminal, 'counted', total);
  const aside = (...lines: string[]): void => {
    for (const line of lines) progress.say(`  ${line}`);
  };
  const group = new ConsumerGroup(program, CONSUMERS, options, ends, {
    onAssigned: (partitions) => aside(...ownership(partitions)),
    onProgress: progress.update,
    onDeath: (death) => aside(...obituary(death, total).map((line) => colours.red(line))),
    onTakeover: ({ afterMs, partitions }) =>
      aside(
        colours.yellow(
          `${seconds(afterMs)} later, its session having run out, the group goes on without it:`,
        ),
        ...ownership(partitions),
      ),
  });
  cleanup.add('the consumers', () => group.stop());
  const result = await group.counted().finally(progress.end);
  await group.stop();
  print(`  ${throughput(result.records, result.bytes, result.ms)}`);
  print(`  ${[...result.countedBy].map(([name, records]) => `${name}: ${count(records)}`).join(', ')}`);
  print(
    `  ${count(result.records - total)} of them were counted a second time; the sums hold each once, because a partition's sums and`,
  );
  print(
    '  the offset they reach are saved as one file before the offset is committed, and whoever takes over starts from the file.',
  );
}

function ownership(partitions: ReadonlyMap<string, readonly number[]>): string[] {
  return [...partitions].map(
    ([name, owned]) => `${name} has partitions ${[...owned].sort((a, b) => a - b).join(', ')}`,
  );
}

function obituary({ name, pid, partitions, counted, lost }: Death, total: number): string[] {
  return [
    `kill -9 for ${name}, process ${pid}, at ${count(counted)} of ${count(total)} records: partitions ${[...partitions].sort((a, b) => a - b).join(', ')} have no owner,`,
    `and ${count(lost.to - lost.from)} records of partition ${lost.partition} that it had counted and not saved are lost with it.`,
  ];
}

/** Writes the rows as JSON and reads them back: what is compared is what is on the disk. */
async function writeResult(
  { print }: Terminal,
  directory: string,
  checkpoints: Checkpoints,
  partitions: readonly number[],
): Promise<DepartureRow[]> {
  const saved = await Promise.all(partitions.map((partition) => checkpoints.load(partition)));
  // No airport is in two partitions: it is the key.
  const sums: AirportSums = Object.assign({}, ...saved.map((checkpoint) => checkpoint.sums));
  const path = join(directory, 'departures-by-airport-and-hour.json');
  const lines = departureRows(sums).map((row) => JSON.stringify(row));
  await writeFile(path, `[\n${lines.join(',\n')}\n]\n`);
  print();
  print(`Result: ${path}`);
  return JSON.parse(await readFile(path, 'utf8')) as DepartureRow[];
}
