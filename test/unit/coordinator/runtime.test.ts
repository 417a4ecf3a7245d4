/** The shell alone, around a machine that only counts. */
import { describe, expect, test } from 'vitest';
import {
  type Decision,
  DecisionBuilder,
  type Machine,
  type RecordFormat,
  type RequestId,
} from '../../../src/coordinator/machine.js';
import { batchOf } from '../../../src/coordinator/record-batches.js';
import { REPLAY_SLICE_BYTES } from '../../../src/coordinator/replay.js';
import { ReplayPace } from '../../../src/coordinator/replay-pace.js';
import {
  CoordinatorShard,
  DEFAULT_SHARD_CONFIG,
  type Outcome,
  type ShardConfig,
} from '../../../src/coordinator/runtime.js';
import type { Logger } from '../../../src/ports/logger.js';
import { recordCount } from '../../../src/records/batch.js';
import { BatchBuilder } from '../../../src/records/builder.js';
import { Compression } from '../../../src/records/compression/compression.js';
import { ErrorCode } from '../../../src/wire/errors.js';
import { ManualClock, ManualLog, microtasks, StoredLog } from './world.js';

interface Sum {
  value: number;
}

type Event =
  | {
      readonly kind: 'add';
      readonly to: RequestId;
      readonly amounts: readonly number[];
      readonly appended?: Decision<never, never, never>['appended'];
    }
  | { readonly kind: 'read'; readonly to: RequestId }
  | { readonly kind: 'ping'; readonly to: RequestId }
  | { readonly kind: 'remind'; readonly to: RequestId; readonly afterMs: number }
  | { readonly kind: 'due'; readonly to: RequestId }
  | { readonly kind: 'wait'; readonly to: RequestId }
  | { readonly kind: 'break'; readonly to: RequestId };

class Adder implements Machine<Sum, Readonly<Sum>, Event, number, number> {
  empty(): Sum {
    return { value: 0 };
  }

  apply(state: Sum, amount: number): void {
    state.value += amount;
  }

  loaded(): Decision<Event, number, number> {
    return new DecisionBuilder();
  }

  decide(state: Readonly<Sum>, event: Event): Decision<Event, number, number> {
    const out = new DecisionBuilder<Event, number, number>();
    switch (event.kind) {
      case 'add': {
        for (const amount of event.amounts) out.record(amount);
        out.appended = event.appended ?? 'together';
        out.replyCommitted(
          event.to,
          event.amounts.reduce((sum, amount) => sum + amount, state.value),
        );
        break;
      }
      case 'read':
      case 'due':
        out.replyCommitted(event.to, state.value);
        break;
      case 'ping':
        out.replyNow(event.to, -1);
        break;
      case 'remind':
        out.setTimer('reminder', event.afterMs, { kind: 'due', to: event.to });
        break;
      case 'wait':
        break;
      case 'break':
        throw new Error('as planned');
    }
    return out;
  }
}

/** An amount is its key; what follows it is filling, to make records large. */
const FILLING = Buffer.alloc(100);
const format: RecordFormat<number> = {
  encode: (amount) => ({ key: Buffer.from(String(amount)), value: FILLING }),
  decode: (key) => {
    const text = key.toString();
    if (text.startsWith('?')) return { kind: 'unknown-key', keyVersion: 9 };
    const amount = Number(text);
    return Number.isNaN(amount)
      ? { kind: 'unreadable', reason: `it says '${text}'` }
      : { kind: 'record', record: amount };
  },
};

type ShardOfSums = CoordinatorShard<Sum, Readonly<Sum>, Event, number, number>;

class Bench {
  readonly clock = new ManualClock();
  readonly stored = new StoredLog();
  readonly said: string[] = [];
  readonly batches: number[] = [];
  readonly log: ManualLog;
  readonly shard: ShardOfSums;

  constructor(config: Partial<ShardConfig> = {}, commits: 'at once' | 'when told' = 'when told') {
    const say = (message: string) => this.said.push(message);
    const logger: Logger = { debug() {}, info() {}, warn: say, error: say };
    this.log = new ManualLog({
      stored: this.stored,
      epoch: 3,
      commits,
      onAppend: (batch) => this.batches.push(recordCount(batch, 0)),
    });
    this.shard = new CoordinatorShard({
      log: this.log,
      newMachine: () => new Adder(),
      format,
      clock: this.clock,
      logger,
      compression: new Compression(),
      pace: new ReplayPace(this.clock),
      config: { ...DEFAULT_SHARD_CONFIG, ...config },
    });
  }

  ask(event: Omit<Event, 'to'> & { kind: string }): { outcome: Outcome<number> | null } {
    const asked: { outcome: Outcome<number> | null } = { outcome: null };
    void this.shard
      .ask((to) => ({ ...event, to }) as Event)
      .then((outcome) => {
        asked.outcome = outcome;
      });
    return asked;
  }

  add(...amounts: number[]) {
    return this.ask({ kind: 'add', amounts } as Omit<Event, 'to'>);
  }

  insistOnAdding(...amounts: number[]): { outcome: Outcome<number> | null } {
    const asked: { outcome: Outcome<number> | null } = { outcome: null };
    void this.shard
      .insist((to) => ({ kind: 'add', to, amounts }))
      .then((outcome) => {
        asked.outcome = outcome;
      });
    return asked;
  }

  /** What lies in the log before the shard starts. */
  store(...keys: string[]): void {
    this.storeBatch(
      batchOf(
        keys.map((key) => ({ key: Buffer.from(key), value: FILLING })),
        0,
      ),
    );
  }

  storeBatch(batch: Buffer): void {
    this.log.append(batch);
    this.log.commit();
    this.batches.length = 0;
  }
}

async function started(
  config: Partial<ShardConfig> = {},
  commits: 'at once' | 'when told' = 'when told',
): Promise<Bench> {
  const bench = new Bench(config, commits);
  await bench.shard.start();
  return bench;
}

const ok = (body: number) => ({ ok: true, body });
const failed = (error: ErrorCode) => ({ ok: false, error });

describe('one turn', () => {
  test('shares one append, and each reply has seen the decisions before it', async () => {
    const bench = await started();
    const asked = [bench.add(1), bench.add(2, 3), bench.ask({ kind: 'read' }), bench.add(4)];
    await bench.clock.settle();
    expect(bench.batches).toEqual([4]);
    expect(asked.map(({ outcome }) => outcome)).toEqual([null, null, null, null]);
    bench.log.commit();
    await bench.clock.settle();
    expect(asked.map(({ outcome }) => outcome)).toEqual([ok(1), ok(6), ok(6), ok(10)]);
    expect(bench.shard.openRequests).toBe(0);
  });

  test('is cut into batches between decisions, and inside those whose records stand alone', async () => {
    const bench = await started({ batchBytesMax: 350 });
    bench.add(1);
    bench.add(1, 1, 1);
    bench.add(1);
    bench.ask({ kind: 'add', amounts: [1, 1, 1, 1], appended: 'independently' } as Omit<Event, 'to'>);
    await bench.clock.settle();
    // Two records fit 350 bytes. The decision of three stays whole.
    expect(bench.batches).toEqual([1, 3, 2, 2, 1]);
  });

  test('a read waits for what was written before it, not for what comes after', async () => {
    const bench = await started();
    bench.add(1);
    await bench.clock.settle();
    const read = bench.ask({ kind: 'read' });
    const later = bench.add(1);
    await bench.clock.settle();
    expect(read.outcome).toBeNull();
    bench.log.commit(1);
    await bench.clock.settle();
    expect([read.outcome, later.outcome]).toEqual([ok(1), null]);
  });

  test('what is true in any case is told at once', async () => {
    const bench = await started();
    bench.add(1);
    const ping = bench.ask({ kind: 'ping' });
    await bench.clock.settle();
    expect(ping.outcome).toEqual(ok(-1));
  });
});

describe('when the log fails', () => {
  test.each([
    ['NOT_ENOUGH_REPLICAS', 'COORDINATOR_NOT_AVAILABLE'],
    ['NOT_LEADER_OR_FOLLOWER', 'NOT_COORDINATOR'],
    ['KAFKA_STORAGE_ERROR', 'NOT_COORDINATOR'],
    ['MESSAGE_TOO_LARGE', 'UNKNOWN_SERVER_ERROR'],
  ] as const)('%s is told as %s, to all who wait, and the state is replayed', async (error, told) => {
    const bench = await started();
    bench.add(1);
    await bench.clock.settle();
    bench.log.commit();
    const waiting = bench.ask({ kind: 'wait' });
    bench.log.nextAppendError = ErrorCode[error];
    const adding = bench.add(5);
    const pinging = bench.ask({ kind: 'ping' });
    await bench.clock.settle();
    for (const { outcome } of [waiting, adding, pinging]) expect(outcome).toEqual(failed(ErrorCode[told]));
    const read = bench.ask({ kind: 'read' });
    await bench.clock.settle();
    expect(read.outcome).toEqual(ok(1));
    expect(bench.log.reads).toBe(2);
  });

  test('what is lost in the second batch of a turn is not seen by anyone, and what is in the first stays', async () => {
    const bench = await started({ batchBytesMax: 1 }, 'at once');
    const first = bench.add(1);
    bench.log.append = ((append) => (batch: Buffer) => {
      const appended = append(batch);
      bench.log.nextAppendError = ErrorCode.KAFKA_STORAGE_ERROR;
      return appended;
    })(bench.log.append.bind(bench.log));
    const second = bench.add(2);
    await bench.clock.settle();
    expect([first.outcome, second.outcome]).toEqual([ok(1), failed(ErrorCode.NOT_COORDINATOR)]);
    expect(bench.shard.state).toEqual({ value: 1 });
  });

  test('again and again, the log is read with longer and longer pauses', async () => {
    const bench = await started({ reloadBackoffMs: 100, reloadBackoffMsMax: 300 });
    const tried: number[] = [];
    for (let round = 0; round < 5; round++) {
      bench.log.nextAppendError = ErrorCode.KAFKA_STORAGE_ERROR;
      bench.add(1);
      const failedMs = bench.clock.monotonic();
      const reads = bench.log.reads;
      await bench.clock.settle();
      while (bench.log.reads === reads) await bench.clock.advance(1);
      tried.push(bench.clock.monotonic() - failedMs);
    }
    expect(tried).toEqual([0, 100, 200, 300, 300]);
    bench.add(1);
    await bench.clock.settle();
    bench.log.commit();
    bench.log.nextAppendError = ErrorCode.KAFKA_STORAGE_ERROR;
    bench.add(1);
    await bench.clock.settle();
    expect(bench.shard.state).toEqual({ value: 1 });
  });

  test('while it loads, and after it has resigned, nothing is decided', async () => {
    const bench = new Bench();
    expect(bench.ask({ kind: 'ping' }).outcome).toBeNull();
    const early = bench.ask({ kind: 'ping' });
    const loading = bench.shard.start();
    bench.shard.resign();
    await loading;
    const late = bench.ask({ kind: 'ping' });
    await bench.clock.settle();
    expect(early.outcome).toEqual(failed(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS));
    expect(late.outcome).toEqual(failed(ErrorCode.NOT_COORDINATOR));
    expect(bench.shard.state).toBeNull();
    expect(bench.clock.timers).toBe(0);
  });

  test('a log that cannot be read is tried again', async () => {
    const bench = new Bench();
    bench.store('1');
    const readAll = bench.log.readAll.bind(bench.log);
    bench.log.readAll = () => Promise.reject(new Error('bad disk'));
    await bench.shard.start();
    bench.log.readAll = () => Promise.resolve(ErrorCode.KAFKA_STORAGE_ERROR);
    await bench.clock.settle();
    bench.log.readAll = readAll;
    await bench.clock.advance(100);
    expect(bench.shard.state).toEqual({ value: 1 });
    expect(bench.said[0]).toContain('reading the log failed');
  });
});

describe('what the machine may do', () => {
  test('a bug costs its shard a reload, and is reported', async () => {
    const bench = await started();
    bench.add(1);
    await bench.clock.settle();
    bench.log.commit();
    const adding = bench.add(2);
    const breaking = bench.ask({ kind: 'break' });
    await bench.clock.settle();
    for (const { outcome } of [adding, breaking])
      expect(outcome).toEqual(failed(ErrorCode.UNKNOWN_SERVER_ERROR));
    expect(bench.said).toEqual(['__consumer_offsets-0: the coordinator failed to decide, and is reloaded']);
    expect(bench.shard.state).toEqual({ value: 1 });
  });

  test('a timer is an event, and is forgotten with its machine', async () => {
    const bench = await started({}, 'at once');
    bench.add(7);
    const reminded = bench.ask({ kind: 'remind', afterMs: 50 } as Omit<Event, 'to'>);
    await bench.clock.advance(49);
    expect(reminded.outcome).toBeNull();
    await bench.clock.advance(1);
    expect(reminded.outcome).toEqual(ok(7));
    const forgotten = bench.ask({ kind: 'remind', afterMs: 50 } as Omit<Event, 'to'>);
    await bench.clock.settle();
    bench.shard.resign();
    await bench.clock.advance(100);
    expect(forgotten.outcome).toEqual(failed(ErrorCode.NOT_COORDINATOR));
    expect(bench.clock.timers).toBe(0);
  });
});

describe('limits', () => {
  test('more open requests than allowed are told to come again', async () => {
    const bench = await started({ openRequestsMax: 2 });
    bench.ask({ kind: 'wait' });
    bench.ask({ kind: 'wait' });
    const third = bench.ask({ kind: 'ping' });
    await bench.clock.settle();
    expect(third.outcome).toEqual(failed(ErrorCode.COORDINATOR_NOT_AVAILABLE));
  });

  test('who waits too long for a commit is told so, each at its own time; the write may still come', async () => {
    const bench = await started({ commitTimeoutMs: 100 });
    const first = bench.add(1);
    await bench.clock.advance(60);
    const second = bench.add(2);
    await bench.clock.advance(39);
    expect(first.outcome).toBeNull();
    await bench.clock.advance(1);
    expect([first.outcome, second.outcome]).toEqual([failed(ErrorCode.COORDINATOR_NOT_AVAILABLE), null]);
    bench.log.commit();
    const read = bench.ask({ kind: 'read' });
    await bench.clock.settle();
    expect([second.outcome, read.outcome]).toEqual([ok(3), ok(3)]);
  });
});

describe('what the broker insists on', () => {
  test('waits while the log is loaded, and comes before what is asked then', async () => {
    const bench = new Bench();
    const insisting = bench.insistOnAdding(7);
    bench.store('1');
    await bench.shard.start();
    const read = bench.ask({ kind: 'read' });
    await bench.clock.settle();
    expect(insisting.outcome).toBeNull();
    bench.log.commit();
    await bench.clock.settle();
    expect([insisting.outcome, read.outcome]).toEqual([ok(8), ok(8)]);
  });

  test.each([
    ['a write that is taken back', (bench: Bench) => bench.log.takeBack(ErrorCode.NOT_ENOUGH_REPLICAS)],
    ['a bug met meanwhile', (bench: Bench) => void bench.ask({ kind: 'break' })],
  ])('is decided anew after %s, and answered once', async (_, misfortune) => {
    const bench = await started();
    const insisting = bench.insistOnAdding(7);
    await bench.clock.settle();
    misfortune(bench);
    bench.stored.truncate(0);
    await bench.clock.settle();
    expect(insisting.outcome).toBeNull();
    bench.log.commit();
    await bench.clock.settle();
    expect(insisting.outcome).toEqual(ok(7));
    expect(bench.shard.openRequests).toBe(0);
  });

  test('is not told to come again, neither for a slow commit nor for too many requests', async () => {
    const bench = await started({ commitTimeoutMs: 100, openRequestsMax: 1 });
    const adding = bench.add(1);
    const insisting = bench.insistOnAdding(7);
    await bench.clock.advance(1000);
    expect([adding.outcome, insisting.outcome]).toEqual([failed(ErrorCode.COORDINATOR_NOT_AVAILABLE), null]);
    bench.log.commit();
    await bench.clock.settle();
    expect(insisting.outcome).toEqual(ok(8));
  });

  test('ends with leadership, also while it waits for the log, and where the log cannot be served', async () => {
    const bench = new Bench();
    const early = bench.insistOnAdding(1);
    bench.shard.resign();
    const late = bench.insistOnAdding(1);
    await bench.clock.settle();
    expect([early.outcome, late.outcome]).toEqual([
      failed(ErrorCode.NOT_COORDINATOR),
      failed(ErrorCode.NOT_COORDINATOR),
    ]);
    const refusing = new Bench();
    refusing.store('two');
    const waiting = refusing.insistOnAdding(1);
    await refusing.shard.start();
    await refusing.clock.settle();
    expect(waiting.outcome).toEqual(failed(ErrorCode.NOT_COORDINATOR));
  });
});

describe('what is too large', () => {
  test('is cut where its records stand alone, by what the log takes', async () => {
    const bench = await started();
    bench.log.batchBytesMax = 400;
    const adding = bench.ask({ kind: 'add', amounts: [1, 1, 1, 1, 1], appended: 'independently' } as Omit<
      Event,
      'to'
    >);
    await bench.clock.settle();
    expect(bench.batches).toEqual([2, 2, 1]);
    bench.log.commit(4);
    await bench.clock.settle();
    expect(adding.outcome).toBeNull();
    bench.log.commit();
    await bench.clock.settle();
    expect(adding.outcome).toEqual(ok(5));
  });

  test('is not cut where it fits', async () => {
    const bench = await started();
    bench.log.batchBytesMax = 400;
    bench.add(1);
    bench.ask({ kind: 'add', amounts: [1, 1], appended: 'independently' } as Omit<Event, 'to'>);
    await bench.clock.settle();
    expect(bench.batches).toEqual([1, 2]);
  });
});

describe('the pace of replays', () => {
  const RECORDS = 3 * Math.ceil(REPLAY_SLICE_BYTES / 130);

  test('a long log is replayed in slices, with a turn of the event loop between two', async () => {
    const bench = new Bench();
    for (let at = 0; at < RECORDS; at += 100) bench.store(...Array.from({ length: 100 }, () => '1'));
    let loaded = false;
    const loading = bench.shard.start().then(() => {
      loaded = true;
    });
    let turns = 0;
    while (!loaded) {
      await microtasks();
      expect(bench.clock.timers).toBeLessThanOrEqual(1);
      if (bench.clock.timers === 1) turns++;
      await bench.clock.settleOne();
    }
    await loading;
    expect(bench.shard.state?.value).toBeGreaterThanOrEqual(RECORDS);
    expect(turns).toBeGreaterThanOrEqual(2);
    expect(turns).toBeLessThanOrEqual(4);
  });

  test('replays share the turns, in the order in which they came; small ones need none', async () => {
    const clock = new ManualClock();
    const pace = new ReplayPace(clock);
    const went: string[] = [];
    const turn = (name: string, bytes: number) =>
      pace.turn(bytes).then(() => {
        went.push(name);
      });
    for (let at = 0; at < 50; at++) void turn('small', 100);
    void turn('a', REPLAY_SLICE_BYTES);
    void turn('b', REPLAY_SLICE_BYTES);
    void turn('c', 10);
    void turn('d', 10);
    await microtasks();
    expect(went).toEqual(Array.from({ length: 50 }, () => 'small'));
    await clock.settleOne();
    expect(went.slice(50)).toEqual(['a']);
    await clock.settleOne();
    expect(went.slice(50)).toEqual(['a', 'b']);
    await clock.settleOne();
    expect(went.slice(50)).toEqual(['a', 'b', 'c', 'd']);
    expect(clock.timers).toBe(0);
  });
});

describe('replay', () => {
  test('passes over what it does not know, and says so', async () => {
    const bench = new Bench();
    bench.store('1', '?', '?', '2');
    await bench.shard.start();
    expect(bench.shard.state).toEqual({ value: 3 });
    expect(bench.said).toEqual([
      '__consumer_offsets-0: passed over 2 records of types that this release does not know',
    ]);
  });

  const control = new BatchBuilder({ producerId: 1, producerEpoch: 0, baseSequence: 0, transactional: true });
  control.append({ key: Buffer.from('1'), value: null, timestamp: 0 });
  const damaged = batchOf([{ key: Buffer.from('1'), value: FILLING }], 0);
  damaged.writeUInt8(7, damaged.length - 5);

  test.each([
    ['a record', (bench: Bench) => bench.store('2', 'two'), "the record at offset 2: it says 'two'"],
    [
      'a transaction',
      (bench: Bench) => bench.storeBatch(control.build()),
      'behind offset 1: it was written by a transaction',
    ],
    [
      'a checksum',
      (bench: Bench) => bench.storeBatch(damaged),
      'behind offset 1: its checksum does not match',
    ],
  ])('refuses to serve around %s that it cannot read', async (_, store, reason) => {
    const bench = new Bench();
    bench.store('1');
    store(bench);
    await bench.shard.start();
    const asked = bench.ask({ kind: 'read' });
    await bench.clock.settle();
    expect(asked.outcome).toEqual(failed(ErrorCode.NOT_COORDINATOR));
    expect(bench.said.join()).toContain(reason);
    expect(bench.shard.state).toBeNull();
  });
});
