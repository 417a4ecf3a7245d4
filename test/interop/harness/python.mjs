/** Python's clients, in a virtual environment of their own with every release pinned: python/requirements.txt. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const INTEROP = dirname(dirname(fileURLToPath(import.meta.url)));
export const PROGRAMS = join(INTEROP, 'python');
export const REQUIREMENTS = join(PROGRAMS, 'requirements.txt');
export const ENVIRONMENT = join(dirname(dirname(INTEROP)), '.cache', 'interop', 'python');

/** What to start for one of our programs. */
export function python(program, ...args) {
  return {
    command: join(ENVIRONMENT, 'bin', 'python'),
    args: [join(PROGRAMS, `${program}.py`), ...args],
    // Its lines come as they are printed, and nothing is left beside the sources.
    env: { PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' },
  };
}
