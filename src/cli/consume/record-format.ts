/**
 * kcat's format strings, so that what people know works: %s value, %S its length, %R its length as four bytes, %k key, %K its
 * length, %t topic, %p partition, %o offset, %T timestamp, %h headers, %% a percent sign; \n \r \t \\ \xNN.
 */
import type { RecordView } from '../../records/iterate.js';
import { usageError } from '../usage.js';

export interface PlacedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly record: RecordView;
}

type Piece = (placed: PlacedRecord) => Buffer | string;

/** Writes one record's pieces to `parts`. */
export type RecordFormat = (placed: PlacedRecord, parts: (Buffer | string)[]) => void;

const EMPTY = Buffer.alloc(0);

const FIELDS: Readonly<Record<string, Piece>> = {
  s: ({ record }) => record.value ?? EMPTY,
  S: ({ record }) => String(record.value?.length ?? -1),
  R: ({ record }) => bigEndian(record.value?.length ?? -1),
  k: ({ record }) => record.key ?? EMPTY,
  K: ({ record }) => String(record.key?.length ?? -1),
  t: ({ topic }) => topic,
  p: ({ partition }) => String(partition),
  o: ({ record }) => String(record.offset),
  T: ({ record }) => String(record.timestamp),
  h: ({ record }) =>
    record
      .headers()
      .map(({ key, value }) => `${key}=${value?.toString() ?? 'NULL'}`)
      .join(','),
  '%': () => '%',
};

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', '0': '\0' };

/** @throws UserError USAGE */
export function parseRecordFormat(format: string): RecordFormat {
  const pieces: Piece[] = [];
  // Literal text, a % with its letter, or a \ with its letter or code.
  for (const [token] of format.matchAll(/[^%\\]+|%.?|\\x[0-9a-fA-F]{2}|\\.?/gs))
    pieces.push(pieceOf(token, format));
  return (placed, parts) => {
    for (const piece of pieces) parts.push(piece(placed));
  };
}

function pieceOf(token: string, format: string): Piece {
  if (token.startsWith('%')) {
    const field = FIELDS[token[1] ?? ''];
    if (field) return field;
    throw usageError(
      `-f ${JSON.stringify(format)} has ${token}, which means nothing`,
      `There are ${fieldNames()}.`,
    );
  }
  if (!token.startsWith('\\')) return () => token;
  const bytes =
    token.length === 4 ? Buffer.from([Number.parseInt(token.slice(2), 16)]) : ESCAPES[token[1] ?? ''];
  if (bytes !== undefined) return () => bytes;
  throw usageError(
    `-f ${JSON.stringify(format)} has ${token}, which means nothing`,
    'There are \\n \\r \\t \\\\ \\0 \\xNN.',
  );
}

function fieldNames(): string {
  return Object.keys(FIELDS)
    .map((letter) => `%${letter}`)
    .join(' ');
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** `{"topic","partition","offset","timestamp","key","value","headers":[{"key","value"}]}`; bytes are read as UTF-8. */
export const jsonFormat: RecordFormat = ({ topic, partition, record }, parts) => {
  const { offset, timestamp, key, value } = record;
  const headers = record.headers().map((header) => ({ key: header.key, value: textOf(header.value) }));
  parts.push(
    JSON.stringify({ topic, partition, offset, timestamp, key: textOf(key), value: textOf(value), headers }),
    '\n',
  );
};

function textOf(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('utf8');
}
