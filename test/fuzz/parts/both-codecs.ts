/** A body read by the generated codec and by the interpreter, which must agree; then written and read again. */
import { isDeepStrictEqual } from 'node:util';
import { codec } from '../../../src/wire/codec.js';
import { interpret } from '../../../src/wire/interpret.js';
import { Reader, WireError } from '../../../src/wire/reader.js';
import type { AnyMessage } from '../../../src/wire/schema.js';
import { Writer } from '../../../src/wire/writer.js';
import { mustHold, refusing } from '../target.js';

/** @param body a new reader that stands at the body, each time it is called */
export function readsAndWrites(message: AnyMessage, version: number, body: () => Reader): void {
  const name = `${message.name} ${version}`;
  const generated = codec(message, version);
  const interpreted = interpret(message, version);
  const reader = body();
  const value = refusing(() => generated.decode(reader), WireError);
  const other = refusing(() => interpreted.decode(body()), WireError);
  mustHold(
    isDeepStrictEqual(value, other),
    () => `${name}: the generated codec and the interpreter disagree`,
  );
  if (value === null) return;
  const bytes = refusing(() => written((writer) => generated.encode(writer, value)), WireError);
  if (bytes === null) {
    // Bytes that are no UTF-8 are read as a character that takes three, so that a string may become too long to write.
    mustHold(hasReplacedText(value), () => `${name}: what was read cannot be written`);
    return;
  }
  const same = written((writer) => interpreted.encode(writer, value));
  mustHold(
    bytes.equals(same),
    () => `${name}: the generated codec and the interpreter write different bytes`,
  );
  const again = new Reader(bytes);
  const second = generated.decode(again);
  mustHold(again.remaining === 0, () => `${name}: ${again.remaining} bytes that were written are not read`);
  mustHold(isDeepStrictEqual(value, second), () => `${name}: what was written reads differently`);
}

function written(write: (writer: Writer) => void): Buffer {
  const writer = new Writer();
  write(writer);
  return Buffer.concat(writer.parts());
}

function hasReplacedText(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\uFFFD');
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return false;
  return Object.values(value).some(hasReplacedText);
}
