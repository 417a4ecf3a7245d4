/** The broker's log as lines on stderr: for people, or one JSON object a line. */
import { systemErrorCode } from '../../base/errors.js';
import type { Clock } from '../../ports/clock.js';
import type { LogFields, Logger } from '../../ports/logger.js';
import type { Output } from '../world.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export interface LogWriterOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly clock: Pick<Clock, 'now'>;
  readonly output: Output;
}

/** Says what is at `level` or above. A log that nobody reads any more is dropped: it must not take the broker with it. */
export function logWriter({ level, format, clock, output }: LogWriterOptions): Logger {
  const line = format === 'json' ? jsonLine : textLine;
  const at = (own: LogLevel) => {
    if (LOG_LEVELS.indexOf(own) < LOG_LEVELS.indexOf(level)) return () => {};
    return (message: string, fields: LogFields = {}): void => {
      output.write(`${line(new Date(clock.now()).toISOString(), own, message, fields)}\n`);
    };
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function jsonLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  return JSON.stringify({ time, level, message, ...fields }, (_key, value: unknown) =>
    value instanceof Error
      ? { message: value.message, code: systemErrorCode(value), stack: value.stack }
      : printable(value),
  );
}

function textLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  const parts = Object.entries(fields).map(([name, value]) => `${name}=${textOf(value)}`);
  return [time, level.toUpperCase().padEnd(5), message, ...parts].join(' ');
}

function textOf(value: unknown): string {
  if (value instanceof Error) return value.stack ?? value.message;
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value, (_key, inner: unknown) => printable(inner)) ?? String(value);
}

/** JSON knows neither bigints nor maps nor sets, and a log line must never throw. */
function printable(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Map) return Object.fromEntries(value as Map<string, unknown>);
  if (value instanceof Set) return [...(value as Set<unknown>)];
  return value;
}
