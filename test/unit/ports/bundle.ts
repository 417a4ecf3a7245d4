import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** A temporary directory that lasts as long as one test file. */
export class Workshop {
  readonly directory = mkdtempSync(join(tmpdir(), 'millrace-ports-'));
  #bundles = 0;

  /** TypeScript as one file that a plain `node` runs, in a process or a worker. Its imports are relative to this folder. */
  bundle(source: string): URL {
    this.#bundles++;
    const outfile = join(this.directory, `bundle-${this.#bundles}.mjs`);
    buildSync({
      stdin: { contents: source, resolveDir: HERE, loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      outfile,
      logLevel: 'silent',
    });
    return pathToFileURL(outfile);
  }

  clear(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
