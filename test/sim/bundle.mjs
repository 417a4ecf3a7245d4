import { build } from 'esbuild';
import { EXTERNAL, TARGET } from '../../scripts/entries.mjs';

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
      js: "import { createRequire as simRequire } from 'node:module'; const require = simRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
}
