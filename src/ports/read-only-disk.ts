/**
 * The disk for those who only look: at a broker's files, stopped or running, ours or Kafka's, perhaps with no right to write. Nothing here can
 * change a byte, nor take a lock that a broker would miss.
 */
import type { DirEntry, DiskFile } from './disk.js';

export interface ReadOnlyDisk {
  /** ENOENT if missing. */
  open(path: string): Promise<ReadOnlyFile>;
  /** A small file, whole. ENOENT if missing. */
  readFile(path: string): Promise<Buffer>;
  /** Names in a directory, sorted by code unit. */
  list(path: string): Promise<DirEntry[]>;
  /** Null: there is no such thing, or it is neither of them. */
  kindOf(path: string): Promise<'file' | 'directory' | null>;
  /** Who has the directory locked, as far as it can be seen without locking it: `process 7 on host a, since …`; null: nobody. */
  holderOf(directory: string): Promise<string | null>;
}

/** `size` is that of the moment it was opened. */
export type ReadOnlyFile = Pick<DiskFile, 'path' | 'size' | 'read' | 'close'>;
