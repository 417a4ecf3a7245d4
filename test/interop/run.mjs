/**
 * Runs one suite against one broker:
 *
 *   node run.mjs kcat                            against ours, built in dist/
 *   node run.mjs kcat --broker 4.3.1             against that release of Apache Kafka
 *   BOOTSTRAP=127.0.0.1:9092 node run.mjs kcat   against whatever runs there
 *   … --only 'zstd'                              the checks whose names match
 *   … --counts FILE                              writes {"suite", "passed", "failed", "failures", "features"} there
 *   … --record FILE                              writes the frames of both directions there, one JSON object a line
 */
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { CLIENTS } from './conformance.mjs';
import { startBroker } from './harness/brokers.mjs';
import { Checks } from './harness/checks.mjs';
import { Control } from './harness/control.mjs';
import { endAll } from './harness/processes.mjs';
import { RecordingProxy, isIncrementalFetch } from './harness/recording-proxy.mjs';
import { SUITES } from './suites.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    broker: { type: 'string', default: 'millrace' },
    only: { type: 'string' },
    counts: { type: 'string' },
    record: { type: 'string' },
  },
});
const { BOOTSTRAP } = process.env;
/** Larger ones are larger by their records, and tell no more. */
const RECORDED_FRAME_BYTES_MAX = 4096;

const [name] = positionals;
const suite = SUITES[name];
if (suite === undefined) {
  console.error(`There is no suite '${name ?? ''}'. There are: ${Object.keys(SUITES).join(', ')}`);
  process.exit(2);
}

/**
 * The broker, and what stands in front of it where the suite or its user wants to see the frames. One that is there already
 * is used as it is, and left running.
 */
async function broker() {
  if (BOOTSTRAP !== undefined)
    return { bootstrap: BOOTSTRAP, end: async () => {}, remove: async () => {}, close: async () => {} };
  if (suite.watched !== true && values.record === undefined)
    return { ...(await startBroker(values.broker)), close: async () => {} };

  const seen = { incrementalFetches: 0 };
  const file = values.record === undefined ? undefined : createWriteStream(values.record);
  const proxy = new RecordingProxy((frame) => {
    if (isIncrementalFetch(frame)) seen.incrementalFetches++;
    if (frame.bytes.length > RECORDED_FRAME_BYTES_MAX) return;
    file?.write(
      `${JSON.stringify({ ...frame, suite: name, broker: values.broker, bytes: frame.bytes.toString('base64') })}\n`,
    );
  });
  const bootstrap = await proxy.listen();
  const behind = await startBroker(values.broker, {}, { advertise: bootstrap });
  proxy.forwardTo(behind.bootstrap);
  const close = async () => {
    await proxy.close();
    if (file === undefined) return;
    file.end();
    await once(file, 'finish');
  };
  return { ...behind, bootstrap, seen, close };
}

const checks = new Checks(values.only === undefined ? undefined : new RegExp(values.only));
console.log(`${name} against ${BOOTSTRAP ?? values.broker}`);
try {
  if (suite.ownBroker === true) {
    await suite.run({ checks, broker: values.broker });
  } else {
    const { bootstrap, seen, end, restart, remove, close } = await broker();
    try {
      const control = new Control(bootstrap);
      await control.connect();
      try {
        await suite.run({ checks, control, bootstrap, restart, seen, broker: values.broker });
      } finally {
        await control.disconnect();
      }
      await checks.check(`${name}: the broker ends when told to`, end);
    } finally {
      await endAll();
      await close();
      await remove();
    }
  }
} catch (error) {
  checks.record(`${name}: runs to its end`, error?.stack ?? String(error));
} finally {
  await endAll();
}

/** A whole run shows what conformance.mjs says of the client, no less and no more. */
function compareFeatures(declared) {
  const missing = declared.filter((feature) => !checks.features.has(feature));
  const undeclared = [...checks.features.keys()].filter((feature) => !declared.includes(feature));
  if (missing.length === 0 && undeclared.length === 0) return;
  checks.record(
    `${name}: shows the features that conformance.mjs declares`,
    `shown by no check: ${missing.join(', ') || 'none'}; shown, not declared: ${undeclared.join(', ') || 'none'}`,
  );
}

const client = CLIENTS.find((each) => each.suite === name);
if (client !== undefined && values.only === undefined && BOOTSTRAP === undefined)
  compareFeatures(client.features);
if (checks.passed + checks.failed.length === 0)
  checks.record(`${name}: runs at least one check`, 'it ran none');
if (values.counts !== undefined) {
  const { passed, failed, features } = checks;
  await writeFile(
    values.counts,
    `${JSON.stringify({ suite: name, passed, failed: failed.length, failures: failed, features: Object.fromEntries(features) })}\n`,
  );
}
console.log(`${checks.passed} passed, ${checks.failed.length} failed`);
process.exit(checks.failed.length === 0 ? 0 : 1);
