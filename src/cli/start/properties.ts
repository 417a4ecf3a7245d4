/** Java's .properties format, in a module of its own so that only `--config` loads its parser. */
import { parse } from 'dot-properties';

/** Of names that occur twice the last one counts, as in Java. */
export function parseProperties(text: string): ReadonlyMap<string, string> {
  return new Map(Object.entries(parse(text) as Record<string, string>));
}
