import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SUITE = fileURLToPath(new URL('../node-test/orders.test.mjs', import.meta.url));

/** A fresh environment: node:test takes its parent's word for being a test of a test. */
const { NODE_TEST_CONTEXT: _parent, NODE_OPTIONS: _options, ...env } = process.env;

function nodeTest(path: string): Promise<{ exitCode: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--test', '--test-reporter=tap', path],
      { cwd: dirname(path), env },
      (_error, stdout, stderr) => resolve({ exitCode: child.exitCode, output: stdout + stderr }),
    );
  });
}

test('the suite of node:test passes, and its process ends', async () => {
  const { exitCode, output } = await nodeTest(SUITE);
  expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
  // All of them ran: a suite that node:test does not find passes too.
  expect(/^# pass (\d+)$/m.exec(output)?.[1]).toBe('3');
});
