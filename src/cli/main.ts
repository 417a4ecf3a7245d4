#!/usr/bin/env node
/** Where the process begins: Node's streams, files and signals become a World, and a command's end becomes an exit code. */
import { createReadStream, type ReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import nodeModule from 'node:module';
import { basename, relative, resolve } from 'node:path';
import { wantsColours } from './colours.js';
import { EXIT } from './exit-codes.js';
import { runProgram } from './program.js';
import type { Input, Output, Signal, World } from './world.js';

const SIGNALS: readonly Signal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

function nodeWorld(): World {
  return {
    stdout: new StreamOutput(process.stdout),
    stderr: new StreamOutput(process.stderr),
    exitCode: EXIT.ok,
    // Not before it is asked for: looking at process.stdin opens it.
    get stdin() {
      return streamInput(
        'stdin',
        undefined,
        process.stdin,
        (process.stdin.isTTY as boolean | undefined) ?? false,
      );
    },
    pid: process.pid,
    invocation: invocation(),
    resolvePath: (path) => resolve(path),
    readText: (path) => readFile(path, 'utf8'),
    openInput,
    onSignal: (listener) => {
      for (const signal of SIGNALS) process.on(signal, listener);
      return () => {
        for (const signal of SIGNALS) process.off(signal, listener);
      };
    },
    exitNow: (exitCode) => process.exit(exitCode),
  };
}

class StreamOutput implements Output {
  readonly isTerminal: boolean;
  readonly hasColours: boolean;
  readonly #stream: NodeJS.WriteStream;
  readonly #closeListeners: (() => void)[] = [];
  #closed = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    // Undefined, whatever its type says, where the stream is no terminal.
    this.isTerminal = (stream.isTTY as boolean | undefined) ?? false;
    this.hasColours = wantsColours(this.isTerminal, process.env);
    // EPIPE, or a terminal that went away: whoever writes is told by `closed`, and nobody is left to be told more.
    stream.on('error', () => this.#close());
  }

  get closed(): boolean {
    return this.#closed;
  }

  write(chunk: string | Uint8Array): boolean {
    return this.#closed || this.#stream.write(chunk);
  }

  drained(): Promise<void> {
    if (this.#closed || !this.#stream.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      this.#stream.once('drain', resolve);
      this.#closeListeners.push(resolve);
    });
  }

  onClosed(listener: () => void): void {
    if (this.#closed) listener();
    else this.#closeListeners.push(listener);
  }

  /** Resolves when the system has taken all that was written. */
  flushed(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#stream.write('', () => resolve());
    });
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const listener of this.#closeListeners) listener();
  }
}

async function openInput(path: string): Promise<Input> {
  const handle = await open(path, 'r');
  const stats = await handle.stat();
  if (stats.isDirectory()) {
    await handle.close();
    throw Object.assign(new Error(`EISDIR: ${path} is a directory`), { code: 'EISDIR' });
  }
  const size = stats.isFile() ? stats.size : undefined;
  return streamInput(path, size, createReadStream('', { fd: handle }), false);
}

function streamInput(
  name: string,
  sizeBytes: number | undefined,
  stream: ReadStream | NodeJS.ReadStream,
  isTerminal: boolean,
): Input {
  return {
    name,
    sizeBytes,
    isTerminal,
    chunks: () => stream as AsyncIterable<Buffer>,
    close: () => void stream.destroy(),
  };
}

/** How a person who wants to call us again would write it. */
function invocation(): string {
  const {
    npm_command: npmCommand,
    npm_lifecycle_event: script,
    npm_lifecycle_script: line = '',
  } = process.env;
  // The variables are inherited: a test run by npx that starts us is not `npx millrace`.
  if (npmCommand === 'exec' && /\bmillrace\b/.test(line)) return 'npx millrace';
  if (npmCommand === 'run' && script === 'millrace') return 'npm run -s millrace --';
  const called = process.argv[1] ?? 'millrace';
  return basename(called) === 'millrace' ? 'millrace' : `node ${relative('', called) || called}`;
}

/** From Node 22.1 on, what the commands load is compiled once for each release: 25 ms of 175 to a broker that is ready. */
function keepCompiled(): void {
  (nodeModule as { enableCompileCache?: () => unknown }).enableCompileCache?.();
}

async function main(): Promise<void> {
  keepCompiled();
  const world = nodeWorld();
  process.on('uncaughtException', (error) => {
    process.stderr.write(`millrace: a bug, please report it:\n${error.stack ?? String(error)}\n`);
    process.exit(EXIT.crashed);
  });
  const exitCode = await runProgram(process.argv.slice(2), world);
  await Promise.all([world.stdout, world.stderr].map((output) => (output as StreamOutput).flushed()));
  // Not by letting the loop run dry: an input that is still open must not keep a command that has ended.
  process.exit(exitCode);
}

void main();
