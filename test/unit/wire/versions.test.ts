import { expect, test } from 'vitest';
import {
  formatVersions,
  HIGHEST_VERSION,
  includesVersion,
  parseVersions,
} from '../../../src/wire/versions.js';

test.each([
  ['3-13', { min: 3, max: 13 }],
  ['0-0', { min: 0, max: 0 }],
  ['5', { min: 5, max: 5 }],
  ['3+', { min: 3, max: HIGHEST_VERSION }],
])('%s', (text, range) => {
  expect(parseVersions(text)).toEqual(range);
  expect(parseVersions(formatVersions(range))).toEqual(range);
  expect(includesVersion(range, range.min)).toBe(true);
  expect(includesVersion(range, range.max)).toBe(true);
  expect(includesVersion(range, range.min - 1)).toBe(false);
  expect(includesVersion(range, range.max + 1)).toBe(false);
});

test.each(['', '3-', '-3', '13-3', 'x', '3++', '3-5+', ' 3', '0-99999'])('%j is no range', (text) => {
  expect(() => parseVersions(text)).toThrow(`'${text}'`);
});
