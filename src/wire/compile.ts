/**
 * Turns a message's declaration into JavaScript source, one encoder and one decoder per version. What depends
 * on the version (presence, nullability, compact lengths, tags) is decided here, so that what runs is
 * straight-line code, as one would write it by hand: neighbouring fields of fixed size share one bounds check
 * and are read and written at constant distances. `npm run wire -- Fetch 12` prints what runs.
 *
 * Names in the source: `r` and `w` are the Reader and Writer, `d` the draft, `v` a view, `p` a position from
 * take or reserve. Every other name is a field's with a number behind it, so that no name is a keyword or
 * stands twice.
 */
import { Decoder } from './compile/decoder.js';
import { Encoder } from './compile/encoder.js';
import type { AnyMessage } from './schema.js';

/**
 * Body of `function (w, d)`: writes the draft `d`. What it calls beside its arguments is codec.ts's RUNTIME.
 */
export function encoderSource(message: AnyMessage, version: number): string {
  return new Encoder(version, message.isFlexible(version)).body(message.fields);
}

/** Body of `function (r)`: returns the decoded object. */
export function decoderSource(message: AnyMessage, version: number): string {
  return new Decoder(version, message.isFlexible(version)).body(message.fields);
}
