/**
 * `npm run test:all`: the suites that need more than npm (scripts/suites.mjs). Without flags it looks for the tools first,
 * and when one is missing prints the line that brings it and ends with 2.
 *
 *   npm run test:all                        all of them
 *   npm run test:all -- --install-tools     installs what is missing; as root, on Debian
 *   npm run test:all -- kcat kafkajs        only these
 */
import { parseArgs } from 'node:util';
import { SUITES, TOOLS } from './suites.mjs';
import { forgetCounts, readCounts, sumLine } from './counts.mjs';
import { StepFailed, entry, run, seconds, step } from './steps.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'install-tools': { type: 'boolean', default: false } },
});

function chosenSuites() {
  const unknown = positionals.find((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown !== undefined) {
    throw new StepFailed(
      `There is no suite '${unknown}'. There are: ${SUITES.map(({ name }) => name).join(', ')}`,
      2,
    );
  }
  return positionals.length === 0 ? SUITES : SUITES.filter(({ name }) => positionals.includes(name));
}

async function missingTools(tools) {
  const missing = [];
  for (const tool of tools) {
    const problem = await tool.probe();
    if (problem !== undefined) missing.push({ ...tool, problem });
  }
  return missing;
}

async function installTools(tools) {
  const packages = (await missingTools(tools)).flatMap(({ debian }) => debian ?? []);
  if (packages.length > 0) {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await step('apt-get update', 'apt-get', ['update', '-q'], { env });
    await step(
      'apt-get install',
      'apt-get',
      ['install', '-q', '-y', '--no-install-recommends', ...packages],
      { env },
    );
  }
  for (const { name, command, always, probe } of tools) {
    if (command === undefined) continue;
    if (always === true || (await probe()) !== undefined) await step(name, command[0], command.slice(1));
  }
}

/** Everything a person has to paste, as one line. */
function pasteLine(missing) {
  const packages = missing.flatMap(({ debian }) => debian ?? []);
  const apt = packages.length === 0 ? [] : [`apt-get update && apt-get install -y ${packages.join(' ')}`];
  const commands = missing.flatMap(({ command }) => (command === undefined ? [] : [command.join(' ')]));
  return [...apt, ...commands].join(' && ');
}

await entry(async () => {
  const suites = chosenSuites();
  const needed = new Set(suites.flatMap(({ needs }) => needs));
  const tools = TOOLS.filter(({ name }) => needed.has(name));
  if (values['install-tools']) await installTools(tools);

  const missing = await missingTools(tools);
  if (missing.length > 0) {
    for (const { name, problem } of missing) {
      const waiting = suites.filter(({ needs }) => needs.includes(name)).map((suite) => suite.name);
      console.error(`missing: ${name} (${problem}), needed by ${waiting.join(', ')}`);
    }
    console.error(
      `\nTo get what is missing, paste:\n\n  ${pasteLine(missing)}\n\nor, as root on Debian: npm run test:all -- --install-tools`,
    );
    return 2;
  }

  await step('build', process.execPath, ['scripts/build.mjs', '--if-stale']);
  const rows = [];
  for (const { name, command } of suites) {
    await forgetCounts(name);
    const startedAtMs = Date.now();
    console.log(`\n── ${name}`);
    const code = await run(command[0], command.slice(1));
    const counts = (await readCounts(name)) ?? { suite: name, passed: 0, failed: 1, skipped: 0 };
    rows.push({ ...counts, code, time: seconds(startedAtMs) });
  }

  console.log(
    `\n${'suite'.padEnd(20)} ${'passed'.padStart(7)} ${'failed'.padStart(7)} ${'skipped'.padStart(8)} ${'time'.padStart(9)}`,
  );
  for (const { suite, passed, failed, skipped, code, time } of rows) {
    const verdict = code === 0 ? '' : `  exit ${code}`;
    console.log(
      `${suite.padEnd(20)} ${String(passed).padStart(7)} ${String(failed).padStart(7)} ${String(skipped).padStart(8)} ${time.padStart(9)}${verdict}`,
    );
  }
  // After the runs, since they are what the table is written from.
  const tableIsFresh =
    positionals.length > 0 || (await run(process.execPath, ['scripts/conformance.mjs', '--check'])) === 0;
  console.log(sumLine(rows));
  const allHeld = rows.every(
    ({ code, passed, failed, skipped }) => code === 0 && passed > 0 && failed === 0 && skipped === 0,
  );
  return allHeld && tableIsFresh ? 0 : 1;
});
