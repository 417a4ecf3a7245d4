import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Long enough for a slow machine; a process that does not end by itself is killed then. */
const ENDS_WITHIN_MS = 60_000;

/** KafkaJS sets a timer into the past now and then, on which newer Nodes remark; it would hide a word of the kit's own. */
const NOT_OURS = '--disable-warning=TimeoutNegativeWarning';

export interface ProgramEnd {
  /** The exit code, or the signal that ended it. */
  readonly end: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `test/kit/programs/NAME.mjs` in a process of its own, until it ends. */
export function runProgram(name: string, flags: readonly string[] = []): Promise<ProgramEnd> {
  return runFile(fileURLToPath(new URL(`../programs/${name}.mjs`, import.meta.url)), flags);
}

export function runFile(
  path: string,
  flags: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...flags, NOT_OURS, path],
      { timeout: ENDS_WITHIN_MS, killSignal: 'SIGKILL', env: { ...process.env, ...environment } },
      (_error, stdout, stderr) =>
        resolve({ end: child.signalCode ?? child.exitCode ?? 'unknown', stdout, stderr }),
    );
  });
}

/** Runs files under `node --test`. */
export function nodeTest(...paths: readonly string[]): Promise<{ exitCode: number | null; output: string }> {
  // A fresh environment: node:test takes its parent's word for being a test of a test.
  const { NODE_TEST_CONTEXT: _parent, NODE_OPTIONS: _options, ...env } = process.env;
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--test', '--test-reporter=tap', ...paths],
      { cwd: dirname(paths[0]!), env, timeout: ENDS_WITHIN_MS, killSignal: 'SIGKILL' },
      (_error, stdout, stderr) => resolve({ exitCode: child.exitCode, output: stdout + stderr }),
    );
  });
}
