/** `npm run sim:planted` takes minutes; this much is looked at every time: each planted error's place in the sources is still there, once. */
import { expect, test } from 'vitest';
import { PLANTED_ERRORS } from './planted-errors.mjs';
import { occurrences } from './plant.mjs';

test('there are ten planted errors or more', () => expect(PLANTED_ERRORS.length).toBeGreaterThanOrEqual(10));

test.each(PLANTED_ERRORS)('has its place: $name', async (error) => {
  expect(await occurrences(error), `${error.find}\nin ${error.file}`).toBe(1);
});
