/** Go's clients: one module of ours (go/), its requirements pinned by go.mod and go.sum, built into .cache. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const INTEROP = dirname(dirname(fileURLToPath(import.meta.url)));
export const MODULE = join(INTEROP, 'go');
export const PROGRAMS = join(dirname(dirname(INTEROP)), '.cache', 'interop', 'go');
export const PROGRAM_NAMES = ['franz', 'sarama'];

/** Builds all of them; cheap when nothing has changed. */
export const BUILD = ['go', 'build', '-C', MODULE, '-o', `${PROGRAMS}/`, './...'];

/** What to start for one of our programs. */
export function go(program, ...args) {
  return { command: join(PROGRAMS, program), args };
}
