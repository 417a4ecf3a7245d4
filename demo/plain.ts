/**
 * The same table without a broker: one pass over the columns of the file. It shares no arithmetic with the consumers, which read
 * the hour from text and add per partition; that is what makes it worth comparing with.
 */
import type { DepartureRow } from './departures.js';
import type { FlightFile } from './flights.js';

const MINUTES_PER_HOUR = 60;
const HOURS_PER_DAY = 24;

export async function plainResult(file: FlightFile, rowLimit: number): Promise<DepartureRow[]> {
  const departures = new Map<string, number>();
  const delayMinutes = new Map<string, number>();
  for await (const block of file.blocks(rowLimit)) {
    for (let row = 0; row < block.count; row++) {
      const hour = Math.floor(block.localMinutes[row]! / MINUTES_PER_HOUR) % HOURS_PER_DAY;
      const cell = `${block.origins[row]!} ${String(hour).padStart(2, '0')}`;
      departures.set(cell, (departures.get(cell) ?? 0) + 1);
      delayMinutes.set(cell, (delayMinutes.get(cell) ?? 0) + block.delayMinutes[row]!);
    }
  }
  return [...departures.keys()].sort().map((cell) => {
    const [airport, hour] = cell.split(' ') as [string, string];
    const count = departures.get(cell)!;
    return {
      airport,
      hour: Number(hour),
      departures: count,
      meanDelayMinutes: delayMinutes.get(cell)! / count,
    };
  });
}
