/**
 * `npm test`: what every change must pass, with npm alone. Builds dist/ if it is stale (some tests start the built
 * command), checks types, lint and format, then runs the suite.
 *
 *   npm test                                everything
 *   npm test -- --node PATH --suite NAME    the suite alone, under another Node, counted under a name of its own
 */
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { countsFile, forgetCounts } from './counts.mjs';
import { entry, step } from './steps.mjs';

const { values } = parseArgs({
  options: { node: { type: 'string' }, suite: { type: 'string', default: 'unit' } },
});

await entry(async () => {
  await forgetCounts(values.suite);
  const counts = countsFile(values.suite);
  await step('build', process.execPath, ['scripts/build.mjs', '--if-stale']);
  const suite = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${counts}`,
  ];
  if (values.node !== undefined) {
    // Tests that start a process take the Node of `process.execPath`; those that look for `node` find the same.
    const env = { PATH: `${dirname(values.node)}:${process.env.PATH}` };
    await step('unit', values.node, suite, { env });
    return;
  }
  await step('typecheck', 'tsc', ['-p', 'tsconfig.json']);
  await step('lint', process.execPath, ['scripts/lint.mjs']);
  await step('unit', process.execPath, suite);
});
