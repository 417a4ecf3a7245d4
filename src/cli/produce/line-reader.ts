/** From a line to a record: which part is the key, which the value, which the time. */
import type { PartitionIndex } from '../../base/ids.js';
import type { ProducerRecord } from '../../client/producer/producer.js';
import type { Header } from '../../records/builder.js';

export interface LineFormat {
  /** Each line is a JSON value. */
  readonly json: boolean;
  /** Paths into it, as `origin.airport`. */
  readonly keyField?: readonly string[];
  readonly valueField?: readonly string[];
  readonly timestampField?: readonly string[];
  /** Of plain lines: what stands before it is the key. A line without it has none. */
  readonly keySeparator?: Buffer;
  readonly headers: readonly Header[];
  readonly partition?: PartitionIndex;
}

/** A line that does not become a record, and why. */
export interface BadLine {
  readonly problem: string;
}

/** Null: a line that means nothing, as an empty one between JSON lines. */
export function readLine(line: Buffer, format: LineFormat): ProducerRecord | BadLine | null {
  const { headers, partition } = format;
  const rest = { headers, ...(partition !== undefined && { partition }) };
  if (!format.json) return { ...keyAndValue(line, format.keySeparator), ...rest };
  const text = line.toString('utf8');
  if (text.trim() === '') return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return { problem: `not JSON: ${(error as SyntaxError).message}` };
  }
  const timestamp = format.timestampField ? timeOf(fieldOf(parsed, format.timestampField)) : undefined;
  if (timestamp === null) {
    return {
      problem: `${format.timestampField!.join('.')} is no time: neither milliseconds since 1970 nor an ISO date`,
    };
  }
  return {
    key: format.keyField ? bytesOf(fieldOf(parsed, format.keyField)) : null,
    value: format.valueField ? bytesOf(fieldOf(parsed, format.valueField)) : line,
    ...(timestamp !== undefined && { timestamp }),
    ...rest,
  };
}

function keyAndValue(line: Buffer, separator: Buffer | undefined): { key: Buffer | null; value: Buffer } {
  const at = separator ? line.indexOf(separator) : -1;
  if (!separator || at < 0) return { key: null, value: line };
  return { key: line.subarray(0, at), value: line.subarray(at + separator.length) };
}

function fieldOf(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const name of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

/** Text as it is, other values as JSON; what is missing or null is null. */
function bytesOf(field: unknown): Buffer | null {
  if (field === undefined || field === null) return null;
  return Buffer.from(typeof field === 'string' ? field : JSON.stringify(field));
}

/** Undefined: no such field, so the time is now. Null: not a time. */
function timeOf(field: unknown): number | null | undefined {
  if (field === undefined) return undefined;
  const time = typeof field === 'string' ? Date.parse(field) : field;
  return typeof time === 'number' && Number.isSafeInteger(time) && time >= 0 ? time : null;
}
