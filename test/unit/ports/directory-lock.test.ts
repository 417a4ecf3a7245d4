import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { UserError } from '../../../src/base/errors.js';
import { nodeDisk } from '../../../src/ports/node/disk.js';
import { holdsUnseen, parseHolder, thisHolder } from '../../../src/ports/node/lock-holder.js';
import { Workshop } from './bundle.js';

const workshop = new Workshop();
afterAll(() => workshop.clear());

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

/** Says ready, waits for a line, tries to lock the directory given, says how it went, and stays until killed. */
const contender = workshop.bundle(`
  import { nodeDisk } from '../../../src/ports/node/disk.js';
  import { createInterface } from 'node:readline';
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  console.log('ready');
  for (;;) {
    const { value, done } = await lines.next();
    if (done) break;
    try {
      await nodeDisk().lock(value);
      console.log('locked');
    } catch (error) {
      console.log('refused ' + error.code + ' ' + error.message);
    }
  }
`);

class Contender {
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    this.child = spawn(process.execPath, [fileURLToPath(contender)], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.add(this.child);
    this.#lines = createInterface({ input: this.child.stdout as NodeJS.ReadableStream })[
      Symbol.asyncIterator
    ]();
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('the child ended');
    return value;
  }

  try(directory: string): Promise<string> {
    this.child.stdin?.write(`${directory}\n`);
    return this.line();
  }

  async kill(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
    children.delete(this.child);
  }
}

function directoryOf(name: string): string {
  const directory = join(workshop.directory, name);
  mkdirSync(directory);
  return directory;
}

async function contenders(count: number): Promise<Contender[]> {
  const all = Array.from({ length: count }, () => new Contender());
  await Promise.all(all.map(async (each) => expect(await each.line()).toBe('ready')));
  return all;
}

test('of eight processes that start together one wins; killed with -9, it is succeeded at once', async () => {
  const directory = directoryOf('eight');
  const all = await contenders(8);
  for (let round = 0; round < 4; round++) {
    const answers = await Promise.all(all.map((each) => each.try(directory)));
    const winners = all.filter((_, at) => answers[at] === 'locked');
    expect(winners.length, answers.join('\n')).toBe(1);
    for (const answer of answers) expect(answer).toMatch(/^(locked|refused DATA_DIR_LOCKED .*)$/);
    const [winner] = winners as [Contender];
    const [loser] = all.filter((each) => each !== winner) as [Contender];
    expect(await loser.try(directory)).toMatch(
      `refused DATA_DIR_LOCKED the data directory ${directory} is in use by process ${winner.child.pid} on host ${hostname()}, since `,
    );
    await winner.kill();
    all.splice(all.indexOf(winner), 1);
    expect(await loser.try(directory)).toBe('locked');
    await loser.kill();
    all.splice(all.indexOf(loser), 1);
    if (all.length < 2) break;
  }
});

test('one process holds a directory once, by whatever path; a release frees it and removes its file', async () => {
  const directory = directoryOf('once');
  symlinkSync(directory, join(workshop.directory, 'other-name'));
  const lock = await nodeDisk().lock(directory);
  const holder = parseHolder(readFileSync(join(directory, '.lock'), 'utf8'));
  expect(holder).toMatchObject({ pid: process.pid, host: hostname() });
  const refusal: unknown = await nodeDisk()
    .lock(join(workshop.directory, 'other-name'))
    .catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(UserError);
  expect((refusal as UserError).message).toContain(`process ${process.pid} `);
  expect((refusal as UserError).hint).toContain('--data');
  await lock.release();
  await lock.release();
  if (process.platform === 'linux') expect(existsSync(join(directory, '.lock'))).toBe(false);
  const other = directoryOf('another');
  const locks = [await nodeDisk().lock(directory), await nodeDisk().lock(other)];
  await Promise.all(locks.map((each) => each.release()));
});

test('a worker thread is refused what its process holds, and what it held is free when it is terminated', async () => {
  const directory = directoryOf('thread');
  const source = workshop.bundle(`
    import { nodeDisk } from '../../../src/ports/node/disk.js';
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', (directory) => nodeDisk().lock(directory).then(
      () => parentPort.postMessage('locked'),
      (error) => parentPort.postMessage(error.code),
    ));
  `);
  const worker = new Worker(source);
  const ask = async (): Promise<unknown> => {
    const answer = once(worker, 'message');
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    worker.postMessage(directory);
    return (await answer)[0] as unknown;
  };
  const lock = await nodeDisk().lock(directory);
  expect(await ask()).toBe('DATA_DIR_LOCKED');
  await lock.release();
  expect(await ask()).toBe('locked');
  await expect(nodeDisk().lock(directory)).rejects.toMatchObject({ code: 'DATA_DIR_LOCKED' });
  await worker.terminate();
  // `.lock` still names this process, which lives; the socket knows better.
  await (await nodeDisk().lock(directory)).release();
});

test('a lock keeps no process alive', async () => {
  const directory = directoryOf('unref');
  const source = workshop.bundle(`
    import { nodeDisk } from '../../../src/ports/node/disk.js';
    nodeDisk().lock(${JSON.stringify(directory)});
  `);
  const child = spawn(process.execPath, [fileURLToPath(source)], { stdio: 'inherit' });
  children.add(child);
  expect((await once(child, 'exit'))[0]).toBe(0);
  // Locked it was: nobody released it, so its file is still there.
  expect(existsSync(join(directory, '.lock'))).toBe(true);
});

test('a file of rubbish, or of a process long gone, is no obstacle', async () => {
  const directory = directoryOf('rubbish');
  for (const left of ['', '{', 'null', '{"pid":1}', '{"pid":"1","host":"h","since":"s"}']) {
    writeFileSync(join(directory, '.lock'), left);
    await (await nodeDisk().lock(directory)).release();
  }
});

describe.runIf(process.platform === 'linux')('on Linux', () => {
  test('the socket answers nothing', async () => {
    const directory = directoryOf('mute');
    const lock = await nodeDisk().lock(directory);
    const names = readFileSync('/proc/net/unix', 'utf8').split('\n');
    const line = names.find((each) => each.includes(`@millrace-lock-`)) ?? '';
    const name = line.slice(line.indexOf('@') + 1);
    // All of it, whichever libuv binds: one that pads with zeros and one that does not must mean the same name.
    expect(name).toMatch(/^millrace-lock-\d+-\d+-\.+$/);
    expect(name.length).toBe(107);
    const socket = connect(`\0${name}`);
    let received = 0;
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('close', resolve));
    expect(received).toBe(0);
    await lock.release();
  });

  test('a holder is seen in another network namespace only while it lives and shares our process ids', async () => {
    const here = await thisHolder();
    expect(here.boot).toMatch(/^[0-9a-f-]{36}$/);
    expect(here.processStart).toMatch(/^\d+$/);
    const elsewhere = { ...here, netNamespace: 'net:[1]' };
    const rows: readonly (readonly [string, object, boolean])[] = [
      ['here, where the socket is the judge', here, false],
      ['alive in another network namespace', elsewhere, true],
      ['its process id given to another since', { ...elsewhere, processStart: '1' }, false],
      ['a process id that is not in use', { ...elsewhere, pid: 2 ** 22 + 1 }, false],
      ['other process ids: nothing can be known', { ...elsewhere, pidNamespace: 'pid:[1]' }, false],
      ['before a reboot', { ...elsewhere, boot: 'another' }, false],
    ];
    for (const [what, holder, expected] of rows) {
      const parsed = parseHolder(JSON.stringify(holder));
      expect([what, parsed !== undefined && (await holdsUnseen(parsed))]).toEqual([what, expected]);
    }
    const directory = directoryOf('unseen');
    writeFileSync(join(directory, '.lock'), JSON.stringify(elsewhere));
    await expect(nodeDisk().lock(directory)).rejects.toMatchObject({ code: 'DATA_DIR_LOCKED' });
    // The refused one has let go of the socket, and has not touched the holder's file.
    expect(JSON.parse(readFileSync(join(directory, '.lock'), 'utf8'))).toEqual(elsewhere);
    writeFileSync(join(directory, '.lock'), '');
    await (await nodeDisk().lock(directory)).release();
  });
});
