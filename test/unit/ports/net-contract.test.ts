/** What the real network and the one in memory promise alike, as one table walked over both. */
import { describe, expect, test } from 'vitest';
import { InvariantError } from '../../../src/base/assert.js';
import { Prng } from '../../../src/base/prng.js';
import { memoryNet } from '../../../src/ports/memory/net.js';
import type { Connection, Listener, Net } from '../../../src/ports/net.js';
import { nodeNet } from '../../../src/ports/node/net.js';

const HOST = '127.0.0.1';

/** Both ends of a connection, with what happened on each. */
interface Pair {
  readonly listener: Listener;
  readonly near: End;
  readonly far: End;
}

class End {
  readonly connection: Connection;
  readonly events: string[] = [];
  receivedBytes = 0;
  readonly #chunks: Buffer[] = [];
  #changed: () => void = () => {};

  constructor(connection: Connection) {
    this.connection = connection;
  }

  handle(): this {
    this.connection.handle({
      onData: (chunk) => {
        this.#chunks.push(Buffer.from(chunk));
        this.receivedBytes += chunk.length;
        this.#changed();
      },
      onClose: (cause) => this.#note(`close ${cause === undefined ? 'quietly' : 'by an error'}`),
      onDrain: () => this.#note('drain'),
    });
    return this;
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  closed(): Promise<void> {
    return this.until(() => this.events.some((event) => event.startsWith('close')));
  }

  #note(event: string): void {
    this.events.push(event);
    this.#changed();
  }
}

async function connected(net: Net): Promise<Pair> {
  let accepted!: (connection: Connection) => void;
  const arrival = new Promise<Connection>((resolve) => {
    accepted = resolve;
  });
  const listener = await net.listen({ host: HOST, port: 0 }, accepted);
  const near = new End(await net.connect({ host: HOST, port: listener.port, timeoutMs: 5_000 }));
  const far = new End(await arrival);
  return { listener, near, far };
}

const rows: readonly (readonly [behaviour: string, check: (net: Net) => Promise<void>])[] = [
  [
    'parts arrive in order, both ways, and the ends agree on their addresses',
    async (net) => {
      const { listener, near, far } = await connected(net);
      expect(listener.host).toBe(HOST);
      expect(near.connection.remote).toEqual({ host: HOST, port: listener.port });
      expect(far.connection.local).toEqual(near.connection.remote);
      expect(far.connection.remote).toEqual(near.connection.local);
      expect(far.connection.id).not.toBe(near.connection.id);
      near.handle();
      far.handle();
      expect(near.connection.write([Buffer.from('one '), Buffer.alloc(0), Buffer.from('two')])).toBe(true);
      far.connection.write([Buffer.from('three')]);
      await far.until(() => far.receivedBytes === 7);
      await near.until(() => near.receivedBytes === 5);
      expect(far.received.toString()).toBe('one two');
      expect(near.received.toString()).toBe('three');
      near.connection.destroy();
      await Promise.all([near.closed(), far.closed(), listener.close()]);
    },
  ],
  [
    'whoever writes is told once that nobody reads the parts any more: when they are taken, or when the connection is closed',
    async (net) => {
      const { listener, near, far } = await connected(net);
      near.handle();
      far.handle();
      const told: string[] = [];
      near.connection.write([Buffer.from('one')], () => told.push('one'));
      near.connection.write([], () => told.push('nothing'));
      await far.until(() => far.receivedBytes === 3);
      while (told.length < 2) await turns(1);
      far.connection.pause();
      const large = Buffer.alloc(64 << 20, 'x');
      for (const name of ['large', 'larger']) near.connection.write([large], () => told.push(name));
      await turns(20);
      expect(told.toSorted()).toEqual(['nothing', 'one']);
      near.connection.destroy();
      await near.closed();
      expect(told.toSorted()).toEqual(['large', 'larger', 'nothing', 'one']);
      near.connection.write([Buffer.from('late')], () => told.push('late'));
      expect(told.at(-1)).toBe('late');
      far.connection.destroy();
      await listener.close();
    },
  ],
  [
    'what arrives before handle() waits for it on the connecting side, too',
    async (net) => {
      const { listener, near, far } = await connected(net);
      far.handle();
      far.connection.write([Buffer.from('early')]);
      await turns(20);
      near.handle();
      await near.until(() => near.receivedBytes === 5);
      expect(near.received.toString()).toBe('early');
      near.connection.destroy();
      await Promise.all([near.closed(), far.closed(), listener.close()]);
    },
  ],
  [
    'what arrives before handle() waits for it, the end included',
    async (net) => {
      const { listener, near, far } = await connected(net);
      near.handle();
      near.connection.write([Buffer.from('early')]);
      near.connection.end();
      await turns(20);
      far.handle();
      await far.closed();
      await near.closed();
      expect(far.received.toString()).toBe('early');
      expect(far.events).toEqual(['close quietly']);
      expect(near.events).toEqual(['close quietly']);
      expect(() => far.connection.handle({ onData() {}, onClose() {} })).toThrow(InvariantError);
      await listener.close();
    },
  ],
  [
    'a connection that closed before handle() still tells so, once',
    async (net) => {
      const { listener, near, far } = await connected(net);
      near.handle();
      far.connection.destroy();
      await near.closed();
      far.handle();
      await far.closed();
      expect(far.events).toEqual(['close quietly']);
      expect(near.events).toEqual(['close quietly']);
      await listener.close();
    },
  ],
  [
    'a paused reader fills the writer’s queue; resumed, it gets every byte and the writer is told once it drained',
    async (net) => {
      const { listener, near, far } = await connected(net);
      near.handle();
      far.connection.pause();
      far.handle();
      const sent: Buffer[] = [];
      const prng = new Prng(5);
      let belowHighWater = true;
      // More than any kernel buffers for a loopback connection.
      while (sent.length < 64 * 16 && (belowHighWater || sent.length < 16 * 16)) {
        const chunk = prng.fill(Buffer.alloc(64 * 1024));
        sent.push(chunk);
        belowHighWater = near.connection.write([chunk.subarray(0, 1000), chunk.subarray(1000)]);
      }
      const whole = Buffer.concat(sent);
      expect(belowHighWater).toBe(false);
      expect(near.connection.queuedBytes).toBeGreaterThan(64 * 1024);
      await turns(20);
      expect(far.receivedBytes).toBe(0);
      expect(near.events).toEqual([]);
      far.connection.resume();
      await far.until(() => far.receivedBytes === whole.length);
      await near.until(() => near.events.length > 0);
      expect(near.events).toEqual(['drain']);
      expect(near.connection.queuedBytes).toBe(0);
      expect(far.received.equals(whole)).toBe(true);
      near.connection.destroy();
      await Promise.all([near.closed(), far.closed(), listener.close()]);
    },
  ],
  [
    'pause and resume before handle() leave the connection flowing; pause alone leaves it stopped',
    async (net) => {
      const { listener, near, far } = await connected(net);
      far.handle();
      near.connection.pause();
      near.connection.resume();
      near.handle();
      far.connection.write([Buffer.from('hello')]);
      await near.until(() => near.receivedBytes === 5);
      far.connection.pause();
      near.connection.write([Buffer.from('x')]);
      await turns(20);
      expect(far.receivedBytes).toBe(0);
      far.connection.resume();
      await far.until(() => far.receivedBytes === 1);
      far.connection.destroy();
      await Promise.all([near.closed(), far.closed(), listener.close()]);
    },
  ],
  [
    'end() sends what is queued and takes nothing more; writes after it are dropped',
    async (net) => {
      const { listener, near, far } = await connected(net);
      near.handle();
      far.handle();
      const big = new Prng(9).fill(Buffer.alloc(3_000_000));
      near.connection.write([big]);
      near.connection.end();
      near.connection.end();
      expect(near.connection.write([Buffer.from('late')])).toBe(true);
      far.connection.write([Buffer.from('unread')]);
      await Promise.all([near.closed(), far.closed()]);
      expect(far.received.equals(big)).toBe(true);
      expect(near.receivedBytes).toBe(0);
      expect(far.connection.write([Buffer.from('late')])).toBe(true);
      await turns(5);
      expect(near.events).toEqual(['close quietly']);
      expect(far.events).toEqual(['close quietly']);
      await listener.close();
    },
  ],
  [
    'destroy() from within onData stops the flow at once',
    async (net) => {
      const { listener, near, far } = await connected(net);
      near.handle();
      let chunks = 0;
      const closed = new Promise<Error | undefined>((resolve) => {
        far.connection.handle({
          onData() {
            chunks++;
            far.connection.destroy();
          },
          onClose: resolve,
        });
      });
      for (let each = 0; each < 20; each++) near.connection.write([Buffer.alloc(100_000)]);
      expect(await closed).toBeUndefined();
      await near.closed();
      expect(chunks).toBe(1);
      await listener.close();
    },
  ],
  [
    'a listener that closes frees its port and leaves its connections',
    async (net) => {
      const { listener, near, far } = await connected(net);
      near.handle();
      far.handle();
      await listener.close();
      await listener.close();
      await expect(net.connect({ host: HOST, port: listener.port, timeoutMs: 5_000 })).rejects.toMatchObject({
        code: 'ECONNREFUSED',
        syscall: 'connect',
      });
      const again = await net.listen({ host: HOST, port: listener.port }, () => {});
      near.connection.write([Buffer.from('still here')]);
      await far.until(() => far.receivedBytes === 10);
      near.connection.destroy();
      await Promise.all([near.closed(), far.closed(), again.close()]);
    },
  ],
  [
    'a port in use is a user’s error that names it',
    async (net) => {
      const listener = await net.listen({ host: HOST, port: 0 }, () => {});
      const refusal = net.listen({ host: HOST, port: listener.port }, () => {});
      await expect(refusal).rejects.toMatchObject({ name: 'UserError', code: 'PORT_IN_USE' });
      await expect(refusal).rejects.toThrow(String(listener.port));
      await listener.close();
    },
  ],
];

/** Later than the microtasks and the IO that are ready now; enough to see what must not happen, not to wait for what must. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

/** Steps run one by one in an order drawn anew each time: only the order within a connection may be relied on. */
function shuffledNet(): Net {
  const prng = new Prng(11);
  const steps: (() => void)[] = [];
  return memoryNet({
    schedule(step) {
      steps.push(step);
      setImmediate(() => steps.splice(prng.between(0, steps.length - 1), 1)[0]?.());
    },
  });
}

const fittings: Record<string, () => Net> = {
  nodeNet: () => nodeNet(),
  'nodeNet, unref': () => nodeNet({ unref: true }),
  memoryNet: () => memoryNet(),
  'memoryNet, shuffled': shuffledNet,
};

for (const [name, make] of Object.entries(fittings)) {
  describe(name, () => {
    for (const [behaviour, check] of rows) test(behaviour, () => check(make()));
  });
}
