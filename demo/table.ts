/** The result as a person wants to read it: the busiest airports, and the best and the worst hour to leave them. */
import Table from 'cli-table3';
import { type DepartureRow, HOURS } from './departures.js';
import { count, type Terminal } from './terminal.js';

const AIRPORTS_SHOWN = 15;
/** An hour with fewer departures than this share of the airport's busiest is a night flight or two, and its mean says nothing. */
const TYPICAL_SHARE = 0.1;
const SPARKS = '▁▂▃▄▅▆▇█';

interface AirportSummary {
  readonly airport: string;
  readonly departures: number;
  readonly meanDelayMinutes: number;
  readonly best: DepartureRow;
  readonly worst: DepartureRow;
  readonly hours: readonly (DepartureRow | undefined)[];
}

export function airportTable(rows: readonly DepartureRow[], { colours }: Terminal): string {
  const airports = summaries(rows);
  const table = new Table({
    head: [
      'airport',
      'departures',
      'mean delay',
      'best hour',
      'worst hour',
      'departures by hour, 0 to 23',
    ].map((title) => colours.bold(title)),
    colAligns: ['left', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const summary of airports.slice(0, AIRPORTS_SHOWN)) {
    table.push([
      colours.bold(summary.airport),
      count(summary.departures),
      minutes(summary.meanDelayMinutes),
      colours.green(hourText(summary.best)),
      colours.red(hourText(summary.worst)),
      colours.cyan(sparks(summary.hours)),
    ]);
  }
  return table.toString();
}

function summaries(rows: readonly DepartureRow[]): AirportSummary[] {
  const byAirport = new Map<string, DepartureRow[]>();
  for (const row of rows) {
    const known = byAirport.get(row.airport);
    if (known === undefined) byAirport.set(row.airport, [row]);
    else known.push(row);
  }
  return [...byAirport].map(summary).sort((a, b) => b.departures - a.departures);
}

function summary([airport, rows]: readonly [string, readonly DepartureRow[]]): AirportSummary {
  const departures = rows.reduce((sum, row) => sum + row.departures, 0);
  const delayMinutes = rows.reduce((sum, row) => sum + row.departures * row.meanDelayMinutes, 0);
  const busiest = Math.max(...rows.map((row) => row.departures));
  const typical = rows
    .filter((row) => row.departures >= busiest * TYPICAL_SHARE)
    .sort((a, b) => a.meanDelayMinutes - b.meanDelayMinutes);
  return {
    airport,
    departures,
    meanDelayMinutes: delayMinutes / departures,
    best: typical[0]!,
    worst: typical.at(-1)!,
    hours: Array.from({ length: HOURS }, (_, hour) => rows.find((row) => row.hour === hour)),
  };
}

function minutes(value: number): string {
  return `${value.toFixed(1)} min`;
}

function hourText({ hour, meanDelayMinutes }: DepartureRow): string {
  return `${String(hour).padStart(2, '0')} h  ${minutes(meanDelayMinutes)}`;
}

function sparks(hours: readonly (DepartureRow | undefined)[]): string {
  const busiest = Math.max(...hours.map((row) => row?.departures ?? 0));
  return hours
    .map((row) =>
      row === undefined
        ? ' '
        : SPARKS[Math.min(SPARKS.length - 1, Math.floor((row.departures / busiest) * SPARKS.length))],
    )
    .join('');
}
