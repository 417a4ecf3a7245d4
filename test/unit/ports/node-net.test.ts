import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { InvariantError } from '../../../src/base/assert.js';
import type { Connection } from '../../../src/ports/net.js';
import { nodeNet } from '../../../src/ports/node/net.js';
import { Workshop } from './bundle.js';

const HOST = '127.0.0.1';
const workshop = new Workshop();
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  workshop.clear();
});

/** A listener of ours and a plain socket connected to it. */
async function withPlainSocket(host = HOST): Promise<{
  ours: Connection;
  plain: net.Socket;
  close: () => Promise<void>;
}> {
  let accepted!: (connection: Connection) => void;
  const arrival = new Promise<Connection>((resolve) => {
    accepted = resolve;
  });
  const listener = await nodeNet().listen({ host, port: 0 }, accepted);
  const plain = net.connect({ host: HOST, port: listener.port, allowHalfOpen: true });
  plain.on('error', () => {});
  return { ours: await arrival, plain, close: () => listener.close() };
}

/** Resolves at onClose, to all that was told about the end. */
function closeOf(
  connection: Connection,
  onData: (chunk: Buffer) => void = () => {},
): Promise<(Error | undefined)[]> {
  return new Promise((resolve) => {
    const told: (Error | undefined)[] = [];
    connection.handle({
      onData,
      onClose(cause) {
        told.push(cause);
        // A second call would come in this turn or the next.
        setImmediate(() => setImmediate(() => resolve(told)));
      },
    });
  });
}

describe('how a connection ends', () => {
  test('a reset is told once, with its cause', async () => {
    const { ours, plain, close } = await withPlainSocket();
    const closed = closeOf(ours);
    plain.resetAndDestroy();
    const told = await closed;
    expect(told.length).toBe(1);
    expect(told[0]).toMatchObject({ code: 'ECONNRESET' });
    await close();
  });

  test('a reset before handle() brings nothing down, and is told then', async () => {
    const { ours, plain, close } = await withPlainSocket();
    ours.write([Buffer.alloc(1)]);
    plain.resetAndDestroy();
    await once(plain, 'close');
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect((await closeOf(ours)).length).toBe(1);
    await close();
  });

  test('a peer that closes its half is closed whole, after what was queued for it', async () => {
    const { ours, plain, close } = await withPlainSocket();
    const answer = Buffer.alloc(2_000_000, 'a');
    const closed = closeOf(ours, () => ours.write([answer]));
    plain.end('question');
    let received = 0;
    plain.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    await once(plain, 'end');
    expect(received).toBe(answer.length);
    expect(await closed).toEqual([undefined]);
    expect(ours.write([Buffer.from('late')])).toBe(true);
    await close();
  });

  test('what is written between the peer’s end and the close is dropped without a word', async () => {
    const { ours, plain, close } = await withPlainSocket();
    const answer = Buffer.alloc(12_000_000, 'a');
    let asked!: () => void;
    const question = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const closed = closeOf(ours, () => {
      ours.write([answer]);
      asked();
    });
    // Does not read yet, so the answer stays in our queue and keeps the connection from closing.
    plain.end('question');
    await question;
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    expect(ours.queuedBytes).toBeGreaterThan(0);
    expect(ours.write([Buffer.from('late')])).toBe(true);
    let received = 0;
    plain.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    await once(plain, 'end');
    expect(received).toBe(answer.length);
    expect(await closed).toEqual([undefined]);
    await close();
  });

  test('end() reaches a peer that is still sending: the last answer is not overtaken by a reset', async () => {
    const { ours, plain, close } = await withPlainSocket();
    const errors: Error[] = [];
    plain.on('error', (error) => errors.push(error));
    const closed = closeOf(ours, () => {
      ours.write([Buffer.from('go away')]);
      ours.end();
    });
    // Far more than we read before we answer, so that bytes lie unread in our socket. The peer reads only when all is over.
    plain.end(Buffer.alloc(5_000_000));
    expect(await closed).toEqual([undefined]);
    let received = '';
    plain.on('data', (chunk: Buffer) => {
      received += chunk.toString();
    });
    await once(plain, 'close');
    expect(received).toBe('go away');
    expect(errors).toEqual([]);
    await close();
  });

  test('end() does not wait for ever for a peer that never closes', async () => {
    const { ours, plain, close } = await withPlainSocket();
    const closed = closeOf(ours);
    ours.end();
    plain.resume();
    await once(plain, 'end');
    expect(await closed).toEqual([undefined]);
    plain.destroy();
    await close();
  });
});

describe('what a connection is told about', () => {
  test('an IPv4 peer of a listener on :: has an IPv4 address', async () => {
    const { ours, plain, close } = await withPlainSocket('::');
    expect(ours.remote.host).toBe(HOST);
    expect(ours.local.host).toBe(HOST);
    ours.destroy();
    plain.destroy();
    await close();
  });

  test('writes of one call leave in one go', async () => {
    const { ours, plain, close } = await withPlainSocket();
    const first = once(plain, 'data') as Promise<[Buffer]>;
    ours.write(Array.from({ length: 50 }, (_, at) => Buffer.from([at])));
    expect((await first)[0].length).toBe(50);
    ours.destroy();
    plain.destroy();
    await close();
  });
});

describe('errors that a person must act on', () => {
  test('an address of another machine, or of none', async () => {
    for (const host of ['192.0.2.1', 'no-such-host.invalid']) {
      const refusal = nodeNet().listen({ host, port: 0 }, () => {});
      await expect(refusal).rejects.toMatchObject({ name: 'UserError', code: 'ADDRESS_NOT_AVAILABLE' });
      await expect(refusal).rejects.toThrow(host);
    }
  });

  test.runIf(
    process.platform === 'linux' &&
      readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8') > '1',
  )('a port that this user may not have', async () => {
    const source = workshop.bundle(`
        import { nodeNet } from '../../../src/ports/node/net.js';
        nodeNet().listen({ host: '127.0.0.1', port: 1 }, () => {}).then(
          () => console.log('listening'),
          (error) => console.log(error.name, error.code, error.hint !== undefined),
        );
      `);
    // Root may have any port, so it becomes nobody, who cannot read our file: it comes in by stdin.
    const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const child = spawn(process.execPath, ['--input-type=module', '-'], { ...user, cwd: '/' });
    children.push(child);
    child.stdin?.end(readFileSync(fileURLToPath(source)));
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    await once(child, 'close');
    expect(output).toBe('UserError PORT_FORBIDDEN true\n');
  });

  test('a port that is none is our bug', async () => {
    for (const port of [-1, 65_536, 1.5, Number.NaN]) {
      await expect(nodeNet().listen({ host: HOST, port }, () => {})).rejects.toBeInstanceOf(InvariantError);
      await expect(nodeNet().connect({ host: HOST, port, timeoutMs: 1 })).rejects.toBeInstanceOf(
        InvariantError,
      );
    }
  });
});

describe('connect', () => {
  test('a host with several addresses is refused in words', async () => {
    const listener = await nodeNet().listen({ host: HOST, port: 0 }, () => {});
    await listener.close();
    const refusal = nodeNet().connect({ host: 'localhost', port: listener.port, timeoutMs: 5_000 });
    await expect(refusal).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(refusal).rejects.toThrow(String(listener.port));
  });

  test.runIf(process.platform === 'linux')('a host that does not answer is given up', async () => {
    const source = workshop.bundle(`
      import net from 'node:net';
      const server = net.createServer();
      server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => console.log(server.address().port));
    `);
    const child = spawn(process.execPath, [fileURLToPath(source)], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const port = Number(line.toString());
    // Stopped, it accepts nobody: the kernel fills its backlog and then drops those who knock.
    child.kill('SIGSTOP');
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, () => nodeNet().connect({ host: HOST, port, timeoutMs: 200 })),
    );
    const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(failures.length).toBeGreaterThan(0);
    for (const { reason } of failures) {
      expect(reason).toMatchObject({ code: 'ETIMEDOUT', syscall: 'connect', port });
    }
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') outcome.value.destroy();
  });
});

test('with unref, neither listeners nor connections keep a process alive', async () => {
  const source = workshop.bundle(`
    import { nodeNet } from '../../../src/ports/node/net.js';
    const net = nodeNet({ unref: true });
    const nothing = { onData() {}, onClose() {} };
    const listener = await net.listen({ host: '127.0.0.1', port: 0 }, (connection) => connection.handle(nothing));
    // The connection is made while something else keeps the process; then nothing does.
    const busy = setInterval(() => {}, 1000);
    const connection = await net.connect({ host: '127.0.0.1', port: listener.port, timeoutMs: 5000 });
    connection.handle(nothing);
    connection.write([Buffer.from('x')]);
    console.log('connected');
    clearInterval(busy);
  `);
  const busy = spawn(process.execPath, [fileURLToPath(source)], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(busy);
  const [line] = (await once(busy.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  expect(line.toString()).toBe('connected\n');
  const [code] = (await once(busy, 'exit')) as [number];
  expect(code).toBe(0);
});
