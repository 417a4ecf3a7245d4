/**
 * `npm run check:package`: is what npm would publish what we mean to publish? Packs the tarball, asks publint and
 * arethetypeswrong about it, installs it into an empty project and loads every entry in every way that users have.
 */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ENTRIES } from './entries.mjs';
import { StepFailed, capture, entry, present } from './steps.mjs';

const { values } = parseArgs({ options: { counts: { type: 'string' } } });

/** What the design promises of an installed tarball. */
const INSTALLED_PACKAGES_MAX = 12;
const INSTALLED_BYTES_MAX = 12e6;

const specifierOf = (name) => (name === 'index' ? 'millrace' : `millrace/${name}`);

/** Checks that are run inside the empty project: a name, the Node code, and the format of the file it is in. */
function loads(names) {
  const checks = [];
  for (const name of names) {
    const specifier = specifierOf(name);
    checks.push({ name: `import '${specifier}'`, file: 'load.mjs', code: `await import('${specifier}');` });
    checks.push({ name: `require('${specifier}')`, file: 'load.cjs', code: `require('${specifier}');` });
    checks.push({
      name: `require('${specifier}') as CommonJS`,
      file: 'load.cjs',
      // By its file: what Jest and older bundlers come to, who know neither module-sync nor require of ES modules.
      code: `require(require('node:path').join(__dirname, 'node_modules/millrace/dist/${name}.cjs'));`,
    });
    checks.push({
      name: `import and require of '${specifier}' are one module`,
      file: 'load.mjs',
      code: `import { createRequire } from 'node:module';
             import * as one from '${specifier}';
             const other = createRequire(import.meta.url)('${specifier}');
             for (const key of Object.keys(one)) if (one[key] !== other[key]) throw new Error(key + ' differs');`,
    });
  }
  return checks;
}

async function sizeOf(directory) {
  const { stdout } = await capture('du', ['-sb', directory]);
  return Number(stdout.split('\t')[0]);
}

await entry(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-package-'));
  const failures = [];
  let passed = 0;
  const record = (name, problem) => {
    console.log(
      `${problem === undefined ? 'ok  ' : 'FAIL'} ${name}${problem === undefined ? '' : `\n     ${problem}`}`,
    );
    if (problem === undefined) passed++;
    else failures.push(name);
  };
  const recordRun = (name, { code, stdout, stderr }) =>
    record(name, code === 0 ? undefined : `${stdout}${stderr}`.trim().replaceAll('\n', '\n     '));

  try {
    const packed = await capture('npm', ['pack', '--json', '--silent', '--pack-destination', folder]);
    if (packed.code !== 0) throw new StepFailed(`npm pack failed\n${packed.stderr}`);
    // `prepare` prints before the JSON.
    const [{ filename, files }] = JSON.parse(packed.stdout.slice(packed.stdout.search(/^\[/m)));
    const tarball = join(folder, filename);

    const strangers = files
      .map(({ path }) => path)
      .filter((path) => !/^(dist\/|package\.json$|README\.md$|LICENSE$)/.test(path));
    record('the tarball holds dist/ and the three files of every package', strangers[0]);
    recordRun('publint', await capture('publint', ['--strict', tarball]));

    const names = present(ENTRIES.map(({ source }) => source)).map((source) =>
      ENTRIES.find((each) => each.source === source),
    );
    const importable = names.filter(({ commonjs }) => commonjs === true).map(({ name }) => name);
    const entryPoints = importable.map((name) => (name === 'index' ? '.' : name));
    // node10 knows no `exports`: its subpaths would need folders of their own, for a resolution that Node has left behind.
    recordRun(
      'arethetypeswrong',
      await capture('attw', [
        tarball,
        '--profile',
        'node16',
        '--format',
        'table-flipped',
        '--no-color',
        '--entrypoints',
        ...entryPoints,
      ]),
    );

    const project = join(folder, 'project');
    const install = async (...flags) => {
      await rm(project, { recursive: true, force: true });
      await capture('mkdir', ['-p', project]);
      await writeFile(join(project, 'package.json'), '{ "name": "user", "private": true }\n');
      return capture('npm', ['install', '--silent', ...flags, tarball], { cwd: project });
    };
    for (const flags of [['--omit=optional'], []]) {
      const how = ['npm install', ...flags].join(' ');
      recordRun(how, await install(...flags));
      for (const { name, file, code } of loads(importable)) {
        await writeFile(join(project, file), code);
        recordRun(`${how}: ${name}`, await capture(process.execPath, [file], { cwd: project }));
      }
      if (names.some(({ name }) => name === 'cli')) {
        recordRun(
          `${how}: npx millrace --help`,
          await capture('npx', ['--no-install', 'millrace', '--help'], { cwd: project }),
        );
      }
    }

    const lock = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8'));
    const installed = [];
    for (const path of Object.keys(lock.packages)) {
      // Prebuilt binaries of other platforms are in the lockfile and not on the disk.
      if (path !== '' && (await stat(join(project, path)).catch(() => undefined)) !== undefined)
        installed.push(path);
    }
    const bytes = await sizeOf(join(project, 'node_modules'));
    console.log(`     installed: ${installed.length} packages, ${(bytes / 1e6).toFixed(1)} MB`);
    for (const path of installed)
      console.log(
        `       ${path.slice('node_modules/'.length)}: ${((await sizeOf(join(project, path))) / 1e6).toFixed(2)} MB`,
      );
    record(
      `at most ${INSTALLED_PACKAGES_MAX} packages and ${INSTALLED_BYTES_MAX / 1e6} MB installed`,
      installed.length <= INSTALLED_PACKAGES_MAX && bytes <= INSTALLED_BYTES_MAX
        ? undefined
        : `${installed.length} packages, ${bytes} bytes`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (values.counts !== undefined) {
    await writeFile(
      values.counts,
      `${JSON.stringify({ suite: 'package', passed, failed: failures.length, failures })}\n`,
    );
  }
  console.log(`${passed} passed, ${failures.length} failed`);
  return failures.length === 0 ? 0 : 1;
});
