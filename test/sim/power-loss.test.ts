/**
 * 500 power losses under load, and after each everything that was promised is there. `SIM_LOSSES` asks for more, `SIM_FIRST_SEED` for others; a
 * seed that fails is replayed with `npm run sim -- SEED`.
 */
import { expect, test } from 'vitest';
import { failureReport, summary } from './report.js';
import { runSeed } from './simulation.js';
import { Totals } from './totals.js';

const LOSSES = Number(process.env['SIM_LOSSES'] ?? 500);
const FIRST_SEED = Number(process.env['SIM_FIRST_SEED'] ?? 1);
const REPORT_LINES = 60;

test('one seed is one run', async () => {
  for (const seed of [3, 4, 5]) {
    const [one, other] = [await runSeed(seed), await runSeed(seed)];
    expect(one.steps).toBeGreaterThan(100);
    expect(other).toEqual(one);
  }
});

test(
  `${LOSSES} power losses, from seed ${FIRST_SEED} on`,
  async () => {
    const totals = new Totals();
    for (let seed = FIRST_SEED; totals.recoveries.powerLosses < LOSSES; seed++) {
      const result = await runSeed(seed);
      totals.add(result);
      expect(result.violation === undefined ? '' : failureReport(result, REPORT_LINES)).toBe('');
    }
    console.log(summary(totals));
    // A run that saw none of these has tried nothing.
    const { losses, recoveries, acknowledgedRecords } = totals;
    expect(losses.tornWrites).toBeGreaterThan(0);
    expect(losses.tornExtensions).toBeGreaterThan(0);
    expect(losses.lostNames).toBeGreaterThan(0);
    expect(losses.undoneRenames).toBeGreaterThan(0);
    expect(losses.undoneTruncates).toBeGreaterThan(0);
    expect(recoveries.truncations).toBeGreaterThan(0);
    expect(recoveries.removedSegments).toBeGreaterThan(0);
    expect(recoveries.journalReplays).toBeGreaterThan(0);
    expect(recoveries.indexesRebuilt).toBeGreaterThan(0);
    expect(recoveries.interruptedStarts).toBeGreaterThan(0);
    expect(recoveries.interruptedStops).toBeGreaterThan(0);
    expect(acknowledgedRecords).toBeGreaterThan(100 * totals.seeds);
  },
  // As slow as the machine is; most of the time is spent at a tenth of this.
  Math.max(120_000, LOSSES * 2000),
);
