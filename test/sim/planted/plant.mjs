import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { capture, ROOT } from '../../../scripts/steps.mjs';
import { bundle } from '../../../scripts/bundle.mjs';

const HOME = join(ROOT, '.cache', 'sim', 'planted');

/** How often `find` stands in its file: once, or the list of planted errors has fallen behind the sources. */
export async function occurrences({ file, find }) {
  return (await readFile(join(ROOT, file), 'utf8')).split(find).length - 1;
}

/**
 * A copy of the sources with the error in it, bundled with the simulation and with its scenarios.
 * @returns the paths of both
 */
export async function plant(error, number) {
  const found = await occurrences(error);
  if (found !== 1) {
    throw new Error(
      `"${error.name}": ${error.file} has the planted error's place ${found} times, not once:\n${error.find}`,
    );
  }
  // Within the checkout, so that packages are found.
  const root = join(HOME, String(number));
  await rm(root, { recursive: true, force: true });
  for (const folder of ['src', 'test/sim'])
    await cp(join(ROOT, folder), join(root, folder), { recursive: true });
  const path = join(root, error.file);
  const source = await readFile(path, 'utf8');
  // By a function: a replacement's dollar signs mean nothing.
  await writeFile(
    path,
    source.replace(error.find, () => error.replace),
  );
  const bundles = { sim: join(root, 'sim.mjs'), scenarios: join(root, 'scenarios.mjs') };
  await bundle(root, 'test/sim/main.ts', bundles.sim);
  await bundle(root, 'test/sim/scenarios-main.ts', bundles.scenarios);
  return bundles;
}

/** The first complaint of a named scenario, or undefined. */
export async function runScenarios(outfile) {
  const { stdout } = await capture(process.execPath, [outfile]);
  return /^not ok (.*)$/m.exec(stdout)?.[1];
}

/**
 * Runs seeds of a bundle.
 * @param {'all' | 'until-failure'} how
 */
export async function runSeeds(outfile, first, count, how) {
  const { code, stdout, stderr } = await capture(process.execPath, [
    outfile,
    String(first),
    String(count),
    how,
  ]);
  const sums = /^(\d+) seeds, (\d+) failed/m.exec(stdout);
  if (sums === null) throw new Error(`the simulation ended with ${code}:\n${stdout.slice(-2000)}\n${stderr}`);
  const finding = /^seed \d+: (.*)$/m.exec(stdout)?.[1];
  return { seeds: Number(sums[1]), failed: Number(sums[2]), finding };
}
