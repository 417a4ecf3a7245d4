/** Generated codecs, the interpreter and the rules themselves agree, for every version of every message. */
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codec } from '../../../src/wire/codec.js';
import { interpret } from '../../../src/wire/interpret.js';
import { APIS } from '../../../src/wire/messages/index.js';
import { Reader } from '../../../src/wire/reader.js';
import { Writer } from '../../../src/wire/writer.js';
import { arbitrary, expected, versionsOf } from './arbitrary.js';
import { EveryFeature, NeverFlexible } from './every-feature.js';
import { seed } from './seed.js';

const messages = [
  EveryFeature,
  NeverFlexible.request,
  ...APIS.flatMap(({ request, response }) => [request, response]),
];

describe('generated codec, interpreter and rules agree', () => {
  test.each(versionsOf(messages))('$name', ({ message, version }) => {
    const generated = codec(message, version);
    const interpreted = interpret(message, version);
    const property = fc.property(arbitrary(message, version), (draft) => {
      const writer = new Writer(16);
      generated.encode(writer, draft);
      const bytes = Buffer.concat(writer.parts());
      expect(writer.byteLength).toBe(bytes.length);

      const oracle = new Writer();
      interpreted.encode(oracle, draft);
      expect(bytes.equals(Buffer.concat(oracle.parts()))).toBe(true);

      const wanted = expected(message, version, draft);
      for (const one of [generated, interpreted]) {
        const reader = new Reader(bytes);
        const decoded = one.decode(reader);
        // Vitest's comparison is slow, so it only speaks up when there is a difference to show.
        if (!isDeepStrictEqual(decoded, wanted)) expect(decoded).toStrictEqual(wanted);
        expect(reader.remaining).toBe(0);
      }

      const again = new Writer();
      generated.encode(again, generated.decode(new Reader(bytes)));
      expect(Buffer.concat(again.parts()).equals(bytes)).toBe(true);
    });
    fc.assert(property, { seed, numRuns: message === EveryFeature ? 300 : 12 });
  });
});
