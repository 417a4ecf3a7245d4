/** The embedded metadata store over injured files: it refuses in words, or it opens, works, and has the same after a stop. */
import { crc32c } from '../../../src/base/crc32c.js';
import { UserError } from '../../../src/base/errors.js';
import { openEmbeddedStore } from '../../../src/metadata/store/embedded/embedded-store.js';
import { HEADER_BYTES, MARKER_BYTES } from '../../../src/metadata/store/embedded/format.js';
import type { MetadataStore } from '../../../src/metadata/store/store.js';
import type { Disk } from '../../../src/ports/disk.js';
import { manualClock } from '../../../src/ports/memory/clock.js';
import { memoryDisk } from '../../../src/ports/memory/disk.js';
import { seededEntropy } from '../../../src/ports/memory/entropy.js';
import { Dice } from '../dice.js';
import { type DiskImage, diskWith, imageOf, injure } from '../parts/disk-image.js';
import { ListeningLogger } from '../parts/listening-logger.js';
import { settles } from '../parts/settles.js';
import { mustHold, type Target } from '../target.js';

const DIRECTORY = '/metadata';
const FRAME_HEADER_BYTES = 16;
const INJURIES_MAX = 4;
let images: readonly DiskImage[] = [];

export const metadataStore: Target = {
  name: 'metadata-store',
  roundInputs: 100,
  async seeds() {
    images = [await filesOf(1_000_000), await filesOf(300)];
    return [0, 1].flatMap((image) =>
      [0, 1].map((modes) => Buffer.from([image, modes, 2, 1, 0, 60, 1, 7, 0, 0, 70, 4, 1, 1, 1])),
    );
  },
  async run(bytes) {
    const dice = new Dice(bytes);
    const image = new Map(dice.pick(images));
    const repairs = dice.byte() % 4 !== 0;
    const injuries = 1 + dice.below(INJURIES_MAX);
    for (let injury = 0; injury < injuries; injury++) injure(image, dice);
    if (repairs) for (const [path, file] of image) image.set(path, repaired(file));
    await settles(opensOrRefuses(await diskWith(image)), 'the metadata store');
  },
};

async function filesOf(logBytesMax: number): Promise<DiskImage> {
  const disk = memoryDisk();
  const store = await open(disk, new ListeningLogger(), logBytesMax);
  for (let nth = 0; nth < 12; nth++) await put(store, `key/${nth % 5}`, `value ${nth}`);
  const lease = await store.lease(10_000);
  const leased = { key: 'leased', value: Buffer.from('x'), lease: lease.id };
  await store.compareAndSet({ compares: [], puts: [leased], deletes: ['key/1'] });
  await store.close();
  return imageOf(disk, DIRECTORY);
}

function open(disk: Disk, logger: ListeningLogger, logBytesMax = 1_000_000): Promise<MetadataStore> {
  return openEmbeddedStore({
    disk,
    clock: manualClock(0),
    entropy: seededEntropy(5),
    logger,
    directory: DIRECTORY,
    bounds: { logBytesMax },
  });
}

async function put(store: MetadataStore, key: string, value: string): Promise<void> {
  const { ok } = await store.compareAndSet({
    compares: [],
    puts: [{ key, value: Buffer.from(value) }],
    deletes: [],
  });
  mustHold(ok, () => 'a change that compares nothing is refused');
}

async function opensOrRefuses(disk: Disk): Promise<void> {
  const logger = new ListeningLogger();
  let store: MetadataStore;
  try {
    store = await open(disk, logger);
  } catch (error) {
    if (error instanceof UserError) return;
    throw error;
  }
  await put(store, 'new', 'x');
  const before = await everything(store);
  mustHold(before.includes('new='), () => 'what was written is not there');
  await store.close();
  logger.throwBugs();
  const again = await open(disk, logger);
  const after = await everything(again);
  await again.close();
  mustHold(after === before, () => `a store that held ${before} holds ${after} after a stop`);
  logger.throwBugs();
}

async function everything(store: MetadataStore): Promise<string> {
  const { entries } = await store.read('');
  return entries.map(({ key, value }) => `${key}=${Buffer.from(value).toString('hex')}`).join(' ');
}

/** The header's checksum and those of all frames whose length is possible. */
function repaired(bytes: Buffer): Buffer {
  const file = Buffer.from(bytes);
  if (file.length < HEADER_BYTES) return file;
  file.writeUInt32LE(crc32c(file, 0, HEADER_BYTES - 4), HEADER_BYTES - 4);
  for (let at = HEADER_BYTES; at + FRAME_HEADER_BYTES <= file.length; ) {
    const end = at + FRAME_HEADER_BYTES + file.readUInt32LE(at + 12);
    if (end > file.length) break;
    file.copy(file, at, 16, 16 + MARKER_BYTES);
    file.writeUInt32LE(crc32c(file, at + 12, end), at + 8);
    at = end;
  }
  return file;
}
