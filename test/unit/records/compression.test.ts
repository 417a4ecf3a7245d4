import { createRequire } from 'node:module';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Compression } from '../../../src/records/compression/compression.js';
import { CODEC_NAMES, type CodecId, CompressionError } from '../../../src/records/compression/compressor.js';
import { xxh32 } from '../../../src/records/compression/xxh32.js';
import { implementations, isInstalled, jsonLines, rawSnappy } from './codecs.js';
import { contents, foreignFrames, refusedFrames } from './foreign-frames.js';

const seed = Number(process.env['SEED'] ?? Date.now());
const all = Object.entries(implementations);
const pairs = all.flatMap(([writer, w]) =>
  all.filter(([, r]) => r.name === w.name).map(([reader, r]) => [writer, reader, w, r] as const),
);
const GENEROUS_BYTES = 1 << 20;

/** Bytes that compress well, badly, and in between, around the block sizes of the formats. */
const content = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 4000 }))
    .map(([part, times]) => Buffer.concat(new Array<Uint8Array>(times).fill(part))),
  fc.constantFrom(32767, 32768, 32769, 65535, 65536, 65537, 131072, 200_000).map(jsonLines),
  fc.tuple(fc.integer(), fc.constantFrom(4000, 65536, 70_000)).map(([start, length]) => noise(start, length)),
);

/** Incompressible. */
function noise(start: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = start | 1;
  for (let at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

function failure(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof CompressionError) return error.reason;
    throw error;
  }
  return 'none';
}

describe.each(pairs)('%s to %s', (_writer, _reader, writer, reader) => {
  test('any content comes back, at exactly its size as the limit, and not at one byte less', () => {
    fc.assert(
      fc.property(content, (bytes) => {
        const compressed = writer.compress(bytes);
        expect(reader.decompress(compressed, bytes.length).equals(bytes)).toBe(true);
        if (bytes.length > 0)
          expect(failure(() => reader.decompress(compressed, bytes.length - 1))).toBe('too-large');
      }),
      { seed, numRuns: 40 },
    );
  });
});

describe.each(all)('%s, bad input', (_name, codec) => {
  const compressed = codec.compress(jsonLines(2000));

  test('every truncation is refused', () => {
    for (let length = 0; length < compressed.length; length++) {
      // xerial's stream has no end mark: cut after its header or a block, it is a shorter stream.
      if (codec.name === 'snappy' && length === 16) continue;
      expect([
        length,
        failure(() => codec.decompress(compressed.subarray(0, length), GENEROUS_BYTES)),
      ]).toEqual([length, 'corrupt']);
    }
  });

  test('mutations decode or are refused, and nothing else, and never beyond the limit', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Buffer.from(compressed);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        try {
          expect(codec.decompress(bytes, 4000).length).toBeLessThanOrEqual(4000);
        } catch (error) {
          expect(error).toBeInstanceOf(CompressionError);
        }
      }),
      { seed, numRuns: 2000 },
    );
  });

  test('noise is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          expect(codec.decompress(bytes, 4000).length).toBeLessThanOrEqual(4000);
        } catch (error) {
          expect(error).toBeInstanceOf(CompressionError);
        }
      }),
      { seed, numRuns: 500 },
    );
  });

  test('a part of a larger buffer is read as that part', () => {
    const larger = Buffer.concat([Buffer.alloc(7, 0xee), compressed, Buffer.alloc(9, 0xee)]);
    expect(codec.decompress(larger.subarray(7, 7 + compressed.length), 2000).equals(jsonLines(2000))).toBe(
      true,
    );
  });
});

const twins = pairs
  .filter(([writer, reader]) => writer < reader)
  .flatMap((pair) => [600, 20_000].map((size) => [...pair, size] as const));

describe.skipIf(twins.length === 0)('native and portable agree on bad input', () => {
  test.each(twins)('%s and %s', (_a, _b, a, b, size) => {
    // Two versions of libzstd notice corruption at different points, or not at all, so theirs is a frame with a checksum.
    const checksummed = foreignFrames.find((f) => f.command === 'zstd -3' && f.content === 'lines')!;
    const compressed =
      a.name === 'zstd' ? Buffer.from(checksummed.base64, 'base64') : a.compress(jsonLines(size));
    const outcome = (codec: typeof a, bytes: Buffer): string => {
      try {
        return codec.decompress(bytes, 2 * size).toString('latin1');
      } catch (error) {
        return codec.name === 'zstd' ? 'refused' : (error as CompressionError).reason;
      }
    };
    fc.assert(
      fc.property(fc.nat(), fc.nat(255), (at, byte) => {
        const bytes = Buffer.from(compressed);
        bytes[at % bytes.length] = byte;
        expect(outcome(b, bytes) === outcome(a, bytes)).toBe(true);
      }),
      { seed, numRuns: 700 },
    );
  });
});

describe('frames from other encoders', () => {
  test.each(foreignFrames)('$command of $content', ({ codec, content, base64 }) => {
    for (const [, compressor] of all.filter(([, c]) => c.name === codec)) {
      const bytes = Buffer.from(base64, 'base64');
      const expected = contents[content];
      expect(compressor.decompress(bytes, expected.length).equals(expected)).toBe(true);
      expect(failure(() => compressor.decompress(bytes, expected.length - 1))).toBe('too-large');
      // Kafka clients may write several frames, and the formats allow it.
      const twice = compressor.decompress(Buffer.concat([bytes, bytes]), expected.length * 2);
      expect(twice.equals(Buffer.concat([expected, expected]))).toBe(true);
      expect(
        failure(() => compressor.decompress(Buffer.concat([bytes, bytes]), expected.length * 2 - 1)),
      ).toBe('too-large');
      expect(
        failure(() =>
          compressor.decompress(Buffer.concat([bytes, Buffer.from('junk')]), expected.length * 2),
        ),
      ).toBe('corrupt');
    }
  });

  test.each(refusedFrames)('refused: $command of $content', ({ codec, content, base64 }) => {
    for (const [, compressor] of all.filter(([, c]) => c.name === codec)) {
      expect(
        failure(() => compressor.decompress(Buffer.from(base64, 'base64'), contents[content].length)),
      ).toBe('corrupt');
    }
  });

  test('every byte of a checksummed LZ4 frame counts', () => {
    const lz4 = implementations['lz4 portable']!;
    const frame = Buffer.from(
      foreignFrames.find((f) => f.command === 'lz4 -B4 -BX' && f.content === 'lines')!.base64,
      'base64',
    );
    for (let at = 0; at < frame.length; at++) {
      const bytes = Buffer.from(frame);
      bytes[at]! ^= 0x40;
      expect([at, failure(() => lz4.decompress(bytes, 1 << 24))]).toEqual([
        at,
        expect.not.stringMatching('none'),
      ]);
    }
  });

  test.each(['lz4', 'zstd'])('skippable frames between %s frames are passed over', (name) => {
    const skippable = Buffer.from('5c2a4d1803000000aabbcc', 'hex');
    for (const [, codec] of all.filter(([, c]) => c.name === name)) {
      const [one, two] = [codec.compress(Buffer.from('one ')), codec.compress(Buffer.from('two'))];
      const bytes = Buffer.concat([skippable, one, skippable, skippable, two, skippable]);
      expect(codec.decompress(bytes, 7).toString()).toBe('one two');
      expect(codec.decompress(skippable, 7).length).toBe(0);
      expect(failure(() => codec.decompress(bytes.subarray(0, bytes.length - 1), 7))).toBe('corrupt');
    }
  });

  test("snappy: raw, as librdkafka writes it, and xerial's, alone and joined end to end", () => {
    const lines = jsonLines(100_000);
    for (const [, codec] of all.filter(([, c]) => c.name === 'snappy')) {
      expect(codec.decompress(rawSnappy(lines), lines.length).equals(lines)).toBe(true);
      expect(failure(() => codec.decompress(rawSnappy(lines), lines.length - 1))).toBe('too-large');
      const xerial = codec.compress(lines);
      expect(xerial.toString('hex', 0, 16)).toBe('82534e41505059000000000100000001');
      const joined = Buffer.concat([xerial, xerial]);
      expect(codec.decompress(joined, 200_000).equals(Buffer.concat([lines, lines]))).toBe(true);
      expect(failure(() => codec.decompress(joined, 199_999))).toBe('too-large');
    }
  });

  test('gzip: a size in the trailer that another member contradicts is only a hint', () => {
    const gzip = implementations['gzip']!;
    const bytes = Buffer.concat([gzip.compress(jsonLines(90_000)), gzip.compress(Buffer.from('x'))]);
    expect(gzip.decompress(bytes, 90_001).length).toBe(90_001);
    expect(failure(() => gzip.decompress(bytes, 90_000))).toBe('too-large');
    expect(gzip.decompress(gzip.compress(Buffer.alloc(0)), 0).length).toBe(0);
  });

  test("zstd: a 128 MiB window, as Java's highest levels ask for, is no obstacle", () => {
    const { base64 } = foreignFrames.find((f) => f.command.includes('--long=27'))!;
    for (const [, codec] of all.filter(([, c]) => c.name === 'zstd')) {
      expect(
        codec.decompress(Buffer.from(base64, 'base64'), GENEROUS_BYTES).equals(contents.repetitive),
      ).toBe(true);
    }
  });

  test('zstd: no more than 1024 frames, since each costs a call', () => {
    const zstd = implementations['zstd wasm']!;
    const frame = zstd.compress(Buffer.from('x'));
    const frames = (count: number) => Buffer.concat(new Array<Buffer>(count).fill(frame));
    expect(zstd.decompress(frames(1024), 5000).length).toBe(1024);
    expect(failure(() => zstd.decompress(frames(1025), 5000))).toBe('corrupt');
  });

  test.skipIf(!isInstalled('lz4-napi'))(
    'our LZ4 frame is readable by an independent decoder, with the header that Java writes',
    () => {
      const { decompressFrameSync } = createRequire(import.meta.url)('lz4-napi') as {
        decompressFrameSync: (bytes: Buffer) => Buffer;
      };
      for (const [, codec] of all.filter(([, c]) => c.name === 'lz4')) {
        for (const size of [0, 1, 12, 13, 5000, 65536, 200_000]) {
          const frame = codec.compress(jsonLines(size));
          expect(frame.toString('hex', 0, 7)).toBe('04224d18604082');
          expect(decompressFrameSync(frame).equals(jsonLines(size))).toBe(true);
        }
      }
    },
  );
});

describe('blocks put down by hand', () => {
  const outcome = (codec: (typeof all)[0][1], bytes: Buffer): string => {
    try {
      return codec.decompress(bytes, 1000).toString();
    } catch (error) {
      return (error as CompressionError).reason;
    }
  };

  test.each<[label: string, hex: string, expected: string]>([
    ['a literal and a copy of it', '0500610101', 'aaaaa'],
    ['the same with a two-byte offset', '0500610e0100', 'aaaaa'],
    ['the same with a four-byte offset', '0500610f01000000', 'aaaaa'],
    ['nothing', '00', ''],
    ['a copy from one byte before the start', '0500610102', 'corrupt'],
    ['a copy from offset 0', '0500610100', 'corrupt'],
    ['a copy with nothing before it', '040101', 'corrupt'],
    ['content short of its length', '0600610101', 'corrupt'],
    ['a copy past its length', '0400610101', 'corrupt'],
    ['a literal past its length', '010461626364', 'corrupt'],
    ['a literal past the end', '05106162', 'corrupt'],
    ['a literal length with the sign bit set', '05fcfaffffff00000000', 'corrupt'],
    ['a literal length cut short', '05fcfa', 'corrupt'],
    ['a copy cut short', '0500610e01', 'corrupt'],
  ])('snappy: %s', (_label, hex, expected) => {
    for (const [name, codec] of all.filter(([, c]) => c.name === 'snappy')) {
      expect([name, outcome(codec, Buffer.from(hex, 'hex'))]).toEqual([name, expected]);
    }
  });

  /** A frame of a stored block of 16 dots and one compressed block. */
  function lz4Frame(block: string): Buffer {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(block.length / 2);
    const parts = ['04224d18604082', '10000080', '2e'.repeat(16), length.toString('hex'), block, '00000000'];
    return Buffer.from(parts.join(''), 'hex');
  }

  test.each<[label: string, block: string, expected: string]>([
    ['a literal and a match of it', '14620100506161616161', `${'b'.repeat(9)}aaaaa`],
    ['literals alone', '3061616f', 'aao'],
    ['a match from before its block, though there is content there', '14620200506161616161', 'corrupt'],
    ['a match at offset 0', '14620000506161616161', 'corrupt'],
    ['a match with nothing before it', '000100506161616161', 'corrupt'],
    ['no last literals', '14620100', 'corrupt'],
    ['an offset cut short', '146201', 'corrupt'],
    ['literals past the end', '506162', 'corrupt'],
    ['a literal length without end', 'f0ff', 'corrupt'],
    ['a match length without end', '1f620100ff', 'corrupt'],
  ])('lz4: %s', (_label, block, expected) => {
    for (const [name, codec] of all.filter(([, c]) => c.name === 'lz4')) {
      const whole = expected === 'corrupt' ? expected : '.'.repeat(16).concat(expected);
      expect([name, outcome(codec, lz4Frame(block))]).toEqual([name, whole]);
    }
  });

  test('lz4: a long match from before its block, which the native decoder judges', () => {
    // 8,192 more than fifteen: 32 bytes of 255 and one of 32, plus the four of every match.
    const block = `1f62LLLL${'ff'.repeat(32)}20506161616161`;
    for (const [name, codec] of all.filter(([, c]) => c.name === 'lz4')) {
      const [good, bad] = ['0100', '0200'].map((offset) => lz4Frame(block.replace('LLLL', offset)));
      expect([name, codec.decompress(good!, 10_000).length]).toEqual([name, 16 + 1 + 15 + 8192 + 4 + 5]);
      expect([name, failure(() => codec.decompress(bad!, 10_000))]).toEqual([name, 'corrupt']);
    }
  });
});

describe('Compression', () => {
  test('loads each codec once, and has nothing before', async () => {
    const compression = new Compression();
    expect(compression.get(3)).toBeUndefined();
    const [first, second] = await Promise.all([compression.load(3), compression.load(3)]);
    expect(second).toBe(first);
    expect(compression.get(3)).toBe(first);
    expect(compression.get(2)).toBeUndefined();
    await compression.loadAll();
    for (const codec of [0, 1, 2, 3, 4] as CodecId[])
      expect(compression.get(codec)?.name).toBe(CODEC_NAMES[codec]);
  });

  test('two instances share nothing but the process', async () => {
    const [a, b] = [new Compression(), new Compression()];
    await Promise.all([a.loadAll(), b.loadAll()]);
    for (const codec of [0, 1, 2, 3, 4] as CodecId[]) {
      const bytes = jsonLines(1000);
      expect(b.get(codec)!.decompress(a.get(codec)!.compress(bytes), 1000).equals(bytes)).toBe(true);
    }
  });
});

// xxHash's own specification gives the first; the rest from the reference implementation's sanity test (seed 0).
test.each<[string, string, number]>([
  ['nothing', '', 0x02cc5d05],
  ['a', '61', 0x550d7456],
  ['abc', '616263', 0x32d153ff],
])('xxh32 of %s', (_label, hex, hash) => {
  const bytes = Buffer.from(hex, 'hex');
  expect(xxh32(bytes, 0, bytes.length)).toBe(hash);
});
