/** The files of a directory tree as values: taken from a memory disk, injured, and laid on a new one. */
import { dirname, join } from 'node:path';
import type { Disk } from '../../../src/ports/disk.js';
import { memoryDisk } from '../../../src/ports/memory/disk.js';
import type { ReadOnlyDisk } from '../../../src/ports/read-only-disk.js';
import type { Dice } from '../dice.js';

/** By absolute path. */
export type DiskImage = Map<string, Buffer>;

const FILE_BYTES_MAX = 256 * 1024;
const EDGES = [0, 1, -1, 0x7f, 0x80, 0xff, 0x7fff, 0x7fffffff, -0x80000000];

export async function imageOf(disk: Disk, directory: string): Promise<DiskImage> {
  const image: DiskImage = new Map();
  for (const { name, kind } of await disk.list(directory)) {
    const path = join(directory, name);
    if (kind === 'file') image.set(path, await disk.readFile(path));
    else for (const [below, bytes] of await imageOf(disk, path)) image.set(below, bytes);
  }
  return image;
}

export async function diskWith(image: DiskImage): Promise<Disk> {
  const disk = memoryDisk();
  for (const [path, bytes] of image) {
    await disk.makeDir(dirname(path));
    const file = await disk.open(path, { create: true });
    if (bytes.length > 0) await file.write([bytes], 0);
    await file.close();
  }
  return disk;
}

export function readOnly(disk: Disk): ReadOnlyDisk {
  return {
    open: (path) => disk.open(path),
    readFile: (path) => disk.readFile(path),
    list: (path) => disk.list(path),
    async kindOf(path) {
      const entries = await disk.list(dirname(path)).catch(() => []);
      return path === '/'
        ? 'directory'
        : (entries.find(({ name }) => join(dirname(path), name) === path)?.kind ?? null);
    },
    holderOf: async () => null,
  };
}

/** One injury to one file; what it is, the dice say. The image must have a file. */
export function injure(image: DiskImage, dice: Dice): void {
  const paths = [...image.keys()];
  const path = dice.pick(paths);
  const bytes = Buffer.from(image.get(path)!);
  const at = dice.uint16() % (bytes.length + 1);
  switch (dice.below(9)) {
    case 0:
      if (at < bytes.length) bytes[at] = bytes[at]! ^ (1 << dice.below(8));
      break;
    case 1:
      if (at < bytes.length) bytes[at] = dice.byte();
      break;
    case 2:
      if (at + 4 <= bytes.length) bytes.writeInt32BE(dice.pick(EDGES), at);
      break;
    case 3:
      if (at + 8 <= bytes.length) bytes.writeBigInt64BE(BigInt(dice.pick(EDGES)), at);
      break;
    case 4:
      image.set(path, bytes.subarray(0, at));
      return;
    case 5:
      image.set(path, Buffer.concat([bytes, dice.take(dice.below(40))]));
      return;
    case 6: {
      const more = Buffer.alloc(dice.below(2000), dice.byte());
      image.set(
        path,
        Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]).subarray(0, FILE_BYTES_MAX),
      );
      return;
    }
    case 7: {
      const other = image.get(dice.pick(paths))!;
      const from = dice.uint16() % (other.length + 1);
      other.copy(bytes, at, from, from + 1 + dice.uint16());
      break;
    }
    case 8:
      if (dice.mostly(5)) image.delete(path);
      else image.set(dice.pick(paths), bytes);
      if (image.size === 0) image.set(path, bytes);
      return;
  }
  image.set(path, bytes);
}
