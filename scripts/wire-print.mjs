/** `npm run wire -- Fetch 12`: bundles scripts/wire.ts, which prints the codec generated for that API and version, and runs it. */
import { build } from 'esbuild';
import { join } from 'node:path';
import { EXTERNAL, TARGET } from './entries.mjs';
import { ROOT, entry, run } from './steps.mjs';

await entry(async () => {
  const outfile = join(ROOT, '.cache', 'wire.mjs');
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['scripts/wire.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: TARGET,
    external: EXTERNAL,
    logLevel: 'warning',
  });
  return run(process.execPath, [outfile, ...process.argv.slice(2)]);
});
