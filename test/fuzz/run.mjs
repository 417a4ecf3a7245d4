/**
 * `npm run fuzz [-- --minutes 60 | --inputs N] [--target NAME] [--seed N] [--input FILE] [--directory DIR] [--fresh] [--list]`: bundles
 * test/fuzz/main.ts with the sources as they are, and runs it. Corpora, findings and figures lie in .cache/fuzz, and the next run goes on
 * with them; `--fresh` begins anew. `--inputs` counts those of a quick target; a slow one runs as many rounds, of fewer inputs each.
 */
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { entry, headComment, ROOT } from '../../scripts/steps.mjs';
import { bundle } from '../../scripts/bundle.mjs';

await entry(async () => {
  if (process.argv.includes('--help')) return console.log(headComment('test/fuzz/run.mjs'));
  const outfile = join(ROOT, '.cache', 'fuzz-bundle', `fuzz-${process.pid}.mjs`);
  await bundle(ROOT, 'test/fuzz/main.ts', outfile);
  try {
    return await fuzz(outfile);
  } finally {
    await rm(outfile, { force: true });
  }
});

/** Waits for it whatever happens: an interrupt ends the round under way, and then the figures are saved. */
function fuzz(outfile) {
  return new Promise((resolve, reject) => {
    const args = ['--enable-source-maps', outfile, ...process.argv.slice(2)];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
    // A terminal sends an interrupt to both; other signals come to us alone.
    const wait = () => {};
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', wait).on('SIGTERM', forward);
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('SIGINT', wait).off('SIGTERM', forward);
      resolve(code ?? 128);
    });
  });
}
