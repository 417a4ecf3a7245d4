/**
 * `npm run fuzz [-- --minutes 60 | --inputs N] [--target NAME] [--seed N] [--input FILE] [--directory DIR] [--fresh] [--list]`: bundles
 * test/fuzz/main.ts with the sources as they are, and runs it. Corpora, findings and figures lie in .cache/fuzz, and the next run goes on
 * with them; `--fresh` begins anew.
 */
import { join } from 'node:path';
import { entry, ROOT, run } from '../../scripts/steps.mjs';
import { bundle } from '../sim/bundle.mjs';

await entry(async () => {
  const outfile = join(ROOT, '.cache', 'fuzz-bundle', `fuzz-${process.pid}.mjs`);
  await bundle(ROOT, 'test/fuzz/main.ts', outfile);
  return run(process.execPath, ['--enable-source-maps', outfile, ...process.argv.slice(2)]);
});
