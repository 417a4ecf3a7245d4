/** Values of options, read and refused before anything is done. */
import { Option } from 'commander';
import { UserError } from '../base/errors.js';
import type { Millis } from '../base/ids.js';
import type { Address } from '../ports/net.js';

/** A command line that makes no sense: exit code 2. */
export function usageError(message: string, hint?: string): UserError {
  return new UserError('USAGE', message, hint);
}

/** A whole number within bounds, both included. @throws UserError USAGE */
export function wholeNumber(option: string, min: number, max = Number.MAX_SAFE_INTEGER) {
  return (raw: string): number => {
    const value = Number(raw);
    if (!/^-?\d+$/.test(raw) || !Number.isSafeInteger(value) || value < min || value > max) {
      const bounds = max === Number.MAX_SAFE_INTEGER ? `from ${min} on` : `from ${min} to ${max}`;
      throw usageError(`${option} takes a whole number ${bounds}, not ${raw}`);
    }
    return value;
  };
}

/** One of `choices`. @throws UserError USAGE */
export function oneOf<const Choices extends readonly string[]>(option: string, choices: Choices) {
  return (raw: string): Choices[number] => {
    if (!choices.includes(raw)) throw usageError(`${option} takes ${choices.join(' or ')}, not ${raw}`);
    return raw;
  };
}

/**
 * An option of few possible values: `--help` and completion name them, anything else is refused.
 * @param flags as commander writes them: `--format <format>`; what is refused is named by its long form
 */
export function choiceOption(
  flags: string,
  description: string,
  choices: readonly string[],
  fallback: string,
): Option {
  const option = new Option(flags, description).choices(choices).default(fallback);
  return option.argParser(oneOf(option.long ?? flags, choices));
}

/** Collects an option that is given any number of times. */
export function eachOf<T>(parse: (raw: string) => T) {
  return (raw: string, before: readonly T[] = []): readonly T[] => [...before, parse(raw)];
}

/** Collects `name=value`, given any number of times. @throws UserError USAGE */
export function nameAndValue(option: string) {
  return (raw: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> => {
    const at = raw.indexOf('=');
    if (at < 1) throw usageError(`${option} takes name=value, not ${raw}`);
    return new Map([...before, [raw.slice(0, at).trim(), raw.slice(at + 1)]]);
  };
}

/** `host:port`, or `[::1]:9092`. @throws UserError USAGE */
export function hostPort(option: string, raw: string, portMin = 1): Address {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s/[\]]+)):(\d{1,5})$/.exec(raw.trim());
  const port = Number(match?.[3]);
  if (!match || port > 65_535 || port < portMin) {
    throw usageError(`${option} takes host:port, not ${raw}`, 'For example 127.0.0.1:9092, or [::1]:9092.');
  }
  return { host: match[1] ?? match[2] ?? '', port };
}

/** As it is written in an address: `[::1]:9092`. */
export function formatHostPort({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * A moment: milliseconds since 1970, or an ISO date. A date without a time of day is midnight UTC; one with a time and no zone is local
 * time: as the standard has it.
 * @throws UserError USAGE
 */
export function pointInTime(option: string) {
  return (raw: string): Millis => {
    const time = /^\d+$/.test(raw) ? Number(raw) : isoTime(raw);
    if (time !== null && Number.isSafeInteger(time)) return time;
    throw usageError(
      `${option} takes a time, not ${raw}`,
      'For example 2026-11-21T08:00:00Z, 2026-11-21, or milliseconds since 1970.',
    );
  };
}

/** Null: not an ISO date. `Date.parse` alone would take `1` and `tomorrow 5` for dates of some kind. */
export function isoTime(raw: string): Millis | null {
  const time = /^\d{4}-\d{2}(-\d{2})?/.test(raw) ? Date.parse(raw) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * A length of time as ISO 8601 writes it, `P1DT2H30M`, or weeks, `P2W`. Years and months have no fixed length and are refused.
 * @throws UserError USAGE
 */
export function isoDuration(option: string) {
  return (raw: string): Millis => {
    const match =
      /^P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?$/i.exec(raw);
    const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] =
      match?.slice(1).map((digits: string | undefined) => Number(digits ?? 0)) ?? [];
    const ms = Math.round(
      (weeks * 7 + days) * DAY_MS + hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS,
    );
    if (match && Number.isSafeInteger(ms)) return ms;
    throw usageError(
      `${option} takes a length of time as ISO 8601 writes it, not ${raw}`,
      'For example PT30M, PT1H or P1DT12H; years and months have no fixed length.',
    );
  };
}
