import { type Millis, type Offset, partitionName, type PartitionIndex } from '../../../../src/base/ids.js';
import { Prng } from '../../../../src/base/prng.js';
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../../../../src/log/config.js';
import type { Log } from '../../../../src/log/log.js';
import { Logs } from '../../../../src/log/logs.js';
import type { Logger } from '../../../../src/ports/logger.js';
import { type ManualClock, manualClock } from '../../../../src/ports/memory/clock.js';
import { LossyDisk } from '../../../../src/ports/memory/lossy-disk.js';
import { baseOffset, lastOffset } from '../../../../src/records/batch.js';
import { Compression } from '../../../../src/records/compression/compression.js';
import { lastSequenceOf } from '../../../../src/log/producers.js';
import { infoOf } from '../../../../src/records/validate.js';
import { batchOf, endOf, readAll, settle, split, TOPIC_ID } from './harness.js';

const DATA = '/data';
const TOPIC = 'orders';
const STEPS_MAX = 200_000;

interface Stored {
  readonly bytes: Buffer;
  readonly timestamp: Millis;
  readonly base: Offset;
  readonly end: Offset;
  readonly producerId: number;
  readonly lastSequence: number;
}

/** What a log must hold, as plain as can be: the batches it took, in order, and how far it promised. */
class Model {
  batches: Stored[] = [];
  durable: Offset = 0;
  /** Reported, or about to be: the start lies between. */
  start: Offset = 0;
  startMax: Offset = 0;
  /** Retention is under way, and may move the start up to what is durable. */
  retaining = false;
  /** A truncation under way, or interrupted: what lies at or above may be gone. */
  truncatingTo = Number.POSITIVE_INFINITY;
  readonly nextSequence = new Map<number, number>();

  get end(): Offset {
    return this.batches.at(-1)?.end ?? this.start;
  }

  lost(from: Offset): void {
    this.batches = this.batches.filter((batch) => batch.base < from);
    this.#recountSequences();
  }

  /** The log came back with these: all that was promised, then some of what was asked for, in order; nothing else. */
  recovered(log: Log, found: readonly Buffer[]): void {
    const promised = Math.min(this.durable, this.truncatingTo);
    if (this.retaining) this.startMax = Math.max(this.startMax, this.durable);
    this.retaining = false;
    expectThat(
      log.startOffset >= this.start && log.startOffset <= Math.max(this.start, this.startMax),
      `the log starts at ${log.startOffset}, between ${this.start} and ${this.startMax}`,
    );
    const kept = this.batches.filter((batch) => batch.end > log.startOffset);
    for (const [at, bytes] of found.entries()) {
      expectThat(
        kept[at] !== undefined && kept[at].bytes.equals(bytes),
        `batch ${at} at offset ${baseOffset(bytes, 0)} is the one appended there`,
      );
    }
    const end = found.length === 0 ? log.endOffset : endOf(found.at(-1)!);
    expectThat(end === log.endOffset, `the log ends at ${log.endOffset}, behind its last batch at ${end}`);
    const missing = kept.slice(found.length).find((batch) => batch.end <= promised);
    expectThat(missing === undefined, `offset ${missing?.base} was durable (below ${promised}) and is there`);
    expectThat(
      log.endOffset >= Math.min(promised, this.end),
      `the log ends at ${log.endOffset}, not before ${promised}`,
    );
    this.batches = kept.slice(0, found.length);
    this.start = log.startOffset;
    this.startMax = this.start;
    this.durable = log.endOffset;
    this.truncatingTo = Number.POSITIVE_INFINITY;
    this.#recountSequences();
    for (const [producerId, next] of this.nextSequence) {
      const entry = log.producers.get(producerId);
      const offsets = entry?.batches.map((batch) => batch.lastOffset) ?? [];
      expectThat(
        new Set(offsets).size === offsets.length,
        `producer ${producerId} has each batch once: ${offsets.join()}`,
      );
      expectThat(
        entry !== undefined && lastSequenceOf(entry) === next - 1,
        `producer ${producerId} is remembered up to ${next - 1}: ${entry && lastSequenceOf(entry)}`,
      );
    }
  }

  #recountSequences(): void {
    this.nextSequence.clear();
    for (const batch of this.batches)
      if (batch.producerId >= 0) this.nextSequence.set(batch.producerId, batch.lastSequence + 1);
  }
}

export function expectThat(holds: boolean, what: string): void {
  if (!holds) throw new Error(`does not hold: ${what}`);
}

export interface Climate {
  readonly partitions: number;
  readonly config: LogConfig;
  readonly latencyMsMax: Millis;
  readonly tailBytesMax: number;
  readonly checkpointMs: Millis;
}

/** Several logs on one lossy disk, their models, and a life of appends, faults and restarts drawn from a seed. */
export class CrashWorld {
  readonly prng: Prng;
  readonly climate: Climate;
  readonly clock: ManualClock = manualClock(1_700_000_000_000);
  readonly models: Model[] = [];
  readonly trace: string[] = [];
  disk: LossyDisk;
  #logs!: Logs;
  #incarnation = 0;
  /** Operations that were started and not waited for. */
  #background: Promise<unknown>[] = [];
  #isFull = false;
  #isTicking = false;
  crashes = 0;
  cleanStops = 0;
  losses = 0;
  appended = 0;

  constructor(seed: number) {
    this.prng = new Prng(seed);
    const draw = this.prng.split('climate');
    this.climate = {
      partitions: draw.between(1, 5),
      config: {
        ...DEFAULT_LOG_CONFIG,
        segmentBytes: draw.pick([600, 2000, 20_000]),
        indexIntervalBytes: draw.pick([0, 200, 4096]),
        fileDeleteDelayMs: draw.pick([0, 50]),
        retentionBytes: draw.pick([-1, 3000]),
      },
      latencyMsMax: draw.pick([0, 3, 10]),
      tailBytesMax: draw.pick([0, 4000, 1 << 20]),
      checkpointMs: draw.pick([20, 500]),
    };
    const latency = this.prng.split('latency');
    this.disk = new LossyDisk({
      clock: this.clock,
      latencyMs: () => latency.between(0, this.climate.latencyMsMax),
      prng: this.prng.split('disk'),
    });
    for (let at = 0; at < this.climate.partitions; at++) this.models.push(new Model());
  }

  async begin(): Promise<void> {
    await this.#finish(this.disk.makeDir(DATA));
    await this.#finish(this.disk.syncDir('/'));
    await this.#open();
    for (const index of this.models.keys()) {
      await this.#finish(this.#logs.create(TOPIC, index, TOPIC_ID, this.climate.config));
      this.#listen(index);
    }
  }

  #log(index: PartitionIndex): Log {
    const log = this.#logs.get(TOPIC, index);
    if (log === undefined) throw new Error(`${partitionName(TOPIC, index)} is not there`);
    return log;
  }

  async #open(): Promise<void> {
    this.#incarnation++;
    this.#background = [];
    this.#isTicking = false;
    const problems: string[] = [];
    const note = (message: string, fields?: object): void => {
      problems.push(
        `${message} ${fields && 'error' in fields ? String((fields.error as Error).stack) : JSON.stringify(fields)}`,
      );
    };
    const logger: Logger = { debug() {}, info() {}, warn() {}, error: note };
    this.#logs = await this.#finish(
      Logs.open({
        disk: this.disk,
        clock: this.clock,
        logger,
        compression: new Compression(),
        directories: [DATA],
        configOf: () => this.climate.config,
        tailBytesMax: this.climate.tailBytesMax,
        checkpointMs: this.climate.checkpointMs,
        retentionCheckMs: 100,
      }),
    );
    expectThat(problems.length === 0, `opening finds nothing to complain of: ${problems.join('; ')}`);
  }

  #listen(index: PartitionIndex): void {
    const model = this.models[index]!;
    const incarnation = this.#incarnation;
    const log = this.#log(index);
    log.listen({
      onDurable: (end) => {
        if (incarnation !== this.#incarnation) return;
        expectThat(
          end > model.durable && end <= log.writtenEnd,
          `durable moves on, to what is written: ${model.durable} to ${end}`,
        );
        model.durable = end;
      },
      onAppendsLost: (from) => {
        if (incarnation !== this.#incarnation) return;
        expectThat(from >= model.durable, `${from}, which is lost, was not durable: ${model.durable}`);
        this.losses++;
        if (log.online) model.lost(from);
      },
      onStartMoved: (start) => {
        if (incarnation !== this.#incarnation) return;
        expectThat(
          start <= model.durable,
          `what is given up, before ${start}, was durable: ${model.durable}`,
        );
      },
    });
  }

  /** One thing that happens. */
  async step(): Promise<void> {
    const { prng } = this;
    const index = prng.between(0, this.climate.partitions - 1);
    const model = this.models[index]!;
    const log = this.#log(index);
    const kind = prng.between(0, 99);
    if (kind < 45) return this.#append(index, log, model);
    if (kind < 75) return this.#pass(prng.between(0, 12));
    if (kind < 83) return this.#read(log, model);
    if (kind < 85) return this.#spawn(`roll ${index}`, () => log.roll());
    if (kind < 87) return this.#deleteRecords(index, log, model);
    if (kind < 90) return this.#truncate(index, log, model);
    if (kind < 92) return this.#tick();
    if (kind < 94) return this.#full();
    if (kind < 95) return this.#failNext();
    if (kind < 97) return this.#stopCleanly();
    return this.#crash();
  }

  #append(index: PartitionIndex, log: Log, model: Model): void {
    const { prng } = this;
    for (let left = prng.between(1, 5); left > 0; left--) {
      const producerId = prng.chance(0.6) ? prng.between(1, 3) : -1;
      const records = prng.between(1, 4);
      const timestamp = this.clock.now() + prng.between(-500, 500);
      const baseSequence = producerId < 0 ? -1 : (model.nextSequence.get(producerId) ?? 0);
      const bytes = batchOf({
        records,
        producerId,
        producerEpoch: producerId < 0 ? -1 : 0,
        baseSequence,
        valueBytes: prng.chance(0.1) ? 120 : prng.between(0, 40),
        tag: `${prng.uint32()}`,
        timestamps: Array.from({ length: records }, () => timestamp),
      });
      const outcome = log.append(bytes, infoOf(bytes, 0), this.#incarnation);
      if (outcome.kind !== 'appended') {
        this.trace.push(`append ${index} ${outcome.kind} ${'message' in outcome ? outcome.message : ''}`);
        // A producer that retention or a truncation made the model forget is still known to the log.
        if (outcome.kind === 'rejected' && outcome.error !== 45 && outcome.error !== 56)
          throw new Error(outcome.message);
        continue;
      }
      this.appended++;
      this.trace.push(`append ${index} ${outcome.baseOffset}..${outcome.lastOffset}`);
      expectThat(
        outcome.baseOffset === Math.max(model.end, model.start),
        `offset ${outcome.baseOffset} follows ${model.end}`,
      );
      model.batches.push({
        bytes: Buffer.from(bytes),
        timestamp,
        base: outcome.baseOffset,
        end: outcome.lastOffset + 1,
        producerId,
        lastSequence: baseSequence + records - 1,
      });
      if (producerId >= 0) model.nextSequence.set(producerId, baseSequence + records);
      expectThat(
        log.startOffset <= log.syncedEnd &&
          log.syncedEnd <= log.writtenEnd &&
          log.writtenEnd <= log.endOffset,
        'the marks are in order',
      );
    }
  }

  /** Time passes, and whatever is ready runs. */
  async #pass(ms: Millis): Promise<void> {
    for (let at = 0; at < ms; at++) {
      this.clock.advance(1);
      await settle();
    }
  }

  async #read(log: Log, model: Model): Promise<void> {
    const { prng } = this;
    if (!log.online || log.writtenEnd <= log.startOffset) return;
    const from = prng.between(log.startOffset, log.writtenEnd - 1);
    const known = [...model.batches];
    const incarnation = this.#incarnation;
    const limits = {
      maxBytes: prng.between(0, 3000),
      upTo: log.durableEnd,
      atLeastOneBatch: prng.chance(0.8),
    };
    const reading = Promise.resolve(log.read(from, limits)).then((read) => {
      if (incarnation !== this.#incarnation) return;
      const first = known.findIndex((batch) => batch.end > from);
      for (const [at, bytes] of split(Buffer.concat(read.parts)).entries()) {
        expectThat(
          known[first + at]?.bytes.equals(bytes) === true,
          `a read at ${from} gives what was appended`,
        );
        expectThat(lastOffset(bytes, 0) < limits.upTo, 'a read stays below its bound');
      }
    });
    this.#keep(
      reading.catch((error: unknown) => {
        // A planted failure may meet a reader's file as well.
        expectThat(String((error as Error).cause).includes('planted'), String((error as Error).stack));
      }),
    );
  }

  #deleteRecords(index: PartitionIndex, log: Log, model: Model): void {
    if (!log.online || model.truncatingTo !== Number.POSITIVE_INFINITY || log.durableEnd <= log.startOffset)
      return;
    const to = this.prng.between(log.startOffset, log.durableEnd);
    model.startMax = Math.max(model.startMax, to);
    this.#spawn(`deleteRecords ${index} ${to}`, async () => {
      await log.deleteRecordsBefore(to);
      model.start = Math.max(model.start, to);
      model.startMax = Math.max(model.start, model.startMax);
    });
  }

  /** Waited for: a follower does nothing else meanwhile. */
  async #truncate(index: PartitionIndex, log: Log, model: Model): Promise<void> {
    if (!log.online) return;
    await this.#quiet();
    if (!log.online || log.endOffset <= log.startOffset) return;
    const to = this.prng.between(log.startOffset, log.endOffset);
    const boundary = model.batches.find((batch) => batch.end > to)?.base ?? to;
    if (boundary < log.startOffset) return;
    model.truncatingTo = boundary;
    this.trace.push(`truncate ${index} to ${to}`);
    const truncating = log.truncateTo(to).then(() => {
      model.lost(boundary);
      model.durable = Math.min(model.durable, log.endOffset);
      model.truncatingTo = Number.POSITIVE_INFINITY;
      expectThat(log.endOffset === boundary, `truncated to ${boundary}, the log ends at ${log.endOffset}`);
    });
    if (this.prng.chance(0.4)) {
      this.#keep(truncating);
      await this.#pass(this.prng.between(0, 40));
      if (model.truncatingTo === Number.POSITIVE_INFINITY) return;
      return this.#crash();
    }
    await this.#finish(truncating.catch((error: unknown) => this.#expectOffline(log, error)));
  }

  #expectOffline(log: Log, error: unknown): void {
    expectThat(!log.online, `only an offline log refuses: ${String((error as Error).stack)}`);
  }

  #tick(): void {
    if (this.#isTicking) return;
    this.#isTicking = true;
    // Retention may move the start, up to what is durable by then.
    const retains = this.climate.config.retentionBytes >= 0;
    for (const model of this.models) model.retaining ||= retains;
    const incarnation = this.#incarnation;
    this.#spawn('tick', async () => {
      await this.#logs.tick(this.clock.now());
      if (incarnation !== this.#incarnation) return;
      this.#isTicking = false;
      for (const [index, model] of this.models.entries()) {
        model.retaining = false;
        model.startMax = Math.max(model.startMax, this.#log(index).startOffset);
      }
    });
  }

  #full(): void {
    this.#isFull = !this.#isFull;
    this.trace.push(this.#isFull ? 'disk full' : 'disk has room');
    this.disk.full(this.#isFull ? this.prng.between(0, 3000) : Number.POSITIVE_INFINITY);
  }

  #failNext(): void {
    const op = this.prng.pick(['write', 'write', 'open', 'sync', 'truncate'] as const);
    const code = op === 'sync' || this.prng.chance(0.2) ? 'EIO' : 'ENOSPC';
    this.trace.push(`fail next ${op} ${code}`);
    this.disk.failNext(op, Object.assign(new Error(`${code}: planted`), { code }));
  }

  #spawn(what: string, work: () => Promise<unknown>): void {
    this.trace.push(what);
    const incarnation = this.#incarnation;
    this.#keep(
      work().catch((error: unknown) => {
        if (incarnation !== this.#incarnation || (error as { name?: string }).name === 'StorageError') return;
        // Refused by a full or failing disk, and said so.
        if ((error as { code?: string }).code === undefined) throw error;
      }),
    );
  }

  #keep(work: Promise<unknown>): void {
    // A failure is kept for whoever waits; until then it is not unhandled.
    work.catch(() => {});
    this.#background.push(work);
  }

  /** Everything that was begun has ended. */
  async #quiet(): Promise<void> {
    await this.#finish(Promise.all(this.#background));
    this.#background = [];
    for (const index of this.models.keys()) {
      const log = this.#log(index);
      for (let at = 0; log.online && log.durableEnd < log.endOffset; at++) {
        expectThat(at < STEPS_MAX, `${log.name} settles`);
        await this.#pass(1);
      }
    }
  }

  async #stopCleanly(): Promise<void> {
    await this.#quiet();
    this.trace.push('clean stop');
    await this.#finish(this.#logs.close());
    this.cleanStops++;
    this.#incarnation++;
    // The process ends, in which alone a failed sync condemns a file.
    this.disk = this.disk.kill(new Prng(this.prng.uint32()));
    await this.#reopen();
  }

  async #crash(): Promise<void> {
    this.crashes++;
    const isKill = this.prng.chance(0.3);
    this.trace.push(isKill ? 'kill' : 'power loss');
    this.#incarnation++;
    const draw = new Prng(this.prng.uint32());
    this.disk = isKill ? this.disk.kill(draw) : this.disk.crash(draw);
    await this.#reopen();
  }

  async #reopen(): Promise<void> {
    this.#isFull = false;
    this.disk.full(Number.POSITIVE_INFINITY);
    await this.#open();
    for (const [index, model] of this.models.entries()) {
      const log = this.#log(index);
      const found = await this.#finish(readAll(log));
      this.trace.push(`reopened ${index}: ${log.startOffset}..${log.endOffset}`);
      model.recovered(log, found);
      await this.#lookUp(log, model);
      this.#listen(index);
      log.beginEpoch(this.#incarnation);
    }
  }

  async #lookUp(log: Log, model: Model): Promise<void> {
    const newest = Math.max(...model.batches.map((batch) => batch.timestamp), -1);
    for (const timestamp of [newest, newest - 300, newest - 1000]) {
      const first = model.batches.find((batch) => batch.timestamp >= timestamp);
      const offset = first === undefined ? -1 : Math.max(first.base, log.startOffset);
      const found = await this.#finish(log.offsetForTimestamp(timestamp));
      expectThat(
        (found?.offset ?? -1) === offset,
        `the first record from ${timestamp} on is at ${offset}: ${found?.offset}`,
      );
    }
  }

  /** Lets time pass until it is done. */
  async #finish<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    done.catch(() => {});
    await settle();
    for (let at = 0; !isDone; at++) {
      expectThat(at < STEPS_MAX, 'what was begun comes to an end');
      this.clock.advance(1);
      await settle();
    }
    return done;
  }

  /** At the end: heal, and demand that everything settles and is found again. */
  async end(): Promise<void> {
    await this.#crash();
    for (const [index, model] of this.models.entries()) this.#append(index, this.#log(index), model);
    await this.#quiet();
    for (const [index, model] of this.models.entries()) {
      expectThat(
        this.#log(index).durableEnd === model.end,
        'all that was appended becomes durable on a healthy disk',
      );
    }
    await this.#stopCleanly();
  }
}
