/**
 * The server over a network in memory, under any cutting of any stream: requests arrive in pieces of any size, many connections at once, some
 * resets at any byte. Whoever stays gets exactly its answers, in order; and when all have gone nothing is left.
 */
import { PoisonedSlabs } from '../../sim/poisoned-slabs.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Dispatcher } from '../../../src/broker/dispatch.js';
import { handler } from '../../../src/broker/handler.js';
import type { BrokerServices } from '../../../src/broker/services.js';
import { manualClock } from '../../../src/ports/memory/clock.js';
import { memoryNet } from '../../../src/ports/memory/net.js';
import type { Connection } from '../../../src/ports/net.js';
import { Server } from '../../../src/server/server.js';
import { ANSWER_BYTES_MIN, FrameCutter } from '../../../src/wire/frame.js';
import { encodeRequest } from '../../../src/wire/headers.js';
import { FindCoordinator } from '../../../src/wire/messages/find-coordinator.js';
import { Heartbeat } from '../../../src/wire/messages/heartbeat.js';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);

/** Nobody is silent for so long before it has its answers; a peer that vanished with answers untaken is found by it. */
const IDLE_MS = 2000;

/** A peer of the script: what it sends, how that is cut, and at which byte it breaks off, if at all. */
interface Script {
  readonly requests: readonly ('early' | 'alone' | 'late')[];
  readonly cuts: readonly number[];
  readonly resetAt: number | null;
  /** Does not read before it has sent everything. */
  readonly isSlow: boolean;
}

const script: fc.Arbitrary<Script> = fc.record({
  requests: fc.array(fc.constantFrom('early', 'alone', 'late'), { minLength: 1, maxLength: 30 }),
  cuts: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 20 }),
  resetAt: fc.option(fc.nat(600), { nil: null }),
  isSlow: fc.boolean(),
});

const limits = fc.record({
  maxInFlight: fc.integer({ min: 1, max: 8 }),
  maxQueuedBytes: fc.integer({ min: 64, max: 4096 }),
  requestMemoryBytes: fc.integer({ min: 4096, max: 100_000 }),
  answerMemoryBytes: fc.integer({ min: 64, max: 4096 }),
});

/** Its answers reach `maxQueuedBytes` before the socket's high water: nobody says when they are taken, and it was paused for ever. */
const UNTAKEN_BELOW_HIGH_WATER: [Script[], Parameters<typeof play>[1], number] = [
  [
    { requests: ['late', 'early', 'early', 'early', 'early'], cuts: [1], resetAt: null, isSlow: false },
    { requests: ['early'], cuts: [1], resetAt: null, isSlow: false },
  ],
  { maxInFlight: 1, maxQueuedBytes: 64, requestMemoryBytes: 4118, answerMemoryBytes: 64 },
  1_751_823_666,
];

describe(`seed ${seed}`, () => {
  test('those who stay get their answers in order, and nothing is left of those who go', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(script, { minLength: 1, maxLength: 6 }),
        limits,
        fc.nat(),
        async (scripts, most, order) => {
          await play(scripts, most, order);
        },
      ),
      { seed, numRuns: 150, examples: [UNTAKEN_BELOW_HIGH_WATER] },
    );
  });
});

async function play(
  scripts: readonly Script[],
  most: {
    readonly maxInFlight: number;
    readonly maxQueuedBytes: number;
    readonly requestMemoryBytes: number;
    readonly answerMemoryBytes: number;
  },
  order: number,
): Promise<void> {
  // What is due runs in an order that the seed gives, which is no connection's own.
  const steps: (() => void)[] = [];
  let dice = order >>> 0 || 1;
  const net = memoryNet({ schedule: (step) => steps.push(step), highWaterBytes: 128 });
  const clock = manualClock(0);
  const server = new Server({
    net,
    clock,
    slabs: new PoisonedSlabs(),
    logger: {
      debug() {},
      info() {},
      warn() {},
      error: (message, fields) => expect.fail(`${message} ${String(fields?.['error'])}`),
    },
    dispatcher: new Dispatcher(
      [
        handler(Heartbeat, { order: 'early', touches: [] }, async ({ generationId }) => {
          if (generationId > 0)
            await new Promise<void>((resolve) => clock.setTimer(Number(generationId), resolve));
          return { errorCode: 0 };
        }),
        handler(FindCoordinator, { order: 'alone', touches: [] }, async ({ key }, context) => {
          const room = await context.turn(1000);
          return { errorCode: 0, nodeId: 1, host: 'x'.repeat(Math.min(room ?? 0, 300)), port: key.length };
        }),
      ],
      { throttleMs: () => 0 } as unknown as BrokerServices,
      {
        debug() {},
        info() {},
        warn() {},
        error: (message, fields) => expect.fail(`${message} ${String(fields?.['error'])}`),
      },
    ),
    limits: {
      maxFrameBytes: 1000,
      maxConnections: 100,
      maxConnectionsPerIp: 100,
      connectionIdleMs: IDLE_MS,
      ...most,
    },
    requestMemoryBytes: most.requestMemoryBytes,
    answerMemoryBytes: most.answerMemoryBytes,
    maxConnectionsOfIp: new Map(),
    unsettledBytes: () => 0,
  });

  /** Everything that needs no time, then the next timer, until nothing is pending. */
  async function run(until: () => boolean): Promise<void> {
    for (let idle = 0; idle < 200 && !until(); ) {
      await new Promise((resolve) => setImmediate(resolve));
      if (steps.length > 0) {
        idle = 0;
        while (steps.length > 0) {
          dice = (Math.imul(dice, 1664525) + 1013904223) >>> 0;
          // Steps of one connection keep their order by themselves: see MemoryNetOptions.schedule.
          const [step] = steps.splice(dice % steps.length, 1);
          step!();
          await Promise.resolve();
        }
        continue;
      }
      idle++;
      clock.advance(50);
    }
  }

  await server.listen({ host: '127.0.0.1', port: 9092 });
  server.serve();
  const peers = scripts.map((each) => new ScriptedPeer(each));
  for (const peer of peers)
    void net
      .connect({ host: '127.0.0.1', port: 9092, timeoutMs: 1 })
      .then((connection) => peer.begin(connection));
  await run(() => peers.every((peer) => peer.isBegun));
  // One piece of each in turn, as long as anybody has one.
  for (let sent = true; sent; ) {
    sent = false;
    for (const peer of peers) sent = peer.sendPiece() || sent;
    await run(() => steps.length === 0);
  }
  for (const peer of peers) peer.readOn();
  await run(() => peers.every((peer) => peer.isDone));
  for (const peer of peers) peer.check();
  for (const peer of peers) peer.leave();
  await run(() => server.connectionCount === 0);
  expect(server.connectionCount).toBe(0);
  await run(() => server.requestBytes === 0 && server.answerBytes === 0);
  expect(server.requestBytes).toBe(0);
  expect(server.answerBytes).toBe(0);
  await server.stopAccepting();
  await server.closeConnections(0);
}

class ScriptedPeer {
  readonly #script: Script;
  readonly #bytes: Buffer;
  readonly #answers: number[] = [];
  readonly #cutter = new FrameCutter({ minFrameBytes: ANSWER_BYTES_MIN, maxFrameBytes: 0x7fffffff });
  #connection: Connection | null = null;
  #sent = 0;
  #pieces = 0;
  #isGone = false;
  #closed = false;

  constructor(wanted: Script) {
    this.#script = wanted;
    this.#bytes = Buffer.concat(
      wanted.requests.flatMap((kind, at) => {
        const header = { correlationId: at, clientId: null };
        return kind === 'alone'
          ? encodeRequest(FindCoordinator, 0, header, { key: 'k' })
          : encodeRequest(Heartbeat, 3, header, {
              groupId: 'g',
              generationId: kind === 'late' ? 10 : 0,
              memberId: '',
            });
      }),
    );
  }

  begin(connection: Connection): void {
    this.#connection = connection;
    connection.handle({
      onData: (chunk) => {
        for (const frame of this.#cutter.push(chunk)) this.#answers.push(frame.readInt32BE(0));
      },
      onClose: () => (this.#closed = true),
    });
    if (this.#script.isSlow) connection.pause();
  }

  get isBegun(): boolean {
    return this.#connection !== null;
  }

  /** False: it has sent everything, or is gone. */
  sendPiece(): boolean {
    if (this.#isGone || this.#sent === this.#bytes.length) return false;
    const { cuts, resetAt } = this.#script;
    const end = Math.min(
      this.#sent + cuts[this.#pieces++ % cuts.length]!,
      this.#bytes.length,
      resetAt ?? Infinity,
    );
    this.#connection!.write([this.#bytes.subarray(this.#sent, end)]);
    this.#sent = end;
    if (end === resetAt) this.leave();
    return true;
  }

  readOn(): void {
    this.#connection!.resume();
  }

  get isDone(): boolean {
    return this.#isGone || this.#closed || this.#answers.length === this.#script.requests.length;
  }

  /** @throws unless it has an answer to each request, in their order; one that broke off has those of the first ones, if any */
  check(): void {
    const all = this.#script.requests.map((_, at) => at);
    expect(this.#answers).toEqual(this.#isGone ? all.slice(0, this.#answers.length) : all);
  }

  leave(): void {
    this.#isGone = true;
    this.#connection!.destroy();
  }
}
