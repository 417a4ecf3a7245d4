/**
 * `npm run sim -- SEED`: replays one seed and prints its trace; `npm run sim -- FIRST COUNT` runs many, prints those that fail, and what they
 * saw; with `until-failure` behind it, it ends at the first that fails. Exit 1 when a promise was broken.
 */
import { failureReport, summary } from './report.js';
import { runSeed } from './simulation.js';
import { Totals } from './totals.js';

async function main(args: readonly string[]): Promise<number> {
  const [first, count] = args.slice(0, 2).map(Number);
  const untilFailure = args[2] === 'until-failure';
  if (first === undefined || !Number.isSafeInteger(first) || (count !== undefined && !(count > 0))) {
    console.error('usage: npm run sim -- SEED          replays a seed, with its trace');
    console.error('       npm run sim -- FIRST COUNT   runs COUNT seeds from FIRST on');
    return 2;
  }
  const totals = new Totals();
  for (let seed = first; seed < first + (count ?? 1); seed++) {
    const result = await runSeed(seed, count === undefined ? (line) => console.log(line) : undefined);
    totals.add(result);
    if (count === undefined) console.log(`\nclimate ${JSON.stringify(result.climate, null, 1)}`);
    if (result.violation !== undefined) console.log(failureReport(result, count === undefined ? 0 : 40));
    if (untilFailure && result.violation !== undefined) break;
  }
  console.log(summary(totals));
  return totals.failed.length > 0 ? 1 : 0;
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
