/**
 * Generates protobufjs static modules, with their types, from proto/.
 *
 *   node scripts/proto.mjs           writes them
 *   node scripts/proto.mjs --check   changes nothing; exits 1 when a generated file is not what proto/ says
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Each module keeps its messages under a root of its own: protobufjs shares roots by name between modules. */
const MODULES = [
  { proto: 'proto/metadata.proto', out: 'src/metadata/generated/metadata', root: 'millrace.metadata' },
  {
    proto: 'proto/embedded-store.proto',
    out: 'src/metadata/generated/embedded-store',
    root: 'millrace.store',
  },
];

/**
 * Only what is used: encode and decode. (Comments stay: the types are made from them.) No `--force-number`: it changes the types
 * alone, and an int64 field would still decode to a Long; src/metadata/int64.ts is where they become numbers.
 */
const OPTIONS = [
  ...['--target', 'static-module', '--wrap', 'esm', '--dependency', 'protobufjs/minimal.js', '--dts'],
  ...['--no-create', '--no-verify', '--no-convert', '--no-delimited', '--no-typeurl', '--no-service'],
];

function generate(module) {
  const pbjs = createRequire(import.meta.url).resolve('protobufjs-cli/bin/pbjs');
  const directory = mkdtempSync(join(tmpdir(), 'millrace-proto-'));
  try {
    const out = join(directory, 'out.js');
    execFileSync(process.execPath, [
      pbjs,
      ...OPTIONS,
      '--root',
      module.root,
      '--out',
      out,
      join(project, module.proto),
    ]);
    const header = `// Generated from ${module.proto} by scripts/proto.mjs. Do not edit.\n`;
    return [
      { path: `${module.out}.js`, text: header + readFileSync(out, 'utf8') },
      { path: `${module.out}.d.ts`, text: header + readFileSync(join(directory, 'out.d.ts'), 'utf8') },
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

const files = MODULES.flatMap(generate);
if (process.argv.includes('--check')) {
  const stale = files.filter(({ path, text }) => readIfThere(join(project, path)) !== text);
  for (const { path } of stale)
    console.error(`${path} is not what proto/ says: run "node scripts/proto.mjs" and commit the result`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const { path, text } of files) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  }
}
