/**
 * Codecs of a message at a version, compiled on first use. Callers that know what they will need at start-up
 * may ask for it then: asking again costs a look-up.
 */
import { assert } from '../base/assert.js';
import { decoderSource, encoderSource } from './compile.js';
import { int64At, type Reader, WireError } from './reader.js';
import type { AnyMessage, Message } from './schema.js';
import { TagSection, writeUnknownTags } from './tags.js';
import { boolean, float64, int16, int32, int64, int8, uint16, type Writer } from './writer.js';

export interface Codec<T, D> {
  /** @throws WireError when the version cannot carry the draft. What was written by then is of no use. */
  encode(writer: Writer, draft: D): void;
  /** Byte fields are views on the reader's buffer. @throws WireError on malformed bytes. */
  decode(reader: Reader): T;
}

/** The generated codec of a message at one of its versions. */
export function codec<T, D>(message: Message<T, D>, version: number): Codec<T, D> {
  const known = message.compiled.get(version);
  if (known !== undefined) return known as Codec<T, D>;
  const made = compile(message, version);
  message.compiled.set(version, made);
  return made;
}

function compile<T, D>(message: Message<T, D>, version: number): Codec<T, D> {
  assertVersion(message, version);
  return namingErrors(message, version, {
    encode: instantiate(`w, d`, encoderSource(message, version)) as Codec<T, D>['encode'],
    decode: instantiate(`r`, decoderSource(message, version)) as Codec<T, D>['decode'],
  });
}

export function assertVersion(message: AnyMessage, version: number): void {
  assert(
    Number.isInteger(version) && version >= message.minVersion && version <= message.maxVersion,
    `${message.name} is spoken from version ${message.minVersion} to ${message.maxVersion}, not in ${version}`,
  );
}

/** What generated code may call beside the methods of its Reader or Writer. */
const RUNTIME = {
  TagSection,
  NO_BYTES: Buffer.alloc(0),
  absent,
  boolean,
  float64,
  int16,
  int32,
  int64,
  int64At,
  int8,
  missing,
  uint16,
  writeUnknownTags,
} as const;

function instantiate(parameters: string, body: string): unknown {
  const source = `'use strict';\nreturn function (${parameters}) {\n${body}\n};`;
  // The source comes from our own declarations and nothing else.
  return (new Function(...Object.keys(RUNTIME), source) as (...runtime: unknown[]) => unknown)(
    ...Object.values(RUNTIME),
  );
}

/**
 * Refuses a value in a version that has no such field: dropping it silently would change what the draft
 * means.
 */
export function absent(field: string): never {
  throw new WireError(`this version has no field ${field}, and the value given for it is not its default`);
}

export function missing(field: string): never {
  throw new WireError(`field ${field} has no value, and may not be null in this version`);
}

/** Says which message an error is about; the codecs themselves only know bytes. */
export function namingErrors<T, D>(message: AnyMessage, version: number, inner: Codec<T, D>): Codec<T, D> {
  const named = (error: unknown): unknown =>
    error instanceof WireError
      ? new WireError(`${message.name} version ${version}: ${error.message}`, { cause: error })
      : error;
  return {
    encode(writer, draft) {
      try {
        inner.encode(writer, draft);
      } catch (error) {
        throw named(error);
      }
    },
    decode(reader) {
      try {
        return inner.decode(reader);
      } catch (error) {
        throw named(error);
      }
    },
  };
}
