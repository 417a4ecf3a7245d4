import { join } from 'node:path';
import { build } from 'esbuild';
import { EXTERNAL, TARGET } from './entries.mjs';
import { ROOT, run } from './steps.mjs';

/** Bundles an entry of the tree at `root` into one file that Node runs. Packages are found beside that file, or above it. */
export async function bundle(root, entryPoint, outfile) {
  await build({
    absWorkingDir: root,
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: TARGET,
    external: EXTERNAL,
    sourcemap: 'inline',
    // Packages that are CommonJS inside ask for `require`.
    banner: {
      js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
}

/** Bundles an entry of this tree, runs it, and resolves to its exit code. */
export async function runBundled(entryPoint, args = []) {
  const outfile = join(ROOT, '.cache', entryPoint.replace(/\.ts$/, '.mjs'));
  await bundle(ROOT, entryPoint, outfile);
  return run(process.execPath, ['--enable-source-maps', outfile, ...args]);
}
