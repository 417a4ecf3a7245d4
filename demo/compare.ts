import type { DepartureRow } from './departures.js';

/** The first row in which two results differ, as a sentence; null when they match. Both are in order of airport and hour. */
export function firstDifference(
  counted: readonly DepartureRow[],
  expected: readonly DepartureRow[],
): string | null {
  for (let at = 0; at < Math.max(counted.length, expected.length); at++) {
    const ours = counted[at];
    const plain = expected[at];
    if (ours !== undefined && plain !== undefined && sameRow(ours, plain)) continue;
    return `row ${at + 1}: the group counted ${rowText(ours)}; the file has ${rowText(plain)}`;
  }
  return null;
}

/** Equal to the last bit: both means are one division of the same two whole numbers. */
function sameRow(a: DepartureRow, b: DepartureRow): boolean {
  return (
    a.airport === b.airport &&
    a.hour === b.hour &&
    a.departures === b.departures &&
    a.meanDelayMinutes === b.meanDelayMinutes
  );
}

function rowText(row: DepartureRow | undefined): string {
  if (row === undefined) return 'no such row';
  const hour = String(row.hour).padStart(2, '0');
  return `${row.airport} at ${hour} h: ${row.departures} departures, mean delay ${row.meanDelayMinutes} min`;
}
