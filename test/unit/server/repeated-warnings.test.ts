import { expect, test } from 'vitest';
import { manualClock } from '../../../src/ports/memory/clock.js';
import { SILENT_LOGGER } from '../../../src/ports/logger.js';
import { RepeatedWarnings } from '../../../src/server/repeated-warnings.js';

test('the first of a while are written, the rest are counted, and a new while begins', async () => {
  const lines: string[] = [];
  const clock = manualClock(0);
  const warnings = new RepeatedWarnings({ ...SILENT_LOGGER, warn: (line) => lines.push(line) }, clock);
  for (let at = 0; at < 5000; at++) warnings.warn(`number ${at}`);
  expect(lines).toHaveLength(100);
  clock.advance(10_000);
  expect(lines.slice(100)).toEqual([
    '4900 more warnings about connections were left out; the last: number 4999',
  ]);
  warnings.warn('again');
  expect(lines.at(-1)).toBe('again');
  clock.advance(10_000);
  expect(lines).toHaveLength(102);
});
