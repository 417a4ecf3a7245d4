/**
 * What an acks=all append waits for: the real committer over real files, against the ways it could have been built.
 *
 *     npm run bench -- micro/sync-rounds [--dir <directory on the disk to measure>] [--only <part of a section's name>]
 *       [--seconds <the longest per row>]
 *
 * One round is 1 KiB (unless said) appended to each of N logs at once, until the last one is durable. Prints Markdown.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Committable, Committer, type CommitterOptions, type Unsynced } from '../../src/log/commit.js';
import { SILENT_LOGGER } from '../../src/ports/logger.js';
import { nodeClock } from '../../src/ports/node/clock.js';
import { nodeDisk } from '../../src/ports/node/disk.js';
import type { Disk, DiskFile } from '../../src/ports/disk.js';

const KiB = 1024;
const MiB = 1024 * KiB;
const ROUNDS = 1000;
const WARM_UP_ROUNDS = 30;

const JOURNAL_ALWAYS = { directLogsMax: 0, journalLogBytesMax: 64 * MiB, journalRoundBytesMax: 15 * MiB };
const JOURNAL_NEVER = {
  directLogsMax: Number.POSITIVE_INFINITY,
  journalLogBytesMax: Number.POSITIVE_INFINITY,
};

const argument = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};

const SECONDS_MAX = Number(argument('--seconds') ?? 6);

/** A log of one segment that keeps what is not durable, and nothing else. */
class BenchLog implements Committable {
  readonly directoryName: string;
  readonly topicId = 'AAAAAAAAAAAAAAAAAAAAAQ';
  readonly #file: DiskFile;
  #queued: Uint8Array[] = [];
  #start = 0;
  #end = 0;
  #told: (() => void) | null = null;

  constructor(directoryName: string, file: DiskFile) {
    this.directoryName = directoryName;
    this.#file = file;
  }

  /** Resolves when durable. One at a time. */
  async append(bytes: Uint8Array, committer: Committer): Promise<void> {
    await this.#file.write([bytes], this.#end);
    this.#queued.push(bytes);
    this.#end += bytes.length;
    await new Promise<void>((resolve) => {
      this.#told = resolve;
      committer.request(this);
    });
  }

  unsynced(): Unsynced {
    const bytes = this.#end - this.#start;
    return {
      mark: this.#end,
      bytes,
      ranges: [{ segmentBaseOffset: 0, position: this.#start, parts: this.#queued, bytes }],
    };
  }

  syncFiles(): Promise<void> {
    return this.#file.sync();
  }

  onSynced(mark: number): void {
    this.#start = mark;
    this.#queued = [];
    this.#told?.();
  }

  onSyncFailed(error: unknown): void {
    throw error;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

interface Figures {
  readonly p50: number;
  readonly p99: number;
  readonly rounds: number;
  readonly note?: string;
}

async function measure(round: () => Promise<void>, rounds = ROUNDS): Promise<Figures> {
  for (let each = 0; each < WARM_UP_ROUNDS; each++) await round();
  const took: number[] = [];
  const until = performance.now() + SECONDS_MAX * 1000;
  while (took.length < rounds && (performance.now() < until || took.length < 20)) {
    const start = performance.now();
    await round();
    took.push(performance.now() - start);
  }
  took.sort((a, b) => a - b);
  const at = (share: number): number => took[Math.min(took.length - 1, Math.floor(took.length * share))]!;
  return { p50: at(0.5), p99: at(0.99), rounds: took.length };
}

async function withDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(argument('--dir') ?? tmpdir(), 'millrace-sync-rounds-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function openLogs(disk: Disk, directory: string, count: number): Promise<BenchLog[]> {
  const logs: BenchLog[] = [];
  for (let each = 0; each < count; each++) {
    const name = `t-${each}`;
    await disk.makeDir(join(directory, name));
    const file = await disk.open(join(directory, name, '00000000000000000000.log'), { create: true });
    await disk.syncDir(join(directory, name));
    logs.push(new BenchLog(name, file));
  }
  await disk.syncDir(directory);
  return logs;
}

/** @param syncsInFlight on libuv's pool */
function committed(
  count: number,
  bytesEach: number,
  limits: CommitterOptions['limits'],
  syncsInFlight?: number,
): Promise<Figures> {
  return withDirectory(async (directory) => {
    const disk = nodeDisk(syncsInFlight === undefined ? {} : { maxSyncsInFlight: syncsInFlight });
    const logs = await openLogs(disk, directory, count);
    const committer = await Committer.open({
      disk,
      clock: nodeClock({ unref: true }),
      logger: SILENT_LOGGER,
      directory,
      ...(limits === undefined ? {} : { limits }),
    });
    const bytes = Buffer.alloc(bytesEach, 7);
    const figures = await measure(async () => {
      await Promise.all(logs.map((log) => log.append(bytes, committer)));
    });
    await committer.close();
    for (const log of logs) await log.close();
    const { journalRounds, journalMissed, directSyncs, checkpoints, checkpointSyncs } = committer.counters;
    return {
      ...figures,
      note: `journal ${journalRounds}, missed ${journalMissed}, direct ${directSyncs}, checkpoints ${checkpoints} (${checkpointSyncs} syncs)`,
    };
  });
}

/** The same round by one thread that does nothing but fdatasyncSync, one file after the other. */
function byWorker(count: number): Promise<Figures> {
  return withDirectory(async (directory) => {
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads');
       const { fdatasyncSync } = require('node:fs');
       parentPort.on('message', (files) => { for (const file of files) fdatasyncSync(file); parentPort.postMessage(0); });`,
      { eval: true },
    );
    const files = Array.from({ length: count }, (_, at) => openSync(join(directory, `${at}.log`), 'w'));
    const disk = nodeDisk();
    const writers = await Promise.all(files.map((_, at) => disk.open(join(directory, `${at}.log`))));
    const bytes = Buffer.alloc(KiB, 7);
    let position = 0;
    const figures = await measure(async () => {
      await Promise.all(writers.map((writer) => writer.write([bytes], position)));
      position += bytes.length;
      await new Promise<void>((resolve) => {
        worker.once('message', () => resolve());
        worker.postMessage(files);
      });
    });
    await worker.terminate();
    for (const writer of writers) await writer.close();
    for (const file of files) closeSync(file);
    return figures;
  });
}

/** Journal-like writes to one file. */
function oneFile(bytesEach: number, preallocated: boolean): Promise<Figures> {
  return withDirectory(async (directory) => {
    const disk = nodeDisk();
    const path = join(directory, 'journal');
    const size = 64 * MiB;
    if (preallocated) {
      const file = openSync(path, 'w');
      for (let at = 0; at < size; at += MiB) writeSync(file, Buffer.alloc(MiB), 0, MiB, at);
      fdatasyncSync(file);
      closeSync(file);
    }
    const file = await disk.open(path, { create: true });
    const bytes = Buffer.alloc(bytesEach, 7);
    let position = 0;
    const figures = await measure(async () => {
      if (preallocated && position + bytes.length > size) position = 0;
      await file.write([bytes], position);
      await file.sync();
      position += bytes.length;
    });
    await file.close();
    return figures;
  });
}

const ms = (value: number): string => value.toFixed(2);
const row = (name: string, { p50, p99, rounds, note = '' }: Figures): void =>
  console.log(`| ${name} | ${ms(p50)} | ${ms(p99)} | ${rounds} | ${note} |`);

async function section(title: string, body: () => Promise<void>): Promise<void> {
  const only = argument('--only');
  if (only !== undefined && !title.includes(only)) return;
  console.log(`\n### ${title}\n\n| | p50 ms | p99 ms | rounds | |\n|---|---|---|---|---|`);
  await body();
}

await section('committer as built, 1 KiB to each log', async () => {
  for (const logs of [1, 12, 100, 1000]) row(`${logs} logs`, await committed(logs, KiB, undefined));
});
await section('a thousand logs for long: size of the journal', async () => {
  for (const size of [64, 128, 256]) {
    const limits = { fileBytesMin: 16 * MiB, fileBytesMax: size * MiB };
    row(`1000 logs, files of ${size} MiB`, await committed(1000, KiB, limits));
  }
});
await section('each log synced itself, on the pool', async () => {
  for (const logs of [1, 12, 100, 1000]) {
    for (const inFlight of [1, 2, 3]) {
      row(`${logs} logs, ${inFlight} in flight`, await committed(logs, KiB, JOURNAL_NEVER, inFlight));
    }
  }
});
await section('each log synced by a dedicated worker thread', async () => {
  for (const logs of [1, 12, 100, 1000]) row(`${logs} logs`, await byWorker(logs));
});
await section('one file: growing against preallocated', async () => {
  for (const bytes of [4 * KiB, 16 * KiB, 128 * KiB, MiB]) {
    row(`${bytes / KiB} KiB, growing`, await oneFile(bytes, false));
    row(`${bytes / KiB} KiB, preallocated`, await oneFile(bytes, true));
  }
});
await section('few logs: journal against own files', async () => {
  for (const logs of [1, 2, 3, 4, 6, 8]) {
    row(`${logs} logs, own files`, await committed(logs, KiB, JOURNAL_NEVER));
    row(`${logs} logs, journal`, await committed(logs, KiB, JOURNAL_ALWAYS));
  }
});
await section('large rounds: journal against own files', async () => {
  for (const logs of [12, 100]) {
    for (const total of [64 * KiB, 256 * KiB, MiB, 2 * MiB, 4 * MiB, 8 * MiB]) {
      const each = Math.floor(total / logs);
      row(`${total / KiB} KiB over ${logs} logs, own files`, await committed(logs, each, JOURNAL_NEVER));
      row(`${total / KiB} KiB over ${logs} logs, journal`, await committed(logs, each, JOURNAL_ALWAYS));
    }
  }
});
