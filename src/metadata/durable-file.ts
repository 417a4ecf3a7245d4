import type { Disk } from '../ports/disk.js';

/**
 * Replaces a small file so that, whatever happens, either the old content or the new is found, and the new one once this returns.
 * @param path absolute
 */
export async function writeFileDurably(disk: Disk, path: string, content: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await disk.open(temporary, { create: true });
  try {
    await file.truncate(0);
    await file.write([content], 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(temporary, path);
  await disk.syncDir(path.slice(0, path.lastIndexOf('/')) || '/');
}
