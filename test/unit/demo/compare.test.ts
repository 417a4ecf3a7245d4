import { describe, expect, test } from 'vitest';
import { firstDifference } from '../../../demo/compare.js';
import {
  addDeparture,
  type AirportSums,
  type DepartureRow,
  departureRows,
} from '../../../demo/departures.js';

const ROWS: readonly DepartureRow[] = [
  { airport: 'ATL', hour: 6, departures: 3, meanDelayMinutes: 10 / 3 },
  { airport: 'ATL', hour: 7, departures: 2, meanDelayMinutes: -1.5 },
  { airport: 'LAX', hour: 0, departures: 1, meanDelayMinutes: 0 },
];

function changed(at: number, change: Partial<DepartureRow>): DepartureRow[] {
  return ROWS.map((row, index) => (index === at ? { ...row, ...change } : row));
}

test('the same rows match, also after a turn through JSON', () => {
  expect(firstDifference(ROWS, ROWS)).toBe(null);
  expect(firstDifference(JSON.parse(JSON.stringify(ROWS)) as DepartureRow[], ROWS)).toBe(null);
  expect(firstDifference([], [])).toBe(null);
});

describe('a planted difference is found', () => {
  test.each<{ readonly planted: string; readonly counted: readonly DepartureRow[]; readonly said: string }>([
    {
      planted: 'one departure too many',
      counted: changed(1, { departures: 3 }),
      said: 'row 2: the group counted ATL at 07 h: 3 departures, mean delay -1.5 min; the file has ATL at 07 h: 2 departures, mean delay -1.5 min',
    },
    {
      planted: 'a mean off by the last bit',
      counted: changed(0, { meanDelayMinutes: 10 / 3 + Number.EPSILON * 2 }),
      said: 'row 1: the group counted ATL at 06 h: 3 departures, mean delay 3.333333333333334 min; the file has ATL at 06 h: 3 departures, mean delay 3.3333333333333335 min',
    },
    {
      planted: 'another hour',
      counted: changed(2, { hour: 1 }),
      said: 'row 3: the group counted LAX at 01 h: 1 departures, mean delay 0 min; the file has LAX at 00 h: 1 departures, mean delay 0 min',
    },
    {
      planted: 'another airport',
      counted: changed(2, { airport: 'LAS' }),
      said: 'row 3: the group counted LAS at 00 h: 1 departures, mean delay 0 min; the file has LAX at 00 h: 1 departures, mean delay 0 min',
    },
    {
      planted: 'the last row missing',
      counted: ROWS.slice(0, 2),
      said: 'row 3: the group counted no such row; the file has LAX at 00 h: 1 departures, mean delay 0 min',
    },
    {
      planted: 'a row too many',
      counted: [...ROWS, { airport: 'ORD', hour: 5, departures: 1, meanDelayMinutes: 7 }],
      said: 'row 4: the group counted ORD at 05 h: 1 departures, mean delay 7 min; the file has no such row',
    },
    {
      planted: 'a mean that is no number',
      counted: changed(0, { meanDelayMinutes: Number.NaN }),
      said: 'row 1: the group counted ATL at 06 h: 3 departures, mean delay NaN min; the file has ATL at 06 h: 3 departures, mean delay 3.3333333333333335 min',
    },
  ])('$planted', ({ counted, said }) => expect(firstDifference(counted, ROWS)).toBe(said));
});

test('rows come by airport and hour, without the hours in which nothing left', () => {
  const sums: AirportSums = {};
  for (const [airport, hour, delay] of [
    ['LAX', 23, -5],
    ['ATL', 7, 10],
    ['ATL', 6, 1],
    ['ATL', 7, 20],
  ] as const) {
    addDeparture(sums, airport, hour, delay);
  }
  expect(departureRows(sums)).toEqual([
    { airport: 'ATL', hour: 6, departures: 1, meanDelayMinutes: 1 },
    { airport: 'ATL', hour: 7, departures: 2, meanDelayMinutes: 15 },
    { airport: 'LAX', hour: 23, departures: 1, meanDelayMinutes: -5 },
  ]);
});

test('an hour that is none is refused rather than summed up somewhere', () => {
  expect(() => addDeparture({}, 'ATL', 24, 1)).toThrow('24 is no hour of the day');
  expect(() => addDeparture({}, 'ATL', Number.NaN, 1)).toThrow('NaN is no hour of the day');
});
