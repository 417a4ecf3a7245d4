import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { systemErrorCode } from '../../base/errors.js';
import type { DirEntry, Disk, DiskLock } from '../disk.js';
import { lockDirectory } from './directory-lock.js';
import { closeDescriptor, NodeDiskFile } from './disk-file.js';
import { SyncScheduler } from './sync-scheduler.js';

export interface NodeDiskOptions {
  /**
   * Syncs at once, of files and directories together; 2 unless told otherwise, and never all of the threads of libuv's
   * pool as far as it can be known. The pool belongs to the process: brokers in threads of one process share it.
   */
  readonly maxSyncsInFlight?: number;
}

/** libuv's own default, and the most we assume: a larger UV_THREADPOOL_SIZE may have been set too late to count. */
const POOL_THREADS = 4;
/** Sizes asked for at a time when a directory is listed. */
const STATS_AT_ONCE = 64;

/** The disk of this machine. One for a broker: its sync scheduler bounds only what goes through it. */
export function nodeDisk(options: NodeDiskOptions = {}): Disk {
  return new NodeDisk(Math.min(options.maxSyncsInFlight ?? 2, syncsThatLeaveAThreadFree()));
}

class NodeDisk implements Disk {
  readonly #failures = new Map<string, unknown>();
  /** A target is an open file, or the path of a directory. */
  readonly #syncs: SyncScheduler<NodeDiskFile | string>;
  readonly #requestSync = (file: NodeDiskFile): Promise<void> => this.#syncs.request(file);

  constructor(maxSyncsInFlight: number) {
    this.#syncs = new SyncScheduler(maxSyncsInFlight, (target) =>
      typeof target === 'string' ? syncDirectory(target) : target.syncNow(),
    );
  }

  async open(path: string, options: { readonly create?: boolean } = {}): Promise<NodeDiskFile> {
    const { O_RDWR, O_CREAT } = fs.constants;
    const descriptor = await openDescriptor(path, options.create === true ? O_RDWR | O_CREAT : O_RDWR);
    try {
      const stats = await statDescriptor(descriptor);
      return new NodeDiskFile({
        path,
        descriptor,
        // An inode number is used again after a removal; with the time of birth it is not.
        identity: `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`,
        size: Number(stats.size),
        failures: this.#failures,
        requestSync: this.#requestSync,
      });
    } catch (error) {
      await closeDescriptor(descriptor);
      throw error;
    }
  }

  readFile(path: string): Promise<Buffer> {
    return fs.promises.readFile(path);
  }

  async list(path: string): Promise<DirEntry[]> {
    const found = await fs.promises.readdir(path, { withFileTypes: true });
    const entries: DirEntry[] = [];
    for (let start = 0; start < found.length; start += STATS_AT_ONCE) {
      const some = found.slice(start, start + STATS_AT_ONCE);
      for (const entry of await Promise.all(some.map((each) => describe(path, each)))) {
        if (entry !== undefined) entries.push(entry);
      }
    }
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  makeDir(path: string): Promise<void> {
    return makeDirectory(path);
  }

  rename(from: string, to: string): Promise<void> {
    return fs.promises.rename(from, to);
  }

  remove(path: string): Promise<void> {
    return fs.promises.unlink(path);
  }

  removeDir(path: string): Promise<void> {
    return fs.promises.rm(path, { recursive: true, force: true });
  }

  async syncDir(path: string): Promise<void> {
    // Windows cannot sync a directory; NTFS journals names by itself, in order.
    if (process.platform !== 'win32') await this.#syncs.request(path);
  }

  async freeBytes(path: string): Promise<number> {
    const stats = await fs.promises.statfs(path);
    return stats.bavail * stats.bsize;
  }

  async totalBytes(path: string): Promise<number> {
    const stats = await fs.promises.statfs(path);
    return stats.blocks * stats.bsize;
  }

  lock(directory: string): Promise<DiskLock> {
    return lockDirectory(directory);
  }
}

/**
 * As `mkdir -p`. Not Node's own `recursive`: where the system has no such file in a directory that is there (below /proc), it makes the
 * parent again and again, for ever and on a whole core.
 */
async function makeDirectory(path: string): Promise<void> {
  const parent = dirname(path);
  try {
    await fs.promises.mkdir(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' && parent !== path && !(await isDirectory(parent))) {
      await makeDirectory(parent);
      await makeDirectory(path);
    } else if (!(await isDirectory(path))) {
      throw error;
    }
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await fs.promises.stat(path)).isDirectory();
  } catch {
    // Whatever keeps it from being seen keeps it from being used, and the caller has the error that tells more.
    return false;
  }
}

function syncsThatLeaveAThreadFree(): number {
  const set = Number(process.env['UV_THREADPOOL_SIZE'] ?? POOL_THREADS);
  const threads = set >= 1 ? Math.min(set, POOL_THREADS) : 1;
  return Math.max(1, threads - 1);
}

/** Undefined: gone since it was listed, or neither file nor directory. A symbolic link counts as what it leads to. */
async function describe(directory: string, entry: fs.Dirent): Promise<DirEntry | undefined> {
  if (entry.isDirectory()) return { name: entry.name, kind: 'directory', size: 0 };
  try {
    const stats = await fs.promises.stat(join(directory, entry.name));
    if (stats.isFile()) return { name: entry.name, kind: 'file', size: stats.size };
    if (stats.isDirectory()) return { name: entry.name, kind: 'directory', size: 0 };
    return undefined;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const descriptor = await openDescriptor(path, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    await syncDescriptor(descriptor);
  } finally {
    await closeDescriptor(descriptor);
  }
}

function openDescriptor(path: string, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, (error, descriptor) => (error === null ? resolve(descriptor) : reject(error)));
  });
}

function statDescriptor(descriptor: number): Promise<fs.BigIntStats> {
  return new Promise((resolve, reject) => {
    fs.fstat(descriptor, { bigint: true }, (error, stats) =>
      error === null ? resolve(stats) : reject(error),
    );
  });
}

function syncDescriptor(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fsync(descriptor, (error) => (error === null ? resolve() : reject(error)));
  });
}
