/**
 * The seed of this run's random tests: from SEED, or a new one each time. fast-check prints it with every
 * failure.
 */
export const seed = Number(process.env['SEED'] ?? Date.now()) | 0;

/** Small deterministic generator of int32s, for loops too hot for fast-check. */
export function random(start: number): (below: number) => number {
  let state = start | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
