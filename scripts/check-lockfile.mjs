/**
 * `npm run check:lockfile`: what a user installs must hold each package once, neither lockfile may point anywhere but at the
 * registry, and both must be complete. (That they match their package.json, `npm ci` itself insists on.)
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LOCKFILES, absentOptionals } from './lockfiles.mjs';
import { ROOT, entry } from './steps.mjs';

await entry(async () => {
  const problems = [];
  for (const lockfile of LOCKFILES) {
    const { packages } = JSON.parse(await readFile(join(ROOT, lockfile), 'utf8'));
    for (const { name } of absentOptionals(packages)) {
      problems.push(
        `${lockfile}: ${name} is missing, so npm ci will refuse the file: npm run lockfile mends it`,
      );
    }
    const places = new Map();
    for (const [path, { version, resolved, dev, link }] of Object.entries(packages)) {
      if (path === '') continue;
      // .npmrc keeps the registry's own addresses out of lockfiles: one that is there is of somewhere else.
      if (link === true || resolved !== undefined) {
        problems.push(
          `${lockfile}: ${path} comes from ${resolved}, and not from whichever registry npm is set to`,
        );
      }
      if (lockfile !== 'package-lock.json' || dev === true) continue;
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const before = places.get(name);
      if (before !== undefined)
        problems.push(`${lockfile}: users would get ${name} twice, ${before} and ${version}`);
      places.set(name, version);
    }
  }
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log('lockfiles: each package once, all from the registry');
  return problems.length === 0 ? 0 : 1;
});
