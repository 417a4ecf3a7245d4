import fs from 'node:fs';
import { systemErrorCode } from '../../base/errors.js';
import type { ReadOnlyDisk, ReadOnlyFile } from '../read-only-disk.js';
import { directoryHolder } from './directory-lock.js';
import { nodeDisk } from './disk.js';

/** This machine's files, opened for reading alone. */
export function nodeReadOnlyDisk(): ReadOnlyDisk {
  const { list, readFile } = bound(nodeDisk());
  return { open: openFile, list, readFile, kindOf, holderOf: directoryHolder };
}

function bound(disk: ReturnType<typeof nodeDisk>): Pick<ReadOnlyDisk, 'list' | 'readFile'> {
  return { list: (path) => disk.list(path), readFile: (path) => disk.readFile(path) };
}

async function openFile(path: string): Promise<ReadOnlyFile> {
  const handle = await fs.promises.open(path, 'r');
  try {
    const { size } = await handle.stat();
    return {
      path,
      size,
      read: async (target, position) => {
        let done = 0;
        while (done < target.byteLength) {
          const { bytesRead } = await handle.read(target, done, target.byteLength - done, position + done);
          if (bytesRead === 0) break; // the end of the file
          done += bytesRead;
        }
        return done;
      },
      // Waits for reads under way: a handle counts them.
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function kindOf(path: string): Promise<'file' | 'directory' | null> {
  try {
    const stats = await fs.promises.stat(path);
    if (stats.isDirectory()) return 'directory';
    return stats.isFile() ? 'file' : null;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}
