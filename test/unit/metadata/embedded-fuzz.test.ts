import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../../../src/base/errors.js';
import { openEmbeddedStore } from '../../../src/metadata/store/embedded/embedded-store.js';
import { encodeFrame, encodeHeader, HEADER_BYTES } from '../../../src/metadata/store/embedded/format.js';
import type { MetadataStore } from '../../../src/metadata/store/store.js';
import type { Disk } from '../../../src/ports/disk.js';
import { SILENT_LOGGER } from '../../../src/ports/logger.js';
import { manualClock } from '../../../src/ports/memory/clock.js';
import { memoryDisk } from '../../../src/ports/memory/disk.js';
import { seededEntropy } from '../../../src/ports/memory/entropy.js';
import { put } from './store-contract.js';

const SEED = Number(process.env['SEED'] ?? Date.now());
const MARKER = Buffer.from('a-marker');

function open(disk: Disk, logBytesMax = 1_000_000): Promise<MetadataStore> {
  return openEmbeddedStore({
    disk,
    clock: manualClock(0),
    entropy: seededEntropy(5),
    logger: SILENT_LOGGER,
    directory: '/metadata',
    bounds: { logBytesMax },
  });
}

async function filesOf(logBytesMax: number): Promise<{ name: string; content: Buffer }[]> {
  const disk = memoryDisk();
  const store = await open(disk, logBytesMax);
  for (let nth = 0; nth < 12; nth++)
    await put(store, { [`key/${nth % 5}`]: `value ${nth}`, last: String(nth) });
  await store.close();
  const names = await disk.list('/metadata');
  return Promise.all(
    names.map(async ({ name }) => ({ name, content: await disk.readFile(`/metadata/${name}`) })),
  );
}

async function diskWith(files: readonly { name: string; content: Uint8Array }[]): Promise<Disk> {
  const disk = memoryDisk();
  await disk.makeDir('/metadata');
  for (const { name, content } of files) {
    const file = await disk.open(`/metadata/${name}`, { create: true });
    if (content.length > 0) await file.write([content], 0);
    await file.close();
  }
  return disk;
}

/** Opens, uses and closes; or is refused in words. */
async function opensOrRefuses(
  files: readonly { name: string; content: Uint8Array }[],
): Promise<'opened' | 'refused'> {
  const disk = await diskWith(files);
  try {
    const store = await open(disk);
    await put(store, { new: 'x' });
    expect((await store.read('new')).entries).toHaveLength(1);
    await store.close();
    return 'opened';
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect(['METADATA_CORRUPT', 'METADATA_NEWER']).toContain((error as UserError).code);
    return 'refused';
  }
}

test.each([
  ['a log alone', 1_000_000],
  ['a snapshot and its log', 300],
])('mutated files, %s: the store opens and works, or is refused', async (_, logBytesMax) => {
  const files = await filesOf(logBytesMax);
  const outcomes = { opened: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: files.length - 1 }),
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 5 }),
      fc.option(fc.nat()),
      fc.uint8Array({ maxLength: 30 }),
      async (which, edits, cut, more) => {
        const mutated = files.map(({ name, content }, nth) => {
          if (nth !== which) return { name, content };
          const bytes = Buffer.from(content);
          for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
          const end = cut === null ? bytes.length : cut % (bytes.length + 1);
          return { name, content: Buffer.concat([bytes.subarray(0, end), more]) };
        });
        outcomes[await opensOrRefuses(mutated)]++;
      },
    ),
    { seed: SEED, numRuns: 250 },
  );
  expect(outcomes.opened).toBeGreaterThan(0);
  expect(outcomes.refused).toBeGreaterThan(0);
});

test('random payloads in frames whose checksums hold: what is inside is not trusted either', async () => {
  const header = encodeHeader('LOG ', MARKER);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 4 }),
      async (payloads) => {
        const content = Buffer.concat([header, ...payloads.map((payload) => encodeFrame(MARKER, payload))]);
        await opensOrRefuses([{ name: `${'0'.repeat(20)}.log`, content }]);
      },
    ),
    { seed: SEED, numRuns: 300 },
  );
});

test('lengths that lie are not believed', async () => {
  for (const length of [0, 2, 0x7fffffff, 0xffffffff]) {
    const frame = encodeFrame(MARKER, Buffer.from('x'));
    frame.writeUInt32LE(length, 12);
    const content = Buffer.concat([encodeHeader('LOG ', MARKER), frame]);
    const disk = await diskWith([{ name: `${'0'.repeat(20)}.log`, content }]);
    const store = await open(disk);
    await store.close();
    expect((await disk.readFile(`/metadata/${'0'.repeat(20)}.log`)).length).toBe(HEADER_BYTES);
  }
});
