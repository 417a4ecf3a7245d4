import { expect, test } from 'vitest';
import { Prng } from '../../../../src/base/prng.js';
import { Committer } from '../../../../src/log/commit.js';
import { type ReplayReport, replayJournal } from '../../../../src/log/journal-replay.js';
import { SILENT_LOGGER } from '../../../../src/ports/logger.js';
import { type ManualClock, manualClock } from '../../../../src/ports/memory/clock.js';
import { LossyDisk } from '../../../../src/ports/memory/lossy-disk.js';
import { FakeLog } from './fake-log.js';
import { SEED } from './seed.js';

const ROOT = '/data';
const TOPIC_IDS = ['AAAAAAAAAAAAAAAAAAAAAQ', 'AAAAAAAAAAAAAAAAAAAAAg'];
/** More by hand: `SEEDS=1000 npx vitest run …`. */
const SEEDS = Number(process.env['SEEDS'] ?? 40);
/** The same in every run, so that together they always come to everything; the others are new each time. */
const KNOWN_SEEDS = process.env['SEED'] === undefined ? 30 : 0;
const LIVES = 3;

interface Tally {
  crashes: number;
  journalRounds: number;
  journalMissed: number;
  directSyncs: number;
  checkpoints: number;
  forgets: number;
  replayedBytes: number;
  replayCrashes: number;
  discarded: number;
  segmentGone: number;
}

test(
  'whatever was reported durable is there after any crash, and what was taken back is not',
  async () => {
    const tally: Tally = {
      crashes: 0,
      journalRounds: 0,
      journalMissed: 0,
      directSyncs: 0,
      checkpoints: 0,
      forgets: 0,
      replayedBytes: 0,
      replayCrashes: 0,
      discarded: 0,
      segmentGone: 0,
    };
    for (let life = 0; life < SEEDS; life++) {
      const seed = life < KNOWN_SEEDS ? life + 1 : SEED + life - KNOWN_SEEDS;
      const verdict = await new World(new Prng(seed), tally).run().catch(String);
      expect(verdict, `SEED=${seed}`).toBe('sound');
    }
    // A run that never came to one of these has shown nothing about it.
    if (KNOWN_SEEDS === 0) return;
    for (const [what, times] of Object.entries(tally)) expect(times, what).toBeGreaterThan(0);
  },
  60_000 * Math.max(1, SEEDS / 100),
);

/** One directory through several lives, each ended by a power loss or a kill at a random event. */
class World {
  readonly #prng: Prng;
  readonly #chaos: Prng;
  readonly #tally: Tally;
  #clock: ManualClock = manualClock(0);
  #disk: LossyDisk;
  #committer!: Committer;
  #logs: FakeLog[] = [];
  #remade = 0;
  /** How often a log does what syncs its files: with much of it, hardly anything is ever durable in the journal alone. */
  readonly #rates: { truncate: number; roll: number; removeOldest: number; remake: number };

  constructor(prng: Prng, tally: Tally) {
    this.#prng = prng.split('workload');
    this.#chaos = prng.split('chaos');
    this.#tally = tally;
    const climate = prng.split('climate');
    this.#rates = {
      truncate: climate.pick([0.002, 0.01, 0.05]),
      roll: climate.pick([0, 0.01, 0.05]),
      removeOldest: climate.pick([0, 0.02, 0.1]),
      remake: climate.pick([0, 0.003, 0.02]),
    };
    const latency = prng.split('latency');
    const slow = latency.random() * 5;
    this.#disk = new LossyDisk({
      clock: {
        now: () => 0,
        monotonic: () => 0,
        setTimer: (ms, run) => this.#clock.setTimer(ms, run),
        clearTimer: () => {},
      },
      latencyMs: (op) =>
        op === 'sync' || op === 'syncDir' ? slow * latency.random() : 0.2 * latency.random(),
    });
  }

  async run(): Promise<string> {
    await this.#until(this.#disk.makeDir(ROOT).then(() => this.#disk.syncDir('/')));
    for (let life = 0; life < LIVES; life++) {
      await this.#until(this.#start());
      // An actor keeps to its life: what it has under way when the machine goes down never goes on.
      for (const log of [...this.#logs]) void this.#use(log, this.#committer, this.#disk, this.#logs);
      await this.#events(this.#chaos.between(20, 1000));
      this.#crash();
      await this.#until(this.#replay());
      // What replay put back is durable, and the journal is empty for good: the machine may go down again at once.
      if (this.#chaos.chance(0.3)) {
        this.#loseDisk();
        await this.#until(this.#replay());
      }
      for (const log of this.#logs) {
        const verdict = await this.#until(log.broken(this.#disk));
        if (verdict !== undefined) return `life ${life}: ${verdict}`;
      }
    }
    return 'sound';
  }

  async #start(): Promise<void> {
    const prng = this.#chaos;
    const fileBytesMin = 4096 * prng.between(4, 16);
    this.#committer = await Committer.open({
      disk: this.#disk,
      clock: this.#clock,
      logger: SILENT_LOGGER,
      directory: ROOT,
      limits: {
        directLogsMax: prng.pick([0, 0, 1, 2]),
        journalLogBytesMax: prng.pick([2000, 100_000, 100_000]),
        journalRoundBytesMax: prng.pick([6000, 100_000, 100_000]),
        fileBytesMin,
        fileBytesMax: fileBytesMin * 2,
        checkpointMs: prng.between(5, 200),
      },
    });
    const before = this.#logs;
    this.#logs = [];
    if (before.length === 0) {
      for (let each = prng.between(1, 6); each > 0; each--) {
        this.#logs.push(await this.#newLog(`t-${each}`, TOPIC_IDS[0]!).create());
      }
    } else {
      for (const log of before)
        this.#logs.push(await this.#newLog(log.directoryName, log.topicId).reopen(log));
    }
  }

  #newLog(name: string, topicId: string, disk = this.#disk): FakeLog {
    return new FakeLog(disk, ROOT, name, topicId, this.#prng.split(`${name} ${this.#remade++}`));
  }

  /** What happens to one log, one thing after the other, until the crash. */
  async #use(start: FakeLog, committer: Committer, disk: LossyDisk, logs: FakeLog[]): Promise<void> {
    const prng = this.#prng.split(start.directoryName);
    let log = start;
    for (;;) {
      const { active } = log;
      const rates = this.#rates;
      if (prng.chance(rates.truncate) && active.content.length > 0) {
        await log.truncate(prng.between(active.base, active.base + active.content.length), committer);
      } else if (prng.chance(rates.roll)) await log.roll();
      else if (prng.chance(rates.removeOldest) && log.segments.length > 1) await log.removeOldest();
      else if (prng.chance(rates.remake)) log = await this.#remake(log, prng, committer, disk, logs);
      else await log.append(prng.pick([1, 100, 1000, 3000]), committer);
    }
  }

  /** Deleted and made anew: under the same topic id, as when a partition comes back, or under another. */
  async #remake(
    log: FakeLog,
    prng: Prng,
    committer: Committer,
    disk: LossyDisk,
    logs: FakeLog[],
  ): Promise<FakeLog> {
    logs.splice(logs.indexOf(log), 1);
    await log.remove(committer);
    if (prng.chance(0.3)) await this.#pause(prng.between(1, 20));
    const fresh = await this.#newLog(log.directoryName, prng.pick(TOPIC_IDS), disk).create();
    logs.push(fresh);
    return fresh;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.setTimer(ms, resolve));
  }

  #crash(): void {
    const { counters } = this.#committer;
    this.#tally.crashes++;
    this.#tally.journalRounds += counters.journalRounds;
    this.#tally.journalMissed += counters.journalMissed;
    this.#tally.directSyncs += counters.directSyncs;
    this.#tally.checkpoints += counters.checkpoints;
    this.#tally.forgets += counters.forgets;
    this.#loseDisk();
  }

  #loseDisk(): void {
    this.#disk = this.#chaos.chance(0.8) ? this.#disk.crash(this.#chaos) : this.#disk.kill(this.#chaos);
    this.#clock = manualClock(0);
  }

  /** Now and then the machine goes down once more on the way. */
  async #replay(): Promise<void> {
    for (;;) {
      let report: ReplayReport | undefined;
      const replaying = replayJournal({ disk: this.#disk, logger: SILENT_LOGGER, directory: ROOT }).then(
        (done) => {
          report = done;
        },
      );
      if (this.#chaos.chance(0.3)) await this.#events(this.#chaos.between(1, 60), () => report !== undefined);
      else await this.#until(replaying);
      if (report !== undefined) {
        this.#tally.replayedBytes += report.bytes;
        this.#tally.discarded += report.skipped.discarded;
        this.#tally.segmentGone += report.skipped.segmentGone;
        expect(report.skipped.gap, 'gaps').toBe(0);
        expect(report.damaged, 'damaged').toEqual([]);
        return;
      }
      this.#tally.replayCrashes++;
      this.#loseDisk();
    }
  }

  async #events(count: number, over: () => boolean = () => false): Promise<void> {
    for (let event = 0; event < count && !over(); event++) {
      await turn();
      const next = this.#clock.nextTimerInMs;
      if (next !== undefined) this.#clock.advance(next);
    }
  }

  async #until<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const watched = work.finally(() => {
      over = true;
    });
    watched.catch(() => {}); // it is given back below
    await this.#events(Number.POSITIVE_INFINITY, () => over);
    return watched;
  }
}

/** Lets everything run that waits for nothing but its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
