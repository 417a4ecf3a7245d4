/**
 * The suites that need more than npm, and the tools they need. `npm run test:all` walks these tables.
 *
 * A tool has a `probe`, which says what is wrong or nothing, and either the Debian package that brings it or the command
 * that does.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BUILD as GO_BUILD, PROGRAMS as GO_PROGRAMS, PROGRAM_NAMES } from '../test/interop/harness/go.mjs';
import { KAFKA_VERSIONS, mavenCommand } from '../test/interop/harness/java.mjs';
import { ENVIRONMENT as PYTHON, REQUIREMENTS } from '../test/interop/harness/python.mjs';
import { countsFile } from './counts.mjs';
import { ROOT, capture } from './steps.mjs';

const INTEROP = join(ROOT, 'test', 'interop');
/** Node's newest long-term release, from the registry. */
export const NEWEST_NODE = join(INTEROP, 'node_modules', 'node', 'bin', 'node');
const JAVA_MIN = 17;
/** The first Go that brings a newer one by itself when a module asks for it. */
const GO_MINOR_MIN = 21;
/** aiokafka's. */
const PYTHON_MINOR_MIN = 10;

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

async function probeGo() {
  const { code, stdout } = await capture('go', ['env', 'GOVERSION']).catch(() => ({ code: 127, stdout: '' }));
  if (code !== 0) return 'go does not run';
  const minor = Number(/^go1\.(\d+)/.exec(stdout)?.[1]);
  return minor >= GO_MINOR_MIN ? undefined : `go is ${stdout.trim()}, its clients need 1.${GO_MINOR_MIN}`;
}

async function probePython() {
  const answer = await capture('python3', ['-c', 'import ensurepip, sys; print(sys.version_info[1])']).catch(
    () => ({ code: 127, stdout: '' }),
  );
  if (answer.code !== 0) return 'python3 does not run, or has no venv';
  const minor = Number(answer.stdout);
  return minor >= PYTHON_MINOR_MIN
    ? undefined
    : `python3 is 3.${minor}, its clients need 3.${PYTHON_MINOR_MIN}`;
}

/** The installer leaves a copy of the requirements when it has come to its end. */
async function probePythonClients() {
  const installed = await readFile(join(PYTHON, 'requirements.txt'), 'utf8').catch(() => undefined);
  if (installed === undefined) return 'not installed';
  if (installed !== (await readFile(REQUIREMENTS, 'utf8'))) return 'not the ones in requirements.txt';
  // An environment refers to the Python that it was made with.
  return answers(join(PYTHON, 'bin', 'python'), '-c', 'import aiokafka, confluent_kafka');
}

async function probeGoClients() {
  const absent = PROGRAM_NAMES.find((name) => !existsSync(join(GO_PROGRAMS, name)));
  return absent === undefined ? undefined : `${absent} is not built`;
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
  { name: 'zsh', probe: () => answers('zsh', '--version'), debian: 'zsh' },
  { name: 'fish', probe: () => answers('fish', '--version'), debian: 'fish' },
  { name: 'java', probe: probeJava, debian: 'openjdk-17-jdk-headless' },
  { name: 'maven', probe: () => answers('mvn', '-v'), debian: 'maven' },
  {
    name: 'npm clients',
    probe: probeInteropClients,
    command: ['npm', 'ci', '--prefix', 'test/interop', '--no-audit', '--no-fund'],
  },
  { name: 'python', probe: probePython, debian: 'python3-venv' },
  {
    name: 'python clients',
    probe: probePythonClients,
    command: ['node', 'test/interop/python/install.mjs'],
  },
  { name: 'go', probe: probeGo, debian: 'golang-go' },
  // Cheap when nothing has changed, and a suite must not run on what was built of yesterday's sources: always.
  { name: 'go clients', probe: probeGoClients, command: GO_BUILD, always: true },
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
  interop('python-confluent', ['python', 'python clients']),
  interop('python-aiokafka', ['python', 'python clients']),
  interop('go-franz', ['go', 'go clients']),
  interop('go-sarama', ['go', 'go clients']),
  ...KAFKA_VERSIONS.map((version) => interop(`java-${version}`, ['java', 'maven', ...KAFKA_TOOLS])),
  ...KAFKA_VERSIONS.map((version) =>
    interop(`dump-log-${version}`, ['kcat', 'java', 'maven', ...KAFKA_TOOLS]),
  ),
  interop('error-codes', ['java', 'maven', 'kafka 4.3.1']),
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
    name: 'completions',
    needs: ['zsh', 'fish'],
    command: [
      ...['env', 'SHELLS=bash,zsh,fish', process.execPath, 'node_modules/vitest/vitest.mjs', 'run'],
      'test/unit/cli/completions.test.ts',
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${countsFile('completions')}`],
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
