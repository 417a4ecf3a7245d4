/**
 * Runs one suite against one broker:
 *
 *   node run.mjs kcat                            against ours, built in dist/
 *   node run.mjs kcat --broker 4.3.1             against that release of Apache Kafka
 *   BOOTSTRAP=127.0.0.1:9092 node run.mjs kcat   against whatever runs there
 *   … --only 'zstd'                              the checks whose names match
 *   … --counts FILE                              writes {"suite", "passed", "failed", "failures"} there
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startBroker } from './harness/brokers.mjs';
import { Checks } from './harness/checks.mjs';
import { Control } from './harness/control.mjs';
import { endAll } from './harness/processes.mjs';
import { SUITES } from './suites.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    broker: { type: 'string', default: 'millrace' },
    only: { type: 'string' },
    counts: { type: 'string' },
  },
});

const [name] = positionals;
const suite = SUITES[name];
if (suite === undefined) {
  console.error(`There is no suite '${name ?? ''}'. There are: ${Object.keys(SUITES).join(', ')}`);
  process.exit(2);
}

/** A broker that is there already is used as it is, and left running. */
function broker() {
  const { BOOTSTRAP } = process.env;
  if (BOOTSTRAP === undefined) return startBroker(values.broker);
  return { bootstrap: BOOTSTRAP, end: async () => {}, remove: async () => {} };
}

const checks = new Checks(values.only === undefined ? undefined : new RegExp(values.only));
console.log(`${name} against ${process.env.BOOTSTRAP ?? values.broker}`);
try {
  if (suite.ownBroker === true) {
    await suite.run({ checks, broker: values.broker });
  } else {
    const { bootstrap, end, remove } = await broker();
    try {
      const control = new Control(bootstrap);
      await control.connect();
      try {
        await suite.run({ checks, control, bootstrap });
      } finally {
        await control.disconnect();
      }
      await checks.check(`${name}: the broker ends when told to`, end);
    } finally {
      await endAll();
      await remove();
    }
  }
} catch (error) {
  checks.record(`${name}: runs to its end`, error?.stack ?? String(error));
} finally {
  await endAll();
}

const { passed, failed } = checks;
if (passed + failed.length === 0) checks.record(`${name}: runs at least one check`, 'it ran none');
if (values.counts !== undefined) {
  await writeFile(
    values.counts,
    `${JSON.stringify({ suite: name, passed: checks.passed, failed: failed.length, failures: failed })}\n`,
  );
}
console.log(`${checks.passed} passed, ${failed.length} failed`);
process.exit(failed.length === 0 ? 0 : 1);
