/**
 * README's conformance table.
 *
 *   node scripts/conformance.mjs           writes it from the last run of each client's suite (npm run test:all)
 *   node scripts/conformance.mjs --check   runs nothing: fails when README's table has other features, clients or releases
 *                                          than test/interop/conformance.mjs declares, or one that did not hold
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CLIENTS, conformanceTable, withTable } from '../test/interop/conformance.mjs';
import { countsFile } from './counts.mjs';
import { ROOT, StepFailed, entry } from './steps.mjs';

const README = join(ROOT, 'README.md');
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

/** Feature by feature of one suite's last run. */
async function shown(suite) {
  const text = await readFile(countsFile(suite), 'utf8').catch((error) => {
    if (error.code === 'ENOENT') throw new StepFailed(`${suite} has not run: npm run test:all -- ${suite}`);
    throw error;
  });
  const { features } = JSON.parse(text);
  const missing = CLIENTS.find((client) => client.suite === suite).features.find(
    (feature) => features?.[feature] === undefined,
  );
  if (missing !== undefined) throw new StepFailed(`the last run of ${suite} says nothing of '${missing}'`);
  return features;
}

await entry(async () => {
  const page = await readFile(README, 'utf8');
  const results = values.check
    ? undefined
    : new Map(await Promise.all(CLIENTS.map(async ({ suite }) => [suite, await shown(suite)])));
  const held = (client, feature) => results === undefined || results.get(client.suite)[feature];
  const wanted = withTable(page, conformanceTable(held));
  if (wanted === undefined) throw new StepFailed('README.md has no markers of a conformance table');
  if (!values.check) {
    await writeFile(README, wanted);
    console.log(`conformance: ${CLIENTS.length} clients`);
    return 0;
  }
  if (wanted !== page) {
    console.error(
      "README's conformance table is not what test/interop/conformance.mjs declares.\nAfter a whole `npm run test:all`, `node scripts/conformance.mjs` writes it anew.",
    );
    return 1;
  }
  console.log('conformance: the table in README is the one declared');
  return 0;
});
