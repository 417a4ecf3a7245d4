import { expect, test, vi } from 'vitest';
import { Compression } from '../../../src/records/compression/compression.js';
import type { CodecId } from '../../../src/records/compression/compressor.js';

// As after `npm install --omit=optional`, or on a machine the packages have no binary for.
vi.mock('snappy', () => {
  throw new Error('Cannot find package snappy');
});
vi.mock('lz4-napi', () => {
  throw new Error('Cannot find package lz4-napi');
});

test('every codec loads and works, and says why it is the portable one', async () => {
  const compression = new Compression();
  await compression.loadAll();
  for (const codec of [0, 1, 2, 3, 4] as CodecId[]) {
    const compressor = compression.get(codec)!;
    const bytes = Buffer.from('{"id":1,"user":"u"}\n'.repeat(10_000));
    expect(compressor.decompress(compressor.compress(bytes), bytes.length).equals(bytes)).toBe(true);
  }
  expect(compression.get(2)!.implementation).toMatch(/^portable, without the native package: /);
  expect(compression.get(3)!.implementation).toMatch(/^portable, without the native package: /);
});
