import type { SeedResult } from './simulation.js';
import type { Totals } from './totals.js';

/** Why a seed failed, what led to it, and how to see it again. */
export function failureReport({ seed, violation, trace }: SeedResult, lines: number): string {
  const last = lines === 0 ? [] : trace.slice(-lines);
  return [
    ...last,
    `seed ${seed}: ${violation?.name === 'Violation' ? violation.message : (violation?.stack ?? '')}`,
    `replay it with: npm run sim -- ${seed}`,
  ].join('\n');
}

export function summary({
  seeds,
  failed,
  steps,
  simulatedMs,
  recoveries,
  losses,
  ...records
}: Totals): string {
  const rows: [string, number][] = [
    ['power losses', recoveries.powerLosses],
    ['kills', recoveries.kills],
    ['clean stops', recoveries.cleanStops],
    ['starts cut short', recoveries.interruptedStarts],
    ['stops cut short', recoveries.interruptedStops],
    ['starts refused by a full disk', recoveries.refusedStarts],
    ['torn tails (writes found in part)', losses.tornWrites + losses.tornExtensions],
    ['dropped writes', losses.droppedWrites],
    ['unsynced writes found whole', losses.keptUnsynced],
    ['truncations of logs at a start', recoveries.truncations],
    ['logs that lost whole segments', recoveries.removedSegments],
    ['logs looked through at a start', recoveries.recoveredLogs],
    ['lost names', losses.lostNames],
    ['undone renames', losses.undoneRenames],
    ['undone removals', losses.undoneRemoves],
    ['index files written at a start', recoveries.indexesRebuilt],
    ['undone truncations', losses.undoneTruncates],
    ['journal writes', recoveries.journalAppends],
    ['journal replays', recoveries.journalReplays],
    ['records acknowledged', records.acknowledgedRecords],
    ['records checked', records.recordsChecked],
  ];
  return [
    `${seeds} seeds, ${failed.length} failed; ${Math.round(simulatedMs / 1000)} simulated seconds, ${steps} events`,
    ...rows.map(([name, count]) => `  ${name.padEnd(34)} ${count}`),
  ].join('\n');
}
