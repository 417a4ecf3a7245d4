import fs from 'node:fs';
import { assert } from '../../base/assert.js';
import type { DiskFile } from '../disk.js';

/** What one writev takes at most: IOV_MAX of Linux and macOS. Longer lists libuv would split into several calls by itself. */
const PARTS_MAX = 1024;
/** What one read asks for at most; read(2) itself stops a little short of 2 GiB. */
const READ_BYTES_MAX = 1 << 30;

/**
 * An open file over a raw descriptor.
 *
 * The descriptor is a small number that the kernel gives to the next file opened. A read that still sits in the thread
 * pool's queue when its file is closed would run against *that* file (seen on Node 20), and a write would corrupt it. So every
 * operation is counted from call to completion, its wait for the sync scheduler included, and close waits for zero.
 *
 * A failed sync is for good. The kernel may have dropped the dirty pages and marked them clean, so a second sync would
 * succeed and say nothing (fsyncgate). `failures` carries the verdict to every other handle of the file.
 */
export class NodeDiskFile implements DiskFile {
  readonly path: string;
  readonly #descriptor: number;
  readonly #identity: string;
  readonly #failures: Map<string, unknown>;
  readonly #requestSync: (file: NodeDiskFile) => Promise<void>;
  #size: number;
  #inFlight = 0;
  #closed: Promise<void> | undefined;
  #lastOneLeft: (() => void) | undefined;

  constructor(opened: OpenedFile) {
    this.path = opened.path;
    this.#descriptor = opened.descriptor;
    this.#identity = opened.identity;
    this.#size = opened.size;
    this.#failures = opened.failures;
    this.#requestSync = opened.requestSync;
  }

  get size(): number {
    return this.#size;
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return this.#counted(async () => {
      let done = 0;
      while (done < target.byteLength) {
        const length = Math.min(target.byteLength - done, READ_BYTES_MAX);
        const got = await readOnce(this.#descriptor, target, done, length, position + done);
        if (got === 0) break; // the end of the file
        done += got;
      }
      return done;
    });
  }

  write(parts: readonly Uint8Array[], position: number): Promise<void> {
    return this.#counted(async () => {
      this.#refuseIfFailed();
      const end = await writeAll(this.#descriptor, parts, position);
      this.#size = Math.max(this.#size, end);
    });
  }

  truncate(size: number): Promise<void> {
    return this.#counted(async () => {
      this.#refuseIfFailed();
      await truncateTo(this.#descriptor, size);
      this.#size = size;
    });
  }

  sync(): Promise<void> {
    return this.#counted(async () => {
      this.#refuseIfFailed();
      await this.#requestSync(this);
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#whenIdle().then(() => closeDescriptor(this.#descriptor));
    return this.#closed;
  }

  /** For the sync scheduler alone, which calls it in its turn. */
  async syncNow(): Promise<void> {
    // Another handle of the same file may have failed while this one stood in line.
    this.#refuseIfFailed();
    try {
      await syncData(this.#descriptor);
    } catch (error) {
      this.#failures.set(this.#identity, error);
      throw error;
    }
  }

  #refuseIfFailed(): void {
    if (this.#failures.has(this.#identity)) throw this.#failures.get(this.#identity);
  }

  async #counted<T>(operation: () => Promise<T>): Promise<T> {
    assert(this.#closed === undefined, `no operation follows close of ${this.path}`);
    this.#inFlight++;
    try {
      return await operation();
    } finally {
      this.#inFlight--;
      if (this.#inFlight === 0) this.#lastOneLeft?.();
    }
  }

  #whenIdle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#lastOneLeft = resolve;
    });
  }
}

export interface OpenedFile {
  readonly path: string;
  readonly descriptor: number;
  /** The same for every handle of one file, and for no other file while this process lives. */
  readonly identity: string;
  readonly size: number;
  /** By identity: the error of the first failed sync. */
  readonly failures: Map<string, unknown>;
  readonly requestSync: (file: NodeDiskFile) => Promise<void>;
}

/** Resolves to the position behind the last byte written. */
async function writeAll(descriptor: number, parts: readonly Uint8Array[], position: number): Promise<number> {
  let at = position;
  let next = 0;
  while (next < parts.length) {
    let chunk: readonly Uint8Array[] =
      parts.length <= PARTS_MAX ? parts : parts.slice(next, next + PARTS_MAX);
    next += chunk.length;
    for (let left = totalBytes(chunk); left > 0; ) {
      const written = await writeOnce(descriptor, chunk, at);
      // It does not happen on a regular file; going round again would hang the log without a word.
      if (written === 0) throw new Error(`a write of ${left} bytes at ${at} wrote nothing`);
      at += written;
      left -= written;
      if (left > 0) chunk = withoutFirst(chunk, written);
    }
  }
  return at;
}

function totalBytes(parts: readonly Uint8Array[]): number {
  let total = 0;
  for (const part of parts) total += part.byteLength;
  return total;
}

/** What is left of `parts` after a short write. */
function withoutFirst(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  const left: Uint8Array[] = [];
  let skip = bytes;
  for (const part of parts) {
    if (skip >= part.byteLength) {
      skip -= part.byteLength;
    } else {
      left.push(skip === 0 ? part : part.subarray(skip));
      skip = 0;
    }
  }
  return left;
}

function readOnce(
  descriptor: number,
  target: Uint8Array,
  offset: number,
  length: number,
  position: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(descriptor, target, offset, length, position, (error, bytes) =>
      error === null ? resolve(bytes) : reject(error),
    );
  });
}

function writeOnce(descriptor: number, parts: readonly Uint8Array[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.writev(descriptor, parts, position, (error, bytes) =>
      error === null ? resolve(bytes) : reject(error),
    );
  });
}

function truncateTo(descriptor: number, size: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.ftruncate(descriptor, size, (error) => (error === null ? resolve() : reject(error)));
  });
}

function syncData(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fdatasync(descriptor, (error) => (error === null ? resolve() : reject(error)));
  });
}

export function closeDescriptor(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.close(descriptor, (error) => (error ? reject(error) : resolve()));
  });
}
