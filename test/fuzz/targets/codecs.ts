/** Each codec's decompression, native and portable: a declared error, or content within the bound; and the same from both. */
import { gzip } from '../../../src/records/compression/gzip.js';
import { CompressionError, type Compressor } from '../../../src/records/compression/compressor.js';
import { lz4Over, nativeLz4Blocks, portableLz4Blocks } from '../../../src/records/compression/lz4.js';
import {
  nativeSnappyBlocks,
  portableSnappyBlocks,
  snappyOver,
} from '../../../src/records/compression/snappy.js';
import { nodeZstdFrames, wasmZstdFrames, zstdOver } from '../../../src/records/compression/zstd.js';
import { mustHold, refusing, type Target } from '../target.js';

const CONTENT_BYTES_MAX = 128 * 1024;
const SMALL_BYTES_MAX = 64;
const WHY = 'for fuzzing';

const CONTENTS: readonly Buffer[] = [
  Buffer.alloc(0),
  Buffer.from('a'),
  Buffer.from('abcabcabcabcabcabcabc'.repeat(20)),
  Buffer.from(
    Array.from({ length: 300 }, (_, at) => `{"id":${at},"user":"u${(at * 7919) % 100}"}`).join('\n'),
  ),
  Buffer.from(Uint8Array.from({ length: 700 }, (_, at) => (at * 2654435761) >>> 13)),
  Buffer.alloc(100_000, 'z'),
];

function codecTarget(
  name: string,
  load: () => Promise<readonly Compressor[]>,
  more: () => Promise<readonly Buffer[]> = async () => [],
): Target {
  let compressors: readonly Compressor[] = [];
  return {
    name,
    async seeds() {
      compressors = await load();
      const compressed = compressors.flatMap((each) => CONTENTS.map((content) => each.compress(content)));
      return [...compressed, ...(await more())];
    },
    run(bytes) {
      // Nearly every content fits the first bound, and few fit the second.
      for (const maxBytes of [CONTENT_BYTES_MAX, SMALL_BYTES_MAX]) agree(compressors, bytes, maxBytes);
    },
  };

  function agree(among: readonly Compressor[], bytes: Buffer, maxBytes: number): void {
    const contents = among.map((compressor) => {
      const given = Buffer.from(bytes);
      const content = refusing(() => compressor.decompress(given, maxBytes), CompressionError);
      mustHold(
        content === null || content.length <= maxBytes,
        () => `${compressor.implementation}: ${content?.length} bytes of content, over ${maxBytes}`,
      );
      mustHold(given.equals(bytes), () => `${compressor.implementation} changed what it was given`);
      return content;
    });
    const [one, other] = contents;
    if (one === null || one === undefined || other === null || other === undefined) return;
    mustHold(one.equals(other), () => `${name}: two implementations read different content`);
  }
}

export const gzipTarget = codecTarget('codec-gzip', async () => [gzip]);

export const snappyTarget = codecTarget(
  'codec-snappy',
  async () => [
    snappyOver(await portableSnappyBlocks(WHY)),
    ...(await natives(async () => snappyOver(await nativeSnappyBlocks()))),
  ],
  async () => {
    // What librdkafka writes: one block, without xerial's frame.
    const blocks = await portableSnappyBlocks(WHY);
    return CONTENTS.map((content) => Buffer.from(blocks.encode(content)));
  },
);

export const lz4Target = codecTarget('codec-lz4', async () => [
  lz4Over(portableLz4Blocks(WHY)),
  ...(await natives(async () => lz4Over(await nativeLz4Blocks()))),
]);

export const zstdTarget = codecTarget('codec-zstd', async () => {
  const node = nodeZstdFrames();
  return [zstdOver(await wasmZstdFrames(WHY)), ...(node === undefined ? [] : [zstdOver(node)])];
});

/** Optional packages: where they are not installed, the portable ones are all there is. */
async function natives(load: () => Promise<Compressor>): Promise<readonly Compressor[]> {
  try {
    return [await load()];
  } catch (error) {
    console.error(`without a native codec: ${String(error)}`);
    return [];
  }
}
