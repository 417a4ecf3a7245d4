/**
 * Every decoder under mutated frames: it decodes or throws WireError, and never reads past the frame or makes
 * more of it than its bytes allow. Generated code and interpreter must also come to the same verdict.
 */
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_UUID } from '../../../src/base/ids.js';
import { type Codec, codec } from '../../../src/wire/codec.js';
import { FrameCutter, FrameError } from '../../../src/wire/frame.js';
import { decodeRequestHeader } from '../../../src/wire/headers.js';
import { interpret } from '../../../src/wire/interpret.js';
import { APIS, flexibleOf } from '../../../src/wire/messages/index.js';
import { Reader, WireError } from '../../../src/wire/reader.js';
import { Writer } from '../../../src/wire/writer.js';
import { arbitrary, versionsOf } from './arbitrary.js';
import { EveryFeature } from './every-feature.js';
import { random, seed } from './seed.js';

const messages = [EveryFeature, ...APIS.flatMap(({ request, response }) => [request, response])];
const SAMPLES = 6;
const MUTANTS = 12;

type Outcome = { readonly decoded: unknown; readonly read: number } | WireError;

function attempt(one: Codec<unknown, unknown>, bytes: Buffer, start: number): Outcome {
  const reader = new Reader(bytes, start, bytes.length - start);
  try {
    return { decoded: one.decode(reader), read: reader.position - start };
  } catch (error) {
    if (error instanceof WireError) return error;
    throw error;
  }
}

/**
 * Elements, characters and bytes of a decoded object. But for the 22 characters of a uuid's 16 bytes, each
 * stands for a byte read.
 */
function weight(value: unknown): number {
  if (typeof value === 'string') return value === NO_UUID ? 0 : value.length;
  if (Buffer.isBuffer(value)) return value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + 1 + weight(item), 0);
  if (typeof value === 'object' && value !== null) {
    return Object.values(value).reduce((sum: number, item) => sum + weight(item), 0);
  }
  return 0;
}

/** One mutation of a frame: bits, extreme values in place of others, cuts, repeats. */
function mutate(frame: Buffer, draw: (below: number) => number): Buffer {
  const mutant = Buffer.from(frame);
  const at = draw(Math.max(1, mutant.length));
  switch (draw(7)) {
    case 0:
      return mutant.subarray(0, at);
    case 1:
      return Buffer.concat([mutant.subarray(0, at), Buffer.alloc(1 + draw(9), 0xff), mutant.subarray(at)]);
    case 2:
      return Buffer.concat([mutant.subarray(0, at), mutant.subarray(draw(mutant.length + 1))]);
    case 3:
      if (mutant.length >= 4)
        mutant.writeInt32BE(
          [0x7fff_ffff, -1, -2, 0x0100_0000][draw(4)] ?? 0,
          Math.min(at, mutant.length - 4),
        );
      return mutant;
    case 4:
      if (mutant.length >= 8) mutant.writeInt32BE(0x0020_0000, Math.min(at, mutant.length - 8));
      return mutant;
    case 5:
      for (let bytes = 1 + draw(4); bytes > 0; bytes--) mutant[draw(Math.max(1, mutant.length))] = draw(256);
      return mutant;
    default:
      if (mutant.length > 0) mutant[at] = (mutant[at] ?? 0) ^ (1 << draw(8));
      return mutant;
  }
}

describe(`mutated frames, seed ${seed}`, () => {
  let decodedMutants = 0;
  let refusedMutants = 0;

  test.each(versionsOf(messages))('$name', ({ message, version, name }) => {
    const generated = codec(message, version);
    const interpreted = interpret(message, version);
    const draw = random(seed ^ Buffer.from(name).reduce((hash, byte) => Math.imul(hash, 31) + byte, 7));
    for (const draft of fc.sample(arbitrary(message, version), { seed, numRuns: SAMPLES })) {
      const writer = new Writer();
      generated.encode(writer, draft);
      const frame = Buffer.concat(writer.parts());
      for (let round = 0; round < MUTANTS; round++) {
        let mutant = mutate(frame, draw);
        if (draw(3) === 0) mutant = mutate(mutant, draw);
        // The frame lies inside a larger buffer, whose other bytes nobody may read.
        const padding = Buffer.alloc(8, 0x55);
        const padded = Buffer.concat([padding, mutant, padding]);
        const outcome = attempt(generated, padded, padding.length);
        const verdict = attempt(interpreted, padded, padding.length);
        if (outcome instanceof WireError) {
          refusedMutants++;
          expect(verdict, `the interpreter accepts ${mutant.toString('hex')}`).toBeInstanceOf(WireError);
          continue;
        }
        decodedMutants++;
        if (!isDeepStrictEqual(outcome, verdict))
          expect(verdict, mutant.toString('hex')).toStrictEqual(outcome);
        expect(outcome.read).toBeLessThanOrEqual(mutant.length);
        expect(weight(outcome.decoded)).toBeLessThanOrEqual(2 * mutant.length);
        // What was decoded can be encoded, and means the same then.
        const again = new Writer();
        generated.encode(again, outcome.decoded);
        const decodedAgain = generated.decode(new Reader(Buffer.concat(again.parts())));
        if (!isDeepStrictEqual(decodedAgain, outcome.decoded))
          expect(decodedAgain).toStrictEqual(outcome.decoded);
      }
    }
  });

  test('some mutants were decoded and some refused', () => {
    expect(decodedMutants).toBeGreaterThan(500);
    expect(refusedMutants).toBeGreaterThan(500);
  });
});

test('every array count is refused when the bytes left cannot hold it, before anything is allocated', () => {
  const liar = Buffer.alloc(64, 0);
  for (const { message, version } of versionsOf(messages)) {
    // Wherever a count may stand, a count of 2^28 - 1 stands there in one of these frames, with too few bytes
    // behind it.
    for (let at = 0; at + 5 <= liar.length; at++) {
      const frame = Buffer.from(liar);
      if (message.isFlexible(version)) frame.set([0xff, 0xff, 0xff, 0x7f], at);
      else frame.writeInt32BE(0x0fff_ffff, at);
      const outcome = attempt(codec(message, version), frame, 0);
      if (!(outcome instanceof WireError)) expect(weight(outcome.decoded)).toBeLessThanOrEqual(frame.length);
    }
  }
});

test('headers: any bytes give a header or WireError', () => {
  const property = fc.property(
    fc.uint8Array({ maxLength: 60 }),
    fc.constantFrom(...APIS),
    fc.nat(20),
    (bytes, api, version) => {
      const frame = Buffer.from(bytes);
      if (frame.length >= 4) {
        frame.writeInt16BE(api.key, 0);
        frame.writeInt16BE(version, 2);
      }
      try {
        const { body } = decodeRequestHeader(frame, flexibleOf);
        expect(body.position).toBeLessThanOrEqual(frame.length);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    },
  );
  fc.assert(property, { seed, numRuns: 1000 });
});

test('frames: any bytes give frames or FrameError', () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
  const property = fc.property(chunks, (parts) => {
    const cutter = new FrameCutter({ maxFrameBytes: 0x00ff_ffff });
    const all = parts.map((part) => Buffer.from(part));
    const received = all.reduce((sum, part) => sum + part.length, 0);
    try {
      const frames = all.flatMap((part) => cutter.push(part));
      const framed = frames.reduce((sum, frame) => sum + 4 + frame.length, 0);
      expect(framed + cutter.pendingBytes).toBe(received);
    } catch (error) {
      expect(error).toBeInstanceOf(FrameError);
    }
  });
  fc.assert(property, { seed, numRuns: 1000 });
});
