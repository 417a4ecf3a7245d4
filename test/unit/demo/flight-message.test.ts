import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { flightMessage, LocalTimes, readFlight } from '../../../demo/flight-message.js';
import type { FlightBlock } from '../../../demo/flights.js';

const seed = Number(process.env['SEED'] ?? Date.now());
const MINUTES_2001 = Date.UTC(2001, 0, 1) / 60_000;

function blockOf(minute: number, delay: number): FlightBlock {
  return {
    count: 1,
    localMinutes: [MINUTES_2001 + minute],
    delayMinutes: [delay],
    distanceMiles: [2176],
    origins: ['LAS'],
    destinations: ['PHL'],
  };
}

test('a flight as a record', () => {
  expect(flightMessage(blockOf(1, 33), 0, new LocalTimes())).toEqual({
    key: 'LAS',
    value: '{"at":"2001-01-01T00:01","delay":33,"miles":2176,"to":"PHL"}',
  });
});

test('what is written is read: the hour of the local clock and the delay', () => {
  const clock = new LocalTimes();
  fc.assert(
    fc.property(fc.nat(366 * 24 * 60), fc.integer({ min: -2000, max: 2000 }), (minute, delay) => {
      const { value } = flightMessage(blockOf(minute, delay), 0, clock);
      expect(readFlight(value)).toEqual({ hour: Math.floor(minute / 60) % 24, delayMinutes: delay });
    }),
    { seed },
  );
});
