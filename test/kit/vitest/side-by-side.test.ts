/** Files that run side by side in vitest's own pools: all pass, and the process ends by itself with nothing said of open handles. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PROJECT = fileURLToPath(new URL('../runners/vitest/', import.meta.url));
const VITEST = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url));

function vitest(
  pool: string,
  temporary: string,
): Promise<{ end: number | string | null; stdout: string; stderr: string }> {
  // Not what this run has told its own workers.
  const environment = Object.entries(process.env).filter(([name]) => !/^VITEST|^NODE_OPTIONS$/.test(name));
  const env = {
    ...Object.fromEntries(environment),
    KAFKAJS_NO_PARTITIONER_WARNING: '1',
    NO_COLOR: '1',
    TMPDIR: temporary,
  };
  const flags = ['--pool', pool, '--reporter', 'json', '--config', `${PROJECT}vitest.config.mjs`];
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [VITEST, 'run', ...flags],
      { cwd: PROJECT, env, timeout: 90_000, killSignal: 'SIGKILL' },
      (_error, stdout, stderr) => resolve({ end: child.signalCode ?? child.exitCode, stdout, stderr }),
    );
  });
}

test.each(['threads', 'forks'])('%s', async (pool) => {
  const temporary = await mkdtemp(join(tmpdir(), 'side-by-side-'));
  const { end, stdout, stderr } = await vitest(pool, temporary);
  expect(end, stdout + stderr).toBe(0);
  const { numPassedTests, numTotalTests, testResults } = JSON.parse(stdout) as {
    numPassedTests: number;
    numTotalTests: number;
    testResults: unknown[];
  };
  expect({ numPassedTests, numTotalTests, files: testResults.length }).toEqual({
    numPassedTests: 8,
    numTotalTests: 8,
    files: 2,
  });
  expect(stderr).not.toMatch(/hanging|did not exit|open handle|close timed out/i);
  // A broker of the kit has no directory that could be left behind.
  const left = (await readdir(temporary, { recursive: true })).filter((name) =>
    /millrace|\.log$|\.index$/.test(name),
  );
  expect(left).toEqual([]);
  await rm(temporary, { recursive: true });
});
