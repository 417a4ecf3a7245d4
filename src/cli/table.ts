/** Rows under headings, numbers to the right. Plain words and spaces, so that `awk` and `grep` get along with it. */
import Table from 'cli-table3';
import { createColors } from 'picocolors';

export type Cell = string | number | null;

/** Null cells show as `-`. @param colours only for a terminal */
export function renderTable(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  colours: boolean,
): string {
  const { bold } = createColors(colours);
  const numeric = headings.map((_, column) => rows.every((row) => typeof row[column] !== 'string'));
  const table = new Table({
    head: headings.map((heading) => bold(heading)),
    colAligns: numeric.map((isNumber) => (isNumber ? 'right' : 'left')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: NO_LINES,
  });
  for (const row of rows) table.push(row.map((cell) => (cell === null ? '-' : String(cell))));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const NO_LINES = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle',
  ].map((place) => [place, '']),
);
