/**
 * `npm run sim:planted`: plants each error alone and runs random seeds until one finds it; those that none finds are put to the named
 * scenarios. Exit 1 if an error goes unfound, or more than two need a scenario.
 *
 *   npm run sim:planted -- --seeds 200     tries so many for each
 *   npm run sim:planted -- --count         runs all of them, and says how many find it
 *   npm run sim:planted -- --only WORD     those with the word in their name
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { entry } from '../../../scripts/steps.mjs';
import { PLANTED_ERRORS } from './planted-errors.mjs';
import { plant, runScenarios, runSeeds } from './plant.mjs';

const FIRST_SEED = 1;
/** Of the errors planted, as many may be too rare for chance. */
const BY_SCENARIO_MAX = 3;

await entry(async () => {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '100' },
      count: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      counts: { type: 'string' },
    },
  });
  const seeds = Number(values.seeds);
  const errors = PLANTED_ERRORS.filter(({ name }) => name.includes(values.only));
  const found = { seeds: 0, scenario: 0 };
  console.log(`| planted error | found by | what is said |\n|---|---|---|`);
  for (const [number, error] of errors.entries()) {
    const bundles = await plant(error, number);
    const run = await runSeeds(bundles.sim, FIRST_SEED, seeds, values.count ? 'all' : 'until-failure');
    let by = values.count ? `${run.failed} of ${run.seeds} seeds` : `seed ${run.seeds}`;
    let { finding } = run;
    if (run.failed > 0) found.seeds++;
    else {
      finding = await runScenarios(bundles.scenarios);
      if (finding !== undefined) found.scenario++;
      by = finding === undefined ? '**nothing**' : `a scenario, and none of ${run.seeds} seeds`;
    }
    console.log(`| ${error.name} | ${by} | ${finding ?? ''} |`);
  }
  const unfound = errors.length - found.seeds - found.scenario;
  console.log(
    `\n${errors.length} planted: ${found.seeds} found by random seeds, ${found.scenario} by a scenario, ${unfound} by nothing`,
  );
  if (values.counts !== undefined) {
    await mkdir(dirname(values.counts), { recursive: true });
    const counts = { suite: 'planted', passed: errors.length - unfound, failed: unfound };
    await writeFile(values.counts, JSON.stringify(counts));
  }
  return unfound > 0 || found.scenario > BY_SCENARIO_MAX ? 1 : 0;
});
