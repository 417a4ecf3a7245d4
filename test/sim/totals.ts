import { noLosses } from '../../src/ports/memory/power-loss.js';
import { noRecoveries } from './machine.js';
import type { SeedResult } from './simulation.js';

/** Sums over seeds. */
export class Totals {
  readonly recoveries = noRecoveries();
  readonly losses = noLosses();
  readonly failed: SeedResult[] = [];
  seeds = 0;
  steps = 0;
  simulatedMs = 0;
  acknowledgedRecords = 0;
  recordsChecked = 0;

  add(result: SeedResult): void {
    this.seeds++;
    this.steps += result.steps;
    this.simulatedMs += result.simulatedMs;
    this.acknowledgedRecords += result.acknowledgedRecords;
    this.recordsChecked += result.recordsChecked;
    addTo(this.recoveries, result.recoveries);
    addTo(this.losses, result.losses);
    if (result.violation !== undefined) this.failed.push(result);
  }
}

function addTo<Counters extends object>(sums: Counters, counts: Counters): void {
  const into = sums as Record<string, number>;
  for (const [name, count] of Object.entries(counts)) into[name] = (into[name] ?? 0) + (count as number);
}
