import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { leftUnderWay, STUCK, Watchdog } from '../../fuzz/watchdog.js';

let directory: string;
let stuckMain: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-watchdog-'));
  stuckMain = join(directory, 'stuck.mjs');
  buildSync({
    entryPoints: [new URL('stuck-main.ts', import.meta.url).pathname],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile: stuckMain,
    logLevel: 'silent',
  });
});

afterAll(() => rmSync(directory, { recursive: true }));

test.each(['loop', 'promise'])(
  'an input that is stuck in a %s is written down, and the process ends',
  (manner) => {
    const { signal, stderr } = spawnSync(process.execPath, [stuckMain, directory, manner], {
      encoding: 'utf8',
    });
    expect(signal).toBe('SIGKILL');
    expect(stderr).toContain(`FINDING: ${STUCK}`);
    expect(leftUnderWay(directory)?.toString()).toBe(`stuck in a ${manner}`);
  },
);

test('nothing is left of a run that ends well', async () => {
  const watchdog = new Watchdog({ directory });
  watchdog.begin(Buffer.from('a longer input'));
  watchdog.end();
  watchdog.begin(Buffer.from('short'));
  expect(leftUnderWay(directory)?.toString()).toBe('short');
  watchdog.end();
  await watchdog.stop();
  expect(leftUnderWay(directory)).toBeNull();
});
