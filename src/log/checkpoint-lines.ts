/**
 * The text format that Kafka's checkpoint files share: a line with the version, one with the number of entries, then
 * the entries, one a line, their fields between blanks.
 */

/** Bytes from a disk either say something or they do not: that is an answer, not an exception. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

const VERSION = 0;

export function encodeCheckpointLines(entries: readonly string[]): Buffer {
  return Buffer.from(`${[VERSION, entries.length, ...entries].join('\n')}\n`);
}

/**
 * @param parseEntry gives undefined for fields that are not an entry's
 *
 * An empty file holds no entries: Kafka creates a checkpoint empty and fills it later.
 */
export function parseCheckpointLines<T>(
  bytes: Buffer,
  parseEntry: (fields: readonly string[]) => T | undefined,
): Parsed<T[]> {
  if (bytes.length === 0) return { ok: true, value: [] };
  const lines = bytes.toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  const [versionLine = '', countLine = '', ...entryLines] = lines;
  const version = wholeNumber(versionLine);
  if (version === undefined) return malformed(1, versionLine);
  if (version !== VERSION)
    return { ok: false, reason: `it has version ${version}; this program reads ${VERSION}` };
  const count = wholeNumber(countLine);
  if (count === undefined) return malformed(2, countLine);
  if (count !== entryLines.length) {
    return { ok: false, reason: `it should have ${count} entries and has ${entryLines.length}` };
  }
  const entries: T[] = [];
  for (const [at, line] of entryLines.entries()) {
    const entry = parseEntry(line.split(/\s+/));
    if (entry === undefined) return malformed(at + 3, line);
    entries.push(entry);
  }
  return { ok: true, value: entries };
}

/** A decimal number of 0 or more that is exact; undefined for anything else. */
export function wholeNumber(text: string): number | undefined {
  if (!/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

function malformed(lineNumber: number, line: string): Parsed<never> {
  return { ok: false, reason: `line ${lineNumber} is ${JSON.stringify(line.slice(0, 100))}` };
}
