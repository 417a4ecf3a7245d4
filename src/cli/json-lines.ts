/** JSON for scripts: one value a line. The shapes are documented in docs/schemas. */
import type { Output } from './world.js';

export function writeJson(output: Output, value: unknown): void {
  output.write(`${JSON.stringify(value)}\n`);
}
