/** `node scripts/configuration.mjs`: bundles scripts/configuration.ts, which writes docs/configuration.md, and runs it. */
import { build } from 'esbuild';
import { join } from 'node:path';
import { EXTERNAL, TARGET } from './entries.mjs';
import { ROOT, entry, run } from './steps.mjs';

await entry(async () => {
  const outfile = join(ROOT, '.cache', 'configuration.mjs');
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['scripts/configuration.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: TARGET,
    external: EXTERNAL,
    logLevel: 'warning',
  });
  return run(process.execPath, [outfile, join(ROOT, 'docs', 'configuration.md')]);
});
