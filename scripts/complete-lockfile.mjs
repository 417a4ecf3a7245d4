/**
 * `npm run lockfile`: completes both lockfiles. A package with prebuilt binaries names one optional package for each platform;
 * npm leaves those out that the registry at hand does not have, and then `npm ci` refuses the lockfile as incomplete, on every
 * machine. What is left out is added here as npm itself would have written it, short of the checksum: the version is the one its
 * parent names, the platform stands in its name. Run it after `npm install`; `npm run check:lockfile` says when it is due.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LOCKFILES, absentOptionals } from './lockfiles.mjs';
import { ROOT, StepFailed, entry } from './steps.mjs';

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = [
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
];
const LIBRARIES = new Map([
  ['gnu', 'glibc'],
  ['musl', 'musl'],
]);

/** @example '@oxlint/binding-linux-x64-musl' → { os: ['linux'], cpu: ['x64'], libc: ['musl'] } */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const os = words.filter((word) => SYSTEMS.includes(word));
  const cpu = words.filter((word) => PROCESSORS.includes(word));
  const libc = words.flatMap((word) => LIBRARIES.get(word) ?? []);
  if (cpu.length !== 1 || os.length > 1)
    throw new StepFailed(`lockfile: no platform can be read off the name ${name}`);
  return { cpu, ...(os.length > 0 && { os }), ...(libc.length > 0 && os[0] === 'linux' && { libc }) };
}

await entry(async () => {
  for (const lockfile of LOCKFILES) {
    const path = join(ROOT, lockfile);
    const lock = JSON.parse(await readFile(path, 'utf8'));
    const absent = absentOptionals(lock.packages);
    for (const { place, name, range, parent } of absent) {
      const { dev, devOptional } = parent;
      lock.packages[place] = {
        version: range,
        ...(dev && { dev }),
        ...(devOptional && { devOptional }),
        optional: true,
        ...platformOf(name),
      };
    }
    const [root, ...rest] = Object.entries(lock.packages);
    rest.sort(([a], [b]) => (a < b ? -1 : 1));
    lock.packages = Object.fromEntries([root, ...rest]);
    await writeFile(path, `${JSON.stringify(lock, null, 2)}\n`);
    console.log(`${lockfile}: ${absent.length} optional packages added`);
  }
});
