/** A flight as a record: the airport of origin is the key, the value is JSON that a person can read and any tool can parse. */
import type { FlightBlock } from './flights.js';

export interface FlightMessage {
  readonly key: string;
  readonly value: string;
}

/** `{"at":"2001-01-01T00:01","delay":33,"miles":2176,"to":"PHL"}` */
export function flightMessage(block: FlightBlock, row: number, clock: LocalTimes): FlightMessage {
  const at = clock.text(block.localMinutes[row]!);
  const delay = block.delayMinutes[row]!;
  const miles = block.distanceMiles[row]!;
  return {
    key: block.origins[row]!,
    // By hand: half the time of JSON.stringify, and nothing in it needs escaping.
    value: `{"at":"${at}","delay":${delay},"miles":${miles},"to":"${block.destinations[row]!}"}`,
  };
}

/** What the consumers need of a value. */
export function readFlight(value: string): { hour: number; delayMinutes: number } {
  const { at, delay } = JSON.parse(value) as { at: string; delay: number };
  return { hour: Number(at.slice('2001-01-01T'.length, '2001-01-01Thh'.length)), delayMinutes: delay };
}

/** Minutes as local date and time. Flights come in order of departure, so the last answer is nearly always the next one too. */
export class LocalTimes {
  #minute = Number.NaN;
  #text = '';

  text(localMinute: number): string {
    if (localMinute !== this.#minute) {
      this.#minute = localMinute;
      this.#text = new Date(localMinute * 60_000).toISOString().slice(0, '2001-01-01T00:00'.length);
    }
    return this.#text;
  }
}
