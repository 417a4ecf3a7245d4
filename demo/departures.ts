/**
 * Departures and delays per airport and hour, over a prefix of one partition. A pure function of the records it was fed, in
 * order: whoever feeds it the same prefix gets the same sums. The exactness of the whole demo rests on that (see checkpoints.ts).
 */
export const HOURS = 24;

/** What a cell of the table adds up. Both are whole numbers, so that sums do not depend on the order. */
export interface HourSums {
  departures: number;
  delayMinutes: number;
}

/** Per airport, one cell per hour of the day; a partition has all the records of an airport, since the airport is their key. */
export type AirportSums = Record<string, HourSums[]>;

export function addDeparture(sums: AirportSums, airport: string, hour: number, delayMinutes: number): void {
  const hours = (sums[airport] ??= Array.from({ length: HOURS }, () => ({ departures: 0, delayMinutes: 0 })));
  const cell = hours[hour];
  if (cell === undefined) throw new Error(`${hour} is no hour of the day`);
  cell.departures += 1;
  cell.delayMinutes += delayMinutes;
}

/** A row of the result. */
export interface DepartureRow {
  readonly airport: string;
  /** 0 to 23, on the airport's own clock. */
  readonly hour: number;
  readonly departures: number;
  readonly meanDelayMinutes: number;
}

/** Rows by airport and hour; hours without a departure have none. */
export function departureRows(sums: AirportSums): DepartureRow[] {
  return Object.keys(sums)
    .sort()
    .flatMap((airport) =>
      sums[airport]!.map(({ departures, delayMinutes }, hour) => ({
        airport,
        hour,
        departures,
        meanDelayMinutes: delayMinutes / departures,
      })).filter(({ departures }) => departures > 0),
    );
}
