/** A disk that notes which segments are read, and fails the reads it is told to fail. */
import type { Disk, DiskFile } from '../../../../src/ports/disk.js';

export class ReadProbe {
  /** Paths of the segments that were read, one entry for each read. */
  readonly reads: string[] = [];
  /** Which reads fail, from now on. */
  fails: (path: string) => boolean = () => false;

  wrap(disk: Disk): Disk {
    return new Proxy(disk, {
      get: (target, name) => {
        if (name === 'open') {
          return async (...args: Parameters<Disk['open']>) => this.#probed(await target.open(...args));
        }
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  #probed(file: DiskFile): DiskFile {
    if (!file.path.endsWith('.log')) return file;
    return {
      path: file.path,
      get size() {
        return file.size;
      },
      read: async (target, position) => {
        this.reads.push(file.path);
        if (this.fails(file.path)) throw Object.assign(new Error('EIO: read'), { code: 'EIO' });
        return file.read(target, position);
      },
      write: (parts, position) => file.write(parts, position),
      truncate: (size) => file.truncate(size),
      sync: () => file.sync(),
      close: () => file.close(),
    };
  }
}
