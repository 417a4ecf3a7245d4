/** docs/testing.md, run as it stands: its vitest examples are tests of this file, its others run in their own processes. Jest's has its turn among the clients' suites. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { GUIDE, guideBlocks, guideProgram, RUNNERS } from '../guide-blocks.mjs';
import { nodeTest, runFile } from './program.js';

/** Within the project, so that the examples find `millrace/testing` and kafkajs as a user's do. */
const FOLDER = join(fileURLToPath(new URL('../../../.cache/', import.meta.url)), `guide-${process.pid}`);
await mkdir(FOLDER, { recursive: true });
afterAll(() => rm(FOLDER, { recursive: true, force: true }));

async function writeExample(name: string, runner: string): Promise<string> {
  const path = join(FOLDER, name);
  await writeFile(path, await guideProgram(runner));
  return path;
}

// Its tests become tests of this file.
await import(/* @vite-ignore */ pathToFileURL(await writeExample('vitest.mjs', 'vitest')).href);

test('every example has a runner that runs it', async () => {
  const blocks = await guideBlocks();
  const runners = blocks.map(({ language, runner }) => `${language} ${runner}`);
  expect(new Set(runners)).toEqual(new Set(RUNNERS.map((runner) => `js ${runner}`)));
  expect(blocks.length, GUIDE.pathname).toBeGreaterThan(15);
});

test('the first example prints what it says', async () => {
  const path = await writeExample('first.mjs', 'node');
  const { end, stdout, stderr } = await runFile(path, [], { KAFKAJS_NO_PARTITIONER_WARNING: '1' });
  expect({ end, stdout, stderr }).toEqual({ end: 0, stdout: 'ada { amount: 3 }\n', stderr: '' });
});

test('the example for node:test passes', async () => {
  const { exitCode, output } = await nodeTest(await writeExample('node.test.mjs', 'node:test'));
  expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
  expect(/^# pass (\d+)$/m.exec(output)?.[1]).toBe('1');
});
