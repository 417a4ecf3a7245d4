import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Of a process's output, for the message of a failed check. */
const LAST_LINES = 12;

/** Everything started and not yet ended, so that a suite that fails half way leaves nothing behind. */
const running = new Set();

// Java does not notice that we are gone, and the next run would be measured beside it.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const child of running) child.kill('SIGKILL');
    process.kill(process.pid, signal);
  });
}

function start(command, args, { env, cwd, stdio } = {}) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: stdio ?? ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  // A process that ends before it has read its input is seen by its exit code.
  child.stdin?.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return child;
}

/** Ends, by its id, every process that is still there. */
export async function endAll() {
  const children = [...running].filter((child) => child.exitCode === null && child.signalCode === null);
  const ends = children.map((child) => once(child, 'close'));
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(ends);
}

/**
 * Runs a command to its end. Never rejects for an exit code: the caller judges.
 * @returns {Promise<{ code: number | null, signal: string | null, stdout: string, stderr: string }>}
 */
export function run(command, args, { input, env, cwd, timeoutMs = 120_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = start(command, args, { env, cwd });
    const stdout = [];
    const stderr = [];
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.stdout.on('data', (chunk) => stdout.push(chunk));
    child.stderr.on('data', (chunk) => stderr.push(chunk));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({
        code,
        signal,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
    child.stdin.end(input);
  });
}

/** As `run`, but a failure is an error that tells what the command printed. Resolves to its standard output. */
export async function succeed(command, args, options) {
  const { code, signal, stdout, stderr } = await run(command, args, options);
  if (code !== 0) {
    const shown = args.map((each) => (each.length > 200 ? `${each.slice(0, 200)}…` : each)).join(' ');
    throw new Error(
      `${command} ${shown}\nended with ${signal ?? code}\n${stdout.slice(-4000)}\n${stderr.slice(-4000)}`,
    );
  }
  return stdout;
}

/** A process that goes on: its lines as they come, its end, and ways to end it. */
export class Running {
  #child;
  #lastLines = [];
  /** Resolves to `{ code, signal }`. */
  ended;

  /** @param {(line: string, stream: 'stdout' | 'stderr') => void} onLine */
  constructor(command, args, onLine, options) {
    this.#child = start(command, args, options);
    for (const stream of ['stdout', 'stderr']) {
      createInterface({ input: this.#child[stream] }).on('line', (line) => {
        this.#lastLines.push(line);
        if (this.#lastLines.length > LAST_LINES) this.#lastLines.shift();
        onLine(line, stream);
      });
    }
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => resolve({ code, signal }));
    });
    // Who waits for the end sees the error; who does not is not torn down by it.
    this.ended.catch(() => {});
  }

  get pid() {
    return this.#child.pid;
  }

  /** The last things it said, for a message. */
  get tail() {
    return this.#lastLines.join('\n');
  }

  get isRunning() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  write(text) {
    this.#child.stdin.write(text);
  }

  /** @param {NodeJS.Signals} signal */
  async end(signal) {
    if (this.isRunning) this.#child.kill(signal);
    return this.ended;
  }
}
