import { PoisonedSlabs } from '../../sim/poisoned-slabs.js';
import { describe, expect, test } from 'vitest';
import { Dispatcher } from '../../../src/broker/dispatch.js';
import { type Handler, handler, HANG_UP, NO_ANSWER } from '../../../src/broker/handler.js';
import type { BrokerServices } from '../../../src/broker/services.js';
import type { Logger } from '../../../src/ports/logger.js';
import { manualClock } from '../../../src/ports/memory/clock.js';
import type { Connection, ConnectionEvents } from '../../../src/ports/net.js';
import { AnswerBudget } from '../../../src/server/answer-budget.js';
import { ClientConnection, type ConnectionLimits } from '../../../src/server/connection.js';
import { FairLine } from '../../../src/server/fair-line.js';
import { MemoryBudget } from '../../../src/server/memory.js';
import { encodeRequest } from '../../../src/wire/headers.js';
import { ApiVersions } from '../../../src/wire/messages/api-versions.js';
import { FindCoordinator } from '../../../src/wire/messages/find-coordinator.js';
import { Heartbeat } from '../../../src/wire/messages/heartbeat.js';
import { SyncGroup } from '../../../src/wire/messages/sync-group.js';

class FakeSocket implements Connection {
  readonly id = 1;
  readonly remote = { host: '127.0.0.1', port: 40_000 };
  readonly local = { host: '127.0.0.1', port: 9092 };
  events!: ConnectionEvents;
  reading = true;
  ended = false;
  queuedBytes = 0;
  /** Correlation ids of the answers, in the order they left. */
  readonly answered: number[] = [];
  handle(events: ConnectionEvents): void {
    this.events = events;
  }
  write(parts: readonly Uint8Array[]): boolean {
    const bytes = Buffer.concat(parts);
    this.answered.push(bytes.readInt32BE(4));
    return this.queuedBytes === 0;
  }
  pause(): void {
    this.reading = false;
  }
  resume(): void {
    this.reading = true;
  }
  end(): void {
    this.ended = true;
    this.events.onClose(undefined);
  }
  destroy(): void {
    this.end();
  }
}

/** Handlers that log when they start, and finish when the test says so. */
class World {
  readonly log: string[] = [];
  readonly warnings: string[] = [];
  readonly socket = new FakeSocket();
  readonly memory: MemoryBudget;
  readonly clock = manualClock(0);
  readonly answers: AnswerBudget;
  /** What is due when the sockets have been looked at again. */
  readonly turns: (() => void)[] = [];
  readonly line = new FairLine((step) => this.turns.push(step));
  readonly finish = new Map<
    string,
    (outcome: 'answer' | typeof NO_ANSWER | typeof HANG_UP | Error) => void
  >();
  readonly connection: ClientConnection;
  #correlation = 0;

  constructor(limits: Partial<ConnectionLimits> = {}, memoryBytes = 1_000_000, answerBytes = 1_000_000) {
    this.memory = new MemoryBudget(memoryBytes);
    this.answers = new AnswerBudget(answerBytes, this.clock);
    const silent = (): void => {};
    const logger: Logger = {
      debug: silent,
      info: silent,
      warn: (text) => this.warnings.push(text),
      error: (text) => this.warnings.push(text),
    };
    const handlers: Handler[] = [
      handler(Heartbeat, { order: 'early', touches: [['Read', 'Group']] }, (request) =>
        this.#run(request.groupId, { errorCode: 0 }),
      ),
      handler(SyncGroup, { order: 'early', touches: [] }, async (request, context) => {
        context.authorize('Read', 'Group', request.groupId);
        return { errorCode: 0, assignment: Buffer.alloc(0) };
      }),
      handler(FindCoordinator, { order: 'alone', touches: [] }, async (request, context) => {
        this.log.push(`waits ${request.key}`);
        const there = await context.turn(100_000);
        this.log.push(`turn ${request.key} ${there}`);
        return this.#run(request.key, { errorCode: 0, nodeId: 1, host: '', port: 1 });
      }),
    ];
    const services = { throttleMs: () => 0 } as unknown as BrokerServices;
    this.connection = new ClientConnection({
      connection: this.socket,
      dispatcher: new Dispatcher(handlers, services, logger),
      limits: () => ({ maxFrameBytes: 1000, maxInFlight: 10, maxQueuedBytes: 1000, ...limits }),
      memory: this.memory,
      slabs: new PoisonedSlabs(),
      answers: this.answers,
      line: this.line,
      logger,
      warn: (text) => logger.warn(text),
      now: () => this.clock.monotonic(),
      onClosed: () => this.log.push('closed'),
    });
    this.connection.serve();
  }

  #run<T extends object>(name: string, answer: T): Promise<T | typeof NO_ANSWER | typeof HANG_UP> {
    this.log.push(`starts ${name}`);
    return new Promise((resolve, reject) => {
      this.finish.set(name, (outcome) => {
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome === 'answer' ? answer : outcome);
      });
    });
  }

  /** `early a`: a heartbeat of group a; `alone a`: a coordinator look-up. */
  frame(name: string): Buffer {
    const header = { correlationId: ++this.#correlation, clientId: null };
    const [kind, key] = name.split(' ') as [string, string];
    const parts =
      kind === 'early'
        ? encodeRequest(Heartbeat, 3, header, { groupId: key, generationId: 1, memberId: '' })
        : kind === 'alone'
          ? encodeRequest(FindCoordinator, 0, header, { key })
          : encodeRequest(SyncGroup, 0, header, {
              groupId: key,
              generationId: 1,
              memberId: '',
              assignments: [],
            });
    return Buffer.concat(parts);
  }

  send(...names: string[]): void {
    this.socket.events.onData(Buffer.concat(names.map((name) => this.frame(name))));
  }

  async done(
    name: string,
    outcome: 'answer' | typeof NO_ANSWER | typeof HANG_UP | Error = 'answer',
  ): Promise<void> {
    this.finish.get(name)!(outcome);
    await settle();
  }
}

/** Lets every promise that is resolved run its course. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

describe('order', () => {
  test('early requests overlap; answers leave in the order of arrival', async () => {
    const world = new World();
    world.send('early a', 'early b', 'early c');
    expect(world.log).toEqual(['starts a', 'starts b', 'starts c']);
    await world.done('c');
    await world.done('b');
    expect(world.socket.answered).toEqual([]);
    await world.done('a');
    expect(world.socket.answered).toEqual([1, 2, 3]);
  });

  test('what comes behind a request that runs alone waits for its answer', async () => {
    const world = new World();
    world.send('alone a', 'early b');
    await settle();
    expect(world.log).toEqual(['waits a', 'turn a 100000', 'starts a']);
    await world.done('a');
    expect(world.log.at(-1)).toBe('starts b');
  });

  test('a turn comes when everything older has left, and not before', async () => {
    const world = new World();
    world.send('early a', 'alone b');
    await settle();
    expect(world.log).toEqual(['starts a', 'waits b']);
    await world.done('a');
    expect(world.log.at(-2)).toBe('turn b 100000');
  });

  test('a turn waits for a peer that does not take its answers', async () => {
    const world = new World();
    world.send('early a', 'alone b');
    // Its answer is not taken.
    world.socket.queuedBytes = 500;
    await world.done('a');
    expect(world.log).toEqual(['starts a', 'waits b']);
    world.socket.queuedBytes = 0;
    world.socket.events.onDrain?.();
    await settle();
    expect(world.log).toContain('turn b 100000');
  });

  test('a request without an answer takes no place in line', async () => {
    const world = new World();
    world.send('early a', 'early b');
    await world.done('b');
    await world.done('a', NO_ANSWER);
    expect(world.socket.answered).toEqual([2]);
  });
});

describe('limits', () => {
  test('reading stops at the bytes in flight, and goes on when they are answered', async () => {
    const world = new World({ maxQueuedBytes: 20 });
    world.send('early a');
    expect(world.socket.reading).toBe(false);
    await world.done('a');
    expect(world.socket.reading).toBe(true);
    expect(world.memory.usedBytes).toBe(0);
  });

  test('no more than maxInFlight requests run', async () => {
    const world = new World({ maxInFlight: 2 });
    world.send('early a', 'early b', 'early c');
    expect(world.log).toEqual(['starts a', 'starts b']);
    expect(world.socket.reading).toBe(false);
    await world.done('a');
    expect(world.log).toContain('starts c');
  });

  test('the budget of all connections holds one back until another is answered', async () => {
    const world = new World({}, 30);
    world.memory.take(30);
    world.send('early a');
    await world.done('a');
    expect(world.socket.reading).toBe(false);
    world.memory.give(30);
    expect(world.socket.reading).toBe(true);
  });

  test('half a frame waits while others are answered', async () => {
    const world = new World({}, 100);
    world.memory.take(95);
    world.socket.events.onData(world.frame('early a').subarray(0, 12));
    expect(world.socket.reading).toBe(false);
    world.memory.give(95);
    expect(world.socket.reading).toBe(true);
  });

  test('when half frames fill the budget nothing could free it: the largest is given up', () => {
    const world = new World({}, 40);
    const shed: string[] = [];
    const other = { shedPartial: () => shed.push('other') };
    world.memory.holds(other, 25);
    world.socket.events.onData(world.frame('early a').subarray(0, 16));
    expect(shed).toEqual(['other']);
    expect(world.socket.ended).toBe(false);
    expect(world.memory.usedBytes).toBe(16);
    world.memory.holds(other, 10);
    world.memory.take(20);
    world.socket.events.onData(Buffer.alloc(1));
    expect(world.socket.ended).toBe(true);
    expect(world.warnings.join()).toContain('queued.max.request.bytes');
    expect(world.memory.usedBytes).toBe(30);
  });

  test('when the peer has ended behind a full pipeline, nothing is parked for it any more', () => {
    const world = new World({ maxInFlight: 1 });
    const told: string[] = [];
    world.connection.onEnding(() => told.push('parked before'));
    world.socket.events.onEnd?.();
    world.connection.onEnding(() => told.push('parked after'));
    expect(told).toEqual(['parked before', 'parked after']);
    expect(world.socket.ended).toBe(false);
  });

  test('a connection that breaks gives back what it held', async () => {
    const world = new World();
    world.send('early a');
    world.socket.events.onData(world.frame('early b').subarray(0, 12));
    world.socket.events.onClose(new Error('ECONNRESET'));
    await world.done('a');
    expect(world.memory.usedBytes).toBe(0);
    expect(world.log).toContain('closed');
  });
});

describe('what ends a connection, and only that', () => {
  const refusals: readonly [what: string, bytes: () => Buffer, says: string][] = [
    ['an unknown API key', () => request(999, 0), 'API key 999, which is not served'],
    [
      'an unknown version',
      () => request(Heartbeat.key, 77),
      'Heartbeat version 77, of which 0 to 4 are served',
    ],
    [
      'a body that lies',
      () => request(Heartbeat.key, 0, Buffer.from([0x7f, 0xff])),
      'a Heartbeat v0 request that makes no sense',
    ],
    [
      'a frame too large',
      () => Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
      'frames have 8 to 1000 bytes',
    ],
    [
      'a negative size',
      () => Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
      'frames have 8 to 1000 bytes',
    ],
    ['TLS', () => Buffer.from('16030100f8010000f40303', 'hex'), 'TLS'],
    ['HTTP', () => Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), 'HTTP'],
  ];

  function request(key: number, version: number, body = Buffer.alloc(0)): Buffer {
    const header = Buffer.alloc(14);
    header.writeInt32BE(10 + body.length, 0);
    header.writeInt16BE(key, 4);
    header.writeInt16BE(version, 6);
    header.writeInt32BE(7, 8);
    header.writeInt16BE(-1, 12);
    return Buffer.concat([header, body]);
  }

  test.each(refusals)('%s: what was asked before is answered, then it ends', async (_what, bytes, says) => {
    const world = new World();
    world.socket.events.onData(Buffer.concat([world.frame('early a'), bytes()]));
    await settle();
    expect(world.socket.ended).toBe(false);
    expect(world.warnings.join()).toContain(says);
    await world.done('a');
    expect(world.socket.answered).toEqual([1]);
    expect(world.socket.ended).toBe(true);
    expect(world.memory.usedBytes).toBe(0);
  });

  test('ApiVersions of the future is answered in version 0 with its own range alone (KIP-511)', async () => {
    const world = new World();
    const sent: Buffer[] = [];
    world.socket.write = (parts) => {
      sent.push(Buffer.concat(parts));
      return true;
    };
    world.socket.events.onData(request(ApiVersions.key, 99, Buffer.from('nobody can read this')));
    await settle();
    // size 16, correlation 7, error 35, one key: 18, 0 to 4
    expect(sent[0]?.toString('hex')).toBe(
      '00000010' + '00000007' + '0023' + '00000001' + '0012' + '0000' + '0004',
    );
    expect(world.socket.ended).toBe(false);
  });

  test('a handler with a bug costs its connection, and is logged', async () => {
    const world = new World();
    world.send('early a');
    await world.done('a', new Error('a bug'));
    expect(world.socket.ended).toBe(true);
    expect(world.warnings).toEqual(['Heartbeat failed; its connection is closed']);
  });

  test('touching what a handler does not declare is a bug', async () => {
    const world = new World();
    world.send('undeclared a');
    await settle();
    expect(world.socket.ended).toBe(true);
  });

  test('an acks=0 failure hangs up after what came before', async () => {
    const world = new World();
    world.send('early a', 'early b');
    await world.done('b', HANG_UP);
    expect(world.socket.ended).toBe(false);
    await world.done('a');
    expect(world.socket.answered).toEqual([1]);
    expect(world.socket.ended).toBe(true);
  });

  test('end(): nothing more is read, what is in flight is answered, and those who park are told', async () => {
    const world = new World();
    let told = 0;
    world.send('early a');
    world.connection.onEnding(() => told++);
    world.connection.end();
    expect(told).toBe(1);
    world.send('early b');
    expect(world.log).not.toContain('starts b');
    await world.done('a');
    expect(world.socket.answered).toEqual([1]);
    expect(world.socket.ended).toBe(true);
  });
});

describe('silence', () => {
  test('a byte now and then keeps no connection; a slow request that comes does', () => {
    const world = new World({ maxFrameBytes: 1_000_000 });
    const start = Buffer.alloc(12);
    start.writeInt32BE(900_000);
    world.socket.events.onData(start);
    for (let ms = 0; ms < 100; ms++) {
      world.clock.advance(1);
      world.socket.events.onData(Buffer.alloc(1));
    }
    expect(world.connection.isSilentSince(50)).toBe(true);
    world.socket.events.onData(Buffer.alloc(20_000));
    expect(world.connection.isSilentSince(50)).toBe(false);
  });

  test('a long poll is no silence; a peer that does not take its answer is', async () => {
    const world = new World();
    world.send('early a', 'early b');
    world.clock.advance(100);
    expect(world.connection.isSilentSince(50)).toBe(false);
    world.socket.queuedBytes = 500;
    await world.done('a');
    world.clock.advance(100);
    // It is seen for the first time, and may be on its way.
    expect(world.connection.isSilentSince(150)).toBe(false);
    world.clock.advance(100);
    expect(world.connection.isSilentSince(250)).toBe(true);
    world.socket.queuedBytes = 400;
    expect(world.connection.isSilentSince(250)).toBe(false);
  });
});

describe('answers that nobody takes', () => {
  test('no further request starts while answers fill the memory, and the peer has not taken its own', async () => {
    const world = new World({}, 1_000_000, 1000);
    world.socket.queuedBytes = 500;
    world.send('early a');
    await world.done('a');
    world.answers.holds({ answerBytes: 2000, hurry: () => false, shedAnswers() {} }, 2000);
    world.send('early b');
    expect(world.log).not.toContain('starts b');
    world.socket.queuedBytes = 0;
    world.socket.events.onDrain?.();
    expect(world.log).toContain('starts b');
  });

  test('answers that wait behind a parked request are counted', async () => {
    const world = new World();
    world.send('early a', 'early b');
    await world.done('b');
    expect(world.answers.usedBytes).toBeGreaterThan(0);
    await world.done('a');
    expect(world.answers.usedBytes).toBe(0);
  });

  test('hurry() asks what is parked to answer, once, and the connection goes on', () => {
    const world = new World();
    let told = 0;
    world.connection.onEnding(() => told++);
    expect(world.connection.hurry()).toBe(true);
    expect(world.connection.hurry()).toBe(false);
    expect(told).toBe(1);
    expect(world.socket.ended).toBe(false);
  });
});

test('while requests fill the memory each connection has one in flight, and goes on when there is room', async () => {
  const world = new World({}, 10_000);
  world.memory.take(10_000);
  world.send('early a', 'early b');
  expect(world.log).toEqual(['starts a']);
  world.memory.give(10_000);
  expect(world.log).toEqual(['starts a', 'starts b']);
});

test('a request of more elements than any client needs is refused before they are made', async () => {
  const world = new World({ maxFrameBytes: 10_000_000, maxQueuedBytes: 10_000_000 }, 100_000_000);
  const count = 300_000;
  const body = Buffer.alloc(2 + 1 + 4 + 2 + 4 + count * 6);
  body.write('g', 2);
  body.writeInt16BE(1, 0);
  body.writeInt32BE(count, 2 + 1 + 4 + 2);
  const header = Buffer.alloc(14);
  header.writeInt32BE(10 + body.length, 0);
  header.writeInt16BE(SyncGroup.key, 4);
  header.writeInt16BE(-1, 12);
  world.socket.events.onData(Buffer.concat([header, body]));
  await settle();
  expect(world.warnings.join()).toContain('300000 elements are declared, of at most 262144');
  expect(world.socket.ended).toBe(true);
});

test('a chunk of many requests is cut as they start: all of them, in order, and what makes no sense behind them ends it', async () => {
  const world = new World({ maxInFlight: 1000, maxQueuedBytes: 10_000_000 }, 10_000_000);
  const frames = Array.from({ length: 500 }, (_, at) => world.frame(`early ${at}`));
  world.socket.events.onData(Buffer.concat([...frames, Buffer.from('80000000', 'hex')]));
  // The rest has its turn later.
  expect(world.log.length).toBeLessThan(64);
  while (world.turns.length > 0) world.turns.shift()!();
  expect(world.log).toEqual(Array.from({ length: 500 }, (_, at) => `starts ${at}`));
  expect(world.warnings.join()).toContain('declares -2147483648 bytes');
  for (let at = 499; at >= 0; at--) await world.done(`${at}`);
  expect(world.socket.answered).toEqual(Array.from({ length: 500 }, (_, at) => at + 1));
  expect(world.socket.ended).toBe(true);
  expect(world.memory.usedBytes).toBe(0);
});
