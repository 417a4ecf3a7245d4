import { assert } from '../../base/assert.js';
import { UserError } from '../../base/errors.js';
import type { DirEntry, Disk, DiskFile, DiskLock } from '../disk.js';
import { type DirectoryNode, NameTree } from './name-tree.js';
import { SparseBytes } from './sparse-bytes.js';
import { systemError } from './system-error.js';

export interface MemoryDiskOptions {
  /** What fits; a write beyond it is ENOSPC after the part that fits. 1 TiB unless told otherwise. */
  readonly capacityBytes?: number;
}

const CAPACITY_BYTES = 2 ** 40;

/**
 * A disk that is gone with the process, for brokers in tests: no files, no timers, every operation done when it is called and
 * told in a microtask. Nothing is ever lost, so `sync` has nothing to do; see the lossy disk for what can be lost.
 */
export function memoryDisk(options: MemoryDiskOptions = {}): Disk {
  return new MemoryDisk(options.capacityBytes ?? CAPACITY_BYTES);
}

class MemoryDisk implements Disk {
  readonly isVolatile = true;
  readonly #tree = new NameTree<SparseBytes>();
  readonly #capacityBytes: number;
  /** Reckoned anew only where it can matter: walking all files at each write would be quadratic. */
  readonly #limited: boolean;
  readonly #locked = new Set<DirectoryNode<SparseBytes>>();

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
    this.#limited = capacityBytes < CAPACITY_BYTES;
  }

  async open(path: string, options: { readonly create?: boolean } = {}): Promise<DiskFile> {
    const create = options.create === true ? (): SparseBytes => new SparseBytes() : undefined;
    return new MemoryFile(path, this.#tree.openFile(path, create).content, this.#room);
  }

  async readFile(path: string): Promise<Buffer> {
    return this.#tree.openFile(path, undefined).content.copy();
  }

  async list(path: string): Promise<DirEntry[]> {
    return this.#tree.list(path);
  }

  async makeDir(path: string): Promise<void> {
    this.#tree.makeDir(path);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#tree.rename(from, to);
  }

  async remove(path: string): Promise<void> {
    this.#tree.remove(path);
  }

  async removeDir(path: string): Promise<void> {
    this.#tree.removeDir(path);
  }

  async syncDir(path: string): Promise<void> {
    this.#tree.directory(path, 'open');
  }

  async freeBytes(path: string): Promise<number> {
    this.#tree.find(path, 'statfs');
    return Math.max(0, this.#capacityBytes - this.#tree.usedBytes());
  }

  async totalBytes(path: string): Promise<number> {
    this.#tree.find(path, 'statfs');
    return this.#capacityBytes;
  }

  async lock(directory: string): Promise<DiskLock> {
    return lockInProcess(this.#locked, this.#tree.directory(directory, 'stat'), directory);
  }

  readonly #room = (): number =>
    this.#limited ? this.#capacityBytes - this.#tree.usedBytes() : Number.POSITIVE_INFINITY;
}

class MemoryFile implements DiskFile {
  readonly path: string;
  readonly #content: SparseBytes;
  readonly #room: () => number;
  #size: number;
  #closed = false;

  constructor(path: string, content: SparseBytes, room: () => number) {
    this.path = path;
    this.#content = content;
    this.#size = content.size;
    this.#room = room;
  }

  get size(): number {
    return this.#size;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    this.#assertOpen();
    return this.#content.read(target, position);
  }

  async write(parts: readonly Uint8Array[], position: number): Promise<void> {
    this.#assertOpen();
    const at = writeWithin(this.#room(), this.#content, parts, position, this.path);
    this.#size = Math.max(this.#size, at);
  }

  async truncate(size: number): Promise<void> {
    this.#assertOpen();
    if (size - this.#content.size > this.#room()) throw systemError('ENOSPC', 'ftruncate', this.path);
    this.#content.truncate(size);
    this.#size = size;
  }

  async sync(): Promise<void> {
    this.#assertOpen();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #assertOpen(): void {
    assert(!this.#closed, `no operation follows close of ${this.path}`);
  }
}

/**
 * Writes what fits: a file may grow by `room` bytes. Returns the position behind the last byte.
 * @throws ENOSPC after the part that fits
 */
export function writeWithin(
  room: number,
  file: { readonly size: number; write(bytes: Uint8Array, position: number): void },
  parts: readonly Uint8Array[],
  position: number,
  path: string,
): number {
  // A position in a hole still costs only what is written: real file systems are sparse too. Ours counts by size, on the safe side.
  const end = file.size + Math.max(0, room);
  let at = position;
  for (const part of parts) {
    if (at + part.byteLength > end && at + part.byteLength > file.size) {
      const fits = Math.max(0, end - at);
      if (fits > 0) file.write(part.subarray(0, fits), at);
      throw systemError('ENOSPC', 'write', path);
    }
    if (part.byteLength > 0) file.write(part, at);
    at += part.byteLength;
  }
  return at;
}

/** For disks that live in one process: the directory itself is the key, whatever path led to it. */
export function lockInProcess<Directory>(
  locked: Set<Directory>,
  directory: Directory,
  path: string,
): DiskLock {
  if (locked.has(directory)) {
    throw new UserError(
      'DATA_DIR_LOCKED',
      `the data directory ${path} is in use by another broker of this process`,
      'Stop that broker, or give this one a directory of its own.',
    );
  }
  locked.add(directory);
  let held = true;
  return {
    async release() {
      // Once: by a second call the directory may be another's.
      if (held) locked.delete(directory);
      held = false;
    },
  };
}
