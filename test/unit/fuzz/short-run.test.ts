/**
 * Every target of the fuzzer for a moment, from an empty corpus: what an hour finds first, and that none of them has rotted. The hour itself
 * is `npm run fuzz -- --minutes 60`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const seed = Number(process.env['SEED'] ?? Date.now()) % 2 ** 31;
/** Of a quick target. */
const INPUTS = 400;

test(`no target has a finding, seed ${seed}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-fuzz-'));
  const fuzz = (...more: string[]) =>
    spawnSync(process.execPath, ['test/fuzz/run.mjs', '--directory', directory, ...more], {
      cwd: ROOT,
      encoding: 'utf8',
    });
  const targets = fuzz('--list').stdout.trim().split('\n');
  expect(targets.length).toBeGreaterThan(15);
  const { status, stdout, stderr } = fuzz('--inputs', String(INPUTS), '--seed', String(seed));
  expect(stderr).toBe('');
  expect([status, stdout.trim().split('\n').at(-1)]).toEqual([0, '0 findings']);
  for (const target of targets) expect(stdout).toMatch(new RegExp(`^${target} +[1-9]\\d+ inputs`, 'm'));
  // Of a failure the findings stay where the message says.
  rmSync(directory, { recursive: true });
});
