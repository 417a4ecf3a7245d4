/**
 * Misfortunes too rare for chance, each told in full. They run in the simulated world, on the lossy disk, over the real logs; each must hold on
 * the sources, and fail on the planted error that it was written for.
 */
import type { Offset } from '../../src/base/ids.js';
import { Prng } from '../../src/base/prng.js';
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../../src/log/config.js';
import type { Log } from '../../src/log/log.js';
import { JOURNAL_BLOCK_BYTES } from '../../src/log/journal.js';
import { Logs } from '../../src/log/logs.js';
import { SILENT_LOGGER } from '../../src/ports/logger.js';
import { type DiskOperationRecord, LossyDisk } from '../../src/ports/memory/lossy-disk.js';
import { memoryNet } from '../../src/ports/memory/net.js';
import { BatchBuilder } from '../../src/records/builder.js';
import { Compression } from '../../src/records/compression/compression.js';
import { recordsIn } from '../../src/records/iterate.js';
import { baseOffset, batchBytes } from '../../src/records/batch.js';
import { infoOf } from '../../src/records/validate.js';
import { drawClimate } from './climate.js';
import { ProcessClock } from './clock.js';
import { Machine, noRecoveries } from './machine.js';
import { Violation, World } from './world.js';

export interface Scenario {
  readonly name: string;
  /** @throws Violation */
  readonly run: () => Promise<void>;
}

export const SCENARIOS: readonly Scenario[] = [
  { name: 'what a log discarded does not come back from the journal', run: discardedStaysGone },
  { name: 'a byte too many behind a full segment costs no acknowledged record', run: byteTooMany },
  { name: 'a producer that sends a batch again after a clean stop is known', run: producersStayKnown },
  { name: 'a data directory that a killed process made is there after a power loss', run: directoryStays },
];

const DIRECTORY = '/data';
const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAABA';
const LATENCY_MS = 0.1;
const PATIENCE_MS = 60_000;
/** Enough that one of them takes back a name that may be taken back. */
const POWER_LOSSES = 10;

/**
 * Eight partitions share the journal; one of them is cut back (as a follower is, by its new leader), and writes something else at the place of
 * what it discarded, which its own sync makes durable. The journal still holds the old bytes when the power goes.
 */
async function discardedStaysGone(): Promise<void> {
  const stage = await Stage.build({});
  const logs = await stage.openLogs();
  const partitions: Log[] = [];
  for (let index = 0; index < 8; index++) {
    const log = await stage.finish(logs.create('t', index, TOPIC_ID, stage.config));
    log.beginEpoch(0);
    partitions.push(log);
  }
  // The first one to be written is synced at once, alone; the last shares the next round.
  const cut = partitions.at(-1)!;
  for (let round = 0; round < 5; round++) {
    for (const log of partitions) append(log, `old ${round}`);
    await stage.durable(partitions);
    // The first round of more than two asks for a journal; it is made beside the others.
    if (round === 0) await stage.rest(5000);
  }
  must(stage.journalRecords() > 0, 'a round of several logs goes through the journal');
  await stage.finish(cut.truncateTo(1));
  append(cut, 'new 1');
  await stage.durable([cut]);

  stage.losePower();
  const reopened = await stage.openLogs();
  await stage.finds(reopened.get('t', cut.index), ['old 0', 'new 1']);
  await stage.finds(
    reopened.get('t', 1),
    [0, 1, 2, 3, 4].map((round) => `old ${round}`),
  );
}

/** A power loss within a recovery, between the two steps that set a file's size. */
async function byteTooMany(): Promise<void> {
  const stage = await Stage.build({ segmentBytes: 200 });
  const logs = await stage.openLogs();
  const log = await stage.finish(logs.create('t', 0, TOPIC_ID, stage.config));
  log.beginEpoch(0);
  const values = [0, 1, 2, 3, 4, 5, 6, 7].map((number) => `record ${number}`);
  for (const value of values) {
    append(log, value);
    await stage.durable([log]);
  }
  must(log.segmentCount > 2, 'several segments are full');

  stage.losePower();
  const path = `${DIRECTORY}/t-0/00000000000000000000.log`;
  const file = await stage.finish(stage.disk.open(path));
  await stage.finish(file.truncate(file.size + 1));
  await stage.finish(file.sync());
  await stage.finish(file.close());
  const reopened = await stage.openLogs();
  await stage.finds(reopened.get('t', 0), values);
}

/** After a clean stop nothing is scanned: the snapshot alone knows who has sent what. */
async function producersStayKnown(): Promise<void> {
  const stage = await Stage.build({});
  const send = (log: Log) => {
    const builder = new BatchBuilder({ producerId: 7, producerEpoch: 0, baseSequence: 0 });
    builder.append({ key: null, value: Buffer.from('once'), timestamp: 0 });
    const batch = builder.build();
    return log.append(batch, infoOf(batch, 0), 0);
  };
  const logs = await stage.openLogs();
  const log = await stage.finish(logs.create('t', 0, TOPIC_ID, stage.config));
  log.beginEpoch(0);
  must(send(log).kind === 'appended', 'what comes first is stored');
  await stage.durable([log]);
  await stage.finish(logs.close());

  const reopened = await stage.openLogs();
  must(send(reopened.get('t', 0)!).kind === 'duplicate', 'what comes again is known');
  await stage.finds(reopened.get('t', 0), ['once']);
}

/**
 * The first start is killed when a directory is made and its name is not durable; the second finds it there, and everything rests on it. A lost
 * directory would be found out by the machine: another cluster would have been founded.
 */
async function directoryStays(): Promise<void> {
  for (let seed = 1; seed <= POWER_LOSSES; seed++) {
    let isMade = false;
    const world = new World((line) => {
      if (line.endsWith('syncDir /')) isMade = true;
    });
    const prng = new Prng(seed);
    const machine = new Machine(world, drawClimate(prng), memoryNet(), prng, noRecoveries());
    machine.start();
    must(await world.run(PATIENCE_MS, () => isMade), 'a directory is made');
    machine.kill();
    for (let starts = 0; starts < 2; starts++) {
      machine.start();
      must(await world.run(PATIENCE_MS, () => machine.state === 'serving'), 'the broker starts');
      machine.losePower();
    }
  }
}

/** A world with a disk and nothing else. */
class Stage {
  readonly config: LogConfig;
  readonly #world: World;
  readonly #operations: DiskOperationRecord[] = [];
  #clock: ProcessClock;
  disk: LossyDisk;

  private constructor(config: LogConfig) {
    this.config = config;
    this.#world = new World();
    this.#clock = new ProcessClock(this.#world);
    this.disk = new LossyDisk({
      clock: new ProcessClock(this.#world),
      latencyMs: () => LATENCY_MS,
      operations: this.#operations,
    });
  }

  static async build(config: Partial<LogConfig>): Promise<Stage> {
    const stage = new Stage({ ...DEFAULT_LOG_CONFIG, ...config });
    await stage.finish(stage.disk.makeDir(DIRECTORY));
    await stage.finish(stage.disk.syncDir('/'));
    return stage;
  }

  openLogs(): Promise<Logs> {
    return this.finish(
      Logs.open({
        disk: this.disk,
        clock: this.#clock,
        logger: SILENT_LOGGER,
        compression: new Compression(),
        directories: [DIRECTORY],
        configOf: () => this.config,
      }),
    );
  }

  /** Lets the world go on until the work is done. */
  async finish<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const end = (): void => {
      over = true;
    };
    work.then(end, end);
    must(await this.#world.run(PATIENCE_MS, () => over), 'the work comes to an end');
    return work;
  }

  async rest(ms: number): Promise<void> {
    await this.#world.run(ms);
  }

  async durable(logs: readonly Log[]): Promise<void> {
    const done = (): boolean => logs.every((log) => log.durableEnd === log.endOffset);
    must(await this.#world.run(PATIENCE_MS, done), 'what was appended becomes durable');
  }

  /** Small writes to the journal, without the header of each of its files. */
  journalRecords(): number {
    const writes = this.#operations.filter(
      ({ op, path, bytes }) =>
        op === 'write' && path.includes('redo-journal') && bytes <= 2 * JOURNAL_BLOCK_BYTES,
    );
    return writes.length - new Set(writes.map(({ path }) => path)).size;
  }

  losePower(): void {
    this.disk = this.disk.crash(new Prng(1));
    this.#clock.die();
    this.#clock = new ProcessClock(this.#world);
  }

  async finds(log: Log | undefined, values: readonly string[]): Promise<void> {
    must(log !== undefined, 'the log is there and opens');
    const found = await this.finish(valuesIn(log));
    const same = found.length === values.length && found.every((value, at) => value === values[at]);
    must(same, `${log.name} holds ${values.join(', ')}, and not ${found.join(', ')}`);
  }
}

function append(log: Log, value: string): Offset {
  const builder = new BatchBuilder();
  builder.append({ key: null, value: Buffer.from(value), timestamp: 1 });
  const batch = builder.build();
  const outcome = log.append(batch, infoOf(batch, 0), 0);
  must(outcome.kind === 'appended', `"${value}" is appended`);
  return outcome.baseOffset;
}

async function valuesIn(log: Log): Promise<string[]> {
  const values: string[] = [];
  for (let next = log.startOffset; next < log.endOffset; ) {
    const read = await log.read(next, { maxBytes: 1_000_000, upTo: log.endOffset, atLeastOneBatch: true });
    must(read.nextOffset > next, `something is read at ${next}`);
    for (const part of read.parts) {
      for (let at = 0; at < part.length; at += batchBytes(part, at)) {
        must(baseOffset(part, at) === values.length, 'offsets are dense');
        for (const { value } of recordsIn(part, at, new Compression(), 1_000_000)) values.push(String(value));
      }
    }
    next = read.nextOffset;
  }
  return values;
}

function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Violation(`it must be that ${what}`);
}
