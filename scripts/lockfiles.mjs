/** The lockfiles of this checkout, from its root. */
export const LOCKFILES = ['package-lock.json', 'test/interop/package-lock.json'];

/** What the package at `path` gets when it asks for `name`; undefined: nothing. */
function resolve(packages, path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const candidate = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (packages[candidate] !== undefined) return packages[candidate];
    if (at === '') return undefined;
  }
}

const isExact = (range) => /^\d+\.\d+\.\d+[^ ]*$/.test(range);

/**
 * Optional packages that a lockfile's packages name and that it has no entry for. `place` is where one belongs: at the top, or
 * below its parent when another version has that place.
 */
export function absentOptionals(packages) {
  const absent = new Map();
  for (const [path, parent] of Object.entries(packages)) {
    for (const [name, range] of Object.entries(parent.optionalDependencies ?? {})) {
      const found = resolve(packages, path, name);
      if (found !== undefined && (!isExact(range) || found.version === range)) continue;
      const top = `node_modules/${name}`;
      const taken = packages[top] !== undefined || (absent.get(top)?.range ?? range) !== range;
      const place = taken ? `${path}/${top}` : top;
      if (!isExact(range)) throw new Error(`${path} names ${name}@${range}, which is no version to lock`);
      absent.set(place, { place, name, range, parent });
    }
  }
  return [...absent.values()];
}
