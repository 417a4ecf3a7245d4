import { UserError } from '../../base/errors.js';
import type { Millis } from '../../base/ids.js';

const UNIT_MS = {
  ms: 1,
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
} as const;

type Unit = keyof typeof UNIT_MS;

/** Milliseconds, or a number and its unit: `'10 minutes'`, `'1 day'`, `'1.5 hours'`. */
export type Duration = number | `${number} ${Unit | `${Exclude<Unit, 'ms'>}s`}`;

/** @throws UserError DURATION_INVALID */
export function durationMs(what: string, duration: Duration): Millis {
  const ms = typeof duration === 'number' ? duration : parsed(duration);
  if (ms !== null && Number.isFinite(ms) && ms >= 0 && ms <= Number.MAX_SAFE_INTEGER) return ms;
  throw new UserError(
    'DURATION_INVALID',
    `${what}: ${JSON.stringify(duration)} is no duration.`,
    `Give milliseconds, or a number and a unit, such as '10 minutes'; units are ${Object.keys(UNIT_MS).join(', ')}.`,
  );
}

function parsed(text: string): Millis | null {
  const parts = /^(\d+(?:\.\d+)?) ([a-z]+)$/.exec(text);
  if (parts === null) return null;
  const [, number, word = ''] = parts;
  const unit = word === 'ms' || !word.endsWith('s') ? word : word.slice(0, -1);
  return Object.hasOwn(UNIT_MS, unit) ? Number(number) * UNIT_MS[unit as Unit] : null;
}
