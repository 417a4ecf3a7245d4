/**
 * The machine that the broker runs on: a disk that forgets, and one process, the real broker, which can be started, stopped, killed, and cut off
 * from its power.
 */
import { PoisonedSlabs } from './poisoned-slabs.js';
import { systemErrorCode } from '../../src/base/errors.js';
import type { Prng } from '../../src/base/prng.js';
import { readBrokerSettings } from '../../src/broker/settings/broker-settings.js';
import type { LogFields, Logger } from '../../src/ports/logger.js';
import { seededEntropy } from '../../src/ports/memory/entropy.js';
import { type DiskOperation, LossyDisk } from '../../src/ports/memory/lossy-disk.js';
import type { LossCounters } from '../../src/ports/memory/power-loss.js';
import type { Net } from '../../src/ports/net.js';
import { type RunningServer, startServer } from '../../src/server/start-server.js';
import type { Climate } from './climate.js';
import { ProcessClock } from './clock.js';
import { ProcessNet } from './process-net.js';
import { Violation, type World } from './world.js';

export type ProcessState = 'off' | 'starting' | 'serving' | 'stopping' | 'refused';

/** What the broker did about what it found, by what it asked of its disk. */
export interface RecoveryCounters {
  powerLosses: number;
  kills: number;
  cleanStops: number;
  starts: number;
  /** Starts and stops that a power loss or a kill cut short. */
  interruptedStarts: number;
  interruptedStops: number;
  /** Starts refused by a full disk. */
  refusedStarts: number;
  /** Segments that were cut back at a start, behind their last sound batch. */
  truncations: number;
  /** Logs of which a start removed whole segments. */
  removedSegments: number;
  /** Logs that a start had to look through. */
  recoveredLogs: number;
  indexesRebuilt: number;
  journalAppends: number;
  journalReplays: number;
}

export function noRecoveries(): RecoveryCounters {
  return {
    powerLosses: 0,
    kills: 0,
    cleanStops: 0,
    starts: 0,
    interruptedStarts: 0,
    interruptedStops: 0,
    refusedStarts: 0,
    truncations: 0,
    removedSegments: 0,
    recoveredLogs: 0,
    indexesRebuilt: 0,
    journalAppends: 0,
    journalReplays: 0,
  };
}

/** What the broker says when it does it. A sentence that is worded anew leaves its counter at zero, which the tests notice. */
const TOLD_BY: Readonly<Record<string, keyof RecoveryCounters>> = {
  'cutting off a torn tail': 'truncations',
  'removing segments that were never acknowledged': 'removedSegments',
  'recovered a log': 'recoveredLogs',
  'replayed the redo journal': 'journalReplays',
};

interface Process {
  readonly clock: ProcessClock;
  readonly net: ProcessNet;
  running: RunningServer | undefined;
}

export class Machine {
  readonly counters: RecoveryCounters;
  readonly #world: World;
  readonly #climate: Climate;
  readonly #net: Net;
  readonly #prng: Prng;
  readonly #settings: ReturnType<typeof readBrokerSettings>;
  #disk: LossyDisk;
  #process: Process | undefined;
  #state: ProcessState = 'off';
  #clusterId: string | undefined;
  #diskFull = false;
  /** In this life, at some time. */
  #wasFull = false;

  constructor(world: World, climate: Climate, net: Net, prng: Prng, counters: RecoveryCounters) {
    this.#world = world;
    this.#climate = climate;
    this.#net = net;
    this.#prng = prng;
    this.counters = counters;
    this.#settings = readBrokerSettings(settingsOf(climate));
    const latency = prng.split('disk latency');
    this.#disk = new LossyDisk({
      clock: new ProcessClock(world),
      latencyMs: (op, path) => {
        this.#saw(op, path);
        return latency.random() * (op === 'sync' || op === 'syncDir' ? climate.syncMsMax : climate.diskMsMax);
      },
      prng: prng.split('disk faults'),
    });
  }

  get state(): ProcessState {
    return this.#state;
  }

  get losses(): LossCounters {
    return this.#disk.counters;
  }

  start(): void {
    this.#note('starts');
    this.counters.starts++;
    const clock = new ProcessClock(this.#world);
    const net = new ProcessNet(this.#net);
    const process: Process = { clock, net, running: undefined };
    this.#process = process;
    this.#state = 'starting';
    this.#wasFull = this.#diskFull;
    startServer({
      ports: { clock, net, disk: this.#disk, entropy: seededEntropy(this.#prng.uint32()) },
      logger: this.#logger(process),
      settings: this.#settings,
      directories: this.#climate.directories,
      slabs: new PoisonedSlabs(),
    }).then(
      (running) => {
        process.running = running;
        this.#note('serves');
        this.#state = 'serving';
        this.#checkCluster(running.broker.clusterId);
      },
      (error: unknown) => this.#refused(process, error),
    );
  }

  /** A clean stop begins; when it is over the state is `off`. */
  stop(): void {
    const process = this.#process!;
    this.#note('stops');
    this.#state = 'stopping';
    process.running!.stop().then(
      () => {
        this.#note('has stopped');
        this.counters.cleanStops++;
        this.#end(process);
      },
      (error: unknown) => {
        this.#note(`stopped uncleanly: ${String(error)}`);
        if (!this.#diskFull) this.#world.violated(error);
        this.#end(process);
      },
    );
  }

  losePower(): void {
    this.#countInterruption();
    this.counters.powerLosses++;
    this.#note('LOSES POWER');
    this.#disk = this.#disk.crash(this.#prng.split(`power loss ${this.counters.powerLosses}`));
    this.#end(this.#process!);
  }

  kill(): void {
    this.#countInterruption();
    this.counters.kills++;
    this.#note('IS KILLED');
    this.#disk = this.#disk.kill(this.#prng.split(`kill ${this.counters.kills}`));
    this.#end(this.#process!);
  }

  fillDisk(bytesLeft: number): void {
    this.#note(`has ${bytesLeft} bytes left on its disk`);
    this.#diskFull = true;
    this.#wasFull = true;
    this.#disk.full(bytesLeft);
  }

  freeDisk(): void {
    if (!this.#diskFull) return;
    this.#note('has room on its disk again');
    this.#diskFull = false;
    this.#disk.full(Number.POSITIVE_INFINITY);
  }

  /** Once it has served, it is that cluster's broker for ever. */
  #checkCluster(clusterId: string): void {
    this.#clusterId ??= clusterId;
    if (clusterId === this.#clusterId) return;
    this.#world.violated(
      new Violation(`the broker serves cluster ${clusterId}, and was one of ${this.#clusterId}`),
    );
  }

  #countInterruption(): void {
    if (this.#state === 'starting') this.counters.interruptedStarts++;
    if (this.#state === 'stopping') this.counters.interruptedStops++;
  }

  #refused(process: Process, error: unknown): void {
    if (this.#process !== process) return;
    this.#note(`does not start: ${String(error)}`);
    this.counters.refusedStarts++;
    if (!this.#diskFull || !causedByFullDisk(error)) {
      this.#world.violated(new Violation(`the broker does not start: ${String(error)}`, { cause: error }));
    }
    // A process that cannot start exits, and the system closes what it held.
    this.#disk = this.#disk.kill(this.#prng.split('exit'));
    this.#end(process);
    this.#state = 'refused';
  }

  #end(process: Process): void {
    process.clock.die();
    process.net.die(this.#prng);
    this.#process = undefined;
    this.#state = 'off';
  }

  #saw(op: DiskOperation, path: string): void {
    this.#world.trace.disk(`${op} ${path}`);
    if (op === 'write' && path.includes('redo-journal')) this.counters.journalAppends++;
    if (this.#state !== 'starting') return;
    if (op === 'write' && path.includes('.index')) this.counters.indexesRebuilt++;
  }

  #logger(process: Process): Logger {
    const write = (level: string) => (message: string, fields?: LogFields) => {
      if (this.#process !== process) return;
      this.#note(`${level}: ${message}${fieldsText(fields)}`);
      const counter = TOLD_BY[message];
      if (counter !== undefined) this.counters[counter]++;
    };
    const error = (message: string, fields?: LogFields): void => {
      write('error')(message, fields);
      // A full disk may be an operator's trouble. Nothing else here is.
      if (this.#process === process && !this.#wasFull) {
        this.#world.violated(new Violation(`the broker reports an error: ${message}${fieldsText(fields)}`));
      }
    };
    return { debug: write('debug'), info: write('info'), warn: write('warn'), error };
  }

  #note(what: string): void {
    this.#world.trace.note('broker', what);
  }
}

function causedByFullDisk(error: unknown): boolean {
  // The metadata store tells of the cause in words.
  if (systemErrorCode(error) === 'ENOSPC' || String(error).includes('ENOSPC')) return true;
  return error instanceof Error && error.cause !== undefined && causedByFullDisk(error.cause);
}

function fieldsText(fields: LogFields | undefined): string {
  if (fields === undefined) return '';
  return ` {${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value instanceof Error ? value.message : String(value)}`)
    .join(', ')}}`;
}

function settingsOf(climate: Climate): Map<string, string> {
  return new Map(
    Object.entries({
      listeners: 'PLAINTEXT://127.0.0.1:9092',
      'auto.create.topics.enable': 'false',
      'log.segment.bytes': climate.segmentBytes,
      'log.index.interval.bytes': climate.indexIntervalBytes,
      'log.retention.ms': -1,
      'log.flush.offset.checkpoint.interval.ms': climate.checkpointMs,
      'log.tail.memory.bytes': climate.tailBytes,
      'offsets.topic.num.partitions': climate.offsetsPartitions,
      // A group's record must fit.
      'offsets.topic.segment.bytes': Math.max(1500, climate.segmentBytes),
      'group.initial.rebalance.delay.ms': 5,
      'group.min.session.timeout.ms': 100,
    }).map(([name, value]) => [name, String(value)]),
  );
}
