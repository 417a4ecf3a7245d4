/** See run.mjs. Targets take turns; what is found is written down, told, and makes the run fail at its end. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Coverage } from './coverage.js';
import { Engine, ROUND_INPUTS, Strays } from './engine.js';
import { Figures } from './figures.js';
import type { Target } from './target.js';
import { TARGETS } from './targets.js';
import { leftUnderWay, Watchdog } from './watchdog.js';

const TURN_MS = 4_000;
/** Of those whose inputs take milliseconds: the most is behind them. */
const SLOW_TURN_MS = 16_000;
const REPORT_EVERY_MS = 300_000;
/** Of the whole process. No input is worth a hundredth of it: what grows beyond it is held by somebody. */
const RESIDENT_BYTES_MAX = 3 * 1024 ** 3;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    inputs: { type: 'string' },
    target: { type: 'string', multiple: true },
    seed: { type: 'string' },
    input: { type: 'string' },
    directory: { type: 'string', default: '.cache/fuzz' },
    fresh: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
const wanted = values.target ?? TARGETS.map(({ name }) => name);
const targets = wanted.map((name) => {
  const target = TARGETS.find((each) => each.name === name);
  if (target === undefined) throw new Error(`no target is called ${name}; --list names them`);
  return target;
});

if (values.list) for (const { name } of TARGETS) console.log(name);
else if (values.input !== undefined) await runOne(targets, values.input);
else process.exitCode = await fuzz(targets);

async function runOne(among: readonly Target[], file: string): Promise<void> {
  for (const target of among) {
    await target.seeds();
    await target.run(readFileSync(file));
    console.log(`${target.name}: took it`);
  }
}

async function fuzz(among: readonly Target[]): Promise<number> {
  const { directory } = values;
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  if (values.fresh) rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const left = leftUnderWay(directory);
  if (left !== null) keepWhatKilled(directory, left);
  const coverage = new Coverage((url) => url === import.meta.url);
  const watchdog = new Watchdog({ directory });
  const tell = (line: string): void => console.error(line);
  const strays = new Strays();
  process.on('uncaughtException', strays.add).on('unhandledRejection', strays.add);
  const engines = among.map(
    (target) => new Engine({ target, coverage, watchdog, seed, directory, strays, tell }),
  );
  const figures = new Figures(directory, engines);
  const stop = untilInterrupted();
  console.log(`seed ${seed}, ${engines.length} targets`);
  for (const engine of engines) if (!stop.wanted) await engine.begin();
  if (values.inputs !== undefined) {
    for (const engine of engines) {
      const start = performance.now();
      for (let rounds = 0; rounds < Number(values.inputs) / ROUND_INPUTS && !stop.wanted; rounds++)
        await engine.round();
      figures.spent(engine, performance.now() - start);
    }
  } else await takeTurns(engines, figures, Number(values.minutes) * 60_000, stop);
  await watchdog.stop();
  coverage.stop();
  figures.save();
  console.log(figures.table());
  process.off('uncaughtException', strays.add).off('unhandledRejection', strays.add);
  const findings = engines.flatMap((engine) => engine.findings);
  console.log(`${findings.length} findings${stop.wanted ? '; interrupted: the same command goes on' : ''}`);
  return findings.length > 0 ? 1 : 0;
}

async function takeTurns(
  engines: readonly Engine[],
  figures: Figures,
  forMs: number,
  stop: { readonly wanted: boolean },
): Promise<void> {
  const end = performance.now() + forMs;
  let reported = performance.now();
  for (let turn = 0; performance.now() < end && !stop.wanted; turn++) {
    const engine = engines[turn % engines.length]!;
    const start = performance.now();
    const turnMs = engine.target.roundInputs === undefined ? TURN_MS : SLOW_TURN_MS;
    const turnEnd = Math.min(end, start + turnMs);
    while (performance.now() < turnEnd && !stop.wanted) await engine.round();
    figures.spent(engine, performance.now() - start);
    const resident = process.memoryUsage.rss();
    if (resident > RESIDENT_BYTES_MAX)
      throw new Error(`FINDING: ${resident} bytes of memory are in use after ${engine.target.name}'s turn`);
    if (performance.now() - reported < REPORT_EVERY_MS) continue;
    reported = performance.now();
    figures.save();
    console.log(`${figures.table()}\n${Math.round((end - reported) / 60_000)} minutes left`);
  }
}

/** The last process died, or was killed, within it: whoever reads this tries it with each target. */
function keepWhatKilled(directory: string, input: Buffer): void {
  const findings = join(directory, 'findings');
  mkdirSync(findings, { recursive: true });
  const file = join(findings, `under-way-${Date.now()}.bin`);
  writeFileSync(file, input);
  console.error(`the last run did not end by itself; the input that was under way is in ${file}`);
}

/** The first interrupt ends the run after the round under way, with all that is known saved; a second one at once. */
function untilInterrupted(): { readonly wanted: boolean } {
  const stop = { wanted: false };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      stop.wanted = true;
    });
  return stop;
}
