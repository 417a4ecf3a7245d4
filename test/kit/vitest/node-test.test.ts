import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { nodeTest } from './program.js';

const SUITES = ['orders', 'payments'].map((name) =>
  fileURLToPath(new URL(`../node-test/${name}.test.mjs`, import.meta.url)),
);

test('suites of node:test pass side by side, and their processes end', async () => {
  const { exitCode, output } = await nodeTest(...SUITES);
  expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
  // All of them ran: a suite that node:test does not find passes too.
  expect(/^# pass (\d+)$/m.exec(output)?.[1]).toBe('5');
});
