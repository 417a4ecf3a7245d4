/**
 * Makes the virtual environment of the Python suites anew, and leaves a copy of the requirements in it when everything is
 * there, by which `npm run test:all` knows that it is not yesterday's.
 */
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ENVIRONMENT, REQUIREMENTS } from '../harness/python.mjs';
import { succeed } from '../harness/processes.mjs';

const unhurried = { timeoutMs: 600_000 };

await rm(ENVIRONMENT, { recursive: true, force: true });
await succeed('python3', ['-m', 'venv', ENVIRONMENT], unhurried);
const pip = [
  '-m',
  'pip',
  'install',
  '--quiet',
  '--disable-pip-version-check',
  '--only-binary',
  ':all:',
  '--no-deps',
];
await succeed(join(ENVIRONMENT, 'bin', 'python'), [...pip, '-r', REQUIREMENTS], unhurried);
await succeed(join(ENVIRONMENT, 'bin', 'python'), ['-m', 'pip', 'check']);
await copyFile(REQUIREMENTS, join(ENVIRONMENT, 'requirements.txt'));
