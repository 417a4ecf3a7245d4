/** `npm run sim -- SEED`: bundles test/sim/main.ts with the sources as they are, and runs it. */
import { join } from 'node:path';
import { ROOT, entry, run } from '../../scripts/steps.mjs';
import { bundle } from './bundle.mjs';

await entry(async () => {
  const outfile = join(ROOT, '.cache', 'sim', 'sim.mjs');
  await bundle(ROOT, 'test/sim/main.ts', outfile);
  return run(process.execPath, ['--enable-source-maps', outfile, ...process.argv.slice(2)]);
});
