/** A world for a command in the test's own process: streams that remember, files from a table, signals when the test says so. */
import { EXIT } from '../../../src/cli/exit-codes.js';
import type { Input, Output, Signal, World } from '../../../src/cli/world.js';

export interface TestWorld {
  readonly world: World;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** As if the process got it. */
  readonly signal: (signal: Signal) => void;
}

export interface TestWorldOptions {
  /** By the path that `/home/me/…` makes of it. */
  readonly files?: Readonly<Record<string, string>>;
  readonly stdin?: AsyncIterable<Buffer>;
  readonly hasColours?: boolean;
  /** Absolute paths stay what they are. */
  readonly onDisk?: boolean;
}

export function testWorld({
  files = {},
  stdin,
  hasColours = false,
  onDisk = false,
}: TestWorldOptions = {}): TestWorld {
  const texts = { stdout: '', stderr: '' };
  const listeners = new Set<(signal: Signal) => void>();
  const output = (name: 'stdout' | 'stderr'): Output => ({
    isTerminal: false,
    hasColours,
    closed: false,
    write: (chunk) => {
      texts[name] += chunk.toString();
      return true;
    },
    drained: () => Promise.resolve(),
    onClosed: () => {},
  });
  const missing = (path: string): Promise<never> =>
    Promise.reject(Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' }));
  const input: Input = {
    name: 'stdin',
    sizeBytes: undefined,
    isTerminal: false,
    chunks: () => stdin ?? nothing(),
    close() {},
  };
  const world: World = {
    stdout: output('stdout'),
    stderr: output('stderr'),
    stdin: input,
    pid: 1,
    invocation: 'millrace',
    exitCode: EXIT.ok,
    resolvePath: (path) => (onDisk ? path : `/home/me/${path}`),
    readText: (path) => (files[path] === undefined ? missing(path) : Promise.resolve(files[path])),
    openInput: missing,
    onSignal: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    exitNow: (code) => {
      throw new Error(`exit ${code}`);
    },
  };
  return {
    world,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    signal: (signal) => {
      for (const listener of listeners) listener(signal);
    },
  };
}

async function* nothing(): AsyncGenerator<Buffer> {}
