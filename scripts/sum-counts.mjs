/** Adds up the counts of all suites that have run; fails when one failed, skipped a test, or is missing from the arguments' list. */
import { countedSuites, readCounts, sumLine } from './counts.mjs';
import { SUITES } from './suites.mjs';
import { entry } from './steps.mjs';

await entry(async () => {
  const expected = ['unit', ...SUITES.map(({ name }) => name)];
  const counted = await countedSuites();
  const counts = await Promise.all(counted.map(readCounts));
  const missing = expected.filter((suite) => !counted.includes(suite));
  for (const { suite, passed, failed, skipped } of counts) {
    console.log(
      `${suite.padEnd(20)} ${String(passed).padStart(6)} passed ${String(failed).padStart(4)} failed ${String(skipped).padStart(4)} skipped`,
    );
  }
  for (const suite of missing) console.log(`${suite.padEnd(20)} did not run`);
  console.log(sumLine(counts));
  const bad =
    missing.length > 0 || counts.some(({ failed, skipped, passed }) => failed + skipped > 0 || passed === 0);
  return bad ? 1 : 0;
});
