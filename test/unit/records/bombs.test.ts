import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { CompressionError } from '../../../src/records/compression/compressor.js';
import { implementations, rawSnappy } from './codecs.js';
import { peakGrowthBytes } from './memory.js';

/**
 * Small bytes that unfold to 256 MiB, against a limit of 4 MiB. Each is refused as too large, and while it is, the
 * process does not grow beyond a small multiple of the limit: measured, not believed.
 */
const BOMB_BYTES = 256 << 20;
const LIMIT_BYTES = 4 << 20;
/** Twice the limit while zlib joins its chunks, and room for the runtime's own noise; a quarter of the bomb would show. */
const GROWTH_BYTES_MAX = 2 * LIMIT_BYTES + (16 << 20);

const zeroes = (bytes: number) => Buffer.alloc(bytes);
const repeat = (bytes: Buffer, times: number) => Buffer.concat(new Array<Buffer>(times).fill(bytes));

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** A frame of 64 KiB blocks of zeroes, each a few hundred bytes. */
function lz4Bomb(): Buffer {
  const frame = implementations['lz4 portable']!.compress(zeroes(1 << 20));
  const [header, blocks, end] = [frame.subarray(0, 7), frame.subarray(7, -4), frame.subarray(-4)];
  return Buffer.concat([header, repeat(blocks, 256), end]);
}

/** One block whose match goes on and on: 255 bytes for each byte of length. */
function lz4LengthBomb(): Buffer {
  const block = Buffer.concat([
    Buffer.from([0x1f, 0x00, 0x01, 0x00]),
    Buffer.alloc(BOMB_BYTES / 255, 0xff),
    Buffer.from([0, 0]),
  ]);
  // Descriptor 0x70: blocks of 4 MiB, the largest there are.
  return Buffer.concat([
    Buffer.from('04224d18', 'hex'),
    Buffer.from('607073', 'hex'),
    uint32(block.length),
    block,
    uint32(0),
  ]);
}

/** A zstd frame without content size: a window of 2 MiB and run-length blocks of 128 KiB, four bytes each. */
function zstdRunBomb(window: number): Buffer {
  const run = (last: number) =>
    Buffer.from([...uint32((131072 << 3) | (1 << 1) | last).subarray(0, 3), 0x00]);
  const blocks = repeat(run(0), BOMB_BYTES / 131072 - 1);
  return Buffer.concat([Buffer.from('28b52ffd00', 'hex'), Buffer.from([window]), blocks, run(1)]);
}

/** The same that says what it holds. */
function zstdHonestBomb(): Buffer {
  const bomb = zstdRunBomb(0x58);
  return Buffer.concat([
    bomb.subarray(0, 4),
    Buffer.from([0x80, 0x58]),
    uint32(BOMB_BYTES),
    bomb.subarray(6),
  ]);
}

/** A copy of 64 bytes for every three, as dense as snappy gets. */
function snappyBomb(): Buffer {
  const copies = repeat(Buffer.from([0xfe, 0x01, 0x00]), BOMB_BYTES / 64);
  const declared = Buffer.from('c180808001', 'hex'); // 1 + 256 MiB
  return Buffer.concat([declared, Buffer.from([0x00, 0x41]), copies]);
}

/** 8,192 blocks of 32 KiB; no single one is over the limit. */
function xerialBomb(): Buffer {
  const block = rawSnappy(zeroes(32768));
  const length = Buffer.alloc(4);
  length.writeInt32BE(block.length);
  const header = Buffer.from('82534e41505059000000000100000001', 'hex');
  return Buffer.concat([header, repeat(Buffer.concat([length, block]), BOMB_BYTES / 32768)]);
}

const bombs: [codec: string, label: string, bytes: Buffer, refusal: RegExp][] = [
  ['gzip', 'zeroes', gzipSync(zeroes(BOMB_BYTES)), /^too-large: /],
  ['gzip', 'many members', repeat(gzipSync(zeroes(1 << 20)), 256), /^too-large: /],
  [
    'gzip',
    'a small member last, so that the trailer lies',
    Buffer.concat([gzipSync(zeroes(BOMB_BYTES)), gzipSync(zeroes(1))]),
    /^too-large: /,
  ],
  ['snappy', 'raw', snappyBomb(), /^too-large: /],
  ['snappy', 'xerial', xerialBomb(), /^too-large: /],
  [
    'snappy',
    'a length that the bytes cannot hold',
    Buffer.from('808080100041', 'hex'),
    /^corrupt: snappy: 2 bytes cannot unfold to 33554432/,
  ],
  ['lz4', 'blocks', lz4Bomb(), /^too-large: /],
  [
    'lz4',
    'one endless length, beyond its own block',
    lz4LengthBomb(),
    /^corrupt: lz4: a block unfolds to 268435\d+ bytes, over/,
  ],
  ['zstd', 'runs, no content size', zstdRunBomb(0x58), /^too-large: /],
  ['zstd', 'runs, a window of 128 MiB', zstdRunBomb(0x88), /^too-large: /],
  ['zstd', 'runs, with content size', zstdHonestBomb(), /^too-large: /],
  [
    'zstd',
    'many frames',
    repeat(implementations['zstd wasm']!.compress(zeroes(1 << 20)), 256),
    /^too-large: /,
  ],
];

const cases = bombs.flatMap(([codec, label, bytes, refusal]) =>
  Object.entries(implementations)
    .filter(([, compressor]) => compressor.name === codec)
    .map(([name, compressor]) => ({ name, label, bytes, refusal, compressor })),
);

describe('bombs', () => {
  test.each(cases)('$name: $label', async ({ bytes, refusal, compressor }) => {
    let thrown: unknown;
    const growth = await peakGrowthBytes(() => {
      try {
        compressor.decompress(bytes, LIMIT_BYTES);
      } catch (error) {
        thrown = error;
      }
    });
    expect(thrown).toBeInstanceOf(CompressionError);
    const { reason, message } = thrown as CompressionError;
    expect(`${reason}: ${message}`).toMatch(refusal);
    if (growth !== null) expect(growth).toBeLessThan(GROWTH_BYTES_MAX);
  });
});

test('a 128 MiB window over little content takes no 128 MiB', async () => {
  // A run of 1,000 bytes in a frame that asks for the window of zstd's highest level.
  const frame = Buffer.concat([
    Buffer.from('28b52ffd0088', 'hex'),
    Buffer.from([...uint32((1000 << 3) | (1 << 1) | 1).subarray(0, 3), 7]),
  ]);
  for (const [name, codec] of Object.entries(implementations)) {
    if (codec.name !== 'zstd') continue;
    const growth = await peakGrowthBytes(() => {
      expect([name, codec.decompress(frame, LIMIT_BYTES).equals(Buffer.alloc(1000, 7))]).toEqual([
        name,
        true,
      ]);
    });
    if (growth !== null) expect(growth).toBeLessThan(GROWTH_BYTES_MAX);
  }
});

test('the measurement sees memory that is really taken', async () => {
  const growth = await peakGrowthBytes(() => {
    Buffer.alloc(64 << 20, 1);
  });
  if (growth !== null) expect(growth).toBeGreaterThan(60 << 20);
});
