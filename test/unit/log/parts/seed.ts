/** The seed of this run: given, or drawn from the clock and printed by whoever fails. */
export const SEED = Number(process.env['SEED'] ?? Date.now());
