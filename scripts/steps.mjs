import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's root, whatever the current directory. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** A step that failed after it has told its own story: the caller adds nothing and exits with `exitCode`. */
export class StepFailed extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.name = 'StepFailed';
    this.exitCode = exitCode;
  }
}

/** Tools of the root's node_modules are found by name, as npm does for its scripts. */
function environment(extra) {
  const own = join(ROOT, 'node_modules', '.bin');
  return { ...process.env, PATH: `${own}${delimiter}${process.env.PATH ?? ''}`, ...extra };
}

/**
 * Runs a command with its output on ours. Resolves to its exit code; a signal counts as 128 and its number is not
 * looked up, since nobody asks.
 * @returns {Promise<number>}
 */
export function run(command, args, { cwd = ROOT, env = {}, stdio = 'inherit' } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: environment(env), stdio });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 128));
  });
}

/** As `run`, but quiet: resolves to what it printed. */
export function capture(command, args, { cwd = ROOT, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
    const stdout = [];
    const stderr = [];
    child.stdout.on('data', (chunk) => stdout.push(chunk));
    child.stderr.on('data', (chunk) => stderr.push(chunk));
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({
        code: code ?? 128,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
  });
}

/** Seconds, one decimal. */
export function seconds(startedAtMs) {
  return `${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`;
}

/** Runs a named step, prints its time, and fails the whole when it fails. */
export async function step(name, command, args, options) {
  const startedAtMs = Date.now();
  console.log(`\n── ${name}: ${[command, ...args].join(' ')}`);
  const code = await run(command, args, options);
  console.log(`── ${name}: ${code === 0 ? 'ok' : `FAILED (exit ${code})`} after ${seconds(startedAtMs)}`);
  if (code !== 0) throw new StepFailed(`${name} failed`, code);
}

/** Runs `main`, turns a StepFailed into its exit code and anything else into a stack and 1. */
export async function entry(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    if (error instanceof StepFailed) {
      console.error(error.message);
      process.exitCode = error.exitCode;
    } else {
      console.error(error);
      process.exitCode = 1;
    }
  }
}

/** What the comment at the head of a tool's file (relative to the root) says of its use: the answer to `--help`. */
export function headComment(path) {
  const [, comment = ''] = /^\/\*\*([^]*?)\*\//.exec(readFileSync(join(ROOT, path), 'utf8')) ?? [];
  return comment.replace(/^ *\* ?/gm, '').trim();
}

/** Those of `paths` (relative to the root) that exist. */
export function present(paths) {
  return paths.filter((path) => existsSync(join(ROOT, path)));
}
