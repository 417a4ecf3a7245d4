/**
 * The suites that need more than npm, and the tools they need. `npm run test:all` walks these tables.
 *
 * A tool has a `probe`, which says what is wrong or nothing, and either the Debian package that brings it or the command
 * that does.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KAFKA_VERSIONS, mavenCommand } from '../test/interop/harness/java.mjs';
import { countsFile } from './counts.mjs';
import { ROOT, capture } from './steps.mjs';

const INTEROP = join(ROOT, 'test', 'interop');
/** Node's newest long-term release, from the registry. */
export const NEWEST_NODE = join(INTEROP, 'node_modules', 'node', 'bin', 'node');
const JAVA_MIN = 17;

async function answers(command, ...args) {
  const result = await capture(command, args).catch((error) => ({ code: 127, error }));
  return result.code === 0 ? undefined : `${command} does not run`;
}

async function probeJava() {
  const { code, stderr } = await capture('java', ['-version']).catch(() => ({ code: 127, stderr: '' }));
  if (code !== 0) return 'java does not run';
  const major = Number(/version "(\d+)/.exec(stderr)?.[1]);
  return major >= JAVA_MIN ? undefined : `java is ${major}, Kafka 4 needs ${JAVA_MIN}`;
}

/** npm leaves a copy of what it installed beside it: the same lockfile, or another one since. */
async function probeInteropClients() {
  const installed = await readFile(join(INTEROP, 'node_modules', '.package-lock.json'), 'utf8').catch(
    () => undefined,
  );
  if (installed === undefined) return 'not installed';
  const wanted = JSON.parse(await readFile(join(INTEROP, 'package-lock.json'), 'utf8')).packages;
  const found = JSON.parse(installed).packages;
  const stale = Object.entries(wanted).find(
    ([path, { version, optional }]) => path !== '' && optional !== true && found[path]?.version !== version,
  );
  if (stale !== undefined) return `${stale[0]} is not the one in the lockfile`;
  return existsSync(NEWEST_NODE) ? undefined : `there is no ${NEWEST_NODE}`;
}

function probeKafka(version) {
  return async () => {
    const target = join(INTEROP, 'java', 'target', version);
    const classPath = await readFile(join(target, 'class-path.txt'), 'utf8').catch(() => undefined);
    if (classPath === undefined) return 'not resolved';
    const missing = classPath
      .trim()
      .split(':')
      .find((path) => !existsSync(path));
    if (missing !== undefined) return `${missing} is gone`;
    return existsSync(join(target, 'classes', 'millrace', 'interop', 'Main.class'))
      ? undefined
      : 'not compiled';
  };
}

export const TOOLS = [
  { name: 'kcat', probe: () => answers('kcat', '-V'), debian: 'kcat' },
  { name: 'strace', probe: () => answers('strace', '-V'), debian: 'strace' },
  { name: 'java', probe: probeJava, debian: 'openjdk-17-jdk-headless' },
  { name: 'maven', probe: () => answers('mvn', '-v'), debian: 'maven' },
  {
    name: 'npm clients',
    probe: probeInteropClients,
    command: ['npm', 'ci', '--prefix', 'test/interop', '--no-audit', '--no-fund'],
  },
  // Cheap when nothing has changed, and it must not run on yesterday's classes: always.
  ...KAFKA_VERSIONS.map((version) => ({
    name: `kafka ${version}`,
    probe: probeKafka(version),
    command: mavenCommand(version),
    always: true,
  })),
];

function interop(name, needs, { node = process.execPath } = {}) {
  return {
    name,
    needs: ['npm clients', ...needs],
    command: [node, join(INTEROP, 'run.mjs'), name, '--counts', countsFile(name)],
  };
}

const KAFKA_TOOLS = KAFKA_VERSIONS.map((version) => `kafka ${version}`);

export const SUITES = [
  interop('kcat', ['kcat']),
  interop('kafkajs', []),
  interop('platformatic-1', []),
  interop('platformatic-2', [], { node: NEWEST_NODE }),
  ...KAFKA_VERSIONS.map((version) => interop(`java-${version}`, ['java', 'maven', ...KAFKA_TOOLS])),
  ...KAFKA_VERSIONS.map((version) =>
    interop(`dump-log-${version}`, ['kcat', 'java', 'maven', ...KAFKA_TOOLS]),
  ),
  interop('testing-kit', []),
  {
    name: 'strace',
    needs: ['strace'],
    command: [
      process.execPath,
      'node_modules/vitest/vitest.mjs',
      ...['run', '--config', 'test/system/strace/vitest.config.ts'],
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${countsFile('strace')}`],
    ],
  },
  {
    name: 'unit-newest-node',
    needs: ['npm clients'],
    command: [process.execPath, 'scripts/test.mjs', '--node', NEWEST_NODE, '--suite', 'unit-newest-node'],
  },
  {
    name: 'planted',
    needs: [],
    command: [process.execPath, 'test/sim/planted/run.mjs', '--counts', countsFile('planted')],
  },
  {
    name: 'package',
    needs: [],
    command: [process.execPath, 'scripts/check-package.mjs', '--counts', countsFile('package')],
  },
];
