/**
 * Version ranges as Kafka's protocol documents write them: `3-13`, `3+`, `5`. A range is closed at both ends;
 * an open one ends at the largest version the header can carry.
 */
import { assert } from '../base/assert.js';

export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** Versions are int16 on the wire. */
export const HIGHEST_VERSION = 0x7fff;

export const EVERY_VERSION: VersionRange = { min: 0, max: HIGHEST_VERSION };

/** Reads `3-13`, `3+` or `5`. Ranges are written by us, so a malformed one is a bug. */
export function parseVersions(text: string): VersionRange {
  const parts = /^(\d+)(?:-(\d+)|(\+))?$/.exec(text);
  assert(parts !== null, `a version range reads like 3-13, 3+ or 5, not '${text}'`);
  const min = Number(parts[1]);
  const max = parts[3] === '+' ? HIGHEST_VERSION : Number(parts[2] ?? parts[1]);
  assert(min <= max && max <= HIGHEST_VERSION, `a version range runs upwards within int16, not '${text}'`);
  return { min, max };
}

export function includesVersion(range: VersionRange, version: number): boolean {
  return version >= range.min && version <= range.max;
}

/** The reverse of `parseVersions`. */
export function formatVersions(range: VersionRange): string {
  if (range.max === HIGHEST_VERSION) return `${range.min}+`;
  return range.min === range.max ? `${range.min}` : `${range.min}-${range.max}`;
}
