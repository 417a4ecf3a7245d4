import { dirname } from 'node:path';
import { nodeReadOnlyDisk } from '../../../ports/node/read-only-disk.js';
import type { ReadOnlyDisk } from '../../../ports/read-only-disk.js';
import { namingFileTrouble } from '../../log-files/data-directory.js';
import { dump, type DumpOptions } from '../../log-files/dump.js';
import { itemText } from '../../log-files/item-text.js';
import type { World } from '../../world.js';

/** JSON, a line a thing: docs/schemas/log-dump.json. @throws UserError PATH_NOT_FOUND, NO_LOGS, FILE_UNKNOWN, FILE_NOT_READABLE */
export function dumpLog(path: string, options: DumpOptions, world: World): Promise<void> {
  return namingFileTrouble(show(path, options, world));
}

async function show(path: string, options: DumpOptions, world: World): Promise<void> {
  const disk = nodeReadOnlyDisk();
  const absolute = world.resolvePath(path);
  const { stdout, stderr } = world;
  const holder = await holderAbove(disk, absolute);
  if (holder !== null)
    stderr.write(`it is in use by ${holder}: what is just being written may look unfinished\n`);
  await dump(disk, absolute, options, async (item) => {
    const line = options.format === 'json' ? `${JSON.stringify(item)}\n` : itemText(item);
    if (!stdout.write(line)) await stdout.drained();
    return stdout.closed ? 'stop' : 'go on';
  });
}

/** Whoever holds the data directory that the path lies in: itself, its parent, or for a file of a log the one above that. */
async function holderAbove(disk: ReadOnlyDisk, path: string): Promise<string | null> {
  for (const directory of [path, dirname(path), dirname(dirname(path))]) {
    const holder = (await disk.kindOf(directory)) === 'directory' ? await disk.holderOf(directory) : null;
    if (holder !== null) return holder;
  }
  return null;
}
