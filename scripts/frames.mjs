/**
 * `node scripts/frames.mjs`: makes the corpus of frames (test/corpus/frames) from recordings of the interop suites.
 *
 *   cd test/interop
 *   node run.mjs kcat --record ../../.cache/frames/kcat-millrace.jsonl
 *   node run.mjs kcat --broker 4.3.1 --record ../../.cache/frames/kcat-kafka.jsonl
 *   node ../../scripts/frames.mjs
 *
 * A suite without a recording keeps the file that it has.
 */
import { build } from 'esbuild';
import { join } from 'node:path';
import { EXTERNAL, TARGET } from './entries.mjs';
import { ROOT, entry, run } from './steps.mjs';

await entry(async () => {
  const outfile = join(ROOT, '.cache', 'frames.mjs');
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['scripts/frames.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: TARGET,
    external: EXTERNAL,
    logLevel: 'warning',
  });
  return run(process.execPath, [outfile]);
});
