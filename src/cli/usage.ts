/** Values of options, read and refused before anything is done. */
import { UserError } from '../base/errors.js';
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
