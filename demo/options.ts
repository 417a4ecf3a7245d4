import { parseArgs } from 'node:util';

export const HELP = `npm run demo -- [options]

Sends 3,000,000 real flights through a broker of its own, counts departures and delays per airport and hour in a group
of three consumer processes, kills one of them half way, and compares the result with the file.

  --rows N   only the first N flights; at least 1,000
  --keep     keep the data directory, and say how to look into it
  --help     this text
`;

/** Fewer would not spread over the partitions of three consumers. */
const ROWS_MIN = 1000;

export interface DemoOptions {
  /** What is wrong with the command line, or null. */
  readonly problem: string | null;
  /** Infinity: all there are. */
  readonly rows: number;
  readonly keep: boolean;
  readonly help: boolean;
}

const DEFAULTS: DemoOptions = { problem: null, rows: Number.POSITIVE_INFINITY, keep: false, help: false };

export function parseDemoOptions(args: readonly string[]): DemoOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { rows: { type: 'string' }, keep: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    const { rows, keep = false, help = false } = values;
    if (rows === undefined) return { ...DEFAULTS, keep, help };
    if (/^\d+$/.test(rows) && Number(rows) >= ROWS_MIN)
      return { ...DEFAULTS, rows: Number(rows), keep, help };
    return { ...DEFAULTS, problem: `--rows wants a whole number of at least ${ROWS_MIN}, not '${rows}'` };
  } catch (error) {
    // parseArgs throws for what it does not know, in a sentence.
    return { ...DEFAULTS, problem: (error as Error).message };
  }
}
