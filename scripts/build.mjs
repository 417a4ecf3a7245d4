/**
 * src/ → dist/. esbuild makes the JavaScript (ES modules with shared chunks, and one CommonJS file for each entry
 * that must be loadable without ES modules), tsc the declarations. Types are not checked here: `npm run typecheck`.
 *
 *   node scripts/build.mjs              always
 *   node scripts/build.mjs --if-stale   only when a source has changed since the last build
 *
 * It builds into dist.building/ and swaps at the end, so that a failed build leaves the last good one alone.
 */
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { ENTRIES, EXTERNAL, TARGET } from './entries.mjs';
import { ROOT, StepFailed, capture, entry, present, seconds } from './steps.mjs';

const DIST = join(ROOT, 'dist');
const STAMP = 'built-from.txt';

/** Everything the output depends on, by content: modification times mean nothing after a clone. */
async function fingerprint() {
  const hash = createHash('sha256');
  const add = async (path) =>
    hash
      .update(`${path}\0`)
      .update(await readFile(join(ROOT, path)))
      .update('\0');
  for (const path of ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'])
    await add(path);
  for (const path of ['scripts/build.mjs', 'scripts/entries.mjs']) await add(path);
  const sources = await readdir(join(ROOT, 'src'), { recursive: true, withFileTypes: true });
  const files = sources
    .filter((item) => item.isFile())
    .map((item) => relative(ROOT, join(item.parentPath, item.name)));
  for (const path of files.sort()) await add(path);
  return hash.digest('hex');
}

/**
 * A CommonJS package bundled into an ES module asks for Node's own modules by `require`, which an ES module does not
 * have. Each such request is answered by a small CommonJS module, which hands on what a small ES module imports.
 */
const builtinsByImport = {
  name: 'builtins-by-import',
  setup(context) {
    context.onResolve({ filter: /.*/ }, ({ path, kind, namespace }) => {
      if (namespace === 'builtin-required') return { path, namespace: 'builtin-imported' };
      if (namespace === 'builtin-imported') return { path, external: true };
      return kind === 'require-call' && isBuiltin(path) ? { path, namespace: 'builtin-required' } : undefined;
    });
    context.onLoad({ filter: /.*/, namespace: 'builtin-required' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)}).default;`,
    }));
    context.onLoad({ filter: /.*/, namespace: 'builtin-imported' }, ({ path }) => ({
      contents: `export { default } from ${JSON.stringify(path)};`,
    }));
  },
};

const SHARED = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: TARGET,
  external: EXTERNAL,
  sourcemap: true,
  // Half the size of the maps, and stack traces do not need it.
  sourcesContent: false,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};

/** esbuild tells what is wrong by itself; its exception only says so again. */
async function bundle(options) {
  try {
    return await build(options);
  } catch (error) {
    if (error.errors === undefined) throw error;
    throw new StepFailed(`build: ${error.errors.length} errors, dist/ is left as it was`);
  }
}

async function buildModules(entries, outdir) {
  const { metafile } = await bundle({
    ...SHARED,
    format: 'esm',
    splitting: true,
    entryPoints: Object.fromEntries(entries.map(({ name, source }) => [name, source])),
    outdir,
    // Chunks lie beside the entries, so that `new URL('./offload-worker.js', import.meta.url)` holds in all of them.
    chunkNames: '[name]-[hash]',
    // `require()` of an ES module works only without it.
    supported: { 'top-level-await': false },
    plugins: [builtinsByImport],
  });
  return metafile;
}

async function buildCommonJs(entries, outdir) {
  const { metafile } = await bundle({
    ...SHARED,
    format: 'cjs',
    entryPoints: Object.fromEntries(entries.map(({ name, source }) => [name, source])),
    outdir,
    outExtension: { '.js': '.cjs' },
    // Jest's CommonJS sandbox has no dynamic import: it becomes a deferred require.
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  return metafile;
}

/** All sources an output runs at import: its own and those of the chunks it imports statically. */
function loadedSources(metafile, output) {
  const sources = new Set();
  const seen = new Set();
  const visit = (path) => {
    if (seen.has(path) || metafile.outputs[path] === undefined) return;
    seen.add(path);
    for (const source of Object.keys(metafile.outputs[path].inputs)) sources.add(source);
    for (const { path: next, kind } of metafile.outputs[path].imports) {
      if (kind === 'import-statement' || kind === 'require-call') visit(next);
    }
  };
  visit(output);
  return sources;
}

function checkForbidden(metafile, outdir, extension, entries) {
  for (const { name, forbidden = [] } of entries) {
    const output = relative(ROOT, join(outdir, name + extension));
    for (const source of loadedSources(metafile, output)) {
      const folder = forbidden.find((each) => source.startsWith(`src/${each}/`));
      if (folder !== undefined) {
        throw new StepFailed(
          `build: ${name}${extension} must load nothing of src/${folder}/, but it loads ${source}`,
        );
      }
    }
  }
}

/** The licence texts of what is bundled: their authors ask for no more and no less. */
async function writeLicences(metafiles, outdir) {
  /** @type {Set<string>} */
  const packages = new Set();
  for (const { inputs } of metafiles) {
    for (const input of Object.keys(inputs)) {
      const found = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
      if (found !== null) packages.add(input.slice(0, found[0].length - 1));
    }
  }
  const parts = ['Code of these packages is contained in the files of this directory.\n'];
  for (const folder of [...packages].sort()) {
    const { name, version, license } = JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8'));
    const file = (await readdir(join(ROOT, folder))).find((each) => /^(licen[cs]e|copying)/i.test(each));
    const text =
      file === undefined
        ? '(the package ships no licence text)'
        : await readFile(join(ROOT, folder, file), 'utf8');
    parts.push(`${'─'.repeat(80)}\n${name} ${version} (${license})\n\n${text.trim()}\n`);
  }
  await writeFile(join(outdir, 'THIRD-PARTY-LICENSES.txt'), parts.join('\n'));
}

/** tsc writes what the entries reach; hand-made and generated declarations it only reads, so those are copied. */
async function writeDeclarations(entries, outdir) {
  const types = join(outdir, 'types');
  const project = join(outdir, 'tsconfig.json');
  await writeFile(
    project,
    JSON.stringify({
      extends: '../tsconfig.build.json',
      compilerOptions: { rootDir: '../src', outDir: './types' },
      files: entries.map(({ source }) => `../${source}`),
    }),
  );
  const { code, stdout, stderr } = await capture('tsc', ['-p', project]);
  await rm(project);
  if (code !== 0) throw new StepFailed(`build: tsc could not write the declarations\n${stdout}${stderr}`);
  for (const item of await readdir(join(ROOT, 'src'), { recursive: true, withFileTypes: true })) {
    if (!item.isFile() || !item.name.endsWith('.d.ts')) continue;
    const from = join(item.parentPath, item.name);
    const to = join(types, relative(join(ROOT, 'src'), from));
    await mkdir(dirname(to), { recursive: true });
    await cp(from, to);
  }
  await pruneDeclarations(types, entries);
  await writeCommonJsDeclarations(types);
}

/** A relative specifier in a declaration: what stands before it, its quote, and its path without `.js`. */
const SPECIFIER = /(\bfrom\s*|\bimport\s*\(?\s*)(["'])(\.{1,2}\/[^"']+)\.js\2/g;

/** tsc writes a declaration for every module of the program; users need those that the entries' own declarations speak of. */
async function pruneDeclarations(types, entries) {
  const reached = new Set();
  const visit = async (path) => {
    if (reached.has(path)) return;
    reached.add(path);
    const text = await readFile(path, 'utf8');
    for (const [, , , target] of text.matchAll(SPECIFIER)) await visit(join(dirname(path), `${target}.d.ts`));
  };
  for (const { source } of entries)
    await visit(join(types, relative('src', source).replace(/\.ts$/, '.d.ts')));
  for (const item of await readdir(types, { recursive: true, withFileTypes: true })) {
    const path = join(item.parentPath, item.name);
    if (item.isFile() && !reached.has(path)) await rm(path);
  }
}

/** A `.d.cts` beside each `.d.ts`: the same text, whose relative specifiers name `.cjs` files. */
async function writeCommonJsDeclarations(types) {
  for (const item of await readdir(types, { recursive: true, withFileTypes: true })) {
    if (!item.isFile() || !item.name.endsWith('.d.ts')) continue;
    const path = join(item.parentPath, item.name);
    const text = await readFile(path, 'utf8');
    const rewritten = text.replace(
      SPECIFIER,
      (_, before, quote, target) => `${before}${quote}${target}.cjs${quote}`,
    );
    await writeFile(path.replace(/\.d\.ts$/, '.d.cts'), rewritten);
  }
}

async function checkVersion() {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const source = await readFile(join(ROOT, 'src/base/version.ts'), 'utf8');
  if (!source.includes(`version = '${version}'`)) {
    throw new StepFailed(`build: src/base/version.ts does not say ${version}, as package.json does`);
  }
}

async function checkExecutables(entries, outdir) {
  for (const { name, source, executable } of entries) {
    if (executable !== true) continue;
    const path = join(outdir, `${name}.js`);
    if (!(await readFile(path, 'utf8')).startsWith('#!/usr/bin/env node\n')) {
      throw new StepFailed(`build: the first line of ${source} must be #!/usr/bin/env node`);
    }
    await chmod(path, 0o755);
  }
}

await entry(async () => {
  const startedAtMs = Date.now();
  await checkVersion();
  const source = await fingerprint();
  if (process.argv.includes('--if-stale')) {
    const built = await readFile(join(DIST, STAMP), 'utf8').catch((error) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    if (built.trim() === source) {
      console.log('build: dist/ is up to date');
      return;
    }
  }

  const existing = new Set(present(ENTRIES.map((each) => each.source)));
  const entries = ENTRIES.filter((each) => existing.has(each.source));
  for (const each of ENTRIES) {
    if (!existing.has(each.source))
      console.log(`build: skipped ${each.name}: there is no ${each.source} yet`);
  }

  const outdir = join(ROOT, `dist.building-${process.pid}`);
  try {
    await mkdir(outdir, { recursive: true });
    const commonJs = entries.filter((each) => each.commonjs === true);
    const typed = entries.filter((each) => each.types === true);
    const [modules, commonJsFiles] = await Promise.all([
      buildModules(entries, outdir),
      buildCommonJs(commonJs, outdir),
      writeDeclarations(typed, outdir),
    ]);
    checkForbidden(modules, outdir, '.js', entries);
    checkForbidden(commonJsFiles, outdir, '.cjs', commonJs);
    await checkExecutables(entries, outdir);
    await writeLicences([modules, commonJsFiles], outdir);
    await writeFile(join(outdir, STAMP), `${source}\n`);
    await rm(DIST, { recursive: true, force: true });
    await rename(outdir, DIST);
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
  console.log(`build: ${entries.map((each) => each.name).join(', ')} in ${seconds(startedAtMs)}`);
});
