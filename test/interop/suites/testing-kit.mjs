/**
 * `millrace/testing` as its users have it: installed under node_modules, with kafkajs, in Jest (CommonJS, whose resolver knows
 * neither module-sync nor require of ES modules) and in node:test (ES modules). Vitest has its turn in the unit tests.
 */
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { guideProgram } from '../../kit/guide-blocks.mjs';
import { run } from '../harness/processes.mjs';

const INTEROP = dirname(dirname(fileURLToPath(import.meta.url)));
const KIT = join(INTEROP, 'testing-kit');
const GUIDE_EXAMPLE = join(KIT, 'guide.test.cjs');
const ENV = { KAFKAJS_NO_PARTITIONER_WARNING: '1', NO_COLOR: '1' };

/** A link to the checkout stands in for an installed package: the same files by the same `exports`. */
async function linkPackage() {
  const link = join(INTEROP, 'node_modules', 'millrace');
  await rm(link, { force: true, recursive: true });
  await symlink(dirname(dirname(INTEROP)), link, 'dir');
}

export async function runTestingKit({ checks }) {
  await linkPackage();
  await writeGuideExample();
  try {
    // Two files at once, each in a worker: a process, and a thread.
    await runJest(checks, 'processes', { maxWorkers: 2 });
    await runJest(checks, 'threads', { maxWorkers: 2, workerThreads: true });
  } finally {
    await rm(GUIDE_EXAMPLE);
  }
  await runNodeTest(checks);
}

/** The guide's example for Jest, as it stands there. */
async function writeGuideExample() {
  await writeFile(GUIDE_EXAMPLE, await guideProgram('jest'));
}

async function runJest(checks, workers, options) {
  const folder = await mkdtemp(join(tmpdir(), 'interop-jest-'));
  try {
    const report = join(folder, 'report.json');
    const config = {
      rootDir: KIT,
      testMatch: ['**/*.test.cjs'],
      transform: {},
      testTimeout: 60_000,
      cacheDirectory: join(folder, 'cache'),
      ...options,
    };
    const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
    const { code, signal, stdout, stderr } = await run(
      process.execPath,
      [jest, '--config', JSON.stringify(config), '--json', '--outputFile', report],
      { env: ENV },
    );
    const { testResults } = JSON.parse(
      await readFile(report, 'utf8').catch((cause) => {
        throw new Error(`Jest left no report and ended with ${signal ?? code}\n${stdout}${stderr}`, {
          cause,
        });
      }),
    );
    checks.record(
      `Jest, ${workers}: it ends by itself with 0, and no worker has to be killed`,
      code === 0 && !/did not exit|failed to exit|force exited/.test(stderr)
        ? undefined
        : `exit ${signal ?? code}\n${stderr}`,
    );
    for (const { assertionResults, message } of testResults) {
      if (assertionResults.length === 0) checks.record(`Jest, ${workers}: the file loads`, message);
      for (const { title, status, failureMessages } of assertionResults) {
        checks.record(
          `Jest, ${workers}: ${title}`,
          status === 'passed' ? undefined : failureMessages.join('\n') || status,
        );
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runNodeTest(checks) {
  const { code, stdout, stderr } = await run(
    process.execPath,
    ['--test', '--test-reporter=tap', join(KIT, 'node-test.mjs')],
    { env: ENV },
  );
  // One file: its tests stand on the first level or, on Node 20, on the second below the file's own line.
  const lines = [...stdout.matchAll(/^ *(not ok|ok) \d+ - (.*)$/gm)].filter(
    ([, , name]) => !name.includes('node-test.mjs'),
  );
  for (const [, verdict, name] of lines)
    checks.record(`node:test: ${name}`, verdict === 'ok' ? undefined : `${stdout}${stderr}`);
  checks.record(
    'node:test: the process ends with 0',
    code === 0 && lines.length > 0 ? undefined : `exit ${code}\n${stdout}${stderr}`,
  );
}
