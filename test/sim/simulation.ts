/**
 * One seed: a broker on a bad day. It is started, put under load, and loses its power, again and again; after each start it is held to
 * everything it ever promised. At the end the weather clears, and everybody must get what they wait for.
 */
import type { Millis } from '../../src/base/ids.js';
import { Prng } from '../../src/base/prng.js';
import { memoryNet } from '../../src/ports/memory/net.js';
import type { LossCounters } from '../../src/ports/memory/power-loss.js';
import { Compression } from '../../src/records/compression/compression.js';
import { PromiseChecker } from './checkers/promises.js';
import { type Climate, drawClimate } from './climate.js';
import { History, type TopicLife } from './history.js';
import { Machine, noRecoveries, type RecoveryCounters } from './machine.js';
import type { Means } from './workload/actor.js';
import { Client } from './workload/client.js';
import { Committer } from './workload/committer.js';
import { Gate } from './workload/gate.js';
import { type GroupHistory, GroupMember } from './workload/group-member.js';
import { Producer } from './workload/producer.js';
import { Reader } from './workload/reader.js';
import { TopicAdmin } from './workload/topic-admin.js';
import { Violation, World } from './world.js';

const START_MS_MAX: Millis = 120_000;
const CHECK_MS_MAX: Millis = 600_000;
const SETTLE_MS_MAX: Millis = 120_000;
const STOP_MS_MAX: Millis = 60_000;

export interface SeedResult {
  readonly seed: number;
  readonly climate: Climate;
  /** Undefined: every promise was kept. */
  readonly violation: Error | undefined;
  readonly hash: string;
  readonly trace: readonly string[];
  readonly steps: number;
  readonly simulatedMs: Millis;
  readonly recoveries: RecoveryCounters;
  readonly losses: LossCounters;
  readonly acknowledgedRecords: number;
  readonly recordsChecked: number;
}

/** @param print receives the trace, line by line */
export async function runSeed(seed: number, print?: (line: string) => void): Promise<SeedResult> {
  // The first import of a codec takes real time, which is none of the world's: it is over before the world begins.
  await new Compression().load(0);
  const prng = new Prng(seed);
  const simulation = new Simulation(drawClimate(prng.split('climate')), prng, print);
  const rejected = (error: unknown): void => simulation.world.violated(error);
  // A promise of the broker's that nobody looks after is a fault of its own.
  process.on('unhandledRejection', rejected);
  let violation: Error | undefined;
  try {
    await simulation.run();
  } catch (error) {
    violation = error as Error;
  } finally {
    process.off('unhandledRejection', rejected);
  }
  return { seed, violation, ...simulation.result };
}

class Simulation {
  readonly world: World;
  readonly #climate: Climate;
  readonly #prng: Prng;
  readonly #chaos: Prng;
  readonly #history = new History();
  readonly #gate = new Gate('nothing');
  readonly #machine: Machine;
  readonly #newClient: (name: string, gate?: Gate) => Client;
  readonly #checker: PromiseChecker;
  readonly #producers: Producer[] = [];
  #admin: TopicAdmin | undefined;
  #life = 0;

  constructor(climate: Climate, prng: Prng, print: ((line: string) => void) | undefined) {
    this.#climate = climate;
    this.#prng = prng;
    this.#chaos = prng.split('chaos');
    this.world = new World(print);
    const delay = prng.split('net');
    const net = memoryNet({
      schedule: (step) => void this.world.after(delay.random() * climate.netMsMax, step),
    });
    this.#machine = new Machine(this.world, climate, net, prng.split('machine'), noRecoveries());
    this.#newClient = (name, gate = this.#gate) =>
      new Client(name, this.world, net, gate, prng.split(`client ${name}`));
    this.#checker = new PromiseChecker(
      this.#history,
      this.#newClient('checker', new Gate('the new')),
      prng.split('checker'),
    );
  }

  get result(): Omit<SeedResult, 'seed' | 'violation'> {
    const { trace, steps, time } = this.world;
    return {
      climate: this.#climate,
      hash: trace.hash,
      trace: trace.lines,
      steps,
      simulatedMs: time,
      recoveries: this.#machine.counters,
      losses: this.#machine.losses,
      acknowledgedRecords: this.#producers.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
      recordsChecked: this.#checker.recordsRead,
    };
  }

  async run(): Promise<void> {
    this.#startClients();
    for (let life = 0; life < this.#climate.lives; life++) {
      await this.#start('perhaps interrupted');
      await this.#check();
      await this.#live();
      await this.#end();
      await this.world.run(this.#chaos.random() * 20);
    }
    await this.#settle();
  }

  #startClients(): void {
    const { topics, partitionsMax, topicChangeMs, readers, groups, groupMembers } = this.#climate;
    const admin = new TopicAdmin(
      {
        topics,
        partitionsMax,
        changeMs: topicChangeMs,
        configs: new Map(),
        onTopic: (topic) => this.#startProducers(topic),
      },
      this.#means('admin'),
    );
    this.#admin = admin;
    this.#runs(admin.run());
    for (let at = 0; at < readers; at++) this.#runs(new Reader(this.#means(`reader ${at}`)).run());
    for (let at = 0; at < groups; at++) {
      this.#runs(new Committer(this.#means(`group ${at}`)).run());
    }
    const shared = new Map<string, GroupHistory>();
    for (let at = 0; at < groupMembers; at++) {
      this.#runs(new GroupMember(shared, this.#means(`member ${at}`)).run());
    }
  }

  #startProducers(topic: TopicLife): void {
    const { producersPerTopic, idempotentChance, acksOneChance, inFlightMax, ...limits } = this.#climate;
    for (let at = 0; at < producersPerTopic; at++) {
      const serial = this.#history.producers.length;
      const draw = this.#prng.split(`producer ${serial}`);
      const idempotent = draw.chance(idempotentChance);
      const producer = new Producer(
        {
          ...limits,
          serial,
          topic,
          idempotent,
          acks: !idempotent && draw.chance(acksOneChance) ? 1 : -1,
          // Without sequences, order is for those who wait for each answer.
          inFlightMax: idempotent ? inFlightMax : 1,
        },
        this.#means(`producer ${serial}`),
      );
      this.#producers.push(producer);
      this.#runs(producer.run());
    }
  }

  #means(name: string): Means {
    const [world, history, gate] = [this.world, this.#history, this.#gate];
    return { world, history, gate, client: this.#newClient(name), prng: this.#prng.split(name) };
  }

  #runs(actor: Promise<unknown>): void {
    actor.catch((error: unknown) => this.world.violated(error));
  }

  /** Starts the broker until it serves; on the way it may lose its power again. */
  async #start(how: 'perhaps interrupted' | 'in peace'): Promise<void> {
    for (;;) {
      this.#machine.start();
      this.#life++;
      if (how === 'perhaps interrupted' && this.#chaos.chance(this.#climate.interruptedStartChance)) {
        await this.world.run(this.#startMs(), () => this.#machine.state !== 'starting');
        if (this.#machine.state === 'starting') {
          this.#cutShort();
          continue;
        }
      }
      const started = await this.world.run(START_MS_MAX, () => this.#machine.state !== 'starting');
      if (!started) throw new Violation(`the broker did not start within ${START_MS_MAX} ms`);
      if (this.#machine.state === 'serving') return;
      await this.world.run(50);
      this.#machine.freeDisk();
    }
  }

  /** Some starts are cut short early, some late: what they do last matters too. */
  #startMs(): Millis {
    return this.#chaos.random() ** 2 * 60 * (this.#climate.diskMsMax + this.#climate.syncMsMax);
  }

  async #check(): Promise<void> {
    this.#gate.allow('nothing');
    let over = false;
    this.#runs(
      this.#checker.check(this.#life).then(() => {
        over = true;
      }),
    );
    if (!(await this.world.run(CHECK_MS_MAX, () => over)))
      throw new Violation('the broker did not answer the checker');
    this.world.trace.note('checker', 'finds every promise kept');
  }

  async #live(): Promise<void> {
    const { lifeMsMax, fullDiskChance, restChance } = this.#climate;
    this.#gate.allow('the new');
    const lifeMs = this.#chaos.random() * lifeMsMax;
    if (this.#chaos.chance(restChance)) {
      await this.world.run(lifeMs);
      this.#gate.allow('the old');
      await this.world.run(this.#chaos.between(30_000, 130_000));
      this.#gate.allow('the new');
    }
    if (!this.#chaos.chance(fullDiskChance)) {
      await this.world.run(lifeMs);
      return;
    }
    await this.world.run(this.#chaos.random() * lifeMs);
    this.#machine.fillDisk(this.#chaos.between(0, 10_000));
    await this.world.run(this.#chaos.random() * lifeMs);
    if (this.#chaos.chance(0.8)) this.#machine.freeDisk();
    await this.world.run(this.#chaos.random() * lifeMs);
  }

  async #end(): Promise<void> {
    const { killChance, stopChance, interruptedStopChance, syncMsMax } = this.#climate;
    const fate = this.#chaos.random();
    if (fate >= stopChance) {
      if (fate < stopChance + killChance) this.#machine.kill();
      else this.#machine.losePower();
      return;
    }
    this.#machine.stop();
    if (this.#chaos.chance(interruptedStopChance)) {
      await this.world.run(this.#chaos.random() * 20 * syncMsMax, () => this.#machine.state === 'off');
      if (this.#machine.state === 'stopping') return this.#cutShort();
    }
    await this.#stopped();
  }

  #cutShort(): void {
    if (this.#chaos.chance(0.25)) this.#machine.kill();
    else this.#machine.losePower();
  }

  async #stopped(): Promise<void> {
    if (!(await this.world.run(STOP_MS_MAX, () => this.#machine.state === 'off'))) {
      throw new Violation(`the broker did not stop within ${STOP_MS_MAX} ms`);
    }
  }

  /** Nothing fails any more: what was begun must come to its end, and a clean stop must keep all of it. */
  async #settle(): Promise<void> {
    this.#machine.freeDisk();
    await this.#start('in peace');
    await this.#check();
    this.#gate.allow('the old');
    const pending = (): string[] =>
      [this.#admin!, ...this.#producers].flatMap(({ pending }) => pending ?? []);
    if (!(await this.world.run(SETTLE_MS_MAX, () => pending().length === 0))) {
      throw new Violation(`nothing fails any more, and still: ${pending().join('; ')}`);
    }
    await this.#check();
    this.#machine.stop();
    await this.#stopped();
    await this.#start('in peace');
    await this.#check();
  }
}
