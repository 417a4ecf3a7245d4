/** A finding made small before anyone has to read it: pieces are cut out, then bytes are put to zero, as long as it still shows the same. */

/** Tries; each is a run of the target. */
const TRIES_MAX = 1500;

/** @param shows whether an input does what the first one did; it does for `input` itself */
export async function minimise(
  input: Buffer,
  shows: (candidate: Buffer) => Promise<boolean>,
  triesMax: number = TRIES_MAX,
): Promise<Buffer> {
  let small = input;
  let tries = triesMax;
  for (let piece = Math.ceil(small.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
    for (let at = 0; at < small.length && tries > 0; tries--) {
      const candidate = Buffer.concat([small.subarray(0, at), small.subarray(at + piece)]);
      if (await shows(candidate)) small = candidate;
      else at += piece;
    }
  }
  for (let at = 0; at < small.length && tries > 0; at++) {
    if (small[at] === 0) continue;
    const candidate = Buffer.from(small);
    candidate[at] = 0;
    tries--;
    if (await shows(candidate)) small = candidate;
  }
  return small;
}
