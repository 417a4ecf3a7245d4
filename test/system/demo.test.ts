/** `npm run demo`, on the first 20,000 flights: real processes, a real directory, one real death. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const RUN = fileURLToPath(new URL('../../demo/run.mjs', import.meta.url));

let temporary: string;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'demo-test-'));
});
afterEach(() => rm(temporary, { recursive: true, force: true }));

interface Demo {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly ended: Promise<unknown>;
}

/** Everything it leaves in the directory for temporary files is then its fault: Node's own cache of compiled code has no business there. */
function runDemo(args: readonly string[], onLine: (line: string) => void = () => {}): Demo {
  const env = { ...process.env, TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1', NO_COLOR: '1' };
  const child = spawn(process.execPath, [RUN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      onLine(line);
    });
  }
  return { child, lines, ended: once(child, 'close') };
}

function processIds(lines: readonly string[]): number[] {
  return [...lines.join('\n').matchAll(/process (\d+)/g)].map(([, pid]) => Number(pid));
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('twenty thousand flights, a consumer killed half way, and the sums match', async () => {
  const { child, lines, ended } = runDemo(['--rows', '20000']);
  await ended;
  const output = lines.join('\n');
  expect({ exitCode: child.exitCode, output }).toMatchObject({ exitCode: 0 });
  expect(lines.at(-1)).toBe('matches');
  expect(output).toMatch(/kill -9 for consumer [123], process \d+, at 1\d,\d{3} of 20,000 records/);
  expect(output).toMatch(
    /and [\d,]+ records of partition \d+ that it had counted and not saved are lost with it/,
  );
  expect(output).toMatch(/the group goes on without it/);
  const path = /^Result: (.*)$/m.exec(output)![1]!;
  const rows = JSON.parse(await readFile(path, 'utf8')) as { departures: number }[];
  expect(rows.reduce((sum, { departures }) => sum + departures, 0)).toBe(20_000);
  expect(await readdir(temporary)).toEqual([]);
  expect(processIds(lines).filter(alive)).toEqual([]);
});

test('Ctrl-C in the middle, pressed three times, leaves no process and no file behind', async () => {
  const demo = runDemo(['--rows', '20000'], (line) => {
    if (line.includes('has partitions')) demo.child.kill('SIGINT');
  });
  await demo.ended;
  expect({ exitCode: demo.child.exitCode, lines: demo.lines }).toMatchObject({ exitCode: 130 });
  expect(demo.lines).not.toContain('matches');
  expect(await readdir(temporary)).toEqual([]);
  const pids = processIds(demo.lines);
  expect(pids.length).toBeGreaterThan(0);
  expect(pids.filter(alive)).toEqual([]);
});

test.each<{ readonly args: readonly string[]; readonly said: string }>([
  { args: ['--rows', 'all'], said: "--rows wants a whole number of at least 1000, not 'all'" },
  { args: ['--rows', '5'], said: "--rows wants a whole number of at least 1000, not '5'" },
  { args: ['--row', '5'], said: "Unknown option '--row'" },
])('a mistake is said, with the help: $args', async ({ args, said }) => {
  const { child, lines, ended } = runDemo(args);
  await ended;
  expect(child.exitCode).toBe(2);
  expect(lines[0]).toContain(said);
  expect(lines.join('\n')).toContain('npm run demo -- [options]');
});
