/**
 * Frames come out whole and in order, however the stream is cut; and a stranger's promise costs nothing until
 * kept.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SLAB_BYTES_MIN, SlabPool } from '../../../src/base/slabs.js';
import { ANSWER_BYTES_MIN, type Frame, FrameCutter, FrameError } from '../../../src/wire/frame.js';
import { PoisonedSlabs } from '../../sim/poisoned-slabs.js';
import { seed } from './seed.js';

const frames = fc.array(
  fc.uint8Array({ minLength: 8, maxLength: 60 }).map((body) => Buffer.from(body)),
  { maxLength: 6 },
);

function stream(bodies: readonly Buffer[]): Buffer {
  return Buffer.concat(bodies.flatMap((body) => [int32(body.length), body]));
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}

function pushAll(cutter: FrameCutter, chunks: readonly Buffer[]): Buffer[] {
  return chunks.flatMap((chunk) => cutter.push(chunk));
}

describe('cutting', () => {
  test('two frames, under every pair of cuts', () => {
    const bodies = [Buffer.from('first frame'), Buffer.from('the second one')];
    const bytes = stream(bodies);
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) {
        const cutter = new FrameCutter({ maxFrameBytes: 100 });
        const chunks = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
        expect(pushAll(cutter, chunks)).toEqual(bodies);
        expect(cutter.pendingBytes).toBe(0);
      }
    }
  });

  test('any frames under any cuts, with a tail that stays pending', () => {
    const cuts = fc.array(fc.nat(400), { maxLength: 30 });
    const property = fc.property(frames, cuts, fc.nat(11), (bodies, cutsAt, tailBytes) => {
      const whole = stream(bodies);
      const tail = stream([Buffer.alloc(20, 7)]).subarray(0, tailBytes);
      const bytes = Buffer.concat([whole, tail]);
      const edges = [0, ...cutsAt.map((at) => Math.min(at, bytes.length)), bytes.length].sort(
        (a, b) => a - b,
      );
      const chunks = edges.slice(1).map((end, at) => bytes.subarray(edges[at], end));
      const cutter = new FrameCutter({ maxFrameBytes: 60 });
      expect(pushAll(cutter, chunks)).toEqual(bodies);
      expect(cutter.pendingBytes).toBe(tailBytes);
    });
    fc.assert(property, { seed, numRuns: 300 });
  });

  test('one byte at a time', () => {
    const bodies = [Buffer.alloc(1000, 1), Buffer.alloc(8, 2)];
    const cutter = new FrameCutter({ maxFrameBytes: 1000 });
    expect(
      pushAll(
        cutter,
        Array.from(stream(bodies), (byte) => Buffer.of(byte)),
      ),
    ).toEqual(bodies);
  });

  test('frames are no views on chunks: the socket uses them again', () => {
    const bytes = stream([Buffer.alloc(8, 1)]);
    const first = Buffer.from(bytes.subarray(0, 6));
    const second = Buffer.from(bytes.subarray(6));
    const cutter = new FrameCutter({ maxFrameBytes: 100 });
    cutter.push(first);
    const cut = cutter.push(second);
    first.fill(9);
    second.fill(9);
    expect(cut).toEqual([Buffer.alloc(8, 1)]);
  });
});

test('no more frames than asked for; the rest waits uncut, and comes with the next bytes or none', () => {
  const frames = Array.from({ length: 20 }, (_, at) => Buffer.alloc(12, at));
  const sized = frames.map((frame) => Buffer.concat([Buffer.from([0, 0, 0, frame.length]), frame]));
  const bytes = Buffer.concat(sized);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const cutter = new FrameCutter({ maxFrameBytes: 100 });
    const found = cutter.push(bytes.subarray(0, cut), 3);
    expect(found.length).toBeLessThanOrEqual(3);
    found.push(...cutter.push(bytes.subarray(cut), 3));
    expect(found.reduce((sum, frame) => sum + frame.length + 4, cutter.pendingBytes)).toBe(bytes.length);
    while (cutter.restBytes > 0) found.push(...cutter.push(Buffer.alloc(0), 3));
    expect(Buffer.concat(found).equals(Buffer.concat(frames))).toBe(true);
    expect(cutter.pendingBytes).toBe(0);
  }
});

describe('memory', () => {
  test.each([null, new SlabPool()])('grows with what came, not with what was declared', (slabs) => {
    const declared = 100 * 1024 * 1024;
    const cutter = new FrameCutter({ maxFrameBytes: declared, slabs });
    cutter.push(Buffer.concat([int32(declared), Buffer.alloc(1000)]));
    let received = 1004;
    for (const bytes of [10, 2000, 50_000, 1, 65_536]) {
      cutter.push(Buffer.alloc(bytes));
      received += bytes;
      expect(cutter.pendingBytes).toBe(received);
      expect(cutter.heldBytes).toBeGreaterThanOrEqual(received);
      expect(cutter.heldBytes).toBeLessThanOrEqual(8 * received);
    }
  });

  test('large frames lie in slabs that go round, and their bytes are their own while they are held', () => {
    const sizes = fc.array(
      fc.oneof(fc.integer({ min: 8, max: 60 }), fc.integer({ min: 4000, max: 200_000 })),
      {
        maxLength: 8,
      },
    );
    const property = fc.property(
      sizes,
      fc.integer({ min: 100, max: 70_000 }),
      fc.nat(3),
      (lengths, chunkBytes, kept) => {
        const slabs = new PoisonedSlabs();
        const cutter = new FrameCutter({ maxFrameBytes: 1 << 22, slabs });
        const bytes = stream(lengths.map((length, at) => Buffer.alloc(length, at + 1)));
        const shared = Buffer.alloc(chunkBytes);
        const held: Frame[] = [];
        let seen = 0;
        for (let at = 0; at < bytes.length; at += chunkBytes) {
          const read = bytes.copy(shared, 0, at);
          for (const frame of cutter.cut(shared.subarray(0, read))) {
            held.push(frame);
            if (held.length > kept) check(held.shift()!);
          }
        }
        for (const frame of held) check(frame);
        expect(seen).toBe(lengths.length);

        function check(frame: Frame): void {
          expect(frame.bytes.equals(Buffer.alloc(lengths[seen]!, seen + 1))).toBe(true);
          expect(frame.slab !== null).toBe(frame.bytes.length >= SLAB_BYTES_MIN);
          frame.slab?.release();
          seen++;
        }
      },
    );
    fc.assert(property, { seed, numRuns: 40 });
  });
});

describe('sizes that make no sense', () => {
  test.each([
    { bytes: int32(-1), declared: -1, looksLike: undefined },
    { bytes: int32(7), declared: 7, looksLike: undefined },
    { bytes: int32(101), declared: 101, looksLike: undefined },
    { bytes: Buffer.from('GET / HTTP/1.1\r\n'), declared: 0x47455420, looksLike: 'http' },
    { bytes: Buffer.from('PRI * HTTP/2.0\r\n'), declared: 0x50524920, looksLike: 'http' },
    { bytes: Buffer.of(0x16, 3, 1, 2, 0, 1, 0), declared: 0x16030102, looksLike: 'tls' },
    { bytes: Buffer.of(0x16, 3, 9, 2), declared: 0x16030902, looksLike: undefined },
  ])('$declared', ({ bytes, declared, looksLike }) => {
    for (let cut = 0; cut <= 4; cut++) {
      const cutter = new FrameCutter({ maxFrameBytes: 100 });
      const error = failure(() => pushAll(cutter, [bytes.subarray(0, cut), bytes.subarray(cut)]));
      expect(error).toMatchObject({ declaredBytes: declared, looksLike, framesBefore: [] });
      expect(() => cutter.push(Buffer.alloc(1))).toThrow('nothing is pushed after a FrameError');
    }
  });

  test('come with the frames before them, so that those can be answered', () => {
    const body = Buffer.alloc(8, 1);
    const cutter = new FrameCutter({ maxFrameBytes: 100 });
    const error = failure(() => cutter.push(Buffer.concat([stream([body, body]), int32(-5)])));
    expect(error.framesBefore.map(({ bytes }) => bytes)).toEqual([body, body]);
  });

  test('the limits themselves are legal', () => {
    const bodies = [Buffer.alloc(8), Buffer.alloc(100)];
    expect(new FrameCutter({ maxFrameBytes: 100 }).push(stream(bodies))).toEqual(bodies);
  });
});

function failure(act: () => unknown): FrameError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(FrameError);
    return error as FrameError;
  }
  throw new Error('no FrameError');
}

test('an answer may be shorter than any request', () => {
  const answer = stream([Buffer.from('000000070000', 'hex')]);
  const limits = { minFrameBytes: ANSWER_BYTES_MIN, maxFrameBytes: 100 };
  expect(new FrameCutter(limits).push(answer)).toEqual([answer.subarray(4)]);
  expect(() => new FrameCutter({ maxFrameBytes: 100 }).push(answer)).toThrow('declares 6 bytes');
});
