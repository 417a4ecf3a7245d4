/** The fuzzer finds what was planted, says it once, makes it small, and keeps what it learned. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { Coverage } from '../../fuzz/coverage.js';
import { Engine, Strays } from '../../fuzz/engine.js';
import type { Target } from '../../fuzz/target.js';
import { Watchdog } from '../../fuzz/watchdog.js';
import { readMagic, throwHere, throwThere } from './planted.js';

const SEED = 7;
const coverage = new Coverage((url) => url.endsWith('/test/unit/fuzz/planted.ts'));
let directory: string;
let watchdog: Watchdog;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-fuzz-'));
  watchdog = new Watchdog({ directory });
});

afterEach(async () => {
  await watchdog.stop();
  rmSync(directory, { recursive: true });
});

afterAll(() => coverage.stop());

function target(run: Target['run'], seeds: readonly string[] = ['abcdef'], roundInputs = 100): Target {
  return { name: 'planted', roundInputs, seeds: () => seeds.map((seed) => Buffer.from(seed)), run };
}

async function engine(
  of: Target,
  options: { seed?: number; corpusInputsMax?: number; strays?: Strays } = {},
) {
  const told: string[] = [];
  const tell = (line: string): void => {
    told.push(line);
  };
  const made = new Engine({ target: of, coverage, watchdog, seed: SEED, directory, tell, ...options });
  await made.begin();
  return { engine: made, told };
}

const corpusFiles = (): string[] => readdirSync(join(directory, 'corpus', 'planted'));

test('three bytes are found by the code that each of them runs; at random that takes 2^24 inputs', async () => {
  const { engine: fuzzing } = await engine(target(readMagic));
  while (fuzzing.findings.length === 0 && fuzzing.inputs < 60_000) await fuzzing.round();
  expect(fuzzing.findings.map(({ error }) => String(error))).toEqual(['Error: the magic was found']);
  expect(corpusFiles().length).toBeGreaterThanOrEqual(2);
});

test('a finding is told once for each place that throws, and is as small as can be', async () => {
  const { engine: fuzzing, told } = await engine(
    target(
      (bytes) => {
        if (bytes.includes(0x7a)) throwHere(`of ${bytes.length} bytes`);
        if (bytes.length > 9) throwThere(`of ${bytes.length} bytes`);
      },
      ['some longer seed with a z in it, and more'],
    ),
  );
  for (let round = 0; round < 3; round++) await fuzzing.round();
  expect(fuzzing.findings).toHaveLength(2);
  expect(told).toHaveLength(2);
  const small = fuzzing.findings.map(({ file }) => readFileSync(file).length).sort((a, b) => a - b);
  expect(small).toEqual([1, 10]);
});

test('what comes of a promise that nobody waits for is a finding too', async () => {
  const strays = new Strays();
  const { engine: fuzzing } = await engine(
    target(
      (bytes) => {
        if (bytes.length === 3) strays.add(new Error('thrown in a callback'));
      },
      ['abc'],
    ),
    { strays },
  );
  expect(fuzzing.findings.map(({ error }) => String(error))).toEqual(['Error: thrown in a callback']);
});

test('the next run goes on with the corpus, and drops of it what does nothing new', async () => {
  const magic = target(readMagic);
  const first = await engine(magic);
  while (corpusFiles().length < 2 && first.engine.inputs < 60_000) await first.engine.round();
  const found = corpusFiles().length;
  expect(found).toBeGreaterThanOrEqual(2);
  // The same input twice over, in other words: it runs what the first one runs.
  const [name] = corpusFiles();
  const path = join(directory, 'corpus', 'planted');
  const again = Buffer.concat([readFileSync(join(path, name!)), Buffer.from('more of it')]);
  writeFileSync(join(path, 'twin.bin'), again);
  const second = await engine(magic);
  expect(existsSync(join(path, 'twin.bin'))).toBe(false);
  expect(corpusFiles().length).toBeLessThanOrEqual(found);
  // A seed, and what was found from it.
  expect(second.engine.corpusSize).toBe(1 + corpusFiles().length);
  expect(corpusFiles().length).toBeGreaterThan(0);
  expect(second.engine.known.bytes).toBe(first.engine.known.bytes);
});

test('a corpus has a bound: the input that had the most chances makes room', async () => {
  const { engine: fuzzing } = await engine(target(readMagic), { corpusInputsMax: 2 });
  while (fuzzing.findings.length === 0 && fuzzing.inputs < 60_000) await fuzzing.round();
  expect(fuzzing.findings).toHaveLength(1);
  expect(fuzzing.corpusSize).toBe(2);
  expect(corpusFiles()).toHaveLength(1);
});

test('the same seed makes the same inputs', async () => {
  const runs = [SEED, SEED, SEED + 1].map(async (seed) => {
    const inputs: string[] = [];
    const { engine: fuzzing } = await engine(
      target((bytes) => {
        inputs.push(bytes.toString('hex'));
      }),
      { seed },
    );
    await fuzzing.round();
    return inputs.join();
  });
  const [one, same, other] = [await runs[0], await runs[1], await runs[2]];
  expect(same).toBe(one);
  expect(other).not.toBe(one);
});
