/** For whoever misspelt a name: the known names nearest to it. */

/** More slips than that make another word. */
const SLIPS_MAX = 3;

/** Those of `known` that lie nearest to `name`, if any is near at all. */
export function nearNames(name: string, known: readonly string[]): string[] {
  const slips = known.map((candidate) => editDistance(candidate, name));
  const fewest = Math.min(SLIPS_MAX, ...slips);
  return known.filter((_, at) => slips[at] === fewest);
}

/** `Did you mean X or Y?` with a space in front; nothing where nothing is near. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearNames(name, known);
  return near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`;
}

/** Levenshtein's: how many single-letter slips lie between two names. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > SLIPS_MAX) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, substitution));
    }
    row = next;
  }
  return row[b.length]!;
}
