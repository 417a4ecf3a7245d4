/**
 * `npm run demo`: the story is told in main.ts. This file only makes it runnable: it checks that the broker has been built,
 * and bundles the TypeScript of this folder, since Node 20 does not run it as it is.
 *
 *   npm run demo -- --help
 */
import { build } from 'esbuild';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TARGET } from '../scripts/entries.mjs';
import { ROOT, StepFailed, entry } from '../scripts/steps.mjs';

const CACHE = join(ROOT, '.cache', 'demo');
const CLI = join(ROOT, 'dist', 'cli.js');
const FLIGHTS = join(ROOT, 'node_modules', 'vega-datasets', 'data', 'flights-3m.parquet');

await entry(async () => {
  if (!existsSync(CLI)) {
    throw new StepFailed(
      'demo: there is no dist/cli.js yet. `npm ci` makes it; `npm run build` makes it again.',
    );
  }
  if (!existsSync(FLIGHTS)) {
    throw new StepFailed(
      'demo: the package vega-datasets is not installed, or has no flights-3m.parquet. `npm ci` installs it.',
    );
  }
  await mkdir(CACHE, { recursive: true });
  // A directory for each run: two demos side by side do not overwrite each other's code.
  const code = await mkdtemp(join(CACHE, 'code-'));
  try {
    await build({
      absWorkingDir: ROOT,
      entryPoints: { main: 'demo/main.ts', consumer: 'demo/consumer.ts' },
      outdir: code,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      // Packages stay where npm has put them; Node finds them from .cache/ too, which lies below the root.
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: TARGET,
      sourcemap: true,
      logLevel: 'warning',
    });
    const { main } = await import(pathToFileURL(join(code, 'main.mjs')).href);
    return await main(process.argv.slice(2), {
      cli: CLI,
      flights: FLIGHTS,
      consumer: join(code, 'consumer.mjs'),
      results: CACHE,
    });
  } finally {
    await rm(code, { recursive: true, force: true });
  }
});
// After a failure or Ctrl-C clients may still be trying to reach a broker that has been stopped.
process.exit();
