/** A disk whose syncs of a log's segments and of the sync journal wait until the test lets them pass: what is written is then not yet durable. */
import type { Disk, DiskFile } from '../../../../src/ports/disk.js';

export class SyncGate {
  #open = true;
  #waiting: (() => void)[] = [];

  close(): void {
    this.#open = false;
  }

  open(): void {
    this.#open = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) each();
  }

  /** Syncs that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  wrap(disk: Disk): Disk {
    return {
      open: async (path, options) => {
        const file = await disk.open(path, options);
        return /\.log$|redo-journal/.test(path) ? this.#gated(file) : file;
      },
      readFile: (path) => disk.readFile(path),
      list: (path) => disk.list(path),
      makeDir: (path) => disk.makeDir(path),
      rename: (from, to) => disk.rename(from, to),
      remove: (path) => disk.remove(path),
      removeDir: (path) => disk.removeDir(path),
      syncDir: (path) => disk.syncDir(path),
      freeBytes: (path) => disk.freeBytes(path),
      totalBytes: (path) => disk.totalBytes(path),
      lock: (directory) => disk.lock(directory),
    };
  }

  #gated(file: DiskFile): DiskFile {
    const pass = (): Promise<void> =>
      this.#open ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
    return {
      path: file.path,
      get size() {
        return file.size;
      },
      read: (target, position) => file.read(target, position),
      write: (parts, position) => file.write(parts, position),
      truncate: (size) => file.truncate(size),
      sync: async () => {
        await pass();
        await file.sync();
      },
      close: () => file.close(),
    };
  }
}
