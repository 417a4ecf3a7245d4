/**
 * The group seen from outside: starts the consumer processes, follows how far they are, kills one of them half way, and knows
 * when all is counted.
 *
 * "Half way" is a place, not a time. A consumer that has counted a batch says so and waits for a nod before it saves. The one whose
 * batch crosses the middle gets kill -9 for a nod: it dies owning partitions, with work done and not yet saved, in every run.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { UserError } from '../src/base/errors.js';
import { endChild, stderrTail } from './child.js';
import type { ConsumerOptions, FromConsumer, ToConsumer } from './conversation.js';

/** To leave the group; it is one round trip. */
const STOP_GRACE_MS = 10_000;

export interface Death {
  readonly name: string;
  readonly pid: number;
  readonly atMs: number;
  /** Partitions it owned. */
  readonly partitions: readonly number[];
  /** Records below the middle of the way that the whole group had counted. */
  readonly counted: number;
  /** Counted by it and lost with it. */
  readonly lost: { readonly partition: number; readonly from: number; readonly to: number };
}

export interface Takeover {
  readonly afterMs: number;
  /** By consumer, what it owns from now on. */
  readonly partitions: ReadonlyMap<string, readonly number[]>;
}

export interface GroupEvents {
  /** Once, when the first generation has given every partition an owner. */
  readonly onAssigned: (partitions: ReadonlyMap<string, readonly number[]>) => void;
  readonly onProgress: (counted: number) => void;
  readonly onDeath: (death: Death) => void;
  /** Once, when every partition has an owner again. */
  readonly onTakeover: (takeover: Takeover) => void;
}

export interface GroupResult {
  readonly ms: number;
  /** Keys and values the consumers were given and counted, those counted twice included. */
  readonly bytes: number;
  readonly records: number;
  readonly countedBy: ReadonlyMap<string, number>;
}

interface Member {
  readonly name: string;
  readonly child: ChildProcess;
  readonly stderr: () => string;
  connected: boolean;
  killed: boolean;
  partitions: readonly number[];
  counted: number;
}

export class ConsumerGroup {
  readonly #members: Member[];
  readonly #ends: ReadonlyMap<number, number>;
  readonly #total: number;
  readonly #events: GroupEvents;
  /** Below these offsets every record is in a saved sum, or in that of a batch that waits to be saved. */
  readonly #countedTo = new Map<number, number>();
  readonly #savedTo = new Map<number, number>();
  readonly #done: Promise<GroupResult>;
  #settle!: { resolve: (result: GroupResult) => void; reject: (error: Error) => void };
  #startedAtMs = 0;
  #bytes = 0;
  #records = 0;
  #death: Death | null = null;
  #assignmentTold = false;
  #takeoverTold = false;
  #stopping = false;

  /** @param ends the number of records of each partition */
  constructor(
    program: string,
    names: readonly string[],
    options: Omit<ConsumerOptions, 'name'>,
    ends: ReadonlyMap<number, number>,
    events: GroupEvents,
  ) {
    this.#ends = ends;
    this.#total = [...ends.values()].reduce((sum, end) => sum + end, 0);
    this.#events = events;
    this.#done = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#members = names.map((name) => this.#start(program, { ...options, name }));
  }

  /** Resolves when every record is in a saved sum. @throws Error when a consumer ends that nobody killed */
  counted(): Promise<GroupResult> {
    return this.#done;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#members.map(({ child }) => endChild(child, STOP_GRACE_MS)));
  }

  #start(program: string, options: ConsumerOptions): Member {
    const child = fork(program, [JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    const member: Member = {
      name: options.name,
      child,
      stderr: stderrTail(child),
      connected: false,
      killed: false,
      partitions: [],
      counted: 0,
    };
    child.on('message', (message: FromConsumer) => this.#heard(member, message));
    child.once('error', (error) => this.#settle.reject(error));
    child.once('close', (code, signal) => {
      if (member.killed || this.#stopping) return;
      this.#settle.reject(
        new UserError(
          'CONSUMER_ENDED',
          `${member.name} ended by itself (${signal ?? `exit ${code}`})\n${member.stderr()}`,
        ),
      );
    });
    return member;
  }

  #heard(member: Member, message: FromConsumer): void {
    // What was on its way when it died.
    if (member.killed) return;
    switch (message.kind) {
      case 'connected':
        member.connected = true;
        // Together, so that the group's first generation has all of them.
        if (this.#members.every(({ connected }) => connected)) this.#joinAll();
        return;
      case 'assigned':
        member.partitions = message.partitions;
        this.#assigned();
        return;
      case 'counted':
        this.#counted(member, message);
        return;
      case 'saved':
        this.#savedTo.set(message.partition, message.nextOffset);
        if (sum(this.#savedTo) === this.#total) this.#finish();
    }
  }

  #joinAll(): void {
    this.#startedAtMs = performance.now();
    for (const { child } of this.#members) tell(child, { kind: 'join' });
  }

  #assigned(): void {
    const living = this.#members.filter(({ killed }) => !killed);
    // Members tell of a new generation one after the other; it is settled when each partition has one owner.
    const owned = living.flatMap(({ partitions }) => partitions);
    if (owned.length !== this.#ends.size || new Set(owned).size !== owned.length) return;
    const partitions = new Map(living.map((member) => [member.name, member.partitions]));
    if (this.#death === null) {
      if (!this.#assignmentTold) this.#events.onAssigned(partitions);
      this.#assignmentTold = true;
    } else if (!this.#takeoverTold) {
      this.#takeoverTold = true;
      this.#events.onTakeover({ afterMs: performance.now() - this.#death.atMs, partitions });
    }
  }

  #counted(member: Member, { partition, from, to, bytes }: FromConsumer & { kind: 'counted' }): void {
    member.counted += to - from;
    this.#records += to - from;
    this.#bytes += bytes;
    // After a death, or a rebalance, an offset may be passed for the second time.
    this.#countedTo.set(partition, Math.max(to, this.#countedTo.get(partition) ?? 0));
    const counted = sum(this.#countedTo);
    this.#events.onProgress(counted);
    if (this.#death === null && counted * 2 >= this.#total)
      this.#kill(member, counted, { partition, from, to });
    else tell(member.child, { kind: 'go-on' });
  }

  #kill(member: Member, counted: number, lost: Death['lost']): void {
    member.killed = true;
    member.child.kill('SIGKILL');
    this.#death = {
      name: member.name,
      pid: member.child.pid!,
      atMs: performance.now(),
      partitions: member.partitions,
      counted,
      lost,
    };
    this.#events.onDeath(this.#death);
  }

  #finish(): void {
    this.#settle.resolve({
      ms: performance.now() - this.#startedAtMs,
      bytes: this.#bytes,
      records: this.#records,
      countedBy: new Map(this.#members.map(({ name, counted }) => [name, counted])),
    });
  }
}

function tell(child: ChildProcess, message: ToConsumer): void {
  child.send(message);
}

function sum(offsets: ReadonlyMap<number, number>): number {
  let total = 0;
  for (const offset of offsets.values()) total += offset;
  return total;
}
