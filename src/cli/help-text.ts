/** What follows the options in `--help`. */

/** A line that is typed, and what it is for. */
export type Example = readonly [line: string, what: string];

/** Up to this width of the lines, explanations stand beside them; beyond it above. */
const LINE_WIDTH_MAX = 64;

/**
 * @param notes paragraphs before the examples
 */
export function examples(rows: readonly Example[], ...notes: readonly string[]): string {
  const width = Math.max(...rows.map(([line]) => line.length));
  const shown = rows.map(([line, what]) =>
    width <= LINE_WIDTH_MAX ? `  ${line.padEnd(width)}   ${what}` : `  # ${what}\n  ${line}`,
  );
  return ['', ...notes.flatMap((note) => [note, '']), 'Examples:', ...shown].join('\n');
}
