/** `npm run bench -- micro/wire [args]`: bundles a benchmark of bench/ and runs it; without a name, lists them. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runBundled } from '../scripts/bundle.mjs';
import { ROOT, entry, run } from '../scripts/steps.mjs';

const [name, ...args] = process.argv.slice(2);

await entry(async () => {
  if (name === undefined) {
    for (const folder of ['micro', 'macro']) {
      for (const file of await readdir(join(ROOT, 'bench', folder)))
        console.log(`${folder}/${file.replace(/\.\w+$/, '')}`);
    }
    return 0;
  }
  const plain = join(ROOT, 'bench', `${name}.mjs`);
  const files = await readdir(join(ROOT, 'bench', name.split('/')[0]));
  if (files.includes(`${name.split('/')[1]}.mjs`)) return run(process.execPath, [plain, ...args]);
  return runBundled(`bench/${name}.ts`, args);
});
