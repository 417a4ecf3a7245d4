/**
 * `npm run bench`: every micro benchmark, one after the other; `npm run bench -- micro/wire [args]`: one of any kind;
 * `npm run bench -- --list`: their names; `npm run bench -- micro/wire --help`: what one measures, and its options.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runBundled } from '../scripts/bundle.mjs';
import { ROOT, StepFailed, entry, headComment, run } from '../scripts/steps.mjs';

/** Not one of all: it measures a disk, and for minutes. */
const BY_NAME_ONLY = new Set(['micro/sync-rounds']);

/** From names to files, relative to the root. */
async function benchmarks() {
  const files = new Map();
  for (const folder of ['micro', 'macro']) {
    const entries = await readdir(join(ROOT, 'bench', folder), { withFileTypes: true });
    for (const file of entries.filter((each) => each.isFile()))
      files.set(`${folder}/${file.name.replace(/\.\w+$/, '')}`, `bench/${folder}/${file.name}`);
  }
  return files;
}

function start(file, args) {
  return file.endsWith('.ts') ? runBundled(file, args) : run(process.execPath, [file, ...args]);
}

async function runAll(files) {
  const failed = [];
  for (const [name, file] of files) {
    if (!name.startsWith('micro/') || BY_NAME_ONLY.has(name)) continue;
    console.log(`\n── ${name}`);
    if ((await start(file, [])) !== 0) failed.push(name);
  }
  if (failed.length > 0) throw new StepFailed(`failed: ${failed.join(', ')}`);
}

await entry(async () => {
  const [name, ...args] = process.argv.slice(2);
  const files = await benchmarks();
  if (name === undefined) return runAll(files);
  const names = [...files.keys()].join('\n');
  if (name === '--list') return console.log(names);
  if (name === '--help') return console.log(headComment('bench/run.mjs'));
  const file = files.get(name);
  if (file === undefined) throw new StepFailed(`there is no benchmark ${name}; there are:\n${names}`);
  return args.includes('--help') ? console.log(headComment(file)) : start(file, args);
});
