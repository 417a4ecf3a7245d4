import { existsSync } from 'node:fs';
import snappyjs from 'snappyjs';
import { gzip } from '../../../src/records/compression/gzip.js';
import type { Compressor } from '../../../src/records/compression/compressor.js';
import { lz4Over, nativeLz4Blocks, portableLz4Blocks } from '../../../src/records/compression/lz4.js';
import {
  nativeSnappyBlocks,
  portableSnappyBlocks,
  snappyOver,
} from '../../../src/records/compression/snappy.js';
import { nodeZstdFrames, wasmZstdFrames, zstdOver } from '../../../src/records/compression/zstd.js';

/**
 * Every implementation of every codec that this machine can run, the fallbacks beside what they stand in for. The
 * natives are optional: where they are not installed, the suite goes without.
 */
export const implementations: Record<string, Compressor> = {
  gzip,
  'snappy portable': snappyOver(await portableSnappyBlocks('for the test')),
  'lz4 portable': lz4Over(portableLz4Blocks('for the test')),
  'zstd wasm': zstdOver(await wasmZstdFrames('for the test')),
};
if (isInstalled('snappy')) implementations['snappy native'] = snappyOver(await nativeSnappyBlocks());
if (isInstalled('lz4-napi')) implementations['lz4 native'] = lz4Over(await nativeLz4Blocks());
const nodeZstd = nodeZstdFrames();
if (nodeZstd !== undefined) implementations['zstd node'] = zstdOver(nodeZstd);

export function isInstalled(name: string): boolean {
  return existsSync(new URL(`../../../node_modules/${name}`, import.meta.url));
}

/** One raw snappy block, without xerial's framing. */
export function rawSnappy(content: Buffer): Buffer {
  return Buffer.from(snappyjs.compress(content));
}

/** Content of the kind brokers see: records that resemble each other. */
export function jsonLines(bytes: number): Buffer {
  let text = '';
  for (let line = 0; text.length < bytes; line++) {
    text += `{"id":${line},"user":"user-${(line * 7919) % 1000}","action":"click","at":${1700000000000 + line * 37}}\n`;
  }
  return Buffer.from(text).subarray(0, bytes);
}
